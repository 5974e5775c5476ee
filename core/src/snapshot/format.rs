//! Snapshots: a student, and where its sample stream stands, as bytes that any machine can load. A run that goes on from
//! a snapshot gives the same bits as one that was never stopped.
//!
//! # The format, version 2
//!
//! Every number is little-endian and of a fixed width; a scalar is its IEEE 754 bit pattern. M, d, D, J are the sizes, w is 4
//! for `f32` and 8 for `f64`.
//!
//! | offset | bytes | what |
//! |---|---|---|
//! | 0 | 8 | the magic, `89 54 55 54 45 45 0D 0A` (`\x89TUTEE\r\n`) |
//! | 8 | 2 | format version: 2 |
//! | 10 | 1 | width of a scalar in bits: 32 or 64 |
//! | 11 | 1 | flags: bit 0, a sample stream is saved too; all other bits are 0 |
//! | 12 | 16 | filters M, features d, tokens D, outputs J, four bytes each |
//! | 28 | 8 | gradient steps taken since zero |
//! | 36 | 8 | seed of the stream, 0 without one |
//! | 44 | 8 | number of the next sample of the stream, 0 without one |
//! | 52 | 2 | length of the header, which is where the blocks begin: 72 and 12 for each block |
//! | 54 | 1 | kind of model: 0, attention that depends on positions only |
//! | 55 | 1 | number of blocks n: 2 |
//! | 56 | 1 | activation: 0 not saved, 1 identity, 2 ReLU, 3 leaky ReLU |
//! | 57 | 1 | kind of loss: 0, squared |
//! | 58 | 1 | step rule: 0, gradient descent |
//! | 59 | 1 | distribution of the stream's inputs: 0, not saved |
//! | 60 | 4 | bytes of the step rule's state: 0 for gradient descent |
//! | 64 | 8 | slope of a leaky ReLU as the bits of a scalar, which lies in `[0, 1]`; 0 for the others |
//! | 72 | 12 n | what the blocks are, below |
//! | | | each block by rows, and its carry after it where it has one |
//! | | | the step rule's state |
//! | end - 4 | 4 | CRC-32 of everything before it (reflected polynomial `EDB88320`, start and end complemented, as in zlib) |
//!
//! What a block is:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | kind: 1 value, 2 logits |
//! | 1 | 1 when a carry of the same size follows, else 0 |
//! | 2 | 0 |
//! | 4, 4 | rows, columns |
//!
//! The model of kind 0 has two, both with a carry: value `M x d` and logits `J x D`. Kinds of block 3 (key-query), 4 (keys),
//! 5 (queries) and 6 (codes), model 1 (a layer whose attention depends on content too) and loss 1 (logistic) are set aside for
//! what comes. Rates, batch and noise are settings of whoever trains, and stand in no snapshot.
//!
//! The version stands before everything that a later version may change. A reader refuses a number that it does not know, and
//! names it ([`SnapshotFault::Unknown`]). A CRC-32 sees every change that is confined to 32 consecutive bits, so every flip of
//! one bit, and misses another one once in 2^32.
//!
//! # Version 1
//!
//! ends its header at offset 52, where value, carry of the value, logits, carry of the logits and the CRC-32 follow. It is loaded
//! for ever, and not written any more.

use crate::activation::Activation;
use crate::error::{Error, SnapshotFault, SnapshotField};
use crate::input::SampleStream;
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::student::{StudentView, StudentViewMut, check_carried, student_len};

/// The first bytes of every snapshot. The byte above 127 and the line end betray a transfer as text.
pub const MAGIC: [u8; 8] = *b"\x89TUTEE\r\n";

/// The version that [`save`] writes, and the last one that [`load`] understands.
pub const FORMAT_VERSION: u16 = 2;

const STREAM_FLAG: u64 = 1;
/// Where the parameters of version 1 begin, and what only version 2 says.
const COMMON_LEN: usize = 52;
/// Where the parameters of version 2 begin.
const HEADER_LEN: usize = COMMON_LEN + 20 + 2 * 12;
const CHECKSUM_LEN: usize = 4;

/// Kinds of block, and 1 for "a carry follows": value, logits.
const BLOCKS: [(u64, u64); 2] = [(1, 1), (2, 1)];

/// What kind of model a snapshot holds. Its number in a snapshot never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Model {
    /// One layer whose attention depends on positions only: a value matrix, and logits of the attention.
    Position = 0,
}

/// What is saved beside a student's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Context<T> {
    /// Where the sample stream stands, if there is one.
    pub stream: Option<SampleStream>,
    /// The activation that the student is trained with, if whoever loads it is to be told.
    pub activation: Option<Activation<T>>,
}

