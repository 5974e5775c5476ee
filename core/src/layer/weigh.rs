//! From inputs to the attention of every output, and on to what the outputs get: some samples together, each product of all of
//! them where the matrices are common, and one sample after the other where they are its own.

use super::common::{Common, from, from_mut};
use super::input::{LayerInput, Query, each_set};
use super::parameters::LayerView;
use super::shape::{Embedding, LayerShape, Parameter};
use super::sizes::LayerSizes;
use crate::kernel::product::outlined::{multiply, transposed};
use crate::kernel::product::{ByRows, Multiply, by};
use crate::kernel::softmax_columns::softmax_columns;
use crate::matrix::{Rows, RowsMut, copy};
use crate::memory::layout;
use crate::scalar::Scalar;
use crate::vector::Vector;

layout! {
    /// Working memory of some samples on their way to the attention. Of tokens, queries and keys it has a sample's own entries.
    pub(crate) struct Forward at LayerSizes {
        /// Z.
        pub(crate) tokens: matrix(samples, tokens, own_token_width),
        /// U; empty where the tokens ask.
        queries: matrix(samples, outputs, own_query_width) if others_ask,
        /// Z transposed.
        pub(crate) by_entry: matrix(own_token_width, samples, tokens),
        /// U transposed; empty where the tokens ask.
        asking: matrix(own_query_width, samples, outputs) if others_ask,
        /// K; empty where keys are the tokens.
        keys: matrix(samples, tokens, key_width) if is_separate,
        /// What each output looks for, R transposed.
        pub(crate) wanted: matrix(own_key_width, samples, outputs),
        /// H.
        pub(crate) hidden: matrix(filters, samples, tokens),
        /// S of one sample transposed.
        pub(crate) weights: matrix(tokens, outputs),
        /// S of one sample.
        pub(crate) attention: matrix(outputs, tokens),
        /// The outputs of one sample before the activation.
        pub(crate) outputs: matrix(filters, outputs),
    }
    /// Where [`Self::attention`] stands in memory that was cut by [`Self::cut`], and its elements.
    pub(crate) const fn attention_place of attention;
}

