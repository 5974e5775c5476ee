//! The self-test: a short run of every kind of training, in both precisions, whose bits are compiled in.
//!
//! It takes the way of every call, through views whose sizes are known at run time only, and through all elementary
//! functions: `exp` and `asin` in the exact gradient, `ln`, `sqrt`, `sin` and `cos` in the draws. The floating-point
//! environment is looked at first; what differs after that is the code or the machine.
//!
//! It has its memory on the stack, in pieces that are never there together, and takes no more of it than the largest of the
//! functions that it tests: `tests/budgets` has the numbers, and holds to them what the header says.

use tutee::activation::Activation;
use tutee::digest::Digest;
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::BatchLoss;
use tutee::input::SampleStream;
use tutee::matrix::MatrixViewMut;
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::{TeacherView, graph};
use tutee::training::{Measured, Training};
use tutee::{Error, Scalar, Shape, digest};

use crate::environment;
use crate::status::Outcome;
use crate::status::tutee_status::*;

const SHAPE: Shape = match Shape::new(2, 3, 5, 5) {
    Ok(shape) => shape,
    Err(_) => panic!("a legal shape"),
};

/// Of `f32` and `f64`. A new digest means a new version of the library: every training gives other bits.
const EXPECTED: [u64; 2] = [0x53CB_EB80_6D72_A8B0, 0x268B_79AB_CD0B_4DF1];

/// The digest of a student after a short run of either kind, one after the other. Its memory is on the stack, and that of
/// each kind is gone when the next begins.
#[inline(never)] // The two precisions do not share one stack frame of twice the size.
fn short_run<T: Scalar>() -> Result<u64, Error> {
    let mut all = Digest::new();
    let mut value = [T::ZERO; SHAPE.value_len()];
    SampleStream::new(1).sample().gaussian_fill(&mut value);
    let mut mixing = [T::ZERO; SHAPE.mixing_len()];
    graph::cycle(MatrixViewMut::new("mixing", &mut mixing, SHAPE.outputs(), SHAPE.tokens())?, 1)?;
    let activation = Activation::LeakyRelu(T::from_f64(0.125));
    let teacher = TeacherView::new(SHAPE, activation, &value, &mixing)?;
    let (mut memory, mut steps) = ([T::ZERO; student_len(SHAPE)], 0);
    let mut student = StudentViewMut::new(SHAPE, &mut memory, &mut steps)?;
    exact(student.reborrow(), teacher, &mut all)?;
    fresh(student, teacher, &mut all)?;
    Ok(all.finish())
}

#[inline(never)] // One piece of the stack.
fn exact<T: Scalar>(
    student: StudentViewMut<'_, T>,
    teacher: TeacherView<'_, T>,
    all: &mut Digest,
) -> Result<(), Error> {
    let mut scratch = [T::ZERO; population_scratch_len(SHAPE)];
    let scratch = PopulationScratchViewMut::new(SHAPE, &mut scratch)?;
    let mut training = Population::new(student, teacher, scratch)?;
    let descent = Descent::new(T::HALF);
    for _ in 0..32 {
        training.step(&descent)?;
    }
    let measure = training.measure();
    all.scalars(&[measure.excess_loss, measure.gradient_norm]);
    all.bytes(&digest::digest(training.student()).to_le_bytes());
    Ok(())
}

#[inline(never)] // One piece of the stack.
fn fresh<T: Scalar>(
    student: StudentViewMut<'_, T>,
    teacher: TeacherView<'_, T>,
    all: &mut Digest,
) -> Result<(), Error> {
    let (mut scratch, mut batch_loss) = ([T::ZERO; online_scratch_len(SHAPE)], BatchLoss::ZERO);
    let scratch = OnlineScratchViewMut::new(SHAPE, &mut scratch, &mut batch_loss)?;
    let mut training = Online::new(student, teacher, Source::gaussian(2, 4), scratch)?;
    let descent = Descent::new(T::HALF);
    for _ in 0..8 {
        training.step(&descent)?;
    }
    all.bytes(&digest::digest(training.student()).to_le_bytes());
    Ok(())
}

fn differs<T: Scalar>(expected: u64) -> bool {
    short_run::<T>() != Ok(expected)
}

/// Tells a wrong environment from wrong code.
pub(crate) fn self_test() -> Outcome {
    environment::check()?;
    let [narrow, wide] = EXPECTED;
    if differs::<f32>(narrow) || differs::<f64>(wide) { Err(TUTEE_ERROR_SELF_TEST) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expected_digests_are_those_of_this_machine() {
        let found = [short_run::<f32>(), short_run::<f64>()];
        assert_eq!(found, EXPECTED.map(Ok), "found {found:X?}");
        assert_eq!(self_test(), Ok(()));
    }

    #[test]
    fn other_bits_are_found() {
        let [narrow, wide] = EXPECTED;
        assert!(differs::<f32>(wide) && differs::<f64>(narrow) && differs::<f64>(wide ^ 1));
    }
}
