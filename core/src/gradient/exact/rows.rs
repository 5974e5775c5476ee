//! The pass over the rows of the attention, sixteen rows at a time: softmax and its statistics row by row, angles and
//! coefficients for all sixteen rows side by side, then each row's gradient while its weights are at hand.

use super::formulas::{
    Angles, Coefficients, CompareRow, DescendElsewhere, DescendLogits, Logits, LogitsSquared, Mean, RowGeometry,
};
use super::memory::FILTER_TERMS;
use super::row::RowGradient;
use super::short_rows::short;
use super::terms::{Constants, RowSums, ValueSums};
use crate::kernel::reduce::sum_with;
use crate::kernel::softmax::{Exponential, Exponentials, largest};
use crate::kernel::sweep_rows::{Columns, Part, PerRow, sweep_rows};
use crate::kernel::sweep_short::sweep_short;
use crate::matrix::Rows;
use crate::scalar::Scalar;
use crate::vector::Vector;
use crate::vector::lane::{LANES, Lanes};

/// The pass, with what it gathers on the way; when `MEASURED`, that is the excess loss, too.
pub(super) struct RowPass<'p, T, const MEASURED: bool> {
    pub constants: Constants<T>,
    pub value: ValueSums<T>,
    pub filters: &'p mut [[T; FILTER_TERMS]],
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
    /// Whether every stretch is the whole row.
    pub whole: bool,
}

impl<'b, T> StarRows<'b, T> {
    /// Some columns of every row.
    #[inline(always)]
    pub(super) fn columns(&self, part: Part) -> Columns<'b, T> {
        let whole = self.whole && matches!(part, Part::Within);
        Columns { stride: self.tokens, stretches: self.stretches, part, whole }
    }
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
    pub(super) elsewhere: PerRow<T>,
    /// `|s|^2` outside the stretch.
    pub(super) elsewhere_squared: PerRow<T>,
    /// What makes weights of exponentials.
    pub(super) normalise: PerRow<T>,
    /// The largest logit, then `<s, s*>`, then `sum_t s_t dL/ds_t`.
    pub(super) mean: PerRow<T>,
    /// `<s - s*, s>`, then the versine of the angle between s and s*.
    pub(super) versine: PerRow<T>,
    /// `|s - s*|^2`, then `|s| - |s*|`.
    pub(super) apart: PerRow<T>,
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

#[inline(always)]
fn at<T: Scalar>(rows: &PerRow<T>, r: usize) -> T {
    rows.get(r).copied().unwrap_or(T::ZERO)
}

