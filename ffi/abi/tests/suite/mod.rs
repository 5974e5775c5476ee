//! The tests of one precision, whose functions stand in `crate::names`.

mod batches;
mod objects;
mod raw;
mod refusals;
mod rig;
mod runs;
mod snapshots;
mod training;
