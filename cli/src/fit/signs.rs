//! Whether tokens weigh with either sign, where a student whose weights are never negative leaves much: by least squares.
//!
//! Of what the student makes of each token, `W x_i`, answers are explained by any weights, and by any weights that are not negative: of
//! either half of the pairs, tried on the other. Where the former leave less than half of what the latter and the student leave, signs are
//! what is lacking, and neither sums of rows (which are free in both) nor W.

use tutee::Scalar;

use super::baselines::solve;
use super::choice::Held;
use super::pairs::Pairs;
use super::record::Standardised;

/// Share of the variance that a student may leave before this is asked.
const ENOUGH: f64 = 0.05;
/// More tokens take too long.
const MOST_TOKENS: usize = 128;
/// Answers of a half of the pairs for each weight.
const ANSWERS: usize = 4;
/// Rounds over all weights of a row.
const ROUNDS: usize = 100;

/// One sentence where signs are lacking; of a student of places on standardised readings, with an identity activation.
pub fn lacking<T: Scalar>(
    standardised: &Standardised,
    pairs: &Pairs<T>,
    held: &[Held],
    tokens: usize,
) -> Option<String> {
    let filters = standardised.value.len();
    let sum = |of: fn(&Held) -> f64| held.iter().map(of).sum::<f64>();
    let (left, nothing) = (sum(|held| held.others), sum(|held| held.constant));
    let enough = pairs.count / 2 * filters >= ANSWERS * (tokens + 1);
    let asked = left > ENOUGH * nothing && enough && (2..=MOST_TOKENS).contains(&tokens);
    if !asked || standardised.signed || standardised.apart {
        return None;
    }
    let hidden: Vec<Vec<f64>> = (0..pairs.count).map(|i| hidden(standardised, pairs.reading(i))).collect();
    let middle = pairs.count / 2;
    let halves = [(0..middle, middle..pairs.count), (middle..pairs.count, 0..middle)];
    let losses = halves.map(|(own, others)| {
        let fit = Squares::of(&hidden, pairs, own, (tokens, filters));
        let free = solve(fit.normal.clone(), fit.right.clone());
        let positive: Vec<_> = free.iter().zip(&fit.right).map(|(free, right)| fit.not_negative(free, right)).collect();
        [free, positive].map(|weights| fit.loss(&weights, &hidden, pairs, others.clone()))
    });
    let [free, positive] =
        [0, 1].map(|way| losses.iter().map(|half| half[way]).sum::<f64>() / held.len().max(1) as f64);
    let left = left / held.len().max(1) as f64;
    let nothing = nothing / held.len().max(1) as f64;
    (free < 0.5 * left && free < 0.5 * positive).then(|| {
        format!(
            "weights of either sign explain {:.4} of the half of the pairs that they do not see, and weights that are never negative {:.4} (by least \
             squares): --signed may find links that are missing here",
            1.0 - free / nothing,
            1.0 - positive / nothing
        )
    })
}

/// What the student makes of each token of an input, but for the intercept: filters of a token side by side.
fn hidden<T: Scalar>(standardised: &Standardised, x: &[T]) -> Vec<f64> {
    let features = standardised.scale.len();
    let tokens = x.chunks(features).zip(&standardised.shift);
    let of_token = |(token, shift): (&[T], &Vec<f64>)| {
        let seen: Vec<f64> = token
            .iter()
            .zip(shift)
            .zip(&standardised.scale)
            .map(|((x, shift), &scale)| if scale > 0.0 { (x.to_f64() - shift) / scale } else { 0.0 })
            .collect();
        standardised.value.iter().map(|w| w.iter().zip(&seen).map(|(w, x)| w * x).sum()).collect::<Vec<f64>>()
    };
    tokens.flat_map(of_token).collect()
}

/// Normal equations of all outputs at once, and the means that were taken.
struct Squares {
    normal: Vec<Vec<f64>>,
    /// A row an output.
    right: Vec<Vec<f64>>,
    hidden: Vec<f64>,
    answer: Vec<f64>,
    filters: usize,
}

