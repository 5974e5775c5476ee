//! The pass over the rows of the attention for the rules that look at each row by itself: its part of the excess loss, and
//! its gradient element by element. One row after the other, in the formulas of the fused pass and with the same freedom of
//! cancellation.

use super::Exact;
use super::formulas::{Angles, Coefficients, RowGeometry};
use super::terms::{Constants, FilterGradient, FilterTerms, RowGradient, RowSums, ValueSums};
use crate::kernel::compare::{Comparison, compare};
use crate::kernel::elementwise::elementwise;
use crate::kernel::formula::Elementwise;
use crate::kernel::softmax::{d_softmax, softmax};
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::vector::Plain;

/// What the pass says of one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<T> {
    /// Its part of the excess loss.
    pub excess: T,
    /// What is left of that when every entry of W is off by four units of its last digit, and what rounding leaves of the terms
    /// that it is the sum of: below this, `excess` says nothing of the row.
    pub rounding: T,
}

/// With respect to what the gradient of a row is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum With {
    /// The weights, `dL/ds`.
    Weights,
    /// The logits, `dL/da`.
    Logits,
}

impl<T: Scalar> Exact<'_, T> {
    /// Writes the gradient of every row to `d_rows` (`outputs x tokens`) and hands each to `finish`, with what is known of the
    /// row. `value` is W, of which `sums` were found. `weights` has room for one row. The sums over the rows are returned.
    pub(super) fn row_by_row(
        &mut self,
        (sums, logits): (&ValueSums<T>, &[T]),
        with: With,
        d_rows: &mut [T],
        weights: &mut [T],
        mut finish: impl FnMut(Row<T>, &mut [T]),
    ) -> RowSums<T> {
        let tokens = self.teacher.shape().tokens();
        let constants = Constants::of(self.teacher.activation());
        let mut all = RowSums::default();
        let rows = Rows::new(logits, tokens).zip(Rows::new(self.teacher.mixing(), tokens)).zip(&*self.terms.norms);
        let Some(s) = RowsMut::new(weights, tokens).next() else { return all };
        for (((logits, target), &teacher_norm), d_row) in rows.zip(RowsMut::new(d_rows, tokens)) {
            softmax(logits, s);
            let c = compare(s, target);
            all.squared += c.squared;
            all.difference_inner += c.difference_inner;
            all.difference_squared += c.difference_squared;
            all.teacher_squared += teacher_norm * teacher_norm;
            let statistics = [c.squared, c.difference_inner, c.difference_squared];
            let ([norm, versine, difference], []) = RowGeometry.apply([c.inner, teacher_norm], statistics);
            let (mut gathered, mut kink_loss) = ([T::ZERO; 2], T::ZERO);
            if constants.kink > T::ZERO {
                for terms in self.terms.filters.iter_mut() {
                    let angles = Angles::<T, true>::of(terms, constants.angle_at_zero);
                    let read = [versine, c.inner, norm, teacher_norm, difference];
                    let (new, [angle, sine, loss]) = angles.apply(read, gathered);
                    gathered = new;
                    kink_loss += loss;
                    FilterTerms::add_rows(terms, angle, sine);
                }
            }
            all.kink_loss += kink_loss;
            let coefficients = Coefficients {
                constants: &constants,
                difference: constants.second_moment * sums.squared,
                difference_inner: constants.second_moment * sums.difference_inner,
            };
            let [angle_sum, sine_sum] = gathered;
            let ([teacher, student, outside], []) = coefficients.apply([teacher_norm], [angle_sum, sine_sum, norm]);
            let (mean, normalise) = (T::ZERO, T::ONE);
            let row = RowGradient { difference: coefficients.difference, teacher, student, outside, mean, normalise };
            for ((d, &s), &target) in d_row.iter_mut().zip(&*s).zip(target) {
                *d = row.weight(s, target);
            }
            if with == With::Logits {
                d_softmax(s, d_row);
            }
            finish(row_excess(&constants, sums, &c, (teacher_norm, kink_loss)), d_row);
        }
        all
    }

    /// Writes `dL/dW` after a pass over the rows, which left its sums.
    pub(super) fn d_value(&self, value: &[T], rows: &RowSums<T>, d_value: &mut [T]) {
        let features = self.teacher.shape().features();
        let constants = Constants::of(self.teacher.activation());
        let filters = Rows::new(value, features).zip(Rows::new(self.teacher.value(), features));
        for ((d_w, (w, v)), terms) in RowsMut::new(d_value, features).zip(filters).zip(&*self.terms.filters) {
            elementwise(Plain, &FilterGradient::of(&constants, terms, rows), [v, w], [d_w]);
        }
    }
}

/// A row's part of the excess loss: `sum_m |Delta|^2` in the differences that do not cancel, as the measurement sums it.
fn row_excess<T: Scalar>(
    constants: &Constants<T>,
    sums: &ValueSums<T>,
    c: &Comparison<T>,
    (teacher_norm, kink_loss): (T, T),
) -> Row<T> {
    let terms = [
        sums.difference_squared * (teacher_norm * teacher_norm),
        T::TWO * sums.difference_inner * (c.difference_squared - c.difference_inner),
        sums.squared * c.difference_squared,
    ];
    let [filters, both, attention] = terms;
    let delta = filters - both + attention;
    let excess = T::HALF * (constants.slope * delta + constants.kink * kink_loss);
    let units = T::from_u32(4) * T::EPSILON;
    // All terms vanish with the excess but where a row of the teacher does not sum to 1: there they go on, and cancel.
    let cancelled = units * (filters.abs() + both.abs() + attention.abs());
    let of_value = (sums.squared * c.squared) * (units * units);
    let rounding = T::HALF * constants.second_moment * (of_value + cancelled);
    Row { excess: excess.larger(T::ZERO), rounding }
}
