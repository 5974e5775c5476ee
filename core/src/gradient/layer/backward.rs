//! The gradient of some samples that are worked on together: what is their own one after the other, and then every product with a
//! matrix of the layer as one product for all of them.

use super::scratch::{Backward, Sums};
use crate::kernel::product::outlined::{multiply, transposed};
use crate::kernel::product::{ByRows, ByTerms, Multiply, TermOrder, by};
use crate::kernel::softmax_columns::d_softmax_columns;
use crate::layer::{Common, Embedding, Forward, LayerSettings, LayerView, Parameter, each_set, from, from_mut};
use crate::matrix::{Blocks, BlocksMut, Rows, RowsMut};
use crate::pass::pass;
use crate::scalar::Scalar;
use crate::vector::{Vector, Work};

pass! {
    pub(super) fn accumulate(Microbatch<'b, 's: 'b>);
}

/// Some samples whose tokens and queries have been taken, and their targets; adds them to the sums of the batch.
#[derive(Debug)]
pub(super) struct Microbatch<'b, 's, T> {
    pub(super) layer: LayerView<'b, T>,
    pub(super) settings: LayerSettings<T>,
    pub(super) common: &'b Common<'s, T>,
    pub(super) forward: &'b mut Forward<'s, T>,
    pub(super) backward: &'b mut Backward<'s, T>,
    pub(super) sums: &'b mut Sums<'s, T>,
    pub(super) loss: &'b mut T,
    pub(super) samples: usize,
    /// Of all samples, one after the other.
    pub(super) targets: &'b [T],
    /// Of the only sample, where sets ask and codes are learned.
    pub(super) sets: &'b [u32],
}

impl<T: Scalar> Work for Microbatch<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(mut self, vector: V) {
        let (layer, samples, settings) = (self.layer, self.samples, self.settings);
        let shape = layer.shape();
        let attends = settings.trained.attends() || settings.trained.encoding;
        self.forward.project(vector, layer, self.common, samples);
        if !self.backward.replies.is_empty() {
            let (outputs, key) = (samples * shape.shape().outputs(), shape.own_key_width());
            let wanted = self.forward.wanted.get(..key * outputs).unwrap_or_default();
            transposed(vector, wanted, outputs, self.backward.replies, key);
        }
        if attends {
            let (tokens, filters) = (samples * shape.shape().tokens(), shape.shape().filters());
            let hidden = self.forward.hidden.get(..filters * tokens).unwrap_or_default();
            transposed(vector, hidden, tokens, self.backward.by_token, filters);
            let (keys, width) = (self.forward.keys(shape), shape.own_key_width());
            let keys = keys.get(..tokens * width).unwrap_or_default();
            transposed(vector, keys, width, self.backward.keys_by_entry, tokens);
        }
        let targets = Blocks::new(self.targets, settings.targets_len(shape));
        for (sample, targets) in targets.take(samples).enumerate() {
            self.forward.attend(vector, (layer, settings.scale), self.common, (sample, samples));
            self.values(vector, sample, targets);
            if attends {
                self.attention(vector, sample);
                self.learn_codes(vector, sample);
            }
        }
        self.add_products(vector, attends);
    }
}

impl<T: Scalar> Microbatch<'_, '_, T> {
    /// From the outputs of a sample to G and dH.
    #[inline(always)]
    fn values<V: Vector>(&mut self, vector: V, sample: usize, targets: &[T]) {
        let sizes = self.layer.shape().shape();
        let (filters, tokens, outputs) = (sizes.filters(), sizes.tokens(), sizes.outputs());
        let all_tokens = self.samples * tokens;
        let Forward { outputs: u, attention, .. } = &mut *self.forward;
        for (m, u) in RowsMut::new(u, outputs).enumerate() {
            *self.loss += self.settings.loss.respond(self.settings.activation, u, targets, (m, filters));
        }
        let d_hidden = from_mut(self.backward.d_hidden, sample * tokens);
        let product =
            Multiply::new(ByRows(by(u, outputs)), by(attention, tokens), &mut *d_hidden, (filters, outputs, tokens));
        multiply(vector, Multiply { to_stride: all_tokens, ..product });
        add_rows(d_hidden, all_tokens, self.sums.hidden, tokens);
    }

