//! Cells whose teacher, input or labels have no closed form: fresh pairs at every step, tests on others.

use tutee::activation::Activation;
use tutee::input::{Input, SampleRng, SampleStream};
use tutee::{Error, Scalar};

use super::cell::{Found, Number, Word, word};
use super::lab::{Course, Draw, Pairs, SEED, Student, Teacher, answers, fixed, fresh, gaussian, mean, test_pairs};

/// M, d, D, J.
const SIZES: [usize; 4] = [2, 3, 8, 8];
const TOKENS: usize = 8;
const FILTERS: f64 = 2.0;
const OUTPUTS: f64 = 8.0;
const BATCH: usize = 32;
const TESTS: usize = 20_000;

fn course(activation: Activation<f64>, rate: f64, steps: u64) -> Course {
    Course { activation, rate, attention_rate: rate, steps, every: None }
}

/// Mean of a function of a normal number of this variance: the trapezoidal rule, exact to rounding for smooth functions.
fn normal_mean(variance: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (deviation, step) = (variance.sqrt(), 1.0 / 128.0);
    let at = |k: i32| {
        let z = f64::from(k) * step;
        f(deviation * z) * Scalar::exp(-0.5 * z * z)
    };
    (-1280..=1280).map(at).sum::<f64>() * step / std::f64::consts::TAU.sqrt()
}

/// A floor: its least loss by theory, the predictor that reaches it, and what training comes to on the same tests.
fn on_a_floor(
    teacher: &Teacher,
    least: f64,
    best: &Student,
    (rate, steps): (f64, u64),
    draw: &Draw<'_>,
    why: &'static str,
) -> Result<Found, Error> {
    let tests = test_pairs(teacher.shape, TESTS, draw)?;
    let few = Pairs::draw(teacher.shape, 1_000, &mut SampleStream::new(SEED ^ 0xFE3), draw)?;
    let look = |student: &Student| Ok(few.loss(student)?.0);
    let trained = fresh(teacher.shape, course(best.activation, rate, steps), BATCH, None, draw, look)?;
    let more = tests.difference(&trained.student, best)?;
    let numbers = vec![
        Number::sampled("loss of the best predictor, constructed", least, tests.loss(best)?, 1e-9),
        Number::sampled("what training comes to over that", 1.0, (1.0 + more.0 / least, more.1 / least), 0.06),
    ];
    let few_least = few.loss(best)?.0;
    let verdict = word(&trained.curve, Some(few_least), None);
    Ok(Found { numbers, verdict, why, curve: trained.curve, least: Some(least), beside: vec![] })
}

/// A teacher `g` of the mean of a group of four, and the linear student that is nearest to it: by Stein's lemma `W = c V*`,
/// `c = E u g(u) / E u^2`.
fn pointwise(g: fn(f64) -> f64, why: &'static str) -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 4, Activation::Identity)?;
    let variance = 0.25;
    let along = normal_mean(variance, |u| u * g(u));
    let least = 0.5 * FILTERS * OUTPUTS * (normal_mean(variance, |u| g(u) * g(u)) - along * along / variance);
    let value = teacher.value.iter().map(|v| along / variance * v).collect();
    let best = Student::constructed(teacher.shape, teacher.activation, value, teacher.mixing.clone());
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| g(h.iter().skip(j / 4 * 4).take(4).sum::<f64>() / 4.0));
        Ok(())
    };
    on_a_floor(&teacher, least, &best, (0.25, 16_000), &draw, why)
}

/// `tanh(u)`.
fn tangent(u: f64) -> f64 {
    1.0 - 2.0 / (Scalar::exp(2.0 * u) + 1.0)
}

pub fn tanh() -> Result<Found, Error> {
    pointwise(|u| tangent(3.0 * u), "tanh bends both ways, and a linear student is its best straight line")
}

pub fn gelu() -> Result<Found, Error> {
    let g = |u: f64| 0.5 * u * (1.0 + tangent((2.0 / std::f64::consts::PI).sqrt() * (u + 0.044_715 * u * u * u)));
    pointwise(g, "what is left is GELU's even part, which no linear student has")
}

