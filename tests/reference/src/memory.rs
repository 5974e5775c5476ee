//! The memory that the reference runs work in: enough for the largest of them, small enough for a microcontroller.

use tutee::gradient::samples::BatchLoss;
use tutee::vector::MAY_BE_WIDE;
use tutee::{Error, Scalar};

/// Elements for the largest student, filters, mixing and working memory of the list; a test compares.
const STUDENT: usize = 148;
const VALUE: usize = 21;
const MIXING: usize = 72;
pub(crate) const SCRATCH: usize = 288;
/// On top of that, for online training where there may be wide registers, and for exact selection, which is more than a random
/// program asks for.
const SCRATCH_MORE: usize = if MAY_BE_WIDE { 400 } else { 22 };
/// Bytes of the largest snapshot.
const SNAPSHOT: usize = 1284;

/// Memory of the reference runs, about 7 KiB; make it a `static` where stacks are small.
#[derive(Debug)]
pub struct Memory {
    pub(crate) single: Part<f32>,
    pub(crate) double: Part<f64>,
    pub(crate) snapshot: [u8; SNAPSHOT],
}

impl Memory {
    /// Memory that has not been used yet.
    pub const ZERO: Self = Self { single: Part::ZERO, double: Part::ZERO, snapshot: [0; SNAPSHOT] };
}

/// Memory for one precision.
#[derive(Debug)]
pub(crate) struct Part<T> {
    pub(crate) student: [T; STUDENT],
    pub(crate) steps: u64,
    pub(crate) value: [T; VALUE],
    pub(crate) mixing: [T; MIXING],
    pub(crate) scratch: [T; SCRATCH + SCRATCH_MORE],
    pub(crate) batch_loss: BatchLoss<T>,
}

impl<T: Scalar> Part<T> {
    const ZERO: Self = Self {
        student: [T::ZERO; STUDENT],
        steps: 0,
        value: [T::ZERO; VALUE],
        mixing: [T::ZERO; MIXING],
        scratch: [T::ZERO; SCRATCH + SCRATCH_MORE],
        batch_loss: BatchLoss::ZERO,
    };
}

/// The first `len` elements.
pub(crate) fn part<T>(memory: &mut [T], len: usize) -> Result<&mut [T], Error> {
    memory.get_mut(..len).ok_or(Error::TooLarge { what: "a reference run" })
}
