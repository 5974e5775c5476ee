//! Features of a token made uncorrelated before anything is learned from them, by the core's [`Whitener`](tutee::readings::Whitener)
//! in double precision: `x' = Z (x - m)`. One Z for all tokens, so that a student of x' is one of x: `W = W' Z`.
//!
//! Descent on features that say nearly the same is slow along what they differ in, by the condition of their correlations; whitened it
//! is not.

use serde::Serialize;
use tutee::readings::{Centre, Whitened, WhitenerViewMut, whitener_len};
use tutee::{Error, Shape};

/// A whitener that has settled: what is said of it in a result, and its memory.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Whitening {
    /// D rows of d: m, what is taken from readings.
    pub mean: Vec<Vec<f64>>,
    /// d rows of d: Z, what each token is multiplied by then.
    pub matrix: Vec<Vec<f64>>,
    /// Largest over smallest eigenvalue of the features' correlations, of the directions that are not zero.
    pub condition: f64,
    /// Directions that no reading has, and that are left out: features that never vary, or that others make.
    pub left_out: u64,
    #[serde(skip)]
    readings: Shape,
    #[serde(skip)]
    memory: Vec<f64>,
    #[serde(skip)]
    whitened: Whitened<f64>,
}

impl Whitening {
    /// Of all inputs, token after token.
    ///
    /// # Errors
    /// What the core refuses: readings of which no feature varies, for one.
    pub fn of(x: &[f64], readings: Shape, centre: Centre) -> Result<Self, Error> {
        let (mut memory, mut whitened) = (vec![0.0; whitener_len(readings)], Whitened::ZERO);
        let mut whitener = WhitenerViewMut::new(readings, &mut memory, &mut whitened)?;
        for input in x.chunks_exact(readings.input_len()) {
            whitener.observe(readings, centre, input)?;
        }
        whitener.settle(readings)?;
        let rows = |numbers: &[f64]| numbers.chunks(readings.features()).map(<[f64]>::to_vec).collect();
        let (mean, matrix) = (rows(whitener.means()), rows(whitener.matrix()));
        let (condition, left_out) = (whitener.condition(), whitener.left_out());
        Ok(Self { mean, matrix, condition, left_out, readings, memory, whitened })
    }

    /// Does something with the whitener, which does not change by it.
    fn with(&self, call: impl FnOnce(&mut WhitenerViewMut<'_, f64>) -> Result<(), Error>) -> Result<(), Error> {
        let (mut memory, mut whitened) = (self.memory.clone(), self.whitened);
        call(&mut WhitenerViewMut::new(self.readings, &mut memory, &mut whitened)?)
    }

    /// Makes inputs what the student is to see, in place.
    ///
    /// # Errors
    /// What the core refuses: numbers that are not finite.
    pub fn apply(&self, x: &mut [f64]) -> Result<(), Error> {
        let mut white = vec![0.0; self.readings.input_len()];
        self.with(|whitener| {
            for input in x.chunks_exact_mut(white.len()) {
                whitener.whiten(self.readings, input, &mut white)?;
                input.copy_from_slice(&white);
            }
            Ok(())
        })
    }

    /// Makes W and b of a student of whitened readings that has this attention those for readings as they come.
    ///
    /// # Errors
    /// [`Error::Length`] for rows of another student.
    pub fn undo(&self, value: &mut [Vec<f64>], bias: &mut [Vec<f64>], attention: &[Vec<f64>]) -> Result<(), Error> {
        let (mut w, mut b) = (value.concat(), bias.concat());
        let shape = Shape::new(value.len(), self.readings.features(), self.readings.tokens(), bias.len())?;
        self.with(|whitener| whitener.restore(shape, &mut w, &mut b, &attention.concat()))?;
        let rows = value.iter_mut().zip(w.chunks(shape.features()));
        for (row, numbers) in rows.chain(bias.iter_mut().zip(b.chunks(shape.filters()))) {
            row.copy_from_slice(numbers);
        }
        Ok(())
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

    fn shape() -> Shape {
        Shape::new(1, 3, 2, 2).unwrap()
    }

    #[test]
    fn features_become_uncorrelated_and_of_variance_one() {
        for (centre, tolerance) in [(Centre::Token, 1e-9), (Centre::Feature, 1e-9)] {
            let mut x = readings();
            let whitening = Whitening::of(&x, shape(), centre).unwrap();
            whitening.apply(&mut x).unwrap();
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
        let whitening = Whitening::of(&x, shape(), Centre::Token).unwrap();
        let mut white = x.clone();
        whitening.apply(&mut white).unwrap();
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
        whitening.undo(&mut value, &mut bias, &attention).unwrap();
        for (x, expected) in x.chunks(6).zip(expected) {
            for (found, expected) in answers(x, &value, &bias).iter().zip(&expected) {
                assert!((found - expected).abs() < 1e-6, "{found} {expected}");
            }
        }
    }
}
