//! Working memory of training a layer.

use core::marker::PhantomData;

use crate::digest::{Seal, layer_identity};
use crate::error::Error;
use crate::gradient::batch_loss::BatchLoss;
use crate::layer::{Common, Forward, LayerShape, LayerSizes, LayerView, Parameter, Queries, Sizes};
use crate::matrix::all_finite;
use crate::memory::layout;
use crate::scalar::Scalar;

/// Tokens of all samples that are worked on together, about: as many terms and columns do the products well with, and the
/// matrices fit in the caches.
const TOKENS: usize = 512;

/// Samples that are worked on together, at most.
pub(super) const MOST_SAMPLES: usize = 32;

/// Elements of the memory that [`LayerScratchViewMut::new`] takes at least.
#[inline]
pub const fn layer_scratch_len(shape: LayerShape) -> usize {
    len(shape, 1)
}

/// Elements of the memory with which [`LayerScratchViewMut::new`] makes the most of many samples: some are then worked on
/// together. The bits are those of one after the other.
#[inline]
pub const fn layer_scratch_wide_len(shape: LayerShape) -> usize {
    len(shape, samples_together(shape))
}

/// Samples of this shape that are best worked on together.
const fn samples_together(shape: LayerShape) -> usize {
    // Sets are looked at once more for codes that are learned, and are the caller's.
    if matches!(shape.form().queries, Queries::Sets) && shape.learns_codes() {
        return 1;
    }
    match TOKENS.checked_div(shape.shape().tokens()) {
        None | Some(0) => 1,
        Some(samples) if samples > MOST_SAMPLES => MOST_SAMPLES,
        Some(samples) => samples,
    }
}

/// Samples that are worked on together in so much memory: at least one.
const fn samples_in(shape: LayerShape, memory: usize) -> usize {
    let (one, two, most) = (len(shape, 1), len(shape, 2), samples_together(shape));
    let more = match memory.saturating_sub(one).checked_div(two - one) {
        Some(more) => more,
        None => 0,
    };
    if more < most { more + 1 } else { most }
}

/// With memory for so many samples; largest where it would not be a number any more.
const fn len(shape: LayerShape, samples: usize) -> usize {
    let (none, one) = (of_samples(shape, 0), of_samples(shape, 1));
    (one - none).saturating_mul(samples).saturating_add(Kept::<f64>::len(LayerSizes::of(shape)) + none)
}

/// What so many samples take.
const fn of_samples(shape: LayerShape, samples: usize) -> usize {
    Moving::<f64>::len(LayerSizes { shape, samples })
}

layout! {
    /// What a batch has once, however many samples are worked on together.
    struct Kept at LayerSizes of {
        sums: memory(Sums),
        common: memory(Common),
    }
}

layout! {
    /// What the samples that are worked on together take.
    struct Moving at LayerSizes of {
        forward: memory(Forward),
        backward: memory(Backward),
        // Numbers of all outputs, or one a sample.
        targets: matrix(samples, outputs, filters),
    }
}

/// Working memory of [`LayerSamples`](super::LayerSamples), with its sizes in its type; `LEN` is [`layer_scratch_len`] of them, or
/// the program does not compile.
pub struct LayerScratch<T, S, const LEN: usize> {
    memory: [T; LEN],
    batch_loss: BatchLoss<T>,
    sizes: PhantomData<fn() -> S>,
}

impl<T: Scalar, S: Sizes, const LEN: usize> LayerScratch<T, S, LEN> {
    const FITS: () = assert!(LEN == layer_scratch_len(S::SHAPE), "the number of elements is layer_scratch_len");

    /// Working memory that has not been used yet.
    pub const ZERO: Self = {
        let () = Self::FITS;
        Self { memory: [T::ZERO; LEN], batch_loss: BatchLoss::ZERO, sizes: PhantomData }
    };

    /// The memory as [`LayerSamples`](super::LayerSamples) takes it.
    #[inline]
    pub fn view_mut(&mut self) -> LayerScratchViewMut<'_, T> {
        LayerScratchViewMut::cut(S::SHAPE, const { samples_in(S::SHAPE, LEN) }, &mut self.memory, &mut self.batch_loss)
    }
}

/// Working memory of [`LayerSamples`](super::LayerSamples).
#[derive(Debug)]
pub struct LayerScratchViewMut<'a, T> {
    pub(super) shape: LayerShape,
    /// Samples that there is memory for.
    pub(super) samples: usize,
    pub(super) sums: Sums<'a, T>,
    pub(super) common: Common<'a, T>,
    pub(super) forward: Forward<'a, T>,
    pub(super) backward: Backward<'a, T>,
    /// Of every sample, one after the other.
    pub(super) targets: &'a mut [T],
    pub(super) batch_loss: &'a mut BatchLoss<T>,
}

impl<'a, T: Scalar> LayerScratchViewMut<'a, T> {
    /// Takes `memory` and `batch_loss` as working memory. What is beyond [`layer_scratch_len`] elements, up to
    /// [`layer_scratch_wide_len`], makes for speed.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are at least [`layer_scratch_len`] elements.
    pub fn new(shape: LayerShape, memory: &'a mut [T], batch_loss: &'a mut BatchLoss<T>) -> Result<Self, Error> {
        let (expected, found) = (layer_scratch_len(shape), memory.len());
        if found < expected {
            return Err(Error::Length { what: "scratch of a layer", expected, found });
        }
        Ok(Self::cut(shape, samples_in(shape, found), memory, batch_loss))
    }

