//! How far a batch has come.

use crate::scalar::Scalar;

/// How many samples the current batch holds, and their loss.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally<T> {
    pub(super) count: u64,
    pub(super) loss: T,
}

impl<T: Scalar> Tally<T> {
    /// An empty batch.
    pub const ZERO: Self = Self { count: 0, loss: T::ZERO };

    /// A batch of `count` samples whose loss nobody asks for.
    pub(super) const fn of(count: u64) -> Self {
        Self { count, loss: T::ZERO }
    }

    /// Samples accumulated since the last step.
    #[inline]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Mean of `1/2 || Y - f(X) ||^2` over them; `None` without any.
    #[inline]
    pub fn mean_loss(&self) -> Option<T> {
        (self.count > 0).then(|| self.loss / samples_as_scalar(self.count))
    }
}

pub(super) fn samples_as_scalar<T: Scalar>(count: u64) -> T {
    T::from_u64(count)
}
