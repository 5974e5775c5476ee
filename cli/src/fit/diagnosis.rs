//! What can be said of a student without knowing its teacher, beside its losses.

use tutee::activation::Activation;
use tutee::{Scalar, Shape};

use super::answers::Answers;
use super::choice::{Held, explained};
use super::found::Matrices;
use super::pairs::Pairs;
use super::record::FitPoint;
use super::stop::Least;
use crate::text::several;

/// Below this distance of `D S` from 1 everywhere, every output averages all tokens.
const UNIFORM: f64 = 0.01;

/// How that is said.
pub const UNIFORM_ATTENTION: &str = "attention is uniform: every output averages all tokens";

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
    /// `advice` says what may help where the numbers say that, and else what may be the matter is said.
    pub fn of<T: Scalar>(
        found: &Matrices,
        activation: Activation<f64>,
        pairs: &Pairs<T>,
        steps: u64,
        advice: Option<&str>,
    ) -> Self {
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
            let fits = advice.unwrap_or(
                "more steps may help, or --signed where answers are differences of tokens; after a lag that is too long all depend on all",
            );
            notes.push(format!("{UNIFORM_ATTENTION}; {fits}"));
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

/// Of one in so many links, or fewer, halves agree by chance.
const BY_CHANCE: usize = 10;

/// What is known beside losses where a student does not hold on pairs that it did not see.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// How many links are listed, and how many of them both halves of the pairs find; none where there are no halves.
    pub links: Option<(usize, usize)>,
    /// What of the recordings is likely to be the cause, in words.
    pub cause: Option<String>,
}

impl Evidence {
    /// Where both halves find more of the links than chance would: how many. That links are chance is not said then.
    pub fn agreement(&self) -> Option<String> {
        let (listed, both) = self.links.filter(|&(listed, both)| both * BY_CHANCE > listed)?;
        Some(format!("though both halves of the pairs find {both} of {}", several(listed, "listed link")))
    }

    /// What may help: the cause, where one is known.
    fn advice(&self, otherwise: &str) -> String {
        self.cause.as_ref().map_or_else(|| otherwise.to_owned(), |cause| format!("the likely cause: {cause}"))
    }
}

/// What is said where pairs that were not seen, by whose `name` they are told, are answered as well from the mean of all tokens, at a loss
/// of `best`, as by a student of places, at a loss of `loss`; `nothing` is what the best constant leaves.
pub fn places_say_nothing(name: &str, loss: f64, best: f64, nothing: f64, evidence: &Evidence) -> Option<String> {
    let share = |left: f64| told(1.0 - left / nothing);
    (loss >= best && nothing > 0.0).then(|| {
        let links = evidence
            .agreement()
            .map_or_else(|| ": links are no better than chance".to_owned(), |links| ", ".to_owned() + &links);
        format!(
            "of {name} {} is explained, and the mean of all tokens does as well ({}){links}; {}",
            share(loss),
            share(best),
            evidence.advice("after a lag that is too long all depend on all, and few pairs show little")
        )
    })
}

/// What is said of students of either half of the pairs, by what they do in the other half; `best` is what the mean of all tokens leaves
/// there.
pub fn halves_say(held: &[Held], evidence: &Evidence) -> Option<String> {
    let sum = |of: fn(&Held) -> f64| held.iter().map(of).sum::<f64>();
    let (loss, best, nothing) = (sum(|held| held.others), sum(|held| held.position_free), sum(|held| held.constant));
    let share = explained(held)?;
    if share <= 0.0 {
        let (what, links) = match evidence.agreement() {
            Some(links) => ("what was learned does not hold", ", ".to_owned() + &links),
            None => ("nothing was learned that holds", ", and links are no better than chance".to_owned()),
        };
        return Some(format!(
            "{what} on pairs it did not see: a student of either half of the pairs explains {} of the other{links}; {}",
            told(share),
            evidence.advice(
                "more pairs may help, or a shorter lag (after one that is too long all depend on all), or fewer features"
            )
        ));
    }
    places_say_nothing("either half of the pairs, answered by a student of the other,", loss, best, nothing, evidence)
}