    /// From G of a sample to dA, dR and, where separate, dK.
    #[inline(always)]
    fn attention<V: Vector>(&mut self, vector: V, sample: usize) {
        let shape = self.layer.shape();
        let (filters, tokens, outputs) = (shape.shape().filters(), shape.shape().tokens(), shape.shape().outputs());
        let (all_tokens, all_outputs) = (self.samples * tokens, self.samples * outputs);
        let (asked, key) = (shape.own_query_width(), shape.own_key_width());
        let (forward, backward, sums) = (&*self.forward, &mut *self.backward, &mut *self.sums);
        let d = &mut *backward.d_weights;
        let hidden = ByRows(by(from(backward.by_token, sample * tokens * filters), filters));
        multiply(vector, Multiply::new(hidden, by(forward.outputs, outputs), &mut *d, (tokens, filters, outputs)));
        d_softmax_columns(vector, self.settings.scale, outputs, forward.weights, d);
        add(d, sums.logits);

        let keys = if shape.is_merged() { &*forward.by_entry } else { &*backward.keys_by_entry };
        let keys = ByRows(by(from(keys, sample * tokens), all_tokens));
        let d_wanted = from_mut(backward.d_wanted, sample * outputs);
        let product = Multiply::new(keys, by(d, outputs), &mut *d_wanted, (key, tokens, outputs));
        multiply(vector, Multiply { to_stride: all_outputs, ..product });
        add_rows(d_wanted, all_outputs, sums.wanted, outputs);

        let d = ByRows(by(d, outputs));
        if !shape.is_merged() {
            let replies = by(from(backward.replies, sample * outputs * key), key);
            let d_keys = from_mut(backward.d_keys, sample * tokens * key);
            multiply(vector, Multiply::new(d, replies, &mut *d_keys, (tokens, outputs, key)));
            add(d_keys, sums.keys);
        } else if !sums.keys.is_empty() {
            let queries = by(from(forward.queries(shape), sample * outputs * asked), asked);
            multiply(vector, Multiply::new(d, queries, sums.keys, (tokens, outputs, asked)).onward());
        }
    }

    /// From the gradients of a sample to those of codes that are learned.
    #[inline(always)]
    fn learn_codes<V: Vector>(&mut self, vector: V, sample: usize) {
        let shape = self.layer.shape();
        let (filters, tokens, outputs) = (shape.shape().filters(), shape.shape().tokens(), shape.shape().outputs());
        let (all_tokens, all_outputs) = (self.samples * tokens, self.samples * outputs);
        let (token, asked, key) = (shape.own_token_width(), shape.own_query_width(), shape.own_key_width());
        let (layer, backward, sums) = (self.layer, &mut *self.backward, &mut *self.sums);
        let d_wanted = ByTerms(by(from(backward.d_wanted, sample * outputs), all_outputs), TermOrder::IN_ORDER);
        let map = by(layer.query_map(), asked);
        let d_tokens = &mut *backward.d_tokens;
        if !d_tokens.is_empty() {
            let d_hidden = ByTerms(by(from(backward.d_hidden, sample * tokens), all_tokens), TermOrder::IN_ORDER);
            let value = by(layer.get(Parameter::Value), token);
            multiply(vector, Multiply::new(d_hidden, value, &mut *d_tokens, (tokens, filters, token)));
            if shape.is_merged() {
                let (d, replies) =
                    (ByRows(by(backward.d_weights, outputs)), from(backward.replies, sample * outputs * key));
                let product = Multiply::new(d, by(replies, key), &mut *d_tokens, (tokens, outputs, key));
                multiply(vector, product.onward());
            } else {
                let d_keys = ByRows(by(from(backward.d_keys, sample * tokens * key), key));
                let product =
                    Multiply::new(d_keys, by(layer.get(Parameter::Key), token), &mut *d_tokens, (tokens, key, token));
                multiply(vector, product.onward());
            }
            if shape.tokens_ask() {
                multiply(vector, Multiply::new(d_wanted, map, &mut *d_tokens, (outputs, key, asked)).onward());
            }
            let position = match shape.form().embedding {
                Embedding::Concatenated => shape.shape().features(),
                Embedding::Content | Embedding::Added => 0,
            };
            for (d_code, d_token) in RowsMut::new(sums.codes, shape.code_width()).zip(Rows::new(d_tokens, token)) {
                add(from(d_token, position), d_code);
            }
        }
        let d_queries = &mut *backward.d_queries;
        if !d_queries.is_empty() {
            multiply(vector, Multiply::new(d_wanted, map, &mut *d_queries, (outputs, key, asked)));
            for (set, d_query) in each_set(self.sets, outputs).zip(Rows::new(d_queries, asked)) {
                for &token in set {
                    add_to_row(d_query, token, sums.codes);
                }
            }
        }
    }

