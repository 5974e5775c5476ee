//! What rates come from, as far as it outlives a batch.

use crate::scalar::Scalar;

/// Powers and losses, of this batch and of all before it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Powers<T> {
    /// Sums over the batch of `|| X ||^2` and `|| Y ||^2`, prepared.
    pub(crate) input_sum: T,
    pub(crate) answer_sum: T,
    /// Means over all batches that were stepped on.
    pub(crate) input: T,
    pub(crate) answer: T,
    pub(crate) batches: u64,
    /// One more than the steps that the student had that is kept; zero without one.
    pub(crate) kept: u64,
}

impl<T: Scalar> Powers<T> {
    /// Of nothing yet.
    pub const ZERO: Self =
        Self { input_sum: T::ZERO, answer_sum: T::ZERO, input: T::ZERO, answer: T::ZERO, batches: 0, kept: 0 };
}
