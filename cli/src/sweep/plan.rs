//! A plan of runs: values for settings of `tutee learn`. The runs are all combinations of the values, numbered from 0.
//!
//! Which run has which number depends on nothing but the plan. Settings stand in the order of `tutee learn --help`, `task` first: a table
//! of TOML has no order of its own. The last of them moves fastest, as the innermost of nested loops.

use std::fs;
use std::path::{Path, PathBuf};

use flate2::Crc;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::args::{LearnArgs, TaskName};
use crate::failure::Failure;

/// More are a mistake, and have no place in one folder.
const MOST_RUNS: usize = 1_000_000;

/// What every run is, and all that its result depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of the program.
    pub version: String,
    settings: Vec<Setting>,
    /// The files that runs read.
    files: Vec<Source>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    name: String,
    values: Vec<String>,
}

/// A file by what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    path: PathBuf,
    bytes: u32,
    crc32: u32,
}

impl Plan {
    /// Reads a plan, and the files that its runs read; `check` says whether a run with these options can be.
    ///
    /// # Errors
    /// One line that names the file, the setting or the run, and what was expected.
    pub fn read(path: &Path, check: impl Fn(LearnArgs) -> Result<(), Failure>) -> Result<Self, Failure> {
        let refuse = |message: String| Failure::usage(format!("{}: {message}", path.display()));
        let text =
            fs::read_to_string(path).map_err(|error| refuse(format!("{error}; expected a plan of runs in TOML")))?;
        let table: Table = toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            refuse(format!("line {}: {}", before.matches('\n').count() + 1, error.message()))
        })?;
        let mut plan = Self::of(table).map_err(refuse)?;
        for index in 0..plan.runs() {
            let args = plan.args(index).map_err(refuse)?;
            for file in args.teacher.iter().chain(args.tasks.iter().filter_map(TaskName::file)) {
                if plan.files.iter().all(|source| source.path != *file) {
                    plan.files.push(Source::read(file)?);
                }
            }
            check(args).map_err(|failure| refuse(format!("{}: {failure}", plan.words(index).join(" "))))?;
        }
        Ok(plan)
    }

    fn of(mut table: Table) -> Result<Self, String> {
        let known = LearnArgs::settings();
        if let Some(unknown) = table.keys().find(|key| !known.contains(key)) {
            return Err(format!("{unknown}: no setting of a run; expected some of {}", known.join(", ")));
        }
        // As for `tutee learn`, no task means all of the paper's.
        if !table.contains_key("task") && !table.contains_key("teacher") {
            let all = TaskName::all().iter().map(|task| Value::String(task.to_string())).collect();
            table.insert("task".to_owned(), Value::Array(all));
        }
        let flags = LearnArgs::flags();
        let settings = known.into_iter().filter_map(|name| {
            let value = table.remove(&name)?;
            Some(
                values(value, flags.contains(&name))
                    .map(|values| Setting { values, name: name.clone() })
                    .map_err(|why| format!("{name}: {why}")),
            )
        });
        let settings = settings.collect::<Result<Vec<_>, _>>()?;
        let runs = settings.iter().try_fold(1_usize, |runs, setting| runs.checked_mul(setting.values.len()));
        if runs.is_none_or(|runs| runs > MOST_RUNS) {
            return Err(format!("it has more than {MOST_RUNS} runs; expected several plans"));
        }
        Ok(Self { version: env!("CARGO_PKG_VERSION").to_owned(), settings, files: Vec::new() })
    }

    /// How many runs there are.
    pub fn runs(&self) -> usize {
        self.settings.iter().fold(1, |runs, setting| runs.saturating_mul(setting.values.len()))
    }

    /// The settings with all their values, in order.
    pub fn values(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.settings.iter().map(|setting| (setting.name.as_str(), setting.values.as_slice()))
    }

    /// The settings of a run, with their names.
    pub fn settings(&self, index: usize) -> Vec<(&str, &str)> {
        let mut rest = index;
        let mut chosen = Vec::new();
        for setting in self.settings.iter().rev() {
            let count = setting.values.len().max(1);
            chosen.extend(setting.values.get(rest % count).map(|value| (setting.name.as_str(), value.as_str())));
            rest /= count;
        }
        chosen.reverse();
        chosen
    }

    /// What follows `tutee learn` for a run.
    pub fn words(&self, index: usize) -> Vec<String> {
        let word = |(name, value): (&str, &str)| match name {
            "task" => value.to_owned(),
            _ => format!("--{name}={value}"),
        };
        self.settings(index).into_iter().map(word).collect()
    }

    /// A run as `tutee learn` reads it, on one thread.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn args(&self, index: usize) -> Result<LearnArgs, String> {
        Ok(LearnArgs { threads: Some(1), ..LearnArgs::of_words(&self.words(index))? })
    }

    /// Tells one plan from another.
    pub fn digest(&self) -> String {
        let mut crc = Crc::new();
        crc.update(&serde_json::to_vec(self).unwrap_or_default());
        format!("{:08x}", crc.sum())
    }
}

