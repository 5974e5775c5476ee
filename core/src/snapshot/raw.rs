//! Snapshots of a student of readings: its parameters, what its standardizer knows, and what its rates come from. The
//! [format](super::format) is that of all snapshots.

use super::format::Context;
use super::head::{
    Block, Header, Model, Reader, cut, len, numbers_of, put, read_head, read_scalars, seal, table_end, write_head,
    write_scalars,
};
use super::pieces::{Pieces, refused};
use crate::error::{Error, SnapshotFault, SnapshotField};
use crate::matrix::check_finite;
use crate::memory::Sizes;
use crate::readings::{Observed, Powers, Preparation, StandardizerViewMut, standardizer_len};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::RuleKind;
use crate::student::{StudentView, StudentViewMut, check_carried, student_len};

const N_BLOCKS: usize = 6;
/// Bytes of what it is given and has seen.
const FORM_LEN: usize = 24;
const HEADER_LEN: usize = table_end(N_BLOCKS) + FORM_LEN;
/// Numbers of the last block.
const N_POWERS: usize = 5;

/// What a training on readings is made of, between two batches.
#[derive(Debug)]
pub struct RawState<'a, T> {
    /// The student.
    pub student: StudentView<'a, T>,
    /// What is known of the readings.
    pub standardizer: &'a StandardizerViewMut<'a, T>,
    /// What the student is given beside them.
    pub preparation: Preparation,
    /// What rates come from.
    pub powers: &'a Powers<T>,
}

/// What a snapshot of a student of readings says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawHeader {
    /// What every snapshot says; the sizes are the student's.
    pub header: Header,
    /// What the student is given beside the readings.
    pub preparation: Preparation,
    /// Sizes of the readings.
    pub readings: Shape,
    /// Pairs that the standardizer has seen.
    pub pairs: u64,
    /// Batches that were stepped on.
    pub batches: u64,
}

/// Bytes of a snapshot of a student of scalar `T` of readings of these sizes. Where that overflows, and where no student has these
/// sizes, it is `usize::MAX`, and no slice is that long.
pub const fn raw_snapshot_len<T: Scalar>(readings: Shape, preparation: Preparation) -> usize {
    match preparation.shape(readings) {
        Ok(shape) => len(HEADER_LEN, scalars(readings, shape), T::BITS),
        Err(_) => usize::MAX,
    }
}

const fn scalars(readings: Shape, shape: Shape) -> usize {
    student_len(shape).saturating_add(standardizer_len(readings)).saturating_add(N_POWERS)
}

fn blocks(readings: Shape, shape: Shape) -> [Block; N_BLOCKS] {
    let block =
        |kind, carry, rows: usize, columns: usize| Block { kind, carry, rows: rows as u64, columns: columns as u64 };
    [
        block(1, true, shape.filters(), shape.features()),
        block(2, true, shape.outputs(), shape.tokens()),
        block(7, false, readings.tokens(), readings.features()),
        block(8, false, 3, readings.features()),
        block(9, false, readings.outputs(), readings.filters()),
        block(10, false, 1, N_POWERS),
    ]
}

/// Writes a snapshot of a training on readings, with what `context` says, to `bytes`. A batch that was begun is not saved. Costs a few
/// nanoseconds a byte.
///
/// # Errors
/// [`Error::Length`] unless there are exactly [`raw_snapshot_len`] bytes, and where student and standardizer are not of the sizes
/// that go together; [`Error::NotFinite`] for what [`load_raw`] would refuse, which no training makes; [`Error::OutOfRange`] for a
/// slope outside `[0, 1]`. Nothing is written then.
pub fn save_raw<T: Scalar>(state: &RawState<'_, T>, context: &Context<T>, bytes: &mut [u8]) -> Result<(), Error> {
    let found = bytes.len();
    let readings = readings(state, found)?;
    let expected = raw_snapshot_len::<T>(readings, state.preparation);
    let wrong = Error::Length { what: "snapshot", expected, found };
    if found != expected {
        return Err(wrong);
    }
    let (header, last) = checked(state, context, readings)?;
    let [head, parameters] = cut(bytes, HEADER_LEN).ok_or(wrong)?;
    write_heads(&mut head.iter_mut(), &header, state, readings);
    write_scalars(parts(state, &last).flatten().copied(), parameters);
    seal(bytes);
    Ok(())
}

