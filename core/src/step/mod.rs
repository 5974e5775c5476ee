//! One step of gradient descent: its settings.

pub mod settings;

pub use settings::{Descent, LOGIT_STEP_LIMIT};
