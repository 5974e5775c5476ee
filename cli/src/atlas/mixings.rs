//! Cells whose mixing is unusual, by the exact gradient over all Gaussian inputs.

use tutee::activation::Activation;
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::input::SampleStream;
use tutee::recovery::least_loss::best_loss;
use tutee::student::{StudentViewMut, student_len};
use tutee::{Error, Scalar};

use super::cell::{Found, Number};
use super::faster::train;
use super::lab::{SEED, Student, Teacher, Trained, population};
use crate::step_rules::{RuleName, StepRules};

/// M, d, D, J.
const SIZES: [usize; 4] = [4, 6, 16, 16];
const TOKENS: usize = 16;

/// `K J (D - K) / (4 rate t)`, summed over rows of so many tokens.
fn law(groups: impl Iterator<Item = usize>, rate: f64, steps: u64) -> f64 {
    groups.map(|k| (k * (TOKENS - k)) as f64).sum::<f64>() / (4.0 * rate * steps as f64)
}

fn found(trained: Trained, numbers: Vec<Number>, least: Option<f64>, law: Option<f64>, why: &'static str) -> Found {
    Found { least, ..Found::new(numbers, trained.word(least, law), why, trained.curve) }
}

/// How fast the loss falls a step, between two parts of its start.
fn rate_between(trained: &Trained, high: f64, low: f64) -> f64 {
    let at = |part: f64| trained.curve.iter().find(|point| point.1 <= part * trained.first()).copied();
    match (at(high), at(low)) {
        (Some((from, high)), Some((to, low))) if to > from => Scalar::ln(high / low) / (to - from) as f64,
        _ => f64::NAN,
    }
}

pub fn all_tokens() -> Result<Found, Error> {
    let rate = 0.25;
    let trained = population(&Teacher::new(SIZES, Activation::Identity, |_, _| 1.0 / 16.0)?, rate, 200)?;
    // W - V* shrinks by 1 - rate J / D a step.
    let numbers = vec![
        Number::exact("fall a step", -2.0 * Scalar::ln(1.0 - rate), rate_between(&trained, 1e-4, 1e-16), 1e-6),
        Number::exact(
            "smallest weight, times D",
            1.0,
            16.0 * trained.student.attention.iter().copied().fold(1.0, Scalar::smaller),
            1e-12,
        ),
    ];
    Ok(found(
        trained,
        numbers,
        None,
        None,
        "uniform attention is right from the start, and what is left is linear in W",
    ))
}

pub fn all_but_one() -> Result<Found, Error> {
    let teacher = Teacher::new(SIZES, Activation::Identity, |j, i| if i == j { 0.0 } else { 1.0 / 15.0 })?;
    let (rate, steps) = (15.0 / 16.0, 200_000);
    let trained = population(&teacher, rate, steps)?;
    let law = law([15; TOKENS].into_iter(), rate, steps);
    let numbers = vec![Number::exact("loss over the law", 1.0, trained.last() / law, 0.05)];
    Ok(found(trained, numbers, None, Some(law), "one weight a row has to vanish, and does at its own law"))
}

/// A path with a hub: neighbourhoods of two to eight, each token its own neighbour.
fn neighbours(j: usize, i: usize) -> bool {
    let path = j.abs_diff(i) <= 1;
    let hub = (j == 0 && (3..=8).contains(&i)) || (i == 0 && (3..=8).contains(&j));
    path || hub
}

fn degree(j: usize) -> usize {
    (0..TOKENS).filter(|&i| neighbours(j, i)).count()
}

pub fn irregular_graph() -> Result<Found, Error> {
    let weight = |j, i| if neighbours(j, i) { 1.0 / degree(j) as f64 } else { 0.0 };
    let (rate, steps) = (2.0 / 16.0, 1_000_000);
    let trained = population(&Teacher::new(SIZES, Activation::Identity, weight)?, rate, steps)?;
    let law = law((0..TOKENS).map(degree), rate, steps);
    let numbers = vec![Number::exact("loss over the sum of the rows' laws", 1.0, trained.last() / law, 0.05)];
    Ok(found(
        trained,
        numbers,
        None,
        Some(law),
        "near the end rows no longer share anything, so that their laws add up",
    ))
}

