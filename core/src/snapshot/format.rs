//! Snapshots: a student, and where its sample stream stands, as bytes that any machine can load. A run that goes on from
//! a snapshot gives the same bits as one that was never stopped.
//!
//! # The format, version 1
//!
//! Every number is little-endian; a scalar is its IEEE 754 bit pattern. M, d, D, J are the sizes, w is 4 for `f32` and
//! 8 for `f64`.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 8 | the magic, `89 54 55 54 45 45 0D 0A` (`\x89TUTEE\r\n`) |
//! | 8 | 2 | format version: 1 |
//! | 10 | 1 | width of a scalar in bits: 32 or 64 |
//! | 11 | 1 | flags: bit 0, a sample stream is saved too; all other bits are 0 |
//! | 12 | 16 | filters M, features d, tokens D, outputs J, four bytes each |
//! | 28 | 8 | gradient steps taken since zero |
//! | 36 | 8 | seed of the stream, 0 without one |
//! | 44 | 8 | number of the next sample of the stream, 0 without one |
//! | 52 | M d w | value, `filters x features` |
//! | | M d w | carry of the value |
//! | | J D w | logits, `outputs x tokens` |
//! | | J D w | carry of the logits |
//! | end - 4 | 4 | CRC-32 of everything before it (reflected polynomial `EDB88320`, start and end complemented, as in zlib) |
//!
//! The version stands before everything that a later version may change. A CRC-32 sees every change that is confined to
//! 32 consecutive bits, so every flip of one bit, and misses another one once in 2^32.

use crate::error::{Error, SnapshotFault};
use crate::input::SampleStream;
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::student::{StudentView, StudentViewMut, check_carried, student_len};

/// The first bytes of every snapshot. The byte above 127 and the line end betray a transfer as text.
pub const MAGIC: [u8; 8] = *b"\x89TUTEE\r\n";

/// The version that [`save`] writes, and the last one that [`load`] understands.
pub const FORMAT_VERSION: u16 = 1;

const STREAM_FLAG: u8 = 1;
const HEADER_LEN: usize = 52;
const CHECKSUM_LEN: usize = 4;

/// What a snapshot says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Width of a scalar: 32 or 64.
    pub scalar_bits: u32,
    /// The sizes.
    pub shape: Shape,
    /// Gradient steps taken since zero.
    pub steps: u64,
    /// Where the sample stream stood, if it was saved.
    pub stream: Option<SampleStream>,
}

/// Bytes of a snapshot of a student of scalar `T`. Where that overflows it is `usize::MAX`, and no slice is that long.
pub const fn snapshot_len<T: Scalar>(shape: Shape) -> usize {
    len(shape, T::BITS)
}

const fn len(shape: Shape, scalar_bits: u32) -> usize {
    student_len(shape).saturating_mul((scalar_bits / 8) as usize).saturating_add(HEADER_LEN + CHECKSUM_LEN)
}

/// Writes a snapshot of `student`, and of `stream` when there is one, to `bytes`. Costs a few nanoseconds a byte.
///
/// # Errors
/// [`Error::Length`] unless there are exactly [`snapshot_len`] bytes; [`Error::NotFinite`] for a student that [`load`]
/// would refuse, which no training makes. Nothing is written then.
pub fn save<T: Scalar>(
    student: StudentView<'_, T>,
    stream: Option<SampleStream>,
    bytes: &mut [u8],
) -> Result<(), Error> {
    let shape = student.shape();
    let (expected, found) = (snapshot_len::<T>(shape), bytes.len());
    let wrong = Error::Length { what: "snapshot", expected, found };
    if found != expected {
        return Err(wrong);
    }
    student.check("student")?;
    let (body, checksum) = bytes.split_at_mut_checked(expected - CHECKSUM_LEN).ok_or(wrong)?;
    let (header, parameters) = body.split_at_mut_checked(HEADER_LEN).ok_or(wrong)?;
    let mut fields = header.iter_mut();
    put(&mut fields, &MAGIC);
    put(&mut fields, &FORMAT_VERSION.to_le_bytes());
    put(&mut fields, &[T::BITS as u8, if stream.is_some() { STREAM_FLAG } else { 0 }]);
    for size in [shape.filters(), shape.features(), shape.tokens(), shape.outputs()] {
        // No size exceeds shape::MAX_DIMENSION.
        put(&mut fields, &(size as u32).to_le_bytes());
    }
    put(&mut fields, &student.steps().to_le_bytes());
    put(&mut fields, &stream.map_or(0, |stream| stream.seed()).to_le_bytes());
    put(&mut fields, &stream.map_or(0, |stream| stream.index()).to_le_bytes());
    let parts = [student.value(), student.value_carry(), student.logits(), student.logits_carry()];
    let places = RowsMut::new(parameters, (T::BITS / 8) as usize);
    for (place, scalar) in places.zip(parts.into_iter().flatten()) {
        put(&mut place.iter_mut(), &scalar.to_bits_u64().to_le_bytes());
    }
    put(&mut checksum.iter_mut(), &crc32(body).to_le_bytes());
    Ok(())
}

