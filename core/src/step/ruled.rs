//! The student moves along the gradient of a batch by a rule of its own for the logits.
//!
//! Steps are those of [`rules`](super::rules) with the gradient of the batch. No row rests while its gradient is not zero, as it
//! may with the exact gradient: what is left of it is the noise of the samples, and not of rounding.

use super::adam::{Adam, moments, step};
use super::row::largest;
use super::rule::{Block, Gradient};
use super::rules::Rule;
use super::settings::{Descent, is_short};
use super::state::{POLYAK_NEEDS, RuleState};
use crate::error::Error;
use crate::kernel::reduce::dot;
use crate::kernel::softmax::d_logits;
use crate::kernel::update::advance;
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::student::StudentViewMut;

/// Sums of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchSums<'g, T> {
    /// dL/dW and dL/dS, both times the samples, and S.
    pub(crate) d_value: &'g [T],
    pub(crate) d_attention: &'g [T],
    pub(crate) attention: &'g [T],
    pub(crate) samples: T,
}

/// From the gradient of a row to what is added to its logits.
#[derive(Clone, Copy, Debug)]
enum Steps<T> {
    /// Along dL/da, or dL/ds, times this.
    Logits(T),
    Weights(T),
    /// Along dL/da, of this length.
    Length(T),
    /// Adam's, of the gradient divided by the number of samples.
    Moments {
        samples: T,
        gathered: [T; 2],
        rate: T,
    },
}

/// A row of Adam's moments, empty for other rules.
fn row_of<T>(all: &[T], row: usize, tokens: usize) -> &[T] {
    all.get(row * tokens..).and_then(|rest| rest.get(..tokens)).unwrap_or_default()
}

impl<T: Scalar> Steps<T> {
    /// Hands out the steps of a row whose weights are `s`, with `d` dL/ds times the samples.
    #[inline(always)]
    fn each(self, (s, d): (&[T], &[T]), (m, v): (&[T], &[T]), mut take: impl FnMut(T)) {
        match self {
            Self::Weights(rate) => {
                // The softmax does not see what is added to all of them alike: their mean is left out.
                let mean = dot(s, d);
                d.iter().for_each(|&d| take(-(rate * (d - mean))));
            }
            Self::Logits(rate) => d_logits(s, d).for_each(|g| take(-(rate * g))),
            Self::Length(length) => {
                let largest = largest(d_logits(s, d));
                // No square underflows that counts.
                let squared = d_logits(s, d).fold(T::ZERO, |sum, g| sum + (g / largest) * (g / largest));
                // A gradient of zero has no direction; one that is no number is refused.
                let rests = largest <= T::ZERO;
                let factor = -(length / squared.sqrt());
                d_logits(s, d).for_each(|g| take(if rests { g } else { factor * (g / largest) }));
            }
            Self::Moments { samples, gathered, rate } => {
                for (g, (&m, &v)) in d_logits(s, d).zip(m.iter().zip(v)) {
                    let new = moments([m, v], g / samples);
                    // A square that overflows would hold its logit for ever.
                    let finite = new.iter().all(|moment| moment.is_finite());
                    take(if finite { step(new, gathered, rate) } else { T::from_f64(f64::INFINITY) });
                }
            }
        }
    }
}

impl<T: Scalar> StudentViewMut<'_, T> {
    /// One step by a rule. Neither student nor rule is changed unless the whole step is
    /// finite and stays inside the limits. Costs the gradient through the softmax twice, with Adam three times.
    pub(crate) fn descend_by(
        &mut self,
        batch: BatchSums<'_, T>,
        descent: &Descent<T>,
        state: &mut RuleState<'_, T>,
    ) -> Result<(), Error> {
        let (shape, samples, compensated) = (self.shape, batch.samples, descent.compensated);
        let (tokens, rate) = (shape.tokens(), descent.logits_rate(shape));
        let gradients = || Rows::new(batch.attention, tokens).zip(Rows::new(batch.d_attention, tokens));
        let mut adam = Adam::of(state.kept, shape);
        let steps = match state.rule {
            Rule::GradientDescent => Steps::Logits(rate / samples),
            Rule::Mirror => Steps::Weights(rate / samples),
            Rule::Normalised { length } => Steps::Length(length),
            // There is no state of it: see `RuleState::new`.
            Rule::Polyak { .. } => return Err(Error::OutOfRange { what: POLYAK_NEEDS }),
            Rule::Adam => Steps::Moments { samples, gathered: adam.gathered_next(), rate },
        };

        let mut value = Block {
            parameters: &mut *self.value,
            carries: &mut *self.value_carry,
            gradient: Gradient::Plain { gradient: batch.d_value, norm_limit: descent.value_limit },
            rate: descent.value_rate / samples,
        };
        value.check(compensated)?;
        let mut longest = T::ZERO;
        for (j, gradient) in gradients().enumerate() {
            steps.each(gradient, (row_of(adam.first, j, tokens), row_of(adam.second, j, tokens)), |step| {
                // Once it is not finite it stays so.
                longest = if step.abs() <= longest || !longest.is_finite() { longest } else { step.abs() };
            });
        }
        if !is_short(longest) {
            return Err(Error::Diverged);
        }

        // Nothing is refused from here on.
        value.advance(compensated);
        let logits = RowsMut::new(self.logits, tokens).zip(RowsMut::new(self.logits_carry, tokens));
        for (j, ((logits, carries), gradient)) in logits.zip(gradients()).enumerate() {
            let mut row = logits.iter_mut().zip(carries);
            steps.each(gradient, (row_of(adam.first, j, tokens), row_of(adam.second, j, tokens)), |step| {
                if let Some((a, carry)) = row.next() {
                    advance(a, carry, step, compensated);
                }
            });
        }
        if state.rule == Rule::Adam {
            let gradient = gradients().flat_map(|(s, d)| d_logits(s, d)).map(|g| g / samples);
            adam.keep(gradient);
        }
        self.count_step();
        Ok(())
    }
}
