//! Position codes of attention on positions alone, and its W_KQ under them.
//!
//! What trains is A, the logits: under orthonormal codes P, descent on W_KQ is descent on `A = P' W_KQ P / sqrt(D)`, whatever P, so that
//! the codes decide nothing but the W_KQ that is read back.

use tutee::Scalar;
use tutee::matrix::{MatrixView, MatrixViewMut};
use tutee::position::{codes, logits_to_kq};

use crate::failure::Ended;
use crate::matrices::rows;
use crate::memory::{LARGEST, Numbers, zeros};

/// Seed of position codes that are drawn: streams apart from those of teacher, samples and start.
pub const fn codes_seed(seed: u64) -> u64 {
    seed ^ 0xC0DE
}

/// Random orthonormal codes of so many tokens, a row a token: those of a layer with this seed.
///
/// # Errors
/// What the core refuses, or [`Ended::Memory`].
pub fn orthonormal_codes<T: Scalar>(tokens: usize, seed: u64) -> Result<Numbers<T>, Ended> {
    let mut elements = zeros(tokens * tokens)?;
    let view = MatrixViewMut::new("the position codes", &mut elements, tokens, tokens)?;
    codes::orthonormal(view, codes_seed(seed))?;
    Ok(elements)
}

/// The smallest W_KQ (`tokens x tokens`, keys by queries) with these logits (`outputs x tokens`) under codes that are the rows of `codes`, or unit
/// vectors: zero for queries without an output; none where there are more outputs than tokens, or it has more than [`LARGEST`] elements.
///
/// # Errors
/// What the core refuses, or [`Ended::Memory`].
pub fn w_kq<T: Scalar>(logits: &[T], tokens: usize, codes: Option<&[T]>) -> Result<Option<Vec<Vec<f64>>>, Ended> {
    let outputs = logits.len() / tokens.max(1);
    if outputs > tokens || tokens.saturating_mul(tokens) > LARGEST {
        return Ok(None);
    }
    let mut kq = zeros::<T>(tokens * tokens)?;
    match codes {
        // O(D J), where the general way takes the cube of D.
        None => {
            let root = T::from_usize(tokens).sqrt();
            for (key, row) in kq.chunks_mut(tokens).enumerate() {
                for (entry, logits) in row.iter_mut().zip(logits.chunks(tokens)) {
                    *entry = root * logits.get(key).copied().unwrap_or(T::ZERO);
                }
            }
        }
        Some(codes) => {
            // The core has a code a column.
            let mut position = zeros::<T>(tokens * tokens)?;
            for (component, row) in position.chunks_mut(tokens).enumerate() {
                for (entry, code) in row.iter_mut().zip(codes.chunks(tokens)) {
                    *entry = code.get(component).copied().unwrap_or(T::ZERO);
                }
            }
            let view = |what, elements, rows| MatrixView::new(what, elements, rows, tokens);
            let kq = MatrixViewMut::new("W_KQ", &mut kq, tokens, tokens)?;
            logits_to_kq(view("the position codes", &position, tokens)?, view("the logits", logits, outputs)?, kq)?;
        }
    }
    rows(&kq, tokens).map(Some)
}
