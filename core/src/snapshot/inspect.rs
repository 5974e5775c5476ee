//! What a snapshot of any kind of model says of itself.

use super::head::{Header, Model, read_head};
use super::{format, layer, raw, whitener};
use crate::error::Error;

/// Checks everything that can be checked without a model to load, the checksum included, and says what the snapshot holds.
/// [`inspect_layer`](super::inspect_layer) says more of a layer, [`inspect_raw`](super::inspect_raw) of a student of readings.
///
/// # Errors
/// [`Error::Snapshot`]; [`Error::Zero`] or [`Error::TooLarge`] for sizes that no model of this machine can have.
pub fn inspect(bytes: &[u8]) -> Result<Header, Error> {
    let (header, reader) = read_head(bytes)?;
    match header.model {
        Model::Position => format::read(header, reader).map(|(header, _)| header),
        Model::Raw => raw::read(header, reader).map(|(header, _)| header.header),
        Model::Layer => layer::read(header, reader).map(|(header, _)| header.header),
        Model::Whitener => whitener::read(header, reader).map(|(header, ..)| header),
    }
}
