//! The pass over the rows of the attention, sixteen rows at a time: softmax and its statistics row by row, angles and
//! coefficients for all sixteen rows side by side, then each row's gradient while its weights are at hand.

use super::super::scratch::FILTER_TERMS;
use super::formulas::{Angles, Coefficients, CompareRow, RowGeometry};
use super::row::{RowGradient, cut, cut_mut};
use super::terms::{Constants, RowSums, ValueSums};
use crate::kernel::reduce::{LANES, sum};
use crate::kernel::softmax::{exponentials, largest};
use crate::kernel::sweep::sweep;
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::vector::{Vector, apart};

/// One number a row of a block.
type PerRow<T> = [T; LANES];

/// The pass, with what it gathers on the way.
pub(super) struct RowPass<'p, T> {
    pub constants: Constants<T>,
    pub value: ValueSums<T>,
    pub filters: &'p mut [[T; FILTER_TERMS]],
    /// Whether to gather the excess loss, too.
    pub measured: bool,
    pub sums: RowSums<T>,
}

/// Up to sixteen rows of the teacher.
#[derive(Clone, Copy)]
pub(super) struct StarRows<'b, T> {
    pub tokens: usize,
    pub stars: &'b [T],
    pub norms: &'b [T],
    /// See [`stretch_of`](super::row::stretch_of).
    pub stretches: &'b [[T; 2]],
}

/// Numbers of every row of a block; in the end `dL/ds = difference * (s - s*) + teacher * s* - student * s`. Where one is
/// done with, the next takes its place: a block is the most that a step has on the stack.
pub(super) struct BlockGradient<T> {
    /// Of all rows.
    difference: T,
    /// `sum_m theta <v, w>`, then the coefficient.
    teacher: PerRow<T>,
    /// `sum_m |v| |w| sin(theta)`, then the coefficient.
    student: PerRow<T>,
    /// `|s|^2`, then `|s|`, then `difference - student`.
    elsewhere: PerRow<T>,
    /// `|s|^2` outside the stretch.
    elsewhere_squared: PerRow<T>,
    /// The largest logit, then what makes weights of exponentials.
    normalise: PerRow<T>,
    /// `<s, s*>`, then `sum_t s_t dL/ds_t`.
    mean: PerRow<T>,
    /// `<s - s*, s>`, then the versine of the angle between s and s*.
    versine: PerRow<T>,
    /// `|s - s*|^2`, then `|s| - |s*|`.
    apart: PerRow<T>,
}

/// As many of the sixteen as there are rows.
#[inline(always)]
fn some<T>(rows: &PerRow<T>, count: usize) -> &[T] {
    rows.get(..count).unwrap_or(rows)
}

#[inline(always)]
fn some_mut<T>(rows: &mut PerRow<T>, count: usize) -> &mut [T] {
    let count = if count < LANES { count } else { LANES };
    rows.split_at_mut_checked(count).map_or(&mut [], |(rows, _)| rows)
}

impl<T: Scalar> RowPass<'_, T> {
    /// Writes the softmax of every row to the block's weights, outside the stretches not normalised, gathers what they say
    /// about every filter, and leaves in `block` what the gradient of each row is made of.
    #[inline(always)]
    pub(super) fn block<V: Vector>(
        &mut self,
        vector: V,
        block: &mut BlockGradient<T>,
        rows: StarRows<'_, T>,
        (logits, weights): (&[T], &mut [T]),
    ) {
        apart(
            vector,
            #[inline(always)]
            |vector| block.exponentials(vector, rows, logits, weights),
        );
        apart(
            vector,
            #[inline(always)]
            |vector| block.compare(vector, rows, weights),
        );
        apart(
            vector,
            #[inline(always)]
            |vector| self.coefficients(vector, block, rows.norms),
        );
        apart(
            vector,
            #[inline(always)]
            |vector| block.means(vector, rows, weights),
        );
    }

    /// Angles and coefficients of the block's rows.
    #[inline(always)]
    fn coefficients<V: Vector>(&mut self, vector: V, block: &mut BlockGradient<T>, star_norms: &[T]) {
        let count = star_norms.len();
        self.sums.squared += sum(some(&block.elsewhere, count));
        self.sums.difference_inner += sum(some(&block.versine, count));
        self.sums.difference_squared += sum(some(&block.apart, count));
        for &norm in star_norms {
            self.sums.teacher_squared += norm * norm;
        }
        let inner = some(&block.mean, count);
        let written = [
            some_mut(&mut block.elsewhere, count),
            some_mut(&mut block.versine, count),
            some_mut(&mut block.apart, count),
        ];
        sweep(vector, &RowGeometry, [inner, star_norms], written);
        let Constants { second_moment, kink, angle_at_zero, .. } = self.constants;
        (block.teacher, block.student) = ([T::ZERO; LANES], [T::ZERO; LANES]);
        if kink > T::ZERO {
            for terms in self.filters.iter_mut() {
                let [teacher_norm, norm, filter_difference, filter_inner, filter_versine, all_turned, all_bent] = terms;
                let formula = Angles {
                    versine: *filter_versine,
                    inner: *filter_inner,
                    norm: *norm,
                    difference: *filter_difference,
                    norms: *teacher_norm * *norm,
                    angle_at_zero,
                    measured: self.measured,
                };
                let (versine, norm) = (some(&block.versine, count), some(&block.elsewhere, count));
                let read = [versine, inner, norm, star_norms, some(&block.apart, count)];
                let written = [some_mut(&mut block.teacher, count), some_mut(&mut block.student, count)];
                let [turned, bent, loss] = sweep(vector, &formula, read, written);
                *all_turned += turned;
                *all_bent += bent;
                self.sums.kink_loss += loss;
            }
        }
        let formula = Coefficients {
            constants: &self.constants,
            difference: second_moment * self.value.squared,
            difference_inner: second_moment * self.value.difference_inner,
        };
        let written = [
            some_mut(&mut block.teacher, count),
            some_mut(&mut block.student, count),
            some_mut(&mut block.elsewhere, count),
        ];
        sweep(vector, &formula, [star_norms], written);
        block.difference = formula.difference;
    }
}

