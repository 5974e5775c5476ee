//! Two places for what is saved again and again, so that a power cut at any byte leaves the last that was whole.
//!
//! A *slot* is a range of bytes that can be written apart from the other: a page of flash or a few, or a file. What is written
//! always goes to the slot that does not hold the newest, so the newest stays as it is until its successor is whole. The
//! caller erases and writes, by whatever its flash or file system asks for; here is only the rule, in a few hundred bytes of code.
//!
//! ```text
//! slot = CRC-32C (4)  sequence number (4)  length of the payload (4)  payload  anything
//! ```
//!
//! Numbers are little-endian; the CRC-32C (Castagnoli's polynomial, `82F63B78` reflected) is over the sequence number, the
//! length and the payload. It is not that of a snapshot, which ends in its own checksum: a CRC over bytes that end in a CRC of
//! one polynomial is the same whatever they are, and would take an old snapshot under a new sequence number for a new one. A
//! slot is *whole* when its checksum fits. Half-written ones, erased ones (all bytes `FF`) and cleared ones (all zero) are not.
//! The newest is the one with the later sequence number; numbers go round, and 0 comes after `FFFF FFFF`.
//!
//! A checksum misses one damage of 2^32, other than of a few bits, which it always sees. Flash whose cells were left between
//! two states may read well once and badly later: write the slot again after a start that found the other one broken, which is
//! what saving does anyway.
//!
//! A store with many keys that spreads wear over many pages is another thing, and there are crates for it
//! (`sequential-storage`). They own the driver of the flash, and are asynchronous; one payload and two slots need neither.

use super::head::{crc, crc_on, number};
use super::pieces::{Pieces, refused};
use crate::error::Error;

/// Castagnoli's polynomial.
const CRC32C: u32 = 0x82F6_3B78;

/// Bytes of a slot before its payload.
pub const RECORD_LEN: usize = 12;

/// The checksum stands first, over everything after it.
const CHECKSUM_LEN: usize = 4;

/// Bytes of a slot that holds a payload of `payload_len` bytes. Where that overflows it is `usize::MAX`.
pub const fn slot_len(payload_len: usize) -> usize {
    payload_len.saturating_add(RECORD_LEN)
}

/// What two slots hold, and what comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots<'a> {
    /// The newest payload that is whole; none when neither is.
    pub newest: Option<&'a [u8]>,
    /// The slot to write next: 0 or 1.
    pub next: usize,
    /// The sequence number to [`seal`] it with.
    pub sequence: u32,
}

/// Looks at both slots, each of any length and any content. Costs a few nanoseconds a byte.
pub fn read<'a>(slots: [&'a [u8]; 2]) -> Slots<'a> {
    let newest = match slots.map(whole) {
        [None, None] => return Slots { newest: None, next: 0, sequence: 0 },
        [Some(first), None] => (first, 1),
        [None, Some(second)] => (second, 0),
        // The distance decides, for the numbers go round.
        [Some(first), Some(second)] => match first.0.wrapping_sub(second.0) {
            0..=0x7FFF_FFFF => (first, 1),
            _ => (second, 0),
        },
    };
    let ((sequence, payload), next) = newest;
    Slots { newest: Some(payload), next, sequence: sequence.wrapping_add(1) }
}

/// Makes `image` a slot: the payload is there from [`RECORD_LEN`] to the end, and what stands before it is overwritten.
/// Then the caller writes the image to slot [`Slots::next`], in any order of bytes.
///
/// # Errors
/// [`Error::Length`] for an image shorter than [`RECORD_LEN`]; [`Error::TooLarge`] for a payload of 4 GiB or more. Nothing is
/// written then.
pub fn seal(image: &mut [u8], sequence: u32) -> Result<(), Error> {
    let found = image.len();
    let wrong = Error::Length { what: "image of a slot", expected: RECORD_LEN, found };
    let payload_len = found.checked_sub(RECORD_LEN).ok_or(wrong)?;
    let len = u32::try_from(payload_len).map_err(|_| Error::TooLarge { what: "payload of a slot" })?;
    let (checksum, sealed) = image.split_at_mut_checked(CHECKSUM_LEN).ok_or(wrong)?;
    for (place, byte) in sealed.iter_mut().zip(sequence.to_le_bytes().into_iter().chain(len.to_le_bytes())) {
        *place = byte;
    }
    for (place, byte) in checksum.iter_mut().zip(crc32c(sealed).to_le_bytes()) {
        *place = byte;
    }
    Ok(())
}

/// Hands the slot that [`seal`] makes of a payload to `write`, from its first byte to its last and [`PIECE_LEN`](super::PIECE_LEN) at a time, the last
/// maybe fewer, without memory for the payload: `payload` hands it on in pieces of any length, and is asked twice, for the checksum
/// stands first. Costs twice what the payload does.
///
/// ```text
/// seal_pieces(len, slots.sequence, |sink| training.save_pieces(None, sink), |piece| flash.write(piece))
/// ```
///
/// # Errors
/// Before the first piece what `payload` says, [`Error::Length`] where it is not of `payload_len` bytes, and [`Error::TooLarge`] for 4 GiB
/// or more. Then what `write` says, and [`Error::Length`] where the payload is longer or shorter the second time; the slot is not whole
/// then.
pub fn seal_pieces<E: From<Error>>(
    payload_len: usize,
    sequence: u32,
    payload: impl Fn(&mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E>,
    write: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let len: Result<u32, _> = u32::try_from(payload_len);
    let len = refused(len.map_err(|_| Error::TooLarge { what: "payload of a slot" }))?;
    let mut head = [0; RECORD_LEN - CHECKSUM_LEN];
    for (place, byte) in head.iter_mut().zip(sequence.to_le_bytes().into_iter().chain(len.to_le_bytes())) {
        *place = byte;
    }
    let mut found = 0_usize;
    let as_said = |found| match found == payload_len {
        true => Ok(()),
        false => Err(Error::Length { what: "payload of a slot", expected: payload_len, found }),
    };
    let mut remainder = crc_on(CRC32C, u32::MAX, &head);
    payload(&mut |bytes| {
        found = found.saturating_add(bytes.len());
        remainder = crc_on(CRC32C, remainder, bytes);
        Ok(())
    })?;
    refused(as_said(found))?;
    let mut pieces = Pieces::new(write);
    pieces.write(&(!remainder).to_le_bytes())?;
    pieces.write(&head)?;
    found = 0;
    payload(&mut |bytes| {
        found = found.saturating_add(bytes.len());
        pieces.write(bytes)
    })?;
    refused(as_said(found))?;
    pieces.end()
}

/// See the module's documentation.
fn crc32c(bytes: &[u8]) -> u32 {
    crc(CRC32C, bytes)
}

/// Sequence number and payload of a slot that is whole.
fn whole(slot: &[u8]) -> Option<(u32, &[u8])> {
    let (checksum, rest) = slot.split_at_checked(CHECKSUM_LEN)?;
    let (sequence, length) = (number(rest.get(..4)?) as u32, number(rest.get(4..8)?));
    let sealed = rest.get(..usize::try_from(length).ok()?.checked_add(8)?)?;
    (u64::from(crc32c(sealed)) == number(checksum)).then_some((sequence, sealed.get(8..)?))
}

#[cfg(test)]
mod tests;
