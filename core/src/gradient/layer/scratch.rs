//! Working memory of training a layer.

use core::marker::PhantomData;

use crate::digest::{Seal, layer_identity};
use crate::error::Error;
use crate::gradient::batch_loss::BatchLoss;
use crate::layer::{Embedding, Forward, KeyQuery, LayerShape, LayerView, Parameter, Queries, Sizes, take};
use crate::matrix::check_length;
use crate::scalar::Scalar;

/// Elements of the memory that [`LayerScratchViewMut::new`] takes.
#[inline]
pub const fn layer_scratch_len(shape: LayerShape) -> usize {
    Forward::<f64>::len(shape) + Backward::<f64>::len(shape) + Sums::<f64>::len(shape)
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
        LayerScratchViewMut::cut(S::SHAPE, &mut self.memory, &mut self.batch_loss)
    }
}

/// Working memory of [`LayerSamples`](super::LayerSamples).
#[derive(Debug)]
pub struct LayerScratchViewMut<'a, T> {
    pub(super) shape: LayerShape,
    pub(super) forward: Forward<'a, T>,
    pub(super) backward: Backward<'a, T>,
    pub(super) sums: Sums<'a, T>,
    pub(super) batch_loss: &'a mut BatchLoss<T>,
}

impl<'a, T: Scalar> LayerScratchViewMut<'a, T> {
    /// Takes `memory` and `batch_loss` as working memory.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`layer_scratch_len`] elements.
    pub fn new(shape: LayerShape, memory: &'a mut [T], batch_loss: &'a mut BatchLoss<T>) -> Result<Self, Error> {
        check_length("scratch of a layer", memory, layer_scratch_len(shape))?;
        Ok(Self::cut(shape, memory, batch_loss))
    }

    /// What tells this batch of this layer from every other.
    pub(super) fn seal(&self, layer: LayerView<'_, T>) -> u64 {
        let mut seal = Seal::new();
        seal.word(layer_identity(layer));
        seal.word(self.batch_loss.count);
        seal.word(self.batch_loss.loss.to_bits_u64());
        for sums in [&*self.sums.value, &*self.sums.query_map, &*self.sums.key, &*self.sums.codes] {
            seal.scalars(sums);
        }
        seal.finish()
    }

    fn cut(shape: LayerShape, mut memory: &'a mut [T], batch_loss: &'a mut BatchLoss<T>) -> Self {
        let forward = Forward::cut(shape, &mut memory);
        let backward = Backward::cut(shape, &mut memory);
        Self { shape, forward, backward, sums: Sums::cut(shape, &mut memory), batch_loss }
    }
}

/// Gradients of one sample on their way to the parameters.
#[derive(Debug)]
pub(super) struct Backward<'a, T> {
    /// dL/dS and then dL/dA, `outputs x tokens`.
    pub(super) d_attention: &'a mut [T],
    /// dL/dH of a filter, one element a token.
    pub(super) d_hidden: &'a mut [T],
    /// dL/dU of a filter, one element an output.
    pub(super) d_output: &'a mut [T],
    /// dL/dZ, `tokens x token_width`; empty unless codes that are part of the tokens are learned.
    pub(super) d_tokens: &'a mut [T],
    /// dL/dK, `tokens x key_width`; empty where keys are the tokens.
    pub(super) d_keys: &'a mut [T],
    /// dL/dr of an output, `key_width`.
    pub(super) d_wanted: &'a mut [T],
    /// dL/du of an output, `query_width`; empty unless it is the sum of codes that are learned.
    pub(super) d_query: &'a mut [T],
}

impl<'a, T: Scalar> Backward<'a, T> {
    const fn lens(shape: LayerShape) -> [usize; 7] {
        let (sizes, learns) = (shape.shape(), shape.learns_codes());
        let d_tokens = match shape.form().embedding {
            Embedding::Concatenated | Embedding::Added if learns => shape.embedded().input_len(),
            _ => 0,
        };
        let d_keys = match shape.form().key_query {
            KeyQuery::Merged => 0,
            KeyQuery::Separate { keys } => sizes.tokens() * keys,
        };
        let d_query = match shape.form().queries {
            Queries::Sets if learns => shape.query_width(),
            _ => 0,
        };
        let (tokens, outputs) = (sizes.tokens(), sizes.outputs());
        [sizes.mixing_len(), tokens, outputs, d_tokens, d_keys, shape.key_width(), d_query]
    }

    const fn len(shape: LayerShape) -> usize {
        let [a, b, c, d, e, f, g] = Self::lens(shape);
        a + b + c + d + e + f + g
    }

    fn cut(shape: LayerShape, rest: &mut &'a mut [T]) -> Self {
        let [d_attention, d_hidden, d_output, d_tokens, d_keys, d_wanted, d_query] =
            Self::lens(shape).map(|len| take(rest, len));
        Self { d_attention, d_hidden, d_output, d_tokens, d_keys, d_wanted, d_query }
    }
}

/// Gradients of a batch, times the number of its samples.
#[derive(Debug)]
pub(super) struct Sums<'a, T> {
    pub(super) value: &'a mut [T],
    /// Of W_KQ or W_Q.
    pub(super) query_map: &'a mut [T],
    /// Of W_K; empty where merged.
    pub(super) key: &'a mut [T],
    /// Empty unless they are learned.
    pub(super) codes: &'a mut [T],
}

impl<'a, T: Scalar> Sums<'a, T> {
    const fn lens(shape: LayerShape) -> [usize; 4] {
        let codes = if shape.learns_codes() { shape.parameter_len(Parameter::Codes) } else { 0 };
        let query_map = shape.parameter_len(Parameter::KeyQuery) + shape.parameter_len(Parameter::Query);
        [shape.parameter_len(Parameter::Value), query_map, shape.parameter_len(Parameter::Key), codes]
    }

    pub(super) const fn len(shape: LayerShape) -> usize {
        let [value, query_map, key, codes] = Self::lens(shape);
        value + query_map + key + codes
    }

    pub(super) fn cut(shape: LayerShape, rest: &mut &'a mut [T]) -> Self {
        let [value, query_map, key, codes] = Self::lens(shape).map(|len| take(rest, len));
        Self { value, query_map, key, codes }
    }

    pub(super) fn clear(&mut self) {
        for sums in [&mut *self.value, &mut *self.query_map, &mut *self.key, &mut *self.codes] {
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
