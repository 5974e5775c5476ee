//! What the elementary functions are compared with, and how far they may be from it.

pub mod bounds;
pub mod double_double;
pub mod level;
pub mod points;
pub mod reference;
pub mod ulp;
