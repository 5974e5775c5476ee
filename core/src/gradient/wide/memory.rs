//! Working memory of a batch: the matrices of some samples, and what is common to all of them.

use super::layers::Layers;
use crate::kernel::product::transpose;
use crate::matrix::BlocksMut;
use crate::memory::{BATCHES, Sizes, layout};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::vector::{Plain, SIDE_BY_SIDE as SAMPLES};

/// Filters of all samples of a microbatch, about: as many rows do the products well with, and their matrices fit in the caches.
const ROWS: usize = 128;

/// Samples that are worked on together, at most.
pub(super) const MOST_SAMPLES: usize = 32;

/// Samples of this shape that are best worked on together.
pub(super) const fn samples_together(shape: Shape) -> usize {
    match ROWS.checked_div(shape.filters()) {
        None | Some(0) => 1,
        Some(samples) if samples > MOST_SAMPLES => MOST_SAMPLES,
        Some(samples) => samples,
    }
}

/// Elements of the memory that [`PairsViewMut::all`] takes for one microbatch.
#[inline]
pub(crate) const fn pairs_of_one_len(shape: Shape) -> usize {
    PairsViewMut::<f32>::need(Sizes { shape, samples: samples_together(shape) }).elements()
}

/// Elements of the memory that [`MatricesViewMut::all`] takes for so many samples.
#[inline]
pub(crate) const fn matrices_len(shape: Shape, samples: usize) -> usize {
    MatricesViewMut::<f32>::need(Sizes { shape, samples }).elements()
}

/// Elements that [`MatricesViewMut::all`] takes for one microbatch, which is what a single thread needs.
#[inline]
pub(crate) const fn matrices_of_one_len(shape: Shape) -> usize {
    matrices_len(shape, samples_together(shape))
}

/// Elements that [`MatricesViewMut::all`] takes for an executor of `threads` and batches of `batch` samples: a few microbatches for each
/// of several, or the whole batch.
#[inline]
pub(crate) const fn matrices_of_threads_len(shape: Shape, batch: u32, threads: usize) -> usize {
    let together = samples_together(shape);
    let most = if threads > 1 { threads.saturating_mul(4 * together) } else { together };
    // Compared in a type that holds both.
    let samples = if most as u64 > batch as u64 { batch as usize } else { most };
    matrices_len(shape, samples)
}

layout! {
    /// What the samples side by side take of each layer, with its sizes in its type.
    pub(crate) struct LayersScratch<FILTERS, FEATURES, TOKENS, OUTPUTS>;
    /// What the samples side by side take of each layer: see [`Layers`].
    pub(crate) struct LayersViewMut: "sample scratch" {
        by_feature: matrices(SAMPLES, TOKENS, FEATURES),
        hidden: matrices(SAMPLES, FILTERS, TOKENS),
        d_hidden: matrices(SAMPLES, FILTERS, TOKENS),
        outputs: matrices(SAMPLES, FILTERS, OUTPUTS),
        targets: matrices(SAMPLES, FILTERS, OUTPUTS),
    }
}

layout! {
    /// Room for the matrices of a few pairs, with its sizes in its type.
    pub(crate) struct Pairs<FILTERS, FEATURES, TOKENS, OUTPUTS>;
    /// Room for the matrices of some pairs, at least one.
    pub(crate) struct PairsViewMut: "sample scratch" {
        /// S^T, `tokens x outputs`.
        pub(super) by_token: matrices(BATCHES, TOKENS, OUTPUTS),
        pub(super) layers: memory(LayersScratch<FILTERS, FEATURES, TOKENS, OUTPUTS>, LayersViewMut),
    }
}

layout! {
    /// Room for the matrices of a few samples that are drawn here, with its sizes in its type.
    pub(crate) struct Matrices<FILTERS, FEATURES, TOKENS, OUTPUTS>;
    /// Room for the matrices of some samples that are drawn here, at least one.
    pub(crate) struct MatricesViewMut: "online scratch" {
        /// S^T, `tokens x outputs`.
        pub(super) by_token: matrices(BATCHES, TOKENS, OUTPUTS),
        /// The teacher's S^T, `tokens x outputs`.
        pub(super) mixing: matrices(BATCHES, TOKENS, OUTPUTS),
        /// X of every sample.
        pub(super) x: matrices(SAMPLES, TOKENS, FEATURES),
        pub(super) layers: memory(LayersScratch<FILTERS, FEATURES, TOKENS, OUTPUTS>, LayersViewMut),
    }
}

impl<T: Scalar> PairsViewMut<'_, T> {
    /// How many pairs there is room for.
    pub(crate) const fn samples(&self, shape: Shape) -> usize {
        self.layers.samples(shape)
    }

    /// Keeps the transpose of the attention for the batch that begins.
    pub(crate) fn attend(&mut self, shape: Shape, attention: &[T]) {
        transpose(Plain, attention, shape.tokens(), self.by_token, shape.outputs());
    }
}

impl<T: Scalar> MatricesViewMut<'_, T> {
    /// How many samples there is room for.
    pub(crate) const fn samples(&self, shape: Shape) -> usize {
        self.layers.samples(shape)
    }
}

impl<'a, T: Scalar> LayersViewMut<'a, T> {
    /// How many samples there is room for.
    pub(super) const fn samples(&self, shape: Shape) -> usize {
        match self.by_feature.len().checked_div(shape.input_len()) {
            Some(count) => count,
            None => 0,
        }
    }

    /// Room for `count` pairs in microbatches, each of `together` or, the last, fewer.
    pub(super) fn microbatches(
        self,
        shape: Shape,
        (mut count, together): (usize, usize),
    ) -> impl Iterator<Item = Layers<'a, T>> {
        let (by_token, by_output) = (together * shape.filters() * shape.tokens(), together * shape.output_len());
        let mut by_feature = BlocksMut::new(self.by_feature, together * shape.input_len());
        let mut hidden = BlocksMut::new(self.hidden, by_token);
        let mut d_hidden = BlocksMut::new(self.d_hidden, by_token);
        let mut outputs = BlocksMut::new(self.outputs, by_output);
        let mut targets = BlocksMut::new(self.targets, by_output);
        core::iter::from_fn(move || {
            let pairs = if count < together { count } else { together };
            if pairs == 0 {
                return None;
            }
            count -= pairs;
            Some(Layers {
                pairs,
                by_feature: by_feature.next()?.get_mut(..pairs * shape.input_len())?,
                hidden: hidden.next()?.get_mut(..pairs * shape.filters() * shape.tokens())?,
                d_hidden: d_hidden.next()?.get_mut(..pairs * shape.filters() * shape.tokens())?,
                outputs: outputs.next()?.get_mut(..pairs * shape.output_len())?,
                targets: targets.next()?.get_mut(..pairs * shape.output_len())?,
            })
        })
    }
}
