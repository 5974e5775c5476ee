//! Position encodings, and the way between the attention logits that training holds and the matrix W_KQ of the paper.
//!
//! A position encoding P is a `tokens x tokens` matrix, row-major, whose column t is the encoding `p_t` of token t:
//! `P[i][t]` is its component i. Here P is orthonormal, `P^T P = I`; [`identity`], [`sinusoidal`], [`hadamard`],
//! [`cosine`] and [`random_orthonormal`] fill one in place.
//!
//! The query of output j is the encoding of token j, so that there are at most as many outputs as tokens.
//!
//! ```text
//! A[j][t] = <p_t, W_KQ p_j> / sqrt(D)              the logits, `outputs x tokens`; the attention is their row softmax
//! W_KQ    = sqrt(D) sum_{j,t} A[j][t] p_t p_j^T    the smallest W_KQ (in the Frobenius norm) with these logits
//! ```
//!
//! The transpose of A is `P^T W_KQ P / sqrt(D)`, cut down to J columns.
//!
//! # Why training may hold the logits
//!
//! The loss depends on W_KQ through A alone. With G = dL/dA the chain rule gives
//! `dL/dW_KQ = sum_{j,t} G[j][t] p_t p_j^T / sqrt(D)`, so that a step of rate r on W_KQ moves a logit by
//!
//! ```text
//! -r <p_t, dL/dW_KQ p_j> / sqrt(D) = -(r/D) sum_{k,u} G[k][u] <p_t, p_u> <p_k, p_j> = -(r/D) G[j][t],
//! ```
//!
//! for every orthonormal P alike. From zero, W_KQ stays in the span of the `p_t p_j^T`, where the smallest W_KQ is the
//! only one: [`logits_to_kq`] gives what training W_KQ itself would have given.

mod encoding;
mod kq;

pub use encoding::{cosine, hadamard, identity, random_orthonormal, sinusoidal};
pub use kq::{kq_to_logits, logits_to_kq};

use crate::error::Error;
use crate::matrix::MatrixView;
use crate::scalar::Scalar;

/// How far the columns of `position` are from orthonormal: the largest magnitude in `P^T P - I`. Not finite when an
/// entry of that is not. Takes `O(D^3)`.
pub fn orthonormality_error<T: Scalar>(position: MatrixView<'_, T>) -> T {
    let mut worst = T::ZERO;
    for a in 0..position.cols() {
        for b in 0..=a {
            let mut inner = T::ZERO;
            for row in position.iter_rows() {
                if let (Some(&x), Some(&y)) = (row.get(a), row.get(b)) {
                    inner += x * y;
                }
            }
            let error = (inner - if a == b { T::ONE } else { T::ZERO }).abs();
            if !error.is_finite() {
                return error;
            }
            worst = worst.larger(error);
        }
    }
    worst
}

/// The largest [`orthonormality_error`] of a `tokens x tokens` encoding that [`logits_to_kq`] accepts:
/// `64 D EPSILON`, well above what rounding makes of the encodings in this file and well below any mistake.
pub fn orthonormality_tolerance<T: Scalar>(tokens: usize) -> T {
    T::from_u32(64) * T::from_usize(tokens) * T::EPSILON
}

/// The number of tokens of a square encoding.
fn check_square<T: Scalar>(position: MatrixView<'_, T>) -> Result<usize, Error> {
    let (found, expected) = (position.rows(), position.cols());
    if found == expected {
        Ok(expected)
    } else {
        Err(Error::Length { what: "a column of the position encoding", expected, found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Matrix;

    #[test]
    fn the_orthonormality_error_is_the_largest_of_all_entries() {
        let error = |rows| orthonormality_error(Matrix::from_rows(rows).view());
        assert_eq!(error([[1.0, 0.0], [0.0, 1.0]]), 0.0);
        assert_eq!(error([[1.0, 0.0], [0.0, 2.0]]), 3.0, "a long column");
        assert_eq!(error([[0.0, 0.0], [0.0, 1.0]]), 1.0, "a column that is missing");
        assert_eq!(error([[1.0, 0.25], [0.0, 1.0]]), 0.25, "columns that are not orthogonal");
        for broken in [f64::NAN, f64::INFINITY] {
            assert!(!error([[broken, 0.0], [0.0, 1.0]]).is_finite());
            assert!(!error([[1.0, 0.0], [broken, 1.0]]).is_finite());
        }
    }
}