impl Source {
    fn read(path: &Path) -> Result<Self, Failure> {
        let content =
            fs::read(path).map_err(|error| Failure::usage(format!("{}: {error}; expected a file", path.display())))?;
        let mut crc = Crc::new();
        crc.update(&content);
        Ok(Self { path: path.to_owned(), bytes: crc.amount(), crc32: crc.sum() })
    }
}

/// The values of a setting as the command line has them; those of a `flag` are true and false.
fn values(value: Value, flag: bool) -> Result<Vec<String>, String> {
    let expected =
        if flag { "expected true, false or a list of both" } else { "expected a word, a number or a list of these" };
    let values = match value {
        Value::Array(values) if values.is_empty() => return Err("an empty list; expected a value at least".to_owned()),
        Value::Array(values) => values,
        value => vec![value],
    };
    let word = |value: Value| match value {
        Value::Boolean(whether) if flag => Ok(whether.to_string()),
        Value::String(text) if flag && !["true", "false"].contains(&text.as_str()) => {
            Err(format!("{text:?}; {expected}"))
        }
        Value::Integer(_) | Value::Float(_) if flag => Err(format!("a number; {expected}")),
        Value::String(text) => Ok(text),
        Value::Integer(number) => Ok(number.to_string()),
        // `1e6` is such a number in TOML, and stands for a count, too.
        Value::Float(number) if number.fract() == 0.0 => Ok(format!("{number:.0}")),
        Value::Float(number) => Ok(format!("{number:?}")),
        other => Err(format!("{} in place of a value; {expected}", other.type_str())),
    };
    let values = values.into_iter().map(word).collect::<Result<Vec<_>, _>>()?;
    match values.iter().enumerate().find(|(i, value)| values.iter().take(*i).any(|earlier| earlier == *value)) {
        Some((_, twice)) => Err(format!("{twice} twice; expected each value once")),
        None => Ok(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> Result<Plan, String> {
        Plan::of(toml::from_str(text).unwrap())
    }

    #[test]
    fn runs_are_numbered_by_the_plan_alone() {
        let plan_of =
            plan("seed = [1, 2]\ntokens = [16, 32]\ntask = ['conv-relu', 'graph-relu']\nrate = 0.25").unwrap();
        assert_eq!(plan_of.runs(), 8);
        let words: Vec<_> = (0..8).map(|index| plan_of.words(index).join(" ")).collect();
        assert_eq!(words.first().unwrap(), "conv-relu --rate=0.25 --seed=1 --tokens=16");
        assert_eq!(words.get(1).unwrap(), "conv-relu --rate=0.25 --seed=1 --tokens=32");
        assert_eq!(words.get(2).unwrap(), "conv-relu --rate=0.25 --seed=2 --tokens=16");
        assert_eq!(words.last().unwrap(), "graph-relu --rate=0.25 --seed=2 --tokens=32");
        let other =
            plan("# another order\nrate = 0.25\ntask = ['conv-relu', 'graph-relu']\ntokens = [16, 32]\nseed = [1, 2]");
        assert_eq!(other.as_ref(), Ok(&plan_of));
        assert_eq!(other.unwrap().digest(), plan_of.digest());
        assert_ne!(plan("seed = [2, 1]").unwrap().digest(), plan("seed = [1, 2]").unwrap().digest());
    }

    #[test]
    fn numbers_are_those_of_the_command_line() {
        let words = |text: &str| plan(text).unwrap().words(0).join(" ");
        assert_eq!(words("task = 'conv-relu'\nsteps = 1e6\nrate = 1e-7"), "conv-relu --steps=1000000 --rate=1e-7");
        assert_eq!(words("task = 'conv-relu'\nsteps = '1e6'\nnoise = 0.0"), "conv-relu --steps=1e6 --noise=0");
        let args = plan("task = 'conv-relu'\nsteps = 1e6\nrate = 0.1").unwrap().args(0).unwrap();
        assert_eq!((args.steps, args.rate, args.threads), (Some(1_000_000), Some(0.1), Some(1)));
    }

    #[test]
    fn flags_are_booleans() {
        assert_eq!(LearnArgs::flags(), ["stop-unchanged"]);
        let both = plan("task = 'conv-relu'\nstop-unchanged = [true, false]").unwrap();
        let given = |index| both.args(index).unwrap().stop.stop_unchanged;
        assert_eq!((both.runs(), given(0), given(1)), (2, true, false));
        let one = plan("task = 'conv-relu'\nstop-unchanged = true").unwrap();
        assert_eq!((one.runs(), one.words(0).join(" ")), (1, "conv-relu --stop-unchanged=true".to_owned()));
        assert_eq!(plan("task = 'conv-relu'\nstop-unchanged = 'true'").unwrap(), one);
        assert!(!plan("task = 'conv-relu'\nstop-unchanged = false").unwrap().args(0).unwrap().stop.stop_unchanged);
    }

    #[test]
    fn every_option_that_decides_a_run_is_a_setting() {
        let settings = LearnArgs::settings();
        for name in
            ["task", "teacher", "mode", "steps", "attention-rate", "scalar", "student", "train", "rule", "theta"]
        {
            assert!(settings.iter().any(|setting| setting == name), "{name}");
        }
        for name in ["threads", "checkpoint", "resume", "json", "out", "help", "version"] {
            assert!(settings.iter().all(|setting| setting != name), "{name}");
        }
    }

    #[test]
    fn what_is_no_plan_is_refused_by_name() {
        for (text, said) in [
            ("seeds = [1]", "seeds: no setting of a run; expected some of task, teacher, mode"),
            ("threads = 2", "threads: no setting"),
            ("seed = []", "seed: an empty list"),
            ("seed = [1, 1]", "seed: 1 twice"),
            ("seed = [[1]]", "seed: array in place of a value"),
            ("seed = true", "seed: boolean in place of a value; expected a word, a number or a list"),
            ("mode = [true, 'online']", "mode: boolean in place of a value"),
            ("stop-unchanged = [true, true]", "stop-unchanged: true twice"),
            ("stop-unchanged = 1", "stop-unchanged: a number; expected true, false or a list of both"),
            ("stop-unchanged = 'yes'", "stop-unchanged: \"yes\"; expected true, false or a list of both"),
            ("[seed]\nfrom = 1", "seed: table in place of a value"),
        ] {
            let error = plan(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
        let list = (0..1001).map(|seed| seed.to_string()).collect::<Vec<_>>().join(", ");
        let error = plan(&format!("seed = [{list}]\ntokens = [{list}]")).unwrap_err();
        assert!(error.contains("more than 1000000 runs"), "{error}");
    }
}
