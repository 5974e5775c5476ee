//! Snapshots of a whitener, of as many inputs as it has looked at, settled or not. It changes no more once it has settled, so
//! that it is saved once, beside the snapshots of the student behind it. The [format](super::format) is that of all snapshots.

use super::head::{
    CHECKSUM_LEN, FORMAT_VERSION, MAGIC, crc32, cut, len, number, put, read_scalars, seal, table_end, write_scalars,
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
/// The number of this kind of model. What loads students does not know it, as it is none.
const KIND: u64 = 3;
/// Where counts stand, which any snapshot of the sizes may have.
const COUNTS: core::ops::Range<usize> = 28..44;
/// Where the width of a scalar stands, and the kind of model.
const WIDTH_AT: usize = 10;
const KIND_AT: usize = 54;

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
        (1, KIND),
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
/// other tokens or features; [`Error::NotFinite`] for numbers that are not; [`Error::Length`] for a whitener of another shape.
/// Nothing is changed then.
pub fn load_whitener<T: Scalar>(
    bytes: &[u8],
    readings: Shape,
    whitener: &mut WhitenerViewMut<'_, T>,
) -> Result<(), Error> {
    whitener.check(Sizes::of(readings))?;
    let refuse = |fault| Err(Error::Snapshot(fault));
    if !bytes.iter().zip(&MAGIC).all(|(byte, magic)| byte == magic) {
        return refuse(SnapshotFault::Foreign);
    }
    let truncated = Error::Snapshot(SnapshotFault::Truncated);
    let found = bytes.get(..HEADER_LEN).ok_or(truncated)?;
    let expected = head::<T>(readings, &Whitened::ZERO);
    let differs = |at: usize| found.get(at) != expected.get(at);
    let fault = if differs(KIND_AT) {
        Some(SnapshotFault::OtherModel)
    } else if differs(WIDTH_AT) {
        Some(SnapshotFault::OtherScalar)
    } else if (0..HEADER_LEN).any(|at| !COUNTS.contains(&at) && differs(at)) {
        Some(SnapshotFault::OtherShape)
    } else {
        None
    };
    let body = bytes.len().checked_sub(CHECKSUM_LEN).ok_or(truncated)?;
    let (sealed, checksum) = bytes.split_at_checked(body).ok_or(truncated)?;
    let fits = u64::from(crc32(sealed)) == number(checksum);
    let len = whitener_snapshot_len::<T>(readings);
    match fault {
        Some(fault) if fits => return refuse(fault),
        None if bytes.len() < len => return Err(truncated),
        None if bytes.len() > len => return refuse(SnapshotFault::Trailing),
        _ if !fits => return refuse(SnapshotFault::Altered),
        _ => {}
    }
    let scalars = || read_scalars::<T>(sealed.get(HEADER_LEN..).unwrap_or_default());
    if let Some(index) = scalars().position(|x| !x.is_finite()) {
        return Err(Error::NotFinite { what: "snapshot", index });
    }
    let (mut scalars, (parts, whitened)) = (scalars(), whitener.parts_mut());
    for part in parts {
        for (to, scalar) in part.iter_mut().zip(&mut scalars) {
            *to = scalar;
        }
    }
    let count = |from: usize| number(found.get(from..from + 8).unwrap_or_default());
    let condition = scalars.next().unwrap_or(T::ZERO);
    // One by one: what a program in C sees between them stays a number.
    whitened.inputs = count(COUNTS.start);
    whitened.left_out = count(COUNTS.start + 8);
    whitened.condition = condition;
    Ok(())
}
