//! Bytes in the order in which they are written, handed on some at a time: flash, a serial line or a file gets a snapshot
//! without memory for a second copy of the student.

use super::head::{CHECKSUM_LEN, CRC32, crc_on};
use crate::error::Error;
use crate::scalar::Scalar;

/// Bytes of a piece, but of the last, which may be shorter: a multiple of whatever flash writes at once.
pub const PIECE_LEN: usize = 64;

/// Collects bytes until there are as many as a piece has.
pub(super) struct Pieces<S> {
    piece: [u8; PIECE_LEN],
    filled: usize,
    /// What remains of the bytes so far, for their checksum.
    remainder: u32,
    sink: S,
}

impl<E, S: FnMut(&[u8]) -> Result<(), E>> Pieces<S> {
    pub(super) const fn new(sink: S) -> Self {
        Self { piece: [0; PIECE_LEN], filled: 0, remainder: u32::MAX, sink }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), E> {
        self.remainder = crc_on(CRC32, self.remainder, bytes);
        for &byte in bytes {
            if let Some(place) = self.piece.get_mut(self.filled) {
                *place = byte;
                self.filled += 1;
            }
            if self.filled == PIECE_LEN {
                self.filled = 0;
                (self.sink)(&self.piece)?;
            }
        }
        Ok(())
    }

    pub(super) fn write_scalars<T: Scalar>(&mut self, scalars: impl Iterator<Item = T>) -> Result<(), E> {
        let width = (T::BITS / 8) as usize;
        for scalar in scalars {
            let bytes = scalar.to_bits_u64().to_le_bytes();
            self.write(bytes.get(..width).unwrap_or_default())?;
        }
        Ok(())
    }

    /// The checksum of all bytes so far, and what is left of them.
    pub(super) fn seal(mut self) -> Result<(), E> {
        let checksum: [u8; CHECKSUM_LEN] = (!self.remainder).to_le_bytes();
        self.write(&checksum)?;
        self.end()
    }

    /// What is left.
    pub(super) fn end(mut self) -> Result<(), E> {
        match self.piece.get(..self.filled) {
            Some(rest) if !rest.is_empty() => (self.sink)(rest),
            _ => Ok(()),
        }
    }
}

/// A refusal as whoever takes the pieces has its errors.
pub(super) fn refused<V, E: From<Error>>(value: Result<V, Error>) -> Result<V, E> {
    value.map_err(E::from)
}
