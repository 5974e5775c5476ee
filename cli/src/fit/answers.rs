//! What a student that was found answers to readings, filter by filter: from its matrices alone, as whoever reads the result would.

use tutee::Scalar;
use tutee::activation::Activation;

use super::found::Matrices;
use super::pairs::Pairs;

/// Answers that differ by less than this part of them are the same but for rounding of their mean.
const SAME: f64 = 1e-13;

/// The matrices of a student of places, before whitening is undone, and its activation.
pub struct Answers<'a> {
    pub found: &'a Matrices,
    pub activation: Activation<f64>,
}

impl Answers<'_> {
    /// `W X S + b` of one filter to one input, an output each.
    pub fn sums<T: Scalar>(&self, filter: usize, x: &[T]) -> Vec<f64> {
        let Some(weights) = self.found.value.get(filter) else { return Vec::new() };
        let products = x.iter().zip(weights.iter().cycle()).map(|(x, w)| x.to_f64() * w);
        let (attention, hidden): (_, Vec<f64>) = match &self.found.apart {
            Some(apart) => (apart, products.collect()),
            None => {
                let products: Vec<f64> = products.collect();
                (&self.found.attention, products.chunks(weights.len().max(1)).map(|token| token.iter().sum()).collect())
            }
        };
        let bias = |j: usize| self.found.bias.as_ref()?.get(j)?.get(filter).copied();
        let sum = |row: &[f64]| row.iter().zip(&hidden).map(|(s, h)| s * h).sum::<f64>();
        attention.iter().enumerate().map(|(j, row)| sum(row) + bias(j).unwrap_or(0.0)).collect()
    }

    /// Share of the variance of each filter's answers that is explained, of these pairs: 1 - its loss over that of the best constant of
    /// those that it was trained on; none of a filter whose answers never vary.
    pub fn explained<T: Scalar>(&self, trained_on: &Pairs<T>, pairs: &Pairs<T>) -> Vec<Option<f64>> {
        let filters = self.found.value.len();
        let mut mean = vec![0.0; trained_on.y.len() / trained_on.count.max(1)];
        for i in 0..trained_on.count {
            let answer = trained_on.answer(i).iter();
            mean.iter_mut().zip(answer).for_each(|(mean, y)| *mean += y.to_f64() / trained_on.count as f64);
        }
        let of_filter = |filter: usize| {
            let (mut left, mut constant, mut rounding) = (0.0, 0.0, 0.0);
            for i in 0..pairs.count {
                let answers = pairs.answer(i).iter().zip(&mean).skip(filter).step_by(filters);
                for (sum, (y, mean)) in self.sums(filter, pairs.reading(i)).into_iter().zip(answers) {
                    let (error, beside) = (y.to_f64() - self.activation.apply(sum), y.to_f64() - mean);
                    left += error * error;
                    constant += beside * beside;
                    rounding += SAME * y.to_f64() * SAME * y.to_f64();
                }
            }
            (constant > rounding).then(|| 1.0 - left / constant).filter(|share| share.is_finite())
        };
        (0..filters).map(of_filter).collect()
    }
}
