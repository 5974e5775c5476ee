//! Ours beside the paper's figures: the excess loss over the number of tokens, and groups of nearly all tokens.

use super::line::{Slope, slope};
use super::record::{Check, Curve, Figure, Measured, Plot};
use super::train::{Course, Run};
use crate::failure::Failure;
use crate::report::axes::MOST_DECADES;

/// Rate of W_KQ times steps of all sizes.
const PRODUCT: usize = 2_000_000;
/// Tokens with groups of nearly all of them.
const TOKENS: usize = 20;
const NEAR: [usize; 3] = [16, 18, 19];
const NEAR_STEPS: u64 = 100_000;
const ALL_STEPS: u64 = 1_000;

const fn tokens(quick: bool) -> &'static [usize] {
    if quick { &[8, 16, 32] } else { &[8, 16, 32, 64, 128] }
}

/// Token selection of 4 of D tokens, at a rate of W_KQ that grows with D as logits follow a D-th of it.
///
/// # Errors
/// None: the settings are constants.
pub fn courses(quick: bool) -> Result<Vec<Course>, Failure> {
    let course = |&tokens: &usize| {
        let rate = tokens / 2;
        let steps = PRODUCT / rate;
        Course::new(
            &format!("token-selection --tokens {tokens} --group 4 --steps {steps} --attention-rate {rate}"),
            None,
        )
    };
    tokens(quick).iter().map(course).collect()
}

/// Token selection of nearly all tokens, and of all.
///
/// # Errors
/// None: the settings are constants.
pub fn near_courses() -> Result<Vec<Course>, Failure> {
    let course = |(group, steps): (usize, u64)| {
        let words = format!("token-selection --tokens {TOKENS} --group {group} --steps {steps} --rate 0.5");
        Course::new(&format!("{words} --attention-rate 10"), None)
    };
    NEAR.map(|group| (group, NEAR_STEPS)).into_iter().chain([(TOKENS, ALL_STEPS)]).map(course).collect()
}

/// Excess over D.
pub fn over_tokens(runs: &[Run]) -> Figure {
    let points = |of: fn(&Run) -> f64| -> Vec<(f64, f64)> {
        runs.iter().map(|run| (run.shape.tokens() as f64, of(run))).collect()
    };
    let excess = points(|run| run.end().map_or(f64::NAN, |end| end.excess));
    let law = points(|run| run.end().map_or(f64::NAN, |end| run.law(end.step)));
    // What K J (D - K) has beside the square: the (D - K) / D of these sizes.
    let square: Vec<_> = runs
        .iter()
        .zip(&excess)
        .map(|(run, &(tokens, excess))| (tokens, excess * tokens / (tokens - run.group as f64)))
        .collect();
    let checks = vec![
        Check::ours(
            "slope over D of the excess loss times D / (D - K), at fixed rate T and J = D",
            "2, where the paper's bound has 4",
            (1.95, 2.05),
            [Slope::measured("token-selection", slope(square.iter().copied()))],
        ),
        Check::ours(
            "excess loss over its law, each D",
            "1",
            (0.97, 1.05),
            runs.iter().map(|run| Measured::plain(&format!("D = {}", run.shape.tokens()), run.law_ratio())),
        ),
    ];
    let setting = format!(
        "Token selection with K = 4, exact gradient, rate of W_KQ times steps {PRODUCT} for every D; d = 6, M = 4, rate of W_V K/D, rate of \
         W_KQ D/2, seed 1."
    );
    let mut figure = Figure::new("size", "Excess loss over the number of tokens", setting, checks);
    let curve = |name: &str, dashed, points| Curve { name: name.to_owned(), dashed, points };
    figure.plots = vec![Plot {
        title: "Excess loss at fixed rate T".to_owned(),
        across: "D",
        up: "excess loss",
        logarithmic: true,
        decades: MOST_DECADES,
        level: None,
        curves: vec![curve("measured", false, excess), curve("law", true, law)],
    }];
    figure
}

/// Groups of nearly all tokens, and of all: the last run.
pub fn near(runs: &[Run]) -> Figure {
    let (all, nearly): (Vec<&Run>, Vec<&Run>) = runs.iter().partition(|run| run.group == run.shape.tokens());
    let left = |run: &Run| Some(run.end()?.excess / run.points.first()?.excess);
    let checks = vec![
        Check::ours(
            "excess loss over its law, K near D = 20",
            "1",
            (0.95, 1.05),
            nearly.iter().map(|run| Measured::plain(&format!("K = {}", run.group), run.law_ratio())),
        ),
        Check::ours(
            "part of the excess loss left after 1,000 steps, K = D",
            "0: convergence is geometric, as uniform attention is right from the start",
            (0.0, 1e-20),
            all.iter().map(|run| Measured::plain("K = D", left(run))),
        ),
    ];
    let setting = "Token selection of K of 20 tokens, exact gradient, rates 0.5 of W_V and 10 of W_KQ, 100,000 steps, with K = D 1,000; d = 6, \
                   M = 4, seed 1."
        .to_owned();
    let mut figure = Figure::new("K near D", "Groups of nearly all tokens", setting, checks);
    figure.plots = vec![Plot {
        title: "Excess loss".to_owned(),
        across: "gradient steps",
        up: "excess loss",
        logarithmic: true,
        decades: MOST_DECADES,
        level: None,
        curves: runs
            .iter()
            .map(|run| Curve {
                name: format!("K = {}", run.group),
                dashed: false,
                points: run.curve(|point| Some(point.excess).filter(|&excess| excess > 1e-12)),
            })
            .collect(),
    }];
    figure
}
