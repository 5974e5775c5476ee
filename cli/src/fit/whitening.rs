//! Features of a token made uncorrelated: `x' = Z (x - m)` with `Z = R^(-1/2) diag(1 / s)`, m the means that the standardizer would take, s
//! the standard deviations, R the features' correlations (the whitening that leaves readings nearest to what they were). One Z for
//! all tokens, so that a student of x' is one of x: `W = W' Z`.
//!
//! Descent on features that say nearly the same is slow along what they differ in, by the condition of R; whitened it is not.

use serde::Serialize;
use tutee::readings::Centre;
use tutee::{Error, Scalar};

use super::condition::eigen;

/// A direction with less than this share of the largest power has none, nor has a feature that varies by less than this share of its
/// readings: what is there is rounding.
const NONE: f64 = 1e-12;

/// How the features of every token are made uncorrelated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Whitening {
    /// D rows of d: m, what is taken from readings.
    pub mean: Vec<Vec<f64>>,
    /// d rows of d: Z, what each token is multiplied by then.
    pub matrix: Vec<Vec<f64>>,
    /// Largest over smallest eigenvalue of R, of the directions that are not zero.
    pub condition: f64,
    /// Directions that no reading has, and that are left out: features that never vary, or that others make.
    pub left_out: usize,
}

impl Whitening {
    /// Of all inputs, token after token.
    ///
    /// # Errors
    /// What the core refuses of the matrix of correlations.
    pub fn of(x: &[f64], tokens: usize, features: usize, centre: Centre) -> Result<Self, Error> {
        let inputs = x.chunks_exact(tokens * features);
        let count = inputs.len() as f64;
        let mut mean = vec![vec![0.0; features]; tokens];
        for input in inputs.clone() {
            for (mean, token) in mean.iter_mut().zip(input.chunks(features)) {
                mean.iter_mut().zip(token).for_each(|(mean, x)| *mean += x / count);
            }
        }
        if centre == Centre::Feature {
            let all = |n: usize| mean.iter().map(|token| token[n]).sum::<f64>() / tokens as f64;
            mean = vec![(0..features).map(all).collect(); tokens];
        }
        let deviation = |input: &[f64], i: usize, n: usize| input[i * features + n] - mean[i][n];
        // A unit for each feature first, so that no square overflows or vanishes.
        let each = || inputs.clone().flat_map(|input| (0..tokens).map(move |i| (input, i)));
        let deviations: Vec<f64> = (0..features)
            .map(|n| {
                let unit = each().map(|(input, i)| deviation(input, i, n).abs()).fold(0.0, Scalar::larger);
                let squares = each().map(|(input, i)| deviation(input, i, n) / unit).map(|x| x * x);
                // The mean of equal readings is off by its rounding.
                let size = each().map(|(input, i)| input[i * features + n].abs()).fold(0.0, Scalar::larger);
                if unit > NONE * size { unit * (squares.sum::<f64>() / (count * tokens as f64)).sqrt() } else { 0.0 }
            })
            .collect();
        let scaled = |input: &[f64], i: usize, n: usize| {
            if deviations[n] > 0.0 { deviation(input, i, n) / deviations[n] } else { 0.0 }
        };
        let mut correlations = vec![0.0; features * features];
        for (input, i) in each() {
            let token: Vec<f64> = (0..features).map(|n| scaled(input, i, n)).collect();
            for (row, x) in correlations.chunks_mut(features).zip(&token) {
                row.iter_mut().zip(&token).for_each(|(sum, y)| *sum += x * y / (count * tokens as f64));
            }
        }
        let (values, vectors) = eigen(features, correlations)?;
        let largest = values.iter().copied().fold(0.0, Scalar::larger);
        let kept = || values.iter().zip(vectors.chunks(features)).filter(|&(&value, _)| value > NONE * largest);
        let smallest = kept().map(|(&value, _)| value).fold(largest, Scalar::smaller);
        let root = |a: usize, b: usize| kept().map(|(value, v)| v[a] * v[b] / value.sqrt()).sum::<f64>();
        let entry = |a: usize, b: usize| if deviations[b] > 0.0 { root(a, b) / deviations[b] } else { 0.0 };
        let matrix = (0..features).map(|a| (0..features).map(|b| entry(a, b)).collect()).collect();
        Ok(Self { mean, matrix, condition: largest / smallest, left_out: features - kept().count() })
    }

