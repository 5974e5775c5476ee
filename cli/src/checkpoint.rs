//! `tutee learn --checkpoint`: what a run has done, in a file that the next call goes on from with the same bits.
//!
//! The file is a line of JSON (the run that it is of, the curve so far) and a snapshot of the core's after it, which has a checksum. It is
//! replaced whole. A point of the curve is taken where an uninterrupted run takes it, and nowhere else, so that nothing tells one from
//! the other but the clock.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Crc;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tutee::Error;

use crate::failure::Failure;
use crate::files::{Pending, probe, unwritable};
use crate::text::several;

/// Where the checkpoint of a run is, and when it is due.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    /// All that decides the run's bits.
    run: String,
    /// From one checkpoint to the next.
    pub interval: Duration,
}

/// What a run has done; P is a point of its curve.
#[derive(Clone, Debug)]
pub struct Progress<P> {
    /// Wall time of its steps.
    pub seconds: f64,
    /// The curve so far.
    pub curve: Vec<P>,
    /// What learns, the stream that it learns from, and what its rule keeps.
    pub snapshot: Vec<u8>,
}

#[derive(Serialize)]
struct Head<'a, P> {
    version: &'a str,
    run: &'a str,
    seconds: f64,
    curve: &'a [P],
}

/// A checkpoint with what is there already.
pub type Kept<P> = (Checkpoint, Option<Progress<P>>);

/// A head as it is read.
#[derive(Deserialize)]
struct Found<P> {
    version: String,
    run: String,
    seconds: f64,
    curve: Vec<P>,
}

impl Checkpoint {
    /// In a folder. `run` says all that decides the run's bits, but for the number of its steps: a run that has ended may go on.
    pub fn new(folder: &Path, run: String, interval: Duration) -> Self {
        let mut crc = Crc::new();
        crc.update(run.as_bytes());
        Self { path: folder.join(format!("checkpoint-{:08x}.tutee", crc.sum())), run, interval }
    }

    /// Makes the folder.
    ///
    /// # Errors
    /// One line that names it.
    pub fn prepare(&self) -> Result<(), Failure> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let made = fs::create_dir_all(folder).and_then(|()| probe(&self.path));
        made.map_err(|error| unwritable(folder, &error))
    }

    /// What is there to go on from; none if nothing is. With `resume` it is taken, and without it is refused. `steps_of` checks a
    /// snapshot and says after how many steps it was made.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn earlier<P: DeserializeOwned>(
        &self,
        resume: bool,
        steps: u64,
        steps_of: impl Fn(&[u8]) -> Result<u64, Error>,
    ) -> Result<Option<Progress<P>>, Failure> {
        if !self.path.exists() {
            return Ok(None);
        }
        let refuse = |message: String| Failure::usage(format!("{}: {message}", self.path.display()));
        if !resume {
            return Err(refuse("a checkpoint of this run; expected --resume to go on, or another folder".to_owned()));
        }
        let broken = || refuse("no checkpoint; without the file the run begins anew".to_owned());
        let bytes = fs::read(&self.path).map_err(|error| refuse(error.to_string()))?;
        let end = bytes.iter().position(|&byte| byte == b'\n').ok_or_else(broken)?;
        let (head, snapshot) = bytes.split_at_checked(end + 1).ok_or_else(broken)?;
        let head: Found<P> = serde_json::from_slice(head).map_err(|_| broken())?;
        if head.version != env!("CARGO_PKG_VERSION") {
            return Err(refuse(format!("of version {}; expected {}", head.version, env!("CARGO_PKG_VERSION"))));
        }
        let done = steps_of(snapshot).map_err(|error| refuse(error.to_string()))?;
        if head.run != self.run {
            return Err(broken());
        }
        if done > steps {
            return Err(refuse(format!("of {}; expected --steps from there on", several(done, "step"))));
        }
        Ok(Some(Progress { seconds: head.seconds, curve: head.curve, snapshot: snapshot.to_vec() }))
    }

    /// Replaces the file by what a run has done so far; `snapshot` fills so many bytes, all of them zero before.
    ///
    /// # Errors
    /// One line that names it.
    pub fn save<P: Serialize>(
        &self,
        (bytes, snapshot): (usize, impl FnOnce(&mut [u8]) -> Result<(), Error>),
        seconds: f64,
        curve: &[P],
    ) -> Result<(), Failure> {
        let told = |error: String| Failure::check(format!("{}: {error}; the run goes on", self.path.display()));
        let mut image = Vec::new();
        image.try_reserve_exact(bytes).map_err(|error| told(error.to_string()))?;
        image.resize(bytes, 0);
        snapshot(&mut image).map_err(|error| told(error.to_string()))?;
        let head = Head { version: env!("CARGO_PKG_VERSION"), run: &self.run, seconds, curve };
        let pending = Pending::new(&self.path, |file| {
            serde_json::to_writer(&mut *file, &head)?;
            file.write_all(b"\n")?;
            file.write_all(&image)
        });
        pending.map_err(|error| told(error.to_string()))?.name()
    }
}
