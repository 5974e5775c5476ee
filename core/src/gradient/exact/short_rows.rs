//! The pass over the rows for rows of sixteen or eight tokens on targets without wide registers: one row after the other, all
//! that is done to it at once.

use super::block::{BlockGradient, Statistics, TeacherRows};
use super::formulas::{CompareRow, DescendLogits, Mean};
use crate::kernel::elementwise_short::{elementwise_short, short_loops_pay};
use crate::kernel::softmax::{Exponential, largest};
use crate::scalar::Scalar;
use crate::vector::Vector;

/// How many tokens the rows have, if they are such.
#[inline(always)]
pub(super) fn short<T: Scalar, V: Vector>(rows: &TeacherRows<'_, T>) -> Option<usize> {
    (const { short_loops_pay::<T, V>() } && rows.whole && matches!(rows.tokens, 8 | 16)).then_some(rows.tokens)
}

impl<T: Scalar> BlockGradient<T> {
    /// What [`exponentials`](Self::exponentials) and [`compare`](Self::compare) do.
    #[inline(always)]
    pub(super) fn short_rows<V: Vector, const TOKENS: usize>(
        &mut self,
        vector: V,
        mixing: &[T],
        logits: &[T],
        weights: &mut [T],
    ) {
        let (mixing, logits) = (mixing.as_chunks::<TOKENS>().0, logits.as_chunks::<TOKENS>().0);
        let each = logits.iter().zip(weights.as_chunks_mut::<TOKENS>().0).zip(mixing);
        let Statistics { squared, inner, difference_inner, difference_squared, outside_squared, normalise } =
            self.statistics();
        let found = squared.iter_mut().zip(inner).zip(difference_inner).zip(difference_squared);
        let found = found.zip(normalise.iter_mut().zip(outside_squared));
        for (((logits, weights), target), (found, (normalise, outside))) in each.zip(found) {
            let (((squared, inner), difference_inner), difference_squared) = found;
            let largest = largest(vector, logits);
            let [sum] = elementwise_short(vector, &Exponential { largest }, [logits], [weights]);
            (*normalise, *outside) = (T::ONE / sum, T::ZERO);
            let formula = CompareRow { normalise: *normalise };
            [*squared, *inner, *difference_inner, *difference_squared] =
                elementwise_short(vector, &formula, [target], [weights]);
        }
    }

    /// What [`means`](Self::means) and [`descend`](Self::descend) do.
    #[inline(always)]
    pub(super) fn descend_short<V: Vector, const TOKENS: usize>(
        &self,
        vector: V,
        (mixing, weights): (&[T], &[T]),
        (rate, compensated): (T, bool),
        (logits, carry): (&mut [T], &mut [T]),
    ) {
        let each = mixing.as_chunks::<TOKENS>().0.iter().zip(weights.as_chunks::<TOKENS>().0);
        let each = each.zip(logits.as_chunks_mut::<TOKENS>().0).zip(carry.as_chunks_mut::<TOKENS>().0);
        for (r, (((target, weights), logits), carry)) in each.enumerate() {
            // Nothing is outside the support.
            let mut row = self.row(r);
            let [weighed] = elementwise_short(vector, &Mean(row), [target, weights], []);
            row.mean = row.outside * T::ZERO + weighed;
            elementwise_short(vector, &DescendLogits { row, rate, compensated }, [target, weights], [logits, carry]);
        }
    }
}
