//! Reductions in a fixed number of lanes.
//!
//! Element `i` is added to lane `i mod 16`, each lane in order of `i`; then the upper half of the lanes is added to the
//! lower, until one is left. Sixteen `f32` fill one 512-bit register; narrower targets use two, four or sixteen, so every
//! target can keep the order.

use super::elementwise_plain::one_by_one;
use super::elementwise_short::elementwise_short;
use super::formula::Elementwise;
use crate::scalar::Scalar;
use crate::vector::lane::{LANES, Lane, fold};
use crate::vector::{MAY_BE_WIDE, Vector};

/// `sum_i x_i` in sixteen lanes, in the order of the module's documentation.
#[inline(always)]
pub fn sum<T: Scalar>(x: &[T]) -> T {
    if const { !MAY_BE_WIDE } {
        let [sum] = one_by_one(&Values, [x], []);
        return sum;
    }
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

struct Values;

impl<T: Scalar> Elementwise<T, 1, 0, 1> for Values {
    const NO_TERMS_OF_ZEROS: bool = true;

    #[inline(always)]
    fn apply<L: Lane<T>>(&self, x: [L; 1], _: [L; 0]) -> ([L; 0], [L; 1]) {
        ([], x)
    }
}

/// The elements of both that have one beside them.
#[inline(always)]
pub(crate) fn beside<'s, T>(x: &'s [T], y: &'s [T]) -> (&'s [T], &'s [T]) {
    let len = if y.len() < x.len() { y.len() } else { x.len() };
    (x.get(..len).unwrap_or(x), y.get(..len).unwrap_or(y))
}

struct Products;

impl<T: Scalar> Elementwise<T, 2, 0, 1> for Products {
    const NO_TERMS_OF_ZEROS: bool = true;

    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [x, y]: [L; 2], _: [L; 0]) -> ([L; 0], [L; 1]) {
        ([], [x * y])
    }
}

/// [`sum`] with the registers at hand.
#[inline(always)]
pub(crate) fn sum_with<T: Scalar, V: Vector>(vector: V, x: &[T]) -> T {
    let [sum] = elementwise_short(vector, &Values, [x], []);
    sum
}

/// `sum_i x_i y_i`, over as many elements as both have.
#[inline(always)]
pub fn dot<T: Scalar>(x: &[T], y: &[T]) -> T {
    let (x, y) = beside(x, y);
    if const { !MAY_BE_WIDE } {
        let [sum] = one_by_one(&Products, [x, y], []);
        return sum;
    }
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

#[cfg(test)]
mod tests {
    use super::super::compare::compare;
    use super::super::softmax::softmax;
    use super::*;
    use crate::vector::Plain;
    use std::vec::Vec;

    /// Values whose sum depends on the order, so that a changed order shows.
    fn awkward<T: Scalar>(n: usize, seed: f64) -> Vec<T> {
        let value = |i: usize| (1.0 + seed) / (1.0 + i as f64 * 0.37) - 0.21 * ((i % 3) as f64);
        (0..n).map(|i| T::from_f64(value(i))).collect()
    }

    /// The order as the module's documentation states it, element by element.
    fn written_order<T: Scalar>(terms: &[T]) -> T {
        let mut lanes = [T::ZERO; LANES];
        for (i, &term) in terms.iter().enumerate() {
            lanes[i % LANES] += term;
        }
        let quarter = |i: usize| (lanes[i] + lanes[i + 8]) + (lanes[i + 4] + lanes[i + 12]);
        (quarter(0) + quarter(2)) + (quarter(1) + quarter(3))
    }

    /// In both precisions: in single there is more code.
    #[test]
    fn reductions_keep_the_written_order() {
        fn check<T: Scalar>() {
            let mut seed = 0.0;
            for n in [0, 1, 2, 4, 5, 7, 8, 9, 15, 16, 16, 16, 17, 31, 64, 100] {
                seed += 0.13;
                let (x, y) = (awkward::<T>(n, seed), awkward::<T>(n, 0.7 - 0.2 * seed));
                let term = |f: &dyn Fn(T, T) -> T| -> u64 {
                    written_order(&x.iter().zip(&y).map(|(&x, &y)| f(x, y)).collect::<Vec<_>>()).to_bits_u64()
                };
                assert_eq!(sum(&x).to_bits_u64(), term(&|x, _| x), "sum of {n}");
                assert_eq!(sum_with(Plain, &x).to_bits_u64(), term(&|x, _| x), "sum of {n}");
                assert_eq!(dot(&x, &y).to_bits_u64(), term(&|x, y| x * y), "dot of {n}");
                let c = compare(&x, &y);
                assert_eq!(c.squared.to_bits_u64(), term(&|x, _| x * x));
                assert_eq!(c.inner.to_bits_u64(), term(&|x, y| x * y));
                assert_eq!(c.difference_inner.to_bits_u64(), term(&|x, y| (x - y) * x));
                assert_eq!(c.difference_squared.to_bits_u64(), term(&|x, y| (x - y) * (x - y)));
            }
        }
        check::<f32>();
        check::<f64>();
    }

    /// The first elements of both stand side by side, whatever follows them.
    #[test]
    fn of_unequal_lengths_the_excess_is_ignored() {
        let (x, y) = (awkward::<f64>(40, 0.2), awkward::<f64>(40, 0.9));
        for (m, n) in [(0, 5), (5, 0), (5, 20), (20, 5), (16, 17), (17, 40), (40, 33)] {
            let len = if m < n { m } else { n };
            assert_eq!(dot(&x[..m], &y[..n]), dot(&x[..len], &y[..len]), "{m} and {n}");
            let (found, expected) = (compare(&x[..m], &y[..n]), compare(&x[..len], &y[..len]));
            assert_eq!(found.inner, expected.inner, "{m} and {n}");
            let (mut found, mut expected) = ([7.0; 40], [7.0; 40]);
            softmax(&x[..m], &mut found[..n]);
            softmax(&x[..len], &mut expected[..len]);
            assert_eq!(found, expected, "{m} and {n}");
        }
    }

    /// A lane begins with a positive zero, to which a negative one changes nothing.
    #[test]
    fn negative_zeros_add_up_to_a_positive_one() {
        for n in [1, 2, 4, 5, 8, 16, 17, 32] {
            let (zeros, ones) = (std::vec![-0.0_f32; n], std::vec![1.0; n]);
            assert_eq!(compare(&zeros, &ones).inner.to_bits(), 0.0_f32.to_bits(), "{n}");
            assert_eq!(sum_with(Plain, &zeros).to_bits(), 0.0_f32.to_bits(), "{n}");
        }
    }
}
