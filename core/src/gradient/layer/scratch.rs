//! Working memory of training a layer.

use core::marker::PhantomData;

use crate::digest::{Seal, layer_identity};
use crate::error::Error;
use crate::gradient::batch_loss::BatchLoss;
use crate::layer::{Common, Embedding, Forward, LayerShape, LayerView, Parameter, Queries, Sizes, common_lens, take};
use crate::matrix::all_finite;
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
    let common = Common::<f64>::len(shape) + Sums::<f64>::len(shape) + none;
    (one - none).saturating_mul(samples).saturating_add(common)
}

/// What so many samples take.
const fn of_samples(shape: LayerShape, samples: usize) -> usize {
    // Targets are as many as outputs, or one.
    let targets = samples * shape.shape().output_len();
    Forward::<f64>::len(shape, samples) + Backward::<f64>::len(shape, samples) + targets
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
        let before = Sums::<T>::len(shape) + Common::<T>::len(shape);
        let (start, len) = Forward::<T>::attention_place(shape, samples_in(shape, memory.len()));
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
        let sums = Sums::cut(shape, &mut memory);
        let common = Common::cut(shape, &mut memory);
        let forward = Forward::cut(shape, samples, &mut memory);
        let backward = Backward::cut(shape, samples, &mut memory);
        let targets = take(&mut memory, samples * shape.shape().output_len());
        Self { shape, samples, sums, common, forward, backward, targets, batch_loss }
    }
}

/// Gradients of some samples on their way to the parameters. Of tokens, queries and keys there are a sample's own entries.
#[derive(Debug)]
pub(super) struct Backward<'a, T> {
    /// dL/dH, `filters x samples x tokens`.
    pub(super) d_hidden: &'a mut [T],
    /// H transposed, `samples x tokens x filters`.
    pub(super) by_token: &'a mut [T],
    /// K transposed, `h x samples x tokens`; empty where keys are the tokens.
    pub(super) keys_by_entry: &'a mut [T],
    /// dL/dS of one sample and then dL/dA before the scale, transposed: `tokens x outputs`.
    pub(super) d_weights: &'a mut [T],
    /// dL/dR transposed, `entries of a key x samples x outputs`.
    pub(super) d_wanted: &'a mut [T],
    /// R, `samples x outputs x entries of a key`; empty where merged, unless codes that are part of the tokens are learned.
    pub(super) replies: &'a mut [T],
    /// dL/dK, `samples x tokens x h`; empty where keys are the tokens.
    pub(super) d_keys: &'a mut [T],
    /// dL/dZ of one sample, `tokens x token_width`; empty unless codes that are part of the tokens are learned.
    pub(super) d_tokens: &'a mut [T],
    /// dL/dU of one sample, `outputs x query_width`; empty unless queries are sums of codes that are learned.
    pub(super) d_queries: &'a mut [T],
}

impl<'a, T: Scalar> Backward<'a, T> {
    const fn lens(shape: LayerShape, samples: usize) -> [usize; 9] {
        let (sizes, learns) = (shape.shape(), shape.learns_codes());
        let d_tokens = match shape.form().embedding {
            Embedding::Concatenated | Embedding::Added if learns => shape.embedded().input_len(),
            _ => 0,
        };
        let d_queries = match shape.form().queries {
            Queries::Sets if learns => sizes.outputs() * shape.query_width(),
            _ => 0,
        };
        let (tokens, outputs, key) = (samples * sizes.tokens(), samples * sizes.outputs(), shape.own_key_width());
        let d_keys = if shape.is_merged() { 0 } else { tokens * key };
        let replies = if shape.is_merged() && d_tokens == 0 { 0 } else { outputs * key };
        let hidden = sizes.filters() * tokens;
        [hidden, hidden, d_keys, sizes.mixing_len(), outputs * key, replies, d_keys, d_tokens, d_queries]
    }

    const fn len(shape: LayerShape, samples: usize) -> usize {
        let [a, b, c, d, e, f, g, h, i] = Self::lens(shape, samples);
        a + b + c + d + e + f + g + h + i
    }

    fn cut(shape: LayerShape, samples: usize, rest: &mut &'a mut [T]) -> Self {
        let [d_hidden, by_token, keys_by_entry, d_weights, d_wanted, replies, d_keys, d_tokens, d_queries] =
            Self::lens(shape, samples).map(|len| take(rest, len));
        Self { d_hidden, by_token, keys_by_entry, d_weights, d_wanted, replies, d_keys, d_tokens, d_queries }
    }
}

/// Gradients of a batch, times the number of its samples. Of a matrix, the columns and rows that meet codes which all samples
/// share are made of the sums below when they are asked for.
#[derive(Debug)]
pub(super) struct Sums<'a, T> {
    pub(super) value: &'a mut [T],
    /// Of W_KQ or W_Q.
    pub(super) query_map: &'a mut [T],
    /// Of W_K; empty where merged.
    pub(super) key: &'a mut [T],
    /// Empty unless they are learned.
    pub(super) codes: &'a mut [T],
    /// Of what samples have in common, as [`Common`] has them; empty where that is nothing.
    pub(super) hidden: &'a mut [T],
    pub(super) keys: &'a mut [T],
    pub(super) wanted: &'a mut [T],
    pub(super) logits: &'a mut [T],
}

impl<'a, T: Scalar> Sums<'a, T> {
    const fn lens(shape: LayerShape) -> [usize; 8] {
        // In a loop: calls next to each other would become calls through a register on a chip, and no stack could be counted.
        let mut matrices = [0; Parameter::ALL.len()];
        let mut i = 0;
        while i < Parameter::ALL.len() {
            matrices[i] = shape.parameter_len(Parameter::ALL[i]);
            i += 1;
        }
        let [value, merged, key, query, codes] = matrices;
        let codes = if shape.learns_codes() { codes } else { 0 };
        let [hidden, keys, wanted, logits] = common_lens(shape);
        [value, merged + query, key, codes, hidden, keys, wanted, logits]
    }

    pub(super) const fn len(shape: LayerShape) -> usize {
        let [a, b, c, d, e, f, g, h] = Self::lens(shape);
        a + b + c + d + e + f + g + h
    }

    pub(super) fn cut(shape: LayerShape, rest: &mut &'a mut [T]) -> Self {
        let [value, query_map, key, codes, hidden, keys, wanted, logits] = Self::lens(shape).map(|len| take(rest, len));
        Self { value, query_map, key, codes, hidden, keys, wanted, logits }
    }

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
