//! How a command fails: one line on standard error, and an exit code; and how a run ends before its last step.

use std::fmt;

use serde::Serialize;
use tutee::Error;

use crate::text::{several, shown};

/// Characters of the line: enough for a path and what was expected, and not what a hostile file makes of it.
const LONGEST_LINE: usize = 800;

/// Exit code and the line that explains it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// 1: a check failed, or the result found no place. 2: bad usage or bad input.
    pub code: u8,
    message: String,
}

impl Failure {
    /// A check failed: divergence, a digest that differs; or a run was interrupted, or its result found no place.
    /// Exit code 1.
    pub fn check(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// Several failures in one line, with the exit code of the first; none is success.
    ///
    /// # Errors
    /// The failures.
    pub fn all(failures: impl Iterator<Item = Self>) -> Result<(), Self> {
        let join = |first: Self, next: Self| {
            let known = first.message.contains(&next.message);
            if known { first } else { Self { message: format!("{}; {}", first.message, next.message), ..first } }
        };
        failures.reduce(join).map_or(Ok(()), Err)
    }

    /// With the place where it was met in front.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        Self { message: format!("{place}{}", self.message), ..self }
    }

    /// Bad usage or bad input. Exit code 2. The message names the file, the field and what was expected.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: 2, message: message.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line, whatever a file's name or a parser's message contains.
        let lines = self.message.split(['\n', '\r']).enumerate();
        let joined: String =
            lines.map(|(i, line)| if i == 0 { line.to_owned() } else { format!(" {}", line.trim()) }).collect();
        f.write_str(&shown(&joined, LONGEST_LINE))
    }
}

/// Why a run has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Somebody asked the program to end.
    Interrupted,
    /// What the library said.
    Refused(Error),
    /// The system gave no memory.
    Memory,
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// A run that was asked for and has no result: what is said of it beside the results of the others.
#[derive(Clone, Debug, Serialize)]
pub struct Unfinished {
    /// Name of the task, or of the teacher's file.
    pub task: String,
    /// `diverged`, `interrupted` or `failed`.
    pub why: &'static str,
    /// One sentence.
    pub message: String,
    #[serde(skip)]
    code: u8,
}

impl Unfinished {
    /// `origin` is what messages call the run, `settings` what may be changed about it.
    pub fn new(task: &str, origin: &str, settings: &str, ended: Ended) -> Self {
        let (why, code, reason) = match ended {
            Ended::Interrupted => ("interrupted", 1, "interrupted".to_owned()),
            Ended::Refused(Error::Diverged) => ("diverged", 1, format!("training diverged{settings}")),
            Ended::Refused(error) => ("failed", 2, error.to_string()),
            Ended::Memory => ("failed", 1, "the system gave no memory".to_owned()),
        };
        Self { task: task.to_owned(), why, message: format!("{origin}: {reason}"), code }
    }

    /// The line for several of them, the first at length; `finished` is how many runs did end well.
    pub fn failure(all: &[&Self], finished: usize) -> Option<Failure> {
        let (first, others) = all.split_first()?;
        let mut message = first.message.clone();
        if !others.is_empty() || finished > 0 {
            message += &format!(" ({finished} of {} finished)", several(finished + all.len(), "run"));
        }
        Some(Failure { code: first.code, message })
    }
}
