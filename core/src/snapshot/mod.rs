//! Snapshots: a student, and where its sample stream stands, as bytes that any machine can load; and two places for them,
//! one of which survives a power cut.

pub mod format;
pub mod store;

pub use format::{Context, FORMAT_VERSION, Header, MAGIC, Model, inspect, load, save, save_with, snapshot_len};
