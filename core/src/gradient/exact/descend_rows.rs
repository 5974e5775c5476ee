//! The step of the logits, while the weights of their rows are at hand.

use super::block::{BlockGradient, TeacherRows};
use super::formulas::{DescendLogits, DescendOutside};
use super::short_rows::short;
use crate::kernel::elementwise_rows::{Part, elementwise_rows};
use crate::scalar::Scalar;
use crate::vector::Vector;

impl<T: Scalar> BlockGradient<T> {
    /// Moves the logits of every row by `-rate dL/da`.
    #[inline(always)]
    pub(super) fn descend<V: Vector>(
        &mut self,
        vector: V,
        (rows, weights): (TeacherRows<'_, T>, &[T]),
        (rate, compensated): (T, bool),
        (logits, carry): (&mut [T], &mut [T]),
    ) {
        let (settings, parameters) = ((rate, compensated), (logits, carry));
        match short::<T, V>(&rows) {
            Some(16) => vector.apart(
                #[inline(always)]
                |vector| self.descend_rows_of::<V, 16>(vector, (rows.mixing, weights), settings, parameters),
            ),
            Some(8) => vector.apart(
                #[inline(always)]
                |vector| self.descend_rows_of::<V, 8>(vector, (rows.mixing, weights), settings, parameters),
            ),
            Some(_) => vector.apart(
                #[inline(always)]
                |vector| self.descend_any_short(vector, (rows, weights), settings, parameters),
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
        (rows, weights): (TeacherRows<'_, T>, &[T]),
        (rate, compensated): (T, bool),
        (logits, carry): (&mut [T], &mut [T]),
    ) {
        self.means(vector, rows, weights);
        let outside = |r| DescendOutside { stepped: self.row(r).outside(-rate), compensated };
        let within = |r| DescendLogits { row: self.row(r), rate, compensated };
        if const { V::WIDE } && !compensated {
            // Where nothing else takes long, carries do that nobody needs.
            if !rows.whole {
                elementwise_rows(vector, rows.columns(Part::Before), outside, [weights], [&mut *logits], []);
                elementwise_rows(vector, rows.columns(Part::After), outside, [weights], [&mut *logits], []);
            }
            elementwise_rows(vector, rows.columns(Part::Within), within, [rows.mixing, weights], [logits], []);
            return;
        }
        if !rows.whole {
            elementwise_rows(vector, rows.columns(Part::Before), outside, [weights], [logits, carry], []);
        }
        elementwise_rows(vector, rows.columns(Part::Within), within, [rows.mixing, weights], [logits, carry], []);
        if !rows.whole {
            elementwise_rows(vector, rows.columns(Part::After), outside, [weights], [logits, carry], []);
        }
    }
}
