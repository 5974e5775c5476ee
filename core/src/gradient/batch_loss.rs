//! How far a batch has come.

use crate::scalar::Scalar;

/// How many samples the current batch holds, and their loss.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BatchLoss<T> {
    pub(super) count: u64,
    pub(super) loss: T,
}

impl<T: Scalar> BatchLoss<T> {
    /// An empty batch.
    pub const ZERO: Self = Self { count: 0, loss: T::ZERO };

    /// Empties the batch, number by number: where the C library's callers see the memory as words, numbers that are moved as
    /// a whole would leave half a word undefined behind a loss in single precision.
    #[inline(always)]
    pub(super) const fn clear(&mut self) {
        (self.count, self.loss) = (0, T::ZERO);
    }

    /// A batch of `count` samples whose loss nobody asks for.
    pub(super) const fn of(count: u64) -> Self {
        Self { count, loss: T::ZERO }
    }

    /// Samples accumulated since the last step.
    #[inline]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Mean of `1/2 || Y - f(X) ||^2` over them; `None` without any. Infinite where a prediction or a square overflows, and
    /// never NaN.
    #[inline]
    pub fn mean_loss(&self) -> Option<T> {
        let infinite = T::from_f64(f64::INFINITY);
        let known = |loss: T| if loss < infinite { loss } else { infinite };
        (self.count > 0).then(|| known(self.loss / samples_as_scalar(self.count)))
    }
}

pub(super) fn samples_as_scalar<T: Scalar>(count: u64) -> T {
    T::from_u64(count)
}
