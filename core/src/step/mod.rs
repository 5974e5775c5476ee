//! One step of gradient descent: its settings, the rule by which parameters move, and how the student moves; and the names of
//! the rules beyond plain descent.

mod advance;
pub(crate) mod rule;
pub mod rules;
pub mod settings;

pub use rules::{Rule, Rules, ValueRule};
pub use settings::{Descent, LOGIT_STEP_LIMIT};
