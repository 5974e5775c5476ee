//! The oracle, the vectors, the list of sizes and the table of tolerances.

pub mod cases;
pub mod layer;
pub mod layer_vectors;
pub mod model;
pub mod oracle;
pub mod random;
pub mod sizes;
pub mod tolerance;
pub mod vectors;

/// The README's programs are compiled and run like any other test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
