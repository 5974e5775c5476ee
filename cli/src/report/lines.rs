//! What the loss should do by the rule of a run's steps, in words and as a line of a picture.

use tutee::Scalar;

use crate::matrices;
use crate::record::RunRecord;
use crate::step_rules::{Line, RuleName, StepRules, ValueRuleName};

/// The line of a run by another rule than plain descent, where it was held against one.
fn line(run: &RunRecord) -> Option<Line> {
    run.summary.line_ratio?;
    let rules = run.kind.rules();
    if sampled(run) {
        return rules.line_from_samples(false);
    }
    rules.line(matrices::group(&run.teacher_mixing.concat(), run.summary.tokens)?, run.summary.tokens)
}

fn sampled(run: &RunRecord) -> bool {
    run.batch.is_some()
}

/// The power of 1 / steps with which the loss falls in the end, if it is known to fall like one.
pub fn decay(run: &RunRecord) -> Option<f64> {
    match line(run) {
        Some(Line::Power { exponent }) => Some(-exponent),
        Some(Line::Geometric { .. }) => None,
        None if run.kind.labels() => Some(1.0 / 3.0),
        None => run.kind.rules().plain().then_some(1.0),
    }
}

/// Steps and losses along the line, inside the curve: a power through the last point, a geometric fall through the middle of the fall.
pub fn line_points(run: &RunRecord) -> Option<Vec<(f64, f64)>> {
    let line = line(run)?;
    let curve = || run.curve.iter().filter(|point| point.step > 0 && point.excess_loss > 0.0);
    let (start, end) = (run.summary.excess_loss_start?, curve().next_back()?);
    let at: Box<dyn Fn(u64) -> f64> = match line {
        Line::Power { exponent } => {
            Box::new(move |step| end.excess_loss * Scalar::exp(exponent * Scalar::ln(step as f64 / end.step as f64)))
        }
        Line::Geometric { rate } => {
            let middle = Scalar::sqrt(start * end.excess_loss);
            let from = curve().find(|point| point.excess_loss <= middle)?;
            Box::new(move |step| from.excess_loss * Scalar::exp(-rate * (step as f64 - from.step as f64)))
        }
    };
    let points = curve().map(|point| (point.step as f64, at(point.step)));
    let inside = |&(_, y): &(f64, f64)| y <= 10.0 * start && y >= 0.1 * end.excess_loss;
    let points: Vec<_> = points.filter(inside).collect();
    (points.len() > 1).then_some(points)
}

/// How the student moves, after "learns".
pub fn by_rule(rules: StepRules) -> String {
    let theta = rules.theta.map(|theta| format!("theta {theta:.4}")).unwrap_or_default();
    let theta = theta.trim_end_matches('0').trim_end_matches('.');
    let [with, and] = if theta.is_empty() { ["", ""] } else { [", ", theta] };
    let attention = match rules.rule {
        RuleName::Gd => "gradient descent of the attention".to_owned(),
        RuleName::Mirror => "mirror steps of the attention (along the gradient with respect to the weights)".to_owned(),
        RuleName::Normalised => format!("normalised steps of the attention (of one length for each output{with}{and})"),
        RuleName::Polyak => format!("Polyak's steps of the attention (as long as the excess loss says{with}{and})"),
        RuleName::Adam => "Adam's steps of the attention".to_owned(),
    };
    match rules.value_rule {
        ValueRuleName::Gd if rules.plain() => "by plain gradient descent".to_owned(),
        ValueRuleName::Gd => format!("by {attention} and gradient descent of the value matrix"),
        ValueRuleName::Projected => {
            format!("by {attention}, with a value matrix that is solved for after each of them,")
        }
    }
}

/// How the loss should fall.
pub fn expectation(runs: &[RunRecord]) -> &'static str {
    let Some(run) = runs.first() else { return "" };
    let rules = run.kind.rules();
    if run.kind.labels() {
        return "Of labels it is the mean logistic loss, less what flips cost anyone. While they are not flipped, theory predicts where the curve \
                ends from nothing but the number of tokens and the rate of the filter: (C² / (3 D² · rate · steps))^⅓ with C = 0.656. Ten times \
                the steps, less than half of the loss.";
    }
    if rules.plain() {
        return "Where every output averages the same number K of tokens, theory predicts where the curve ends from nothing but sizes \
                and rate: excess = K J (D − K) / (4 · rate · steps). Ten times the steps, a tenth of the loss.";
    }
    match (sampled(run), rules.rule, rules.value_rule) {
        (true, RuleName::Polyak, ValueRuleName::Projected) => {
            "Of a batch, a late gradient is all noise: the rate of the step settles, and the loss falls like 1/steps, or ends on the noise \
             of the labels."
        }
        (true, ..) => {
            "From samples it is not known along which line this rule should fall: in the end on the noise of its batches."
        }
        (false, RuleName::Mirror, ValueRuleName::Gd) => {
            "Along the gradient with respect to the weights the loss should fall like 1/steps²: ten times the steps, a hundredth of the \
             loss."
        }
        (false, RuleName::Normalised, ValueRuleName::Gd) => {
            "By steps of one length s the loss should fall geometrically, each step by a factor of exp(−2 s √(D / (K (D − K)))), down to \
             rounding."
        }
        (false, RuleName::Polyak, ValueRuleName::Projected) => {
            "Each step should take the same part of the loss, a factor of exp(−theta), down to rounding; above theta = 4 K / (D + K) \
             outputs that share projected values run apart, and it falls slower than that, though faster than with less theta."
        }
        _ => "Along which line this rule should fall is not known.",
    }
}
