//! The gradient, three ways: exact over all Gaussian inputs ([`population`]), from pairs that somebody else produced
//! ([`samples`]), and from pairs drawn afresh for every step ([`online`]).

pub mod exact;
pub mod online;
pub mod samples;
mod wide;

pub use exact::population;
