//! `tutee paper --checkpoint`: runs that have ended, a file each, so that a call that did not come to its end is gone on with. A file is
//! there whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use flate2::Crc;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tutee::Shape;

use super::record::RunOf;
use crate::failure::Failure;
use crate::files::{Sink, probe, unwritable};
use crate::output::write_json;
use crate::text::{several, shown};

/// Characters of a run that a file says it is of.
const LONGEST: usize = 300;

/// Where runs that have ended are.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
    resume: bool,
    /// What decides the bits of every run beside its own words.
    plan: String,
}

#[derive(Serialize)]
struct Ran<'a, D> {
    version: &'a str,
    run: &'a str,
    record: &'a RunOf,
    done: &'a D,
}

#[derive(Deserialize)]
struct Found<D> {
    record: RunOf,
    done: D,
}

/// Whose a file is.
#[derive(Deserialize)]
struct Origin {
    version: String,
    run: String,
}

/// How a file of ours begins, be it damaged behind that.
const MARK: &[u8] = b"{\"version\":\"";

const DAMAGED: &str = "a damaged result of a run; without the file the run is made anew";

/// Reads a file, and says whose it is.
///
/// # Errors
/// One line: a file that is none of these, which stays as it is, or one that is damaged.
fn read(path: &Path) -> Result<(Vec<u8>, Origin), Failure> {
    let refuse = |message: &str| Failure::usage(format!("{}: {message}", path.display()));
    let bytes = fs::read(path).map_err(|error| refuse(&error.to_string()))?;
    match serde_json::from_slice(&bytes) {
        Ok(origin) => Ok((bytes, origin)),
        Err(_) if bytes.is_empty() || bytes.starts_with(MARK) => Err(refuse(DAMAGED)),
        Err(_) => Err(refuse("no result of a run of `tutee paper`, and it stays as it is; expected another folder")),
    }
}

impl Kept {
    /// A folder, which is made where it is not there yet. `read` are the files that runs read.
    ///
    /// # Errors
    /// One line that names the folder, or a file that cannot be read.
    pub fn new(folder: &Path, resume: bool, quick: bool, read: &[PathBuf]) -> Result<Self, Failure> {
        let made = fs::create_dir_all(folder).and_then(|()| probe(&file(folder, 0)));
        made.map_err(|error| unwritable(folder, &error))?;
        let mut crc = Crc::new();
        for path in read {
            let bytes = fs::read(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
            crc.update(&bytes);
        }
        let plan = format!("quick {quick}, data {:08x}", crc.sum());
        Ok(Self { folder: folder.to_owned(), resume, plan })
    }

    /// Refuses a folder that has results and is not to be gone on from.
    ///
    /// # Errors
    /// One line that names it.
    pub fn check(&self, runs: usize) -> Result<(), Failure> {
        let there: Vec<_> = (0..runs).map(|i| file(&self.folder, i)).filter(|path| path.exists()).collect();
        there.iter().try_for_each(|path| read(path).map(drop))?;
        let there = there.len();
        if there == 0 || self.resume {
            return Ok(());
        }
        let expected = "expected --resume to keep them, or another folder";
        Err(Failure::usage(format!(
            "{}: results of {} are there; {expected}",
            self.folder.display(),
            several(there, "run")
        )))
    }

    fn run(&self, name: &str) -> String {
        format!("{name}; {}", self.plan)
    }

    /// What became of run `i`, which has this name; none if it has not ended yet.
    ///
    /// # Errors
    /// One line that names a file that is not what a run of this plan and this version has left.
    pub fn read<D: DeserializeOwned>(&self, i: usize, name: &str) -> Result<Option<(RunOf, D)>, Failure> {
        let path = file(&self.folder, i);
        if !path.exists() {
            return Ok(None);
        }
        let refuse = |message: &str| Failure::usage(format!("{}: {message}", path.display()));
        let (bytes, Origin { version, run }) = read(&path)?;
        let expected = "expected --checkpoint with a folder of its own";
        if version != env!("CARGO_PKG_VERSION") {
            return Err(refuse(&format!(
                "a result of version {version}, not {}; {expected}",
                env!("CARGO_PKG_VERSION")
            )));
        }
        let wanted = self.run(name);
        if run != wanted {
            let run = shown(&run, LONGEST);
            return Err(refuse(&format!("a result of another run, plan or data: {run}, not {wanted}; {expected}")));
        }
        let found: Found<D> = serde_json::from_slice(&bytes).map_err(|_| refuse(DAMAGED))?;
        Ok(Some((found.record, found.done)))
    }

    /// Keeps what became of run `i`.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn write<D: Serialize>(&self, i: usize, name: &str, (record, done): (&RunOf, &D)) -> Result<(), Failure> {
        let ran = Ran { version: env!("CARGO_PKG_VERSION"), run: &self.run(name), record, done };
        write_json(&Sink::File(file(&self.folder, i)), &ran)
    }
}

fn file(folder: &Path, i: usize) -> PathBuf {
    folder.join(format!("run-{i:03}.json"))
}

/// A shape as its sizes M, d, D, J.
pub fn sizes<S: Serializer>(shape: &Shape, serializer: S) -> Result<S::Ok, S::Error> {
    [shape.filters(), shape.features(), shape.tokens(), shape.outputs()].serialize(serializer)
}

/// A shape from its sizes.
///
/// # Errors
/// Where there is no such shape.
pub fn from_sizes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Shape, D::Error> {
    let [filters, features, tokens, outputs] = Deserialize::deserialize(deserializer)?;
    Shape::new(filters, features, tokens, outputs).map_err(D::Error::custom)
}
