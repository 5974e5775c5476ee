//! `tutee rerun`: trains again from what a result says of itself, and compares all that a result has of it.

mod comparison;
mod difference;
mod figures;

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::comparison::Comparison;
use crate::args::{CheckpointArgs, Mode, RerunArgs};
use crate::failure::Failure;
use crate::fields::{Point, choice, given, parsed, precision};
use crate::fit;
use crate::fit::recorded::RecordedFit;
use crate::input::{InputName, NAMES};
use crate::interrupt::Interrupt;
use crate::layer;
use crate::layer::options::{PerSample, ScaleName, StartName, check_keys};
use crate::learn::{self, Recorded};
use crate::mnist::{self, Design, Geometry, MnistOptions};
use crate::record::ActivationRecord;
use crate::step_rules::StepRules;
use crate::teacher_file::{self, Matrix};
use crate::text::{LONGEST_NAME, several, shown};
use crate::watch::Goals;

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
    student_activation: Option<ActivationRecord>,
    rate: f64,
    attention_rate: f64,
    steps: u64,
    seed: u64,
    batch: Option<u32>,
    noise: Option<f64>,
    noise_mean: Option<f64>,
    flips: Option<f64>,
    input: Option<String>,
    test_input: Option<String>,
    teacher_value: Matrix,
    teacher_mixing: Option<Matrix>,
    rule: Option<String>,
    value_rule: Option<String>,
    theta: Option<f64>,
    // What a layer's run has beside.
    embedding: Option<String>,
    encoding: Option<String>,
    code_width: Option<usize>,
    // Of attention on positions alone its matrix.
    attention: Option<Value>,
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
    teacher_map: Option<Matrix>,
    teacher_scale: Option<f64>,
    teacher_share: Option<f64>,
    teacher_fixed: Option<Matrix>,
    data: Option<PathBuf>,
    patch: Option<usize>,
    stride: Option<usize>,
    window: Option<usize>,
    chosen: Option<Vec<usize>>,
    stop_loss: Option<f64>,
    stop_relative: Option<f64>,
    stop_gradient: Option<f64>,
    stop_unchanged: Option<bool>,
    stop_every: Option<u64>,
    // That a file has these is asked for, and what stands there is compared.
    #[serde(rename = "digest")]
    _digest: String,
    #[serde(rename = "curve")]
    _curve: Vec<Point>,
}

/// All that a file says of its runs.
#[derive(Debug, Deserialize)]
struct Written {
    runs: Vec<Value>,
}

/// What kind of training the runs of a file are of.
#[derive(Debug, Deserialize)]
struct Kinds {
    runs: Vec<Kind>,
}

#[derive(Debug, Deserialize)]
struct Kind {
    mode: String,
}

/// What `--json` wrote of a fit.
#[derive(Debug, Deserialize)]
struct FitFile {
    runs: Vec<RecordedFit>,
}

