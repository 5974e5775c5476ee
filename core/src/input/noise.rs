//! Noise of the labels: `Y = f*(X) + E` with independent Gaussian entries of `E`.
//!
//! A mean other than zero is what makes an out-of-distribution test first order in the error of the parameters.

use super::draw;
use super::stream::SampleRng;
use crate::error::Error;
use crate::scalar::Scalar;

/// Gaussian noise added to each entry of a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelNoise<T> {
    /// Mean of each entry; finite.
    pub mean: T,
    /// Standard deviation of each entry; finite and not negative.
    pub standard_deviation: T,
}

impl<T: Scalar> LabelNoise<T> {
    /// No noise: labels stay as they are and nothing is drawn.
    pub const ZERO: Self = Self { mean: T::ZERO, standard_deviation: T::ZERO };

    /// Refuses parameters outside their range.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], naming the parameter.
    pub fn check(self) -> Result<(), Error> {
        if !self.mean.is_finite() {
            return Err(Error::OutOfRange { what: "the mean of the label noise must be finite" });
        }
        if !self.standard_deviation.is_finite() || self.standard_deviation < T::ZERO {
            let what = "the standard deviation of the label noise must be finite and not negative";
            return Err(Error::OutOfRange { what });
        }
        Ok(())
    }

    /// Adds noise to the label `y` (`outputs x filters`) of a sample, after its input has been drawn. Takes
    /// `ceil(y.len() / 2)` words, none when the standard deviation is zero.
    ///
    /// Parameters that [`Self::check`] refuses give meaningless values; those so large that a sum overflows, infinite ones.
    #[inline]
    pub fn add(self, rng: &mut SampleRng, y: &mut [T]) {
        let Self { mean, standard_deviation } = self;
        if standard_deviation != T::ZERO {
            rng.pairs(y, draw::gaussian_pair, |y, z| *y += mean + standard_deviation * z);
        } else if mean != T::ZERO {
            for y in y {
                *y += mean;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::statistics::assert_moments;
    use super::super::stream::SampleStream;
    use super::*;

    extern crate std;
    use std::vec;

    #[test]
    fn refuses_what_is_not_a_distribution() {
        let check = |mean: f64, standard_deviation: f64| LabelNoise { mean, standard_deviation }.check();
        assert_eq!(check(0.0, 0.0), Ok(()));
        assert_eq!(check(-3.5, 2.0), Ok(()));
        let names = |result: Result<(), Error>, part: &str| match result {
            Err(Error::OutOfRange { what }) => what.contains(part),
            _ => false,
        };
        assert!(names(check(f64::NAN, 1.0), "mean"));
        assert!(names(check(f64::INFINITY, 1.0), "mean"));
        assert!(names(check(0.0, -1.0), "standard deviation"));
        assert!(names(check(0.0, f64::NAN), "standard deviation"));
        assert!(names(check(0.0, f64::INFINITY), "standard deviation"));
    }

    #[test]
    fn is_the_label_plus_the_mean_plus_the_scaled_draws() {
        let stream = SampleStream::new(11);
        for length in 0..8 {
            let label = [0.5_f32, -1.0, 2.0, 0.0, 3.0, -0.25, 7.0, 1.0];
            let mut z = [0.0_f32; 8];
            let mut expected_rng = stream.rng(0);
            expected_rng.gaussian_fill(&mut z[..length]);

            let mut y = label;
            let mut rng = stream.rng(0);
            LabelNoise { mean: 0.75, standard_deviation: 0.5 }.add(&mut rng, &mut y[..length]);
            for (i, ((y, label), z)) in y.into_iter().zip(label).zip(z).enumerate() {
                let noise = if i < length { 0.75 + 0.5 * z } else { 0.0 };
                assert_eq!(y, label + noise);
            }
            assert_eq!(rng, expected_rng);
        }
    }

    #[test]
    fn without_a_deviation_nothing_is_drawn() {
        let stream = SampleStream::new(11);
        let mut rng = stream.rng(0);
        let mut y = [1.0, -2.0, -0.0];
        LabelNoise { mean: 0.5, standard_deviation: 0.0 }.add(&mut rng, &mut y);
        assert_eq!(y, [1.5, -1.5, 0.5]);
        assert_eq!(rng, stream.rng(0));

        let mut y = [1.0, -2.0, -0.0_f64];
        LabelNoise::ZERO.add(&mut rng, &mut y);
        assert_eq!(y.map(f64::to_bits), [1.0, -2.0, -0.0_f64].map(f64::to_bits), "not even the sign of a zero changes");
        assert_eq!(rng, stream.rng(0));
    }

    #[test]
    fn has_its_mean_and_its_deviation() {
        let mut y = vec![0.0_f64; 1_000_000];
        LabelNoise { mean: 1.5, standard_deviation: 2.0 }.add(&mut SampleStream::new(4).sample(), &mut y);
        let standardised: vec::Vec<f64> = y.iter().map(|y| (y - 1.5) / 2.0).collect();
        assert_moments("label noise", &standardised, &[(1, 0.0, 1.0), (2, 1.0, 3.0), (3, 0.0, 15.0)]);
    }
}
