//! What a fit has seen at its looks at pairs held out: it decides whether the fit ends, and which student was the best; and it is all that a
//! checkpoint needs of them.

use std::cell::{Cell, RefCell};

use serde::{Deserialize, Serialize};

use super::record::FitPoint;
use super::stop::{HeldOut, Least};
use crate::checkpoint::Aside;
use crate::watch::Ending;

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

    /// Whether a student is kept that has learned.
    pub fn has_kept(&self) -> bool {
        self.looked.get().and_then(|looked| looked.best).is_some_and(|best| best.least.step > 0)
    }

    /// The student that is kept, if it is better than one of this loss.
    pub fn better_than(&self, loss: f64) -> Option<(Best, Vec<u8>)> {
        let best = self.looked.get()?.best.filter(|best| best.least.loss < loss)?;
        Some((best, self.image.borrow().clone()))
    }

    /// What a look after so many steps that sees this loss of pairs held out comes to: whether none was less before, and whether the fit ends.
    /// A second look at the same student, as one is that went on from there, comes to the same end.
    pub fn look(&self, goals: &HeldOut, step: u64, loss: f64) -> (bool, Option<Ending>) {
        let rises = goals.rises.map(|_| Ending::HeldOutRises);
        if !loss.is_finite() {
            return (false, rises);
        }
        let before = self.looked.get();
        let least = before.map(|looked| looked.least.loss);
        let is_least = least.is_none_or(|least| loss < least);
        let first = before.map_or(loss, |looked| looked.first);
        if is_least {
            let best = before.and_then(|looked| looked.best);
            self.looked.set(Some(Looked { first, least: Least { loss, step }, best }));
        }
        let small = |goal: Option<f64>| goal.is_some_and(|goal| loss <= goal);
        let ending = if small(goals.loss) || small(goals.relative.map(|part| part * first)) {
            Some(Ending::HeldOutLoss)
        } else {
            let limit = goals.rises.zip(least).map(|(part, least)| least * (1.0 + part));
            rises.filter(|_| limit.is_some_and(|limit| loss > limit))
        };
        (is_least, ending)
    }
}

/// The least loss of pairs held out in a curve and at looks, the first of equal ones.
pub fn least(curve: &[FitPoint], looked: Option<Least>) -> Option<Least> {
    let points = curve.iter().filter_map(|point| Some(Least { loss: point.test_loss?, step: point.step }));
    points.chain(looked).reduce(|least, next| {
        let earlier = next.loss == least.loss && next.step < least.step;
        if next.loss < least.loss || earlier { next } else { least }
    })
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
                let _ = seen.look(&goals, step, losses[step as usize / 10]);
                let seen = Seen::of(Some(&seen.aside()));
                seen.look(&goals, step, losses[step as usize / 10]).1.map(|ending| (step, ending))
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
            if seen.look(&goals, step as u64, loss).0 {
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