/// The best predictor of the class, found without what is known in closed form: the scale of W and the rows of S in turns, each the
/// best for the other.
fn best_predictor(teacher: &Teacher) -> Student {
    let (mut scale, mut rows) = (1.0, teacher.mixing.clone());
    for _ in 0..2_000 {
        for (row, target) in rows.chunks_mut(TOKENS).zip(teacher.mixing.chunks(TOKENS)) {
            nearest_in_simplex(row, target, scale);
        }
        let inner: f64 = rows.iter().zip(&teacher.mixing).map(|(s, t)| s * t).sum();
        scale = inner / rows.iter().map(|s| s * s).sum::<f64>();
    }
    let value = teacher.value.iter().map(|v| scale * v).collect();
    Student::constructed(teacher.shape, teacher.activation, value, rows)
}

/// The point of the simplex nearest to `target / scale`: what is above a threshold, by sorting (Held, Wolfe and Crowder 1974).
fn nearest_in_simplex(to: &mut [f64], target: &[f64], scale: f64) {
    let mut sorted: Vec<f64> = target.iter().map(|t| t / scale).collect();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let (mut sum, mut threshold) = (0.0, 0.0);
    for (count, x) in sorted.iter().enumerate() {
        sum += x;
        let next = (sum - 1.0) / (count + 1) as f64;
        if *x > next {
            threshold = next;
        }
    }
    to.iter_mut().zip(target).for_each(|(to, t)| *to = (t / scale - threshold).larger(0.0));
}

/// A floor in closed form, the predictor that stands on it, and where training ends.
fn on_a_floor(teacher: &Teacher, rate: f64, steps: u64, why: &'static str) -> Result<Found, Error> {
    let least = best_loss(teacher.view()?).unwrap_or(f64::NAN);
    let constructed = best_predictor(teacher).excess(teacher)?;
    let trained = population(teacher, rate, steps)?;
    // Mirror steps do not slow down where a weight goes to zero.
    let along = StepRules { rule: RuleName::Mirror, ..StepRules::default() };
    let mirror = train(teacher, along, (rate, TOKENS as f64 * rate), 200_000)?;
    let ended = mirror.last().map_or(f64::NAN, |point| point.1);
    let numbers = vec![
        Number::exact("loss of the best predictor, constructed", least, constructed, 1e-6),
        Number::exact("loss that mirror descent reaches", least, ended, 1e-6),
        Number::exact("loss that plain descent reaches", least, trained.last(), 0.05),
    ];
    Ok(Found { beside: vec![("mirror descent", mirror)], ..found(trained, numbers, Some(least), None, why) })
}

pub fn symmetric_graph() -> Result<Found, Error> {
    let weight = |j, i| if neighbours(j, i) { 1.0 / ((degree(j) * degree(i)) as f64).sqrt() } else { 0.0 };
    let teacher = Teacher::new(SIZES, Activation::Identity, weight)?;
    on_a_floor(&teacher, 0.25, 400_000, "rows sum to different numbers, and W has one scale for all of them")
}

pub fn sharpening() -> Result<Found, Error> {
    let weight = |j: usize, i: usize| match (i + TOKENS - j) % TOKENS {
        0 => 1.5,
        1 | 15 => -0.25,
        _ => 0.0,
    };
    let teacher = Teacher::new(SIZES, Activation::Identity, weight)?;
    on_a_floor(
        &teacher,
        0.02,
        300_000,
        "a softmax has no negative weights: the nearest row keeps the middle token alone",
    )
}