/// Runs again what the file holds, and says of each run whether it is the same.
///
/// # Errors
/// Exit code 1 if anything differs that is made again, naming the first step at which something does, or else the field; 2 for a file that
/// holds no result.
pub fn rerun(args: &RerunArgs) -> Result<(), Failure> {
    if let Some(level) = args.level {
        level.limit();
    }
    let file = args.result.display();
    let refuse = |message: &str| Failure::usage(format!("{file}: {message}"));
    let bytes = fs::read(&args.result).map_err(|error| refuse(&format!("{error}; expected a result in JSON")))?;
    if let Some(compared) = figures::rerun(&file.to_string(), &bytes, args.threads) {
        return compared;
    }
    let mut json = serde_json::Deserializer::from_slice(&bytes);
    let written = serde_json::from_slice(&bytes).map_or_else(|_| Vec::new(), |Written { runs }| runs);
    if serde_json::from_slice(&bytes).is_ok_and(|Kinds { runs }| runs.iter().any(|run| run.mode == "pairs")) {
        let FitFile { runs } =
            serde_path_to_error::deserialize(&mut json).map_err(|error| refuse(&error.to_string()))?;
        return rerun_fits(&file.to_string(), &runs, &written);
    }
    let ResultFile { runs } =
        serde_path_to_error::deserialize(&mut json).map_err(|error| refuse(&error.to_string()))?;
    if runs.is_empty() {
        return Err(refuse("runs: none; expected a result with a run that was finished"));
    }
    let at = |i: usize, message: &str| refuse(&format!("runs[{i}].{message}"));

    let (mut learnt, mut layers, mut digits) = (Vec::new(), Vec::new(), Vec::new());
    for (i, run) in runs.into_iter().enumerate() {
        if run.mode == "samples" {
            let options = MnistOptions {
                data: run.data.clone(),
                steps: Some(run.steps),
                batch: run.batch.map(|batch| batch as usize),
                seed: run.seed,
                rates: (Some(run.rate), Some(run.attention_rate)),
                design: run.design().map_err(|message| at(i, &message))?,
                kept: CheckpointArgs::NONE,
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

    let mut comparison = Comparison::new(&file.to_string());
    let mut compare_at = |i: usize, found: Result<Value, Failure>| {
        if let Some(written) = written.get(i) {
            compare(&mut comparison, written, &found?);
        }
        Ok(())
    };
    let learnt = plan.run(&interrupt);
    let layers = layer_plan.run(&interrupt);
    let unfinished: Vec<_> = learnt.unfinished.iter().chain(&layers.unfinished).collect();
    if let Some(failure) = crate::failure::Unfinished::failure(&unfinished, learnt.runs.len() + layers.runs.len()) {
        return Err(failure);
    }
    for (i, found) in places.into_iter().zip(&learnt.runs) {
        compare_at(i, as_written(found))?;
    }
    for (i, found) in layer_places.into_iter().zip(&layers.runs) {
        compare_at(i, as_written(found))?;
    }
    for (i, plan) in digits {
        let watch = |_, _| if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let found = plan.run(&watch).map_err(|_| Failure::check("mnist: interrupted"))?;
        compare_at(i, as_written(&found))?;
    }
    comparison.finish()
}

/// Fields that a fit of attention on positions alone has, and that were `null` in its results of an earlier day.
const ONCE_NULL: [&str; 3] = ["embedding", "attention", "w_kq"];

/// Fits again, from the files that they name.
fn rerun_fits(file: &str, runs: &[RecordedFit], written: &[Value]) -> Result<(), Failure> {
    let interrupt = Interrupt::watch();
    let mut comparison = Comparison::new(file);
    for (i, (run, written)) in runs.iter().zip(written).enumerate() {
        let refuse = |message: String| Failure::usage(format!("{file}: runs[{i}].{message}"));
        let read = run.data_digest().map_err(refuse)?;
        let plan = fit::plan(&run.args().map_err(refuse)?)?;
        if plan.data_digest() != read {
            let (found, name) = (plan.data_digest(), shown(&run.task, LONGEST_NAME));
            return Err(Failure::check(format!("{name}: its files have changed: digest {found}; expected {read}")));
        }
        let found = plan.run(&interrupt);
        let unfinished: Vec<_> = found.unfinished.iter().collect();
        if let Some(failure) = crate::failure::Unfinished::failure(&unfinished, i) {
            return Err(failure);
        }
        let mut written = written.clone();
        if let Some(fields) = written.as_object_mut().filter(|fields| fields.get("student") == Some(&"position".into()))
        {
            fields.retain(|name, value| !(value.is_null() && ONCE_NULL.contains(&name.as_str())));
        }
        for found in &found.runs {
            compare(&mut comparison, &written, &as_written(found)?);
        }
    }
    comparison.finish()
}

/// What was made now, as a file would hold it.
fn as_written(made: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(made).map_err(|error| Failure::check(format!("what was made cannot be written: {error}")))
}

/// A line of a run, with the first thing that differs.
fn compare(comparison: &mut Comparison, written: &Value, found: &Value) {
    let word = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or_default();
    let name = shown(word("task"), LONGEST_NAME);
    match difference::of_run(written, found) {
        None => {
            let steps = several(found.get("steps").and_then(Value::as_u64).unwrap_or(0), "step");
            comparison.equal(&name, &format!("{steps}, digest {}", word("digest")));
        }
        Some(how) => comparison.different(&name, &how),
    }
}

/// A number as JSON has it.
fn or_null(number: Option<f64>) -> String {
    number.map_or_else(|| "null".to_owned(), |number| format!("{number:?}"))
}

impl Run {
    /// The network of digits, and what it sees.
    ///
    /// # Errors
    /// What was expected of which size.
    fn design(&self) -> Result<Design, String> {
        let default = Geometry::FRAMED;
        let patch = self.patch.unwrap_or(default.patch());
        // Results of an earlier day name no stride: patches lay side by side.
        let (stride, window) = (self.stride.unwrap_or(patch), self.window.unwrap_or(default.window()));
        let (filters, _) = self.teacher_value.size("teacher_value")?;
        Ok(Design { geometry: Geometry::framed(patch, stride, window)?, filters, ..Design::DEFAULT })
    }

    /// What ends it before its last step.
    ///
    /// # Errors
    /// The field, and what was expected.
    fn goals(&self) -> Result<Option<Goals>, String> {
        let goals = Goals {
            loss: self.stop_loss,
            relative: self.stop_relative,
            gradient: self.stop_gradient,
            unchanged: self.stop_unchanged.unwrap_or(false),
            every: self.stop_every.unwrap_or(Goals::EVERY),
        };
        if goals.every == 0 {
            Err("stop_every: 0; expected a number from 1".to_owned())
        } else {
            Ok(goals.any().then_some(goals))
        }
    }

    /// What `learn` needs.
    ///
    /// # Errors
    /// The field, and what was expected.
    fn recorded(self) -> Result<Recorded, String> {
        let goals = self.goals()?;
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
        let labels = match self.loss.as_deref() {
            None | Some("squared") => false,
            Some("logistic") => true,
            Some(other) => {
                return Err(format!("loss: {:?}; expected squared or logistic", shown(other, LONGEST_NAME)));
            }
        };
        rules.check_theta().map_err(|expected| format!("theta: {}; {expected}", or_null(self.theta)))?;
        // Of a task that selects each output averages the tokens that are chosen.
        let selected = || {
            let first = mixing.elements.iter().take(tokens).enumerate();
            first.filter(|&(_, &weight)| weight != 0.0).map(|(token, _)| token).collect()
        };
        Ok(Recorded {
            goals,
            chosen: self.chosen.as_ref().map(|_| selected()),
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
            // Results of an earlier day have none.
            noise_mean: self.noise_mean.unwrap_or(0.0),
            rules,
            student_activation: self.student_activation,
            flips: labels.then(|| self.flips.unwrap_or(0.0)),
            orthonormal: match self.encoding.as_deref() {
                None | Some("identity") => false,
                Some("orthonormal") => true,
                Some(other) => {
                    let expected = "expected identity or orthonormal of attention on positions alone";
                    return Err(format!("encoding: {:?}; {expected}", shown(other, LONGEST_NAME)));
                }
            },
        })
    }

    /// What a layer's training needs.
    ///
    /// # Errors
    /// The field, and what was expected.
    fn recorded_layer(self) -> Result<layer::Recorded, String> {
        let goals = self.goals()?;
        let (filters, features) = self.teacher_value.size("teacher_value")?;
        // Of a teacher that is a layer the weights that no sample changes.
        let (field, mixing) = match (self.teacher_mixing, self.teacher_fixed) {
            (None, Some(fixed)) => ("teacher_fixed", Some(fixed)),
            (mixing, _) => ("teacher_mixing", mixing),
        };
        let sizes = mixing.as_ref().map(|mixing| mixing.size(field)).transpose()?;
        if let Some(map) = &self.teacher_map
            && map.size("teacher_map")?.1 != features
        {
            return Err(format!("teacher_map: expected rows of {features} entries"));
        }
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
        check_keys(self.attention.as_ref(), self.keys)?;
        Ok(layer::Recorded {
            goals,
            sizes: [filters, features, tokens, outputs],
            activation: self.activation,
            value: self.teacher_value.elements,
            mixing: mixing.map(|mixing| mixing.elements),
            map: self.teacher_map.map(|map| map.elements),
            map_scale: self.teacher_scale,
            share: self.teacher_share,
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
            // Results of an earlier day have none.
            noise_mean: self.noise_mean.unwrap_or(0.0),
            flips: self.flips.unwrap_or(0.0),
            student_activation: self.student_activation,
            input: input("input", self.input)?,
            test_input: input("test_input", self.test_input)?,
            name: self.task,
        })
    }
}

fn input(field: &str, name: Option<String>) -> Result<InputName, String> {
    let name = given(field, name, NAMES)?;
    InputName::parse(&name).map_err(|expected| format!("{field}: {:?}; {expected}", shown(&name, LONGEST_NAME)))
}