impl Squares {
    fn of<T: Scalar>(
        hidden: &[Vec<f64>],
        pairs: &Pairs<T>,
        own: std::ops::Range<usize>,
        (tokens, filters): (usize, usize),
    ) -> Self {
        let count = own.len() as f64;
        let answers = pairs.y.len() / pairs.count.max(1);
        let (mut centre, mut answer) = (vec![0.0; tokens * filters], vec![0.0; answers]);
        for (hidden, i) in hidden.iter().enumerate().filter(|(i, _)| own.contains(i)).map(|(i, hidden)| (hidden, i)) {
            centre.iter_mut().zip(hidden).for_each(|(mean, h)| *mean += h / count);
            answer.iter_mut().zip(pairs.answer(i)).for_each(|(mean, y)| *mean += y.to_f64() / count);
        }
        let outputs = answers / filters.max(1);
        let (normal, right) = (vec![vec![0.0; tokens]; tokens], vec![vec![0.0; tokens]; outputs]);
        let mut squares = Self { normal, right, hidden: centre, answer, filters };
        for (i, hidden) in hidden.iter().enumerate().filter(|(i, _)| own.contains(i)) {
            for filter in 0..filters {
                let seen = squares.seen(hidden, filter);
                for (row, a) in squares.normal.iter_mut().zip(&seen) {
                    row.iter_mut().zip(&seen).for_each(|(sum, b)| *sum += a * b);
                }
                let answers = pairs.answer(i).iter().zip(&squares.answer).skip(filter).step_by(filters);
                for (row, (y, mean)) in squares.right.iter_mut().zip(answers) {
                    row.iter_mut().zip(&seen).for_each(|(sum, a)| *sum += a * (y.to_f64() - mean));
                }
            }
        }
        squares
    }

    /// One filter of what is made of all tokens, without its mean.
    fn seen(&self, hidden: &[f64], filter: usize) -> Vec<f64> {
        let both = hidden.iter().zip(&self.hidden).skip(filter).step_by(self.filters);
        both.map(|(h, mean)| h - mean).collect()
    }

    /// The weights that are not negative and leave least, from others on, one after the other (Franc, Hlavac and Navara 2005).
    fn not_negative(&self, from: &[f64], right: &[f64]) -> Vec<f64> {
        let mut weights: Vec<f64> = from.iter().map(|&w| Scalar::larger(w, 0.0)).collect();
        for _ in 0..ROUNDS {
            for (at, (row, right)) in self.normal.iter().zip(right).enumerate() {
                let power = row.get(at).copied().unwrap_or(0.0);
                let slope = row.iter().zip(&weights).map(|(a, w)| a * w).sum::<f64>() - right;
                if let Some(weight) = weights.get_mut(at).filter(|_| power > 0.0) {
                    *weight = Scalar::larger(*weight - slope / power, 0.0);
                }
            }
        }
        weights
    }

    /// Mean loss of these weights, a row an output, over some pairs.
    fn loss<T: Scalar>(
        &self,
        weights: &[Vec<f64>],
        hidden: &[Vec<f64>],
        pairs: &Pairs<T>,
        others: std::ops::Range<usize>,
    ) -> f64 {
        let (mut sum, count) = (0.0, others.len() as f64);
        for (i, hidden) in hidden.iter().enumerate().filter(|(i, _)| others.contains(i)) {
            for filter in 0..self.filters {
                let seen = self.seen(hidden, filter);
                let answers = pairs.answer(i).iter().zip(&self.answer).skip(filter).step_by(self.filters);
                for (row, (y, mean)) in weights.iter().zip(answers) {
                    let error = y.to_f64() - mean - row.iter().zip(&seen).map(|(w, h)| w * h).sum::<f64>();
                    sum += 0.5 * error * error;
                }
            }
        }
        sum / count
    }
}
