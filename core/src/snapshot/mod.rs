//! Snapshots: a student, and where its sample stream stands, as bytes that any machine can load.

pub mod format;

pub use format::{Context, FORMAT_VERSION, Header, MAGIC, Model, inspect, load, save, save_with, snapshot_len};
