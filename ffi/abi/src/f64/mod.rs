//! The functions for `double`. The files of `f32` are made from these by replacing the name of the type; a test compares.

// In the order of the header.
mod teacher;

mod student;

mod training;

mod snapshot;

pub use snapshot::*;
pub use student::*;
pub use teacher::*;
pub use training::*;
