//! What is timed: the inner loops and the whole steps of the library, at each vector level.
//!
//! The program `bench` prints tables of them, the criterion benches follow them one by one.

pub mod layers;
pub mod level;
pub mod loops;
pub mod steps;