/// Hands the bytes that [`save_raw`] writes to `sink`, in their order and [`PIECE_LEN`](super::PIECE_LEN) at a time, the last maybe fewer:
/// nothing else needs memory. Costs as much as [`save_raw`].
///
/// # Errors
/// Those of [`save_raw`] but for the bytes' own length, before the first piece. Then what `sink` says: it is not asked again.
pub fn save_raw_pieces<T: Scalar, E: From<Error>>(
    state: &RawState<'_, T>,
    context: &Context<T>,
    sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let readings = refused(readings(state, usize::MAX))?;
    let (header, last) = refused(checked(state, context, readings))?;
    let mut head = [0; HEADER_LEN];
    write_heads(&mut head.iter_mut(), &header, state, readings);
    let mut pieces = Pieces::new(sink);
    pieces.write(&head)?;
    pieces.write_scalars(parts(state, &last).flatten().copied())?;
    pieces.seal()
}

/// Sizes of the readings.
fn readings<T: Scalar>(state: &RawState<'_, T>, found: usize) -> Result<Shape, Error> {
    let wrong = Error::Length { what: "snapshot", expected: usize::MAX, found };
    state.preparation.readings(state.student.shape()).ok_or(wrong)
}

/// What the header says, and the last block; refuses what [`load_raw`] would.
fn checked<T: Scalar>(
    state: &RawState<'_, T>,
    context: &Context<T>,
    readings: Shape,
) -> Result<(Header, [T; N_POWERS]), Error> {
    state.standardizer.check(Sizes::of(readings))?;
    state.student.check("student")?;
    let [unit, squares, scale] = state.standardizer.observed().scalars();
    let last = [unit, squares, scale, state.powers.input, state.powers.answer];
    for part in state.standardizer.parts().into_iter().chain([&last[..]]) {
        check_finite("standardizer", part)?;
    }
    let header = Header {
        version: super::head::FORMAT_VERSION,
        model: Model::Raw,
        scalar_bits: T::BITS,
        shape: state.student.shape(),
        steps: state.student.steps(),
        stream: context.stream,
        rule: RuleKind::GradientDescent,
        activation: numbers_of(context.activation)?,
    };
    Ok((header, last))
}

/// All that stands before the parameters.
fn write_heads<'a, T: Scalar>(
    places: &mut impl Iterator<Item = &'a mut u8>,
    header: &Header,
    state: &RawState<'_, T>,
    readings: Shape,
) {
    write_head(places, header, 0, HEADER_LEN, (N_BLOCKS, blocks(readings, header.shape).into_iter()));
    let Preparation { intercept, spare, signed } = state.preparation;
    let beside = [intercept, spare, signed].into_iter().rev().fold(0, |bits, is| bits << 1 | u64::from(is));
    for (len, number) in [(1, beside), (7, 0), (8, state.standardizer.pairs()), (8, state.powers.batches)] {
        put(places, len, number);
    }
}

/// The parameters, in their order.
fn parts<'a, T: Scalar>(state: &'a RawState<'_, T>, last: &'a [T; N_POWERS]) -> impl Iterator<Item = &'a [T]> {
    let student = &state.student;
    let of_student = [student.value(), student.value_carry(), student.logits(), student.logits_carry()];
    of_student.into_iter().chain(state.standardizer.parts()).chain([&last[..]])
}

/// Checks everything that can be checked without a student, the checksum included, and says what the snapshot holds.
///
/// # Errors
/// [`Error::Snapshot`], also for a snapshot of another kind of model; [`Error::Zero`] or [`Error::TooLarge`] for sizes that no student
/// of this machine can have.
pub fn inspect_raw(bytes: &[u8]) -> Result<RawHeader, Error> {
    let (header, reader) = read_head(bytes)?;
    read(header, reader).map(|(header, _)| header)
}

