//! Step rules beyond plain descent, as the command line and results name them, and the lines along which they should fall.

use clap::ValueEnum;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tutee::Scalar;
use tutee::recovery::log_log_slope;
use tutee::recovery::verdict::{Circumstances, FALLS_IN_JUMPS, Judgement, Verdict, resolution};
use tutee::step::{Rule, Rules, ValueRule};

/// How the attention moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum RuleName {
    /// Gradient descent
    #[default]
    Gd,
    /// Along the gradient with respect to the weights: the excess loss falls like 1/t^2
    Mirror,
    /// Each output by a step of one length along its gradient: geometrically
    Normalised,
    /// So far that a part theta of the excess loss should go: geometrically where the values are projected
    Polyak,
    /// Adam, with decays of 0.9 and 0.999
    Adam,
}

/// How the value matrix moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ValueRuleName {
    /// Gradient descent
    #[default]
    Gd,
    /// Solved for after every step: the best for the attention as it stands
    Projected,
}

impl RuleName {
    /// The word of the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gd => "gd",
            Self::Mirror => "mirror",
            Self::Normalised => "normalised",
            Self::Polyak => "polyak",
            Self::Adam => "adam",
        }
    }
}

impl ValueRuleName {
    /// The word of the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gd => "gd",
            Self::Projected => "projected",
        }
    }
}

/// A rule for each matrix, as results have them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepRules {
    /// Of the attention.
    #[serde(serialize_with = "rule_name", deserialize_with = "named")]
    pub rule: RuleName,
    /// Of the value matrix.
    #[serde(serialize_with = "value_rule_name", deserialize_with = "named")]
    pub value_rule: ValueRuleName,
    /// Theta of Polyak's rule, or the length of a normalised step; none of other rules.
    pub theta: Option<f64>,
}

fn rule_name<S: Serializer>(rule: &RuleName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(rule.name())
}

fn value_rule_name<S: Serializer>(rule: &ValueRuleName, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(rule.name())
}

/// A rule by the word that results have.
fn named<'de, D: Deserializer<'de>, R: ValueEnum>(deserializer: D) -> Result<R, D::Error> {
    R::from_str(&String::deserialize(deserializer)?, false).map_err(D::Error::custom)
}

impl StepRules {
    /// Whether both are gradient descent.
    pub fn plain(self) -> bool {
        self.rule == RuleName::Gd && self.value_rule == ValueRuleName::Gd
    }

    /// Refuses a theta that the rule does not take, and none where it takes one.
    ///
    /// # Errors
    /// What was expected.
    pub fn check_theta(self) -> Result<(), String> {
        let (expected, legal) = match (self.rule, self.theta) {
            (RuleName::Gd | RuleName::Mirror | RuleName::Adam, theta) => ("null", theta.is_none()),
            (RuleName::Normalised, theta) => ("a number above 0", theta.is_some_and(|theta| theta > 0.0)),
            (RuleName::Polyak, theta) => {
                ("a number above 0 and at most 2", theta.is_some_and(|theta| theta > 0.0 && theta <= 2.0))
            }
        };
        if legal { Ok(()) } else { Err(format!("expected {expected} of --rule {}", self.rule.name())) }
    }

    /// In the number type of a run. Without a theta where one is needed, that is zero, which the core refuses.
    pub fn cast<T: Scalar>(self) -> Rules<T> {
        let theta = self.theta.map_or(T::ZERO, T::from_f64);
        Rules {
            attention: match self.rule {
                RuleName::Gd => Rule::GradientDescent,
                RuleName::Mirror => Rule::Mirror,
                RuleName::Normalised => Rule::Normalised { length: theta },
                RuleName::Polyak => Rule::Polyak { theta },
                RuleName::Adam => Rule::Adam,
            },
            value: match self.value_rule {
                ValueRuleName::Gd => ValueRule::GradientDescent,
                ValueRuleName::Projected => ValueRule::Projected,
            },
        }
    }

    /// The line along which the excess loss should fall in the end, for K of D tokens an output, where it is known.
    pub fn line(self, group: usize, tokens: usize) -> Option<Line> {
        let [group, tokens] = [group, tokens].map(|n| n as f64);
        match (self.rule, self.value_rule, self.theta) {
            (RuleName::Mirror, ValueRuleName::Gd, _) => Some(Line::Power { exponent: -2.0 }),
            (RuleName::Normalised, ValueRuleName::Gd, Some(length)) => {
                Some(Line::Geometric { rate: 2.0 * length * Scalar::sqrt(tokens / (group * (tokens - group))) })
            }
            (RuleName::Polyak, ValueRuleName::Projected, Some(theta)) => Some(Line::Geometric { rate: theta }),
            _ => None,
        }
    }
}