pub fn laplacian() -> Result<Found, Error> {
    let weight = |j: usize, i: usize| match (i + TOKENS - j) % TOKENS {
        0 => 1.0,
        1 | 15 => -0.5,
        _ => 0.0,
    };
    let teacher = Teacher::new(SIZES, Activation::Identity, weight)?;
    let (shape, least) = (teacher.shape, best_loss(teacher.view()?).unwrap_or(f64::NAN));
    let (mut memory, mut steps, mut scratch) =
        (vec![0.0; student_len(shape)], 0, vec![0.0; population_scratch_len(shape)]);
    let student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
    let scratch = PopulationScratchViewMut::new(shape, &mut scratch)?;
    let (mut d_value, mut d_logits) = (vec![1.0; shape.value_len()], vec![1.0; shape.mixing_len()]);
    Population::new(student, teacher.view()?, scratch)?.gradient(&mut d_value, &mut d_logits)?;
    let moving = d_value.iter().chain(&d_logits).filter(|d| d.abs().to_bits() != 0).count();
    let numbers = vec![
        Number::exact("entries of the gradient at the start that are not zero", 0.0, moving as f64, 0.0),
        Number::exact(
            "loss of the best predictor, constructed",
            least,
            best_predictor(&teacher).excess(&teacher)?,
            1e-6,
        ),
    ];
    let trained = population(&teacher, 0.1, 1_000)?;
    let why = "rows that sum to zero are orthogonal to uniform attention, so that W has no gradient, and at W = 0 neither has S, though \
               better students exist";
    Ok(found(trained, numbers, None, None, why))
}

/// How fast the loss falls a step close to an optimum without zeros: `-2 ln(1 - rate lambda)`, lambda the smallest curvature.
///
/// With W = (1 + a) V* and logits A from those of the mixing, r_j = a s*_j + (diag(s*_j) - s*_j s*_j') A_j is what is wrong with row j, and
/// a step moves a by -rate sum_j <s*_j, r_j> and A_j by -rate |V*|^2 / D (diag(s*_j) - s*_j s*_j') r_j. The slowest motion is what is left
/// of any after many steps. (W across V* moves on its own, faster.)
fn slowest_fall(teacher: &Teacher, rate: f64) -> f64 {
    let (power, rows) = (teacher.squared(), || teacher.mixing.chunks(TOKENS));
    let through = |s: &[f64], x: &mut [f64]| {
        let mean: f64 = s.iter().zip(&*x).map(|(s, x)| s * x).sum();
        x.iter_mut().zip(s).for_each(|(x, s)| *x = s * (*x - mean));
    };
    let (mut scale, mut logits) = (1.0, teacher.mixing.clone());
    // A constant in a row of logits is no motion, and no step leads there.
    logits.chunks_mut(TOKENS).for_each(|row| row.iter_mut().for_each(|a| *a -= 1.0 / TOKENS as f64));
    let mut curvature = f64::NAN;
    for _ in 0..100_000 {
        let wrong: Vec<Vec<f64>> = rows()
            .zip(logits.chunks(TOKENS))
            .map(|(s, a)| {
                let mut r = a.to_vec();
                through(s, &mut r);
                r.iter_mut().zip(s).for_each(|(r, s)| *r += scale * s);
                r
            })
            .collect();
        let length = power * scale * scale + TOKENS as f64 * logits.iter().map(|a| a * a).sum::<f64>();
        curvature = power * wrong.iter().flatten().map(|r| r * r).sum::<f64>() / length;
        let along: f64 = rows().zip(&wrong).map(|(s, r)| s.iter().zip(r).map(|(s, r)| s * r).sum::<f64>()).sum();
        let by = 1.0 / length.sqrt();
        scale = by * (scale - rate * along);
        for ((s, mut r), a) in rows().zip(wrong).zip(logits.chunks_mut(TOKENS)) {
            through(s, &mut r);
            a.iter_mut().zip(r).for_each(|(a, r)| *a = by * (*a - rate * power / TOKENS as f64 * r));
        }
    }
    -2.0 * Scalar::ln(1.0 - rate * curvature)
}

