//! `tutee rerun`: trains again from what a result says of itself, and compares digests.

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::PathBuf;

use serde::Deserialize;

use crate::args::{Mode, Precision, RerunArgs};
use crate::failure::Failure;
use crate::input::{InputName, NAMES};
use crate::interrupt::Interrupt;
use crate::learn::{self, Recorded};
use crate::mnist::{self, MnistOptions};
use crate::record::{ActivationRecord, CurvePoint, RunRecord};
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
    input: Option<String>,
    test_input: Option<String>,
    digest: String,
    teacher_value: Matrix,
    teacher_mixing: Matrix,
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

    let (mut learnt, mut digits) = (Vec::new(), Vec::new());
    for (i, run) in runs.into_iter().enumerate() {
        if run.mode == "samples" {
            let options = MnistOptions {
                data: run.data,
                steps: Some(run.steps),
                batch: run.batch.map(|batch| batch as usize),
                seed: run.seed,
            };
            digits.push((i, mnist::plan(&options)?));
        } else {
            learnt.push((i, run.recorded().map_err(|message| at(i, &message))?));
        }
    }
    let (places, learnt): (Vec<_>, Vec<_>) = learnt.into_iter().unzip();
    let plan = learn::plan_recorded(learnt, args.threads)?;
    let interrupt = Interrupt::watch();

    let mut text = String::new();
    let mut failures = Vec::new();
    let mut compare = |i: usize, found: &RunRecord| {
        let Some(expected) = expected.get(i) else { return };
        let name = shown(&found.task, LONGEST_NAME);
        match expected.first_difference(found) {
            None => writeln!(text, "equal      {name}: {} steps, digest {}", found.steps, found.digest),
            Some(step) => {
                failures.push(Failure::check(format!("{name}: differs from the result in {file} at step {step}")));
                writeln!(text, "different  {name}: at step {step}; digest {}, not {}", found.digest, expected.digest)
            }
        }
        .ok();
    };
    let learnt = plan.run(&interrupt);
    let unfinished: Vec<_> = learnt.unfinished.iter().collect();
    if let Some(failure) = crate::failure::Unfinished::failure(&unfinished, learnt.runs.len()) {
        return Err(failure);
    }
    for (i, found) in places.into_iter().zip(&learnt.runs) {
        compare(i, found);
    }
    for (i, plan) in digits {
        let watch = |_, _| if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let found = plan.run(&watch).map_err(|_| Failure::check("mnist: interrupted"))?;
        compare(i, &found.run);
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
            return Err(format!("student: {:?}; expected position", shown(&student, LONGEST_NAME)));
        }
        let (filters, features) = self.teacher_value.size("teacher_value")?;
        let (outputs, tokens) = self.teacher_mixing.size("teacher_mixing")?;
        let input = |field: &str, name: Option<String>| {
            let name = name.ok_or_else(|| format!("{field}: null; expected {NAMES}"))?;
            InputName::parse(&name).map_err(|expected| format!("{field}: {:?}; {expected}", shown(&name, LONGEST_NAME)))
        };
        Ok(Recorded {
            input: input("input", self.input)?,
            test_input: input("test_input", self.test_input)?,
            name: self.task,
            sizes: [filters, features, tokens, outputs],
            activation: self.activation,
            value: self.teacher_value.elements,
            mixing: self.teacher_mixing.elements,
            mode: match self.mode.as_str() {
                "population" => Mode::Population,
                "online" => Mode::Online,
                other => return Err(format!("mode: {other:?}; expected population, online or samples")),
            },
            precision: match self.scalar.as_str() {
                "f32" => Precision::F32,
                "f64" => Precision::F64,
                other => return Err(format!("scalar: {other:?}; expected f32 or f64")),
            },
            steps: self.steps,
            rate: self.rate,
            attention_rate: self.attention_rate,
            batch: self.batch,
            seed: self.seed,
            noise: self.noise.unwrap_or(0.0),
        })
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
    fn first_difference(&self, found: &RunRecord) -> Option<u64> {
        let now = |step: u64| found.curve.iter().find(|point| point.step == step);
        let same = |point: &CurvePoint, digest: &str| format!("{:016x}", point.digest) == *digest;
        let differs = |(step, digest): &&(u64, String)| !now(*step).is_some_and(|point| same(point, digest));
        let on_the_way = self.curve.iter().find(differs).map(|&(step, _)| step);
        on_the_way.or((self.digest != found.digest).then_some(self.steps))
    }
}
