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
//! | 52 | 2 | length of the header, which is where the blocks begin: 72, 12 for each block, and 28 for a whole layer, 24 for a student of readings |
//! | 54 | 1 | kind of model: 0, attention that depends on positions only; 1, a whole layer; 2, a student of readings; 3, a whitener of readings, which is no student |
//! | 55 | 1 | number of blocks n |
//! | 56 | 1 | activation: 0 not saved, 1 identity, 2 ReLU, 3 leaky ReLU |
//! | 57 | 1 | kind of loss: 0 squared, 1 logistic |
//! | 58 | 1 | step rule of the logits: 0 gradient descent, 1 mirror, 2 normalised, 3 Polyak, 4 Adam; of the other models 0 |
//! | 59 | 1 | distribution of the stream's inputs: 0, not saved |
//! | 60 | 4 | bytes of the step rule's state: 0 but for Adam, whose state is `2 J D + 2` scalars |
//! | 64 | 8 | slope of a leaky ReLU as the bits of a scalar, which lies in `[0, 1]`; 0 for the others |
//! | 72 | 12 n | what the blocks are, below |
//! | | 28 | of a whole layer, its form, below |
//! | | 24 | of a student of readings, what it is given and has seen, below |
//! | | | each block by rows, and its carry after it where it has one |
//! | | | the step rule's state |
//! | end - 4 | 4 | CRC-32 of everything before it (reflected polynomial `EDB88320`, start and end complemented, as in zlib) |
//!
//! What a block is:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | kind: 1 value, 2 logits, 3 key-query, 4 keys, 5 queries, 6 codes, 7 means of readings, 8 their spread, 9 means of answers, 10 powers |
//! | 1 | 1 when a carry of the same size follows, else 0 |
//! | 2 | 0 |
//! | 4, 4 | rows, columns |
//!
//! The model of kind 0 has two, both with a carry: value `M x d` and logits `J x D`; its loss is the squared one. A layer, kind
//! 1, has the value, then key-query or keys and queries, then the codes where they are fixed or learned; all have a carry but fixed
//! codes. Its activation is always saved. Its form is:
//!
//! | bytes | what |
//! |---|---|
//! | 1 | tokens: 0 content, 1 concatenated, 2 added |
//! | 1 | codes: 0 none, 1 fixed, 2 learned, 3 fresh with every sample |
//! | 1 | keys and queries: 0 merged in one matrix, 1 separate |
//! | 1 | what asks: 0 tokens, 1 sets, 2 vectors |
//! | 4, 4, 4 | width of a code, of a key of its own, of a vector that asks; 0 where there is none |
//! | 1 | which blocks train, a bit each: value of content, of position; content-content, content-position, position-content, position-position of W_KQ; codes |
//! | 3 | 0 |
//! | 8 | the scale, as the bits of a scalar |
//!
//! A student of readings, kind 2, has the two blocks of kind 0, then what its standardizer knows, without carries: the mean of every
//! feature of every token of the readings; three rows of as many as they have features, the largest deviation, the sum of squares in units
//! of it, and what is divided by; the mean of every filter of every output; and one row of five, of the answers largest deviation,
//! squares and what is divided by, then the mean powers of an input and of an answer, as it sees them, over all batches. Sizes of the
//! readings follow from those of the student, which the header has, and from
//!
//! | bytes | what |
//! |---|---|
//! | 1 | what stands beside the readings, a bit each: intercept, spare token, signed tokens |
//! | 7 | 0 |
//! | 8, 8 | pairs that the standardizer has seen, batches that were stepped on |
//!
//! A whitener of readings, kind 3, has no blocks in its table. M and J are 1, in the place of steps are the inputs that it has seen, and in that of
//! the seed the directions that it left out. Scalars follow: the mean of every feature of every token; the largest deviation of each feature; sums
//! of the products of two features' deviations in these units, `d x d`; its matrix, `d x d`, zeros until it settles; and the condition.
//!
//! Adam's state is its first moments by rows, its second, and what each has gathered (`1 - decay^t`), one scalar each.
//!
//! Rates, batch and noise, a rule's length or theta, and whether W is solved for, are settings of whoever trains, and stand in no
//! snapshot.
//!
//! The version stands before everything that a later version may change. A reader refuses a number that it does not know, and
//! names it ([`SnapshotFault::Unknown`]). A CRC-32 sees every change that is confined to 32 consecutive bits, so every flip of
//! one bit, and misses another one once in 2^32.
//!
//! # Version 1
//!
//! ends its header at offset 52, where value, carry of the value, logits, carry of the logits and the CRC-32 follow. It is loaded
//! for ever, and not written any more.

use super::head::{
    Block, Header, Model, Reader, cut, len, numbers_of, read_head, read_scalars, seal, table_end, write_head,
    write_scalars,
};
use super::pieces::{Pieces, refused};
use crate::activation::Activation;
use crate::error::{Error, SnapshotFault, SnapshotField};
use crate::input::SampleStream;
use crate::matrix::{check_finite, check_length};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::RuleKind;
use crate::student::{StudentView, StudentViewMut, check_carried, student_len};

