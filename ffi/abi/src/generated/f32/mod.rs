// Made by `cargo run -p tutee-generate`; not to be edited.
//! The functions for `float`, from those of `f64/mod.rs`.

// In the order of the header.
mod teacher;

mod student;

mod training;

mod snapshot;

mod layer;

mod raw;

mod whitener;

pub use layer::*;
pub use raw::*;
pub use snapshot::*;
pub use student::*;
pub use teacher::*;
pub use training::*;
pub use whitener::*;
