//! The student moves along a gradient that is given element by element.

use super::settings::Descent;
use crate::error::Error;
use crate::kernel::softmax::d_logits;
use crate::kernel::update::{advance, advanced};
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::student::StudentViewMut;

impl<T: Scalar> StudentViewMut<'_, T> {
    /// One step along a gradient that is given element by element: `d_value` is `dL/dW` and `d_attention` is `dL/dS`,
    /// both times `samples`; `attention` is S. Nothing is changed unless the whole step is finite and stays inside the
    /// limits: that is why the way from S to the logits is gone twice.
    pub(crate) fn descend(
        &mut self,
        d_value: &[T],
        (attention, d_attention): (&[T], &[T]),
        samples: T,
        descent: &Descent<T>,
    ) -> Result<(), Error> {
        let tokens = self.shape.tokens();
        let value_scale = descent.value_rate / samples;
        let logits_scale = descent.logits_rate(self.shape) / samples;
        let mut squared = T::ZERO;
        for ((&w, &carry), &d) in self.value.iter().zip(&*self.value_carry).zip(d_value) {
            let [moved, _] = advanced(w, carry, -(value_scale * d), descent.compensated);
            squared += moved * moved;
        }
        let mut longest = T::ZERO;
        for (s, d) in Rows::new(attention, tokens).zip(Rows::new(d_attention, tokens)) {
            for d in d_logits(s, d) {
                let step = (logits_scale * d).abs();
                // Once it is not finite it stays so.
                longest = if step <= longest || !longest.is_finite() { longest } else { step };
            }
        }
        descent.check_move(squared, longest)?;
        for ((w, carry), &d) in self.value.iter_mut().zip(&mut *self.value_carry).zip(d_value) {
            advance(w, carry, -(value_scale * d), descent.compensated);
        }
        let rows = RowsMut::new(self.logits, tokens).zip(RowsMut::new(self.logits_carry, tokens));
        let rows = rows.zip(Rows::new(attention, tokens).zip(Rows::new(d_attention, tokens)));
        for ((logits, carry), (s, d)) in rows {
            for ((a, carry), d) in logits.iter_mut().zip(carry).zip(d_logits(s, d)) {
                advance(a, carry, -(logits_scale * d), descent.compensated);
            }
        }
        self.count_step();
        Ok(())
    }
}