/// Of what the mean of all tokens explains a student that has settled explains so much at least, as it could say that, too.
const SETTLED: f64 = 0.9;
/// A student that explains so much is on no plateau of its start.
const LEFT: f64 = 0.5;
/// What is explained grows twofold from half of the steps to all where a student has not settled, and faster where it leaves its start.
const GROWS: f64 = 1.7;
/// So many tokens for an output are many: rates from the data are low then.
pub const FEW_OUTPUTS: usize = 8;

/// What is said of a student that has hardly left its start: of the pairs that it was trained on it explains less, `share`, than the best
/// function of the mean of all tokens, `best`; or little, and much more than after half of its steps, `half`. `from_data` has its sizes
/// where rates come from the data.
pub fn on_its_way(
    share: Option<f64>,
    half: Option<f64>,
    (best, rounding): (f64, f64),
    steps: u64,
    from_data: Option<Shape>,
) -> Option<String> {
    let grows = |share: f64| half.is_some_and(|half| half > 1e-6 && share > GROWS * half);
    let starts = |share: f64| share < SETTLED * best - rounding || grows(share);
    let share = share.filter(|&share| best > 1e-6 && share < LEFT && starts(share))?;
    let rates = match from_data {
        None => ", or higher rates".to_owned(),
        Some(sizes) if sizes.tokens() > FEW_OUTPUTS * sizes.outputs() => {
            let rate = 0.3 / sizes.features() as f64 / Scalar::larger(0.25 * sizes.outputs() as f64, 1.0);
            format!(
                ", or --standardise --rate {rate:.2} --attention-rate 100, as few outputs of many tokens bear higher rates"
            )
        }
        Some(_) => String::new(),
    };
    Some(format!(
        "the student has hardly left its start after {}: of the pairs that it was trained on {} is explained, the mean of all tokens, where it \
         begins, explains {}, and links say nothing yet; more steps may help (--steps {}){rates}",
        several(steps, "step"),
        told(share),
        told(best),
        steps.saturating_mul(5)
    ))
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
    (rounding, advice, evidence): (f64, Option<&str>, &Evidence),
) -> Option<String> {
    let worse = |share: Option<f64>| share.filter(|&share| is_worse(Some(share), rounding));
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
        _ if advice.is_some() => advice.unwrap_or_default(),
        Activation::Identity => "more steps may help, or larger batches",
        Activation::Relu => "ReLU answers nothing below zero: --activation identity may help, or a fit for each filter",
        Activation::LeakyRelu(_) => {
            "answers below zero come through the slope alone: --activation identity may help, or a fit for each filter"
        }
    };
    if let Some(share) = worse(training) {
        let by = listed(of_filters(-rounding));
        return Some(format!(
            "the student answers the pairs that it was trained on worse than the best constant does: {} is explained{by}; {fits}",
            told(share)
        ));
    }
    if let Some(share) = worse(held_out) {
        let by = listed(of_filters(-rounding));
        let (what, links) = match evidence.agreement() {
            Some(links) => ("what was learned does not hold", ", ".to_owned() + &links),
            None => ("nothing was learned that holds", String::new()),
        };
        return Some(format!(
            "{what} on pairs held out: {} of them is explained{by}, and the best constant does better{links}; {}",
            told(share),
            evidence.advice("more pairs may help, a shorter lag, or fewer features; sensors may have moved since")
        ));
    }
    let filters = of_filters(-BESIDE - rounding);
    (!filters.is_empty() && shares.len() > 1 && training.is_some()).then(|| {
        format!("of the pairs that it was trained on the best constant does better than {}; {fits}", filters.join(", "))
    })
}

/// Whether a student that explains this share is worse than the best constant, by more than rounding.
pub fn is_worse(share: Option<f64>, rounding: f64) -> bool {
    share.is_some_and(|share| share < -rounding)
}

