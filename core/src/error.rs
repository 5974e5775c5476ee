//! The one error type. Each value names what was wrong; whoever returns one has changed nothing.

use core::fmt;

/// Why a call was refused. The refused call has changed nothing.
///
/// [`Debug`](fmt::Debug) writes the sentence that [`Display`](fmt::Display) writes: derived, it would bring a processor
/// that has to print an error 5 kB of tables and code that quote strings, and 7 kB if it prints both ways.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A size or count that must be at least one is zero.
    Zero {
        /// Which size.
        what: &'static str,
    },
    /// The sizes are so large that the number of elements overflows.
    TooLarge {
        /// Which size.
        what: &'static str,
    },
    /// A slice has the wrong number of elements.
    Length {
        /// Which slice.
        what: &'static str,
        /// How many elements it should have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// An element is infinite or not a number.
    NotFinite {
        /// Which matrix or slice.
        what: &'static str,
        /// Flat index of the first such element.
        index: usize,
    },
    /// A parameter lies outside its legal range.
    OutOfRange {
        /// Which parameter, with its legal range.
        what: &'static str,
    },
    /// A group size does not divide the number of tokens (or a grid side).
    GroupDoesNotDivide {
        /// Which size is to be divided.
        what: &'static str,
        /// The group size.
        group: usize,
        /// The size that it does not divide.
        size: usize,
    },
    /// An index is not below its limit.
    IndexOutOfRange {
        /// Which index.
        what: &'static str,
        /// Its value.
        index: usize,
        /// The first value that is not allowed.
        limit: usize,
    },
    /// An entry stands in a list twice.
    Duplicate {
        /// Which list.
        what: &'static str,
        /// Position in the list of the second occurrence.
        position: usize,
    },
    /// A node of the graph has no neighbour, so that the average over its neighbourhood does not exist.
    EmptyNeighbourhood {
        /// The node.
        node: usize,
    },
    /// The columns of a position encoding are not orthonormal.
    NotOrthonormal,
    /// Training runs away: the refused step could have made the parameters infinite, or carried them past the limit
    /// in [`Descent::value_limit`](crate::step::Descent::value_limit). The student holds its last good state.
    Diverged,
    /// Training from here would never move what is to train, because its gradient is zero for every sample.
    CannotMove {
        /// What stands still, and why.
        what: &'static str,
    },
    /// A gradient step was asked for before any sample was accumulated.
    NoSamples,
    /// A snapshot cannot be loaded.
    Snapshot(
        /// Why not.
        SnapshotFault,
    ),
    /// The working memory holds no batch for the student as it now stands: the batch was laid aside for another student,
    /// the student has changed since, or the working memory has.
    Batch,
    /// Arithmetic here is not that of IEEE 754 in its default environment, so that results would have other bits than
    /// elsewhere.
    Environment(
        /// What is wrong with it.
        EnvironmentFault,
    ),
}

/// What is wrong with the arithmetic of a thread, or of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum EnvironmentFault {
    /// An operation does not round to nearest even: the thread's mode of rounding is another, or the floating-point
    /// routines are not those of IEEE 754.
    Rounding,
    /// An operation takes subnormal numbers for zero, or gives zero for them: the thread's mode flushes, or the
    /// floating-point routines do.
    Subnormals,
    /// A product or a sum is not rounded to its type before it is used: the program was compiled to contract products and
    /// sums, or keeps more digits than the type has.
    Contraction,
}

/// What is wrong with a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SnapshotFault {
    /// It is none: its magic is another, or it says what no version writes.
    Foreign,
    /// It has a kind or a version that this version of the library does not know: a later one wrote it.
    Unknown {
        /// What is not known.
        what: SnapshotField,
        /// Its number.
        number: u16,
    },
    /// It ends too early.
    Truncated,
    /// It goes on after its end.
    Trailing,
    /// It was altered: its checksum does not fit.
    Altered,
    /// It holds another kind of model.
    OtherModel,
    /// Its step rule is not the one that is to go on.
    OtherRule,
    /// Its scalars are of another width than the model's.
    OtherScalar,
    /// Its sizes are not the model's.
    OtherShape,
}

/// What a snapshot says of itself, in a byte: an error that holds a string of its own costs a chip kilobytes wherever one is
/// returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SnapshotField {
    /// Version of the format.
    Version,
    /// Width of a scalar.
    ScalarWidth,
    /// Kind of model.
    Model,
    /// Activation.
    Activation,
    /// Kind of loss.
    Loss,
    /// Step rule.
    Rule,
    /// Distribution of inputs.
    Distribution,
    /// Kind of a block of parameters.
    Block,
    /// A flag.
    Flag,
}

