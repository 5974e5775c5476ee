//! `tutee rerun`: trains again from what a result says of itself, and compares digests.

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Deserialize;

use crate::args::{Mode, Precision, RerunArgs};
use crate::failure::Failure;
use crate::input::{InputName, NAMES};
use crate::interrupt::Interrupt;
use crate::layer;
use crate::layer::options::{PerSample, ScaleName, StartName};
use crate::layer::record::LayerRecord;
use crate::learn::{self, Recorded};
use crate::mnist::{self, MnistOptions};
use crate::record::{ActivationRecord, RunRecord};
use crate::step_rules::StepRules;
use crate::streams::print;
use crate::teacher_file::{self, Matrix};
use crate::text::{LONGEST_NAME, shown};

/// What `--json` wrote.
#[derive(Debug, Deserialize)]
#[serde(expecting = "an object with the field runs, as --json writes it")]
struct ResultFile {
    runs: Vec<Run>,
}

/// The fields of a run that another run of it needs.
#[derive(Debug, Deserialize)]
struct Run {
    student: Option<String>,
    task: String,
    mode: String,
    scalar: String,
    #[serde(deserialize_with = "teacher_file::activation")]
    activation: ActivationRecord,
    rate: f64,
    attention_rate: f64,
    steps: u64,
    seed: u64,
    batch: Option<u32>,
    noise: Option<f64>,
    flips: Option<f64>,
    input: Option<String>,
    test_input: Option<String>,
    digest: String,
    teacher_value: Matrix,
    teacher_mixing: Option<Matrix>,
    rule: Option<String>,
    value_rule: Option<String>,
    theta: Option<f64>,
    // What a layer's run has beside.
    embedding: Option<String>,
    encoding: Option<String>,
    code_width: Option<usize>,
    keys: Option<usize>,
    scale: Option<String>,
    start: Option<String>,
    train: Option<Vec<String>>,
    loss: Option<String>,
    tokens: Option<usize>,
    outputs: Option<usize>,
    group: Option<usize>,
    teacher_direction: Option<Vec<f64>>,
    teacher_temperature: Option<f64>,
    teacher_token: Option<usize>,
    data: Option<PathBuf>,
    curve: Vec<Point>,
}

#[derive(Debug, Deserialize)]
struct Point {
    step: u64,
    digest: String,
}

/// Runs again what the file holds, and says of each run whether it is the same.
///
/// # Errors
/// Exit code 1 if a digest differs, naming the first step at which one does; 2 for a file that holds no result.
pub fn rerun(args: &RerunArgs) -> Result<(), Failure> {
    let file = args.result.display();
    let refuse = |message: &str| Failure::usage(format!("{file}: {message}"));
    let opened = File::open(&args.result).map_err(|error| refuse(&format!("{error}; expected a result in JSON")))?;
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(opened));
    let ResultFile { runs } =
        serde_path_to_error::deserialize(&mut json).map_err(|error| refuse(&error.to_string()))?;
    if runs.is_empty() {
        return Err(refuse("runs: none; expected a result with a run that was finished"));
    }
    let at = |i: usize, message: &str| refuse(&format!("runs[{i}].{message}"));
    let expected: Vec<_> = runs.iter().map(Expected::new).collect();

    let (mut learnt, mut layers, mut digits) = (Vec::new(), Vec::new(), Vec::new());
    for (i, run) in runs.into_iter().enumerate() {
        if run.mode == "samples" {
            let options = MnistOptions {
                data: run.data,
                steps: Some(run.steps),
                batch: run.batch.map(|batch| batch as usize),
                seed: run.seed,
            };
            digits.push((i, mnist::plan(&options)?));
        } else if run.student.as_deref() == Some("layer") {
            layers.push((i, run.recorded_layer().map_err(|message| at(i, &message))?));
        } else {
            learnt.push((i, run.recorded().map_err(|message| at(i, &message))?));
        }
    }
    let (places, learnt): (Vec<_>, Vec<_>) = learnt.into_iter().unzip();
    let plan = learn::plan_recorded(learnt, args.threads)?;
    let (layer_places, layers): (Vec<_>, Vec<_>) = layers.into_iter().unzip();
    let layer_plan = layer::plan_recorded(layers, args.threads)?;
    let interrupt = Interrupt::watch();

    let mut text = String::new();
    let mut failures = Vec::new();
    let mut compare = |i: usize, found: Found<'_>| {
        let Some(expected) = expected.get(i) else { return };
        let name = shown(found.task, LONGEST_NAME);
        match expected.first_difference(&found) {
            None => writeln!(text, "equal      {name}: {} steps, digest {}", found.steps, found.digest),
            Some(step) => {
                failures.push(Failure::check(format!("{name}: differs from the result in {file} at step {step}")));
                writeln!(text, "different  {name}: at step {step}; digest {}, not {}", found.digest, expected.digest)
            }
        }
        .ok();
    };
    let learnt = plan.run(&interrupt);
    let layers = layer_plan.run(&interrupt);
    let unfinished: Vec<_> = learnt.unfinished.iter().chain(&layers.unfinished).collect();
    if let Some(failure) = crate::failure::Unfinished::failure(&unfinished, learnt.runs.len() + layers.runs.len()) {
        return Err(failure);
    }
    for (i, found) in places.into_iter().zip(&learnt.runs) {
        compare(i, found.into());
    }
    for (i, found) in layer_places.into_iter().zip(&layers.runs) {
        compare(i, found.into());
    }
    for (i, plan) in digits {
        let watch = |_, _| if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let found = plan.run(&watch).map_err(|_| Failure::check("mnist: interrupted"))?;
        compare(i, (&found.run).into());
    }
    print(&text)?;
    Failure::all(failures.into_iter())
}