/// Of an answer that is as good as the best constant, at a loss of `constant`, so much is rounding where numbers are of this type: a part of
/// each answer, which of answers far from zero is much of what they vary by.
pub fn rounding<T: Scalar>(pairs: &Pairs<T>, constant: f64) -> f64 {
    let largest = pairs.y.iter().map(|y| y.to_f64().abs()).fold(0.0, Scalar::larger);
    let last = T::EPSILON.to_f64() * largest;
    let answers = pairs.y.len() as f64 / pairs.count.max(1) as f64;
    ROUNDING + if constant > 0.0 { 2.0 * answers * last * last / constant } else { 0.0 }
}

/// So many times their standard deviation from zero an offset of answers is what is learned first, and long.
const OFFSET: f64 = 3.0;

/// What is said of answers behind ReLU, or a leaky one, that are far from zero on one side, of which no mean is taken away.
pub fn far_on_one_side<T: Scalar>(pairs: &Pairs<T>, activation: Activation<f64>, filters: usize) -> Option<String> {
    if activation == Activation::Identity {
        return None;
    }
    let of = |filter: usize| {
        let answers: Vec<f64> = of_filter(pairs, filters, filter).collect();
        let (least, most) = (
            answers.iter().copied().fold(f64::INFINITY, Scalar::smaller),
            answers.iter().copied().fold(f64::NEG_INFINITY, Scalar::larger),
        );
        let unit = Scalar::larger(least.abs(), most.abs());
        let mean = answers.iter().map(|y| y / unit).sum::<f64>() / answers.len() as f64;
        let squares = answers.iter().map(|y| y / unit - mean).map(|y| y * y).sum::<f64>() / answers.len() as f64;
        let one_side = least > 0.0 || (most < 0.0 && activation != Activation::Relu);
        (one_side && mean.abs() > OFFSET * Scalar::sqrt(squares)).then(|| {
            format!(
                "answers of filter {filter} are all {} zero, and {:.1} standard deviations from it: the activation bends none of them, no mean is taken \
                 away, and that is learned first; --activation identity takes it away, or answers without it",
                if least > 0.0 { "above" } else { "below" },
                mean.abs() / Scalar::sqrt(squares)
            )
        })
    };
    (0..filters).find_map(of)
}

/// W has learned nothing in so few times that it takes.
const TIMES_IT_TAKES: f64 = 3.0;

