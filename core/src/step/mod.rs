//! One step of gradient descent: its settings, the rule by which parameters move, and how the student moves.

mod advance;
pub(crate) mod rule;
pub mod settings;

pub use settings::{Descent, LOGIT_STEP_LIMIT};