pub fn biased() -> Result<Found, Error> {
    pointwise(
        |u| u + 0.5,
        "a student without bias answers zero to zero, and the bias is orthogonal to everything it can learn",
    )
}

pub fn relu_teacher() -> Result<Found, Error> {
    pointwise(|u| u.larger(0.0), "half of the ReLU is linear and learned, the other half is an absolute value")
}

pub fn relu_student() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 4, Activation::Identity)?;
    let best = Student::constructed(teacher.shape, Activation::Relu, teacher.value.clone(), teacher.mixing.clone());
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 4 * 4).take(4).sum::<f64>() / 4.0);
        Ok(())
    };
    let least = 0.5 * FILTERS * OUTPUTS * 0.125;
    on_a_floor(
        &teacher,
        least,
        &best,
        (0.2, 6_000),
        &draw,
        "answers below zero are out of a ReLU's reach, and those above are learned",
    )
}

pub fn max_pooling() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 4, Activation::Identity)?;
    let best = Student::constructed(teacher.shape, teacher.activation, teacher.value.clone(), teacher.mixing.clone());
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| {
            h.iter().skip(j / 4 * 4).take(4).copied().fold(f64::NEG_INFINITY, Scalar::larger)
        });
        Ok(())
    };
    // The largest of four normal numbers has the mean square 1 + sqrt(3) / pi, and as a linear function it is their mean.
    let least = 0.5 * FILTERS * OUTPUTS * (1.0 + 3.0_f64.sqrt() / std::f64::consts::PI - 0.25);
    on_a_floor(
        &teacher,
        least,
        &best,
        (0.05, 6_000),
        &draw,
        "which token is largest depends on the input, and weights by position do not",
    )
}

pub fn relu_before_pooling() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 4, Activation::Identity)?;
    let half = teacher.value.iter().map(|v| 0.5 * v).collect();
    let best = Student::constructed(teacher.shape, teacher.activation, half, teacher.mixing.clone());
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 4 * 4).take(4).map(|h| h.larger(0.0)).sum::<f64>() / 4.0);
        Ok(())
    };
    let square = 0.125 + 0.75 / std::f64::consts::TAU;
    let least = 0.5 * FILTERS * OUTPUTS * (square - 0.0625);
    on_a_floor(&teacher, least, &best, (0.1, 6_000), &draw, "a student bends after it has averaged, the teacher before")
}

/// What fills an input.
type Fill<'a> = &'a dyn Fn(&mut SampleRng, &mut [f64]);

/// Inputs of unit variance and independent entries, for a linear student: the law is that of Gaussian ones.
pub fn other_inputs() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 2, Activation::Identity)?;
    let gumbel = |rng: &mut SampleRng, x: &mut [f64]| {
        Input::Exponential.fill(rng, 3, x);
        // -ln of an exponential number, less its mean, over its deviation.
        x.iter_mut()
            .for_each(|x| *x = (-Scalar::ln(*x) - 0.577_215_664_901_532_9) * 6.0_f64.sqrt() / std::f64::consts::PI);
    };
    let kinds: [(&'static str, Fill<'_>); 4] = [
        ("loss over the law, uniform", &|rng, x| Input::Uniform.fill(rng, 3, x)),
        ("loss over the law, Laplace", &|rng, x| Input::Laplace.fill(rng, 3, x)),
        ("loss over the law, Student's t, 5", &|rng, x| Input::StudentT { degrees_of_freedom: 5 }.fill(rng, 3, x)),
        ("loss over the law, Gumbel", &gumbel),
    ];
    let (rate, steps) = (0.08, 20_000);
    let law = 2.0 * 8.0 * 6.0 / (4.0 * rate * steps as f64);
    let (mut numbers, mut curves) = (Vec::new(), Vec::new());
    for (what, fill) in kinds {
        let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
            fill(rng, x);
            answers(&teacher, x, y, |j, h| h.iter().skip(j / 2 * 2).take(2).sum::<f64>() / 2.0);
            Ok(())
        };
        let look = |student: &Student| student.excess(&teacher);
        let trained = fresh(teacher.shape, course(Activation::Identity, rate, steps), 16, None, &draw, look)?;
        numbers.push(Number::exact(what, 1.0, trained.last() / law, 0.15));
        curves.push((what.rsplit("law, ").next().unwrap_or_default(), trained.curve));
    }
    let curve = curves.remove(0).1;
    let verdict = word(&curve, None, Some(law));
    let why = "a linear student sees nothing of its inputs but their second moment, and that is the same";
    Ok(Found { numbers, verdict, why, curve, least: None, beside: curves })
}