impl<T: Scalar> BlockGradient<T> {
    /// Before the first block.
    pub(super) const ZERO: Self = Self {
        difference: T::ZERO,
        teacher: [T::ZERO; LANES],
        student: [T::ZERO; LANES],
        elsewhere: [T::ZERO; LANES],
        elsewhere_squared: [T::ZERO; LANES],
        normalise: [T::ZERO; LANES],
        mean: [T::ZERO; LANES],
        versine: [T::ZERO; LANES],
        apart: [T::ZERO; LANES],
    };

    /// Writes the exponentials of every row of logits to `weights`.
    #[inline(always)]
    fn exponentials<V: Vector>(&mut self, vector: V, rows: StarRows<'_, T>, logits: &[T], weights: &mut [T]) {
        // One thing after another for all rows: rows do not wait for each other, what is done to one row does.
        for (found, logits) in self.normalise.iter_mut().zip(Rows::new(logits, rows.tokens)) {
            *found = largest(vector, logits);
        }
        let each = Rows::new(logits, rows.tokens).zip(RowsMut::new(weights, rows.tokens)).zip(rows.stretches);
        let found = self.normalise.iter_mut().zip(&mut self.elsewhere_squared);
        for (((logits, weights), stretch), (normalise, elsewhere)) in each.zip(found) {
            let ([l_before, l_within, l_after], [before, within, after]) =
                (cut(logits, stretch), cut_mut(weights, stretch));
            let largest = *normalise;
            let [sum_before, squared_before] = exponentials(vector, l_before, before, largest);
            let [sum_within] = exponentials(vector, l_within, within, largest);
            let [sum_after, squared_after] = exponentials(vector, l_after, after, largest);
            *normalise = sum_before + sum_within + sum_after;
            *elsewhere = squared_before + squared_after;
        }
        let count = rows.norms.len();
        let found = some_mut(&mut self.normalise, count).iter_mut().zip(some_mut(&mut self.elsewhere_squared, count));
        for (normalise, elsewhere) in found {
            // At least one term is exp(0) = 1, so the sum of a row is not zero.
            *normalise = T::ONE / *normalise;
            *elsewhere = *normalise * *normalise * *elsewhere;
        }
    }

    /// Makes weights of the exponentials in the stretches, and compares them with the teacher's.
    #[inline(always)]
    fn compare<V: Vector>(&mut self, vector: V, rows: StarRows<'_, T>, weights: &mut [T]) {
        let each = RowsMut::new(weights, rows.tokens).zip(Rows::new(rows.stars, rows.tokens)).zip(rows.stretches);
        let found = self.elsewhere.iter_mut().zip(&mut self.mean).zip(&mut self.versine).zip(&mut self.apart);
        let found = found.zip(self.normalise.iter().zip(&self.elsewhere_squared));
        for (((weights, star), stretch), (found, (&normalise, &elsewhere))) in each.zip(found) {
            let (((squared, inner), difference_inner), difference_squared) = found;
            let ([_, star, _], [_, within, _]) = (cut(star, stretch), cut_mut(weights, stretch));
            let [s, i, di, ds] = sweep(vector, &CompareRow { normalise }, [star], [within]);
            (*squared, *inner) = (s + elsewhere, i);
            (*difference_inner, *difference_squared) = (di + elsewhere, ds + elsewhere);
        }
    }

    /// Computes every row's mean.
    #[inline(always)]
    fn means<V: Vector>(&mut self, vector: V, rows: StarRows<'_, T>, weights: &[T]) {
        let each = Rows::new(rows.stars, rows.tokens).zip(rows.stretches).zip(Rows::new(weights, rows.tokens));
        for (r, ((star, stretch), weights)) in each.enumerate() {
            let elsewhere = self.elsewhere_squared.get(r).copied().unwrap_or(T::ZERO);
            let found = self.row(r, *stretch).mean_of(vector, elsewhere, star, weights);
            if let Some(mean) = self.mean.get_mut(r) {
                *mean = found;
            }
        }
    }

    /// The coefficients of row `r` of the block.
    #[inline(always)]
    pub(super) fn row(&self, r: usize, stretch: [T; 2]) -> RowGradient<T> {
        let at = |rows: &PerRow<T>| rows.get(r).copied().unwrap_or(T::ZERO);
        RowGradient {
            difference: self.difference,
            teacher: at(&self.teacher),
            student: at(&self.student),
            elsewhere: at(&self.elsewhere),
            mean: at(&self.mean),
            normalise: at(&self.normalise),
            stretch,
        }
    }
}
