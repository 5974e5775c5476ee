//! The student moves along the gradient of a batch by a rule of its own for the logits.
//!
//! Steps are those of [`rules`](super::rules) with the gradient of the batch. No row rests while its gradient is not zero, as it
//! may with the exact gradient: what is left of it is the noise of the samples, and not of rounding.
//!
//! **Polyak's step** has one length for all rows, as the excess loss E of a batch is known of all together, and is bounded:
//!
//! ```text
//! A <- A - r dL/dA        r = min( theta E / abs(dL/dA)^2,  theta / (c abs(W)^2 max s^2 F) )
//!                         abs(r dL/dA) <= theta sqrt(J D) / 4
//! F = 1 + ( p (1 + (n + 1) g) - 1 ) / N        p = 2 - 2 / q + 1 / q^2        g = abs(W W')^2 / abs(W)^4
//! ```
//!
//! The longest step is that by the exact gradient near the end, where it is `theta / (2 sqrt(kappa))` a row, with
//! `kappa = D / (K (D - K))` least for `K = D / 2`. Without that bound a batch whose gradient is small by chance throws the logits so far
//! that none comes back. The largest rate is theta over the curvature of the mean loss between the tokens that an output averages:
//! along the exact gradient the loss has next to nothing of that direction, and rates grow as the loss falls; the noise of a batch has.
//! `c` is q for white tokens, and for others q times the largest variance of a direction; a mean that all tokens have moves no
//! difference between them. F is the mean square of the curvature of a batch of N Gaussian samples over the square of its mean, for n
//! tokens an output (the largest `sum s^2 / max s^2` of a row) and one independent output, which is the worst. Where nothing is known
//! of the tokens there is no such bound.
//!
//! **W projected** from a batch is Newton's step with the curvature of the mean loss for white tokens, `q sum_j abs(s_j)^2`, which that
//! of a batch is not quite:
//!
//! ```text
//! W <- W - dL/dW / ( q sum_j abs(s_j)^2 f )        f = 1 + (p (d + 2) - 1) / N
//! ```
//!
//! With f, found as F is, the step shrinks what W lacks on average, whatever N is; with tails that are heavier than Gaussian ones not for
//! the smallest batches. W keeps the noise of the last few batches: labels with noise of deviation tau leave an excess of about
//! `tau^2 M d / (2 N f)`.

use super::adam::{Adam, moments, step};
use super::row::largest;
use super::rule::{Block, Gradient};
use super::rules::Rule;
use super::settings::{Descent, is_short};
use super::state::RuleState;
use crate::error::Error;
use crate::kernel::reduce::dot;
use crate::kernel::softmax::d_logits;
use crate::kernel::update::advance;
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::shape::Shape;
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

/// What is known beside a batch, for Polyak's step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<T> {
    /// Mean loss of a sample above the least.
    pub(crate) excess: T,
    /// Of the tokens and the activation; none where nothing is known of the tokens.
    pub(crate) curvature: Option<Curvature<T>>,
}

/// What the second moments of the tokens and the activation make of the curvature of a loss.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Curvature<T> {
    /// q of the activation.
    pub(crate) second_moment: T,
    /// Largest variance of a token along any direction of length one; 1 for white ones.
    pub(crate) variance: T,
}

impl<T: Scalar> Curvature<T> {
    /// `E act'^4 / (E act'^2)^2`
    fn slopes(&self) -> T {
        let q = self.second_moment;
        T::TWO - T::TWO / q + T::ONE / (q * q)
    }
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

/// What a step takes that its rules and the batch alone do not say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beside<T> {
    /// Of W.
    pub(crate) value_rate: T,
    /// Of the logits by Polyak's rule, along the sums of the batch. Whoever never asks for one has no code for it.
    pub(crate) polyak_rate: T,
}

impl<T: Scalar> BatchSums<'_, T> {
    /// The rate of Polyak's step of all rows, with this W; zero where there is nowhere to go, or no way left.
    pub(crate) fn polyak_rate(&self, shape: Shape, theta: T, value: &[T], known: Known<T>) -> T {
        let tokens = shape.tokens();
        let rows = || Rows::new(self.attention, tokens).zip(Rows::new(self.d_attention, tokens));
        let all = || rows().flat_map(|(s, d)| d_logits(s, d));
        let steepest = largest(all());
        if !(steepest > T::ZERO && known.excess > T::ZERO) {
            return T::ZERO;
        }
        // No square underflows that counts.
        let norm = all().fold(T::ZERO, |sum, g| sum + (g / steepest) * (g / steepest)).sqrt();
        let longest = theta * T::from_usize(self.attention.len()).sqrt() / T::from_u32(4);
        let mut length = (theta * (known.excess * self.samples / steepest / norm)).smaller(longest);
        if let Some(curvature) = known.curvature {
            let steepness = self.steepness(shape, value, curvature);
            length = length.smaller(theta / steepness * (steepest / self.samples * norm));
        }
        let rate = length / norm / steepest;
        // Of a gradient so small that it has no digits.
        if rate.is_finite() { rate } else { T::ZERO }
    }

    /// The curvature of a batch between the tokens that an output averages, `c abs(W)^2 max s^2 F`. Costs `M^2 d`.
    fn steepness(&self, shape: Shape, value: &[T], curvature: Curvature<T>) -> T {
        let (tokens, features) = (shape.tokens(), shape.features());
        let squared = dot(value, value);
        let (mut alike, mut weight, mut averaged) = (T::ZERO, T::ZERO, T::ZERO);
        for a in Rows::new(value, features) {
            for b in Rows::new(value, features) {
                let share = dot(a, b) / squared;
                alike += share * share;
            }
        }
        for row in Rows::new(self.attention, tokens) {
            let largest = largest(row.iter().copied());
            weight = weight.larger(largest);
            averaged = averaged.larger(dot(row, row) / (largest * largest));
        }
        let scatter = curvature.slopes() * (T::ONE + (averaged + T::ONE) * alike) - T::ONE;
        let mean = curvature.second_moment * curvature.variance * squared * (weight * weight);
        mean * (T::ONE + scatter / self.samples)
    }

    /// The rate at which W goes to the best for this attention, of white tokens.
    pub(crate) fn projection_rate(&self, features: usize, curvature: Curvature<T>) -> T {
        let mean = curvature.second_moment * dot(self.attention, self.attention);
        let scatter = curvature.slopes() * T::from_usize(features.saturating_add(2)) - T::ONE;
        T::ONE / (mean * (T::ONE + scatter / self.samples))
    }
}

impl<T: Scalar> StudentViewMut<'_, T> {
    /// One step by a rule. Neither student nor rule is changed unless the whole step is
    /// finite and stays inside the limits. Costs the gradient through the softmax twice, with Adam three times.
    pub(crate) fn descend_by(
        &mut self,
        (batch, beside): (BatchSums<'_, T>, Beside<T>),
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
            Rule::Polyak { .. } => Steps::Logits(beside.polyak_rate),
            Rule::Adam => Steps::Moments { samples, gathered: adam.gathered_next(), rate },
        };

        let mut value = Block {
            parameters: &mut *self.value,
            carries: &mut *self.value_carry,
            gradient: Gradient::Plain { gradient: batch.d_value, norm_limit: descent.value_limit },
            rate: beside.value_rate / samples,
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
