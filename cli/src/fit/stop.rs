//! When a fit ends before its last step, and which of its students it reports: by the loss of pairs that it does not see.

use std::cell::{Cell, RefCell};

use serde::{Deserialize, Serialize};

use super::record::FitPoint;
use crate::checkpoint::Aside;
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

/// What looks have left in a checkpoint.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Looked {
    first: f64,
    least: Least,
    best: Option<Best>,
}

/// A student that is kept, and what is known of it beside its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Its loss.
    pub least: Least,
    /// Rates that its last step took from the data, of W and of W_KQ.
    pub rates: Option<(f64, f64)>,
}

/// What was seen so far, in the order of the steps.
#[derive(Debug, Default)]
pub struct Seen {
    looked: Cell<Option<Looked>>,
    /// The student that is kept, as a snapshot.
    image: RefCell<Vec<u8>>,
}

impl Seen {
    /// What a run that goes on had seen.
    pub fn of(earlier: Option<&Aside>) -> Self {
        let looked = earlier.and_then(|aside| serde_json::from_value(aside.told.clone()?).ok());
        let image = earlier.map(|aside| aside.image.clone()).unwrap_or_default();
        Self { looked: Cell::new(looked), image: RefCell::new(image) }
    }

    /// That, for a checkpoint.
    pub fn aside(&self) -> Aside {
        let told = self.looked.get().and_then(|looked| serde_json::to_value(looked).ok());
        Aside { told, image: self.image.borrow().clone() }
    }

    /// The least loss.
    pub fn least(&self) -> Option<Least> {
        Some(self.looked.get()?.least)
    }

    /// Keeps the student that has the least loss so far.
    pub fn keep(&self, image: Vec<u8>, rates: Option<(f64, f64)>) {
        if let Some(looked) = self.looked.get() {
            self.looked.set(Some(Looked { best: Some(Best { least: looked.least, rates }), ..looked }));
            self.image.replace(image);
        }
    }

    /// The student that is kept, if it is better than one of this loss.
    pub fn better_than(&self, loss: f64) -> Option<(Best, Vec<u8>)> {
        let best = self.looked.get()?.best.filter(|best| best.least.loss < loss)?;
        Some((best, self.image.borrow().clone()))
    }
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

    /// What a look after so many steps that sees this loss of pairs held out comes to: whether none was less before, and whether the fit ends.
    /// A second look at the same student, as one is that went on from there, comes to the same end.
    pub fn look(&self, seen: &Seen, step: u64, loss: f64) -> (bool, Option<Ending>) {
        let rises = self.rises.map(|_| Ending::HeldOutRises);
        if !loss.is_finite() {
            return (false, rises);
        }
        let before = seen.looked.get();
        let least = before.map(|looked| looked.least.loss);
        let is_least = least.is_none_or(|least| loss < least);
        let first = before.map_or(loss, |looked| looked.first);
        if is_least {
            let best = before.and_then(|looked| looked.best);
            seen.looked.set(Some(Looked { first, least: Least { loss, step }, best }));
        }
        let small = |goal: Option<f64>| goal.is_some_and(|goal| loss <= goal);
        let ending = if small(self.loss) || small(self.relative.map(|part| part * first)) {
            Some(Ending::HeldOutLoss)
        } else {
            let limit = self.rises.zip(least).map(|(part, least)| least * (1.0 + part));
            rises.filter(|_| limit.is_some_and(|limit| loss > limit))
        };
        (is_least, ending)
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
    /// Which student all the rest is of: `last`, or `best`, the one that had the least loss of pairs held out at any look.
    pub reported: &'static str,
    /// Steps that this student has taken.
    pub reported_step: u64,
    /// The least loss of pairs held out that was seen, at points of the curve or at looks.
    least_test_loss: Option<f64>,
    /// Steps taken before it.
    least_test_step: Option<u64>,
}

/// The least loss of pairs held out in a curve and at looks, the first of equal ones.
pub fn least(curve: &[FitPoint], looked: Option<Least>) -> Option<Least> {
    let points = curve.iter().filter_map(|point| Some(Least { loss: point.test_loss?, step: point.step }));
    points.chain(looked).reduce(|least, next| {
        let earlier = next.loss == least.loss && next.step < least.step;
        if next.loss < least.loss || earlier { next } else { least }
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_compare_with_the_first_and_with_the_least() {
        let losses = [8.0, 4.0, 2.0, 2.1, 1.0, 1.2, 0.5];
        let end = |goals: HeldOut| {
            let seen = Seen::default();
            (0..70_u64).filter(|&step| goals.due(step)).find_map(|step| {
                // Gone on from every step: what is left in a checkpoint is all that counts, and a second look changes nothing.
                let _ = goals.look(&seen, step, losses[step as usize / 10]);
                let seen = Seen::of(Some(&seen.aside()));
                goals.look(&seen, step, losses[step as usize / 10]).1.map(|ending| (step, ending))
            })
        };
        let none = HeldOut { loss: None, relative: None, rises: None, best: false, every: 10 };
        assert_eq!((end(none), none.any()), (None, false));
        assert_eq!(end(HeldOut { loss: Some(2.05), ..none }), Some((20, Ending::HeldOutLoss)));
        assert_eq!(end(HeldOut { relative: Some(0.125), ..none }), Some((40, Ending::HeldOutLoss)));
        // A rise of a twentieth is none of a tenth.
        assert_eq!(end(HeldOut { rises: Some(0.01), ..none }), Some((30, Ending::HeldOutRises)));
        assert_eq!(end(HeldOut { rises: Some(0.1), ..none }), Some((50, Ending::HeldOutRises)));
        assert_eq!(end(HeldOut { rises: Some(0.5), ..none }), None);
        assert_eq!(end(HeldOut { rises: Some(0.1), every: 20, ..none }), None);
    }

    #[test]
    fn the_best_student_is_the_first_of_the_least_loss() {
        let goals = HeldOut { loss: None, relative: None, rises: None, best: true, every: 1 };
        assert!(goals.any());
        let seen = Seen::default();
        for (step, loss) in [4.0, f64::NAN, 2.0, 3.0, 2.0].into_iter().enumerate() {
            if goals.look(&seen, step as u64, loss).0 {
                seen.keep(vec![step as u8], Some((loss, 1.0)));
            }
        }
        let least = Least { loss: 2.0, step: 2 };
        for seen in [&seen, &Seen::of(Some(&seen.aside()))] {
            assert_eq!(seen.least(), Some(least));
            assert_eq!(seen.better_than(3.0), Some((Best { least, rates: Some((2.0, 1.0)) }, vec![2])));
            assert_eq!(seen.better_than(2.0), None);
        }
        let point = |step, test_loss| FitPoint {
            step,
            training_loss: 1.0,
            test_loss,
            rate: None,
            attention_rate: None,
            digest: 0,
        };
        let curve = [point(0, Some(4.0)), point(1, Some(2.5)), point(3, Some(2.0)), point(5, Some(2.25))];
        assert_eq!(super::least(&curve, None), Some(Least { loss: 2.0, step: 3 }));
        assert_eq!(super::least(&curve, Some(least)), Some(least));
        assert_eq!(super::least(&[point(0, None)], None), None);
    }
}
