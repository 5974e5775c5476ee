//! Whether the fastest rule is as fast from samples: Polyak's step with projected values, along the gradient of a batch.
//!
//! Near the end the gradient of the logits is of the order of the excess loss E, as every row flattens, and its noise over a batch of N
//! of the order of `sqrt(E / N)`, which is that of the errors themselves. So `|g|^2` is of the order of `E / N` as soon as E is below
//! `1 / N`, the rate `theta E / |g|^2` that Polyak's step takes no longer grows as E falls, and what is left is descent at one rate.

use tutee::activation::Activation;
use tutee::input::{SampleRng, SampleStream};
use tutee::recovery::log_log_slope;
use tutee::trace::Schedule;
use tutee::{Error, Scalar};

use super::cell::{Curve, Found, Number, word};
use super::faster::train;
use super::lab::{Pairs, SEED, Student, Teacher, answers, gaussian, go_on, gradient, mean, population};
use crate::step_rules::{RuleName, StepRules, ValueRuleName};

/// M, d, D, J.
const SIZES: [usize; 4] = [2, 3, 8, 8];
const GROUP: usize = 2;
const BATCH: usize = 64;
const STEPS: u64 = 10_000;
const SEEDS: u64 = 8;
const THETA: f64 = 1.0;
/// K / J, of what stands beside it.
const RATE: f64 = 0.25;
/// Until the exact rule has met rounding.
const EXACT_STEPS: u64 = 60;

/// Solves `matrix x = right` for a symmetric positive matrix, given row by row, in place of `right`: Cholesky.
fn solve(matrix: &mut [f64], right: &mut [f64]) {
    let n = right.len();
    let at = |i: usize, j: usize| i * n + j;
    for j in 0..n {
        for i in j..n {
            let before: f64 = (0..j).map(|k| matrix[at(i, k)] * matrix[at(j, k)]).sum();
            let left = matrix[at(i, j)] - before;
            matrix[at(i, j)] = if i == j { left.sqrt() } else { left / matrix[at(j, j)] };
        }
    }
    for i in 0..n {
        let before: f64 = (0..i).map(|k| matrix[at(i, k)] * right[k]).sum();
        right[i] = (right[i] - before) / matrix[at(i, i)];
    }
    for i in (0..n).rev() {
        let after: f64 = (i + 1..n).map(|k| matrix[at(k, i)] * right[k]).sum();
        right[i] = (right[i] - after) / matrix[at(i, i)];
    }
}

/// The W that fits a batch best with this attention: least squares over what each output averages its tokens to.
fn project(pairs: &Pairs, student: &mut Student) {
    let [filters, features, tokens] = [student.shape.filters(), student.shape.features(), student.shape.tokens()];
    let (mut moments, mut along) = (vec![0.0; features * features], vec![0.0; filters * features]);
    for (x, y) in pairs.x.chunks(student.shape.input_len()).zip(pairs.y.chunks(student.shape.output_len())) {
        for (s, y) in student.attention.chunks(tokens).zip(y.chunks(filters)) {
            let mut p = vec![0.0; features];
            for (weight, token) in s.iter().zip(x.chunks(features)) {
                p.iter_mut().zip(token).for_each(|(p, x)| *p += weight * x);
            }
            for (row, a) in moments.chunks_mut(features).zip(&p) {
                row.iter_mut().zip(&p).for_each(|(to, b)| *to += a * b);
            }
            for (row, y) in along.chunks_mut(features).zip(y) {
                row.iter_mut().zip(&p).for_each(|(to, p)| *to += y * p);
            }
        }
    }
    for row in along.chunks_mut(features) {
        solve(&mut moments.clone(), row);
    }
    student.value = along;
}

/// A training from batches.
struct Sampled {
    /// Exact excess loss after W was solved for.
    excess: Curve,
    /// Rate of the logits: geometric means between looks.
    rates: Curve,
}

