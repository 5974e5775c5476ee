//! Excess loss under inputs and label noise that the student was not trained on.
//!
//! With labels `Y = f*(X) + E` the excess test loss is
//!
//! ```text
//! E 1/2 || Y - f(X) ||^2 - E 1/2 || E ||^2  =  E 1/2 || f* - f ||^2  +  E < E, f* - f >
//! ```
//!
//! Label noise is independent of X, so the last term is `mean(E) * E sum (f* - f)` exactly: that expectation is taken
//! analytically, and only X is sampled. With noise of non-zero mean the last term is first order in the error of the
//! parameters, falls like `1/sqrt(T)`, and has either sign (a student may beat its teacher); the other one is second
//! order, positive, and falls like `1/T`.

use super::test_samples::{Answers, TestSamples, test_samples, test_samples_len};
use super::test_set::Sums;
use crate::error::Error;
use crate::input::SampleStream;
use crate::memory::{Cut, Sizes, layout};
use crate::predict::forward;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::student::StudentView;
use crate::teacher::TeacherView;
use crate::vector::Level;

pub use super::test_set::{TestExcess, TestSet};

layout! {
    /// Working memory of a test that takes one sample after the other.
    struct TestScratch: "test scratch" {
        attention: matrix(OUTPUTS, TOKENS),
        hidden: matrix(TOKENS),
        x: matrix(TOKENS, FEATURES),
        taught: matrix(OUTPUTS, FILTERS),
        learnt: matrix(OUTPUTS, FILTERS),
    }
    /// Elements of the working memory that [`test_excess`] takes at least.
    pub const fn test_scratch_len;
}

/// Elements with which [`test_excess`] makes the most of wide vector registers. With less, and on processors without such
/// registers, a test takes longer and gives the same bits.
#[inline]
pub const fn test_scratch_wide_len(shape: Shape) -> usize {
    test_scratch_len(shape) + test_samples_len(shape)
}

/// Tests a student against a teacher, in at least [`test_scratch_len`] elements of `memory`. Costs `4 M D (d + J)` additions
/// and multiplications a sample, and the draws.
///
/// # Errors
/// [`Error::Length`], [`Error::OutOfRange`], naming what is wrong; [`Error::NotFinite`] where numbers are so large that an
/// answer or a square overflows.
pub fn test_excess<T: Scalar>(
    student: StudentView<'_, T>,
    teacher: TeacherView<'_, T>,
    test: &TestSet<T>,
    memory: &mut [T],
) -> Result<TestExcess, Error> {
    let shape = student.shape();
    shape.check_equal(teacher.shape())?;
    test.input.check()?;
    if test.samples < 2 {
        return Err(Error::OutOfRange { what: "a test set needs at least two samples" });
    }
    if !test.noise_mean.is_finite() {
        return Err(Error::OutOfRange { what: "the mean of the label noise must be finite" });
    }
    let (expected, found) = (test_scratch_len(shape), memory.len());
    let wrong = Error::Length { what: "test scratch", expected, found };
    let mut memory = Cut::new(memory);
    let scratch = TestScratch::cut(Sizes::of(shape), &mut memory).ok_or(wrong)?;
    let TestScratch { attention, hidden, x, taught, learnt } = scratch;
    student.attention(attention)?;

    let activation = teacher.activation();
    let teacher = Answers { value: teacher.value(), weights: teacher.mixing() };
    let student = Answers { value: student.value(), weights: attention };
    let samples = TestSamples { shape, activation, test: *test, student, teacher, memory: memory.rest() };
    if let Some(sums) = test_samples(Level::best(), samples) {
        return sums.estimate(test.samples);
    }
    let (mut stream, mut sums) = (SampleStream::new(test.seed), Sums::new(test.noise_mean.to_f64()));
    for _ in 0..test.samples {
        test.input.fill(&mut stream.sample(), shape.features(), x);
        forward(shape, activation, (teacher.value, teacher.weights), x, hidden, taught)?;
        forward(shape, activation, (student.value, student.weights), x, hidden, learnt)?;
        sums.add(taught.iter().zip(&*learnt).map(|(&taught, &learnt)| (taught - learnt).to_f64()));
    }
    sums.estimate(test.samples)
}
