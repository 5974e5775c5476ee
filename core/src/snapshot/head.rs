//! What snapshots of all kinds of model have in common: the head, the table of blocks, the checksum, and how numbers lie in bytes.
//! The [format](super::format) is written down in one place.

use crate::activation::Activation;
use crate::error::{Error, SnapshotFault, SnapshotField};
use crate::input::SampleStream;
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::RuleKind;

/// The first bytes of every snapshot. The byte above 127 and the line end betray a transfer as text.
pub const MAGIC: [u8; 8] = *b"\x89TUTEE\r\n";

/// The version of the format that is written, and the last one that is understood.
pub const FORMAT_VERSION: u16 = 2;

const STREAM_FLAG: u64 = 1;
/// Where the parameters of version 1 begin, and what only version 2 says.
pub(super) const COMMON_LEN: usize = 52;
/// Where the table of blocks begins.
const TABLE: usize = COMMON_LEN + 20;
const ENTRY_LEN: usize = 12;
pub(super) const CHECKSUM_LEN: usize = 4;
/// The polynomial of a snapshot's checksum, reflected.
pub(super) const CRC32: u32 = 0xEDB8_8320;

/// Where the parameters begin, or what only one kind of model says, after so many blocks.
pub(super) const fn table_end(blocks: usize) -> usize {
    TABLE + blocks * ENTRY_LEN
}

/// What kind of model a snapshot holds. Its number in a snapshot never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Model {
    /// One layer whose attention depends on positions only: a value matrix, and logits of the attention.
    Position = 0,
    /// A [whole layer](crate::layer).
    Layer = 1,
    /// Attention on positions behind a [standardizer](crate::readings), with what rates come from.
    Raw = 2,
    /// A [whitener](crate::readings::Whitener) of readings, which is no student: its sizes are those of the readings with one filter
    /// and one output, its steps the inputs that it has looked at.
    Whitener = 3,
}

/// A block of parameters, as the table has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// 1 value, 2 logits, 3 key-query, 4 keys, 5 queries, 6 codes, 7 means of readings, 8 their spread, 9 means of answers, 10 powers.
    pub(super) kind: u64,
    /// Whether a carry follows.
    pub(super) carry: bool,
    pub(super) rows: u64,
    pub(super) columns: u64,
}

const LAST_KIND: u64 = 10;

/// What every snapshot says of itself.
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
    /// The rule by which the logits moved.
    pub rule: RuleKind,
    /// Number of the activation and bits of its slope; numbers that came through the door, until somebody asks.
    pub(super) activation: (u8, u64),
}

impl Header {
    /// The activation that the model was trained with, if it was saved. An `f64` holds a slope of either width exactly;
    /// [`Activation::cast`] gives it back.
    pub fn activation(&self) -> Option<Activation<f64>> {
        let (kind, slope) = self.activation;
        match kind {
            1 => Some(Activation::Identity),
            2 => Some(Activation::Relu),
            3 => Some(Activation::LeakyRelu(self.scalar(slope))),
            _ => None,
        }
    }

    /// The scalar of these bits; an `f64` holds those of either width exactly.
    pub(super) fn scalar(&self, bits: u64) -> f64 {
        if self.scalar_bits == 32 { f32::from_bits_u64(bits).to_f64() } else { f64::from_bits(bits) }
    }
}

/// Number of an activation and bits of its slope.
pub(super) fn numbers_of<T: Scalar>(activation: Option<Activation<T>>) -> Result<(u8, u64), Error> {
    Ok(match activation {
        None => (0, 0),
        Some(Activation::Identity) => (1, 0),
        Some(Activation::Relu) => (2, 0),
        Some(Activation::LeakyRelu(slope)) => {
            Activation::LeakyRelu(slope).check()?;
            (3, slope.to_bits_u64())
        }
    })
}

