//! Snapshots of a whitener, of as many inputs as it has looked at, settled or not. It changes no more once it has settled, so
//! that it is saved once, beside the snapshots of the student behind it. The [format](super::format) is that of all snapshots.

use super::head::{
    FORMAT_VERSION, Header, MAGIC, Model, Reader, cut, len, put, read_head, read_scalars, seal, table_end,
    write_scalars,
};
use super::pieces::{Pieces, refused};
use crate::error::{Error, SnapshotFault};
use crate::matrix::{check_finite, check_length};
use crate::memory::Sizes;
use crate::readings::{Whitened, WhitenerViewMut};
use crate::scalar::Scalar;
use crate::shape::Shape;

/// No table of blocks: what stands there follows from the sizes.
const HEADER_LEN: usize = table_end(0);

const fn scalars(readings: Shape) -> usize {
    let square = readings.features().saturating_mul(readings.features());
    square.saturating_mul(2).saturating_add(readings.input_len()).saturating_add(readings.features() + 1)
}

/// Bytes of a snapshot of a whitener of scalar `T` of readings of these sizes, of which tokens and features count:
/// `76 + w (D d + d + 2 d^2 + 1)`, w the bytes of a scalar.
pub const fn whitener_snapshot_len<T: Scalar>(readings: Shape) -> usize {
    len(HEADER_LEN, scalars(readings), T::BITS)
}

/// The header of a whitener of these sizes.
fn head<T: Scalar>(readings: Shape, whitened: &Whitened<T>) -> [u8; HEADER_LEN] {
    let mut bytes = [0; HEADER_LEN];
    let mut places = bytes.iter_mut();
    for (len, number) in [
        (8, u64::from_le_bytes(MAGIC)),
        (2, FORMAT_VERSION.into()),
        (1, T::BITS.into()),
        (1, 0),
        // Filters and outputs are the student's.
        (4, 1),
        (4, readings.features() as u64),
        (4, readings.tokens() as u64),
        (4, 1),
        (8, whitened.inputs),
        (8, whitened.left_out),
        (8, 0),
        (2, HEADER_LEN as u64),
        (1, Model::Whitener as u64),
    ] {
        put(&mut places, len, number);
    }
    bytes
}

/// Writes a snapshot of a whitener to `bytes`. One that goes on from it looks at inputs, settles and whitens with the bits of one
/// that was never stopped. Costs a few nanoseconds a byte.
///
/// # Errors
/// [`Error::Length`] unless there are exactly [`whitener_snapshot_len`] bytes, and for a whitener of another shape;
/// [`Error::NotFinite`] for what [`load_whitener`] would refuse. Nothing is written then.
pub fn save_whitener<T: Scalar>(
    readings: Shape,
    whitener: &WhitenerViewMut<'_, T>,
    bytes: &mut [u8],
) -> Result<(), Error> {
    whitener.check(Sizes::of(readings))?;
    let (expected, found) = (whitener_snapshot_len::<T>(readings), bytes.len());
    check_length("snapshot", bytes, expected)?;
    checked(whitener)?;
    let wrong = Error::Length { what: "snapshot", expected, found };
    let [to, numbers] = cut(bytes, HEADER_LEN).ok_or(wrong)?;
    for (to, byte) in to.iter_mut().zip(head(readings, whitener.parts().1)) {
        *to = byte;
    }
    write_scalars(saved(whitener), numbers);
    seal(bytes);
    Ok(())
}

/// Hands the bytes that [`save_whitener`] writes to `sink`, in their order and [`PIECE_LEN`](super::PIECE_LEN) at a time, the last maybe
/// fewer: nothing else needs memory. Costs as much as [`save_whitener`].
///
/// # Errors
/// Those of [`save_whitener`] but for the bytes' own length, before the first piece. Then what `sink` says: it is not asked again.
pub fn save_whitener_pieces<T: Scalar, E: From<Error>>(
    readings: Shape,
    whitener: &WhitenerViewMut<'_, T>,
    sink: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    refused(whitener.check(Sizes::of(readings)))?;
    refused(checked(whitener))?;
    let mut pieces = Pieces::new(sink);
    pieces.write(&head(readings, whitener.parts().1))?;
    pieces.write_scalars(saved(whitener))?;
    pieces.seal()
}

/// Refuses what [`load_whitener`] would.
fn checked<T: Scalar>(whitener: &WhitenerViewMut<'_, T>) -> Result<(), Error> {
    whitener.parts().0.into_iter().try_for_each(|part| check_finite("whitener", part))
}

/// Its numbers, in their order.
fn saved<T: Scalar>(whitener: &WhitenerViewMut<'_, T>) -> impl Iterator<Item = T> {
    let (parts, whitened) = whitener.parts();
    parts.into_iter().flatten().copied().chain([whitened.condition])
}

/// Replaces all that a whitener knows by what is in the snapshot.
///
/// # Errors
/// [`Error::Snapshot`] for bytes that are no snapshot, are cut, altered, or go on; of another kind of model, another scalar, or
/// other tokens or features; [`Error::Zero`] or [`Error::TooLarge`] for sizes that no whitener can have; [`Error::NotFinite`] for
/// numbers that are not; [`Error::Length`] for a whitener of another shape.
/// Nothing is changed then.
pub fn load_whitener<T: Scalar>(
    bytes: &[u8],
    readings: Shape,
    whitener: &mut WhitenerViewMut<'_, T>,
) -> Result<(), Error> {
    whitener.check(Sizes::of(readings))?;
    let (header, reader) = read_head(bytes)?;
    let (header, left_out, numbers) = read(header, reader)?;
    if header.scalar_bits != T::BITS {
        return Err(Error::Snapshot(SnapshotFault::OtherScalar));
    }
    if (header.shape.features(), header.shape.tokens()) != (readings.features(), readings.tokens()) {
        return Err(Error::Snapshot(SnapshotFault::OtherShape));
    }
    if let Some(index) = read_scalars::<T>(numbers).position(|x| !x.is_finite()) {
        return Err(Error::NotFinite { what: "snapshot", index });
    }
    let (mut scalars, (parts, whitened)) = (read_scalars(numbers), whitener.parts_mut());
    for part in parts {
        for (to, scalar) in part.iter_mut().zip(&mut scalars) {
            *to = scalar;
        }
    }
    // One by one: what a program in C sees between them stays a number.
    whitened.inputs = header.steps;
    whitened.left_out = left_out;
    whitened.condition = scalars.next().unwrap_or(T::ZERO);
    Ok(())
}

/// The header, the directions that were left out, and the bytes of the numbers.
pub(super) fn read(mut header: Header, mut reader: Reader<'_>) -> Result<(Header, u64, &[u8]), Error> {
    if header.model != Model::Whitener {
        return Err(reader.refusal(SnapshotFault::OtherModel));
    }
    let left_out = reader.take_seed();
    reader.table(&header, core::iter::empty())?;
    let scalars = scalars(header.shape);
    let numbers = reader.parameters(&mut header, HEADER_LEN, scalars)?;
    // What a whitener does not have.
    let sizes = (header.shape.filters(), header.shape.outputs());
    if sizes != (1, 1) || reader.loss > 0 || header.activation().is_some() || header.stream.is_some() {
        return Err(Error::Snapshot(SnapshotFault::Foreign));
    }
    Ok((header, left_out, numbers))
}
