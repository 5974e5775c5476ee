//! The gradient, three ways: exact over all Gaussian inputs ([`population`]), from pairs that somebody else produced
//! ([`samples`], [`pair_training`]; [`raw_samples`] takes them as they are recorded), and from pairs drawn afresh for every step
//! ([`online`]; [`ruled_online`] by another rule than gradient descent).
//! [`layer`] has the last two for a whole attention layer; [`label`] is exact for the logistic loss of one label.

mod batch_loss;
pub mod exact;
pub mod label;
pub mod layer;
pub(crate) mod narrow;
pub mod online;
mod overflow;
pub mod pair_training;
pub mod raw_samples;
pub mod ruled_online;
mod sample_scratch;
pub mod samples;
mod wide;

pub use exact::{population, ruled};