pub fn positive_weights() -> Result<Found, Error> {
    let mut weights = vec![0.0; TOKENS * TOKENS];
    SampleStream::new(SEED ^ 0xA71A5).sample().gaussian_fill(&mut weights);
    weights.iter_mut().for_each(|w| *w = Scalar::exp(0.5 * *w));
    let row = |j: usize| weights.chunks(TOKENS).nth(j).unwrap_or_default();
    let weight = |j: usize, i: usize| row(j).get(i).copied().unwrap_or(0.0) / row(j).iter().sum::<f64>();
    let (teacher, rate) = (Teacher::new(SIZES, Activation::Identity, weight)?, 1.0);
    let trained = population(&teacher, rate, 400_000)?;
    // Steps to a part of the start, over those that the law of four equal weights takes.
    let part = 1e-6;
    let arrives = trained.curve.iter().find(|point| point.1 <= part * trained.first()).map_or(f64::NAN, |p| p.0 as f64);
    let by_law = law([4; TOKENS].into_iter(), rate, 1) / (part * trained.first());
    let holds = |x: bool| if x { 1.0 } else { 0.0 };
    let numbers = vec![
        Number::exact(
            "fall a step at the end",
            slowest_fall(&teacher, rate),
            rate_between(&trained, 1e-13, 1e-18),
            0.01,
        ),
        Number::exact(
            "the loss ends below 1e-18 of its start",
            1.0,
            holds(trained.last() < 1e-18 * trained.first()),
            0.0,
        ),
        Number::exact(
            "a millionth of the start in a thousandth of the steps of equal weights by their law",
            1.0,
            holds(arrives < 1e-3 * by_law),
            0.0,
        ),
    ];
    let why = "no weight has to vanish: the optimum is inside, where descent is linear, and plain descent beats 1/t";
    Ok(found(trained, numbers, None, None, why))
}

pub fn positive_weights_and_zeros() -> Result<Found, Error> {
    let weight = |j: usize, i: usize| [0.4, 0.3, 0.2, 0.1].get((i + TOKENS - j) % TOKENS).copied().unwrap_or(0.0);
    let (rate, steps) = (0.25, 1_000_000);
    let trained = population(&Teacher::new(SIZES, Activation::Identity, weight)?, rate, steps)?;
    let law = law([4; TOKENS].into_iter(), rate, steps);
    let numbers = vec![Number::exact("loss over the law of equal weights", 1.0, trained.last() / law, 0.05)];
    let why =
        "the tokens that keep weight move together, whatever they weigh, and those that lose it end on the same law";
    Ok(found(trained, numbers, None, Some(law), why))
}

/// What a shift of the input changes of the answers, over all Gaussian inputs: `1/2 |W|^2 sum_j |s_j - shifted s_j|^2`.
fn change(value: &[f64], weights: &[f64], by: usize) -> f64 {
    let row = |row: &[f64]| -> f64 {
        let shifted = row.iter().cycle().skip(by);
        row.iter().zip(shifted).map(|(s, t)| (s - t) * (s - t)).sum()
    };
    0.5 * value.iter().map(|w| w * w).sum::<f64>() * weights.chunks(TOKENS).map(row).sum::<f64>()
}

pub fn translation() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 4, Activation::Identity)?;
    let (rate, steps) = (0.25, 1_000_000);
    let trained = population(&teacher, rate, steps)?;
    let law = law([4; TOKENS].into_iter(), rate, steps);
    let of = |by: usize| {
        let student = &trained.student;
        (change(&teacher.value, &teacher.mixing, by), change(&student.value, &student.attention, by))
    };
    let ((token, token_found), (group, group_found)) = (of(1), of(4));
    let numbers = vec![
        Number::exact("change when the input is shifted by a token", token, token_found, 0.02),
        Number::exact("change when it is shifted by a group", group, group_found, 0.02),
    ];
    let why = "what pooling forgives is in S*, and the student that has found S* forgives the same";
    Ok(found(trained, numbers, None, Some(law), why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_point_of_the_simplex() {
        let near = |target: [f64; 3], scale| {
            let mut to = [9.0; 3];
            nearest_in_simplex(&mut to, &target, scale);
            to
        };
        assert_eq!(near([0.5, 0.25, 0.25], 1.0), [0.5, 0.25, 0.25]);
        assert_eq!(near([3.0, 0.0, -1.0], 1.0), [1.0, 0.0, 0.0]);
        assert_eq!(near([2.0, 2.0, -1.0], 2.0), [0.5, 0.5, 0.0]);
    }
}