/// Checks everything that can be checked without a student, the checksum included, and says what the snapshot holds.
///
/// # Errors
/// [`Error::Snapshot`]; [`Error::Zero`] or [`Error::TooLarge`] for sizes that no student of this machine can have.
pub fn inspect(bytes: &[u8]) -> Result<Header, Error> {
    parse(bytes).map(|(header, _)| header)
}

/// Replaces `student` by the one in the snapshot and returns where its sample stream stood.
///
/// # Errors
/// What [`inspect`] refuses; [`Error::Snapshot`] when the snapshot is of another scalar or shape than `student`;
/// [`Error::NotFinite`] for what [`StudentViewMut::new`] would refuse, too. The student is unchanged then.
pub fn load<T: Scalar>(bytes: &[u8], student: &mut StudentViewMut<'_, T>) -> Result<Option<SampleStream>, Error> {
    let (header, parameters) = parse(bytes)?;
    if header.scalar_bits != T::BITS {
        return Err(Error::Snapshot(SnapshotFault::OtherScalar));
    }
    if header.shape != student.shape() {
        return Err(Error::Snapshot(SnapshotFault::OtherShape));
    }
    let width = (T::BITS / 8) as usize;
    let scalars = |bytes| Rows::new(bytes, width).map(|bytes| T::from_bits_u64(number(bytes)));
    let mut first = 0;
    for count in [header.shape.value_len(), header.shape.mixing_len()] {
        let (at, carries) = (first * width, (first + count) * width);
        let [parameters, carries] = [at, carries].map(|at| parameters.get(at..).unwrap_or_default());
        check_carried("snapshot", first, count, scalars(parameters).zip(scalars(carries)).take(count))?;
        first += 2 * count;
    }
    let mut scalars = scalars(parameters);
    let (value, value_carry, logits, logits_carry) = student.parameters_mut();
    for part in [value, value_carry, logits, logits_carry] {
        for (parameter, scalar) in part.iter_mut().zip(&mut scalars) {
            *parameter = scalar;
        }
    }
    student.set_steps(header.steps);
    Ok(header.stream)
}

/// The header, and the bytes of the parameters.
fn parse(bytes: &[u8]) -> Result<(Header, &[u8]), Error> {
    let truncated = Error::Snapshot(SnapshotFault::Truncated);
    let mut rest = bytes;
    // A piece of a snapshot is truncated; anything else is foreign.
    if !bytes.iter().zip(&MAGIC).all(|(byte, magic)| byte == magic) {
        return Err(Error::Snapshot(SnapshotFault::Foreign));
    }
    take(&mut rest, MAGIC.len()).ok_or(truncated)?;
    let mut field = |len| take(&mut rest, len).map(number).ok_or(truncated);
    match field(2)? {
        0 => return Err(Error::Snapshot(SnapshotFault::Foreign)),
        version if version > FORMAT_VERSION.into() => return Err(Error::Snapshot(SnapshotFault::FutureVersion)),
        _ => {}
    }
    let (scalar_bits, flags) = (field(1)? as u32, field(1)?);
    let (filters, features, tokens, outputs) = (field(4)?, field(4)?, field(4)?, field(4)?);
    let (steps, seed, index) = (field(8)?, field(8)?, field(8)?);
    // The fields are looked at after the checksum, but how long the snapshot should be only they can say.
    let altered = Error::Snapshot(SnapshotFault::Altered);
    if scalar_bits != 32 && scalar_bits != 64 {
        return Err(altered);
    }
    let shape = Shape::new(filters as usize, features as usize, tokens as usize, outputs as usize)?;
    let body_len = len(shape, scalar_bits).saturating_sub(CHECKSUM_LEN);
    let (body, checksum) = bytes.split_at_checked(body_len).ok_or(truncated)?;
    if checksum.len() < CHECKSUM_LEN {
        return Err(truncated);
    }
    if checksum.len() > CHECKSUM_LEN {
        return Err(Error::Snapshot(SnapshotFault::Trailing));
    }
    if u64::from(crc32(body)) != number(checksum) {
        return Err(altered);
    }
    // What no version writes, whatever its checksum says.
    let stream = match flags {
        0 if seed == 0 && index == 0 => None,
        flags if flags == STREAM_FLAG.into() => Some(SampleStream::at(seed, index)),
        _ => return Err(Error::Snapshot(SnapshotFault::Foreign)),
    };
    let parameters = body.get(HEADER_LEN..).ok_or(truncated)?;
    Ok((Header { scalar_bits, shape, steps, stream }, parameters))
}

/// Writes `bytes` to the next places, as far as there are any.
fn put<'a>(places: &mut impl Iterator<Item = &'a mut u8>, bytes: &[u8]) {
    for &byte in bytes {
        if let Some(place) = places.next() {
            *place = byte;
        }
    }
}

/// The next `len` bytes.
fn take<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(len)?;
    *rest = left;
    Some(taken)
}

/// The little-endian number in at most eight bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Bit by bit: a table would cost firmware a kilobyte.
fn crc32(bytes: &[u8]) -> u32 {
    let mut remainder = u32::MAX;
    for &byte in bytes {
        remainder ^= u32::from(byte);
        for _ in 0..8 {
            let feedback = if remainder & 1 == 1 { 0xEDB8_8320 } else { 0 };
            remainder = remainder >> 1 ^ feedback;
        }
    }
    !remainder
}

#[cfg(test)]
mod tests;
