//! What can be said of a student without knowing its teacher, beside its losses.

use tutee::Scalar;
use tutee::activation::Activation;

use super::answers::Answers;
use super::choice::{Held, explained};
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
    ///
    /// `steps` are those that it has taken: of none it is the start, which is reported where no step was better.
    pub fn of<T: Scalar>(found: &Matrices, activation: Activation<f64>, pairs: &Pairs<T>, steps: u64) -> Self {
        let filters = 0..found.value.len();
        let answers = Answers { found, activation };
        let dead_filters: Vec<usize> = match activation {
            Activation::Relu => filters.filter(|&m| is_dead(&answers, m, pairs)).collect(),
            _ => Vec::new(),
        };
        let dead = dead_filters.iter().map(|&m| {
            let why = if of_filter(pairs, found.value.len(), m).any(|y| y > 0.0) {
                "expected a lower rate, or no --rate"
            } else {
                "its answers are never above zero, which ReLU cannot give, and what it misses slows all others down; expected --activation identity, or a fit \
                 without it"
            };
            format!("filter {m} is dead: behind ReLU it answers 0 to every pair, and cannot move; {why}")
        });
        let mut notes: Vec<String> = dead.collect();
        let tokens = found.attention.first().map_or(0, Vec::len);
        let beside = found.attention.iter().flatten().map(|s| (s.abs() * tokens as f64 - 1.0).abs());
        if steps == 0 {
            notes.push(
                "no step answered pairs held out better than the start did, which is what is reported: it has learned nothing; more pairs may help, \
                 a shorter lag, or fewer features"
                    .to_owned(),
            );
        } else if tokens > 1 && beside.fold(0.0, Scalar::larger) < UNIFORM {
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

/// What is said where pairs that were not seen, by whose `name` they are told, are answered as well from the mean of all tokens, at a loss
/// of `best`, as by a student of places, at a loss of `loss`; `nothing` is what the best constant leaves.
pub fn places_say_nothing(name: &str, loss: f64, best: f64, nothing: f64) -> Option<String> {
    let share = |left: f64| 1.0 - left / nothing;
    (loss >= best && nothing > 0.0).then(|| {
        format!(
            "of {name} {:.4} is explained, and the mean of all tokens does as well ({:.4}): links are no better than chance; after a lag \
             that is too long all depend on all, and few pairs show little",
            share(loss),
            share(best)
        )
    })
}

/// What is said of students of either half of the pairs, by what they do in the other half; `best` is what the mean of all tokens leaves
/// there.
pub fn halves_say(held: &[Held]) -> Option<String> {
    let sum = |of: fn(&Held) -> f64| held.iter().map(of).sum::<f64>();
    let (loss, best, nothing) = (sum(|held| held.others), sum(|held| held.position_free), sum(|held| held.constant));
    let share = explained(held)?;
    if share <= 0.0 {
        return Some(format!(
            "nothing was learned that holds on pairs it did not see: a student of either half of the pairs explains {} of the other, \
             and links are no better than chance; more pairs may help, or a shorter lag (after one that is too long all depend on all), or fewer features",
            told(share)
        ));
    }
    places_say_nothing("either half of the pairs, answered by a student of the other,", loss, best, nothing)
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

/// A share of the variance in words, also one of a student that is worse than anybody.
fn told(share: f64) -> String {
    if share.abs() < 1e4 { format!("{share:.4}") } else { format!("{share:.3e}") }
}

/// Of an answer that is as good as the best constant, so much is rounding.
const ROUNDING: f64 = 1e-6;
/// A filter beside others may lose so much to them before that is said.
const BESIDE: f64 = 0.01;

/// What is said of a student that answers worse than the best constant does, the pairs that it was trained on or those held out, and of
/// single filters that do. `training` and `held_out` are the shares that it explains; `shares` those of each filter in the first of these
/// that is below zero, or in training.
pub fn worse_than_constant(
    (training, held_out): (Option<f64>, Option<f64>),
    shares: &[Option<f64>],
    activation: Activation<f64>,
) -> Option<String> {
    let worse = |share: Option<f64>| share.filter(|&share| is_worse(Some(share)));
    let of_filters = |below: f64| -> Vec<String> {
        let filters = shares.iter().enumerate().filter_map(|(m, share)| Some((m, (*share)?)));
        filters.filter(|&(_, share)| share < below).map(|(m, share)| format!("filter {m} ({})", told(share))).collect()
    };
    let listed = |filters: Vec<String>| match shares.len() {
        0 | 1 => String::new(),
        _ if filters.is_empty() => String::new(),
        _ => format!(", by {}", filters.join(", ")),
    };
    let fits = match activation {
        Activation::Identity => "more steps may help, or larger batches",
        Activation::Relu => "ReLU answers nothing below zero: --activation identity may help, or a fit for each filter",
        Activation::LeakyRelu(_) => {
            "answers below zero come through the slope alone: --activation identity may help, or a fit for each filter"
        }
    };
    if let Some(share) = worse(training) {
        let by = listed(of_filters(-ROUNDING));
        return Some(format!(
            "the student answers the pairs that it was trained on worse than the best constant does: {} is explained{by}; {fits}",
            told(share)
        ));
    }
    if let Some(share) = worse(held_out) {
        let by = listed(of_filters(-ROUNDING));
        return Some(format!(
            "nothing was learned that holds on pairs held out: {} of them is explained{by}, and the best constant does better; more \
             pairs may help, a shorter lag, or fewer features; sensors may have moved since",
            told(share)
        ));
    }
    let filters = of_filters(-BESIDE);
    (!filters.is_empty() && shares.len() > 1 && training.is_some()).then(|| {
        format!("of the pairs that it was trained on the best constant does better than {}; {fits}", filters.join(", "))
    })
}

/// Whether a student that explains this share is worse than the best constant.
pub fn is_worse(share: Option<f64>) -> bool {
    share.is_some_and(|share| share < -ROUNDING)
}

/// The answers of one filter.
fn of_filter<T: Scalar>(pairs: &Pairs<T>, filters: usize, filter: usize) -> impl Iterator<Item = f64> {
    pairs.y.iter().skip(filter).step_by(filters.max(1)).map(|y| y.to_f64())
}

/// Whether a filter behind ReLU answers 0 to every pair although not all answers are 0: the rule of the library's own diagnosis, by which
/// its gradient is zero and will be.
fn is_dead<T: Scalar>(answers: &Answers<'_>, filter: usize, pairs: &Pairs<T>) -> bool {
    let silent = (0..pairs.count).all(|i| answers.sums(filter, pairs.reading(i)).iter().all(|&sum| sum <= 0.0));
    silent && of_filter(pairs, answers.found.value.len(), filter).any(|y| y != 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_worse_than_a_constant_is_said_with_its_filters() {
        let said = |training, held_out, shares: &[f64], activation| {
            let shares: Vec<_> = shares.iter().map(|&share| Some(share)).collect();
            worse_than_constant((Some(training), held_out), &shares, activation)
        };
        let relu = said(-1261.0, None, &[0.99, -1262.0], Activation::Relu).unwrap();
        assert!(relu.contains("-1261.0000 is explained, by filter 1 (-1262.0000); ReLU"), "{relu}");
        let late = said(0.04, Some(-0.13), &[-0.13], Activation::Identity).unwrap();
        assert!(late.contains("nothing was learned that holds") && !late.contains("filter"), "{late}");
        let one = said(0.9, Some(0.8), &[0.95, -0.02], Activation::Identity).unwrap();
        assert!(one.contains("than filter 1 (-0.0200)"), "{one}");
        assert_eq!(said(0.9, Some(0.8), &[0.95, 0.001], Activation::Identity), None);
        assert_eq!(said(-1e-9, None, &[-1e-9], Activation::Identity), None);
        assert!(is_worse(Some(-0.01)) && !is_worse(Some(-1e-9)) && !is_worse(None));
    }
}