const N_BLOCKS: usize = 2;
/// Where the parameters of version 2 begin.
const HEADER_LEN: usize = table_end(N_BLOCKS);

/// What is saved beside a student's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Context<T> {
    /// Where the sample stream stands, if there is one.
    pub stream: Option<SampleStream>,
    /// The activation that the student is trained with, if whoever loads it is to be told.
    pub activation: Option<Activation<T>>,
}

/// Bytes of a snapshot of a student of scalar `T`. Where that overflows it is `usize::MAX`, and no slice is that long.
pub const fn snapshot_len<T: Scalar>(shape: Shape) -> usize {
    len(HEADER_LEN, student_len(shape), T::BITS)
}

/// Bytes of a snapshot of a student of scalar `T` with what a rule keeps. Where that overflows it is `usize::MAX`.
pub const fn ruled_snapshot_len<T: Scalar>(shape: Shape, rule: RuleKind) -> usize {
    let state = rule.state_len(shape);
    // The bytes of the state have four bytes of the header.
    if state as u64 > u32::MAX as u64 / 8 {
        return usize::MAX;
    }
    len(HEADER_LEN, student_len(shape).saturating_add(state), T::BITS)
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
    save_ruled(student, context, (RuleKind::GradientDescent, &[]), bytes)
}

/// Writes a snapshot of `student` to `bytes`, with what `context` says, and with a rule of the logits and what it keeps. Costs a few
/// nanoseconds a byte.
///
/// # Errors
/// [`Error::Length`] unless there are exactly [`ruled_snapshot_len`] bytes, and [`RuleKind::state_len`] elements of `kept`; the rest as
/// [`save_with`] has it, for what is kept, too. Nothing is written then.
pub fn save_ruled<T: Scalar>(
    student: StudentView<'_, T>,
    context: &Context<T>,
    (rule, kept): (RuleKind, &[T]),
    bytes: &mut [u8],
) -> Result<(), Error> {
    let shape = student.shape();
    let (expected, found) = (ruled_snapshot_len::<T>(shape, rule), bytes.len());
    let wrong = Error::Length { what: "snapshot", expected, found };
    if found != expected {
        return Err(wrong);
    }
    let header = checked(student, context, (rule, kept))?;
    let [head, parameters] = cut(bytes, HEADER_LEN).ok_or(wrong)?;
    write_head(&mut head.iter_mut(), &header, 0, HEADER_LEN, (N_BLOCKS, blocks(shape).into_iter()));
    write_scalars(parts(student, kept).flatten().copied(), parameters);
    seal(bytes);
    Ok(())
}

/// Hands the bytes that [`save_with`] writes to `sink`, in their order and [`PIECE_LEN`](super::PIECE_LEN) at a time, the last maybe fewer:
/// nothing else needs memory. Costs as much as [`save_with`].
///
/// # Errors
/// Those of [`save_with`] but for the bytes' own length, before the first piece. Then what `sink` says: it is not asked again.
pub fn save_pieces<T: Scalar, E: From<Error>>(
    student: StudentView<'_, T>,
    context: &Context<T>,
    sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    save_ruled_pieces(student, context, (RuleKind::GradientDescent, &[]), sink)
}

/// Hands the bytes that [`save_ruled`] writes to `sink`, in their order and [`PIECE_LEN`](super::PIECE_LEN) at a time, the last maybe fewer:
/// nothing else needs memory. Costs as much as [`save_ruled`].
///
/// # Errors
/// Those of [`save_ruled`] but for the bytes' own length, before the first piece. Then what `sink` says: it is not asked again.
pub fn save_ruled_pieces<T: Scalar, E: From<Error>>(
    student: StudentView<'_, T>,
    context: &Context<T>,
    (rule, kept): (RuleKind, &[T]),
    sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let header = refused(checked(student, context, (rule, kept)))?;
    let mut head = [0; HEADER_LEN];
    write_head(&mut head.iter_mut(), &header, 0, HEADER_LEN, (N_BLOCKS, blocks(header.shape).into_iter()));
    let mut pieces = Pieces::new(sink);
    pieces.write(&head)?;
    pieces.write_scalars(parts(student, kept).flatten().copied())?;
    pieces.seal()
}

/// What the header says; refuses what [`load`] would.
fn checked<T: Scalar>(
    student: StudentView<'_, T>,
    context: &Context<T>,
    (rule, kept): (RuleKind, &[T]),
) -> Result<Header, Error> {
    let shape = student.shape();
    check_length("rule state", kept, rule.state_len(shape))?;
    student.check("student")?;
    check_finite("rule state", kept)?;
    Ok(Header {
        version: super::head::FORMAT_VERSION,
        model: Model::Position,
        scalar_bits: T::BITS,
        shape,
        steps: student.steps(),
        stream: context.stream,
        rule,
        activation: numbers_of(context.activation)?,
    })
}