    /// The attention S of the last sample, `outputs x tokens`, in memory that was working memory of a layer of this shape; empty where
    /// the memory is shorter than [`layer_scratch_len`].
    #[inline]
    pub fn attention_in(shape: LayerShape, memory: &[T]) -> &[T] {
        let samples = samples_in(shape, memory.len());
        let before = Kept::<T>::len(LayerSizes::of(shape));
        let (start, len) = Forward::<T>::attention_place(LayerSizes { shape, samples });
        memory.get(before + start..).and_then(|rest| rest.get(..len)).unwrap_or_default()
    }

    /// What tells this batch of this layer from every other.
    pub(super) fn seal(&self, layer: LayerView<'_, T>) -> u64 {
        let mut seal = Seal::new();
        seal.word(layer_identity(layer));
        seal.word(self.batch_loss.count);
        seal.word(self.batch_loss.loss.to_bits_u64());
        for sums in self.sums.all() {
            seal.scalars(sums);
        }
        seal.finish()
    }

    /// Cuts it for the samples that there is memory for, and no more than are best worked on together.
    fn cut(shape: LayerShape, samples: usize, mut memory: &'a mut [T], batch_loss: &'a mut BatchLoss<T>) -> Self {
        let Kept { sums, common } = Kept::cut(LayerSizes::of(shape), &mut memory);
        let Moving { forward, backward, targets } = Moving::cut(LayerSizes { shape, samples }, &mut memory);
        Self { shape, samples, sums, common, forward, backward, targets, batch_loss }
    }
}

layout! {
    /// Gradients of some samples on their way to the parameters. Of tokens, queries and keys there are a sample's own entries.
    pub(super) struct Backward at LayerSizes {
        /// dL/dH.
        pub(super) d_hidden: matrix(filters, samples, tokens),
        /// H transposed.
        pub(super) by_token: matrix(samples, tokens, filters),
        /// K transposed; empty where keys are the tokens.
        pub(super) keys_by_entry: matrix(own_key_width, samples, tokens) if is_separate,
        /// dL/dS of one sample and then dL/dA before the scale, transposed.
        pub(super) d_weights: matrix(tokens, outputs),
        /// dL/dR transposed.
        pub(super) d_wanted: matrix(own_key_width, samples, outputs),
        /// R; empty where merged, unless codes that are part of the tokens are learned.
        pub(super) replies: matrix(samples, outputs, own_key_width) if keys_or_tokens_learn,
        /// dL/dK; empty where keys are the tokens.
        pub(super) d_keys: matrix(samples, tokens, own_key_width) if is_separate,
        /// dL/dZ of one sample; empty unless codes that are part of the tokens are learned.
        pub(super) d_tokens: matrix(tokens, token_width) if tokens_learn,
        /// dL/dU of one sample; empty unless queries are sums of codes that are learned.
        pub(super) d_queries: matrix(outputs, query_width) if sets_learn,
    }
}

layout! {
    /// Gradients of a batch, times the number of its samples. Of a matrix, the columns and rows that meet codes which all samples
    /// share are made of the sums below when they are asked for.
    pub(super) struct Sums at LayerSizes {
        pub(super) value: matrix(filters, token_width),
        /// Of W_KQ or W_Q.
        pub(super) query_map: matrix(key_width, query_width),
        /// Of W_K; empty where merged.
        pub(super) key: matrix(key_width, token_width) if is_separate,
        /// Empty unless they are learned.
        pub(super) codes: matrix(tokens, code_width) if learns_codes,
        /// Of what samples have in common, as [`Common`] has them; empty where that is nothing.
        pub(super) hidden: matrix(filters, tokens) if shares_codes,
        pub(super) keys: matrix(tokens, common_key_width) if shares_codes,
        pub(super) wanted: matrix(own_key_width, outputs) if shares_codes && tokens_ask,
        pub(super) logits: matrix(tokens, outputs) if shares_codes && tokens_ask && is_merged,
    }
}

impl<T: Scalar> Sums<'_, T> {
    /// Whether none of them overflowed.
    pub(super) fn are_finite(&self) -> bool {
        self.all().iter().all(|sums| all_finite(sums))
    }

    fn all(&self) -> [&[T]; 8] {
        let Self { value, query_map, key, codes, hidden, keys, wanted, logits } = self;
        [value, query_map, key, codes, hidden, keys, wanted, logits]
    }

    pub(super) fn clear(&mut self) {
        let Self { value, query_map, key, codes, hidden, keys, wanted, logits } = self;
        for sums in [value, query_map, key, codes, hidden, keys, wanted, logits] {
            sums.fill(T::ZERO);
        }
    }

    /// Those of one matrix; empty where the layer has none, or where it does not change.
    pub(super) fn get_mut(&mut self, shape: LayerShape, parameter: Parameter) -> &mut [T] {
        match parameter {
            Parameter::Value => self.value,
            Parameter::KeyQuery | Parameter::Query if shape.dimensions(parameter).is_some() => self.query_map,
            Parameter::KeyQuery | Parameter::Query => &mut [],
            Parameter::Key => self.key,
            Parameter::Codes => self.codes,
        }
    }

    /// [`Self::get_mut`], read only.
    pub(super) fn get(&self, shape: LayerShape, parameter: Parameter) -> &[T] {
        match parameter {
            Parameter::Value => self.value,
            Parameter::KeyQuery | Parameter::Query if shape.dimensions(parameter).is_some() => self.query_map,
            Parameter::KeyQuery | Parameter::Query => &[],
            Parameter::Key => self.key,
            Parameter::Codes => self.codes,
        }
    }
}
