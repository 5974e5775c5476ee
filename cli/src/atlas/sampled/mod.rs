//! Cells whose teacher, input or labels have no closed form: fresh pairs at every step, tests on others.

mod content;
mod floors;
mod inputs;
mod labels;
mod setting;
mod small_data;

pub use content::{largest_two, learned_weights, sets, soft, top_two};
pub use floors::{biased, gelu, max_pooling, relu_before_pooling, relu_student, relu_teacher, tanh};
pub use inputs::{heavy_tails, other_inputs};
pub use labels::{label_noise, surpasses};
pub use small_data::small_data;
