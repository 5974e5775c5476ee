//! `tutee learn --checkpoint`: what a run has done, in a file that the next call goes on from with the same bits.
//!
//! The file is a line of JSON (the run that it is of, the curve so far) and a snapshot of the core's after it, which has a checksum. It is
//! replaced whole. A point of the curve is taken where an uninterrupted run takes it, and nowhere else, so that nothing tells one from
//! the other but the clock.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flate2::Crc;
use serde::{Deserialize, Serialize};
use tutee::Scalar;
use tutee::input::SampleStream;
use tutee::snapshot::{Context, inspect, save_with, snapshot_len};
use tutee::student::StudentView;

use crate::failure::Failure;
use crate::files::{Pending, probe, unwritable};
use crate::record::CurvePoint;
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

/// What a run has done.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Wall time of its steps.
    pub seconds: f64,
    /// The curve so far.
    pub curve: Vec<CurvePoint>,
    /// The student, and the stream that it learns from.
    pub snapshot: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Head {
    version: String,
    run: String,
    seconds: f64,
    curve: Vec<CurvePoint>,
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

    /// What is there to go on from; none if nothing is. With `resume` it is taken, and without it is refused.
    ///
    /// # Errors
    /// One line that names the file.
    pub fn earlier(&self, resume: bool, steps: u64) -> Result<Option<Progress>, Failure> {
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
        let head: Head = serde_json::from_slice(head).map_err(|_| broken())?;
        if head.version != env!("CARGO_PKG_VERSION") {
            return Err(refuse(format!("of version {}; expected {}", head.version, env!("CARGO_PKG_VERSION"))));
        }
        let header = inspect(snapshot).map_err(|error| refuse(error.to_string()))?;
        if head.run != self.run {
            return Err(broken());
        }
        if header.steps > steps {
            return Err(refuse(format!("of {}; expected --steps from there on", several(header.steps, "step"))));
        }
        Ok(Some(Progress { seconds: head.seconds, curve: head.curve, snapshot: snapshot.to_vec() }))
    }

    /// Replaces the file.
    ///
    /// # Errors
    /// One line that names it.
    pub fn save<T: Scalar>(
        &self,
        student: StudentView<'_, T>,
        stream: Option<SampleStream>,
        seconds: f64,
        curve: &[CurvePoint],
    ) -> Result<(), Failure> {
        let told = |error: String| Failure::check(format!("{}: {error}; the run goes on", self.path.display()));
        let mut snapshot = vec![0; snapshot_len::<T>(student.shape())];
        save_with(student, &Context { stream, activation: None }, &mut snapshot)
            .map_err(|error| told(error.to_string()))?;
        let (version, run) = (env!("CARGO_PKG_VERSION").to_owned(), self.run.clone());
        let head = Head { version, run, seconds, curve: curve.to_vec() };
        let pending = Pending::new(&self.path, |file| {
            serde_json::to_writer(&mut *file, &head)?;
            file.write_all(b"\n")?;
            file.write_all(&snapshot)
        });
        pending.map_err(|error| told(error.to_string()))?.name()
    }
}
