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

pub mod codes;
mod encoding;
mod kq;
mod orthonormal;

pub use encoding::{cosine, hadamard, identity, random_orthonormal, sinusoidal};
pub use kq::{kq_to_logits, logits_to_kq};
pub use orthonormal::{orthonormality_error, orthonormality_tolerance};
