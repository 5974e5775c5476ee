//! The functions for `float`, made from `f64/mod.rs`; never edited.

// In the order of the header.
mod teacher;

mod student;

mod training;

mod snapshot;

pub use snapshot::*;
pub use student::*;
pub use teacher::*;
pub use training::*;
