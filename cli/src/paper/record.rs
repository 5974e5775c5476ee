//! What the command leaves behind: figures, each with its checks, curves and matrices. The names are those of the JSON file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tutee::Scalar;

use crate::atlas::number::short;
use crate::failure::Unfinished;
use crate::record::Provenance;

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
pub struct Paper {
    #[serde(flatten)]
    pub provenance: Provenance,
    /// Smaller runs.
    pub quick: bool,
    /// Where the digits are, where they are not the sample of the project.
    pub data: Option<PathBuf>,
    /// How a check is decided.
    pub rule: &'static str,
    /// Whether every check passed, no run's verdict is that of a failure, and nothing is unfinished.
    pub passed: bool,
    pub figures: Vec<Figure>,
    /// What was run for them.
    pub runs: Vec<RunOf>,
    /// Runs without a result, whose figures are left out.
    pub unfinished: Vec<Unfinished>,
}

/// A run that is finished.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunOf {
    pub run: String,
    /// Words after `tutee learn` that train the same; none of digits.
    pub learn: Option<String>,
    /// What its curve means; none of a rule of which nobody knows how the loss should fall, where it falls.
    #[serde(default)]
    pub verdict: Option<String>,
    /// Why, in one sentence.
    #[serde(default)]
    pub reason: Option<String>,
    /// Whether the verdict is that of a failure. Of steps beyond their limit, which are to show what comes of it, none is.
    #[serde(default)]
    pub failed: bool,
    /// Digest of the student.
    pub digest: String,
    /// Wall time, measurements included.
    pub seconds: f64,
    /// What `--json` of `tutee learn` or `tutee mnist` says of a run, by its names: sizes, settings, losses, matrices, the curve. All of
    /// it of layers and digits.
    #[serde(flatten)]
    pub told: Map<String, Value>,
}

impl RunOf {
    /// Its verdict in a word.
    pub fn word(&self) -> &str {
        self.verdict.as_deref().unwrap_or("no known law")
    }
}

/// Which runs have which verdict, the most frequent first.
pub fn by_verdict(runs: &[RunOf]) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for run in runs {
        match groups.iter_mut().find(|(word, _)| *word == run.word()) {
            Some((_, names)) => names.push(&run.run),
            None => groups.push((run.word(), vec![&run.run])),
        }
    }
    groups.sort_by_key(|(word, names)| (std::cmp::Reverse(names.len()), *word));
    groups
}

/// How many runs have which verdict, the most frequent first.
pub fn verdicts(runs: &[RunOf]) -> String {
    let told: Vec<_> = by_verdict(runs).iter().map(|(word, names)| format!("{} {word}", names.len())).collect();
    format!("Runs: {}.", told.join(", "))
}

/// The rule of all checks.
pub const RULE: &str =
    "A check passes where every one of its numbers lies between its bounds; a figure passes with all of its checks.";

/// A figure of the paper, or one of ours beside them.
#[derive(Debug, Serialize)]
pub struct Figure {
    /// Its number, or what it is about.
    pub figure: &'static str,
    pub title: &'static str,
    /// What was run, and what of it the paper does not say.
    pub setting: String,
    pub passed: bool,
    pub checks: Vec<Check>,
    pub plots: Vec<Plot>,
    pub matrices: Vec<Matrices>,
}

impl Figure {
    /// A figure that passes with its checks.
    pub fn new(figure: &'static str, title: &'static str, setting: String, checks: Vec<Check>) -> Self {
        let passed = checks.iter().all(|check| check.passed);
        Self { figure, title, setting, passed, checks, plots: Vec::new(), matrices: Vec::new() }
    }
}

/// A statement, and numbers that should bear it out.
#[derive(Debug, Serialize)]
pub struct Check {
    /// What is measured.
    pub what: &'static str,
    /// `paper` or `ours`.
    pub by: &'static str,
    /// What is stated.
    pub statement: &'static str,
    /// Bounds between which every number has to lie.
    pub low: f64,
    pub high: f64,
    pub measured: Vec<Measured>,
    pub passed: bool,
}

/// One number of a check.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Of which run.
    pub run: String,
    /// Null where there is none.
    pub value: f64,
    /// Standard error, where the number is fitted.
    pub error: Option<f64>,
}

