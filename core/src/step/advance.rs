//! The student moves along a gradient that is given element by element.

use super::rule::{Block, Gradient, take_step};
use super::settings::Descent;
use crate::error::Error;
use crate::scalar::Scalar;
use crate::student::StudentViewMut;

impl<T: Scalar> StudentViewMut<'_, T> {
    /// One step along a gradient that is given element by element: `d_value` is `dL/dW` and `d_attention` is `dL/dS`,
    /// both times `samples`; `attention` is S. Nothing is changed unless the whole step is finite and stays inside the
    /// limits.
    pub(crate) fn descend(
        &mut self,
        d_value: &[T],
        (attention, d_attention): (&[T], &[T]),
        samples: T,
        descent: &Descent<T>,
    ) -> Result<(), Error> {
        let (tokens, norm_limit) = (self.shape.tokens(), descent.value_limit);
        let value = Block {
            parameters: self.value,
            carries: self.value_carry,
            gradient: Gradient::Plain { gradient: d_value, norm_limit },
            rate: descent.value_rate / samples,
        };
        let logits = Block {
            parameters: self.logits,
            carries: self.logits_carry,
            gradient: Gradient::ThroughSoftmax { attention, d_attention, tokens },
            rate: descent.logits_rate(self.shape) / samples,
        };
        take_step(&mut (value, logits), descent.compensated)?;
        self.count_step();
        Ok(())
    }
}
