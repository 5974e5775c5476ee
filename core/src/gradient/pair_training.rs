//! Pairs of somebody's own, trained on by [`run`](crate::training::run).

use super::samples::Samples;
use crate::error::Error;
use crate::scalar::Scalar;
use crate::step::Descent;
use crate::student::StudentView;
use crate::training::Training;

/// Training on batches that `pairs` accumulates, one for every step: [`Samples`] as a [`Training`], for
/// [`run`](crate::training::run).
#[derive(Debug)]
pub struct PairTraining<'a, T, P> {
    samples: Samples<'a, T>,
    pairs: P,
}

impl<'a, T: Scalar, P: FnMut(&mut Samples<'a, T>) -> Result<(), Error>> PairTraining<'a, T, P> {
    /// Trains with `samples`, of which `pairs` is to fill each batch.
    pub const fn new(samples: Samples<'a, T>, pairs: P) -> Self {
        Self { samples, pairs }
    }

    /// The student as it stands.
    pub fn student(&self) -> StudentView<'_, T> {
        self.samples.student()
    }
}

impl<'a, T: Scalar, P: FnMut(&mut Samples<'a, T>) -> Result<(), Error>> Training<T> for PairTraining<'a, T, P> {
    fn steps(&self) -> u64 {
        self.student().steps()
    }

    /// A batch that was refused is still there: the next step tries it again, with a lower rate, say. If `pairs` fails, or no rate
    /// is low enough because the gradient overflowed ([`Error::NotFinite`]), the batch is empty again.
    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        if self.samples.batch_loss().count() == 0
            && let Err(error) = (self.pairs)(&mut self.samples)
        {
            self.samples.begin();
            return Err(error);
        }
        let stepped = self.samples.step(descent);
        if matches!(stepped, Err(Error::NotFinite { .. })) {
            self.samples.begin();
        }
        stepped
    }
}

#[cfg(test)]
mod tests {
    use core::ops::ControlFlow;

    use super::*;
    use crate::activation::Activation;
    use crate::digest::digest;
    use crate::gradient::samples::SampleScratch;
    use crate::student::Student;
    use crate::trace::Schedule;
    use crate::training::{Steps, Stopped, run};

    /// The steps that a program takes by hand are those of a run.
    #[test]
    fn a_run_fills_a_batch_for_every_step() {
        let pair = |i: u64| ([i as f32, 0.5 - i as f32], [0.25 * i as f32, 1.0]);
        let (mut by_hand, mut scratch) = (Student::<f32, 1, 1, 2, 2>::ZERO, SampleScratch::ZERO);
        let mut samples = Samples::of(&mut by_hand, Activation::Identity, &mut scratch).unwrap();
        for i in 0..3 {
            for i in [2 * i, 2 * i + 1] {
                samples.accumulate(&pair(i).0, &pair(i).1).unwrap();
            }
            samples.step(&Descent::new(0.01)).unwrap();
        }

        let (mut student, mut scratch, mut next) = (Student::<f32, 1, 1, 2, 2>::ZERO, SampleScratch::ZERO, 0);
        let samples = Samples::of(&mut student, Activation::Identity, &mut scratch).unwrap();
        let mut training = PairTraining::new(samples, |samples| {
            for i in [next, next + 1] {
                samples.accumulate(&pair(i).0, &pair(i).1)?;
            }
            next += 2;
            Ok(())
        });
        let (descent, observe) = (Descent::new(0.01), |_: &mut _| ControlFlow::Continue(()));
        assert_eq!(run(&mut training, &descent, &Steps(3), Schedule::NEVER, observe), Ok(Stopped::Steps));
        assert_eq!(digest(training.student()), digest(by_hand.view()));
        // Refused, and then taken with the same two pairs.
        assert_eq!(training.step(&Descent { value_limit: 1e-3, ..descent }), Err(Error::Diverged));
        assert_eq!(digest(training.student()), digest(by_hand.view()));
        assert_eq!(training.step(&descent), Ok(()));
        assert_eq!(next, 8);
    }

    #[test]
    fn a_batch_that_overflows_is_dropped() {
        let (mut student, mut scratch, mut next) = (Student::<f32, 1, 1, 2, 2>::ZERO, SampleScratch::ZERO, 0);
        let samples = Samples::of(&mut student, Activation::Identity, &mut scratch).unwrap();
        let mut training = PairTraining::new(samples, |samples| {
            next += 1;
            let far = if next == 2 { 1e30 } else { 1.0 };
            samples.accumulate(&[far, 2.0], &[far, 4.0])
        });
        let descent = Descent::new(0.01);
        assert_eq!(training.step(&descent), Ok(()));
        let refused = Err(Error::NotFinite { what: "the gradient of the batch", index: 0 });
        assert_eq!((training.step(&descent), training.steps()), (refused, 1));
        assert_eq!((training.step(&descent), training.steps(), next), (Ok(()), 2, 3));
    }

    #[test]
    fn pairs_that_fail_half_way_leave_no_batch() {
        let (mut student, mut scratch, mut whole) = (Student::<f32, 1, 1, 2, 2>::ZERO, SampleScratch::ZERO, false);
        let samples = Samples::of(&mut student, Activation::Identity, &mut scratch).unwrap();
        let mut counts = [0; 2];
        let mut training = PairTraining::new(samples, |samples| {
            let before = samples.batch_loss().count();
            samples.accumulate(&[1.0, 2.0], &[3.0, 4.0])?;
            if core::mem::replace(&mut whole, true) {
                counts = [before, samples.batch_loss().count()];
                return Ok(());
            }
            samples.accumulate(&[1.0, f32::NAN], &[3.0, 4.0])
        });
        let descent = Descent::new(0.01);
        assert_eq!(training.step(&descent), Err(Error::NotFinite { what: "x", index: 1 }));
        assert_eq!(training.steps(), 0);
        assert_eq!(training.step(&descent), Ok(()));
        assert_eq!(counts, [0, 1]);
    }
}
