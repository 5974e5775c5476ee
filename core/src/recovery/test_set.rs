//! What a test is, and what its samples add up to.

use crate::error::Error;
use crate::input::Input;
use crate::matrix::check_finite;
use crate::scalar::Scalar;

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

/// An estimate of the excess loss on a test set. All of it is finite but for the standard error of losses so large that
/// their squares overflow, which is infinite.
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

/// What the samples of a test add up to, one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    noise_mean: f64,
    first_order: f64,
    second_order: f64,
    sum: f64,
    squared: f64,
}

impl Sums {
    pub(super) fn new(noise_mean: f64) -> Self {
        Self { noise_mean, ..Self::default() }
    }

    /// Adds a sample, of which the teacher's answers less the student's are given in natural order.
    #[inline(always)]
    pub(super) fn add(&mut self, differences: impl Iterator<Item = f64>) {
        let (mut linear, mut quadratic) = (0.0, 0.0);
        for difference in differences {
            linear += difference;
            quadratic += difference * difference;
        }
        let (first, second) = (self.noise_mean * linear, 0.5 * quadratic);
        self.first_order += first;
        self.second_order += second;
        self.sum += first + second;
        self.squared += (first + second) * (first + second);
    }

    /// # Errors
    /// [`Error::NotFinite`]: an answer overflowed, or a square did.
    pub(super) fn estimate(&self, samples: u32) -> Result<TestExcess, Error> {
        let n = f64::from(samples);
        let mean = self.sum / n;
        let (first_order, second_order) = (self.first_order / n, self.second_order / n);
        check_finite("test excess", &[mean, first_order, second_order])?;
        let variance = (self.squared / n - mean * mean) * n / (n - 1.0);
        let variance = if variance.is_finite() { variance.larger(0.0) } else { f64::INFINITY };
        Ok(TestExcess { excess: mean, standard_error: Scalar::sqrt(variance / n), first_order, second_order })
    }
}
