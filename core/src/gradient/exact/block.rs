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

/// What a block of rows has on the stack, which is the most that a step has there: where numbers are done with, the next take
/// their place. Each stage of the pass has a view of the places, in which they have the names of what lies there then:
/// [`Exponents`], [`Statistics`], [`Geometry`], and [`Coefficients`] in the end.
pub(super) struct BlockGradient<T> {
    /// Of `dL/ds`, see [`Coefficients`]; that of all rows.
    pub(super) difference: T,
    places: [PerRow<T>; 8],
}

/// Of the exponentials of every row.
pub(super) struct Exponents<'b, T> {
    /// The largest logit.
    pub(super) largest: &'b mut PerRow<T>,
    /// The sum of all.
    pub(super) sum: &'b mut PerRow<T>,
    /// The sum of the squares of those outside the support.
    pub(super) outside_squared: &'b mut PerRow<T>,
}

/// Sums of every row over its weights and the teacher's.
pub(super) struct Statistics<'b, T> {
    /// `|s|^2`
    pub(super) squared: &'b mut PerRow<T>,
    /// `<s, s*>`
    pub(super) inner: &'b mut PerRow<T>,
    /// `<s - s*, s>`
    pub(super) difference_inner: &'b mut PerRow<T>,
    /// `|s - s*|^2`
    pub(super) difference_squared: &'b mut PerRow<T>,
    /// `|s|^2` outside the support.
    pub(super) outside_squared: &'b mut PerRow<T>,
    /// What makes weights of exponentials.
    pub(super) normalise: &'b mut PerRow<T>,
}

/// What the statistics mean, and what the filters say of every row.
pub(super) struct Geometry<'b, T> {
    /// `|s|`
    pub(super) norm: &'b mut PerRow<T>,
    /// `<s, s*>`
    pub(super) inner: &'b mut PerRow<T>,
    /// The versine of the angle between s and s*.
    pub(super) versine: &'b mut PerRow<T>,
    /// `|s| - |s*|`
    pub(super) norm_difference: &'b mut PerRow<T>,
    /// `sum_m theta <v, w>`
    pub(super) angle_sum: &'b mut PerRow<T>,
    /// `sum_m |v| |w| sin(theta)`
    pub(super) sine_sum: &'b mut PerRow<T>,
}

