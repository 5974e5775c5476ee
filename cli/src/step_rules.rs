//! Step rules beyond plain descent, as the command line and results name them, and the lines along which they should fall.

use clap::ValueEnum;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tutee::recovery::log_log_slope;
use tutee::recovery::verdict::{Circumstances, Judgement, Verdict};
use tutee::step::{Rule, Rules, ValueRule};
use tutee::{Scalar, Shape};

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
    pub fn line(self, group: usize, shape: Shape) -> Option<Line> {
        let [group, tokens] = [group, shape.tokens()].map(|n| n as f64);
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

/// Below this part of the start of double precision a loss is one of rounding errors; see the verdict *floor*.
const ROUNDING: f64 = 64.0;

impl Line {
    /// What a curve of `(steps, excess loss)` does over what the line says: 1 where it falls along it. Of a power, the slope over the
    /// last half decade of steps; of a geometric fall the mean over the last half of its logarithm, above rounding.
    pub fn ratio(self, curve: &[(u64, f64)], epsilon: f64) -> Option<f64> {
        let (&(_, start), &(last, _)) = (curve.first()?, curve.last()?);
        match self {
            Self::Power { exponent } => {
                let from = last as f64 / Scalar::sqrt(10.0_f64);
                let late = curve.iter().filter(|&&(step, _)| step as f64 >= from);
                Some(log_log_slope(late.map(|&(step, excess)| (step as f64, excess)))? / exponent)
            }
            Self::Geometric { rate } => {
                let resolution = ROUNDING * epsilon;
                let floor = resolution * resolution * start;
                // Once it has met rounding, nothing that comes later is of the line.
                let above: Vec<_> = curve.iter().take_while(|&&(_, excess)| excess > floor).collect();
                let &&(to, low) = above.last()?;
                let half = Scalar::sqrt(start * low);
                let &&(from, high) = above.iter().find(|&&&(step, excess)| step > 0 && excess <= half)?;
                (to > from).then(|| Scalar::ln(high / low) / (to - from) as f64 / rate)
            }
        }
    }
}

/// What is said of a run with another rule than plain descent, for which `judged` was found without any law: no word where the loss
/// falls and nobody knows how it should. `steep`: the value matrix's rate is where descent along it no longer converges.
pub fn judge(
    rules: StepRules,
    judged: Judgement,
    (line_ratio, steep): (Option<f64>, bool),
    known: &Circumstances,
) -> (Option<Verdict>, &'static str) {
    let unsettled = matches!(judged.verdict, Verdict::Oscillating | Verdict::Plateau);
    if unsettled && steep && rules.value_rule == ValueRuleName::Gd {
        let reason = "the value matrix's rate is at least 2 K / (q J), where its descent does not converge and the loss does not settle, \
                      whatever theta; a lower rate may help, or projected values";
        return (Some(judged.verdict), reason);
    }
    if (judged.verdict, rules.rule) == (Verdict::Oscillating, RuleName::Normalised) {
        let reason = "the loss goes up and down: steps of one length end on their own length, and on the noise of batches; a lower \
                      theta may help";
        return (Some(judged.verdict), reason);
    }
    if (judged.verdict, rules.rule, known.sampled) == (Verdict::Oscillating, RuleName::Polyak, true) {
        let reason = "the loss goes up and down with the noise of the batches; larger ones may help, or a lower theta";
        return (Some(judged.verdict), reason);
    }
    if known.sampled && known.noisy && judged.verdict == Verdict::Floor && rules.value_rule == ValueRuleName::Projected
    {
        let reason = "label noise holds the loss where it is: values that are solved for keep that of the last batches; larger ones lower it, \
                      or --value-rule gd at a low rate";
        return (Some(judged.verdict), reason);
    }
    if (judged.verdict, rules.rule) == (Verdict::Oscillating, RuleName::Polyak) {
        let reason = "the loss goes up and down: Polyak's steps are for rows of equal weights, down to the last digit, and for a theta of \
                      at most 4 K / (D + K); another rule may help, or a lower theta";
        return (Some(judged.verdict), reason);
    }
    if !matches!(judged.verdict, Verdict::Asymptotic | Verdict::Transient | Verdict::Scale) {
        return (Some(judged.verdict), judged.reason);
    }
    // Of samples a slope has an error of its own.
    let tolerance = if known.sampled { 0.2 } else { 0.05 };
    match line_ratio {
        None => (None, "the loss falls; along which line this rule should is not known"),
        Some(ratio)
            if ratio < 0.95
                && !known.sampled
                && (rules.rule, rules.value_rule) == (RuleName::Polyak, ValueRuleName::Projected) =>
        {
            (
                Some(Verdict::Transient),
                "the loss falls, and slower than theta says: above theta = 4 K / (D + K) outputs that share projected values run apart; a \
             lower theta may help",
            )
        }
        Some(ratio) if (ratio - 1.0).abs() > tolerance => {
            (Some(Verdict::Transient), "the loss falls, and not yet along the line of the rule")
        }
        Some(_) if known.row_sum.is_some_and(|sum| (sum - 1.0).abs() > ROUNDING * known.epsilon) => (
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
        let ratio = |line: Line, curve: &[(u64, f64)]| line.ratio(curve, f64::EPSILON).unwrap();
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
        assert_eq!(Line::Geometric { rate: 0.5 }.ratio(&falling[..1], f64::EPSILON), None);
    }

    #[test]
    fn lines_are_those_that_were_derived() {
        let shape = Shape::new(4, 6, 16, 16).unwrap();
        let rules = |rule, value_rule, theta| StepRules { rule, value_rule, theta };
        let line = |rule, value_rule, theta| rules(rule, value_rule, theta).line(4, shape);
        assert_eq!(line(RuleName::Polyak, ValueRuleName::Projected, Some(0.5)), Some(Line::Geometric { rate: 0.5 }));
        assert_eq!(line(RuleName::Polyak, ValueRuleName::Gd, Some(0.5)), None);
        assert_eq!(line(RuleName::Mirror, ValueRuleName::Gd, None), Some(Line::Power { exponent: -2.0 }));
        let Some(Line::Geometric { rate }) = line(RuleName::Normalised, ValueRuleName::Gd, Some(0.1)) else { panic!() };
        assert!((rate - 0.1155).abs() < 5e-5, "{rate}");
    }
}
