//! Labels that are not what the teacher says: with noise, or rounded.

use tutee::Error;
use tutee::activation::Activation;
use tutee::input::{SampleRng, SampleStream};

use super::setting::{BATCH, FILTERS, OUTPUTS, SIZES, TESTS, course};
use crate::atlas::cell::{Found, Number, word};
use crate::atlas::lab::{
    Course, Draw, Pairs, SEED, Student, Teacher, answers, fixed, fresh, gaussian, mean, test_pairs,
};

/// Steps between two looks: as many as let W forget what it was.
const LOOK: u64 = 100;
/// Steps whose looks are one mean.
const WINDOW: u64 = 10_000;

/// The loss after training by the mean gradient over noise of either sign, over that after training without noise.
fn unchanged(teacher: &Teacher, clean: &Draw<'_>, deviation: f64) -> Result<f64, Error> {
    let pairs = Pairs::draw(teacher.shape, 16, &mut SampleStream::new(SEED ^ 0x5161), clean)?;
    let mut both = Pairs::default();
    for (i, (x, y)) in
        pairs.x.chunks(teacher.shape.input_len()).zip(pairs.y.chunks(teacher.shape.output_len())).enumerate()
    {
        let mut noise = vec![0.0; y.len()];
        gaussian(&mut SampleStream::new(SEED ^ 0x5162).rng(i as u64), &mut noise);
        for sign in [deviation, -deviation] {
            both.x.extend(x);
            both.y.extend(y.iter().zip(&noise).map(|(y, e)| y + sign * e));
        }
    }
    let after = |pairs: &Pairs| -> Result<f64, Error> {
        let course = course(Activation::Identity, 0.05, 2_000);
        Ok(fixed(teacher.shape, course, pairs, &|student| student.excess(teacher))?.last())
    };
    Ok(after(&both)? / after(&pairs)?)
}

pub fn label_noise() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 2, Activation::Identity)?;
    let (batch, rate, deviation) = (16, 0.01, 0.5);
    let clean = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 2 * 2).take(2).sum::<f64>() / 2.0);
        Ok(())
    };
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        clean(rng, x, y)?;
        let mut noise = vec![0.0; y.len()];
        gaussian(rng, &mut noise);
        y.iter_mut().zip(noise).for_each(|(y, e)| *y += deviation * e);
        Ok(())
    };
    // The attention stands on the teacher's, so that what is left is W's.
    let zeros = vec![0.0; teacher.value.len()];
    let start = Student::constructed(teacher.shape, teacher.activation, zeros, teacher.mixing.clone());
    let held = Course { attention_rate: 0.0, every: Some(LOOK), ..course(Activation::Identity, rate, 100 * WINDOW) };
    let look = |student: &Student| student.excess(&teacher);
    let trained = fresh(teacher.shape, held, batch, Some(&start), &draw, &look)?;
    let first = trained.curve.iter().take(1).copied();
    // A curve of means: of a single look the deviation is more than half of its mean.
    let windows = trained.curve.get(1..).unwrap_or_default().chunks((WINDOW / LOOK) as usize);
    let means = windows.filter_map(|window| {
        let losses: Vec<f64> = window.iter().map(|point| point.1).collect();
        Some((window.last()?.0, mean(&losses).0))
    });
    let curve: Vec<_> = first.chain(means).collect();
    let late: Vec<f64> = trained.curve.iter().filter(|point| point.0 > WINDOW).map(|point| point.1).collect();
    // To first order in the rate (J / K) M d rate tau^2 / (4 N). A step forgets a part rate J / K of what was, and batches differ: the
    // mean square of W's error solves v = v (1 - rate c)^2 + v rate^2 f / N + rate^2 tau^2 c / N, where c = J / K, and f / N = (d + 1) J / (K N) is
    // the variance of the batch's curvature around c.
    let [filters, features, outputs, size] = [FILTERS, 3.0, OUTPUTS, f64::from(batch as u32)];
    let curvature = outputs / 2.0;
    let first_order = curvature * filters * features * rate * deviation * deviation / (4.0 * size);
    let spread = (features + 1.0) * outputs / 2.0 / size / curvature;
    let least = first_order / (1.0 - 0.5 * rate * (curvature + spread));
    let numbers = vec![
        Number::sampled("mean loss at the end", least, mean(&late), 0.0),
        Number::exact("the same, to first order in the rate", first_order, mean(&late).0, 0.05),
        Number::exact(
            "exact gradient: loss with noise over that without",
            1.0,
            unchanged(&teacher, &clean, deviation)?,
            1e-9,
        ),
    ];
    let verdict = word(&curve, Some(least), None);
    let why = "every step adds noise to W that the next ones forget: what remains is in proportion to rate over batch";
    Ok(Found { least: Some(least), ..Found::new(numbers, verdict, why, curve) })
}

/// Answers that are rounded to halves.
pub fn surpasses() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 2, Activation::Identity)?;
    let clean = |j: usize, h: &[f64]| h.iter().skip(j / 2 * 2).take(2).sum::<f64>() / 2.0;
    let rounded = |j: usize, h: &[f64]| (2.0 * clean(j, h)).round() / 2.0;
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, rounded);
        Ok(())
    };
    let tests = test_pairs(teacher.shape, TESTS, &draw)?;
    let best = Student::constructed(teacher.shape, teacher.activation, teacher.value.clone(), teacher.mixing.clone());
    let own = tests.loss(&best)?;
    let look = |student: &Student| student.excess(&teacher);
    let trained = fresh(teacher.shape, course(Activation::Identity, 0.05, 20_000), BATCH, None, &draw, &look)?;
    let below = if trained.last() < 0.2 * own.0 { 1.0 } else { 0.0 };
    let numbers = vec![
        Number::sampled("the teacher's own error", 0.5 * FILTERS * OUTPUTS * 0.25 / 12.0, own, 0.0),
        Number::exact("the student's error is less than a fifth of it", 1.0, below, 0.0),
    ];
    let why = "rounding is noise that averages out: the student learns the function behind the answers";
    let beside = vec![("the teacher's error", trained.curve.iter().map(|point| (point.0, own.0)).collect())];
    let verdict = trained.word(None, None);
    Ok(Found { beside, ..Found::new(numbers, verdict, why, trained.curve) })
}
