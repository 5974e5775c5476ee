//! Every error that there is.
#![no_std]
#![no_main]

use semihosting::process;
use tutee::Error;
use tutee::error::{EnvironmentFault, SnapshotFault, SnapshotField};
use tutee_defmt_image::{start, tell};

const WHAT: &str = "readings";

#[cortex_m_rt::entry]
fn main() -> ! {
    start();
    for error in [
        Error::Zero { what: WHAT },
        Error::TooLarge { what: WHAT },
        Error::Length { what: WHAT, expected: 12, found: 11 },
        Error::NotFinite { what: WHAT, index: 70_000 },
        Error::OutOfRange { what: WHAT },
        Error::GroupDoesNotDivide { what: WHAT, group: 3, size: 8 },
        Error::IndexOutOfRange { what: WHAT, index: 9, limit: 8 },
        Error::Duplicate { what: WHAT, position: 5 },
        Error::EmptyNeighbourhood { node: 4 },
        Error::NotOrthonormal,
        Error::Diverged,
        Error::CannotMove { what: WHAT },
        Error::NoSamples,
        Error::Batch,
    ] {
        tell(error);
    }
    for fault in [EnvironmentFault::Rounding, EnvironmentFault::Subnormals, EnvironmentFault::Contraction] {
        tell(Error::Environment(fault));
    }
    for fault in [
        SnapshotFault::Foreign,
        SnapshotFault::Unknown { what: SnapshotField::Rule, number: 513 },
        SnapshotFault::Truncated,
        SnapshotFault::Trailing,
        SnapshotFault::Altered,
        SnapshotFault::OtherModel,
        SnapshotFault::OtherRule,
        SnapshotFault::OtherScalar,
        SnapshotFault::OtherShape,
    ] {
        tell(Error::Snapshot(fault));
    }
    process::exit(0)
}
