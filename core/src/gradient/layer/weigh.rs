//! From the gradient of the attention back to the parameters that it comes from.

use super::scratch::{Backward, Sums};
use crate::kernel::sequence::{add_multiples, add_outer};
use crate::kernel::softmax::d_softmax;
use crate::layer::{Embedding, LayerView, Parameter, Query, Weighed, each_set};
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;

/// Adds to the sums what `d_attention`, dL/dS of one sample, makes of the gradients of W_KQ, or W_K and W_Q, and of codes that are
/// learned; `d_tokens` has their gradient by way of the values. Costs twice what the way forward does, and half as much
/// again for codes that are learned.
pub(super) fn d_weigh<T: Scalar>(
    layer: LayerView<'_, T>,
    scale: T,
    query: Query<'_, T>,
    weighed: &Weighed<'_, T>,
    backward: &mut Backward<'_, T>,
    sums: &mut Sums<'_, T>,
) {
    let shape = layer.shape();
    let (tokens, outputs) = (shape.shape().tokens(), shape.shape().outputs());
    let (width, asked, key) = (shape.token_width(), shape.query_width(), shape.key_width());
    let Backward { d_attention, d_tokens, d_keys, d_wanted, d_query, .. } = backward;
    let merged = d_keys.is_empty();
    d_keys.fill(T::ZERO);
    let rows = Rows::new(weighed.attention, tokens).zip(RowsMut::new(d_attention, tokens));
    let asking = Rows::new(weighed.queries, asked).zip(Rows::new(weighed.wanted, key));
    for (j, ((s, d), (u, r))) in rows.zip(asking).enumerate() {
        d_softmax(s, d);
        for d in &mut *d {
            *d *= scale;
        }
        d_wanted.fill(T::ZERO);
        add_multiples(d, weighed.keys, d_wanted);
        add_outer(d_wanted, u, sums.query_map);
        add_outer(d, r, if merged { d_tokens } else { d_keys });
        match query {
            Query::Tokens => {
                if let Some(d_token) = RowsMut::new(d_tokens, width).nth(j) {
                    add_multiples(d_wanted, layer.query_map(), d_token);
                }
            }
            Query::Sets(sets) if !d_query.is_empty() => {
                d_query.fill(T::ZERO);
                add_multiples(d_wanted, layer.query_map(), d_query);
                let set = each_set(sets, outputs).nth(j).unwrap_or_default();
                for &token in set {
                    add_to_row(d_query, token, sums.codes);
                }
            }
            _ => {}
        }
    }
    let keys = Rows::new(d_keys, key).zip(Rows::new(weighed.tokens, width));
    for (i, (d_key, z)) in keys.enumerate() {
        add_outer(d_key, z, sums.key);
        if let Some(d_token) = RowsMut::new(d_tokens, width).nth(i) {
            add_multiples(d_key, layer.get(Parameter::Key), d_token);
        }
    }
    let position = match shape.form().embedding {
        Embedding::Concatenated => shape.shape().features(),
        Embedding::Content | Embedding::Added => 0,
    };
    for (d_code, d_token) in RowsMut::new(sums.codes, shape.code_width()).zip(Rows::new(d_tokens, width)) {
        for (to, &d) in d_code.iter_mut().zip(d_token.get(position..).unwrap_or_default()) {
            *to += d;
        }
    }
}

/// Adds to the row of a token.
fn add_to_row<T: Scalar>(d: &[T], token: u32, codes: &mut [T]) {
    let start = usize::try_from(token).ok().and_then(|token| token.checked_mul(d.len()));
    let row = start.and_then(|start| codes.get_mut(start..)).unwrap_or_default();
    for (to, &d) in row.iter_mut().zip(d) {
        *to += d;
    }
}
