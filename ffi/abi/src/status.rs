//! The status that every call returns.

use core::ffi::CStr;

use tutee::Error;
use tutee::error::{EnvironmentFault, SnapshotFault};

/// What a call returns. Zero is success; the numbers are fixed for ever, and new ones are only added below.
///
/// Unless the function says otherwise, a call that returns anything else than TUTEE_OK has changed nothing: objects,
/// arrays and outputs hold the same bits as before.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_status {
    /// Done.
    TUTEE_OK = 0,
    /// A pointer is NULL.
    TUTEE_ERROR_NULL = -1,
    /// A pointer is not aligned for what it points to.
    TUTEE_ERROR_MISALIGNED = -2,
    /// An array has not the number of elements that the sizes ask for.
    TUTEE_ERROR_LENGTH = -3,
    /// A size or a count that must be at least 1 is 0.
    TUTEE_ERROR_ZERO = -4,
    /// Sizes or counts are so large that the memory they need cannot be addressed.
    TUTEE_ERROR_TOO_LARGE = -5,
    /// A number that selects one of a list is not on the list.
    TUTEE_ERROR_ENUM = -6,
    /// A number is outside its legal range.
    TUTEE_ERROR_OUT_OF_RANGE = -7,
    /// A number, or an element of an array, is infinite or NaN; or a reading lies so far from those that were looked at that its square is.
    TUTEE_ERROR_NOT_FINITE = -8,
    /// An index names a token, node or group that does not exist.
    TUTEE_ERROR_INDEX = -9,
    /// A list holds an entry twice.
    TUTEE_ERROR_DUPLICATE = -10,
    /// A group or a window does not divide what it is to tile.
    TUTEE_ERROR_DOES_NOT_DIVIDE = -11,
    /// A node of the graph has no neighbour to average over.
    TUTEE_ERROR_EMPTY_NEIGHBOURHOOD = -12,
    /// A position encoding is not orthonormal.
    TUTEE_ERROR_NOT_ORTHONORMAL = -13,
    /// Two objects of one call are of different shapes.
    TUTEE_ERROR_SHAPE = -14,
    /// A pointer does not point to an object of this kind and precision that an init function made, or the object's
    /// header was overwritten.
    TUTEE_ERROR_OBJECT = -15,
    /// Memory that the call would write overlaps other memory of the same call.
    TUTEE_ERROR_OVERLAP = -16,
    /// A step was asked for before any sample was accumulated.
    TUTEE_ERROR_NO_SAMPLES = -17,
    /// The sampler holds no batch for the student as it now stands: none was begun, it was begun for another student, or
    /// the student was changed since.
    TUTEE_ERROR_BATCH = -18,
    /// The step was refused because it could have made the parameters infinite or carried them past the value limit.
    TUTEE_ERROR_DIVERGED = -19,
    /// The thread's floating-point environment flushes subnormal numbers to zero or does not round to nearest even. The
    /// same call could give other bits than elsewhere, and is refused. It helps to link without -ffast-math and -Ofast,
    /// or to call fesetenv(FE_DFL_ENV) in the thread.
    TUTEE_ERROR_FLOAT_ENVIRONMENT = -20,
    /// The bytes are not a snapshot of this library.
    TUTEE_ERROR_SNAPSHOT_FOREIGN = -21,
    /// The snapshot was written by a later version of this library: it has a version or a kind that this one does not know.
    TUTEE_ERROR_SNAPSHOT_VERSION = -22,
    /// The snapshot ends too early.
    TUTEE_ERROR_SNAPSHOT_TRUNCATED = -23,
    /// The snapshot is followed by something else.
    TUTEE_ERROR_SNAPSHOT_TRAILING = -24,
    /// The snapshot was altered: its checksum does not fit.
    TUTEE_ERROR_SNAPSHOT_ALTERED = -25,
    /// The snapshot is of the other precision.
    TUTEE_ERROR_SNAPSHOT_SCALAR = -26,
    /// The snapshot is of a student of another shape.
    TUTEE_ERROR_SNAPSHOT_SHAPE = -27,
    /// The self-test found other bits than those compiled in: the library is miscompiled, or the machine faulty.
    TUTEE_ERROR_SELF_TEST = -28,
    /// A defect of this library; please report it.
    TUTEE_ERROR_INTERNAL = -29,
    /// The block follows from others and cannot be set.
    TUTEE_ERROR_READ_ONLY = -30,
    /// Training from here would never move what is to train: its gradient is zero for every sample.
    TUTEE_ERROR_CANNOT_MOVE = -31,
    /// The snapshot holds another kind of model.
    TUTEE_ERROR_SNAPSHOT_MODEL = -32,
    /// The snapshot is of another step rule.
    TUTEE_ERROR_SNAPSHOT_RULE = -33,
    /// The callback of a tutee_sink ended the save: what it was handed is no whole snapshot.
    TUTEE_ERROR_SINK = -34,
}

