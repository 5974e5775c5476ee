//! Position encodings.

use tutee::matrix::MatrixViewMut;
use tutee::shape::MAX_DIMENSION;
use tutee::{Scalar, position};

use super::product;
use crate::environment;
use crate::memory::Output;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::tutee_encoding;

/// Fills in an orthonormal encoding of `tokens` tokens.
///
/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn fill<T: Scalar>(encoding: i32, tokens: u32, seed: u64, (out, n_out): (*mut T, usize)) -> Outcome {
    environment::check()?;
    const ENCODINGS: [tutee_encoding; 5] = [
        tutee_encoding::TUTEE_ENCODING_IDENTITY,
        tutee_encoding::TUTEE_ENCODING_SINUSOIDAL,
        tutee_encoding::TUTEE_ENCODING_HADAMARD,
        tutee_encoding::TUTEE_ENCODING_COSINE,
        tutee_encoding::TUTEE_ENCODING_RANDOM,
    ];
    let name = ENCODINGS.into_iter().find(|&name| name as i32 == encoding).ok_or(TUTEE_ERROR_ENUM)?;
    let tokens = usize::try_from(tokens).map_err(|_| TUTEE_ERROR_TOO_LARGE)?;
    match tokens {
        0 => return Err(TUTEE_ERROR_ZERO),
        tokens if tokens > MAX_DIMENSION => return Err(TUTEE_ERROR_TOO_LARGE),
        _ => {}
    }
    let out = Output::new(out, n_out, product(tokens, tokens)?)?;
    // SAFETY: as promised; nothing else is borrowed.
    let matrix = MatrixViewMut::new("position encoding", unsafe { out.slice() }, tokens, tokens)?;
    Ok(match name {
        tutee_encoding::TUTEE_ENCODING_IDENTITY => position::identity(matrix),
        tutee_encoding::TUTEE_ENCODING_SINUSOIDAL => position::sinusoidal(matrix),
        tutee_encoding::TUTEE_ENCODING_HADAMARD => position::hadamard(matrix),
        tutee_encoding::TUTEE_ENCODING_COSINE => position::cosine(matrix),
        tutee_encoding::TUTEE_ENCODING_RANDOM => position::random_orthonormal(matrix, seed),
    }?)
}