/// Student's t with two degrees of freedom has no variance.
pub fn heavy_tails() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 2, Activation::Identity)?;
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        let mut square = vec![0.0; x.len()];
        gaussian(rng, x);
        Input::Exponential.fill(rng, 3, &mut square);
        x.iter_mut().zip(square).for_each(|(x, e)| *x /= e.sqrt());
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 2 * 2).take(2).sum::<f64>() / 2.0);
        Ok(())
    };
    let look = |student: &Student| student.excess(&teacher);
    let trained = fresh(teacher.shape, course(Activation::Identity, 0.08, 20_000), 16, None, &draw, look)?;
    let rises = trained.curve.windows(2).filter(|pair| pair[1].1 > 2.0 * pair[0].1).count();
    let went = if trained.refused || rises > 0 { 1.0 } else { 0.0 };
    let numbers = vec![Number::exact("it diverged, or the loss at some point doubled", 1.0, went, 0.0)];
    let verdict = if trained.refused { Word::Diverged } else { word(&trained.curve, None, Some(1e-9)) };
    let why = "without a second moment there is no rate that is low enough: sooner or later an input comes for which the step is too long";
    Ok(Found { numbers, verdict, why, curve: trained.curve, least: None, beside: vec![] })
}

pub fn label_noise() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 2, Activation::Identity)?;
    let (batch, rate, deviation) = (16, 0.01, 0.5);
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 2 * 2).take(2).sum::<f64>() / 2.0);
        let mut noise = vec![0.0; y.len()];
        gaussian(rng, &mut noise);
        y.iter_mut().zip(noise).for_each(|(y, e)| *y += deviation * e);
        Ok(())
    };
    // The attention stands on the teacher's, so that what is left is W's.
    let zeros = vec![0.0; teacher.value.len()];
    let start = Student::constructed(teacher.shape, teacher.activation, zeros, teacher.mixing.clone());
    let held = Course { attention_rate: 0.0, every: Some(100), ..course(Activation::Identity, rate, 60_000) };
    let look = |student: &Student| student.excess(&teacher);
    let trained = fresh(teacher.shape, held, batch, Some(&start), &draw, look)?;
    let late: Vec<f64> = trained.curve.iter().filter(|point| point.0 > 2_000).map(|point| point.1).collect();
    let least = (8.0 / 2.0) * 2.0 * 3.0 * rate * deviation * deviation / (4.0 * batch as f64);
    let (found, _) = mean(&late);
    // To first order in the rate; a step forgets a part rate J / K of what was, of which half is missing here.
    let numbers = vec![Number::exact("mean loss at the end", least, found, 0.06)];
    let mut curve = trained.curve;
    if let Some(last) = curve.last_mut() {
        last.1 = found;
    }
    let verdict = word(&curve, Some(found), None);
    let why = "every step adds noise to W that the next ones forget: what remains is in proportion to rate over batch";
    Ok(Found { numbers, verdict, why, curve, least: Some(least), beside: vec![] })
}

