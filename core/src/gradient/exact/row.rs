//! One row of the attention: its three stretches, and its gradient once the coefficients are known.
//!
//! **The mixing is sparse.** Each row has one stretch, in whole sixteens of tokens, outside of which the teacher weighs no
//! token. Outside, all that counts of the student's weights is their squares, and `dL/ds = (difference - student) s`; the
//! teacher's row is not even read, and the exponentials are normalised only as they are used.

use super::formulas::{DescendElsewhere, DescendLogits, Elsewhere, Logits, LogitsSquared, Mean};
use crate::kernel::reduce::LANES;
use crate::kernel::sweep::sweep;
use crate::scalar::Scalar;
use crate::vector::{Vector, apart};

/// Where the stretch of a teacher's row begins and ends, in the number type of the working memory; exact, because both
/// are multiples of sixteen. One that ends beyond the row ends with it.
#[inline]
pub(super) fn stretch_of<T: Scalar>(star: &[T]) -> [T; 2] {
    let first = star.iter().position(|&s| s != T::ZERO);
    let last = star.iter().rposition(|&s| s != T::ZERO);
    let (begin, end) = match (first, last) {
        (Some(first), Some(last)) => (first - first % LANES, last - last % LANES + LANES),
        _ => (0, 0),
    };
    [T::from_usize(begin), T::from_usize(end)]
}

/// A row before the stretch, in it, and after it.
#[inline(always)]
pub(super) fn cut<'x, T: Scalar>(row: &'x [T], &[begin, end]: &[T; 2]) -> [&'x [T]; 3] {
    let (row, after) = row.split_at_checked(end.to_usize()).unwrap_or((row, &[]));
    let (before, stretch) = row.split_at_checked(begin.to_usize()).unwrap_or((&[], row));
    [before, stretch, after]
}

/// The same, for change.
#[inline(always)]
pub(super) fn cut_mut<'x, T: Scalar>(row: &'x mut [T], &[begin, end]: &[T; 2]) -> [&'x mut [T]; 3] {
    let (row, after) = cut_at(row, end.to_usize());
    let (before, stretch) = cut_at(row, begin.to_usize());
    [before, stretch, after]
}

/// In two, the first of `at` elements if there are as many.
#[inline(always)]
fn cut_at<T>(row: &mut [T], at: usize) -> (&mut [T], &mut [T]) {
    let at = if at < row.len() { at } else { row.len() };
    row.split_at_mut_checked(at).unwrap_or_default()
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
    pub stretch: [T; 2],
}

impl<T: Scalar> RowGradient<T> {
    /// The mean, with `elsewhere_squared`, `|s|^2` outside the stretch.
    #[inline(always)]
    pub(super) fn mean_of<V: Vector>(&self, vector: V, elsewhere_squared: T, star: &[T], weights: &[T]) -> T {
        let ([_, star, _], [_, weights, _]) = (cut(star, &self.stretch), cut(weights, &self.stretch));
        let [weighed] = sweep(vector, &Mean(self), [star, weights], []);
        self.elsewhere * elsewhere_squared + weighed
    }

    /// `dL/da` outside the stretch, times `factor`.
    #[inline(always)]
    fn outside(&self, factor: T) -> Elsewhere<T> {
        Elsewhere { normalise: self.normalise, coefficient: factor * self.elsewhere, mean: factor * self.mean }
    }

    /// Writes `dL/da`.
    #[inline(always)]
    pub(super) fn write<V: Vector>(&self, vector: V, star: &[T], weights: &[T], d_logits: &mut [T]) {
        let ([_, star, _], weights) = (cut(star, &self.stretch), cut(weights, &self.stretch));
        let ([before, weights, after], [d_before, d_logits, d_after]) = (weights, cut_mut(d_logits, &self.stretch));
        sweep(vector, &self.outside(T::ONE), [before], [d_before]);
        sweep(vector, &Logits(self), [star, weights], [d_logits]);
        sweep(vector, &self.outside(T::ONE), [after], [d_after]);
    }

    /// `|dL/da|^2`.
    #[inline(always)]
    pub(super) fn squared<V: Vector>(&self, vector: V, star: &[T], weights: &[T]) -> T {
        let ([_, star, _], [before, weights, after]) = (cut(star, &self.stretch), cut(weights, &self.stretch));
        let [before] = sweep(vector, &self.outside(T::ONE), [before], []);
        let [within] = sweep(vector, &LogitsSquared(self), [star, weights], []);
        let [after] = sweep(vector, &self.outside(T::ONE), [after], []);
        before + within + after
    }

    /// Moves the logits by `-rate dL/da`.
    #[inline(always)]
    pub(super) fn descend<V: Vector>(
        &self,
        vector: V,
        (star, weights): (&[T], &[T]),
        (rate, compensated): (T, bool),
        (logits, carry): (&mut [T], &mut [T]),
    ) {
        apart(
            vector,
            #[inline(always)]
            |vector| {
                let ([_, star, _], weights) = (cut(star, &self.stretch), cut(weights, &self.stretch));
                let [before, weights, after] = weights;
                let [a_before, a, a_after] = cut_mut(logits, &self.stretch);
                let [carry_before, carry, carry_after] = cut_mut(carry, &self.stretch);
                let outside = DescendElsewhere { stepped: self.outside(-rate), compensated };
                sweep(vector, &outside, [before], [a_before, carry_before]);
                sweep(vector, &DescendLogits { row: self, rate, compensated }, [star, weights], [a, carry]);
                sweep(vector, &outside, [after], [a_after, carry_after]);
            },
        );
    }
}
