//! Sixteen rows of the attention at a time: softmax, statistics and gradient of each.

use super::formulas::{CompareRow, Logits, LogitsSquared, Mean};
use super::terms::RowGradient;
use crate::kernel::elementwise_rows::{Columns, Part, PerRow, elementwise_rows};
use crate::kernel::softmax::{Exponential, Exponentials, largest};
use crate::matrix::Rows;
use crate::scalar::Scalar;
use crate::vector::Vector;
use crate::vector::lane::LANES;

/// Up to sixteen rows of the teacher.
#[derive(Clone, Copy)]
pub(super) struct TeacherRows<'b, T> {
    pub tokens: usize,
    pub mixing: &'b [T],
    pub norms: &'b [T],
    /// See [`support_of`](crate::kernel::support::support_of).
    pub supports: &'b [[T; 2]],
    /// Whether every support is the whole row.
    pub whole: bool,
}

impl<'b, T> TeacherRows<'b, T> {
    /// Some columns of every row.
    #[inline(always)]
    pub(super) fn columns(&self, part: Part) -> Columns<'b, T> {
        let whole = self.whole && matches!(part, Part::Within);
        Columns { stride: self.tokens, supports: self.supports, part, whole }
    }
}

/// Numbers of every row of a block; in the end `dL/ds = difference * (s - s*) + teacher * s* - student * s`. Where one is
/// done with, the next takes its place: a block is the most that a step has on the stack.
pub(super) struct BlockGradient<T> {
    /// Of all rows.
    pub(super) difference: T,
    /// `sum_m theta <v, w>`, then the coefficient.
    pub(super) teacher: PerRow<T>,
    /// `sum_m |v| |w| sin(theta)`, then the coefficient.
    pub(super) student: PerRow<T>,
    /// `|s|^2`, then `|s|`, then `difference - student`.
    pub(super) outside: PerRow<T>,
    /// `|s|^2` outside the support.
    pub(super) outside_squared: PerRow<T>,
    /// What makes weights of exponentials.
    pub(super) normalise: PerRow<T>,
    /// The largest logit, then `<s, s*>`, then `sum_t s_t dL/ds_t`.
    pub(super) mean: PerRow<T>,
    /// `<s - s*, s>`, then the versine of the angle between s and s*.
    pub(super) versine: PerRow<T>,
    /// `|s - s*|^2`, then `|s| - |s*|`.
    pub(super) row_difference: PerRow<T>,
}

/// The numbers of the first `count` of sixteen rows.
#[inline(always)]
pub(super) fn some<T>(rows: &PerRow<T>, count: usize) -> &[T] {
    rows.get(..count).unwrap_or(rows)
}

#[inline(always)]
pub(super) fn some_mut<T>(rows: &mut PerRow<T>, count: usize) -> &mut [T] {
    let count = if count < LANES { count } else { LANES };
    rows.split_at_mut_checked(count).map_or(&mut [], |(rows, _)| rows)
}

#[inline(always)]
pub(super) fn at<T: Scalar>(rows: &PerRow<T>, r: usize) -> T {
    rows.get(r).copied().unwrap_or(T::ZERO)
}

impl<T: Scalar> BlockGradient<T> {
    /// Before the first block.
    pub(super) const ZERO: Self = Self {
        difference: T::ZERO,
        teacher: [T::ZERO; LANES],
        student: [T::ZERO; LANES],
        outside: [T::ZERO; LANES],
        outside_squared: [T::ZERO; LANES],
        normalise: [T::ZERO; LANES],
        mean: [T::ZERO; LANES],
        versine: [T::ZERO; LANES],
        row_difference: [T::ZERO; LANES],
    };