/// `dL/ds = difference * (s - s*) + teacher * s* - student * s` of every row, and what becomes of it in the softmax.
pub(super) struct Coefficients<'b, T> {
    teacher: &'b PerRow<T>,
    student: &'b PerRow<T>,
    /// `difference - student`
    outside: &'b PerRow<T>,
    /// `|s|^2` outside the support.
    outside_squared: &'b PerRow<T>,
    /// What makes weights of exponentials.
    normalise: &'b PerRow<T>,
    /// `sum_t s_t dL/ds_t`, once the means are computed.
    mean: &'b PerRow<T>,
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
    pub(super) const ZERO: Self = Self { difference: T::ZERO, places: [[T::ZERO; LANES]; 8] };

    #[inline(always)]
    fn exponents(&mut self) -> Exponents<'_, T> {
        let [_, _, _, outside_squared, sum, largest, _, _] = &mut self.places;
        Exponents { largest, sum, outside_squared }
    }

    /// `|s|^2` outside the support and `normalise` are there as [`exponentials`](Self::exponentials) has left them.
    #[inline(always)]
    pub(super) fn statistics(&mut self) -> Statistics<'_, T> {
        let [_, _, squared, outside_squared, normalise, inner, difference_inner, difference_squared] = &mut self.places;
        Statistics { squared, inner, difference_inner, difference_squared, outside_squared, normalise }
    }

    /// [`RowGeometry`](super::formulas::RowGeometry) makes it of the statistics in their places.
    #[inline(always)]
    pub(super) fn geometry(&mut self) -> Geometry<'_, T> {
        let [angle_sum, sine_sum, norm, _, _, inner, versine, norm_difference] = &mut self.places;
        Geometry { norm, inner, versine, norm_difference, angle_sum, sine_sum }
    }

    /// The formula of this name makes them of the geometry in its places: of the two sums and the norm.
    #[inline(always)]
    fn coefficients(&self) -> Coefficients<'_, T> {
        let [teacher, student, outside, outside_squared, normalise, mean, _, _] = &self.places;
        Coefficients { teacher, student, outside, outside_squared, normalise, mean }
    }

    #[inline(always)]
    fn set_means(&mut self, means: PerRow<T>) {
        let [_, _, _, _, _, mean, _, _] = &mut self.places;
        *mean = means;
    }

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
        let Exponents { largest: found, sum, outside_squared } = self.exponents();
        for (found, logits) in found.iter_mut().zip(Rows::new(logits, rows.tokens)) {
            *found = largest(vector, logits);
        }
        (*sum, *outside_squared) = ([T::ZERO; LANES], [T::ZERO; LANES]);
        let formula = |r| Exponential { largest: at(found, r) };
        if rows.whole {
            elementwise_rows(vector, rows.columns(Part::Within), formula, [logits], [weights], [sum]);
        } else {
            // Whole rows first: parts may be short, and an exponential is long.
            elementwise_rows(vector, rows.columns(Part::Whole), formula, [logits], [weights], []);
            let terms = |_| Exponentials;
            elementwise_rows(vector, rows.columns(Part::Before), terms, [weights], [], [sum, outside_squared]);
            elementwise_rows(vector, rows.columns(Part::Within), terms, [weights], [], [sum]);
            elementwise_rows(vector, rows.columns(Part::After), terms, [weights], [], [sum, outside_squared]);
        }
        let count = rows.norms.len();
        // From here on they are the statistics' `normalise`, and squares of weights.
        for (sum, squared) in some_mut(sum, count).iter_mut().zip(some_mut(outside_squared, count)) {
            // At least one term is exp(0) = 1, so the sum of a row is not zero.
            let normalise = T::ONE / *sum;
            *sum = normalise;
            *squared = normalise * normalise * *squared;
        }
    }

    /// Makes weights of the exponentials in the supports, and compares them with the teacher's.
    #[inline(always)]
    pub(super) fn compare<V: Vector>(&mut self, vector: V, rows: TeacherRows<'_, T>, weights: &mut [T]) {
        let Statistics { squared, inner, difference_inner, difference_squared, outside_squared, normalise } =
            self.statistics();
        // Outside the support s* is zero, and all three are the square.
        (*squared, *inner) = (*outside_squared, [T::ZERO; LANES]);
        (*difference_inner, *difference_squared) = (*outside_squared, *outside_squared);
        let formula = |r| CompareRow { normalise: at(normalise, r) };
        let sums = [squared, inner, difference_inner, difference_squared];
        elementwise_rows(vector, rows.columns(Part::Within), formula, [rows.mixing], [weights], sums);
    }

    /// Computes every row's mean.
    #[inline(always)]
    pub(super) fn means<V: Vector>(&mut self, vector: V, rows: TeacherRows<'_, T>, weights: &[T]) {
        let mut means = [T::ZERO; LANES];
        let Coefficients { outside, outside_squared, .. } = self.coefficients();
        for ((mean, &outside), &squared) in means.iter_mut().zip(outside).zip(outside_squared) {
            let first = outside * squared;
            // With the zero no negative one is left, which sums in wide registers must not begin with.
            *mean = if const { V::WIDE } { first + T::ZERO } else { first };
        }
        let formula = |r| Mean(self.row(r));
        elementwise_rows(vector, rows.columns(Part::Within), formula, [rows.mixing, weights], [], [&mut means]);
        self.set_means(means);
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
        let Coefficients { teacher, student, outside, normalise, mean, .. } = self.coefficients();
        RowGradient {
            difference: self.difference,
            teacher: at(teacher, r),
            student: at(student, r),
            outside: at(outside, r),
            mean: at(mean, r),
            normalise: at(normalise, r),
        }
    }
}