impl Run {
    /// What `learn` needs.
    ///
    /// # Errors
    /// The field, and what was expected.
    fn recorded(self) -> Result<Recorded, String> {
        if let Some(student) = self.student.filter(|student| student != "position") {
            return Err(format!("student: {:?}; expected position or layer", shown(&student, LONGEST_NAME)));
        }
        let (filters, features) = self.teacher_value.size("teacher_value")?;
        let mixing = self.teacher_mixing.ok_or("teacher_mixing: null; expected a list of rows")?;
        let (outputs, tokens) = mixing.size("teacher_mixing")?;
        // Results of an earlier day name no rule.
        let rules = StepRules {
            rule: choice("rule", self.rule.as_deref().or(Some("gd")))?,
            value_rule: choice("value_rule", self.value_rule.as_deref().or(Some("gd")))?,
            theta: self.theta,
        };
        Ok(Recorded {
            input: input("input", self.input)?,
            test_input: input("test_input", self.test_input)?,
            name: self.task,
            sizes: [filters, features, tokens, outputs],
            activation: self.activation,
            value: self.teacher_value.elements,
            mixing: mixing.elements,
            mode: match self.mode.as_str() {
                "population" => Mode::Population,
                "online" => Mode::Online,
                other => return Err(format!("mode: {other:?}; expected population, online or samples")),
            },
            precision: precision(&self.scalar)?,
            steps: self.steps,
            rate: self.rate,
            attention_rate: self.attention_rate,
            batch: self.batch,
            seed: self.seed,
            noise: self.noise.unwrap_or(0.0),
            rules,
        })
    }