impl Measured {
    /// A number that is not fitted; one that is missing is not a number, and fails.
    pub fn plain(run: &str, value: Option<f64>) -> Self {
        Self { run: run.to_owned(), value: value.unwrap_or(f64::NAN), error: None }
    }
}

impl Check {
    fn new(
        by: &'static str,
        what: &'static str,
        statement: &'static str,
        (low, high): (f64, f64),
        measured: Vec<Measured>,
    ) -> Self {
        let passed = !measured.is_empty() && measured.iter().all(|m| (low..=high).contains(&m.value));
        Self { what, by, statement, low, high, measured, passed }
    }

    /// Its number, or the range of several, with the largest standard error.
    pub fn range(&self) -> String {
        let values = || self.measured.iter().map(|m| m.value);
        let (low, high) = (values().reduce(Scalar::smaller), values().reduce(Scalar::larger));
        let (Some(low), Some(high)) = (low, high) else { return "nothing".to_owned() };
        if values().any(f64::is_nan) {
            return "no number".to_owned();
        }
        let range = if self.measured.len() == 1 { short(low) } else { format!("{} to {}", short(low), short(high)) };
        match self.measured.iter().filter_map(|m| m.error).reduce(Scalar::larger) {
            Some(error) => format!("{range} (± {error:.1e})"),
            None => range,
        }
    }

    /// Its bounds.
    pub fn bounds(&self) -> String {
        format!("{} to {}", short(self.low), short(self.high))
    }

    /// Of what the paper states.
    pub fn paper(
        what: &'static str,
        statement: &'static str,
        bounds: (f64, f64),
        measured: impl IntoIterator<Item = Measured>,
    ) -> Self {
        Self::new("paper", what, statement, bounds, measured.into_iter().collect())
    }

    /// Of what was derived here.
    pub fn ours(
        what: &'static str,
        statement: &'static str,
        bounds: (f64, f64),
        measured: impl IntoIterator<Item = Measured>,
    ) -> Self {
        Self::new("ours", what, statement, bounds, measured.into_iter().collect())
    }
}

/// Curves in one frame.
#[derive(Debug, Serialize)]
pub struct Plot {
    pub title: String,
    pub across: &'static str,
    pub up: &'static str,
    /// Whether the axis upwards is logarithmic, on which numbers stand without their signs; the other one is.
    pub logarithmic: bool,
    /// How many decades are drawn at most, from above.
    #[serde(skip)]
    pub decades: f64,
    /// A level to compare with.
    pub level: Option<f64>,
    pub curves: Vec<Curve>,
}

/// A curve.
#[derive(Clone, Debug, Serialize)]
pub struct Curve {
    pub name: String,
    /// Of what it is to be compared with.
    pub dashed: bool,
    pub points: Vec<(f64, f64)>,
}

/// Matrices of a run, side by side.
#[derive(Debug, Serialize)]
pub struct Matrices {
    pub run: String,
    pub matrices: Vec<MatrixRecord>,
}

/// A matrix as it is drawn.
#[derive(Debug, Serialize)]
pub struct MatrixRecord {
    pub title: String,
    pub rows: Vec<Vec<f64>>,
    /// Entries have either sign.
    pub signed: bool,
    /// The row and the column at which position begins, where there are such.
    pub borders: Option<(Option<usize>, Option<usize>)>,
    /// What is framed in it: first row, first column, rows and columns.
    pub frames: Vec<[usize; 4]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_fails_by_one_number_by_a_missing_one_and_by_none() {
        let check = |values: &[Option<f64>]| {
            Check::paper("slope", "-1", (-1.1, -0.9), values.iter().map(|&value| Measured::plain("run", value))).passed
        };
        assert!(check(&[Some(-1.0), Some(-1.1)]));
        assert!(!check(&[Some(-1.0), Some(-1.101)]));
        assert!(!check(&[Some(-1.0), None]));
        assert!(!check(&[]));
        let figure = |values: &[Option<f64>]| {
            let measured = values.iter().map(|&value| Measured::plain("run", value));
            Figure::new("1", "", String::new(), vec![Check::ours("", "", (0.0, 1.0), measured)]).passed
        };
        assert!(figure(&[Some(0.5)]) && !figure(&[Some(f64::INFINITY)]));
    }
}