use tutee_status::*;

/// How the functions behind the boundary report: `?` carries a refusal out.
pub(crate) type Outcome<T = ()> = Result<T, tutee_status>;

/// The way back over the boundary.
pub(crate) fn status(outcome: Outcome) -> tutee_status {
    match outcome {
        Ok(()) => TUTEE_OK,
        Err(status) => status,
    }
}

impl From<Error> for tutee_status {
    fn from(error: Error) -> Self {
        match error {
            Error::Zero { .. } => TUTEE_ERROR_ZERO,
            Error::TooLarge { .. } => TUTEE_ERROR_TOO_LARGE,
            Error::Length { .. } => TUTEE_ERROR_LENGTH,
            Error::NotFinite { .. } => TUTEE_ERROR_NOT_FINITE,
            Error::OutOfRange { .. } => TUTEE_ERROR_OUT_OF_RANGE,
            Error::GroupDoesNotDivide { .. } => TUTEE_ERROR_DOES_NOT_DIVIDE,
            Error::IndexOutOfRange { .. } => TUTEE_ERROR_INDEX,
            Error::Duplicate { .. } => TUTEE_ERROR_DUPLICATE,
            Error::EmptyNeighbourhood { .. } => TUTEE_ERROR_EMPTY_NEIGHBOURHOOD,
            Error::NotOrthonormal => TUTEE_ERROR_NOT_ORTHONORMAL,
            Error::Diverged => TUTEE_ERROR_DIVERGED,
            Error::CannotMove { .. } => TUTEE_ERROR_CANNOT_MOVE,
            Error::NoSamples => TUTEE_ERROR_NO_SAMPLES,
            Error::Batch => TUTEE_ERROR_BATCH,
            // A library that was compiled to fuse has other bits than those of the self-test.
            Error::Environment(EnvironmentFault::Contraction) => TUTEE_ERROR_SELF_TEST,
            Error::Environment(_) => TUTEE_ERROR_FLOAT_ENVIRONMENT,
            Error::Snapshot(fault) => match fault {
                SnapshotFault::Foreign => TUTEE_ERROR_SNAPSHOT_FOREIGN,
                SnapshotFault::Unknown { .. } => TUTEE_ERROR_SNAPSHOT_VERSION,
                SnapshotFault::Truncated => TUTEE_ERROR_SNAPSHOT_TRUNCATED,
                SnapshotFault::Trailing => TUTEE_ERROR_SNAPSHOT_TRAILING,
                SnapshotFault::Altered => TUTEE_ERROR_SNAPSHOT_ALTERED,
                SnapshotFault::OtherModel => TUTEE_ERROR_SNAPSHOT_MODEL,
                SnapshotFault::OtherRule => TUTEE_ERROR_SNAPSHOT_RULE,
                SnapshotFault::OtherScalar => TUTEE_ERROR_SNAPSHOT_SCALAR,
                SnapshotFault::OtherShape => TUTEE_ERROR_SNAPSHOT_SHAPE,
            },
            // The core may name new faults; a call that can meet one gets its number above.
            _ => TUTEE_ERROR_INTERNAL,
        }
    }
}