impl StepRules {
    /// The line along which the excess loss should fall in the end from samples, where it is known: other rules end on the noise of
    /// their batches, or fall at no power that was derived.
    pub fn line_from_samples(self, noisy: bool) -> Option<Line> {
        let known = (self.rule, self.value_rule) == (RuleName::Polyak, ValueRuleName::Projected) && !noisy;
        // The rate of the step settles.
        known.then_some(Line::Power { exponent: -1.0 })
    }
}

/// How the excess loss falls in the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Line {
    /// Like a power of the number of steps.
    Power {
        /// The power.
        exponent: f64,
    },
    /// Each step by a factor `e^-rate`.
    Geometric {
        /// The rate.
        rate: f64,
    },
}

impl Line {
    /// What a curve of `(steps, excess loss)` does over what the line says, above this part of its start: 1 where it falls along it. Of a
    /// power, the slope over the last half decade of steps; of a geometric fall the mean over the last half of its logarithm. None
    /// where there is too little to see.
    pub fn ratio(self, curve: &[(u64, f64)], resolution: f64) -> Option<f64> {
        let &(_, start) = curve.first()?;
        // Once it has met rounding, nothing that comes later is of the line.
        let above: Vec<_> = curve.iter().take_while(|&&(_, excess)| excess > resolution * start).collect();
        let &&(to, low) = above.last()?;
        match self {
            Self::Power { exponent } => {
                let from = to as f64 / Scalar::sqrt(10.0_f64);
                let late = above.iter().filter(|&&&(step, _)| step as f64 >= from);
                Some(log_log_slope(late.map(|&&(step, excess)| (step as f64, excess)))? / exponent)
            }
            Self::Geometric { rate } => {
                let half = Scalar::sqrt(start * low);
                let &&(from, high) = above.iter().find(|&&&(step, excess)| step > 0 && excess <= half)?;
                // A line that hardly falls so far is none.
                let expected = rate * to.saturating_sub(from) as f64;
                (expected >= 0.1).then(|| Scalar::ln(high / low) / expected)
            }
        }
    }
}

/// What is known of a run beside the curve.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// What the loss does over what the line of its rule says.
    pub line_ratio: Option<f64>,
    /// Whether there is a line to be held against, however many steps there were.
    pub lined: bool,
    /// The loss grows, over the last half decade of steps.
    pub rises: bool,
    /// Inputs have mean zero, and no correlation.
    pub white: bool,
    /// The value matrix's rate is where descent along it no longer converges.
    pub steep: bool,
    /// The excess loss before the first step, and after the last.
    pub losses: [f64; 2],
    /// Labels' noise has a mean.
    pub noise_mean: bool,
    /// In each row of the teacher's mixing all weights are alike.
    pub even: bool,
}