/// What may help a student at a rate that was given, on numbers as they are, by what these are.
pub fn at_a_rate<T: Scalar>(
    pairs: &Pairs<T>,
    (tokens, features): (usize, usize),
    rate: f64,
    steps: u64,
) -> Option<String> {
    let square =
        |numbers: &[T]| numbers.iter().map(|x| x.to_f64() * x.to_f64()).sum::<f64>() / numbers.len().max(1) as f64;
    let (tokens, outputs) = (tokens as f64, pairs.y.len() as f64 / pairs.count.max(1) as f64);
    let power = square(&pairs.x) * features as f64;
    if power > 0.0 && steps as f64 * rate * outputs * power / tokens < TIMES_IT_TAKES {
        return Some(format!(
            "inputs are of about {:.1e}, and at --rate {rate:?} W hardly moves in {}: --standardise may help, or no --rate, for rates from the data",
            Scalar::sqrt(square(&pairs.x)),
            several(steps, "step")
        ));
    }
    let mean = |place: usize| {
        let width = outputs as usize;
        pairs.y.iter().skip(place).step_by(width.max(1)).map(|y| y.to_f64()).sum::<f64>() / pairs.count.max(1) as f64
    };
    let offset = (0..outputs as usize).map(mean).map(|mean| mean * mean).sum::<f64>() / outputs;
    (offset > 0.5 * square(&pairs.y)).then(|| {
        "answers have an offset, which nothing takes away at a given rate: --standardise may help, or no --rate, for rates from the data".to_owned()
    })
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
            let beside = (ROUNDING, None, &Evidence::default());
            worse_than_constant((Some(training), held_out), &shares, activation, beside)
        };
        let relu = said(-1261.0, None, &[0.99, -1262.0], Activation::Relu).unwrap();
        assert!(relu.contains("-1261.0000 is explained, by filter 1 (-1262.0000); ReLU"), "{relu}");
        let late = said(0.04, Some(-0.13), &[-0.13], Activation::Identity).unwrap();
        assert!(late.contains("nothing was learned that holds") && !late.contains("filter"), "{late}");
        let one = said(0.9, Some(0.8), &[0.95, -0.02], Activation::Identity).unwrap();
        assert!(one.contains("than filter 1 (-0.0200)"), "{one}");
        assert_eq!(said(0.9, Some(0.8), &[0.95, 0.001], Activation::Identity), None);
        assert_eq!(said(-1e-9, None, &[-1e-9], Activation::Identity), None);
        let worse = |share| is_worse(share, ROUNDING);
        assert!(worse(Some(-0.01)) && !worse(Some(-1e-9)) && !worse(None));
    }

    #[test]
    fn links_are_called_chance_where_halves_disagree_alone() {
        let held = [Held { others: 3.0, own: 1.0, constant: 2.0, position_free: 2.5 }; 2];
        let evidence = |links, cause: Option<&str>| Evidence { links, cause: cause.map(str::to_owned) };
        let said = |links, cause| halves_say(&held, &evidence(links, cause)).unwrap();
        let none = said(Some((24, 2)), None);
        assert!(
            none.starts_with("nothing was learned that holds") && none.contains("no better than chance; more pairs"),
            "{none}"
        );
        let some = said(Some((44, 23)), Some("a sensor moved"));
        assert!(some.starts_with("what was learned does not hold") && !some.contains("chance"), "{some}");
        assert!(some.ends_with("find 23 of 44 listed links; the likely cause: a sensor moved"), "{some}");
        let places = |evidence: Evidence| places_say_nothing("others", 2.0, 1.0, 4.0, &evidence).unwrap();
        assert!(places(evidence(None, None)).contains("links are no better than chance; after a lag"));
        assert!(
            places(evidence(Some((3, 3)), None))
                .contains("(0.7500), though both halves of the pairs find 3 of 3 listed links; after")
        );
    }

    #[test]
    fn a_student_that_says_less_than_the_mean_of_all_tokens_is_on_its_way() {
        let sizes = |tokens, outputs| Some(Shape::new(1, 1, tokens, outputs).unwrap());
        let said = on_its_way(Some(0.011), None, (0.036, 1e-6), 2000, sizes(64, 1)).unwrap();
        assert!(
            said.contains("after 2000 steps") && said.contains("--steps 10000), or --standardise --rate 0.30 "),
            "{said}"
        );
        assert!(
            on_its_way(Some(0.04), Some(0.02), (0.036, 1e-6), 2000, sizes(8, 8)).unwrap().ends_with("(--steps 10000)")
        );
        assert_eq!(on_its_way(Some(0.035), Some(0.03), (0.036, 1e-6), 2000, sizes(64, 1)), None);
        assert_eq!(on_its_way(Some(0.6), Some(0.02), (0.036, 1e-6), 2000, sizes(64, 1)), None);
        assert_eq!(on_its_way(Some(-0.1), None, (0.0, 1e-6), 2000, None), None);
    }

    #[test]
    fn what_is_rounding_of_a_type_is_no_fault_of_a_student() {
        let of = |offset: f32| Pairs {
            count: 2,
            x: vec![1.0, 2.0],
            y: vec![offset, offset + 1.0],
            sets: vec![],
            queries: vec![],
        };
        assert!((rounding(&of(0.0), 0.125) - ROUNDING).abs() < 1e-9);
        assert!((0.1..1.0).contains(&rounding(&of(1e6), 0.125)), "{}", rounding(&of(1e6), 0.125));
    }
}
