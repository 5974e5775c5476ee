//! What the tests of this folder measure: moments, correlations and distances between distributions. Seeds are fixed,
//! so that a test either always passes or always fails; the limits are five standard errors.

extern crate std;
use std::vec::Vec;

const STANDARD_ERRORS: f64 = 5.0;

pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    sum / count
}

/// Asserts raw moments: each row is the order, the moment, and the moment of twice the order (for its standard error).
pub(super) fn assert_moments(what: &str, x: &[f64], rows: &[(u32, f64, f64)]) {
    for &(order, moment, moment_of_twice) in rows {
        let power = |x: f64| (0..order).fold(1.0, |product, _| product * x);
        let measured = mean(x.iter().map(|&x| power(x)));
        let error = libm::sqrt((moment_of_twice - moment * moment) / x.len() as f64);
        let away = (measured - moment) / error;
        assert!(
            away.abs() < STANDARD_ERRORS,
            "{what}: moment {order} is {measured}, {away} standard errors off {moment}"
        );
    }
}

/// Asserts that standardised `x` and `y` of the given kurtosis are uncorrelated, and their squares too.
pub(super) fn assert_uncorrelated(what: &str, x: &[f64], y: &[f64], kurtosis: f64) {
    assert_eq!(x.len(), y.len());
    let root = libm::sqrt(x.len() as f64);
    let pairs = || x.iter().zip(y);
    let linear = mean(pairs().map(|(x, y)| x * y)) * root;
    assert!(linear.abs() < STANDARD_ERRORS, "{what}: correlated by {linear} standard errors");
    // The variance of a square is kurtosis - 1; that of a product of two independent squares, the square of it.
    let squares = mean(pairs().map(|(x, y)| (x * x - 1.0) * (y * y - 1.0))) * root / (kurtosis - 1.0);
    assert!(squares.abs() < STANDARD_ERRORS, "{what}: squares correlated by {squares} standard errors");
}

/// Asserts by Kolmogorov's and Smirnov's test that `x` was drawn from the distribution with the given cumulative
/// function. A true hypothesis has `sqrt(n) D > 1.95` once in a thousand.
pub(super) fn assert_distributed(what: &str, mut x: Vec<f64>, cumulative: impl Fn(f64) -> f64) {
    x.sort_unstable_by(f64::total_cmp);
    let n = x.len() as f64;
    let mut distance = 0.0_f64;
    for (i, &x) in x.iter().enumerate() {
        let expected = cumulative(x);
        for step in [i as f64 / n, (i + 1) as f64 / n] {
            let gap = (step - expected).abs();
            if gap > distance {
                distance = gap;
            }
        }
    }
    let scaled = distance * libm::sqrt(n);
    assert!(scaled < 1.95, "{what}: sqrt(n) D = {scaled}");
}

/// Asserts that `count` agrees with a Poisson count of the given mean.
pub(super) fn assert_count(what: &str, count: usize, expected: f64) {
    let away = (count as f64 - expected) / libm::sqrt(expected);
    assert!(away.abs() < STANDARD_ERRORS, "{what}: {count} instead of {expected}, {away} standard errors off");
}