/// Every status with its message, in the order of the numbers: the one list that [`message`] and the tests walk.
pub(crate) const MESSAGES: [(tutee_status, &CStr); 35] = [
    (TUTEE_OK, c"done"),
    (TUTEE_ERROR_NULL, c"a pointer is NULL"),
    (TUTEE_ERROR_MISALIGNED, c"a pointer is not aligned for what it points to"),
    (TUTEE_ERROR_LENGTH, c"an array has the wrong number of elements"),
    (TUTEE_ERROR_ZERO, c"a size or count that must be at least 1 is 0"),
    (TUTEE_ERROR_TOO_LARGE, c"sizes or counts are too large"),
    (TUTEE_ERROR_ENUM, c"a number that selects one of a list is not on the list"),
    (TUTEE_ERROR_OUT_OF_RANGE, c"a number is outside its legal range"),
    (TUTEE_ERROR_NOT_FINITE, c"a number, or the square of a reading as far as it lies from those observed, is infinite or NaN"),
    (TUTEE_ERROR_INDEX, c"an index names something that does not exist"),
    (TUTEE_ERROR_DUPLICATE, c"a list holds an entry twice"),
    (TUTEE_ERROR_DOES_NOT_DIVIDE, c"a group or window does not divide what it is to tile"),
    (TUTEE_ERROR_EMPTY_NEIGHBOURHOOD, c"a node of the graph has no neighbour to average over"),
    (TUTEE_ERROR_NOT_ORTHONORMAL, c"the position encoding is not orthonormal"),
    (TUTEE_ERROR_SHAPE, c"two objects are of different shapes"),
    (TUTEE_ERROR_OBJECT, c"not an initialised object of this kind and precision, or its header was overwritten"),
    (TUTEE_ERROR_OVERLAP, c"memory to be written overlaps other memory of the same call"),
    (TUTEE_ERROR_NO_SAMPLES, c"no sample has been accumulated since the last step"),
    (TUTEE_ERROR_BATCH, c"no batch was begun for this student as it now stands: call begin first"),
    (TUTEE_ERROR_DIVERGED, c"training diverged; the last good student is kept (a lower rate may help)"),
    (
        TUTEE_ERROR_FLOAT_ENVIRONMENT,
        c"the floating-point environment flushes subnormal numbers or does not round to nearest even: link without \
          -ffast-math and -Ofast, or call fesetenv(FE_DFL_ENV) in this thread",
    ),
    (TUTEE_ERROR_SNAPSHOT_FOREIGN, c"this is not a snapshot of this library"),
    (TUTEE_ERROR_SNAPSHOT_VERSION, c"the snapshot was written by a later version of this library"),
    (TUTEE_ERROR_SNAPSHOT_TRUNCATED, c"the snapshot is truncated"),
    (TUTEE_ERROR_SNAPSHOT_TRAILING, c"the snapshot is followed by something else"),
    (TUTEE_ERROR_SNAPSHOT_ALTERED, c"the snapshot was altered: its checksum does not fit"),
    (TUTEE_ERROR_SNAPSHOT_SCALAR, c"the snapshot is of the other precision"),
    (TUTEE_ERROR_SNAPSHOT_SHAPE, c"the snapshot is of a student of another shape"),
    (TUTEE_ERROR_SELF_TEST, c"the self-test found other bits than expected: miscompiled library or faulty machine"),
    (TUTEE_ERROR_INTERNAL, c"a defect of this library; please report it"),
    (TUTEE_ERROR_READ_ONLY, c"the block follows from others and cannot be set"),
    (
        TUTEE_ERROR_CANNOT_MOVE,
        c"training from here could never move: another start, or other blocks to train; raw readings that vary are to be observed first",
    ),
    (TUTEE_ERROR_SNAPSHOT_MODEL, c"the snapshot holds another kind of model"),
    (TUTEE_ERROR_SNAPSHOT_RULE, c"the snapshot is of another step rule"),
    (TUTEE_ERROR_SINK, c"whoever takes the snapshot ended the save: it is not whole"),
];

/// The message of a status; what is no status has a message, too.
pub(crate) fn message(status: i32) -> &'static CStr {
    let known = MESSAGES.iter().find(|(known, _)| *known as i32 == status);
    known.map_or(c"this number is not a status of this library", |&(_, message)| message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_one_message() {
        for (place, (status, text)) in MESSAGES.iter().enumerate() {
            assert_eq!(*status as i32, -(place as i32), "no gap, no number twice");
            assert_eq!(message(*status as i32), *text);
            assert!(MESSAGES.iter().filter(|(_, other)| other == text).count() == 1, "{text:?}");
        }
        // The last number of the list of statuses.
        assert_eq!(MESSAGES.len() as i32, 1 - TUTEE_ERROR_SINK as i32);
        for none in [1, i32::MAX, i32::MIN, -(MESSAGES.len() as i32)] {
            assert_eq!(message(none), c"this number is not a status of this library");
        }
    }
}
