//! The gradient of a batch, and one step along it.

use super::Samples;
use crate::error::Error;
use crate::gradient::batch_loss::samples_as_scalar;
use crate::gradient::overflow::GRADIENT_TOO_LARGE;
use crate::gradient::sample_scratch::{NarrowScratchViewMut, fault};
use crate::kernel::softmax::{d_logits, d_softmax};
use crate::matrix::{Rows, RowsMut, check_length};
use crate::scalar::Scalar;
use crate::step::ruled::{Beside, Known};
use crate::step::{Descent, Rule, RuleState};
use crate::student::StudentViewMut;

impl<'a, T: Scalar> Samples<'a, T> {
    /// The largest Euclidean norm of a row of dL/dA.
    pub(in crate::gradient) fn longest_row(&self) -> T {
        let (tokens, count) = (self.student.shape().tokens(), samples_as_scalar::<T>(self.scratch.batch_loss.count));
        let mut largest = T::ZERO;
        for (s, d) in Rows::new(self.scratch.attention, tokens).zip(Rows::new(self.scratch.d_attention, tokens)) {
            let squared = d_logits(s, d).fold(T::ZERO, |sum, g| sum + (g / count) * (g / count));
            largest = largest.larger(squared.sqrt());
        }
        largest
    }

    /// The gradient of the mean loss over the batch: `dL/dW` (`filters x features`) and `dL/dA` (`outputs x tokens`).
    /// The batch stays as it is, and every element written is finite.
    ///
    /// # Errors
    /// Nothing is written then:
    /// * [`Error::NoSamples`];
    /// * [`Error::Length`], naming the slice;
    /// * [`Error::OutOfRange`]: numbers so large that the gradient might overflow, or did.
    pub fn gradient(&self, d_value: &mut [T], d_logits: &mut [T]) -> Result<(), Error> {
        let shape = self.student.shape();
        check_length("d_value", d_value, shape.value_len())?;
        check_length("d_logits", d_logits, shape.mixing_len())?;
        if self.scratch.batch_loss.count == 0 {
            return Err(Error::NoSamples);
        }
        let count = samples_as_scalar::<T>(self.scratch.batch_loss.count);
        // The softmax takes from an element a mean of all, which may be as large with the other sign.
        let fits = |d: &T| (*d / count * (T::TWO * T::TWO)).is_finite();
        if !self.scratch.d_value.iter().chain(&*self.scratch.d_attention).all(fits) {
            return Err(GRADIENT_TOO_LARGE);
        }
        for (to, &from) in d_value.iter_mut().zip(&*self.scratch.d_value) {
            *to = from / count;
        }
        for (to, &from) in d_logits.iter_mut().zip(&*self.scratch.d_attention) {
            *to = from / count;
        }
        let tokens = shape.tokens();
        for (s, d) in Rows::new(self.scratch.attention, tokens).zip(RowsMut::new(d_logits, tokens)) {
            d_softmax(s, d);
        }
        Ok(())
    }

