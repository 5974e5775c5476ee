//! One whole attention layer: attention on content, on position, or on both, of which position-only attention
//! ([`crate::student`]) is a case.
//!
//! ```text
//! tokens     z_i in R^e, i < D      content x_i  |  concatenated [x_i; p_i]  |  added x_i + p_i
//! queries    u_j in R^g, j < J      the tokens themselves  |  sums of codes over sets of positions  |  any vectors
//! logits     A_ji = scale <k_i, r_j>
//!            merged      k_i = z_i        r_j = W_KQ u_j       W_KQ (e x g), keys by queries
//!            separate    k_i = W_K z_i    r_j = W_Q u_j        W_K (h x e), W_Q (h x g)
//! attention  S_j = softmax(A_j) over the tokens
//! outputs    U_jm = sum_i S_ji <w_m, z_i>,    W_V (M x e),     f = act(U),  or  F = sum_j U_j for a label
//! ```
//!
//! Separate matrices are `W_KQ = W_K^T W_Q`, and merged ones the case in which keys are the tokens as they are: both run the
//! same code. They are not trained to the same end. A step on `W_K` and `W_Q` moves their product along another direction
//! than a step on `W_KQ`, so their trajectories and what they prefer among equal losses differ.
//!
//! The position codes `p_i` are the rows of a `tokens x width` matrix. They stand ([`crate::position::codes`] fills them), are
//! learned like any other parameter, or come afresh with every sample. The `scale` is a number of its own: `1/sqrt(D)` is
//! the paper's, `1/sqrt(h)` that of *Attention Is All You Need*, 1 that of most theory.
//!
//! Sizes and choices that decide them are a [`LayerShape`]; numbers and choices that do not are [`LayerSettings`]; parameters
//! with their carries are a [`Layer`], or views over the caller's memory. [`crate::gradient::layer`] trains it.
//!
//! **Order of summation.** Every sum runs in sequence: a logit over the entries of a key, an entry of `r_j` or `k_i` over those
//! of query or token, an element of H over the entries of a token and of U over tokens, the softmax over tokens, `F` over
//! outputs. Where codes are concatenated and stand, entries of the code come first and then those of the content, and a
//! logit of merged matrices sums what code and code make, then code of the token and content of the query, then the content
//! of the token: what takes codes alone is computed once for all samples of a batch.

mod common;
mod input;
mod norms;
mod parameters;
mod predict;
mod settings;
mod shape;
mod sizes;
mod start;
mod weigh;

pub(crate) use common::{Common, from, from_mut};
pub(crate) use input::each_set;
pub use input::{LayerInput, Query};
pub use parameters::{Layer, LayerView, LayerViewMut, Sizes, layer_len};
pub use predict::{LayerPredictScratch, LayerPredictScratchViewMut, layer_predict_scratch_len, predict};
pub(crate) use predict::{Prepare, answer, prepare, respond};
pub use settings::{LayerSettings, Scale, Trained};
pub use shape::{Codes, Embedding, Form, KeyQuery, LayerShape, Parameter, Queries};
pub(crate) use sizes::LayerSizes;
pub use start::Start;
pub(crate) use weigh::Forward;