/// What is said of a run. `judged` was found without any law where the rules are not plain descent: there is no word of such a run where
/// the loss falls and nobody knows how it should.
pub fn judge(
    rules: StepRules,
    judged: Judgement,
    seen: &Seen,
    known: &Circumstances,
) -> (Option<Verdict>, &'static str) {
    // Whether noise looks like a level, an oscillation or a fall in jumps is chance, and none of them is a rule's own line.
    let jumps = judged.reason == FALLS_IN_JUMPS && !rules.plain();
    let up_and_down = "the loss goes up and down; a lower rate may help";
    let judged =
        if jumps { Judgement { verdict: Verdict::Oscillating, reason: up_and_down, ..judged } } else { judged };
    let said = |reason| (Some(judged.verdict), reason);
    // At the end of what the number type resolves.
    let resolved = resolution(known.epsilon, known.row_sum);
    let ended = seen.below(resolved);
    let [_, last] = seen.losses;
    let least = known.best_loss.filter(|&best| best > 0.0);
    let near_least = least.is_some_and(|best| last <= 1.1 * best);
    if seen.noise_mean && !ended && !near_least {
        match judged.verdict {
            Verdict::Floor | Verdict::Plateau => {
                return said(
                    "labels' noise holds the loss where it is: a lower rate or a larger batch lowers what is random of it, and not its mean, \
                     which the student takes for its teacher's",
                );
            }
            Verdict::Diverged => {
                return said(
                    "the loss ended above its start: the mean of the labels' noise, which the student takes for its teacher's, may be larger \
                     than the answers, and no rate or batch lowers that; with a small mean a lower rate may help",
                );
            }
            _ => {}
        }
    }
    if rules.plain() {
        return said(judged.reason);
    }
    let projected = rules.value_rule == ValueRuleName::Projected;
    let noise_in_values = known.sampled && known.noisy && projected;
    match (judged.verdict, rules.rule) {
        (Verdict::Diverged | Verdict::Oscillating | Verdict::Plateau, _) if seen.steep && !projected => said(
            "the value matrix's rate is at least 2 K / (q J), where its descent does not converge and the loss does not settle, \
             whatever theta; a lower rate may help, or projected values",
        ),
        (Verdict::Diverged, _) if noise_in_values => said(
            "the loss ended above its start: values that are solved for keep the labels' noise of the last batches, which is larger than the \
             answers; larger batches lower it, or --value-rule gd at a low rate",
        ),
        (Verdict::Diverged, _) if known.sampled && !projected => said(if seen.white {
            "the loss ended above its start: W follows by descent, and has to be as slow as these batches ask for; a lower rate may help, or larger \
             batches"
        } else {
            "the loss ended above its start: W follows by descent, and inputs that have a mean or correlations take a lower rate for it; a \
             lower rate may help"
        }),
        (Verdict::Diverged, RuleName::Polyak) if !projected => said(
            "the loss ended above its start: values that follow by descent turn the sign of Polyak's steps; expected --value-rule projected",
        ),
        (Verdict::Diverged, RuleName::Normalised | RuleName::Polyak) => said(
            "the loss ended above its start: the student answers worse than it did before its first step; a lower theta may help",
        ),
        (Verdict::Oscillating | Verdict::Plateau | Verdict::Floor, _) if known.sampled && near_least => {
            (Some(Verdict::Floor), "the loss is within 10 % of the least that any student of this kind can reach")
        }
        (Verdict::Oscillating | Verdict::Plateau | Verdict::Floor, _)
            if noise_in_values && !ended && seen.below(1.0) && !seen.rises =>
        {
            (
                Some(Verdict::Floor),
                "label noise holds the loss where it is: values that are solved for keep that of the last batches; larger ones lower it, \
                 or --value-rule gd at a low rate",
            )
        }
        (Verdict::Oscillating | Verdict::Plateau, _) if noise_in_values && !ended => said(
            "values that are solved for keep the labels' noise of the last batches, which is about as large as the answers; larger batches lower \
             it, or --value-rule gd at a low rate",
        ),
        (Verdict::Oscillating | Verdict::Plateau, RuleName::Normalised)
            if known.sampled && seen.below(0.1) && !seen.rises =>
        {
            (
                Some(Verdict::Floor),
                "steps of one length end on their own length, and on the noise of batches; a lower theta lowers it",
            )
        }
        (Verdict::Oscillating | Verdict::Plateau, RuleName::Adam)
            if known.sampled && seen.below(0.1) && !seen.rises =>
        {
            (
                Some(Verdict::Floor),
                "steps of Adam do not shrink with the gradient, and end on the noise of batches; a lower --attention-rate lowers it",
            )
        }
        (Verdict::Oscillating, RuleName::Normalised) if known.sampled => said(
            "the loss goes up and down: steps of one length end on their own length, and on the noise of batches; a lower \
             theta may help",
        ),
        // Close to the limit of its length a step has the rounding of logits come into the values many times over.
        (Verdict::Oscillating | Verdict::Plateau, RuleName::Normalised) if seen.below(64.0 * resolved) => (
            Some(Verdict::Floor),
            "the loss is near the end of what the number type resolves; a lower theta comes nearer",
        ),
        (Verdict::Oscillating, RuleName::Normalised) => {
            said("the loss goes up and down: steps of one length end on their own length; a lower theta may help")
        }
        (Verdict::Oscillating | Verdict::Plateau, RuleName::Adam) if seen.below(0.1) && !seen.rises => said(
            "steps of Adam do not shrink with the gradient, and end on their own length; a lower --attention-rate lowers the loss at which \
             they do",
        ),
        (Verdict::Oscillating, RuleName::Polyak) if known.sampled && seen.noise_mean => said(
            "the loss goes up and down: Polyak's steps go by the excess loss without labels' noise, and that has a mean; another rule may help",
        ),
        (Verdict::Oscillating, RuleName::Polyak) if known.sampled => {
            said("the loss goes up and down with the noise of the batches; larger ones may help, or a lower theta")
        }
        (Verdict::Oscillating, RuleName::Polyak) if !seen.even => said(
            "the loss goes up and down: Polyak's steps are for rows of equal weights, down to the last digit; another rule may help",
        ),
        (Verdict::Oscillating, RuleName::Polyak) => said(
            "the loss goes up and down: above a theta of 4 K / (D + K) outputs that share projected values run \
             apart; a lower theta may help, or another rule",
        ),
        (Verdict::Floor, RuleName::Normalised) if known.sampled && known.noisy && !ended => said(
            "steps of one length end on their own length, and on the noise of batches and labels; a lower theta lowers it",
        ),
        (Verdict::Floor, RuleName::Adam) if known.sampled && known.noisy && !ended => said(
            "steps of Adam do not shrink with the gradient, and end on the noise of batches and labels; a lower --attention-rate, or larger \
             batches, lower it",
        ),
        (Verdict::Asymptotic | Verdict::Transient, _) => along_its_line(rules, seen, known),
        (Verdict::Scale, _) if !ended => along_its_line(rules, seen, known),
        _ => said(judged.reason),
    }
}

