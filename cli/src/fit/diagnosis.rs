//! What can be said of a student without knowing its teacher, beside its losses.

use tutee::Scalar;
use tutee::activation::Activation;

use super::found::Matrices;
use super::pairs::Pairs;
use super::record::FitPoint;
use super::stop::Least;
use crate::text::several;

/// Below this distance of `D S` from 1 everywhere, every output averages all tokens.
const UNIFORM: f64 = 0.01;

/// What is wrong, as far as can be seen.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// Filters that answer 0 to every pair and cannot move, although they should answer: ReLU that is dead.
    pub dead_filters: Vec<usize>,
    /// One sentence for each thing.
    pub notes: Vec<String>,
}

impl Diagnosis {
    /// Of attention on positions alone, `act(W X S + b)`, on the pairs that it was trained on.
    pub fn of<T: Scalar>(found: &Matrices, activation: Activation<f64>, pairs: &Pairs<T>) -> Self {
        let filters = found.value.len();
        let dead_filters: Vec<usize> = match activation {
            Activation::Relu => (0..filters).filter(|&m| is_dead(found, m, pairs)).collect(),
            _ => Vec::new(),
        };
        let dead = dead_filters.iter().map(|m| {
            format!("filter {m} is dead: behind ReLU it answers 0 to every pair, and cannot move; expected a lower rate, or no --rate")
        });
        let mut notes: Vec<String> = dead.collect();
        let tokens = found.attention.first().map_or(0, Vec::len);
        let beside = found.attention.iter().flatten().map(|s| (s.abs() * tokens as f64 - 1.0).abs());
        if tokens > 1 && beside.fold(0.0, Scalar::larger) < UNIFORM {
            notes.push(
                "attention is uniform: every output averages all tokens; more steps may help, or --signed where answers are \
                 differences of tokens; after a lag that is too long all depend on all"
                    .to_owned(),
            );
        }
        let constant = found.standardised.iter().flat_map(|standardised| standardised.scale.iter().enumerate());
        notes.extend(
            constant
                .filter(|&(_, &scale)| scale == 0.0)
                .map(|(n, _)| format!("feature {n} never varies, and was left out")),
        );
        Self { dead_filters, notes }
    }
}

/// What is said where pairs that were held out are answered as well from the mean of all tokens, at a loss of `best`, as by a student of
/// places, at a loss of `loss`; `nothing` is what the best constant leaves.
pub fn places_say_nothing(loss: f64, best: f64, nothing: f64) -> Option<String> {
    let explained = |left: f64| 1.0 - left / nothing;
    (loss >= best && nothing > 0.0).then(|| {
        format!(
            "of pairs held out {:.4} is explained, and the mean of all tokens does as well ({:.4}): links are no better than chance; after a lag \
             that is too long all depend on all, and few pairs show little",
            explained(loss),
            explained(best)
        )
    })
}

/// A rise of the loss of pairs held out that is more than chance makes of a training that has settled.
const RISE: f64 = 0.01;

/// What is said where pairs that were held out were answered better on the way, `least`, than by the student that is reported.
pub fn has_risen(reported: &FitPoint, least: Least) -> Option<String> {
    let now = reported.test_loss?;
    (now > least.loss * (1.0 + RISE)).then(|| {
        format!(
            "the loss of pairs held out was least after {}, {:.3e}, and is {now:.3e} after {}: what was learned since is of the pairs of training \
             alone; --best reports the student that had the least, --stop-rising ends there",
            several(least.step, "step"),
            least.loss,
            several(reported.step, "step")
        )
    })
}

fn is_dead<T: Scalar>(found: &Matrices, filter: usize, pairs: &Pairs<T>) -> bool {
    let (filters, Some(weights)) = (found.value.len(), found.value.get(filter)) else { return false };
    let mut asked = false;
    for i in 0..pairs.count {
        let tokens = pairs.reading(i).chunks(weights.len());
        let hidden: Vec<f64> =
            tokens.map(|token| token.iter().zip(weights).map(|(x, w)| x.to_f64() * w).sum()).collect();
        for (j, (row, y)) in found.attention.iter().zip(pairs.answer(i).chunks(filters)).enumerate() {
            let bias = found.bias.as_ref().and_then(|bias| bias.get(j)).and_then(|bias| bias.get(filter)).copied();
            let sum: f64 = row.iter().zip(&hidden).map(|(s, h)| s * h).sum();
            if sum + bias.unwrap_or(0.0) > 0.0 {
                return false;
            }
            asked |= y.get(filter).is_some_and(|&y| y > T::ZERO);
        }
    }
    asked
}
