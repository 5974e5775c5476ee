//! Reductions in a fixed number of lanes.
//!
//! Element `i` is added to lane `i mod 8`, each lane in order of `i`; then the lanes are added as a tree,
//! `((0+4)+(2+6)) + ((1+5)+(3+7))`. Eight `f32` fill one 256-bit register, and the same eight sums fit four 64-bit
//! pairs or eight scalar registers, so every target can keep the order.

use crate::scalar::Scalar;

/// Number of partial sums of every reduction.
pub const LANES: usize = 8;

/// Adds the lanes as a tree.
#[inline]
pub fn fold<T: Scalar>(lanes: [T; LANES]) -> T {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// `sum_i x_i`.
#[inline]
pub fn sum<T: Scalar>(x: &[T]) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        add(&mut lanes, chunk);
    }
    add(&mut lanes, rest);
    fold(lanes)
}

#[inline]
fn add<T: Scalar>(lanes: &mut [T; LANES], x: &[T]) {
    for (lane, &x) in lanes.iter_mut().zip(x) {
        *lane += x;
    }
}

/// `sum_i x_i y_i`.
#[inline]
pub fn dot<T: Scalar>(x: &[T], y: &[T]) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (x_chunks, x_rest) = x.as_chunks::<LANES>();
    let (y_chunks, y_rest) = y.as_chunks::<LANES>();
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        add_products(&mut lanes, x, y);
    }
    add_products(&mut lanes, x_rest, y_rest);
    fold(lanes)
}

#[inline]
fn add_products<T: Scalar>(lanes: &mut [T; LANES], x: &[T], y: &[T]) {
    for ((lane, &x), &y) in lanes.iter_mut().zip(x).zip(y) {
        *lane += x * y;
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

/// Compares a student's vector `x` with its teacher's `y`.
#[inline]
pub fn compare<T: Scalar>(x: &[T], y: &[T]) -> Comparison<T> {
    let mut lanes = [[T::ZERO; LANES]; 4];
    let (x_chunks, x_rest) = x.as_chunks::<LANES>();
    let (y_chunks, y_rest) = y.as_chunks::<LANES>();
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        add_comparison(&mut lanes, x, y);
    }
    add_comparison(&mut lanes, x_rest, y_rest);
    let [squared, inner, difference_inner, difference_squared] = lanes;
    Comparison {
        squared: fold(squared),
        inner: fold(inner),
        difference_inner: fold(difference_inner),
        difference_squared: fold(difference_squared),
    }
}

#[inline]
fn add_comparison<T: Scalar>(lanes: &mut [[T; LANES]; 4], x: &[T], y: &[T]) {
    let [squared, inner, difference_inner, difference_squared] = lanes;
    let lanes = squared.iter_mut().zip(inner).zip(difference_inner).zip(difference_squared);
    for (((((squared, inner), difference_inner), difference_squared), &x), &y) in lanes.zip(x).zip(y) {
        let difference = x - y;
        *squared += x * x;
        *inner += x * y;
        *difference_inner += difference * x;
        *difference_squared += difference * difference;
    }
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
        ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
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
