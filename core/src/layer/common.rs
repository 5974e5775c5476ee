//! What all samples of a batch have in common.
//!
//! Where tokens are `z_i = [x_i; p_i]` with codes `p_i` that stand, whatever takes codes alone is the same for every sample, and
//! with the columns of each matrix named by what they meet, x or p,
//!
//! ```text
//! H_mi = w_m,x x_i + (w_m,p p_i)
//! merged      A_ji = <x_i, r_j> + <(c_i), u_j> + (p_i^T W_pp q_j)       r_j = W_xx u_j + (W_xp q_j),    (c_i = W_px^T p_i)
//! separate    A_ji = <k_i, r_j>        k_i = W_K,x x_i + (W_K,p p_i)    r_j = W_Q,x u_j + (W_Q,p q_j)
//! ```
//!
//! of which the parts in brackets are computed once a batch (`u_j` and `q_j` are content and code of what asks), and their
//! gradients are summed over samples before codes turn them into those of the matrices. A sample then takes products with
//! `d` entries of a token and not with `d + c`.

use super::parameters::LayerView;
use super::shape::Parameter;
use super::sizes::LayerSizes;
use crate::kernel::product::outlined::{multiply, transposed};
use crate::kernel::product::{ByRows, Multiply, by};
use crate::memory::layout;
use crate::scalar::Scalar;
use crate::vector::Vector;

layout! {
    /// See the module. All but `key` is empty where samples have no codes in common.
    pub(crate) struct Common at LayerSizes {
        /// P^T.
        codes: matrix(code_width, tokens) if shares_codes,
        /// Working memory; merged only, where tokens ask.
        pub(crate) room: matrix(code_width, tokens) if shares_codes && tokens_ask && is_merged,
        /// W_K^T; separate only.
        pub(crate) key: matrix(token_width, key_width) if is_separate,
        /// What codes add to H.
        pub(crate) hidden: matrix(filters, tokens) if shares_codes,
        /// Merged: the `c_i`, a sample's own entries of a query each. Separate: what codes add to the keys.
        pub(crate) keys: matrix(tokens, common_key_width) if shares_codes,
        /// What codes add to what the outputs look for; where tokens ask.
        pub(crate) wanted: matrix(own_key_width, outputs) if shares_codes && tokens_ask,
        /// The logits of codes alone; merged only, where tokens ask.
        pub(crate) logits: matrix(tokens, outputs) if shares_codes && tokens_ask && is_merged,
    }
}

impl<T: Scalar> Common<'_, T> {
    /// Computes everything for a layer as it stands.
    #[inline(always)]
    pub(crate) fn fill<V: Vector>(&mut self, vector: V, layer: LayerView<'_, T>) {
        let shape = layer.shape();
        let (sizes, width, keys) = (shape.shape(), shape.code_width(), shape.key_width());
        let (token, asked) = (shape.token_width(), shape.query_width());
        let (own_token, own_query, own_key) = (shape.own_token_width(), shape.own_query_width(), shape.own_key_width());
        let (tokens, outputs) = (sizes.tokens(), sizes.outputs());
        let Self { codes, room, key, hidden, keys: common_keys, wanted, logits } = self;
        if !key.is_empty() {
            transposed(vector, layer.get(Parameter::Key), token, key, keys);
        }
        if codes.is_empty() {
            return;
        }
        let positions = layer.get(Parameter::Codes);
        transposed(vector, positions, width, codes, tokens);
        let value = ByRows(by(from(layer.get(Parameter::Value), own_token), token));
        multiply(vector, Multiply::new(value, by(codes, tokens), hidden, (sizes.filters(), width, tokens)));
        let map = layer.query_map();
        let positions = ByRows(by(positions, width));
        if shape.is_merged() {
            let of_codes = from(map, own_token * asked);
            multiply(vector, Multiply::new(positions, by(of_codes, asked), common_keys, (tokens, width, own_query)));
            if !logits.is_empty() {
                let both = ByRows(by(from(of_codes, own_query), asked));
                multiply(vector, Multiply::new(both, by(codes, tokens), room, (width, width, outputs)));
                multiply(vector, Multiply::new(positions, by(room, outputs), logits, (tokens, width, outputs)));
            }
        } else {
            let of_codes = from(key, own_token * keys);
            multiply(vector, Multiply::new(positions, by(of_codes, keys), common_keys, (tokens, width, keys)));
        }
        if !wanted.is_empty() {
            let of_codes = ByRows(by(from(map, own_query), asked));
            multiply(vector, Multiply::new(of_codes, by(codes, tokens), wanted, (own_key, width, outputs)));
        }
    }
}

/// What of a matrix comes from an element on.
#[inline(always)]
pub(crate) fn from<T>(matrix: &[T], first: usize) -> &[T] {
    matrix.get(first..).unwrap_or_default()
}

/// [`from`], to be changed.
#[inline(always)]
pub(crate) fn from_mut<T>(matrix: &mut [T], first: usize) -> &mut [T] {
    matrix.get_mut(first..).unwrap_or_default()
}
