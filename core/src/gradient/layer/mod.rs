//! Training a whole attention layer ([`crate::layer`]): from pairs that somebody else produced, any number of them, accumulated,
//! then one step ([`LayerSamples`]); or on samples that are drawn for every step and labelled by a teacher ([`LayerOnline`]); or on
//! sets that come with the sample, exactly ([`SelectionPopulation`]).
//!
//! Per sample, in the notation of [`crate::layer`], with `G = dL/dU` from [`crate::loss`],
//!
//! ```text
//! dW_V += (G^T S) Z       dS = G H               dA_j = scale S_j o (dS_j - <S_j, dS_j>)      (A before the scale)
//! dr_j = sum_i dA_ji k_i                         dk_i = sum_j dA_ji r_j
//! merged      dW_KQ += dr_j u_j^T                dz_i = W_V^T dh_i + dk_i
//! separate    dW_Q  += dr_j u_j^T                dz_i = W_V^T dh_i + W_K^T dk_i,    dW_K += dk_i z_i^T
//!                                                du_j = (W_KQ or W_Q)^T dr_j
//! ```
//!
//! of which `dz` and `du` are for codes that are learned: those of token i get what of `dz_i` is position (all of it where
//! codes are added), and `du_j` where the tokens ask or where i is in the set of output j. Nothing of the size `e x g` is
//! formed but the sums themselves, and those of separate matrices only as `h x e` and `h x g`.
//!
//! A step divides by the number of samples, and blocks that do not train have the gradient zero.
//!
//! Codes that are concatenated and stand are common to all samples, and so is whatever takes them alone (`layer/common.rs`): it is
//! computed when a batch begins, and its gradient is summed over samples before codes turn it into that of the matrices.
//!
//! **Order of summation.** The sums of a batch run over samples; within a sample that of W_V runs over tokens, of W_KQ and W_Q
//! over outputs, of W_K over tokens. `dS` sums over filters, `dr` over tokens, `dk` over outputs, all in sequence. Codes that
//! are learned add for each sample a sum over filters, then outputs or keys, then what they looked for. Sums of what is
//! common run over samples, those of `W_px^T p_i` over samples and then outputs; the product with the codes then runs over
//! tokens or outputs, and that of code with code first over outputs. The bits are those of one sample after the other, at
//! every vector level and with any memory.

mod backward;
mod descend;
mod drawn;
mod online;
mod samples;
mod scratch;
mod selection;
mod sets;

pub use online::{DrawnQuery, LayerOnline, LayerSource, layer_drawn_len};
pub use samples::{LayerPaused, LayerSamples};
pub use scratch::{LayerScratch, LayerScratchViewMut, layer_scratch_len, layer_scratch_wide_len};
pub use selection::{SelectionPopulation, selection_population_len};
pub use sets::{Sets, set_count};