    /// Goes on with the sums of the matrices, of which every sample has its own entries of tokens and queries.
    #[inline(always)]
    fn add_products<V: Vector>(&mut self, vector: V, attends: bool) {
        let shape = self.layer.shape();
        let (filters, tokens, outputs) =
            (shape.shape().filters(), self.samples * shape.shape().tokens(), self.samples * shape.shape().outputs());
        let (token, asked, key) = (shape.own_token_width(), shape.own_query_width(), shape.own_key_width());
        let (forward, backward, sums) = (&*self.forward, &*self.backward, &mut *self.sums);
        let z = by(forward.tokens, token);
        let product = Multiply::new(ByRows(by(backward.d_hidden, tokens)), z, sums.value, (filters, tokens, token));
        multiply(vector, Multiply { to_stride: shape.token_width(), ..product.onward() });
        if !attends {
            return;
        }
        let queries = by(forward.queries(shape), asked);
        let d_wanted = ByRows(by(backward.d_wanted, outputs));
        let product = Multiply::new(d_wanted, queries, sums.query_map, (key, outputs, asked));
        multiply(vector, Multiply { to_stride: shape.query_width(), ..product.onward() });
        if !shape.is_merged() {
            let d_keys = ByTerms(by(backward.d_keys, key), TermOrder::IN_ORDER);
            let product = Multiply::new(d_keys, z, sums.key, (key, tokens, token));
            multiply(vector, Multiply { to_stride: shape.token_width(), ..product.onward() });
        }
    }
}

pass! {
    pub(super) fn complete(Complete<'b, 's: 'b>);
}

/// Turns the sums that samples have in common into what they add to the gradients of the matrices: see [`Common`]. May be done
/// as often as is asked for.
#[derive(Debug)]
pub(super) struct Complete<'b, 's, T> {
    pub(super) layer: LayerView<'b, T>,
    /// Of [`Common`].
    pub(super) room: &'b mut [T],
    pub(super) sums: &'b mut Sums<'s, T>,
}

impl<T: Scalar> Work for Complete<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) {
        let Self { layer, room, sums } = self;
        let shape = layer.shape();
        if !shape.shares_codes() {
            return;
        }
        let (filters, tokens, outputs) = (shape.shape().filters(), shape.shape().tokens(), shape.shape().outputs());
        let (token, asked, keys, width) =
            (shape.token_width(), shape.query_width(), shape.key_width(), shape.code_width());
        let (own_token, own_query, own_key) = (shape.own_token_width(), shape.own_query_width(), shape.own_key_width());
        let codes = by(layer.get(Parameter::Codes), width);
        let by_terms = ByTerms(codes, TermOrder::IN_ORDER);
        let Sums { value, query_map, key, hidden, keys: d_keys, wanted, logits, .. } = sums;

        let product =
            Multiply::new(ByRows(by(hidden, tokens)), codes, from_mut(value, own_token), (filters, tokens, width));
        multiply(vector, Multiply { to_stride: token, ..product });
        if !wanted.is_empty() {
            let to = from_mut(query_map, own_query);
            let product = Multiply::new(ByRows(by(wanted, outputs)), codes, to, (own_key, outputs, width));
            multiply(vector, Multiply { to_stride: asked, ..product });
        }
        if shape.is_merged() {
            let of_codes = from_mut(query_map, own_token * asked);
            let product = Multiply::new(by_terms, by(d_keys, own_query), &mut *of_codes, (width, tokens, own_query));
            multiply(vector, Multiply { to_stride: asked, ..product });
            if !logits.is_empty() {
                let product = Multiply::new(ByRows(by(logits, outputs)), codes, &mut *room, (tokens, outputs, width));
                multiply(vector, product);
                let to = from_mut(of_codes, own_query);
                let product = Multiply::new(by_terms, by(room, width), to, (width, tokens, width));
                multiply(vector, Multiply { to_stride: asked, ..product });
            }
        } else {
            let d_keys = ByTerms(by(d_keys, keys), TermOrder::IN_ORDER);
            let product = Multiply::new(d_keys, codes, from_mut(key, own_token), (keys, tokens, width));
            multiply(vector, Multiply { to_stride: token, ..product });
        }
    }
}

/// `to_i += from_i`.
#[inline(always)]
fn add<T: Scalar>(from: &[T], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

/// Adds the first `len` elements of every row, with `stride` elements from one row to the next.
#[inline(always)]
fn add_rows<T: Scalar>(from: &[T], stride: usize, to: &mut [T], len: usize) {
    for (from, to) in Blocks::new(from, stride).zip(BlocksMut::new(to, len)) {
        add(from, to);
    }
}

/// Adds to the row of a token.
fn add_to_row<T: Scalar>(d: &[T], token: u32, codes: &mut [T]) {
    let start = usize::try_from(token).ok().and_then(|token| token.checked_mul(d.len()));
    add(d, start.and_then(|start| codes.get_mut(start..)).unwrap_or_default());
}