/// Training and test loss over the size of a fixed data set.
pub fn small_data() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 2, Activation::Identity)?;
    let deviation = 0.5;
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 2 * 2).take(2).sum::<f64>() / 2.0);
        let mut noise = vec![0.0; y.len()];
        gaussian(rng, &mut noise);
        y.iter_mut().zip(noise).for_each(|(y, e)| *y += deviation * e);
        Ok(())
    };
    let noise = 0.5 * FILTERS * OUTPUTS * deviation * deviation;
    let (mut gaps, mut tests, mut trains) = (Vec::new(), Vec::new(), Vec::new());
    for n in [1, 2, 4, 8, 16, 64, 256] {
        let (mut gap, mut train, mut test) = (0.0, 0.0, 0.0);
        let repeats = 4;
        for repeat in 0..repeats {
            let mut stream = SampleStream::at(SEED ^ 0xDA7A, repeat << 32);
            let pairs = Pairs::draw(teacher.shape, n, &mut stream, &draw)?;
            let trained = fixed(teacher.shape, course(Activation::Identity, 0.1, 4_000), &pairs, |student| {
                student.excess(&teacher)
            })?;
            let inside = pairs.loss(&trained.student).map(|(loss, _)| if loss.is_finite() { loss } else { 0.0 })?;
            train += inside / repeats as f64;
            test += (trained.last() + noise) / repeats as f64;
            gap += (trained.last() + noise - inside) / repeats as f64;
        }
        gaps.push((n as u64, gap));
        tests.push((n as u64, test));
        trains.push((n as u64, train));
    }
    let gap = |n: u64| gaps.iter().find(|gap| gap.0 == n).map_or(f64::NAN, |gap| gap.1);
    let numbers = vec![Number::exact("gap at 64 pairs over that at 256", 4.0, gap(64) / gap(256), 0.4)];
    let why = "each of the p numbers that are fitted takes its share of the noise: the gap between test and training is p tau^2 / n, and \
               below about p / (J M) pairs training fits the noise itself";
    let verdict = word(&gaps, None, None);
    Ok(Found { numbers, verdict, why, curve: gaps, least: None, beside: vec![("test", tests), ("training", trains)] })
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
    let trained = fresh(teacher.shape, course(Activation::Identity, 0.05, 20_000), BATCH, None, &draw, look)?;
    let below = if trained.last() < 0.2 * own.0 { 1.0 } else { 0.0 };
    let numbers = vec![
        Number::sampled("the teacher's own error", 0.5 * FILTERS * OUTPUTS * 0.25 / 12.0, own, 0.0),
        Number::exact("the student's error is less than a fifth of it", 1.0, below, 0.0),
    ];
    let why = "rounding is noise that averages out: the student learns the function behind the answers";
    let beside = vec![("the teacher's error", trained.curve.iter().map(|point| (point.0, own.0)).collect())];
    let verdict = word(&trained.curve, None, None);
    Ok(Found { numbers, verdict, why, curve: trained.curve, least: None, beside })
}

/// The `count` largest numbers' mean.
fn top_mean(scores: &[f64], count: usize) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    sorted.iter().take(count).sum::<f64>() / count as f64
}

/// A teacher that weighs tokens by content, for a student that sees positions alone: whatever the weights, if they are blind to position
/// and to a shift of all scores the nearest linear student is `V*` on the mean of all tokens (Stein's lemma).
fn by_content(weigh: &dyn Fn(&[f64]) -> Vec<f64>, why: &'static str) -> Result<Found, Error> {
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
    let mut stream = SampleStream::new(SEED ^ 0x0C7);
    let squares: Vec<[f64; 2]> = (0..200_000)
        .map(|_| {
            let mut scores = [0.0; TOKENS];
            gaussian(&mut stream.sample(), &mut scores);
            let weights = weigh(&scores);
            let score: f64 = scores.iter().zip(&weights).map(|(s, w)| s * w).sum();
            [score * score, weights.iter().map(|w| w * w).sum()]
        })
        .collect();
    let average =
        |k: usize| squares.iter().map(|s| s.get(k).copied().unwrap_or(0.0)).sum::<f64>() / squares.len() as f64;
    let least = 0.5 * OUTPUTS * (along * (average(0) - 0.125) + (teacher.squared() - along) * (average(1) - 0.125));
    on_a_floor(&teacher, least, &best, (0.05, 6_000), &draw, why)
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
        "positions say nothing of which tokens are largest: what is left is their variance beside the mean",
    )
}

pub fn learned_weights() -> Result<Found, Error> {
    by_content(&soft, "the weights follow the content of the sample, and by position they are uniform")
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
    on_a_floor(
        &teacher,
        least,
        &best,
        (0.1, 6_000),
        &draw,
        "the set comes with the sample and is not shown to this student",
    )
}
