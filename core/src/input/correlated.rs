//! Correlated features: a first-order autoregression along the features of each token.
//!
//! ```text
//! x_0 = z_0,   x_i = c x_(i-1) + sqrt(1 - c^2) z_i        z independent, standard normal
//! ```
//!
//! Every `x_i` is standard normal again, and `E x_i x_j = c^|i - j|`.

use crate::scalar::Scalar;

/// Turns independent draws `x` (`tokens x features`) into an autoregression along each token, in place. Any
/// length is accepted: a last token that is cut short is an autoregression too.
#[inline]
pub(super) fn correlate<T: Scalar>(correlation: T, features: usize, x: &mut [T]) {
    // Factored, because 1 - c^2 loses digits near c = 1.
    let innovation = ((T::ONE - correlation) * (T::ONE + correlation)).sqrt();
    let mut previous = T::ZERO;
    let mut left_in_token = 0_usize;
    for x in x {
        if left_in_token == 0 {
            left_in_token = features;
        } else {
            *x = correlation * previous + innovation * *x;
        }
        previous = *x;
        left_in_token = left_in_token.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::distribution::Input;
    use super::super::statistics::{assert_moments, assert_uncorrelated, mean};
    use super::super::stream::SampleStream;

    extern crate std;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn correlated_features_follow_the_power_law() {
        const FEATURES: usize = 5;
        const TOKENS: usize = 20;
        for correlation in [0.8, -0.5, 0.0] {
            let mut stream = SampleStream::new(10);
            let mut all = vec![0.0_f64; 10_000 * TOKENS * FEATURES];
            for x in all.chunks_mut(TOKENS * FEATURES) {
                Input::Correlated { correlation }.fill(&mut stream.sample(), FEATURES, x);
            }
            let count = (all.len() / FEATURES) as f64;
            let column = |f: usize| all.iter().skip(f).step_by(FEATURES).copied();
            for i in 0..FEATURES {
                let marginal: Vec<f64> = column(i).collect();
                assert_moments("one feature", &marginal, &[(1, 0.0, 1.0), (2, 1.0, 3.0), (4, 3.0, 105.0)]);
                for j in 0..i {
                    let expected = (j..i).fold(1.0, |product, _| product * correlation);
                    let measured = mean(column(i).zip(column(j)).map(|(x, y)| x * y));
                    let error = libm::sqrt((1.0 + expected * expected) / count);
                    assert!((measured - expected).abs() < 5.0 * error, "features {i}, {j}: {measured}, {expected}");
                }
            }
            let last: Vec<f64> = column(FEATURES - 1).collect();
            let next_first: Vec<f64> = column(0).skip(1).collect();
            assert_uncorrelated("one token and the next", &last[..last.len() - 1], &next_first, 3.0);
        }
    }

    #[test]
    fn each_token_of_a_correlated_input_starts_afresh() {
        let (c, length) = (0.6_f64, 8);
        let mut z = vec![0.0; length];
        SampleStream::new(12).sample().gaussian_fill(&mut z);
        for features in [0, 1, 2, 3, 5, 8, 100] {
            let mut x = vec![0.0; length];
            Input::Correlated { correlation: c }.fill(&mut SampleStream::new(12).sample(), features, &mut x);
            for i in 0..length {
                let first_of_token = features == 0 || i % features == 0;
                let expected = if first_of_token { z[i] } else { c * x[i - 1] + 0.8 * z[i] };
                assert!((x[i] - expected).abs() < 1e-15 * 8.0, "{features} features, element {i}");
            }
        }
    }
}
