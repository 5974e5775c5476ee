//! Means of functions of normal numbers as integrals over one number, so that floors are measured to many digits.

use std::f64::consts::{PI, SQRT_2, TAU};

use tutee::Scalar;

/// How far integrals over a normal number go, in deviations, and their steps in one.
const REACH: i32 = 10;
const STEPS: i32 = 128;

/// Mean of a function of a normal number of this variance: the trapezoidal rule, exact to rounding for smooth functions, and to 1e-9 for
/// those that bend at zero.
pub fn normal_mean(variance: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (deviation, step) = (variance.sqrt(), 1.0 / f64::from(STEPS));
    let at = |k: i32| {
        let z = f64::from(k) * step;
        f(deviation * z) * Scalar::exp(-0.5 * z * z)
    };
    (-REACH * STEPS..=REACH * STEPS).map(at).sum::<f64>() * step / TAU.sqrt()
}

/// `E relu(a) relu(b)` of two normal numbers of these deviations: in polar coordinates the mean square of the radius, which is 2, times
/// the mean of `relu(cos t) relu(cos(t - angle))`; by Simpson's rule where neither is zero.
pub fn relu_product([a, b]: [f64; 2], correlation: f64) -> f64 {
    let angle = libm::acos(correlation);
    let (from, to, parts) = (angle - 0.5 * PI, 0.5 * PI, 512);
    let step = (to - from) / f64::from(parts);
    let at = |k: i32| {
        let t = from + f64::from(k) * step;
        let weight = if k == 0 || k == parts { 1.0 } else { f64::from(2 + 2 * (k % 2)) };
        weight * libm::cos(t) * libm::cos(t - angle)
    };
    a * b * 2.0 * (0..=parts).map(at).sum::<f64>() * step / 3.0 / TAU
}

/// Density of a normal number, and how likely it is to be smaller than this, and larger.
fn normal(z: f64) -> (f64, f64, f64) {
    let below = |z: f64| 0.5 * libm::erfc(-z / SQRT_2);
    (Scalar::exp(-0.5 * z * z) / TAU.sqrt(), below(z), below(-z))
}

fn power(x: f64, n: usize) -> f64 {
    (0..n).fold(1.0, |product, _| product * x)
}

/// Integral over all z that count for normal numbers.
fn integral(f: impl Fn(f64) -> f64) -> f64 {
    let step = 1.0 / f64::from(STEPS);
    (-REACH * STEPS..=REACH * STEPS).map(|k| f(f64::from(k) * step)).sum::<f64>() * step
}

/// Mean square of the largest of so many normal numbers beside their mean. Of the others each is on average `-density / below` under a
/// largest one of z, so that `E max mean = int count density below^(count - 1) z (z - (count - 1) density / below) / count`.
pub fn largest_beside_mean(count: usize) -> f64 {
    let n = count as f64;
    let integrand = |z: f64| {
        let (density, below, _) = normal(z);
        let others = power(below, count - 1);
        let mean = (z * others - (n - 1.0) * density * power(below, count - 2)) / n;
        n * density * z * (z * others - 2.0 * mean)
    };
    integral(integrand) + 1.0 / n
}

/// Mean square of the mean of the two largest of so many normal numbers: of a second largest one of z, the largest is on average
/// `density / above`, and its square `1 + z density / above`.
pub fn top_two_square(count: usize) -> f64 {
    let n = count as f64;
    let integrand = |z: f64| {
        let (density, below, above) = normal(z);
        let squares = above + z * density + z * z * above + 2.0 * z * density;
        n * (n - 1.0) * density * power(below, count - 2) * squares
    };
    0.25 * integral(integrand)
}

/// Of so many normal numbers s, weighed by the softmax w of `sharpness s`: `E (sum w s)^2` and `E sum w^2`. With `1 / A^2 = int t e^(-t A) dt`,
/// A the softmax's denominator, the numbers are independent for each t; the integral is over the logarithm of t.
pub fn softmax_squares(count: usize, sharpness: f64) -> [f64; 2] {
    let (n, step) = (count as f64, 1.0 / 16.0);
    let mut sums = [0.0; 2];
    for k in -480..=400 {
        let t = Scalar::exp(f64::from(k) * step);
        let mean = |f: &dyn Fn(f64, f64) -> f64| {
            normal_mean(1.0, |s| {
                let e = Scalar::exp(sharpness * s);
                f(s, e) * Scalar::exp(-t * e)
            })
        };
        let (none, one) = (mean(&|_, _| 1.0), mean(&|s, e| s * e));
        let (square, weight) = (mean(&|s, e| s * s * e * e), mean(&|_, e| e * e));
        let own = n * power(none, count - 1);
        let pairs = n * (n - 1.0) * power(none, count - 2);
        // dt = t d(ln t)
        let [score, weights] = [own * square + pairs * one * one, own * weight].map(|x| x * t * t * step);
        sums = [sums[0] + score, sums[1] + weights];
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9 * (1.0 + expected.abs()), "{found} {expected}");
    }

    #[test]
    fn integrals_have_the_values_that_are_known() {
        close(normal_mean(0.25, |u| u * u * u * u), 3.0 / 16.0);
        close(normal_mean(4.0, |u| u * u.larger(0.0)), 2.0);
        // Independent ones have the mean 1 / sqrt(2 pi) each; alike, half of the square; a third of the circle.
        close(relu_product([1.0, 3.0], 0.0), 3.0 / TAU);
        close(relu_product([2.0, 2.0], 1.0), 2.0);
        close(relu_product([1.0, 0.5], 0.5), 0.5 * (0.75_f64.sqrt() + PI / 3.0) / TAU);
        // The larger of two is their mean and half of their distance, which has the variance 1/2.
        close(largest_beside_mean(2), 0.5);
        close(largest_beside_mean(4), 0.75 + 3.0_f64.sqrt() / PI);
        close(top_two_square(2), 0.5);
        // Of three, what is left is the smallest: E (sum - min)^2 = 3 - 2 E sum min + E min^2, and E sum min = 1.
        let least = largest_beside_mean(3) - 1.0 / 3.0 + 2.0 / 3.0;
        close(top_two_square(3), 0.25 * (3.0 - 2.0 + least));
        for count in [3, 8] {
            let [score, weights] = softmax_squares(count, 0.0);
            close(score, 1.0 / count as f64);
            close(weights, 1.0 / count as f64);
        }
        // Of two, the score is their mean and `w - 1/2` of their difference, which are independent and have the variances 1/2 and 2.
        for sharpness in [0.5, 2.0] {
            let half = |d: f64| 1.0 / (1.0 + Scalar::exp(-sharpness * d)) - 0.5;
            let [score, weights] = softmax_squares(2, sharpness);
            close(score, 0.5 + normal_mean(2.0, |d| half(d) * half(d) * d * d));
            close(weights, 0.5 + 2.0 * normal_mean(2.0, |d| half(d) * half(d)));
        }
    }
}
