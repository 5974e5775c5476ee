//! A student's vector beside its teacher's.

use super::elementwise_short::elementwise_short;
use super::formula::Elementwise;
use super::reduce::beside;
use crate::scalar::Scalar;
use crate::vector::lane::Lane;
use crate::vector::{Plain, Vector};

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

impl<T: Scalar> Elementwise<T, 2, 0, 4> for Compare {
    const NO_TERMS_OF_ZEROS: bool = true;

    #[inline(always)]
    fn apply<L: Lane<T>>(&self, [x, y]: [L; 2], _: [L; 0]) -> ([L; 0], [L; 4]) {
        let difference = x - y;
        ([], [x * x, x * y, difference * x, difference * difference])
    }
}

/// Compares a student's vector `x` with its teacher's `y`.
#[inline(always)]
pub(crate) fn compare_with<T: Scalar, V: Vector>(vector: V, x: &[T], y: &[T]) -> Comparison<T> {
    let [squared, inner, difference_inner, difference_squared] = elementwise_short(vector, &Compare, [x, y], []);
    Comparison { squared, inner, difference_inner, difference_squared }
}

/// Compares a student's vector `x` with its teacher's `y`, over as many elements as both have.
#[inline]
pub fn compare<T: Scalar>(x: &[T], y: &[T]) -> Comparison<T> {
    let (x, y) = beside(x, y);
    compare_with(Plain, x, y)
}