/// Replaces a student, what is known of its readings, and what its rates come from by those in the snapshot, and returns what was
/// saved beside them. [`RawSamples::new`](crate::gradient::raw_samples::RawSamples::new) then goes on.
///
/// # Errors
/// What [`inspect_raw`] refuses; [`Error::Snapshot`] when the snapshot is of another scalar, of other sizes, or of something else beside
/// the readings than `preparation`; [`Error::NotFinite`] for numbers that are not. Nothing is changed then.
pub fn load_raw<T: Scalar>(
    bytes: &[u8],
    preparation: Preparation,
    student: &mut StudentViewMut<'_, T>,
    standardizer: &mut StandardizerViewMut<'_, T>,
    powers: &mut Powers<T>,
) -> Result<Context<T>, Error> {
    let (header, reader) = read_head(bytes)?;
    let (RawHeader { header, preparation: saved, readings, pairs, batches }, parameters) = read(header, reader)?;
    if header.scalar_bits != T::BITS {
        return Err(Error::Snapshot(SnapshotFault::OtherScalar));
    }
    if header.shape != student.shape() || saved != preparation || standardizer.check(Sizes::of(readings)).is_err() {
        return Err(Error::Snapshot(SnapshotFault::OtherShape));
    }
    let width = (T::BITS / 8) as usize;
    let scalars = |first: usize| read_scalars::<T>(parameters.get(first * width..).unwrap_or_default());
    let mut first = 0;
    for count in [header.shape.value_len(), header.shape.mixing_len()] {
        check_carried("snapshot", first, count, scalars(first).zip(scalars(first + count)).take(count))?;
        first += 2 * count;
    }
    if let Some(index) = scalars(first).position(|x| !x.is_finite()) {
        return Err(Error::NotFinite { what: "snapshot", index: first + index });
    }
    let mut scalars = scalars(0);
    let (value, value_carry, logits, logits_carry) = student.parameters_mut();
    let (parts, observed) = standardizer.parts_mut();
    for part in [value, value_carry, logits, logits_carry].into_iter().chain(parts) {
        for (to, scalar) in part.iter_mut().zip(&mut scalars) {
            *to = scalar;
        }
    }
    student.set_steps(header.steps);
    let mut next = || scalars.next().unwrap_or(T::ZERO);
    *observed = Observed::of(pairs, [next(), next(), next()]);
    *powers = Powers { input: next(), answer: next(), batches, ..Powers::ZERO };
    Ok(Context { stream: header.stream, activation: header.activation().map(|activation| activation.cast()) })
}

/// The header whole, and the bytes of the parameters.
pub(super) fn read<'a>(mut header: Header, mut reader: Reader<'a>) -> Result<(RawHeader, &'a [u8]), Error> {
    if header.model != Model::Raw {
        return Err(reader.refusal(SnapshotFault::OtherModel));
    }
    if reader.loss > 0 {
        return Err(reader.unknown(SnapshotField::Loss, reader.loss));
    }
    let foreign = reader.refusal(SnapshotFault::Foreign);
    // What the blocks should be follows from what stands behind their table.
    let mut form = reader.behind_table()?;
    let (beside, zero, pairs, batches) = (form.field(1)?, form.field(7)?, form.field(8)?, form.field(8)?);
    let bit = |place: u32| beside >> place & 1 == 1;
    let preparation = Preparation { intercept: bit(0), spare: bit(1), signed: bit(2) };
    let readings = preparation.readings(header.shape).filter(|_| beside >> 3 == 0 && zero == 0).ok_or(foreign)?;
    reader.table(&header, blocks(readings, header.shape).into_iter())?;
    let scalars = scalars(readings, header.shape);
    let parameters = reader.parameters(&mut header, HEADER_LEN, scalars)?;
    Ok((RawHeader { header, preparation, readings, pairs, batches }, parameters))
}

#[cfg(test)]
mod tests;