impl SnapshotField {
    /// The field in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Version => "format version",
            Self::ScalarWidth => "width of scalars",
            Self::Model => "kind of model",
            Self::Activation => "activation",
            Self::Loss => "kind of loss",
            Self::Rule => "step rule",
            Self::Distribution => "distribution of inputs",
            Self::Block => "kind of block",
            Self::Flag => "flag",
        }
    }
}

/// The sentences, for a macro that writes them: one place for whoever reads text and for whoever reads a log of `defmt`.
macro_rules! sentence {
    ($error:expr, $f:expr, $($write:tt)+) => {
        match $error {
            Error::Zero { what } => $($write)+!($f, "{} is zero; it must be at least 1", what),
            Error::TooLarge { what } => $($write)+!($f, "{} is too large", what),
            Error::Length { what, expected, found } => {
                $($write)+!($f, "{} has {} elements; expected {}", what, found, expected)
            }
            Error::NotFinite { what, index } => $($write)+!($f, "{}: element {} is not a finite number", what, index),
            Error::OutOfRange { what } => $($write)+!($f, "out of range: {}", what),
            Error::GroupDoesNotDivide { what, group, size } => {
                $($write)+!($f, "a group of {} does not divide {} = {}", group, what, size)
            }
            Error::IndexOutOfRange { what, index, limit } => {
                $($write)+!($f, "{} {} is out of range; it must be below {}", what, index, limit)
            }
            Error::Duplicate { what, position } => $($write)+!($f, "{}: entry {} repeats an earlier one", what, position),
            Error::EmptyNeighbourhood { node } => $($write)+!($f, "node {} has no neighbour to average over", node),
            Error::NotOrthonormal => $($write)+!($f, "the position encoding is not orthonormal"),
            Error::Diverged => {
                $($write)+!($f, "training diverged; the last good state is kept (a lower rate may help)")
            }
            Error::CannotMove { what } => $($write)+!($f, "training cannot move: {}", what),
            Error::NoSamples => $($write)+!($f, "no sample has been accumulated since the last step"),
            Error::Batch => $($write)+!($f, "the working memory holds no batch for this student as it now stands"),
            Error::Environment(EnvironmentFault::Rounding) => {
                $($write)+!($f, "floating-point arithmetic does not round to nearest even")
            }
            Error::Environment(EnvironmentFault::Subnormals) => {
                $($write)+!($f, "floating-point arithmetic flushes subnormal numbers to zero")
            }
            Error::Environment(EnvironmentFault::Contraction) => $($write)+!(
                $f,
                "floating-point arithmetic was compiled to fuse products and sums, or keeps more digits than it should"
            ),
            Error::Snapshot(SnapshotFault::Unknown { what, number }) => $($write)+!(
                $f,
                "the snapshot has {} {}, which this version of the library does not know",
                what.name(),
                number
            ),
            Error::Snapshot(SnapshotFault::Foreign) => $($write)+!($f, "this is not a snapshot of this library"),
            Error::Snapshot(SnapshotFault::Truncated) => $($write)+!($f, "the snapshot is truncated"),
            Error::Snapshot(SnapshotFault::Trailing) => $($write)+!($f, "the snapshot is followed by something else"),
            Error::Snapshot(SnapshotFault::Altered) => {
                $($write)+!($f, "the snapshot was altered: its checksum does not fit")
            }
            Error::Snapshot(SnapshotFault::OtherModel) => $($write)+!($f, "the snapshot holds another kind of model"),
            Error::Snapshot(SnapshotFault::OtherRule) => $($write)+!($f, "the snapshot is of another step rule"),
            Error::Snapshot(SnapshotFault::OtherScalar) => {
                $($write)+!($f, "the snapshot holds scalars of another width")
            }
            Error::Snapshot(SnapshotFault::OtherShape) => $($write)+!($f, "the snapshot is of a model of other sizes"),
        }
    };
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sentence!(*self, f, write)
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Error {
    fn format(&self, f: defmt::Formatter<'_>) {
        sentence!(*self, f, defmt::write)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn whoever_unwraps_reads_the_sentence() {
        let error = Error::Length { what: "readings", expected: 12, found: 11 };
        assert_eq!(format!("{error:?}"), "readings has 11 elements; expected 12");
        assert_eq!(format!("{:?}", Error::Snapshot(SnapshotFault::Truncated)), "the snapshot is truncated");
    }
}