/// What a snapshot says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Format version: 1 to [`FORMAT_VERSION`].
    pub version: u16,
    /// The kind of model.
    pub model: Model,
    /// Width of a scalar: 32 or 64.
    pub scalar_bits: u32,
    /// The sizes.
    pub shape: Shape,
    /// Gradient steps taken since zero.
    pub steps: u64,
    /// Where the sample stream stood, if it was saved.
    pub stream: Option<SampleStream>,
    /// Number of the activation and bits of its slope; numbers that came through the door, until somebody asks.
    activation: (u8, u64),
}

impl Header {
    /// The activation that the student was trained with, if it was saved. An `f64` holds a slope of either width exactly;
    /// [`Activation::cast`] gives it back.
    pub fn activation(&self) -> Option<Activation<f64>> {
        let (kind, slope) = self.activation;
        match kind {
            1 => Some(Activation::Identity),
            2 => Some(Activation::Relu),
            3 if self.scalar_bits == 32 => Some(Activation::LeakyRelu(f32::from_bits_u64(slope).to_f64())),
            3 => Some(Activation::LeakyRelu(f64::from_bits(slope))),
            _ => None,
        }
    }
}

/// Bytes of a snapshot of a student of scalar `T`. Where that overflows it is `usize::MAX`, and no slice is that long.
pub const fn snapshot_len<T: Scalar>(shape: Shape) -> usize {
    len(HEADER_LEN, shape, T::BITS)
}

const fn len(header_len: usize, shape: Shape, scalar_bits: u32) -> usize {
    student_len(shape).saturating_mul((scalar_bits / 8) as usize).saturating_add(header_len + CHECKSUM_LEN)
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
    save_with(student, &Context { stream, activation: None }, bytes)
}