    /// Makes inputs what the student is to see, in place.
    pub fn apply(&self, x: &mut [f64]) {
        let (tokens, features) = (self.mean.len(), self.matrix.len());
        for input in x.chunks_exact_mut(tokens * features) {
            for (token, mean) in input.chunks_mut(features).zip(&self.mean) {
                let centred: Vec<f64> = token.iter().zip(mean).map(|(x, mean)| x - mean).collect();
                for (to, row) in token.iter_mut().zip(&self.matrix) {
                    *to = row.iter().zip(&centred).map(|(z, x)| z * x).sum();
                }
            }
        }
    }

    /// W and b for readings as they come, from those of a student of whitened ones that has this attention.
    pub fn undo(&self, value: &mut [Vec<f64>], bias: &mut [Vec<f64>], attention: &[Vec<f64>]) {
        for filter in value.iter_mut() {
            let entry = |n: usize| filter.iter().zip(&self.matrix).map(|(w, row)| w * row[n]).sum();
            *filter = (0..filter.len()).map(entry).collect();
        }
        let answer = |filter: &[f64], token: &[f64]| filter.iter().zip(token).map(|(w, m)| w * m).sum::<f64>();
        for (bias, row) in bias.iter_mut().zip(attention) {
            for (bias, filter) in bias.iter_mut().zip(value.iter()) {
                *bias -= row.iter().zip(&self.mean).map(|(s, mean)| s * answer(filter, mean)).sum::<f64>();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thirty inputs of two tokens: the second feature is nearly the first, in another unit; the third is stuck.
    fn readings() -> Vec<f64> {
        (0..60)
            .flat_map(|i| {
                let (a, b) = (f64::from(i * 37 % 17) - 8.0, f64::from(i * 11 % 13) - 6.0);
                let offset = if i % 2 == 0 { 300.0 } else { 280.0 };
                [a + offset, 1e-3 * (a + 0.01 * b), 7.0]
            })
            .collect()
    }

    #[test]
    fn features_become_uncorrelated_and_of_variance_one() {
        for (centre, tolerance) in [(Centre::Token, 1e-9), (Centre::Feature, 1e-9)] {
            let mut x = readings();
            let whitening = Whitening::of(&x, 2, 3, centre).unwrap();
            whitening.apply(&mut x);
            for (a, b, expected) in [(0, 0, 1.0), (1, 1, 1.0), (0, 1, 0.0), (2, 2, 0.0)] {
                let mean: f64 = x.chunks(3).map(|token| token[a] * token[b]).sum::<f64>() / 60.0;
                assert!((mean - expected).abs() < tolerance, "{centre:?} {a} {b}: {mean}");
            }
            assert_eq!((whitening.left_out, whitening.matrix[2].as_slice()), (1, &[0.0; 3][..]));
            if centre == Centre::Token {
                assert!(whitening.condition > 1e4, "{}", whitening.condition);
            }
        }
    }

    #[test]
    fn what_is_undone_answers_readings_as_they_come() {
        let x = readings();
        let whitening = Whitening::of(&x, 2, 3, Centre::Token).unwrap();
        let mut white = x.clone();
        whitening.apply(&mut white);
        let attention = vec![vec![0.75, 0.25], vec![-0.5, 0.5]];
        let answers = |x: &[f64], value: &[Vec<f64>], bias: &[Vec<f64>]| -> Vec<f64> {
            let token = |i: usize, w: &[f64]| w.iter().zip(&x[3 * i..3 * i + 3]).map(|(w, x)| w * x).sum::<f64>();
            let answer = |(s, b): (&Vec<f64>, &Vec<f64>)| {
                value.iter().zip(b).map(|(w, b)| s[0] * token(0, w) + s[1] * token(1, w) + b).collect::<Vec<_>>()
            };
            attention.iter().zip(bias).flat_map(answer).collect()
        };
        let (mut value, mut bias) = (vec![vec![0.5, -2.0, 0.0]], vec![vec![3.0], vec![-1.0]]);
        let expected: Vec<_> = white.chunks(6).map(|x| answers(x, &value, &bias)).collect();
        whitening.undo(&mut value, &mut bias, &attention);
        for (x, expected) in x.chunks(6).zip(expected) {
            for (found, expected) in answers(x, &value, &bias).iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-6, "{found} {expected}");
            }
        }
    }
}
