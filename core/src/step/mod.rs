//! One step of gradient descent: its settings, the rule by which parameters move, and how the student moves; and the names of
//! the rules beyond plain descent.

pub(crate) mod adam;
mod advance;
pub(crate) mod row;
pub(crate) mod rule;
pub(crate) mod ruled;
pub mod rules;
pub mod settings;
mod state;

pub use rules::{Rule, RuleKind, Rules, ValueRule};
pub use settings::{Descent, LOGIT_STEP_LIMIT};
pub use state::RuleState;
