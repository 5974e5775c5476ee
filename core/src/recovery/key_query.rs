//! How close W_KQ of a whole layer is to that of a teacher whose logits are finite, by all that answers can tell of it.
//!
//! The logits of a query u_j are `scale z_i^T B u_j`, with B = W_KQ or `W_K^T W_Q`, and a softmax over the tokens i takes no notice of a
//! number that is added to all of them. So B is identified as a bilinear form of what tokens and queries can be, up to a number for each
//! query: `B + n m^T` with any m gives the same answers where `z_i^T n` is the same number for every token. Content that is
//! drawn has no such n. Codes have: of orthonormal ones it is their sum. What no code is made of, because codes are fewer than their
//! entries or depend on each other, is not identified, either, as key or as query.
//!
//! With tokens of content x_i and codes p_i, B is four forms: content asked for by content, by position, position by content, by position,
//! which are blocks of B where codes stand beside content, and each is all of B where they are added. Their mean squares, over
//! content of mean zero, variance one and different tokens, and over all D positions, after the mean over keys of each query has
//! been taken away, are
//!
//! ```text
//! content,  content     |B_cc|^2
//! content,  position    1/D   sum_j  |B_cp p_j|^2
//! position, content     1/D   sum_i  |(p_i - p)^T B_pc|^2              p = mean of all codes
//! position, position    1/D^2 sum_ij ((p_i - p)^T B_pp p_j)^2
//! ```
//!
//! and their sum is a norm of what is identified, with an inner product of its own: distance and angle here are those. Codes that every
//! sample brings have mean zero and variance 1/c, so that nothing of them is lost: `1/c |B|^2` for each side. Queries that come as sets count as
//! their codes, queries that come as vectors as content.

use super::layer::{Closeness, Sums};
use crate::error::Error;
use crate::layer::{Codes, Embedding, LayerView, Parameter, Queries};
use crate::matrix::{Rows, check_length};
use crate::scalar::Scalar;

/// Compares W_KQ of a layer, or the product `W_K^T W_Q` of separate matrices, with `teacher`, `token_width x query_width`, keys by
/// queries, content first: root mean squares of logits over inputs of mean zero and variance one, of which those parts are
/// left out that no answer depends on: a number for each query, which a softmax does not see, and directions that no position code has.
/// The teacher's logits are those of the layer's scale: where it has another, its matrix is to be multiplied by the teacher's over the
/// layer's. Position codes are the layer's. Costs about `4 D^2 c^2` multiplications with codes of c entries and `d^2` with content, times h
/// more of separate matrices; sums in sequence.
///
/// # Errors
/// [`Error::Length`] for `teacher`.
pub fn key_query_recovery<T: Scalar>(layer: LayerView<'_, T>, teacher: &[T]) -> Result<Closeness<T>, Error> {
    let shape = layer.shape();
    let (tokens, queries) = (shape.token_width(), shape.query_width());
    check_length("W_KQ to compare with", teacher, tokens.saturating_mul(queries))?;
    let entry = |row: usize, col: usize| -> [T; 2] {
        let at = row * queries + col;
        let theirs = teacher.get(at).copied().unwrap_or(T::ZERO);
        if shape.dimensions(Parameter::Key).is_none() {
            return [layer.get(Parameter::KeyQuery).get(at).copied().unwrap_or(T::ZERO), theirs];
        }
        let keys = Rows::new(layer.get(Parameter::Key), tokens);
        let mut ours = T::ZERO;
        for (key, query) in keys.zip(Rows::new(layer.get(Parameter::Query), queries)) {
            if let (Some(&k), Some(&q)) = (key.get(row), query.get(col)) {
                ours += k * q;
            }
        }
        [ours, theirs]
    };
    // Entries of content and of position, which are the same ones where codes are added.
    let width = shape.code_width();
    let features = shape.shape().features();
    let embedded = match shape.form().embedding {
        Embedding::Content => (features, None),
        Embedding::Concatenated => (features, Some(features)),
        Embedding::Added => (features, Some(0)),
    };
    let (content, position) = embedded;
    let (asking, asked_from) = match shape.form().queries {
        Queries::Tokens => embedded,
        Queries::Sets => (0, Some(0)),
        Queries::Vectors { width } => (width, None),
    };
    let fresh = matches!(shape.form().codes, Codes::Fresh { .. });
    let codes = || Rows::new(layer.get(Parameter::Codes), width);
    let places = T::from_usize(if fresh { width.max(1) } else { shape.shape().tokens() });
    let mut sums = Sums::ZERO;
    // All keys of one query, of which `row` has the product with a row of B.
    let mut ask = |weight: T, row: &dyn Fn(usize) -> [T; 2]| {
        for k in 0..content {
            sums.add(row(k), weight);
        }
        let Some(first) = position else { return };
        if fresh {
            for k in first..first + width {
                sums.add(row(k), weight / places);
            }
            return;
        }
        let key = |code: &[T]| {
            let mut of = [T::ZERO; 2];
            for (k, &p) in code.iter().enumerate() {
                of = plus(of, p, row(first + k));
            }
            of
        };
        let mut mean = [T::ZERO; 2];
        for logits in codes().map(key) {
            mean = plus(mean, T::ONE / places, logits);
        }
        for logits in codes().map(key) {
            sums.add(plus(logits, -T::ONE, mean), weight / places);
        }
    };
    for k in 0..asking {
        ask(T::ONE, &|row| entry(row, k));
    }
    let Some(first) = asked_from else { return Ok(sums.closeness()) };
    if fresh {
        for k in first..first + width {
            ask(T::ONE / places, &|row| entry(row, k));
        }
    } else {
        for code in codes() {
            ask(T::ONE / places, &|row| {
                let mut of = [T::ZERO; 2];
                for (k, &p) in code.iter().enumerate() {
                    of = plus(of, p, entry(row, first + k));
                }
                of
            });
        }
    }
    Ok(sums.closeness())
}

/// `x + factor y`, of the layer and of the teacher.
fn plus<T: Scalar>([a, b]: [T; 2], factor: T, [c, d]: [T; 2]) -> [T; 2] {
    [a + factor * c, b + factor * d]
}
