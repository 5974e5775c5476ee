//! Whether the thread's floating-point environment gives the bits that IEEE 754 prescribes by default.
//!
//! The environment belongs to the host program: a mode that flushes subnormal numbers to zero (linking with -ffast-math is
//! enough), or another direction of rounding, changes results without a word. What is looked at, and how, is in [`tutee::environment`].

use crate::status::Outcome;
use crate::status::tutee_status::TUTEE_ERROR_FLOAT_ENVIRONMENT;

/// Refuses an environment that could change a bit. Costs a few nanoseconds.
#[inline]
pub(crate) fn check() -> Outcome {
    if tutee::environment::is_default() { Ok(()) } else { Err(TUTEE_ERROR_FLOAT_ENVIRONMENT) }
}
