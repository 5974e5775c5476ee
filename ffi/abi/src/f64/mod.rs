//! The functions for `double`. Those of `generated/f32` are made from these by replacing the name of the type.

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