/// Writes the head and the table of a snapshot whose parameters begin at `header_len`, of the last version.
pub(super) fn write_head<'a>(
    places: &mut impl Iterator<Item = &'a mut u8>,
    header: &Header,
    loss: u64,
    header_len: usize,
    (n_blocks, blocks): (usize, impl Iterator<Item = Block>),
) {
    let mut field = |len, number| put(places, len, number);
    field(8, u64::from_le_bytes(MAGIC));
    field(2, FORMAT_VERSION.into());
    field(1, header.scalar_bits.into());
    field(1, if header.stream.is_some() { STREAM_FLAG } else { 0 });
    let shape = header.shape;
    for size in [shape.filters(), shape.features(), shape.tokens(), shape.outputs()] {
        field(4, size as u64);
    }
    field(8, header.steps);
    field(8, header.stream.map_or(0, |stream| stream.seed()));
    field(8, header.stream.map_or(0, |stream| stream.index()));
    field(2, header_len as u64);
    field(1, header.model as u64);
    field(1, n_blocks as u64);
    let (activation, slope) = header.activation;
    field(1, activation.into());
    field(1, loss);
    field(1, header.rule as u64);
    // Distribution of inputs, and the bytes of the rule's state.
    field(1, 0);
    field(4, state_bytes(header));
    field(8, slope);
    for Block { kind, carry, rows, columns } in blocks {
        field(4, kind | u64::from(carry) << 8);
        field(4, rows);
        field(4, columns);
    }
}

/// Bytes of the state of a snapshot's rule.
fn state_bytes(header: &Header) -> u64 {
    (header.rule.state_len(header.shape) as u64).saturating_mul((header.scalar_bits / 8).into())
}

/// Writes scalars one after the other.
pub(super) fn write_scalars<T: Scalar>(scalars: impl Iterator<Item = T>, to: &mut [u8]) {
    let width = (T::BITS / 8) as usize;
    for (place, scalar) in RowsMut::new(to, width).zip(scalars) {
        put(&mut place.iter_mut(), width, scalar.to_bits_u64());
    }
}

/// The scalars that stand one after the other.
pub(super) fn read_scalars<T: Scalar>(bytes: &[u8]) -> impl Iterator<Item = T> {
    Rows::new(bytes, (T::BITS / 8) as usize).map(|bytes| T::from_bits_u64(number(bytes)))
}

/// Cuts a snapshot into header, parameters and checksum; `None` where it is too short for that.
pub(super) fn cut(bytes: &mut [u8], header_len: usize) -> Option<[&mut [u8]; 2]> {
    let body = bytes.len().checked_sub(CHECKSUM_LEN)?;
    let (header, parameters) = bytes.get_mut(..body)?.split_at_mut_checked(header_len)?;
    Some([header, parameters])
}

/// Writes the checksum of everything before it.
pub(super) fn seal(bytes: &mut [u8]) {
    let body = bytes.len().saturating_sub(CHECKSUM_LEN);
    if let Some((body, checksum)) = bytes.split_at_mut_checked(body) {
        put(&mut checksum.iter_mut(), CHECKSUM_LEN, crc32(body).into());
    }
}

/// A snapshot that is being read. What its header says is taken from the front; what depends on the kind of model is left to
/// whoever knows it.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    rest: &'a [u8],
    /// Whether the checksum fits. Where it does not, what the fields say was not meant. But how long the snapshot should be, and
    /// so whether it was cut, only they can say.
    sealed: bool,
    flags: u64,
    seed: u64,
    index: u64,
    said_len: usize,
    n_blocks: u64,
    state_len: u64,
    pub(super) loss: u64,
}

const TRUNCATED: Error = Error::Snapshot(SnapshotFault::Truncated);