    /// One step along the mean gradient of the batch; then a new batch begins.
    ///
    /// # Errors
    /// [`Error::NoSamples`], what [`Descent::check`] refuses, [`Error::Diverged`], or [`Error::NotFinite`] where the batch is at fault
    /// and not the rate: its numbers, or the student's, are so large that their products overflowed. Student and batch are then
    /// unchanged, so that the same batch can be tried with a lower rate, or be dropped by [`Samples::begin`].
    #[inline(never)] // On small stacks its frame must not add to the caller's.
    pub fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        if self.scratch.batch_loss.count == 0 {
            return Err(Error::NoSamples);
        }
        if let Err(refused) = self.scratch.descend(&mut self.student, descent) {
            return Err(fault(self.scratch.d_value, self.scratch.d_attention, refused));
        }
        self.begin();
        Ok(())
    }

    /// One step whose logits follow a rule of their own, W plain descent; then a new batch begins. Plain descent by this way is
    /// [`Samples::step`], to the bit. Costs the gradient through the softmax twice, with Adam three times.
    ///
    /// # Errors
    /// Those of [`Samples::step`], [`Error::Length`] for a rule of another shape, and [`Error::OutOfRange`] for Polyak's rule
    /// (see [`Samples::polyak_step`]) and for [`ValueRule::Projected`](crate::step::ValueRule::Projected), which takes tokens that are
    /// known to be white. Student, batch and rule are then unchanged.
    #[inline(never)] // As above.
    pub fn step_by(&mut self, descent: &Descent<T>, rule: &mut RuleState<'_, T>) -> Result<(), Error> {
        rule.check(self.student.shape())?;
        rule.check_for_pairs()?;
        self.step_beside(descent, T::ZERO, rule)
    }

    /// One step of the logits by Polyak's rule, W plain descent; then a new batch begins. `theta` is above 0 and at most 2;
    /// `least_loss` is the least mean loss of a sample that any student reaches, in units of the loss `1/2 abs(Y - f(X))^2`. The step
    /// goes so far that, were the loss linear, `theta` of what the batch's mean loss has above it would go, all rows together; but
    /// no further than `theta sqrt(J D) / 4`, and nowhere where the loss is not above the least. Costs the gradient through the
    /// softmax four times.
    ///
    /// # Errors
    /// Those of [`Samples::step`], and [`Error::OutOfRange`] for a theta outside its range and a least loss that is negative or
    /// not finite. Student and batch are then unchanged.
    #[inline(never)] // As above.
    pub fn polyak_step(&mut self, descent: &Descent<T>, theta: T, least_loss: T) -> Result<(), Error> {
        if !(least_loss >= T::ZERO && least_loss.is_finite()) {
            return Err(Error::OutOfRange { what: "the least loss must be finite and not negative" });
        }
        let mut rule = RuleState::new(self.student.shape(), Rule::Polyak { theta }, &mut [])?;
        let excess = self.scratch.batch_loss.mean_loss().map_or(T::ZERO, |loss| loss - least_loss);
        let known = Known { excess, curvature: None };
        let (shape, value) = (self.student.shape(), self.student.view().value());
        let polyak_rate = self.scratch.sums().polyak_rate(shape, theta, value, known);
        self.step_beside(descent, polyak_rate, &mut rule)
    }

    /// A step by rules that fit, W by descent.
    #[inline(always)]
    fn step_beside(&mut self, descent: &Descent<T>, polyak_rate: T, rule: &mut RuleState<'_, T>) -> Result<(), Error> {
        descent.check()?;
        if self.scratch.batch_loss.count == 0 {
            return Err(Error::NoSamples);
        }
        let beside = Beside { value_rate: descent.value_rate, polyak_rate };
        if let Err(refused) = self.student.descend_by((self.scratch.sums(), beside), descent, rule) {
            return Err(fault(self.scratch.d_value, self.scratch.d_attention, refused));
        }
        self.begin();
        Ok(())
    }

    /// Has `descend` step along a batch that is not empty, with settings that have been checked; no other batch begins, which would
    /// cost its attention.
    #[inline(always)]
    pub(in crate::gradient) fn last_step(
        mut self,
        descend: impl FnOnce(&NarrowScratchViewMut<'a, T>, &mut StudentViewMut<'a, T>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let stepped = descend(&self.scratch, &mut self.student);
        self.scratch.batch_loss.clear();
        stepped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::digest::digest;
    use crate::gradient::batch_loss::BatchLoss;
    use crate::gradient::sample_scratch::SampleScratch;
    use crate::student::Student;

    /// One filter of weight `value`, two tokens and two outputs of opposite answers.
    fn batch<R>(value: f32, y: [f32; 2], look: impl FnOnce(&mut Samples<'_, f32>) -> R) -> R {
        let (mut student, mut scratch) = (Student::<f32, 1, 1, 2, 2>::ZERO, SampleScratch::ZERO);
        student.view_mut().set_value(&[value]).unwrap();
        let mut samples = Samples::of(&mut student, Activation::Identity, &mut scratch).unwrap();
        samples.accumulate(&[1.0, -1.0], &y).unwrap();
        look(&mut samples)
    }

    fn refused(samples: &mut Samples<'_, f32>, descent: &Descent<f32>, error: Error) {
        let gradient = |samples: &Samples<'_, f32>| {
            let (mut d_value, mut d_logits) = ([0.0; 1], [0.0; 4]);
            let given = samples.gradient(&mut d_value, &mut d_logits);
            (given, d_value.map(f32::to_bits), d_logits.map(f32::to_bits))
        };
        let before = (digest(samples.student()), gradient(samples), *samples.batch_loss());
        assert_eq!(samples.step(descent), Err(error));
        assert_eq!((digest(samples.student()), gradient(samples), *samples.batch_loss()), before);
    }

    const OF_THE_BATCH: &str = "the gradient of the batch";

    #[test]
    fn a_refused_step_leaves_student_and_batch() {
        batch(1.0, [-1.0, 0.5], |samples| {
            refused(samples, &Descent { value_limit: 0.5, ..Descent::new(1.0) }, Error::Diverged);
            assert_eq!(samples.step(&Descent::new(0.1)), Ok(()));
            assert_eq!((samples.student().steps(), samples.batch_loss().count()), (1, 0));
        });
    }

    /// The first row of the attention's gradient overflows and the second does not: what is not a number was once
    /// forgotten when the rows after it were fine, and the step was taken.
    #[test]
    fn an_overflow_in_one_row_is_refused() {
        let error = Error::NotFinite { what: OF_THE_BATCH, index: 0 };
        batch(1e6, [-1e33, 0.0], |samples| refused(samples, &Descent { value_limit: 1e7, ..Descent::new(0.1) }, error));
    }

    /// A reading of 1e30 among others was once told to be a matter of the rate, at every rate, until a new batch was begun.
    #[test]
    fn a_batch_that_overflows_is_told_from_a_rate_that_is_too_high_and_can_be_dropped() {
        batch(1.0, [-1.0, 0.5], |samples| {
            samples.accumulate(&[1e30, 1e30], &[1.0, 1.0]).unwrap();
            for rate in [1.0, 1e-30] {
                refused(samples, &Descent::new(rate), Error::NotFinite { what: OF_THE_BATCH, index: 0 });
            }
            samples.begin();
            samples.accumulate(&[1.0, -1.0], &[-1.0, 0.5]).unwrap();
            refused(samples, &Descent::new(1e30), Error::Diverged);
            assert_eq!(samples.step(&Descent::new(0.1)), Ok(()));
        });
    }

    /// What overflowed on the way is not handed out, and the loss, a square, is infinite and no NaN.
    #[test]
    fn a_gradient_is_finite_or_refused() {
        let gradient = |value, y, loss_is_finite: bool| {
            batch(value, y, |samples| {
                let (mut d_value, mut d_logits) = ([7.0; 1], [7.0; 4]);
                let given = samples.gradient(&mut d_value, &mut d_logits);
                let written = d_value.iter().chain(&d_logits);
                match given {
                    Ok(()) => assert!(written.clone().all(|d| d.is_finite()), "{value} {y:?}: {written:?}"),
                    Err(_) => assert!(written.clone().all(|&d| d == 7.0), "{value} {y:?}: {written:?}"),
                }
                let loss = samples.batch_loss().mean_loss().unwrap();
                assert_eq!((loss < f32::INFINITY, loss >= 0.0), (loss_is_finite, true), "{value} {y:?}: {loss}");
                given
            })
        };
        assert_eq!(gradient(1.0, [-1.0, 0.5], true), Ok(()));
        assert_eq!(gradient(1e10, [-1e27, 1e27], false), Ok(()));
        // A product overflows; a difference in the softmax may, of numbers that are finite.
        assert_eq!(gradient(1e6, [-1e33, 0.0], false), Err(GRADIENT_TOO_LARGE));
        assert_eq!(gradient(1e10, [-3e28, 3e28], false), Err(GRADIENT_TOO_LARGE));
        assert_eq!(gradient(f32::MAX, [-f32::MAX, f32::MAX], false), Err(GRADIENT_TOO_LARGE));
        assert_eq!(
            BatchLoss { count: 2, loss: f32::NAN }.mean_loss(),
            Some(f32::INFINITY),
            "of a prediction that is no number"
        );
    }
}
