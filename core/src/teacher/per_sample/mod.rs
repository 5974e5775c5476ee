//! Teachers that choose tokens anew for every sample. Position-only attention cannot follow them; a whole layer
//! ([`crate::layer`]) can.
//!
//! | teacher | answer |
//! |---|---|
//! | [`Selection`] | `y_j = act(V* mean of x_i over set j)`, the sets come with the sample |
//! | [`TopK`] | the mean is over the k tokens with the largest `<a, x_i>` |
//! | [`LearnedWeights`] | the mean is weighted by the softmax of `<a, x_i> / temperature` |
//! | [`SelfAttention`] | the mean is weighted by attention of the tokens on each other, `softmax(<Q x_i, Q x_j>)`, beside fixed weights |
//! | [`GroupSign`] | the label `sign <v*, x_g>`, +1 or -1 |
//!
//! The second and the third give every output one answer. Sums run in sequence: over features, then over tokens.

mod filters;
mod group_sign;
mod learned_weights;
mod selection;
mod self_attention;
mod top_k;

pub use group_sign::GroupSign;
pub use learned_weights::LearnedWeights;
pub use selection::{Selection, draw_set};
pub use self_attention::{Map, SelfAttention};
pub use top_k::TopK;
