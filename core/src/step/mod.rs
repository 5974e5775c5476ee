//! One step of gradient descent: its settings, and how the student moves.

mod advance;
pub mod settings;

pub use settings::{Descent, LOGIT_STEP_LIMIT};
