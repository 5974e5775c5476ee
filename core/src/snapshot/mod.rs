//! Snapshots: a student, one of readings, a whitener before it or a whole layer, and where its sample stream stands, as bytes that any
//! machine can load; and two places for them, one of which survives a power cut.

pub mod format;
mod head;
mod inspect;
mod layer;
mod pieces;
mod raw;
pub mod store;
mod whitener;

pub use format::{
    Context, load, load_ruled, ruled_snapshot_len, save, save_pieces, save_ruled, save_ruled_pieces, save_with,
    snapshot_len,
};
pub use head::{FORMAT_VERSION, Header, MAGIC, Model};
pub use inspect::inspect;
pub use layer::{
    LayerContext, LayerHeader, inspect_layer, layer_snapshot_len, load_layer, save_layer, save_layer_pieces,
};
pub use pieces::PIECE_LEN;
pub use raw::{RawHeader, RawState, inspect_raw, load_raw, raw_snapshot_len, save_raw, save_raw_pieces};
pub use whitener::{load_whitener, save_whitener, save_whitener_pieces, whitener_snapshot_len};
