//! The pass over the rows for rows of at most sixteen tokens on targets without wide registers: one row after the other, all
//! that is done to it at once.

use super::block::{BlockGradient, Statistics, TeacherRows};
use super::formulas::{CompareRow, DescendLogits, Mean};
use crate::kernel::elementwise_short::{ANY, elementwise_row, elementwise_short, short_loops_pay};
use crate::kernel::softmax::{Exponential, Exponentials, largest};
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::vector::Vector;
use crate::vector::lane::LANES;

/// How many tokens the rows have, if they are such.
#[inline(always)]
pub(super) fn short<T: Scalar, V: Vector>(rows: &TeacherRows<'_, T>) -> Option<usize> {
    (const { short_loops_pay::<T, V>() } && rows.whole && rows.tokens <= LANES).then_some(rows.tokens)
}

impl<T: Scalar> BlockGradient<T> {
    /// What [`exponentials`](Self::exponentials) and [`compare`](Self::compare) do, for rows of `TOKENS`.
    #[inline(always)]
    pub(super) fn rows_of<V: Vector, const TOKENS: usize>(
        &mut self,
        vector: V,
        mixing: &[T],
        logits: &[T],
        weights: &mut [T],
    ) {
        let each = chunks::<T, TOKENS>(logits).zip(chunks_mut::<T, TOKENS>(weights)).zip(chunks::<T, TOKENS>(mixing));
        self.short_rows::<V, TOKENS>(vector, each);
    }

    /// What [`exponentials`](Self::exponentials) and [`compare`](Self::compare) do, for rows of at most sixteen tokens.
    #[inline(always)]
    pub(super) fn any_short_rows<V: Vector>(
        &mut self,
        vector: V,
        rows: TeacherRows<'_, T>,
        logits: &[T],
        weights: &mut [T],
    ) {
        let tokens = rows.tokens;
        let each = Rows::new(logits, tokens).zip(RowsMut::new(weights, tokens)).zip(Rows::new(rows.mixing, tokens));
        self.short_rows::<V, ANY>(vector, each);
    }

    /// Of every row its logits, its weights and the teacher's.
    #[inline(always)]
    fn short_rows<'r, V: Vector, const TOKENS: usize>(
        &mut self,
        vector: V,
        each: impl Iterator<Item = ((&'r [T], &'r mut [T]), &'r [T])>,
    ) {
        let Statistics { squared, inner, difference_inner, difference_squared, outside_squared, normalise } =
            self.statistics();
        let found = squared.iter_mut().zip(inner).zip(difference_inner).zip(difference_squared);
        let found = found.zip(normalise.iter_mut().zip(outside_squared));
        for (((logits, weights), target), (found, (normalise, outside))) in each.zip(found) {
            let (((squared, inner), difference_inner), difference_squared) = found;
            let largest = largest(vector, logits);
            let exponential = Exponential { largest };
            let [sum] = if const { TOKENS != ANY } {
                elementwise_short(vector, &exponential, [logits], [&mut *weights])
            } else {
                // An exponential is long: without sums there is less code around it.
                let [] = elementwise_row::<T, V, _, TOKENS, _, _, _>(vector, &exponential, [logits], [&mut *weights]);
                elementwise_row::<T, V, _, TOKENS, _, _, _>(vector, &Exponentials, [&*weights], [])
            };
            (*normalise, *outside) = (T::ONE / sum, T::ZERO);
            let formula = CompareRow { normalise: *normalise };
            [*squared, *inner, *difference_inner, *difference_squared] =
                elementwise_row::<T, V, _, TOKENS, _, _, _>(vector, &formula, [target], [weights]);
        }
    }

    /// What [`means`](Self::means) and [`descend`](Self::descend) do, for rows of `TOKENS`.
    #[inline(always)]
    pub(super) fn descend_rows_of<V: Vector, const TOKENS: usize>(
        &self,
        vector: V,
        (mixing, weights): (&[T], &[T]),
        settings: (T, bool),
        (logits, carry): (&mut [T], &mut [T]),
    ) {
        let each = chunks::<T, TOKENS>(mixing).zip(chunks::<T, TOKENS>(weights));
        let each = each.zip(chunks_mut::<T, TOKENS>(logits).zip(chunks_mut::<T, TOKENS>(carry)));
        self.descend_short::<V, TOKENS>(vector, settings, each);
    }

    /// What [`means`](Self::means) and [`descend`](Self::descend) do, for rows of at most sixteen tokens.
    #[inline(always)]
    pub(super) fn descend_any_short<V: Vector>(
        &self,
        vector: V,
        (rows, weights): (TeacherRows<'_, T>, &[T]),
        settings: (T, bool),
        (logits, carry): (&mut [T], &mut [T]),
    ) {
        let tokens = rows.tokens;
        let each = Rows::new(rows.mixing, tokens).zip(Rows::new(weights, tokens));
        let each = each.zip(RowsMut::new(logits, tokens).zip(RowsMut::new(carry, tokens)));
        self.descend_short::<V, ANY>(vector, settings, each);
    }

    /// Of every row the teacher's and its weights; its logits and their carries.
    #[inline(always)]
    fn descend_short<'r, V: Vector, const TOKENS: usize>(
        &self,
        vector: V,
        (rate, compensated): (T, bool),
        each: impl Iterator<Item = ((&'r [T], &'r [T]), (&'r mut [T], &'r mut [T]))>,
    ) {
        for (r, ((target, weights), (logits, carry))) in each.enumerate() {
            // Nothing is outside the support.
            let mut row = self.row(r);
            let [weighed] = elementwise_row::<T, V, _, TOKENS, _, _, _>(vector, &Mean(row), [target, weights], []);
            row.mean = row.outside * T::ZERO + weighed;
            let formula = DescendLogits { row, rate, compensated };
            let [] = elementwise_row::<T, V, _, TOKENS, _, _, _>(vector, &formula, [target, weights], [logits, carry]);
        }
    }
}

/// Rows of a length that is known.
#[inline(always)]
fn chunks<T, const TOKENS: usize>(x: &[T]) -> impl Iterator<Item = &[T]> {
    x.as_chunks::<TOKENS>().0.iter().map(
        #[inline(always)]
        |row| row.as_slice(),
    )
}

/// Rows of a length that is known, for change.
#[inline(always)]
fn chunks_mut<T, const TOKENS: usize>(x: &mut [T]) -> impl Iterator<Item = &mut [T]> {
    x.as_chunks_mut::<TOKENS>().0.iter_mut().map(
        #[inline(always)]
        |row| row.as_mut_slice(),
    )
}
