//! The six teachers: what a student is to find out.

use tutee::input::SampleStream;
use tutee::matrix::Matrix;
use tutee::teacher::Teacher;
use tutee::teacher::family::unit_filters;
use tutee::teacher::paper::PaperTask;
use tutee::{Error, Scalar};

/// Seed of the filters.
const SEED: u64 = 1;

/// Makes `teacher` the teacher of `task`, with filters of norm 1.
///
/// # Errors
/// What the mixing refuses: blocks that do not divide the tokens, a token that does not exist.
#[inline(never)]
pub fn fill<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>(
    task: PaperTask,
    teacher: &mut Teacher<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
) -> Result<(), Error> {
    let mut filters = Matrix::<T, FILTERS, FEATURES>::ZERO;
    unit_filters(filters.as_mut_slice(), FEATURES, &mut SampleStream::new(SEED).sample());
    let chosen: &[usize] = if task == PaperTask::GroupSparse { &[5] } else { &[1, 2, 6] };
    let family = task.family(task.group(), chosen)?;
    teacher.fill(task.activation(), &filters, |mixing| family.fill(mixing))
}