/// The head of a snapshot, whatever its model; the stream comes last, with [`Reader::parameters`].
pub(super) fn read_head(bytes: &[u8]) -> Result<(Header, Reader<'_>), Error> {
    let mut rest = bytes;
    // A piece of a snapshot is truncated; anything else is foreign.
    if !bytes.iter().zip(&MAGIC).all(|(byte, magic)| byte == magic) {
        return Err(Error::Snapshot(SnapshotFault::Foreign));
    }
    take(&mut rest, MAGIC.len()).ok_or(TRUNCATED)?;
    let version = take(&mut rest, 2).map(number).ok_or(TRUNCATED)? as u16;
    match version {
        0 => return Err(Error::Snapshot(SnapshotFault::Foreign)),
        1..=FORMAT_VERSION => {}
        number => return Err(Error::Snapshot(SnapshotFault::Unknown { what: SnapshotField::Version, number })),
    }
    let (body, checksum) = bytes.split_at_checked(bytes.len().saturating_sub(CHECKSUM_LEN)).ok_or(TRUNCATED)?;
    let sealed = u64::from(crc32(body)) == number(checksum);
    let mut reader = Reader {
        bytes,
        rest,
        sealed,
        flags: 0,
        seed: 0,
        index: 0,
        said_len: COMMON_LEN,
        n_blocks: 0,
        state_len: 0,
        loss: 0,
    };
    let scalar_bits = reader.field(1)? as u32;
    reader.flags = reader.field(1)?;
    let mut size = || reader.field(4);
    let (filters, features, tokens, outputs) = (size()?, size()?, size()?, size()?);
    let steps = reader.field(8)?;
    (reader.seed, reader.index) = (reader.field(8)?, reader.field(8)?);
    let one = match scalar_bits {
        32 => u64::from(1.0_f32.to_bits()),
        64 => 1.0_f64.to_bits(),
        _ => return Err(reader.unknown(SnapshotField::ScalarWidth, scalar_bits.into())),
    };
    let shape = Shape::new(filters as usize, features as usize, tokens as usize, outputs as usize)?;
    let (mut model, mut rule, mut activation) = (Model::Position, RuleKind::GradientDescent, (0, 0));
    if version > 1 {
        reader.said_len = reader.field(2)? as usize;
        let kind = reader.field(1)?;
        reader.n_blocks = reader.field(1)?;
        let act = reader.field(1)?;
        reader.loss = reader.field(1)?;
        let (rule_number, distribution) = (reader.field(1)?, reader.field(1)?);
        reader.state_len = reader.field(4)?;
        let slope = reader.field(8)?;
        model = match kind {
            0 => Model::Position,
            1 => Model::Layer,
            2 => Model::Raw,
            3 => Model::Whitener,
            _ => return Err(reader.unknown(SnapshotField::Model, kind)),
        };
        for (what, number, last) in [
            (SnapshotField::Activation, act, 3),
            (SnapshotField::Loss, reader.loss, 1),
            // A layer has no other rule yet.
            (SnapshotField::Rule, rule_number, if kind == 0 { RuleKind::Adam as u64 } else { 0 }),
            (SnapshotField::Distribution, distribution, 0),
        ] {
            if number > last {
                return Err(reader.unknown(what, number));
            }
        }
        // A slope of -0 is one, too.
        let leaky = act == 3 && (slope <= one || slope == 1 << (scalar_bits - 1));
        if !(leaky || act < 3 && slope == 0) {
            return Err(reader.refusal(SnapshotFault::Foreign));
        }
        rule = RuleKind::ALL.into_iter().find(|&rule| rule as u64 == rule_number).unwrap_or_default();
        activation = (act as u8, slope);
    }
    Ok((Header { version, model, scalar_bits, shape, steps, stream: None, rule, activation }, reader))
}

impl<'a> Reader<'a> {
    /// The next number of the header.
    pub(super) fn field(&mut self, len: usize) -> Result<u64, Error> {
        take(&mut self.rest, len).map(number).ok_or(TRUNCATED)
    }

    /// Whether the checksum fits, so that what is said was meant.
    pub(super) const fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// The refusal for a fault that is none where the checksum does not fit.
    pub(super) const fn refusal(&self, fault: SnapshotFault) -> Error {
        Error::Snapshot(if self.sealed { fault } else { SnapshotFault::Altered })
    }

    /// Of fields of one byte.
    pub(super) const fn unknown(&self, what: SnapshotField, number: u64) -> Error {
        self.refusal(SnapshotFault::Unknown { what, number: number as u16 })
    }