/// Writes a snapshot of `student`, with what `context` says, to `bytes`. Costs a few nanoseconds a byte.
///
/// # Errors
/// [`Error::Length`] unless there are exactly [`snapshot_len`] bytes; [`Error::NotFinite`] for a student that [`load`]
/// would refuse, which no training makes; [`Error::OutOfRange`] for a slope outside `[0, 1]`. Nothing is written then.
pub fn save_with<T: Scalar>(student: StudentView<'_, T>, context: &Context<T>, bytes: &mut [u8]) -> Result<(), Error> {
    let shape = student.shape();
    let (expected, found) = (snapshot_len::<T>(shape), bytes.len());
    let wrong = Error::Length { what: "snapshot", expected, found };
    if found != expected {
        return Err(wrong);
    }
    student.check("student")?;
    let (activation, slope) = match context.activation {
        None => (0, 0),
        Some(Activation::Identity) => (1, 0),
        Some(Activation::Relu) => (2, 0),
        Some(Activation::LeakyRelu(slope)) => {
            Activation::LeakyRelu(slope).check()?;
            (3, slope.to_bits_u64())
        }
    };
    let (body, checksum) = bytes.split_at_mut_checked(expected - CHECKSUM_LEN).ok_or(wrong)?;
    let (header, parameters) = body.split_at_mut_checked(HEADER_LEN).ok_or(wrong)?;
    let mut places = header.iter_mut();
    let mut field = |len, number| put(&mut places, len, number);
    field(8, u64::from_le_bytes(MAGIC));
    field(2, FORMAT_VERSION.into());
    field(1, T::BITS.into());
    field(1, if context.stream.is_some() { STREAM_FLAG } else { 0 });
    let sizes = sizes(shape);
    for size in sizes.into_iter().flat_map(|(rows, columns)| [rows, columns]) {
        field(4, size);
    }
    field(8, student.steps());
    field(8, context.stream.map_or(0, |stream| stream.seed()));
    field(8, context.stream.map_or(0, |stream| stream.index()));
    field(2, HEADER_LEN as u64);
    field(1, Model::Position as u64);
    field(1, BLOCKS.len() as u64);
    field(1, activation);
    // Loss, step rule, distribution of inputs, and the rule's state.
    field(7, 0);
    field(8, slope);
    for ((kind, carry), (rows, columns)) in BLOCKS.into_iter().zip(blocks(sizes)) {
        field(4, kind | carry << 8);
        field(4, rows);
        field(4, columns);
    }
    let parts = [student.value(), student.value_carry(), student.logits(), student.logits_carry()];
    let width = (T::BITS / 8) as usize;
    for (place, scalar) in RowsMut::new(parameters, width).zip(parts.into_iter().flatten()) {
        put(&mut place.iter_mut(), width, scalar.to_bits_u64());
    }
    put(&mut checksum.iter_mut(), CHECKSUM_LEN, crc32(body).into());
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
    let version = field(2)? as u16;
    match version {
        0 => return Err(Error::Snapshot(SnapshotFault::Foreign)),
        1..=FORMAT_VERSION => {}
        number => return Err(Error::Snapshot(SnapshotFault::Unknown { what: SnapshotField::Version, number })),
    }
    // Where the checksum does not fit, what the fields say was not meant. But how long the snapshot should be, and so whether
    // it was cut, only they can say.
    let (body, checksum) = bytes.split_at_checked(bytes.len().saturating_sub(CHECKSUM_LEN)).ok_or(truncated)?;
    let sealed = u64::from(crc32(body)) == number(checksum);
    let refusal = |fault| Error::Snapshot(if sealed { fault } else { SnapshotFault::Altered });
    // Of fields of one byte.
    let unknown = |what, number| refusal(SnapshotFault::Unknown { what, number: number as u16 });
    let foreign = refusal(SnapshotFault::Foreign);

    let (scalar_bits, flags) = (field(1)? as u32, field(1)?);
    let (filters, features, tokens, outputs) = (field(4)?, field(4)?, field(4)?, field(4)?);
    let (steps, seed, index) = (field(8)?, field(8)?, field(8)?);
    let one = match scalar_bits {
        32 => u64::from(1.0_f32.to_bits()),
        64 => 1.0_f64.to_bits(),
        _ => return Err(unknown(SnapshotField::ScalarWidth, scalar_bits.into())),
    };
    let shape = Shape::new(filters as usize, features as usize, tokens as usize, outputs as usize)?;
    let (mut header_len, mut activation) = (COMMON_LEN, (0, 0));
    if version > 1 {
        let (said_len, model, n_blocks, act) = (field(2)?, field(1)?, field(1)?, field(1)?);
        let (loss, rule, distribution, state_len, slope) = (field(1)?, field(1)?, field(1)?, field(4)?, field(8)?);
        for (what, number, last) in [
            (SnapshotField::Model, model, 0),
            (SnapshotField::Activation, act, 3),
            (SnapshotField::Loss, loss, 0),
            (SnapshotField::Rule, rule, 0),
            (SnapshotField::Distribution, distribution, 0),
        ] {
            if number > last {
                return Err(unknown(what, number));
            }
        }
        let mut expected = BLOCKS.into_iter().zip(blocks(sizes(shape)));
        for _ in 0..n_blocks {
            let (kind, carry, zero, rows, columns) = (field(1)?, field(1)?, field(2)?, field(4)?, field(4)?);
            if !BLOCKS.iter().any(|&(known, _)| known == kind) {
                return Err(unknown(SnapshotField::Block, kind));
            }
            if zero != 0 || expected.next() != Some(((kind, carry), (rows, columns))) {
                return Err(foreign);
            }
        }
        // A slope of -0 is one, too.
        let leaky = act == 3 && (slope <= one || slope == 1 << (scalar_bits - 1));
        if said_len != HEADER_LEN as u64
            || expected.next().is_some()
            || state_len != 0
            || !(leaky || act < 3 && slope == 0)
        {
            return Err(foreign);
        }
        (header_len, activation) = (HEADER_LEN, (act as u8, slope));
    }
    let expected = len(header_len, shape, scalar_bits);
    if bytes.len() < expected {
        return Err(truncated);
    }
    if bytes.len() > expected {
        return Err(Error::Snapshot(SnapshotFault::Trailing));
    }
    let stream = match flags {
        0 if seed == 0 && index == 0 => None,
        STREAM_FLAG => Some(SampleStream::at(seed, index)),
        0 => return Err(foreign),
        _ => return Err(unknown(SnapshotField::Flag, flags)),
    };
    if !sealed {
        return Err(Error::Snapshot(SnapshotFault::Altered));
    }
    let parameters = body.get(header_len..).ok_or(truncated)?;
    Ok((Header { version, model: Model::Position, scalar_bits, shape, steps, stream, activation }, parameters))
}

/// Rows and columns of the value matrix, tokens and outputs.
fn sizes(shape: Shape) -> [(u64, u64); 2] {
    let [filters, features, tokens, outputs] =
        [shape.filters(), shape.features(), shape.tokens(), shape.outputs()].map(|size| size as u64);
    [(filters, features), (tokens, outputs)]
}

/// Rows and columns of the blocks.
fn blocks([value, (tokens, outputs)]: [(u64, u64); 2]) -> [(u64, u64); 2] {
    [value, (outputs, tokens)]
}

/// Writes the lowest `len` bytes of `number` to the next places, as far as there are any.
fn put<'a>(places: &mut impl Iterator<Item = &'a mut u8>, len: usize, number: u64) {
    for (byte, place) in number.to_le_bytes().into_iter().take(len).zip(places) {
        *place = byte;
    }
}

/// The next `len` bytes.
fn take<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(len)?;
    *rest = left;
    Some(taken)
}

/// The little-endian number in at most eight bytes.
pub(super) fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Bit by bit: a table would cost firmware a kilobyte.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
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
