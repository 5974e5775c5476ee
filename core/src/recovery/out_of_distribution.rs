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

use crate::error::Error;
use crate::gradient::samples::forward;
use crate::input::{Input, SampleStream};
use crate::matrix::check_length;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::student::StudentView;
use crate::teacher::TeacherView;

/// The test: which inputs, how many, and the mean of the label noise. The same settings draw the same inputs, so that two
/// students, or one at two times, are compared on common random numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TestSet<T> {
    /// How inputs are distributed.
    pub input: Input<T>,
    /// Names the inputs.
    pub seed: u64,
    /// How many inputs; at least 2.
    pub samples: u32,
    /// Mean of the label noise, in every entry of Y.
    pub noise_mean: T,
}

/// An estimate of the excess loss on a test set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TestExcess {
    /// Excess loss; either sign.
    pub excess: f64,
    /// Standard error of `excess` as an estimate for the distribution of inputs.
    pub standard_error: f64,
    /// The part that is first order in the mean of the label noise.
    pub first_order: f64,
    /// The part without label noise; not negative.
    pub second_order: f64,
}

/// Elements of the working memory that [`test_excess`] takes.
#[inline]
pub const fn test_scratch_len(shape: Shape) -> usize {
    shape.mixing_len() + shape.tokens() + shape.input_len() + 2 * shape.output_len()
}

/// Tests a student against a teacher. Costs `4 M D (d + J)` additions and multiplications a sample, and the draws.
///
/// # Errors
/// [`Error::Length`], [`Error::OutOfRange`], naming what is wrong.
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
    check_length("test scratch", memory, expected)?;
    let wrong = Error::Length { what: "test scratch", expected, found };
    let (attention, memory) = memory.split_at_mut_checked(shape.mixing_len()).ok_or(wrong)?;
    let (hidden, memory) = memory.split_at_mut_checked(shape.tokens()).ok_or(wrong)?;
    let (x, memory) = memory.split_at_mut_checked(shape.input_len()).ok_or(wrong)?;
    let (taught, learnt) = memory.split_at_mut_checked(shape.output_len()).ok_or(wrong)?;
    student.attention(attention)?;

    let noise_mean = test.noise_mean.to_f64();
    let mut stream = SampleStream::new(test.seed);
    let (mut first_order, mut second_order, mut sum, mut squared) = (0.0, 0.0, 0.0, 0.0);
    for _ in 0..test.samples {
        test.input.fill(&mut stream.sample(), shape.features(), x);
        forward(shape, teacher.activation(), (teacher.value(), teacher.mixing()), x, hidden, taught)?;
        forward(shape, teacher.activation(), (student.value(), attention), x, hidden, learnt)?;
        let (mut linear, mut quadratic) = (0.0, 0.0);
        for (&taught, &learnt) in taught.iter().zip(&*learnt) {
            let difference = (taught - learnt).to_f64();
            linear += difference;
            quadratic += difference * difference;
        }
        let (first, second) = (noise_mean * linear, 0.5 * quadratic);
        first_order += first;
        second_order += second;
        sum += first + second;
        squared += (first + second) * (first + second);
    }
    let n = f64::from(test.samples);
    let mean = sum / n;
    let variance = ((squared / n - mean * mean) * n / (n - 1.0)).larger(0.0);
    Ok(TestExcess {
        excess: mean,
        standard_error: Scalar::sqrt(variance / n),
        first_order: first_order / n,
        second_order: second_order / n,
    })
}
