//! From an input to the attention of every output.

use super::input::{LayerInput, Query, each_set};
use super::parameters::{LayerView, take};
use super::shape::{Embedding, KeyQuery, LayerShape, Parameter, Queries};
use crate::kernel::sequence::dots_in_sequence;
use crate::kernel::softmax::softmax;
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;

/// Working memory of one input on its way to the attention.
#[derive(Debug)]
pub(crate) struct Forward<'a, T> {
    /// Z, `tokens x token_width`; empty where the tokens are the input.
    tokens: &'a mut [T],
    /// U, `outputs x query_width`; empty where queries are tokens or come as vectors.
    queries: &'a mut [T],
    /// K, `tokens x key_width`; empty where the keys are the tokens.
    keys: &'a mut [T],
    /// R, what each output looks for, `outputs x key_width`.
    wanted: &'a mut [T],
    /// S, `outputs x tokens`.
    attention: &'a mut [T],
    /// A row of logits; free afterwards.
    pub(crate) row: &'a mut [T],
}

/// What [`weigh`] has made of an input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weighed<'a, T> {
    /// Z, `tokens x token_width`.
    pub(crate) tokens: &'a [T],
    /// U, `outputs x query_width`.
    pub(crate) queries: &'a [T],
    /// K, `tokens x key_width`.
    pub(crate) keys: &'a [T],
    /// R, `outputs x key_width`.
    pub(crate) wanted: &'a [T],
    /// S, `outputs x tokens`.
    pub(crate) attention: &'a [T],
}

impl<'a, T: Scalar> Forward<'a, T> {
    const fn lens(shape: LayerShape) -> [usize; 6] {
        let (outputs, tokens) = (shape.shape().outputs(), shape.shape().tokens());
        let queries = match shape.form().queries {
            Queries::Sets => outputs * shape.query_width(),
            Queries::Tokens | Queries::Vectors { .. } => 0,
        };
        let keys = match shape.form().key_query {
            KeyQuery::Merged => 0,
            KeyQuery::Separate { keys } => tokens * keys,
        };
        [shape.made_tokens_len(), queries, keys, outputs * shape.key_width(), shape.shape().mixing_len(), tokens]
    }

    pub(crate) const fn len(shape: LayerShape) -> usize {
        let [tokens, queries, keys, wanted, attention, row] = Self::lens(shape);
        tokens + queries + keys + wanted + attention + row
    }

    pub(crate) fn cut(shape: LayerShape, rest: &mut &'a mut [T]) -> Self {
        let [tokens, queries, keys, wanted, attention, row] = Self::lens(shape).map(|len| take(rest, len));
        Self { tokens, queries, keys, wanted, attention, row }
    }

    /// S.
    #[inline]
    pub(crate) const fn attention(&self) -> &[T] {
        self.attention
    }

    /// What has been made of `input`, and the row that is free.
    pub(crate) fn weighed<'s>(&'s mut self, input: &LayerInput<'s, T>) -> (Weighed<'s, T>, &'s mut [T]) {
        let Self { tokens, queries, keys, wanted, attention, row } = self;
        let tokens = if tokens.is_empty() { input.x } else { tokens };
        let queries = match input.query {
            Query::Tokens => tokens,
            Query::Sets(_) => queries,
            Query::Vectors(vectors) => vectors,
        };
        let keys = if keys.is_empty() { tokens } else { keys };
        (Weighed { tokens, queries, keys, wanted, attention }, row)
    }
}

/// `to_r = sum_i x_i y[r][i]`, one term after the other.
#[inline]
fn map<T: Scalar>(x: &[T], y: &[T], to: &mut [T]) {
    dots_in_sequence(x, y, |r, sum| {
        if let Some(to) = to.get_mut(r) {
            *to = sum;
        }
    });
}

/// Attention of an input that [`LayerInput::check`] accepts, and what leads to it. Costs about `J h (g + D)` multiplications
/// and additions (`h = e` where merged), `D h e` more where separate, and an exponential an element of S.
pub(crate) fn weigh<T: Scalar>(
    layer: LayerView<'_, T>,
    scale: T,
    input: &LayerInput<'_, T>,
    forward: &mut Forward<'_, T>,
) {
    let shape = layer.shape();
    let codes = if input.codes.is_empty() { layer.get(Parameter::Codes) } else { input.codes };
    let Forward { tokens, queries, keys, wanted, attention, row } = forward;
    let tokens = if tokens.is_empty() {
        input.x
    } else {
        embed(shape, input.x, codes, tokens);
        tokens
    };
    let queries = match input.query {
        Query::Tokens => tokens,
        Query::Sets(sets) => {
            gather(shape, sets, codes, queries);
            queries
        }
        Query::Vectors(vectors) => vectors,
    };
    let keys = if keys.is_empty() {
        tokens
    } else {
        for (z, k) in Rows::new(tokens, shape.token_width()).zip(RowsMut::new(keys, shape.key_width())) {
            map(z, layer.get(Parameter::Key), k);
        }
        keys
    };
    let outputs = Rows::new(queries, shape.query_width())
        .zip(RowsMut::new(wanted, shape.key_width()))
        .zip(RowsMut::new(attention, shape.shape().tokens()));
    for ((u, r), s) in outputs {
        map(u, layer.query_map(), r);
        map(r, keys, row);
        for logit in row.iter_mut() {
            *logit *= scale;
        }
        softmax(row, s);
    }
}

/// Tokens of content and codes.
fn embed<T: Scalar>(shape: LayerShape, x: &[T], codes: &[T], tokens: &mut [T]) {
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
