//! Readings as they are recorded: the bits of Rust, what is read back, and what is refused.

mod links;
mod refusals;
mod rig;
mod snapshots;
mod training;