impl<T: Scalar, const MEASURED: bool> RowPass<'_, T, MEASURED> {
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
        match short::<T, V>(&rows) {
            Some(16) => vector.apart(
                #[inline(always)]
                |vector| block.short_rows::<V, 16>(vector, rows.stars, logits, weights),
            ),
            Some(_) => vector.apart(
                #[inline(always)]
                |vector| block.short_rows::<V, 8>(vector, rows.stars, logits, weights),
            ),
            None => {
                vector.apart(
                    #[inline(always)]
                    |vector| block.exponentials(vector, rows, logits, weights),
                );
                vector.apart(
                    #[inline(always)]
                    |vector| block.compare(vector, rows, weights),
                );
            }
        }
        vector.apart(
            #[inline(always)]
            |vector| self.coefficients(vector, block, rows.norms),
        );
    }

    /// Angles and coefficients of the block's rows.
    #[inline(always)]
    fn coefficients<V: Vector>(&mut self, vector: V, block: &mut BlockGradient<T>, star_norms: &[T]) {
        let count = star_norms.len();
        self.sums.squared += sum_with(vector, some(&block.elsewhere, count));
        self.sums.difference_inner += sum_with(vector, some(&block.versine, count));
        self.sums.difference_squared += sum_with(vector, some(&block.apart, count));
        for &norm in star_norms {
            self.sums.teacher_squared += norm * norm;
        }
        let inner = some(&block.mean, count);
        let written = [
            some_mut(&mut block.elsewhere, count),
            some_mut(&mut block.versine, count),
            some_mut(&mut block.apart, count),
        ];
        sweep_short(vector, &RowGeometry, [inner, star_norms], written);
        let Constants { second_moment, kink, angle_at_zero, .. } = self.constants;
        (block.teacher, block.student) = ([T::ZERO; LANES], [T::ZERO; LANES]);
        if kink > T::ZERO {
            if const { V::WIDE } {
                self.angles(vector, block, star_norms);
            } else {
                for terms in self.filters.iter_mut() {
                    let formula = Angles::<T, MEASURED>::of(terms, angle_at_zero);
                    let (versine, norm) = (some(&block.versine, count), some(&block.elsewhere, count));
                    let read = [versine, inner, norm, star_norms, some(&block.apart, count)];
                    let written = [some_mut(&mut block.teacher, count), some_mut(&mut block.student, count)];
                    add_terms(terms, sweep_short(vector, &formula, read, written), &mut self.sums.kink_loss);
                }
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
        sweep_short(vector, &formula, [star_norms], written);
        block.difference = formula.difference;
    }

    /// The angles between every filter and the block's rows, one filter after the other with all rows side by side: while
    /// the roots of the next are taken, the rest of one is computed.
    #[inline(always)]
    fn angles<V: Vector>(&mut self, vector: V, block: &mut BlockGradient<T>, star_norms: &[T]) {
        let count = star_norms.len();
        // Beyond the block's rows all lanes are zero, and so are angles and sines times them.
        let load = |rows: &PerRow<T>| T::Lanes::<V>::load(vector, rows).first(count);
        let stars = match star_norms.first_chunk() {
            Some(norms) => T::Lanes::<V>::load(vector, norms),
            None => T::Lanes::<V>::load_first(vector, star_norms),
        };
        let versine = load(&block.versine);
        let read = [load(&block.mean), load(&block.elsewhere), stars, load(&block.apart)];
        let zero = T::Lanes::<V>::splat(vector, T::ZERO);
        let mut written = [zero; 2];
        let angle_at_zero = self.constants.angle_at_zero;
        let of = |terms: &[T; FILTER_TERMS]| Angles::<T, MEASURED>::of(terms, angle_at_zero);

        let mut filters = self.filters.iter_mut();
        let Some(mut terms) = filters.next() else { return };
        let mut roots = of(terms).roots(versine);
        loop {
            let next = filters.next();
            let next_roots = match &next {
                Some(next) => of(next).roots(versine),
                None => roots,
            };
            // No zero is added to the lanes first: sums that begin with zero do not see the sign of another.
            let (new, [turned, bent, loss]) = of(terms).rest(roots, read, written);
            written = new;
            // A difference of norms may have overflowed, and zero times that is not zero.
            let loss = if const { MEASURED } { loss.first(count) } else { loss };
            add_terms(terms, [turned.fold(), bent.fold(), loss.fold()], &mut self.sums.kink_loss);
            match next {
                Some(next) => (terms, roots) = (next, next_roots),
                None => break,
            }
        }
        // Lanes beyond the block's rows are nobody's.
        written[0].store(&mut block.teacher);
        written[1].store(&mut block.student);
    }
}

/// Adds what a filter and the block's rows say of each other to the filter's sums and to the loss.
#[inline(always)]
fn add_terms<T: Scalar>(terms: &mut [T; FILTER_TERMS], [turned, bent, loss]: [T; 3], kink_loss: &mut T) {
    let [.., all_turned, all_bent] = terms;
    *all_turned += turned;
    *all_bent += bent;
    *kink_loss += loss;
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
        for (found, logits) in self.mean.iter_mut().zip(Rows::new(logits, rows.tokens)) {
            *found = largest(vector, logits);
        }
        (self.normalise, self.elsewhere_squared) = ([T::ZERO; LANES], [T::ZERO; LANES]);
        let largest = &self.mean;
        let formula = |r| Exponential { largest: at(largest, r) };
        let (sums, squares) = (&mut self.normalise, &mut self.elsewhere_squared);
        if rows.whole {
            sweep_rows(vector, rows.columns(Part::Within), formula, [logits], [weights], [sums]);
        } else {
            // Whole rows first: parts may be short, and an exponential is long.
            sweep_rows(vector, rows.columns(Part::Whole), formula, [logits], [weights], []);
            let terms = |_| Exponentials;
            sweep_rows(vector, rows.columns(Part::Before), terms, [weights], [], [sums, squares]);
            sweep_rows(vector, rows.columns(Part::Within), terms, [weights], [], [sums]);
            sweep_rows(vector, rows.columns(Part::After), terms, [weights], [], [sums, squares]);
        }
        let count = rows.norms.len();
        for (normalise, elsewhere) in some_mut(sums, count).iter_mut().zip(some_mut(squares, count)) {
            // At least one term is exp(0) = 1, so the sum of a row is not zero.
            *normalise = T::ONE / *normalise;
            *elsewhere = *normalise * *normalise * *elsewhere;
        }
    }

    /// Makes weights of the exponentials in the stretches, and compares them with the teacher's.
    #[inline(always)]
    fn compare<V: Vector>(&mut self, vector: V, rows: StarRows<'_, T>, weights: &mut [T]) {
        (self.elsewhere, self.mean) = (self.elsewhere_squared, [T::ZERO; LANES]);
        (self.versine, self.apart) = (self.elsewhere_squared, self.elsewhere_squared);
        let normalise = &self.normalise;
        let formula = |r| CompareRow { normalise: at(normalise, r) };
        let sums = [&mut self.elsewhere, &mut self.mean, &mut self.versine, &mut self.apart];
        sweep_rows(vector, rows.columns(Part::Within), formula, [rows.stars], [weights], sums);
    }

    /// Computes every row's mean.
    #[inline(always)]
    fn means<V: Vector>(&mut self, vector: V, rows: StarRows<'_, T>, weights: &[T]) {
        let mut means = [T::ZERO; LANES];
        for ((mean, &elsewhere), &squared) in means.iter_mut().zip(&self.elsewhere).zip(&self.elsewhere_squared) {
            *mean = elsewhere * squared;
        }
        let formula = |r| Mean(self.row(r));
        sweep_rows(vector, rows.columns(Part::Within), formula, [rows.stars, weights], [], [&mut means]);
        self.mean = means;
    }

    /// Writes every row's `dL/da`.
    #[inline(always)]
    pub(super) fn write<V: Vector>(&mut self, vector: V, rows: StarRows<'_, T>, weights: &[T], d_logits: &mut [T]) {
        self.means(vector, rows, weights);
        let outside = |r| self.row(r).outside(T::ONE);
        let within = |r| Logits(self.row(r));
        sweep_rows(vector, rows.columns(Part::Before), outside, [weights], [d_logits], []);
        sweep_rows(vector, rows.columns(Part::Within), within, [rows.stars, weights], [d_logits], []);
        sweep_rows(vector, rows.columns(Part::After), outside, [weights], [d_logits], []);
    }

    /// `|dL/da|^2` of every row.
    #[inline(always)]
    pub(super) fn squared<V: Vector>(&mut self, vector: V, rows: StarRows<'_, T>, weights: &[T]) -> PerRow<T> {
        self.means(vector, rows, weights);
        let outside = |r| self.row(r).outside(T::ONE);
        let within = |r| LogitsSquared(self.row(r));
        let mut squared = [T::ZERO; LANES];
        sweep_rows(vector, rows.columns(Part::Before), outside, [weights], [], [&mut squared]);
        sweep_rows(vector, rows.columns(Part::Within), within, [rows.stars, weights], [], [&mut squared]);
        sweep_rows(vector, rows.columns(Part::After), outside, [weights], [], [&mut squared]);
        squared
    }

    /// Moves the logits of every row by `-rate dL/da`.
    #[inline(always)]
    pub(super) fn descend<V: Vector>(
        &mut self,
        vector: V,
        (rows, weights): (StarRows<'_, T>, &[T]),
        (rate, compensated): (T, bool),
        (logits, carry): (&mut [T], &mut [T]),
    ) {
        let (settings, beside, parameters) = ((rate, compensated), (rows.stars, weights), (logits, carry));
        match short::<T, V>(&rows) {
            Some(16) => vector.apart(
                #[inline(always)]
                |vector| self.descend_short::<V, 16>(vector, beside, settings, parameters),
            ),
            Some(_) => vector.apart(
                #[inline(always)]
                |vector| self.descend_short::<V, 8>(vector, beside, settings, parameters),
            ),
            None => vector.apart(
                #[inline(always)]
                |vector| self.descend_parts(vector, (rows, weights), settings, parameters),
            ),
        }
    }

    #[inline(always)]
    fn descend_parts<V: Vector>(
        &mut self,
        vector: V,
        (rows, weights): (StarRows<'_, T>, &[T]),
        (rate, compensated): (T, bool),
        (logits, carry): (&mut [T], &mut [T]),
    ) {
        self.means(vector, rows, weights);
        let outside = |r| DescendElsewhere { stepped: self.row(r).outside(-rate), compensated };
        let within = |r| DescendLogits { row: self.row(r), rate, compensated };
        if const { V::WIDE } && !compensated {
            // Where nothing else takes long, carries do that nobody needs.
            if !rows.whole {
                sweep_rows(vector, rows.columns(Part::Before), outside, [weights], [&mut *logits], []);
                sweep_rows(vector, rows.columns(Part::After), outside, [weights], [&mut *logits], []);
            }
            sweep_rows(vector, rows.columns(Part::Within), within, [rows.stars, weights], [logits], []);
            return;
        }
        if !rows.whole {
            sweep_rows(vector, rows.columns(Part::Before), outside, [weights], [logits, carry], []);
        }
        sweep_rows(vector, rows.columns(Part::Within), within, [rows.stars, weights], [logits, carry], []);
        if !rows.whole {
            sweep_rows(vector, rows.columns(Part::After), outside, [weights], [logits, carry], []);
        }
    }

    /// The coefficients of row `r` of the block.
    #[inline(always)]
    pub(super) fn row(&self, r: usize) -> RowGradient<T> {
        RowGradient {
            difference: self.difference,
            teacher: at(&self.teacher, r),
            student: at(&self.student, r),
            elsewhere: at(&self.elsewhere, r),
            mean: at(&self.mean, r),
            normalise: at(&self.normalise, r),
        }
    }
}
