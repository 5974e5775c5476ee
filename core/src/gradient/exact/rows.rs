//! The pass over the rows of the attention, sixteen rows at a time: softmax and its statistics row by row, angles and
//! coefficients for all sixteen rows side by side, then each row's gradient while its weights are at hand.

use super::block::{BlockGradient, Geometry, Statistics, TeacherRows, some, some_mut};
use super::formulas::{Angles, Coefficients, RowGeometry};
use super::memory::FILTER_TERMS;
use super::short_rows::short;
use super::terms::{Constants, FilterTerms, RowSums, ValueSums};
use crate::kernel::elementwise_rows::PerRow;
use crate::kernel::elementwise_short::elementwise_short;
use crate::kernel::reduce::sum_with;
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

impl<T: Scalar, const MEASURED: bool> RowPass<'_, T, MEASURED> {
    /// Writes the softmax of every row to the block's weights, outside the supports not normalised, gathers what they say
    /// about every filter, and leaves in `block` what the gradient of each row is made of.
    #[inline(always)]
    pub(super) fn block<V: Vector>(
        &mut self,
        vector: V,
        block: &mut BlockGradient<T>,
        rows: TeacherRows<'_, T>,
        (logits, weights): (&[T], &mut [T]),
    ) {
        match short::<T, V>(&rows) {
            Some(16) => vector.apart(
                #[inline(always)]
                |vector| block.rows_of::<V, 16>(vector, rows.mixing, logits, weights),
            ),
            Some(8) => vector.apart(
                #[inline(always)]
                |vector| block.rows_of::<V, 8>(vector, rows.mixing, logits, weights),
            ),
            Some(_) => vector.apart(
                #[inline(always)]
                |vector| block.any_short_rows(vector, rows, logits, weights),
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
    fn coefficients<V: Vector>(&mut self, vector: V, block: &mut BlockGradient<T>, teacher_norms: &[T]) {
        let count = teacher_norms.len();
        let Statistics { squared, inner, difference_inner, difference_squared, .. } = block.statistics();
        self.sums.squared += sum_with(vector, some(squared, count));
        self.sums.difference_inner += sum_with(vector, some(difference_inner, count));
        self.sums.difference_squared += sum_with(vector, some(difference_squared, count));
        for &norm in teacher_norms {
            self.sums.teacher_squared += norm * norm;
        }
        let statistics =
            [some_mut(squared, count), some_mut(difference_inner, count), some_mut(difference_squared, count)];
        elementwise_short(vector, &RowGeometry, [some(inner, count), teacher_norms], statistics);
        let Geometry { norm, inner, versine, norm_difference, angle_sum, sine_sum } = block.geometry();
        let Constants { second_moment, kink, angle_at_zero, .. } = self.constants;
        (*angle_sum, *sine_sum) = ([T::ZERO; LANES], [T::ZERO; LANES]);
        if kink > T::ZERO {
            if const { V::WIDE } {
                self.angles(vector, block.geometry(), teacher_norms);
            } else {
                for terms in self.filters.iter_mut() {
                    let formula = Angles::<T, MEASURED>::of(terms, angle_at_zero);
                    let (versine, norm) = (some(versine, count), some(norm, count));
                    let read = [versine, some(inner, count), norm, teacher_norms, some(norm_difference, count)];
                    let sums = [some_mut(angle_sum, count), some_mut(sine_sum, count)];
                    add_terms(terms, elementwise_short(vector, &formula, read, sums), &mut self.sums.kink_loss);
                }
            }
        }
        let formula = Coefficients {
            constants: &self.constants,
            difference: second_moment * self.value.squared,
            difference_inner: second_moment * self.value.difference_inner,
        };
        let Geometry { norm, angle_sum, sine_sum, .. } = block.geometry();
        let geometry = [some_mut(angle_sum, count), some_mut(sine_sum, count), some_mut(norm, count)];
        elementwise_short(vector, &formula, [teacher_norms], geometry);
        block.difference = formula.difference;
    }

    /// The angles between every filter and the block's rows, one filter after the other with all rows side by side: where
    /// there are many registers, the rest of one is computed while the roots of the next are taken.
    #[inline(always)]
    fn angles<V: Vector>(&mut self, vector: V, rows: Geometry<'_, T>, teacher_norms: &[T]) {
        let count = teacher_norms.len();
        // Beyond the block's rows all lanes are zero, and so are angles and sines times them.
        let load = |rows: &PerRow<T>| T::Lanes::<V>::load(vector, rows).first(count);
        let norms = match teacher_norms.first_chunk() {
            Some(norms) => T::Lanes::<V>::load(vector, norms),
            None => T::Lanes::<V>::load_first(vector, teacher_norms),
        };
        let versine = load(rows.versine);
        let read = [load(rows.inner), load(rows.norm), norms, load(rows.norm_difference)];
        let zero = T::Lanes::<V>::splat(vector, T::ZERO);
        let mut written = [zero; 2];
        let angle_at_zero = self.constants.angle_at_zero;
        let of = |terms: &[T; FILTER_TERMS]| Angles::<T, MEASURED>::of(terms, angle_at_zero);

        // With few registers, roots that are taken ahead would go to memory and back.
        let ahead = const { V::REGISTERS >= 32 };
        let mut filters = self.filters.iter_mut();
        let Some(mut terms) = filters.next() else { return };
        let mut roots = of(terms).roots(versine);
        loop {
            let next = filters.next();
            let next_roots = match &next {
                Some(next) if ahead => of(next).roots(versine),
                _ => roots,
            };
            // No zero is added to the lanes first: sums that begin with zero do not see the sign of another.
            let (new, [angle_sum, sine_sum, loss]) = of(terms).rest(roots, read, written);
            written = new;
            // A difference of norms may have overflowed, and zero times that is not zero.
            let loss = if const { MEASURED } { loss.first(count) } else { loss };
            add_terms(terms, [angle_sum.fold(), sine_sum.fold(), loss.fold()], &mut self.sums.kink_loss);
            let Some(next) = next else { break };
            roots = if ahead { next_roots } else { of(next).roots(versine) };
            terms = next;
        }
        // Lanes beyond the block's rows are nobody's.
        written[0].store(rows.angle_sum);
        written[1].store(rows.sine_sum);
    }
}

/// Adds what a filter and the block's rows say of each other to the filter's sums and to the loss.
#[inline(always)]
fn add_terms<T: Scalar>(terms: &mut [T; FILTER_TERMS], [angle_sum, sine_sum, loss]: [T; 3], kink_loss: &mut T) {
    FilterTerms::add_rows(terms, angle_sum, sine_sum);
    *kink_loss += loss;
}
