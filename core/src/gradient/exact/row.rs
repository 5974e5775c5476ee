//! One row of the attention: its three stretches, and its gradient once the coefficients are known.
//!
//! **The mixing is sparse.** Each row has one stretch, in whole sixteens of tokens, outside of which the teacher weighs no
//! token. Outside, all that counts of the student's weights is their squares, and `dL/ds = (difference - student) s`; the
//! teacher's row is not even read, and the exponentials are normalised only as they are used.

use super::formulas::Elsewhere;
use crate::kernel::sweep_rows::stretch;
use crate::scalar::Scalar;
use crate::vector::lane::LANES;

/// Where the stretch of a teacher's row begins and ends. One that ends beyond the row ends with it.
#[inline]
pub(super) fn stretch_of<T: Scalar>(star: &[T]) -> [T; 2] {
    let first = star.iter().position(|&s| s != T::ZERO);
    let last = star.iter().rposition(|&s| s != T::ZERO);
    let (begin, end) = match (first, last) {
        (Some(first), Some(last)) => (first - first % LANES, last - last % LANES + LANES),
        _ => (0, 0),
    };
    stretch(begin, end)
}

/// `dL/ds = difference * (s - s*) + teacher * s* - student * s` of a row, with what becomes of it in the softmax.
#[derive(Clone, Copy)]
pub(super) struct RowGradient<T> {
    pub difference: T,
    pub teacher: T,
    pub student: T,
    /// `difference - student`
    pub elsewhere: T,
    /// `sum_t s_t dL/ds_t`
    pub mean: T,
    /// Makes weights of exponentials.
    pub normalise: T,
}

impl<T: Scalar> RowGradient<T> {
    /// `dL/da` outside the stretch, times `factor`.
    #[inline(always)]
    pub(super) fn outside(&self, factor: T) -> Elsewhere<T> {
        Elsewhere { normalise: self.normalise, coefficient: factor * self.elsewhere, mean: factor * self.mean }
    }
}
