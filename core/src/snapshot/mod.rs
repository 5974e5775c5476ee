//! Snapshots: a student, and where its sample stream stands, as bytes that any machine can load.

pub mod format;

pub use format::{FORMAT_VERSION, Header, MAGIC, inspect, load, save, snapshot_len};