    /// The table: exactly these blocks, and the state that the header's rule has.
    pub(super) fn table(&mut self, header: &Header, mut expected: impl Iterator<Item = Block>) -> Result<(), Error> {
        for _ in 0..self.n_blocks {
            let (kind, carry, zero, rows, columns) =
                (self.field(1)?, self.field(1)?, self.field(2)?, self.field(4)?, self.field(4)?);
            if kind == 0 || kind > LAST_KIND {
                return Err(self.unknown(SnapshotField::Block, kind));
            }
            let block = Block { kind, carry: carry == 1, rows, columns };
            if carry > 1 || zero != 0 || expected.next() != Some(block) {
                return Err(self.refusal(SnapshotFault::Foreign));
            }
        }
        if expected.next().is_some() || self.state_len != state_bytes(header) {
            return Err(self.refusal(SnapshotFault::Foreign));
        }
        Ok(())
    }

    /// Where the table ends that begins here, as it says itself: what stands behind it can be read before it.
    pub(super) fn behind_table(&self) -> Result<Self, Error> {
        let len = usize::try_from(self.n_blocks).unwrap_or(usize::MAX).saturating_mul(ENTRY_LEN);
        Ok(Self { rest: self.rest.get(len..).ok_or(TRUNCATED)?, ..*self })
    }

    /// What stands in the place of the stream's seed, for a model that has no stream and keeps something else there.
    pub(super) fn take_seed(&mut self) -> u64 {
        core::mem::take(&mut self.seed)
    }

    /// The stream and the bytes of the parameters, of which there are `scalars`, after a header of `header_len` bytes.
    pub(super) fn parameters(&self, header: &mut Header, header_len: usize, scalars: usize) -> Result<&'a [u8], Error> {
        let refuse = |fault| Err(self.refusal(fault));
        if self.said_len != header_len {
            return refuse(SnapshotFault::Foreign);
        }
        let expected = len(header_len, scalars, header.scalar_bits);
        if self.bytes.len() < expected {
            return Err(TRUNCATED);
        }
        if self.bytes.len() > expected {
            return Err(Error::Snapshot(SnapshotFault::Trailing));
        }
        header.stream = match self.flags {
            0 if self.seed == 0 && self.index == 0 => None,
            STREAM_FLAG => Some(SampleStream::at(self.seed, self.index)),
            0 => return refuse(SnapshotFault::Foreign),
            flags => return Err(self.unknown(SnapshotField::Flag, flags)),
        };
        if !self.sealed {
            return refuse(SnapshotFault::Altered);
        }
        let end = self.bytes.len().saturating_sub(CHECKSUM_LEN);
        self.bytes.get(header_len..end).ok_or(TRUNCATED)
    }
}

/// Bytes of a snapshot. Where that overflows it is `usize::MAX`, and no slice is that long.
pub(super) const fn len(header_len: usize, scalars: usize, scalar_bits: u32) -> usize {
    scalars.saturating_mul((scalar_bits / 8) as usize).saturating_add(header_len + CHECKSUM_LEN)
}

/// Writes the lowest `len` bytes of `number` to the next places, as far as there are any.
pub(super) fn put<'a>(places: &mut impl Iterator<Item = &'a mut u8>, len: usize, number: u64) {
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

/// The CRC-32 that ends a snapshot.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    crc(CRC32, bytes)
}

/// The CRC of a reflected polynomial, start and end complemented. Bit by bit: a table would cost firmware a kilobyte.
pub(super) fn crc(polynomial: u32, bytes: &[u8]) -> u32 {
    !crc_on(polynomial, u32::MAX, bytes)
}

/// What remains after more bytes: of none it is `u32::MAX`, and its complement is the CRC.
pub(super) fn crc_on(polynomial: u32, mut remainder: u32, bytes: &[u8]) -> u32 {
    for &byte in bytes {
        remainder ^= u32::from(byte);
        for _ in 0..8 {
            let feedback = if remainder & 1 == 1 { polynomial } else { 0 };
            remainder = remainder >> 1 ^ feedback;
        }
    }
    remainder
}
