//! The folder of a sweep: the plan in `plan.json`, and a file for each run that has ended, as `tutee learn --json` writes it, with
//! the place of the run in the plan beside. A file has its name when it is whole.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::plan::Plan;
use crate::failure::{Failure, Unfinished};
use crate::files::{Sink, probe, resolved, unwritable};
use crate::output::write_json;

const PLAN: &str = "plan.json";

/// Where a run stands in which plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Digest of the plan.
    plan: String,
    /// Number of the run, from 0.
    index: usize,
    /// Runs of the plan.
    of: usize,
    /// What follows `tutee learn` for this run.
    learn: Vec<String>,
}

impl Place {
    fn new(plan: &Plan, index: usize) -> Self {
        Self { plan: plan.digest(), index, of: plan.runs(), learn: plan.words(index) }
    }
}

/// A run that has ended, as it is written.
#[derive(Debug, Serialize)]
pub struct Ran<R> {
    sweep: Place,
    /// Why it counts as failed, if it does.
    failed: Option<String>,
    runs: Vec<R>,
    unfinished: Vec<Unfinished>,
}

/// A run that has ended, as it is read.
#[derive(Debug, Deserialize)]
#[serde(expecting = "the result of a run of a sweep")]
pub struct Found {
    sweep: Place,
    /// Why it counts as failed, if it does.
    pub failed: Option<String>,
    runs: Vec<Map<String, Value>>,
    unfinished: Vec<FoundUnfinished>,
}

#[derive(Debug, Deserialize)]
struct FoundUnfinished {
    why: String,
}

impl Found {
    /// What it says in a column of the table; none of a run that did not take its last step.
    pub fn value(&self, column: &str) -> Option<&Value> {
        let run = self.runs.first()?;
        let last = || run.get("curve")?.as_array()?.last();
        match column {
            "value_error" | "attention_error" | "ood_excess" => last()?.get(column),
            _ => match column.strip_prefix("share_") {
                Some(share) => run.get("shares")?.get(share),
                None => run.get(column),
            },
        }
    }

    /// `done`, `diverged` or `failed`.
    pub fn ended(&self) -> &str {
        self.unfinished.first().map_or("done", |run| run.why.as_str())
    }
}

/// The folder of one plan.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder, with the plan in it, or finds it there.
    ///
    /// # Errors
    /// One line: a folder of another plan, or no place to write to.
    pub fn of(path: &Path, plan: &Plan) -> Result<Self, Failure> {
        let made = fs::create_dir_all(path).and_then(|()| probe(&path.join(PLAN)));
        made.map_err(|error| unwritable(path, &error))?;
        let folder = Self { path: path.to_owned() };
        if !path.join(PLAN).exists() {
            if let Some(index) = (0..plan.runs()).find(|&index| folder.file(index).exists()) {
                let name = folder.file(index);
                return Err(Failure::usage(format!(
                    "{}: a result without a plan; expected another folder",
                    name.display()
                )));
            }
            write_json(&Sink::File(path.join(PLAN)), plan)?;
        }
        // Whoever was first to give a plan its name: there may be several shards.
        let (_, there) = Self::open(path)?;
        if there == *plan {
            return Ok(folder);
        }
        let other = if there.version == plan.version {
            "another plan, or with other files that it reads".to_owned()
        } else {
            format!("version {} of the program", there.version)
        };
        Err(Failure::usage(format!("{}: a folder of {other}; expected another by --out", path.display())))
    }

    /// Finds the folder, and the plan in it.
    ///
    /// # Errors
    /// One line: there is no plan.
    pub fn open(path: &Path) -> Result<(Self, Plan), Failure> {
        let file = path.join(PLAN);
        let refuse = |error: String| {
            Failure::usage(format!(
                "{}: {error}; expected the plan of a folder that `tutee sweep` filled",
                file.display()
            ))
        };
        let bytes = fs::read(&file).map_err(|error| refuse(error.to_string()))?;
        let plan = serde_json::from_slice(&bytes).map_err(|error| refuse(error.to_string()))?;
        Ok((Self { path: path.to_owned() }, plan))
    }

    /// Whether a name is that of the plan or of a run, which a table must not replace.
    pub fn owns(&self, path: &Path) -> bool {
        let path = resolved(path);
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
        path.parent() == Some(&resolved(&self.path))
            && (name == PLAN || (name.starts_with("run-") && name.ends_with(".json")))
    }

    /// The file of a run.
    fn file(&self, index: usize) -> PathBuf {
        self.path.join(format!("run-{index:06}.json"))
    }

    /// Whether a run has a file.
    pub fn has(&self, index: usize) -> bool {
        self.file(index).exists()
    }

    /// Writes the result of a run: what it found, or why it found nothing.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn write<R: Serialize>(
        &self,
        plan: &Plan,
        index: usize,
        run: Result<R, Unfinished>,
        failed: Option<String>,
    ) -> Result<(), Failure> {
        let (runs, unfinished) = match run {
            Ok(run) => (vec![run], vec![]),
            Err(unfinished) => (vec![], vec![unfinished]),
        };
        let ran = Ran { sweep: Place::new(plan, index), failed, runs, unfinished };
        write_json(&Sink::File(self.file(index)), &ran)
    }

    /// Reads the result of a run, if there is one, and sees that it is that of this run of this plan.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn read(&self, plan: &Plan, index: usize) -> Result<Option<Found>, Failure> {
        let file = self.file(index);
        if !file.exists() {
            return Ok(None);
        }
        let refuse = |message: &str| {
            let remedy = "expected the result of a run of this plan; without the file the run is made again";
            Failure::usage(format!("{}: {message}; {remedy}", file.display()))
        };
        let bytes = fs::read(&file).map_err(|error| refuse(&error.to_string()))?;
        let found: Found = serde_json::from_slice(&bytes).map_err(|error| refuse(&error.to_string()))?;
        if found.sweep != Place::new(plan, index) {
            return Err(refuse(&format!("of run {} of another plan or place", found.sweep.index)));
        }
        let digest = |run: &Map<String, Value>| run.get("digest").and_then(Value::as_str).map(str::len);
        match (found.runs.as_slice(), found.unfinished.as_slice()) {
            ([run], []) if digest(run) == Some(16) => Ok(Some(found)),
            ([], [_]) => Ok(Some(found)),
            _ => Err(refuse("neither a run with its digest nor why there is none")),
        }
    }
}
