//! When a fit ends before its last step, and which of its students it reports: by the loss of pairs that it does not see.

use serde::{Deserialize, Serialize};

use crate::text::told;
use crate::watch::{Ending, Goals};

/// What a fit looks for in the loss of pairs held out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// A loss of pairs held out.
    pub loss: Option<f64>,
    /// A part of that before the first step.
    pub relative: Option<f64>,
    /// By what part it is above the least that was seen.
    pub rises: Option<f64>,
    /// Whether the student that had the least is reported, and not the last one.
    pub best: bool,
    /// Steps from one look to the next, at least 1.
    pub every: u64,
}

/// A loss, and the step after which it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Least {
    /// The loss.
    pub loss: f64,
    /// Steps taken before it.
    pub step: u64,
}

impl HeldOut {
    /// Steps from one look to the next unless the command line says otherwise.
    pub const EVERY: u64 = Goals::EVERY;

    /// Each with its option, whether it is one or not.
    pub fn named(goals: Option<&Self>) -> [(&'static str, String); 5] {
        let number = |of: fn(&Self) -> Option<f64>| told(goals.and_then(of));
        [
            ("--stop-loss", number(|goals| goals.loss)),
            ("--stop-relative", number(|goals| goals.relative)),
            ("--stop-rising", number(|goals| goals.rises)),
            ("--best", goals.is_some_and(|goals| goals.best).to_string()),
            ("--stop-every", goals.map_or_else(|| "none".to_owned(), |goals| goals.every.to_string())),
        ]
    }

    /// Whether anything is looked for.
    pub const fn any(&self) -> bool {
        self.loss.is_some() || self.relative.is_some() || self.rises.is_some() || self.best
    }

    /// Whether there is a look after so many steps. It costs about as much of a step as the pairs held out are of all.
    pub const fn due(&self, steps: u64) -> bool {
        steps.is_multiple_of(self.every)
    }
}

/// What a fit was to stop at, and what it stopped at.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct StopRecord {
    stop_loss: Option<f64>,
    stop_relative: Option<f64>,
    stop_rising: Option<f64>,
    stop_every: Option<u64>,
    /// The last step that was asked for, to which students of parts of the pairs may go.
    stop_steps: Option<u64>,
    /// `steps`, `test_loss`, `test_loss_rises` or `diverged`.
    pub stopped: &'static str,
    /// Which student all the rest is of: `last`, or `best`, the one that had the least loss of pairs held out at any look.
    pub reported: &'static str,
    /// Steps that this student has taken.
    pub reported_step: u64,
    /// The least loss of pairs held out that was seen, at points of the curve or at looks.
    least_test_loss: Option<f64>,
    /// Steps taken before it.
    least_test_step: Option<u64>,
}

impl StopRecord {
    /// Of a fit of at most so many steps that ended so, reports a student of so many, and saw this loss as the least.
    pub fn new(
        goals: Option<&HeldOut>,
        (steps, ending): (u64, Ending),
        reported_step: u64,
        least: Option<Least>,
    ) -> Self {
        Self {
            reported: if goals.is_some_and(|goals| goals.best) { "best" } else { "last" },
            reported_step,
            least_test_loss: least.map(|least| least.loss),
            least_test_step: least.map(|least| least.step),
            stop_loss: goals.and_then(|goals| goals.loss),
            stop_relative: goals.and_then(|goals| goals.relative),
            stop_rising: goals.and_then(|goals| goals.rises),
            stop_every: goals.map(|goals| goals.every),
            stop_steps: goals.map(|_| steps),
            stopped: ending.word(),
        }
    }
}
