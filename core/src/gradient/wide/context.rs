//! What all samples of a batch that is drawn have in common.

use super::layers::Network;
use crate::input::{Input, LabelNoise};
use crate::teacher::labels::FixedMixing;

/// What a batch is drawn from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SampledBatch<T> {
    pub(crate) input: Input<T>,
    pub(crate) noise: LabelNoise<T>,
    pub(crate) batch: u32,
}

/// What all samples of a batch have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchContext<'b, T> {
    /// Its attention is empty until the batch begins, by outputs and by tokens.
    pub(crate) student: Network<'b, T>,
    /// What the attention comes from.
    pub(crate) logits: &'b [T],
    pub(crate) labels: FixedMixing<'b, T>,
    pub(crate) draws: SampledBatch<T>,
    /// The teacher's, by tokens. Empty until the batch begins.
    pub(crate) mixing: &'b [T],
}
