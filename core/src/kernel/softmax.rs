//! The row softmax and its derivative.
//!
//! ```text
//! s_t = exp(a_t - max a) / sum_u exp(a_u - max a)
//! dL/da_t = s_t ( dL/ds_t - sum_u s_u dL/ds_u )
//! ```

use super::elementwise::elementwise;
use super::formula::Elementwise;
use super::reduce::{dot, sum_with};
use crate::pass::pass;
use crate::scalar::Scalar;
use crate::vector::lane::{LANES, Lane, Lanes};
use crate::vector::{Level, Vector, Work};

/// Reads logits; writes `exp(a_t - max a)`.
pub(crate) struct Exponential<T> {
    pub largest: T,
}

/// No terms.
impl<T: Scalar> Elementwise<T, 1, 1, 0> for Exponential<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [logit]: [L; 1], _: [L; 1]) -> ([L; 1], [L; 0]) {
        ([T::exp_not_positive(logit - logit.with(self.largest))], [])
    }
}

/// The terms are the exponentials.
impl<T: Scalar> Elementwise<T, 1, 1, 1> for Exponential<T> {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [logit]: [L; 1], _: [L; 1]) -> ([L; 1], [L; 1]) {
        let exponential = T::exp_not_positive(logit - logit.with(self.largest));
        ([exponential], [exponential])
    }
}

/// Reads exponentials; the terms are they, and if a second sum is asked for, their squares.
pub(crate) struct Exponentials;

impl<T: Scalar> Elementwise<T, 1, 0, 1> for Exponentials {
    const NO_TERMS_OF_ZEROS: bool = true;

    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [exponential]: [L; 1], _: [L; 0]) -> ([L; 0], [L; 1]) {
        ([], [exponential])
    }
}

impl<T: Scalar> Elementwise<T, 1, 0, 2> for Exponentials {
    const NO_TERMS_OF_ZEROS: bool = true;

    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [exponential]: [L; 1], _: [L; 0]) -> ([L; 0], [L; 2]) {
        ([], [exponential, exponential * exponential])
    }
}

/// The largest element.
#[inline(always)]
pub(crate) fn largest<T: Scalar, V: Vector>(vector: V, x: &[T]) -> T {
    let Some(&first) = x.first() else { return T::ZERO };
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut largest = first;
    if const { V::WIDE } && !chunks.is_empty() {
        let mut lanes = T::Lanes::<V>::splat(vector, first);
        for chunk in chunks {
            lanes = lanes.at_least(T::Lanes::<V>::load(vector, chunk));
        }
        largest = lanes.largest();
    } else {
        for &x in chunks.as_flattened() {
            largest = largest.larger(x);
        }
    }
    for &x in rest {
        largest = largest.larger(x);
    }
    largest
}

/// Writes the softmax of one row of `logits` to `weights` (equal lengths, finite logits). The weights are positive or
/// zero and add up to one within rounding. Of slices of unequal lengths the first elements are taken, as many as both have.
#[inline]
pub fn softmax<T: Scalar>(logits: &[T], weights: &mut [T]) {
    let len = if weights.len() < logits.len() { weights.len() } else { logits.len() };
    let (Some(logits), Some(weights)) = (logits.get(..len), weights.get_mut(..len)) else { return };
    one_row(Level::best(), Softmax { logits, weights });
}

pass! {
    fn one_row(Softmax<'r>);
}

/// One row.
#[derive(Debug)]
struct Softmax<'r, T> {
    logits: &'r [T],
    weights: &'r mut [T],
}

impl<T: Scalar> Work for Softmax<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) {
        softmax_with(vector, self.logits, self.weights);
    }
}

/// [`softmax`] with the registers at hand.
#[inline(always)]
pub(crate) fn softmax_with<T: Scalar, V: Vector>(vector: V, logits: &[T], weights: &mut [T]) {
    let largest = largest(vector, logits);
    // At least one term is exp(0) = 1, so the sum is not zero.
    let sum = if const { V::WIDE } {
        let [sum] = elementwise(vector, &Exponential { largest }, [logits], [&mut *weights]);
        sum
    } else {
        // An exponential is long: without sums there is less code around it.
        let [] = elementwise(vector, &Exponential { largest }, [logits], [&mut *weights]);
        sum_with(vector, weights)
    };
    let normalise = T::ONE / sum;
    for weight in weights {
        *weight *= normalise;
    }
}

/// The gradient with respect to the logits of one row, element by element, from the one with respect to its weights.
#[inline]
pub fn d_logits<T: Scalar>(weights: &[T], gradient: &[T]) -> impl Iterator<Item = T> {
    let mean = dot(weights, gradient);
    weights.iter().zip(gradient).map(move |(&weight, &g)| weight * (g - mean))
}

/// Replaces the gradient with respect to the weights of one row, `dL/ds`, by the one with respect to its logits, `dL/da`.
#[inline]
pub fn d_softmax<T: Scalar>(weights: &[T], gradient: &mut [T]) {
    let mean = dot(weights, gradient);
    for (g, &weight) in gradient.iter_mut().zip(weights) {
        *g = weight * (*g - mean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::reduce::sum;

    #[test]
    fn weights_add_up_and_survive_large_logits() {
        // Beside the first logit instead of the largest, the exponential of the second would overflow.
        let logits = [-800.0, 710.0, 700.0, 709.0, 0.0];
        let mut weights = [0.0; 5];
        softmax(&logits, &mut weights);
        assert!((sum(&weights) - 1.0f64).abs() < 1e-15);
        assert!((weights[1] / weights[3] - libm::exp(1.0)).abs() < 1e-14);
        assert_eq!(weights[0], 0.0);
    }

    #[test]
    fn derivative_is_the_finite_difference() {
        let logits = [0.3, -0.2, 0.9, 0.1];
        let outer = [1.0, -2.0, 0.5, 0.25];
        let loss = |logits: &[f64; 4]| {
            let mut weights = [0.0; 4];
            softmax(logits, &mut weights);
            dot(&weights, &outer)
        };
        let mut weights = [0.0; 4];
        softmax(&logits, &mut weights);
        let mut gradient = outer;
        d_softmax(&weights, &mut gradient);
        for t in 0..4 {
            let (mut up, mut down) = (logits, logits);
            up[t] += 1e-5;
            down[t] -= 1e-5;
            let difference = (loss(&up) - loss(&down)) / 2e-5;
            // Central differences at 1e-5: truncation 1e-10, rounding 1e-11.
            assert!((gradient[t] - difference).abs() < 1e-9);
        }
    }
}