    /// Writes the exponentials of every row of logits to `weights`.
    #[inline(always)]
    pub(super) fn exponentials<V: Vector>(
        &mut self,
        vector: V,
        rows: TeacherRows<'_, T>,
        logits: &[T],
        weights: &mut [T],
    ) {
        // One thing after another for all rows: rows do not wait for each other, what is done to one row does.
        for (found, logits) in self.mean.iter_mut().zip(Rows::new(logits, rows.tokens)) {
            *found = largest(vector, logits);
        }
        (self.normalise, self.outside_squared) = ([T::ZERO; LANES], [T::ZERO; LANES]);
        let largest = &self.mean;
        let formula = |r| Exponential { largest: at(largest, r) };
        let (sums, squares) = (&mut self.normalise, &mut self.outside_squared);
        if rows.whole {
            elementwise_rows(vector, rows.columns(Part::Within), formula, [logits], [weights], [sums]);
        } else {
            // Whole rows first: parts may be short, and an exponential is long.
            elementwise_rows(vector, rows.columns(Part::Whole), formula, [logits], [weights], []);
            let terms = |_| Exponentials;
            elementwise_rows(vector, rows.columns(Part::Before), terms, [weights], [], [sums, squares]);
            elementwise_rows(vector, rows.columns(Part::Within), terms, [weights], [], [sums]);
            elementwise_rows(vector, rows.columns(Part::After), terms, [weights], [], [sums, squares]);
        }
        let count = rows.norms.len();
        for (normalise, outside) in some_mut(sums, count).iter_mut().zip(some_mut(squares, count)) {
            // At least one term is exp(0) = 1, so the sum of a row is not zero.
            *normalise = T::ONE / *normalise;
            *outside = *normalise * *normalise * *outside;
        }
    }

    /// Makes weights of the exponentials in the supports, and compares them with the teacher's.
    #[inline(always)]
    pub(super) fn compare<V: Vector>(&mut self, vector: V, rows: TeacherRows<'_, T>, weights: &mut [T]) {
        (self.outside, self.mean) = (self.outside_squared, [T::ZERO; LANES]);
        (self.versine, self.row_difference) = (self.outside_squared, self.outside_squared);
        let normalise = &self.normalise;
        let formula = |r| CompareRow { normalise: at(normalise, r) };
        let sums = [&mut self.outside, &mut self.mean, &mut self.versine, &mut self.row_difference];
        elementwise_rows(vector, rows.columns(Part::Within), formula, [rows.mixing], [weights], sums);
    }

    /// Computes every row's mean.
    #[inline(always)]
    pub(super) fn means<V: Vector>(&mut self, vector: V, rows: TeacherRows<'_, T>, weights: &[T]) {
        let mut means = [T::ZERO; LANES];
        for ((mean, &outside), &squared) in means.iter_mut().zip(&self.outside).zip(&self.outside_squared) {
            *mean = outside * squared;
        }
        let formula = |r| Mean(self.row(r));
        elementwise_rows(vector, rows.columns(Part::Within), formula, [rows.mixing, weights], [], [&mut means]);
        self.mean = means;
    }

    /// Writes every row's `dL/da`.
    #[inline(always)]
    pub(super) fn write<V: Vector>(&mut self, vector: V, rows: TeacherRows<'_, T>, weights: &[T], d_logits: &mut [T]) {
        self.means(vector, rows, weights);
        let outside = |r| self.row(r).outside(T::ONE);
        let within = |r| Logits(self.row(r));
        elementwise_rows(vector, rows.columns(Part::Before), outside, [weights], [d_logits], []);
        elementwise_rows(vector, rows.columns(Part::Within), within, [rows.mixing, weights], [d_logits], []);
        elementwise_rows(vector, rows.columns(Part::After), outside, [weights], [d_logits], []);
    }

    /// `|dL/da|^2` of every row.
    #[inline(always)]
    pub(super) fn squared<V: Vector>(&mut self, vector: V, rows: TeacherRows<'_, T>, weights: &[T]) -> PerRow<T> {
        self.means(vector, rows, weights);
        let outside = |r| self.row(r).outside(T::ONE);
        let within = |r| LogitsSquared(self.row(r));
        let mut squared = [T::ZERO; LANES];
        elementwise_rows(vector, rows.columns(Part::Before), outside, [weights], [], [&mut squared]);
        elementwise_rows(vector, rows.columns(Part::Within), within, [rows.mixing, weights], [], [&mut squared]);
        elementwise_rows(vector, rows.columns(Part::After), outside, [weights], [], [&mut squared]);
        squared
    }

    /// The coefficients of row `r` of the block.
    #[inline(always)]
    pub(super) fn row(&self, r: usize) -> RowGradient<T> {
        RowGradient {
            difference: self.difference,
            teacher: at(&self.teacher, r),
            student: at(&self.student, r),
            outside: at(&self.outside, r),
            mean: at(&self.mean, r),
            normalise: at(&self.normalise, r),
        }
    }
}
