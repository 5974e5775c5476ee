//! The gradient, three ways: exact over all Gaussian inputs ([`population`]), from pairs that somebody else produced
//! ([`samples`]), and from pairs drawn afresh for every step ([`online`]).
//! [`layer`] has the last two for a whole attention layer.

pub mod exact;
pub mod layer;
pub(crate) mod narrow;
pub mod online;
mod overflow;
mod sample_scratch;
pub mod samples;
mod tally;
mod wide;

pub use exact::population;
