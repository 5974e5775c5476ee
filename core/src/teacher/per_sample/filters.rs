//! What the teachers of this folder share.

use crate::activation::Activation;
use crate::error::Error;
use crate::matrix::{Rows, RowsMut, check_finite, check_length};
use crate::scalar::Scalar;
use crate::shape::Shape;

/// V* of a teacher, its sizes and its activation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filters<'a, T> {
    pub(super) shape: Shape,
    pub(super) activation: Activation<T>,
    pub(super) value: &'a [T],
}

impl<'a, T: Scalar> Filters<'a, T> {
    pub(super) fn new(shape: Shape, activation: Activation<T>, value: &'a [T]) -> Result<Self, Error> {
        activation.check()?;
        check_length("value", value, shape.value_len())?;
        check_finite("value", value)?;
        Ok(Self { shape, activation, value })
    }

    pub(super) fn check_sample(&self, x: &[T], hidden: &[T], y: &[T]) -> Result<(), Error> {
        check_length("x", x, self.shape.input_len())?;
        check_length("hidden", hidden, self.shape.tokens())?;
        check_length("y", y, self.shape.output_len())
    }

    /// One answer for every output: `act(V* sum_i weight_i x_i)`. Tokens without a weight cost nothing.
    pub(super) fn answer_weighted(&self, x: &[T], weights: &[T], y: &mut [T]) {
        for (m, w) in Rows::new(self.value, self.shape.features()).enumerate() {
            let mut u = T::ZERO;
            for (&weight, x) in weights.iter().zip(Rows::new(x, self.shape.features())) {
                if weight != T::ZERO {
                    u += weight * dot(w, x);
                }
            }
            for y in RowsMut::new(y, self.shape.filters()).filter_map(|y| y.get_mut(m)) {
                *y = self.activation.apply(u);
            }
        }
    }
}

/// `<x, y>`, one term after the other.
#[inline]
pub(super) fn dot<T: Scalar>(x: &[T], y: &[T]) -> T {
    x.iter().zip(y).fold(T::ZERO, |sum, (&x, &y)| sum + x * y)
}

/// Writes `<a, x_i>` of every token.
pub(super) fn score<T: Scalar>(direction: &[T], x: &[T], scores: &mut [T]) {
    for (score, x) in scores.iter_mut().zip(Rows::new(x, direction.len())) {
        *score = dot(direction, x);
    }
}

/// Makes weights of the scores of tokens, their softmax at a temperature.
pub(super) fn weigh<T: Scalar>(scores: &mut [T], temperature: T) {
    let largest = scores.iter().copied().reduce(T::larger).unwrap_or(T::ZERO);
    let mut sum = T::ZERO;
    for weight in &mut *scores {
        // The difference first: scores over a low temperature may overflow, this is at most zero.
        *weight = T::exp_not_positive((*weight - largest) / temperature);
        sum += *weight;
    }
    for weight in scores {
        *weight /= sum;
    }
}