fn from_batches(teacher: &Teacher, seed: u64) -> Result<Sampled, Error> {
    let shape = teacher.shape;
    let mut student =
        Student::of_logits(shape, teacher.activation, vec![0.0; shape.value_len()], vec![0.0; shape.mixing_len()])?;
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(teacher, x, y, |j, h| h.iter().skip(j / GROUP * GROUP).take(GROUP).sum::<f64>() / GROUP as f64);
        Ok(())
    };
    let (mut stream, schedule) = (SampleStream::new(SEED ^ (seed << 40)), Schedule::per_decade(20));
    let (mut excess, mut rates) = (Curve::new(), Curve::new());
    let (mut next, mut logarithms) = (schedule.next_after(0), Vec::new());
    for step in 1..=STEPS {
        go_on()?;
        let pairs = Pairs::draw(shape, BATCH, &mut stream, &draw)?;
        project(&pairs, &mut student);
        if step == next {
            excess.push((step, student.excess(teacher)?));
        }
        let [_, d_logits] = gradient(&student, &pairs)?;
        // The least loss is zero, as labels have no noise.
        let excess_of_batch = pairs.mean_loss(&student)?;
        let rate = THETA * excess_of_batch / d_logits.iter().map(|g| g * g).sum::<f64>();
        logarithms.push(Scalar::ln(rate));
        if step == next {
            rates.push((step, Scalar::exp(mean(&logarithms).0)));
            (next, logarithms) = (schedule.next_after(step), Vec::new());
        }
        let logits = student.logits.iter().zip(&d_logits).map(|(a, g)| a - rate * g).collect();
        student = Student::of_logits(shape, teacher.activation, student.value, logits)?;
    }
    Ok(Sampled { excess, rates })
}

/// Slope of the late part of a curve, both axes logarithmic.
fn late_slope(curve: &Curve) -> f64 {
    let late = curve.iter().filter(|point| point.0 >= STEPS / 30).map(|&(step, x)| (step as f64, x));
    log_log_slope(late).unwrap_or(f64::NAN)
}

pub fn polyak_from_samples() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, GROUP, Activation::Identity)?;
    let runs = (0..SEEDS).map(|seed| from_batches(&teacher, seed)).collect::<Result<Vec<_>, _>>()?;
    let over_seeds = |slope: fn(&Sampled) -> f64| mean(&runs.iter().map(slope).collect::<Vec<_>>());
    let numbers = vec![
        Number::sampled("slope of the late excess loss", -1.0, over_seeds(|run| late_slope(&run.excess)), 0.0),
        Number::sampled("slope of the rate that it takes by then", 0.0, over_seeds(|run| late_slope(&run.rates)), 0.0),
    ];
    let polyak = StepRules { rule: RuleName::Polyak, value_rule: ValueRuleName::Projected, theta: Some(THETA) };
    let exact = train(&teacher, polyak, (RATE, RATE), EXACT_STEPS)?;
    let plain = population(&teacher, RATE, STEPS)?.curve;
    let curve = runs.into_iter().next().map(|run| run.excess).unwrap_or_default();
    let verdict = word(&curve, None, None);
    let why = "late gradients are of the order of the excess loss and their noise of its root: what the step is divided by is the noise, \
               and its rate is one number, as in descent";
    let beside = vec![("by the exact gradient", exact), ("plain descent, exact", plain)];
    Ok(Found { beside, ..Found::new(numbers, verdict, why, curve) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symmetric_system_is_solved() {
        let mut x = [8.0, 16.0, -1.0];
        solve(&mut [4.0, 2.0, 0.0, 2.0, 10.0, -1.0, 0.0, -1.0, 3.0], &mut x);
        let [a, b, c] = x;
        for (left, right) in [(4.0 * a + 2.0 * b, 8.0), (2.0 * a + 10.0 * b - c, 16.0), (3.0 * c - b, -1.0)] {
            assert!((left - right).abs() < 1e-14, "{x:?}");
        }
    }

    /// A student with the teacher's attention is given the teacher's W by any batch.
    #[test]
    fn a_projected_w_fits_its_batch() {
        let teacher = Teacher::pooling(SIZES, GROUP, Activation::Identity).unwrap();
        let value = vec![0.0; teacher.value.len()];
        let mut student = Student::constructed(teacher.shape, teacher.activation, value, teacher.mixing.clone());
        let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
            gaussian(rng, x);
            answers(&teacher, x, y, |j, h| h.iter().skip(j / GROUP * GROUP).take(GROUP).sum::<f64>() / GROUP as f64);
            Ok(())
        };
        project(&Pairs::draw(teacher.shape, 2, &mut SampleStream::new(5), &draw).unwrap(), &mut student);
        for (w, v) in student.value.iter().zip(&teacher.value) {
            assert!((w - v).abs() < 1e-12, "{w} {v}");
        }
    }
}
