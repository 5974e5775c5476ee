//! When a fit ends before its last step: by the loss of pairs that it does not see.

use std::cell::Cell;

use serde::Serialize;

use crate::text::told;
use crate::watch::{Ending, Goals};

/// What a fit stops at before its last step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// A loss of pairs held out.
    pub loss: Option<f64>,
    /// A part of that before the first step.
    pub relative: Option<f64>,
    /// By what part it is above the least that was seen.
    pub rises: Option<f64>,
    /// Steps from one look to the next, at least 1.
    pub every: u64,
}

/// The losses that were seen, in the order of the steps.
#[derive(Debug, Default)]
pub struct Seen {
    /// Of the first look, and the least.
    losses: Cell<Option<(f64, f64)>>,
}

impl HeldOut {
    /// Steps from one look to the next unless the command line says otherwise.
    pub const EVERY: u64 = Goals::EVERY;

    /// Each with its option, whether it is one or not.
    pub fn named(goals: Option<&Self>) -> [(&'static str, String); 4] {
        let number = |of: fn(&Self) -> Option<f64>| told(goals.and_then(of));
        [
            ("--stop-loss", number(|goals| goals.loss)),
            ("--stop-relative", number(|goals| goals.relative)),
            ("--stop-rising", number(|goals| goals.rises)),
            ("--stop-every", goals.map_or_else(|| "none".to_owned(), |goals| goals.every.to_string())),
        ]
    }

    /// Whether there is one.
    pub const fn any(&self) -> bool {
        self.loss.is_some() || self.relative.is_some() || self.rises.is_some()
    }

    /// Whether one is reached after so many steps; `measure` gives the loss of pairs held out, where there is one, and costs about as much of a
    /// step as these pairs are of all.
    pub fn reached(&self, seen: &Seen, steps: u64, measure: impl FnOnce() -> Option<f64>) -> Option<Ending> {
        if !steps.is_multiple_of(self.every) {
            return None;
        }
        let loss = measure()?;
        let (first, least) = seen.losses.get().unwrap_or((loss, loss));
        seen.losses.set(Some((first, if loss < least { loss } else { least })));
        let small = |goal: Option<f64>| goal.is_some_and(|goal| loss <= goal);
        if small(self.loss) || small(self.relative.map(|part| part * first)) {
            Some(Ending::HeldOutLoss)
        } else if self.rises.is_some_and(|part| loss > least * (1.0 + part)) {
            Some(Ending::HeldOutRises)
        } else {
            None
        }
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
    /// `steps`, `test_loss` or `test_loss_rises`.
    stopped: &'static str,
}

impl StopRecord {
    /// Of a fit of at most so many steps that ended so.
    pub fn new(goals: Option<&HeldOut>, steps: u64, ending: Ending) -> Self {
        Self {
            stop_loss: goals.and_then(|goals| goals.loss),
            stop_relative: goals.and_then(|goals| goals.relative),
            stop_rising: goals.and_then(|goals| goals.rises),
            stop_every: goals.map(|goals| goals.every),
            stop_steps: goals.map(|_| steps),
            stopped: ending.word(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_compare_with_the_first_and_with_the_least() {
        let losses = [8.0, 4.0, 2.0, 2.1, 1.0, 1.2, 0.5];
        let end = |goals: HeldOut| {
            let seen = Seen::default();
            (0..70_u64).find_map(|step| {
                goals.reached(&seen, step, || losses.get(step as usize / 10).copied()).map(|ending| (step, ending))
            })
        };
        let none = HeldOut { loss: None, relative: None, rises: None, every: 10 };
        assert_eq!((end(none), none.any()), (None, false));
        assert_eq!(end(HeldOut { loss: Some(2.05), ..none }), Some((20, Ending::HeldOutLoss)));
        assert_eq!(end(HeldOut { relative: Some(0.125), ..none }), Some((40, Ending::HeldOutLoss)));
        // A rise of a twentieth is none of a tenth.
        assert_eq!(end(HeldOut { rises: Some(0.01), ..none }), Some((30, Ending::HeldOutRises)));
        assert_eq!(end(HeldOut { rises: Some(0.1), ..none }), Some((50, Ending::HeldOutRises)));
        assert_eq!(end(HeldOut { rises: Some(0.5), ..none }), None);
        assert_eq!(end(HeldOut { rises: Some(0.1), every: 20, ..none }), None);
    }
}