    /// What a layer's training needs.
    ///
    /// # Errors
    /// The field, and what was expected.
    fn recorded_layer(self) -> Result<layer::Recorded, String> {
        let (filters, features) = self.teacher_value.size("teacher_value")?;
        let sizes = self.teacher_mixing.as_ref().map(|mixing| mixing.size("teacher_mixing")).transpose()?;
        let (outputs, tokens) = match sizes {
            Some(sizes) => sizes,
            None => (given("outputs", self.outputs, "a number")?, given("tokens", self.tokens, "a number")?),
        };
        for (field, rule) in [("rule", &self.rule), ("value_rule", &self.value_rule)] {
            if let Some(rule) = rule.as_deref().filter(|&rule| rule != "gd") {
                return Err(format!("{field}: {:?}; expected gd of a layer", shown(rule, LONGEST_NAME)));
            }
        }
        let mode = match self.mode.as_str() {
            "online" => Mode::Online,
            "population" if self.task == PerSample::Selection.name() => Mode::Population,
            other => {
                let expected = "expected online, or population of selection-per-sample";
                return Err(format!("mode: {:?}; {expected}", shown(other, LONGEST_NAME)));
            }
        };
        let train = given("train", self.train, "a list of blocks")?;
        Ok(layer::Recorded {
            sizes: [filters, features, tokens, outputs],
            activation: self.activation,
            value: self.teacher_value.elements,
            mixing: self.teacher_mixing.map(|mixing| mixing.elements),
            group: self.group,
            direction: self.teacher_direction,
            temperature: self.teacher_temperature,
            token: self.teacher_token,
            mode,
            embedding: choice("embedding", self.embedding.as_deref())?,
            encoding: self.encoding.as_deref().map(|name| choice("encoding", Some(name))).transpose()?,
            code_width: self.code_width,
            keys: self.keys,
            scale: parsed("scale", self.scale, ScaleName::parse)?,
            start: parsed("start", self.start, StartName::parse)?,
            train: train.iter().map(|block| choice("train", Some(block))).collect::<Result<_, _>>()?,
            loss: choice("loss", self.loss.as_deref())?,
            precision: precision(&self.scalar)?,
            steps: self.steps,
            rate: self.rate,
            attention_rate: self.attention_rate,
            batch: given("batch", self.batch, "a number of samples")?,
            seed: self.seed,
            noise: self.noise.unwrap_or(0.0),
            flips: self.flips.unwrap_or(0.0),
            input: input("input", self.input)?,
            test_input: input("test_input", self.test_input)?,
            name: self.task,
        })
    }
}

fn given<T>(field: &str, value: Option<T>, expected: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("{field}: null; expected {expected}"))
}

fn precision(scalar: &str) -> Result<Precision, String> {
    match scalar {
        "f32" => Ok(Precision::F32),
        "f64" => Ok(Precision::F64),
        other => Err(format!("scalar: {other:?}; expected f32 or f64")),
    }
}

fn input(field: &str, name: Option<String>) -> Result<InputName, String> {
    let name = given(field, name, NAMES)?;
    InputName::parse(&name).map_err(|expected| format!("{field}: {:?}; {expected}", shown(&name, LONGEST_NAME)))
}

fn parsed<T>(field: &str, text: Option<String>, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, String> {
    let text = given(field, text, "a word")?;
    parse(&text).map_err(|expected| format!("{field}: {:?}; {expected}", shown(&text, LONGEST_NAME)))
}

/// One of the words of a choice.
fn choice<T: ValueEnum>(field: &str, word: Option<&str>) -> Result<T, String> {
    let names = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let expected = names.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(", ");
    let word = given(field, word, &expected)?;
    T::from_str(word, false).map_err(|_| format!("{field}: {:?}; expected {expected}", shown(word, LONGEST_NAME)))
}

/// What a run is now.
struct Found<'a> {
    task: &'a str,
    steps: u64,
    digest: &'a str,
    curve: Vec<(u64, u64)>,
}

impl<'a> From<&'a RunRecord> for Found<'a> {
    fn from(run: &'a RunRecord) -> Self {
        let curve = run.curve.iter().map(|point| (point.step, point.digest)).collect();
        Self { task: &run.summary.task, steps: run.summary.steps, digest: &run.summary.digest, curve }
    }
}

impl<'a> From<&'a LayerRecord> for Found<'a> {
    fn from(run: &'a LayerRecord) -> Self {
        let curve = run.curve.iter().map(|point| (point.step, point.digest)).collect();
        Self { task: &run.summary.task, steps: run.summary.steps, digest: &run.summary.digest, curve }
    }
}

/// The digests that a run is held to.
struct Expected {
    curve: Vec<(u64, String)>,
    digest: String,
    steps: u64,
}

impl Expected {
    fn new(run: &Run) -> Self {
        let curve = run.curve.iter().map(|point| (point.step, point.digest.clone())).collect();
        Self { curve, digest: run.digest.clone(), steps: run.steps }
    }

    /// The first step that was recorded and has another digest now; the curve may have been cut short.
    fn first_difference(&self, found: &Found<'_>) -> Option<u64> {
        let now = |step: u64| found.curve.iter().find(|point| point.0 == step);
        let same = |point: &(u64, u64), digest: &str| format!("{:016x}", point.1) == *digest;
        let differs = |(step, digest): &&(u64, String)| !now(*step).is_some_and(|point| same(point, digest));
        let on_the_way = self.curve.iter().find(differs).map(|&(step, _)| step);
        on_the_way.or((self.digest != found.digest).then_some(self.steps))
    }
}