/// The parameters, in their order.
fn parts<'a, T: Scalar>(student: StudentView<'a, T>, kept: &'a [T]) -> impl Iterator<Item = &'a [T]> {
    [student.value(), student.value_carry(), student.logits(), student.logits_carry(), kept].into_iter()
}

/// Replaces `student` by the one in the snapshot and returns where its sample stream stood. What a rule kept is left in the
/// snapshot: [`load_ruled`] brings it back, too.
///
/// # Errors
/// What [`inspect`](super::inspect) refuses; [`Error::Snapshot`] when the snapshot is of another kind of model, scalar or shape than
/// `student`; [`Error::NotFinite`] for what [`StudentViewMut::new`] would refuse, too. The student is unchanged then.
pub fn load<T: Scalar>(bytes: &[u8], student: &mut StudentViewMut<'_, T>) -> Result<Option<SampleStream>, Error> {
    load_with(bytes, student, None)
}

/// Replaces `student` by the one in the snapshot and `kept` by what its rule kept, and returns where the sample stream stood.
///
/// # Errors
/// Those of [`load`]; [`Error::Snapshot`] for a snapshot of another rule than `rule`; [`Error::Length`] unless `kept` has
/// [`RuleKind::state_len`] elements; [`Error::NotFinite`] for a state that is not finite. Nothing is changed then.
pub fn load_ruled<T: Scalar>(
    bytes: &[u8],
    student: &mut StudentViewMut<'_, T>,
    rule: RuleKind,
    kept: &mut [T],
) -> Result<Option<SampleStream>, Error> {
    load_with(bytes, student, Some((rule, kept)))
}

fn load_with<T: Scalar>(
    bytes: &[u8],
    student: &mut StudentViewMut<'_, T>,
    rule: Option<(RuleKind, &mut [T])>,
) -> Result<Option<SampleStream>, Error> {
    let (header, reader) = read_head(bytes)?;
    if header.model != Model::Position {
        return Err(reader.refusal(SnapshotFault::OtherModel));
    }
    let (header, parameters) = read(header, reader)?;
    if header.scalar_bits != T::BITS {
        return Err(Error::Snapshot(SnapshotFault::OtherScalar));
    }
    if header.shape != student.shape() {
        return Err(Error::Snapshot(SnapshotFault::OtherShape));
    }
    let width = (T::BITS / 8) as usize;
    let mut first = 0;
    for count in [header.shape.value_len(), header.shape.mixing_len()] {
        let (at, carries) = (first * width, (first + count) * width);
        let [parameters, carries] = [at, carries].map(|at| parameters.get(at..).unwrap_or_default());
        check_carried("snapshot", first, count, read_scalars(parameters).zip(read_scalars::<T>(carries)).take(count))?;
        first += 2 * count;
    }
    let state = || read_scalars::<T>(parameters.get(first * width..).unwrap_or_default());
    if let Some((rule, kept)) = &rule {
        if *rule != header.rule {
            return Err(Error::Snapshot(SnapshotFault::OtherRule));
        }
        check_length("rule state", kept, rule.state_len(header.shape))?;
        if let Some(index) = state().position(|kept| !kept.is_finite()) {
            return Err(Error::NotFinite { what: "snapshot", index: first + index });
        }
    }
    let mut scalars = read_scalars(parameters);
    let (value, value_carry, logits, logits_carry) = student.parameters_mut();
    for part in [value, value_carry, logits, logits_carry] {
        for (parameter, scalar) in part.iter_mut().zip(&mut scalars) {
            *parameter = scalar;
        }
    }
    if let Some((_, kept)) = rule {
        for (kept, scalar) in kept.iter_mut().zip(scalars) {
            *kept = scalar;
        }
    }
    student.set_steps(header.steps);
    Ok(header.stream)
}

/// The header whole, and the bytes of the parameters.
pub(super) fn read<'a>(mut header: Header, mut reader: Reader<'a>) -> Result<(Header, &'a [u8]), Error> {
    if reader.loss > 0 {
        return Err(reader.unknown(SnapshotField::Loss, reader.loss));
    }
    let header_len = if header.version > 1 {
        reader.table(&header, blocks(header.shape).into_iter())?;
        HEADER_LEN
    } else {
        super::head::COMMON_LEN
    };
    let scalars = student_len(header.shape).saturating_add(header.rule.state_len(header.shape));
    let parameters = reader.parameters(&mut header, header_len, scalars)?;
    Ok((header, parameters))
}

fn blocks(shape: Shape) -> [Block; N_BLOCKS] {
    let block =
        |kind, rows: usize, columns: usize| Block { kind, carry: true, rows: rows as u64, columns: columns as u64 };
    [block(1, shape.filters(), shape.features()), block(2, shape.outputs(), shape.tokens())]
}

#[cfg(test)]
mod tests;