impl Seen {
    fn below(&self, part: f64) -> bool {
        let [start, last] = self.losses;
        last <= part * start
    }
}

/// What is said of a loss that falls.
fn along_its_line(rules: StepRules, seen: &Seen, known: &Circumstances) -> (Option<Verdict>, &'static str) {
    // Of samples a slope has an error of its own.
    let tolerance = if known.sampled { 0.2 } else { 0.05 };
    let apart = (rules.rule, rules.value_rule) == (RuleName::Polyak, ValueRuleName::Projected) && !known.sampled;
    match seen.line_ratio {
        None if seen.lined => (Some(Verdict::Transient), "too few steps to say along which line the loss falls"),
        None => (None, "the loss falls; along which line this rule should is not known"),
        Some(ratio) if ratio < 0.95 && apart => (
            Some(Verdict::Transient),
            "the loss falls, and slower than theta says: above theta = 4 K / (D + K) outputs that share projected values run apart; a \
             lower theta keeps the line, and takes more steps",
        ),
        Some(ratio) if (ratio - 1.0).abs() > tolerance => {
            (Some(Verdict::Transient), "the loss falls, and not yet along the line of the rule")
        }
        Some(_) if known.scaled() => (
            Some(Verdict::Scale),
            "the loss falls along the line of the rule; rows of the mixing do not sum to 1, so that the student's filters are the \
             teacher's times that sum",
        ),
        Some(_) => (Some(Verdict::Asymptotic), "the loss falls along the line of the rule"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_measured_where_it_is_a_line() {
        let curve = |f: &dyn Fn(f64) -> f64| (0..200_u64).map(|t| (t, f(t as f64))).collect::<Vec<_>>();
        let falling = curve(&|t| 3.0 * Scalar::exp(-0.5 * t));
        let ratio = |line: Line, curve: &[(u64, f64)]| line.ratio(curve, resolution(f64::EPSILON, None)).unwrap();
        assert!((ratio(Line::Geometric { rate: 0.5 }, &falling) - 1.0).abs() < 1e-12);
        assert!((ratio(Line::Geometric { rate: 1.0 }, &falling) - 0.5).abs() < 1e-12);
        // What rounding leaves at the end is no part of the line.
        let ended = curve(&|t| 3.0 * Scalar::exp(-0.5 * t) + 1e-29);
        assert!((ratio(Line::Geometric { rate: 0.5 }, &ended) - 1.0).abs() < 0.05);
        // Nor is a loss that rounding has thrown up again.
        let mut thrown = falling.clone();
        thrown[190].1 = 1e-26;
        assert!((ratio(Line::Geometric { rate: 0.5 }, &thrown) - 1.0).abs() < 1e-12);
        let square = curve(&|t| 3.0 / (1.0 + t) / (1.0 + t));
        assert!((ratio(Line::Power { exponent: -2.0 }, &square) - 1.0).abs() < 0.02);
        // Nor of a power's.
        let single = resolution(f32::EPSILON.into(), None);
        let met: Vec<_> =
            (0..30).map(|i| (1 << i, (1.0 / f64::from(1 << i) / f64::from(1 << i)).larger(5e-11))).collect();
        assert!((Line::Power { exponent: -2.0 }.ratio(&met, single).unwrap() - 1.0).abs() < 0.01);
        // Two hundred steps of a millionth each are no line.
        assert_eq!(Line::Geometric { rate: 1e-6 }.ratio(&falling, 0.0), None);
        assert_eq!(Line::Geometric { rate: 0.5 }.ratio(&falling[..1], 0.0), None);
    }

    #[test]
    fn lines_are_those_that_were_derived() {
        let rules = |rule, value_rule, theta| StepRules { rule, value_rule, theta };
        let line = |rule, value_rule, theta| rules(rule, value_rule, theta).line(4, 16);
        assert_eq!(line(RuleName::Polyak, ValueRuleName::Projected, Some(0.5)), Some(Line::Geometric { rate: 0.5 }));
        assert_eq!(line(RuleName::Polyak, ValueRuleName::Gd, Some(0.5)), None);
        assert_eq!(line(RuleName::Mirror, ValueRuleName::Gd, None), Some(Line::Power { exponent: -2.0 }));
        let Some(Line::Geometric { rate }) = line(RuleName::Normalised, ValueRuleName::Gd, Some(0.1)) else { panic!() };
        assert!((rate - 0.1155).abs() < 5e-5, "{rate}");
    }
}
