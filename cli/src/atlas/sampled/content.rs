//! Teachers that weigh tokens by what is in them or by what comes with the sample, which a student that sees positions cannot follow.

use tutee::activation::Activation;
use tutee::input::SampleRng;
use tutee::{Error, Scalar};

use super::setting::{FILTERS, OUTPUTS, SIZES, TOKENS, on_a_floor};
use crate::atlas::cell::Found;
use crate::atlas::expectations::{softmax_squares, top_two_square};
use crate::atlas::lab::{Student, Teacher, answers, gaussian, mean};

/// The `count` largest numbers' mean.
fn top_mean(scores: &[f64], count: usize) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    sorted.iter().take(count).sum::<f64>() / count as f64
}

/// A teacher that weighs tokens by content, for a student that sees positions alone: whatever the weights, if they are blind to position
/// and to a shift of all scores the nearest linear student is `V*` on the mean of all tokens (Stein's lemma). Beside the weights, the mean
/// squares of the score that they weigh and of themselves.
fn by_content(
    weigh: &dyn Fn(&[f64]) -> Vec<f64>,
    [score, weights]: [f64; 2],
    why: &'static str,
) -> Result<Found, Error> {
    let teacher = Teacher::new(SIZES, Activation::Identity, |_, _| 0.125)?;
    let best = Student::constructed(teacher.shape, teacher.activation, teacher.value.clone(), teacher.mixing.clone());
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        let scores: Vec<f64> = x.iter().step_by(3).copied().collect();
        let weights = weigh(&scores);
        answers(&teacher, x, y, |_, h| h.iter().zip(&weights).map(|(h, w)| h * w).sum());
        Ok(())
    };
    // |V a|^2 along the direction that decides, the rest across it.
    let along: f64 = teacher.value.iter().step_by(3).map(|v| v * v).sum();
    let least = 0.5 * OUTPUTS * (along * (score - 0.125) + (teacher.squared() - along) * (weights - 0.125));
    on_a_floor(&teacher, (least, None), &best, (0.05, 6_000), &draw, why)
}

/// The two tokens with the largest first entry.
pub fn largest_two(scores: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let mut weights = vec![0.0; scores.len()];
    order.iter().take(2).for_each(|&i| weights[i] = 0.5);
    debug_assert!((scores.iter().zip(&weights).map(|(s, w)| s * w).sum::<f64>() - top_mean(scores, 2)).abs() < 1e-12);
    weights
}

/// The softmax of twice the first entries.
pub fn soft(scores: &[f64]) -> Vec<f64> {
    let weights: Vec<f64> = scores.iter().map(|s| Scalar::exp(2.0 * s)).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

pub fn top_two() -> Result<Found, Error> {
    by_content(
        &largest_two,
        [top_two_square(TOKENS), 0.5],
        "positions say nothing of which tokens are largest: what is left is their variance beside the mean",
    )
}

pub fn learned_weights() -> Result<Found, Error> {
    by_content(
        &soft,
        softmax_squares(TOKENS, 2.0),
        "the weights follow the content of the sample, and by position they are uniform",
    )
}

pub fn sets() -> Result<Found, Error> {
    let teacher = Teacher::new(SIZES, Activation::Identity, |_, _| 0.125)?;
    let best = Student::constructed(teacher.shape, teacher.activation, teacher.value.clone(), teacher.mixing.clone());
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        let mut chosen = [0_u32; 16];
        for set in chosen.chunks_mut(2) {
            tutee::teacher::per_sample::draw_set(rng, TOKENS, set)?;
        }
        answers(&teacher, x, y, |j, h| {
            let set = chosen.iter().skip(2 * j).take(2);
            set.filter_map(|&i| h.get(i as usize)).sum::<f64>() / 2.0
        });
        Ok(())
    };
    let least = 0.5 * FILTERS * OUTPUTS * (0.5 - 0.125);
    // Every set is as likely as every other, and tokens are white.
    let sets = (0..TOKENS).flat_map(|a| (0..a).map(move |b| [a, b]));
    let distances = sets.map(|set| {
        let weight = |i: usize| if set.contains(&i) { 0.5 } else { 0.0 };
        let row = best.attention.iter().take(TOKENS).enumerate();
        row.map(|(i, s)| (weight(i) - s) * (weight(i) - s)).sum::<f64>()
    });
    let distances: Vec<f64> = distances.collect();
    let integrated = 0.5 * FILTERS * OUTPUTS * mean(&distances).0;
    on_a_floor(
        &teacher,
        (least, Some(integrated)),
        &best,
        (0.1, 6_000),
        &draw,
        "the set comes with the sample and is not shown to this student",
    )
}
