//! Reductions in a fixed number of lanes.
//!
//! Element `i` is added to lane `i mod 16`, each lane in order of `i`; then the upper half of the lanes is added to the
//! lower, until one is left. Sixteen `f32` fill one 512-bit register; narrower targets use two, four or sixteen, so every
//! target can keep the order.

use super::sweep::{Formula, sweep};
use crate::scalar::Scalar;
use crate::vector::lane::Lane;
use crate::vector::{Plain, Vector};

/// Number of partial sums of every reduction.
pub const LANES: usize = 16;

/// Adds the lanes: upper half to lower half until one is left.
#[inline(always)]
pub fn fold<T: Scalar>(mut lanes: [T; LANES]) -> T {
    for i in 0..8 {
        lanes[i] += lanes[i + 8];
    }
    for i in 0..4 {
        lanes[i] += lanes[i + 4];
    }
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}

/// `sum_i x_i`.
#[inline(always)]
pub fn sum<T: Scalar>(x: &[T]) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for i in 0..LANES {
            lanes[i] += chunk[i];
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane += x;
    }
    fold(lanes)
}

/// `sum_i x_i y_i`.
#[inline(always)]
pub fn dot<T: Scalar>(x: &[T], y: &[T]) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (x_chunks, x_rest) = x.as_chunks::<LANES>();
    let (y_chunks, y_rest) = y.as_chunks::<LANES>();
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        for i in 0..LANES {
            lanes[i] += x[i] * y[i];
        }
    }
    for ((lane, &x), &y) in lanes.iter_mut().zip(x_rest).zip(y_rest) {
        *lane += x * y;
    }
    fold(lanes)
}

/// `sum_i x_i y_i`, one term after the other.
#[inline(always)]
pub(crate) fn dot_in_sequence<T: Scalar>(x: &[T], y: &[T]) -> T {
    let mut sum = T::ZERO;
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<4>(), y.as_chunks::<4>());
    // Four a turn: on a microcontroller the turns of the loop cost as much as what is done in them.
    for ([a, b, c, d], [e, f, g, h]) in x.iter().zip(y) {
        sum += *a * *e;
        sum += *b * *f;
        sum += *c * *g;
        sum += *d * *h;
    }
    for (&x, &y) in x_rest.iter().zip(y_rest) {
        sum += x * y;
    }
    sum
}

/// `to_i += factor x_i`.
#[inline(always)]
pub(crate) fn add_multiple<T: Scalar>(factor: T, x: &[T], to: &mut [T]) {
    let ((x, x_rest), (to, to_rest)) = (x.as_chunks::<4>(), to.as_chunks_mut::<4>());
    // Four a turn, as above.
    for ([a, b, c, d], [e, f, g, h]) in x.iter().zip(to) {
        *e += factor * *a;
        *f += factor * *b;
        *g += factor * *c;
        *h += factor * *d;
    }
    for (&x, to) in x_rest.iter().zip(to_rest) {
        *to += factor * x;
    }
}

/// What the exact gradient needs to know of a student's vector `x` beside its teacher's vector `y`. The difference is
/// formed element by element before anything is summed: that is what keeps the late gradient free of cancellation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Comparison<T> {
    /// `<x, x>`
    pub squared: T,
    /// `<x, y>`
    pub inner: T,
    /// `<x - y, x>`
    pub difference_inner: T,
    /// `<x - y, x - y>`
    pub difference_squared: T,
}

struct Compare;

impl<T: Scalar> Formula<T, 2, 0, 4> for Compare {
    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [x, y]: [L; 2], _: [L; 0]) -> ([L; 0], [L; 4]) {
        let difference = x - y;
        ([], [x * x, x * y, difference * x, difference * difference])
    }
}

/// Compares a student's vector `x` with its teacher's `y`.
#[inline(always)]
pub(crate) fn compare_with<T: Scalar, V: Vector>(vector: V, x: &[T], y: &[T]) -> Comparison<T> {
    let [squared, inner, difference_inner, difference_squared] = sweep(vector, &Compare, [x, y], []);
    Comparison { squared, inner, difference_inner, difference_squared }
}

/// Compares a student's vector `x` with its teacher's `y`.
#[inline]
pub fn compare<T: Scalar>(x: &[T], y: &[T]) -> Comparison<T> {
    compare_with(Plain, x, y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Values whose sum depends on the order, so that a changed order shows.
    fn awkward(n: usize, seed: f64) -> Vec<f64> {
        (0..n).map(|i| (1.0 + seed) / (1.0 + i as f64 * 0.37) - 0.21 * ((i % 3) as f64)).collect()
    }

    /// The order as the module's documentation states it, element by element.
    fn written_order(terms: &[f64]) -> f64 {
        let mut lanes = [0.0; LANES];
        for (i, term) in terms.iter().enumerate() {
            lanes[i % LANES] += term;
        }
        let quarter = |i: usize| (lanes[i] + lanes[i + 8]) + (lanes[i + 4] + lanes[i + 12]);
        (quarter(0) + quarter(2)) + (quarter(1) + quarter(3))
    }

    #[test]
    fn reductions_keep_the_written_order() {
        for n in [0, 1, 2, 7, 8, 9, 15, 16, 17, 31, 64, 100] {
            let (x, y) = (awkward(n, 0.1), awkward(n, 0.7));
            let term = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
                written_order(&x.iter().zip(&y).map(|(&x, &y)| f(x, y)).collect::<Vec<_>>())
            };
            assert_eq!(sum(&x).to_bits(), term(&|x, _| x).to_bits(), "sum of {n}");
            assert_eq!(dot(&x, &y).to_bits(), term(&|x, y| x * y).to_bits(), "dot of {n}");
            let c = compare(&x, &y);
            assert_eq!(c.squared.to_bits(), term(&|x, _| x * x).to_bits());
            assert_eq!(c.inner.to_bits(), term(&|x, y| x * y).to_bits());
            assert_eq!(c.difference_inner.to_bits(), term(&|x, y| (x - y) * x).to_bits());
            assert_eq!(c.difference_squared.to_bits(), term(&|x, y| (x - y) * (x - y)).to_bits());
        }
    }
}
