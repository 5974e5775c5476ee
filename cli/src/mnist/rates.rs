//! Rates from the data.
//!
//! Real patches are nothing like standard Gaussian ones, so one rate for both matrices would be far too small for one of
//! them. Each is set by the curvature that its matrix sees at the start:
//!
//! ```text
//! value_rate     = 0.75 / lambda       lambda: largest eigenvalue of sum_g E p_g p_g^T,  p_g = X s*_g
//! attention_rate = 6 D / a             a: mean over the groups g of E || f*(X)_g ||^2
//! ```
//!
//! `lambda` is the largest curvature of the loss in a row of W once the attention is right, so descent on W alone is stable
//! below `2 / lambda`. A logit moves by `attention_rate / D` times a gradient that is at most of the size of `a`. At twice
//! the attention rate given here, with few images a step, the attention of a group tends to settle on a few of its patches
//! before the filters are right, and then they never become right; a value rate several times larger does the same.

use tutee::scalar::Scalar;

/// Share of `1 / lambda` that the value rate is.
const VALUE_SHARE: f64 = 0.75;
/// How far one step may move a logit, in units of the relative error of an output.
const ATTENTION_SHARE: f64 = 6.0;
/// Multiplications by the matrix in the search of its largest eigenvalue.
const ITERATIONS: usize = 100;

/// A rate for each matrix, as [`tutee::step::Descent`] takes them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// For the value matrix.
    pub value: f64,
    /// For W_KQ.
    pub attention: f64,
}

impl Rates {
    /// The rates for `images` images with the mean patches `pooled` (`groups x features` an image), to which the teacher
    /// answers `answers` (`groups x filters` an image), when an image has `tokens` tokens. No size is zero, and both
    /// slices hold a number other than zero, or the rates are infinite.
    pub fn new(
        images: usize,
        (pooled, features): (&[f32], usize),
        (answers, filters): (&[f32], usize),
        tokens: usize,
    ) -> Self {
        let lambda = largest_eigenvalue(&moments(pooled, features), features) / images as f64;
        let squared = answers.iter().map(|&y| f64::from(y) * f64::from(y)).sum::<f64>();
        let a = squared / (answers.len() / filters) as f64;
        Self { value: VALUE_SHARE / lambda, attention: ATTENTION_SHARE * tokens as f64 / a }
    }
}

/// `sum p p^T` over the rows of `pooled`, `features x features`.
fn moments(pooled: &[f32], features: usize) -> Vec<f64> {
    let mut moments = vec![0.0; features * features];
    for p in pooled.chunks_exact(features) {
        for (row, &x) in moments.chunks_exact_mut(features).zip(p) {
            for (m, &y) in row.iter_mut().zip(p) {
                *m += f64::from(x) * f64::from(y);
            }
        }
    }
    moments
}

/// By power iteration. The entries of the matrix are not negative, so its first eigenvector may be taken to have no
/// negative entry either, and the vector of ones is not orthogonal to it.
fn largest_eigenvalue(matrix: &[f64], size: usize) -> f64 {
    let mut vector = vec![1.0 / Scalar::sqrt(size as f64); size];
    let mut norm = 0.0;
    for _ in 0..ITERATIONS {
        let image: Vec<f64> =
            matrix.chunks_exact(size).map(|row| row.iter().zip(&vector).map(|(m, v)| m * v).sum()).collect();
        norm = Scalar::sqrt(image.iter().map(|x| x * x).sum::<f64>());
        vector = image.iter().map(|x| x / norm).collect();
    }
    norm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_of_a_case_done_by_hand() {
        // Two images of two groups: moments diag(1 + 9, 4 + 4) / 2, a = (1 + 9 + 4 + 4) / 4.
        let pooled = [1.0, 0.0, 0.0, 2.0, 3.0, 0.0, 0.0, 2.0];
        let answers = [1.0, 2.0, 3.0, 2.0];
        let rates = Rates::new(2, (&pooled, 2), (&answers, 1), 18);
        assert!((rates.value - 0.75 / 5.0).abs() < 1e-9, "{rates:?}");
        assert!((rates.attention - 6.0 * 18.0 / 4.5).abs() < 1e-9, "{rates:?}");
    }

    #[test]
    fn the_eigenvalue_is_the_largest_and_the_right_one() {
        // Eigenvalues 2 +- 1 times 3, and 1.
        let matrix = [6.0, 3.0, 0.0, 3.0, 6.0, 0.0, 0.0, 0.0, 1.0];
        assert!((largest_eigenvalue(&matrix, 3) - 9.0).abs() < 1e-12);
    }

    #[test]
    fn brighter_images_want_smaller_rates() {
        let pooled = [0.1, 0.2, 0.3, 0.4];
        let answers = [0.5, -0.1];
        let rates = Rates::new(1, (&pooled, 2), (&answers, 1), 4);
        let bright = Rates::new(1, (&pooled.map(|x| 2.0 * x), 2), (&answers.map(|y| 2.0 * y), 1), 4);
        assert!(
            (rates.value / bright.value - 4.0).abs() < 1e-6 && (rates.attention / bright.attention - 4.0).abs() < 1e-6
        );
    }
}
