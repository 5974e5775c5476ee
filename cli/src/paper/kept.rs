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
use crate::text::several;

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
    version: String,
    run: String,
    record: RunOf,
    done: D,
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
        let there = (0..runs).filter(|&i| file(&self.folder, i).exists()).count();
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
        let bytes = fs::read(&path).map_err(|error| refuse(&error.to_string()))?;
        let found: Found<D> = serde_json::from_slice(&bytes)
            .map_err(|_| refuse("no result of a run of this version; without the file the run is made anew"))?;
        if found.version != env!("CARGO_PKG_VERSION") || found.run != self.run(name) {
            return Err(refuse(
                "a result of another plan, version or data; expected --checkpoint with a folder of its own",
            ));
        }
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