impl<T: Scalar> Forward<'_, T> {
    /// S of the last sample.
    #[inline]
    pub(crate) const fn attention(&self) -> &[T] {
        self.attention
    }

    /// U by rows.
    #[inline(always)]
    pub(crate) fn queries(&self, shape: LayerShape) -> &[T] {
        if shape.tokens_ask() { self.tokens } else { self.queries }
    }

    /// K by rows.
    #[inline(always)]
    pub(crate) fn keys(&self, shape: LayerShape) -> &[T] {
        if shape.is_merged() { self.tokens } else { self.keys }
    }

    /// Makes an input that [`LayerInput::check`] accepts the sample number `sample`.
    pub(crate) fn take(&mut self, layer: LayerView<'_, T>, input: &LayerInput<'_, T>, sample: usize) {
        let shape = layer.shape();
        let codes = if input.codes.is_empty() { layer.get(Parameter::Codes) } else { input.codes };
        let (width, asked) = (shape.own_token_width(), shape.own_query_width());
        let tokens = from_mut(self.tokens, sample * shape.shape().tokens() * width);
        embed(shape, input.x, codes, tokens);
        let queries = from_mut(self.queries, sample * shape.shape().outputs() * asked);
        match input.query {
            Query::Tokens => {}
            Query::Sets(sets) => gather(shape, sets, codes, queries),
            Query::Vectors(vectors) => copy(vectors, queries),
        }
    }

    /// From the first `samples` samples to H, K and R. Costs `M D e + J h g` multiplications and additions a sample, `D h e` more
    /// where separate, with a sample's own entries for e, g and, where merged, h.
    #[inline(always)]
    pub(crate) fn project<V: Vector>(
        &mut self,
        vector: V,
        layer: LayerView<'_, T>,
        common: &Common<'_, T>,
        samples: usize,
    ) {
        let shape = layer.shape();
        let sizes = shape.shape();
        let (filters, tokens, outputs) = (sizes.filters(), samples * sizes.tokens(), samples * sizes.outputs());
        let (token, asked, key) = (shape.own_token_width(), shape.own_query_width(), shape.own_key_width());
        let Self { tokens: z, queries, by_entry, asking, keys, wanted, hidden, .. } = self;
        let z = z.get(..tokens * token).unwrap_or_default();
        transposed(vector, z, token, by_entry, tokens);
        if !shape.tokens_ask() {
            transposed(vector, queries.get(..outputs * asked).unwrap_or_default(), asked, asking, outputs);
        }
        let (by_entry, asking) = (&**by_entry, &**asking);
        let asking = if shape.tokens_ask() { by_entry } else { asking };

        repeat_in_rows(common.hidden, sizes.tokens(), samples, hidden);
        let value = ByRows(by(layer.get(Parameter::Value), shape.token_width()));
        let product = Multiply::new(value, by(by_entry, tokens), hidden, (filters, token, tokens));
        multiply(vector, Multiply { onward: !common.hidden.is_empty(), ..product });
        if !shape.is_merged() {
            for keys in RowsMut::new(keys, common.keys.len()).take(samples) {
                copy(common.keys, keys);
            }
            let product = Multiply::new(ByRows(by(z, token)), by(common.key, key), keys, (tokens, token, key));
            multiply(vector, Multiply { onward: !common.keys.is_empty(), ..product });
        }
        repeat_in_rows(common.wanted, sizes.outputs(), samples, wanted);
        let map = ByRows(by(layer.query_map(), shape.query_width()));
        let product = Multiply::new(map, by(asking, outputs), wanted, (key, asked, outputs));
        multiply(vector, Multiply { onward: !common.wanted.is_empty(), ..product });
    }

    /// From H, K and R of sample `sample` of `samples` to its attention and its outputs before the activation. Costs `J D (h + M)`
    /// multiplications and additions, `J D g` more where merged and codes are shared, and an exponential an element of S.
    #[inline(always)]
    pub(crate) fn attend<V: Vector>(
        &mut self,
        vector: V,
        (layer, scale): (LayerView<'_, T>, T),
        common: &Common<'_, T>,
        (sample, samples): (usize, usize),
    ) {
        let shape = layer.shape();
        let (filters, tokens, outputs) = (shape.shape().filters(), shape.shape().tokens(), shape.shape().outputs());
        let (token, asked, key) = (shape.own_token_width(), shape.own_query_width(), shape.own_key_width());
        let (all_tokens, all_outputs) = (samples * tokens, samples * outputs);
        let Self { tokens: z, by_entry, asking, keys, wanted, hidden, weights, attention, outputs: u, .. } = self;
        let mut onward = !common.logits.is_empty();
        copy(common.logits, weights);
        if shape.is_merged() && !common.keys.is_empty() {
            let asking = if shape.tokens_ask() { by_entry } else { asking };
            let right = by(from(asking, sample * outputs), all_outputs);
            let product = Multiply::new(ByRows(by(common.keys, asked)), right, weights, (tokens, asked, outputs));
            multiply(vector, Multiply { onward, ..product });
            onward = true;
        }
        let (keys, width) = if shape.is_merged() { (z, token) } else { (keys, key) };
        let keys = ByRows(by(from(keys, sample * tokens * width), width));
        let right = by(from(wanted, sample * outputs), all_outputs);
        let product = Multiply::new(keys, right, weights, (tokens, key, outputs));
        multiply(vector, Multiply { onward, ..product });
        softmax_columns(vector, scale, outputs, weights);
        transposed(vector, weights, outputs, attention, tokens);
        let hidden = ByRows(by(from(hidden, sample * tokens), all_tokens));
        multiply(vector, Multiply::new(hidden, by(weights, outputs), u, (filters, tokens, outputs)));
    }
}

/// To every row of `to` the row of `from`, which has `len` elements, so many times; nothing if `from` is empty.
#[inline(always)]
fn repeat_in_rows<T: Copy>(from: &[T], len: usize, times: usize, to: &mut [T]) {
    for (from, to) in Rows::new(from, len).zip(RowsMut::new(to, len * times)) {
        for to in RowsMut::new(to, len) {
            copy(from, to);
        }
    }
}

/// Tokens of content and codes, without codes that all samples share.
fn embed<T: Scalar>(shape: LayerShape, x: &[T], codes: &[T], tokens: &mut [T]) {
    if shape.tokens_are_inputs() {
        copy(x, tokens);
        return;
    }
    let features = shape.shape().features();
    let rows = Rows::new(x, features).zip(Rows::new(codes, shape.code_width()));
    for (token, (x, code)) in RowsMut::new(tokens, shape.token_width()).zip(rows) {
        if shape.form().embedding == Embedding::Concatenated {
            for (to, &from) in token.iter_mut().zip(x.iter().chain(code)) {
                *to = from;
            }
        } else {
            for ((to, &x), &code) in token.iter_mut().zip(x).zip(code) {
                *to = x + code;
            }
        }
    }
}

/// The sum of the codes of each set, in its order.
fn gather<T: Scalar>(shape: LayerShape, sets: &[u32], codes: &[T], queries: &mut [T]) {
    let width = shape.code_width();
    for (set, query) in each_set(sets, shape.shape().outputs()).zip(RowsMut::new(queries, width)) {
        query.fill(T::ZERO);
        for code in set.iter().filter_map(|&token| row_of(codes, width, token)) {
            for (to, &from) in query.iter_mut().zip(code) {
                *to += from;
            }
        }
    }
}

/// The row of a token.
#[inline]
fn row_of<T>(matrix: &[T], width: usize, token: u32) -> Option<&[T]> {
    let start = usize::try_from(token).ok()?.checked_mul(width)?;
    matrix.get(start..)?.get(..width)
}
