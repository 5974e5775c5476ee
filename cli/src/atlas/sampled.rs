//! Cells whose teacher, input or labels have no closed form: fresh pairs at every step, tests on others.

use std::cell::Cell;

use tutee::activation::Activation;
use tutee::input::{Input, SampleRng, SampleStream};
use tutee::step::Rule;
use tutee::{Error, Scalar};

use super::cell::{Curve, Found, Number, Word, word};
use super::expectations::{largest_beside_mean, normal_mean, relu_product, softmax_squares, top_two_square};
use super::lab::{
    Course, Draw, Pairs, SEED, Student, Teacher, answers, fixed, fresh, fresh_from, gaussian, mean, test_pairs,
};

/// M, d, D, J.
const SIZES: [usize; 4] = [2, 3, 8, 8];
const TOKENS: usize = 8;
const FILTERS: f64 = 2.0;
const OUTPUTS: f64 = 8.0;
const BATCH: usize = 32;
const TESTS: usize = 20_000;

fn course(activation: Activation<f64>, rate: f64, steps: u64) -> Course {
    Course { activation, rate, attention_rate: rate, steps, late: 1.0, every: None, rule: Rule::GradientDescent }
}

/// A floor: its least loss by theory, beside it the loss of the predictor that reaches it as an integral, where there is one, and over
/// pairs; and what training comes to on the same pairs.
fn on_a_floor(
    teacher: &Teacher,
    (least, integrated): (f64, Option<f64>),
    best: &Student,
    (rate, steps): (f64, u64),
    draw: &Draw<'_>,
    why: &'static str,
) -> Result<Found, Error> {
    let tests = test_pairs(teacher.shape, TESTS, draw)?;
    let few = Pairs::draw(teacher.shape, 1_000, &mut SampleStream::new(SEED ^ 0xFE3), draw)?;
    // What a student loses more than the best does on the same pairs, which both have the noise of: beside the least, its loss.
    let look = |student: &Student| Ok(least + few.difference(student, best)?.0);
    let cooled = Course { late: 0.1, ..course(best.activation, rate, steps) };
    let trained = fresh(teacher.shape, cooled, BATCH, None, draw, look)?;
    let more = tests.difference(&trained.student, best)?;
    let integrated =
        integrated.map(|loss| Number::exact("loss of the best predictor, constructed: integral", least, loss, 1e-6));
    let over_pairs = [
        Number::sampled("loss of the best predictor, constructed", least, tests.loss(best)?, 1e-9),
        Number::sampled("what training comes to over that", 1.0, (1.0 + more.0 / least, more.1 / least), 0.01),
    ];
    let numbers = integrated.into_iter().chain(over_pairs).collect();
    let verdict = trained.word(Some(least), None);
    Ok(Found { least: Some(least), ..Found::new(numbers, verdict, why, trained.curve) })
}

/// The loss of a student beside `g` of what a filter makes of the mean of its group, a normal number of this variance: answers of the
/// student to tokens along each filter are those to all inputs that have the same mean there.
fn loss_beside(best: &Student, teacher: &Teacher, variance: f64, g: impl Fn(f64) -> f64) -> Result<f64, Error> {
    let (features, filters) = (teacher.shape.features(), teacher.shape.filters());
    let mut loss = 0.0;
    for (m, v) in teacher.value.chunks(features).enumerate() {
        let refused = Cell::new(None);
        loss += normal_mean(variance, |u| {
            let x: Vec<f64> = (0..teacher.shape.tokens()).flat_map(|_| v.iter().map(move |v| u * v)).collect();
            let own = |answers: Vec<f64>| answers.chunks(filters).map(|y| 0.5 * (g(u) - y[m]) * (g(u) - y[m])).sum();
            best.answers(&x).map(own).unwrap_or_else(|error| {
                refused.set(Some(error));
                f64::NAN
            })
        });
        if let Some(error) = refused.take() {
            return Err(error);
        }
    }
    Ok(loss)
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
    let integrated = loss_beside(&best, &teacher, variance, g)?;
    on_a_floor(&teacher, (least, Some(integrated)), &best, (0.25, 160_000), &draw, why)
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
    let integrated = loss_beside(&best, &teacher, 0.25, |u| u)?;
    on_a_floor(
        &teacher,
        (least, Some(integrated)),
        &best,
        (0.2, 100_000),
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
    let integrated = 0.5 * FILTERS * OUTPUTS * largest_beside_mean(4);
    on_a_floor(
        &teacher,
        (least, Some(integrated)),
        &best,
        (0.05, 60_000),
        &draw,
        "which token is largest depends on the input, and weights by position do not",
    )
}

pub fn relu_before_pooling() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 4, Activation::Identity)?;
    // Of an answer y, the mean of four ReLUs, and r, the ReLU of the mean: E y^2, E y r (two normal numbers of correlation 1/2, one of
    // deviation 1/2) and E r^2. The best multiple of r is E y r / E r^2, and so is that of V*.
    let square = 0.125 + 0.75 / std::f64::consts::TAU;
    let both = 0.5 * (0.75_f64.sqrt() + std::f64::consts::PI / 3.0) / std::f64::consts::TAU;
    let own = 0.125;
    let value = teacher.value.iter().map(|v| both / own * v).collect();
    let best = Student::constructed(teacher.shape, Activation::Relu, value, teacher.mixing.clone());
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 4 * 4).take(4).map(|h| h.larger(0.0)).sum::<f64>() / 4.0);
        Ok(())
    };
    let least = 0.5 * FILTERS * OUTPUTS * (square - both * both / own);
    let factor = both / own;
    let of_teacher = (4.0 * relu_product([1.0, 1.0], 1.0) + 12.0 * relu_product([1.0, 1.0], 0.0)) / 16.0;
    let together = factor * relu_product([1.0, 0.5], 0.5);
    let of_student = factor * factor * relu_product([0.5, 0.5], 1.0);
    let integrated = 0.5 * FILTERS * OUTPUTS * (of_teacher - 2.0 * together + of_student);
    on_a_floor(
        &teacher,
        (least, Some(integrated)),
        &best,
        (0.1, 150_000),
        &draw,
        "a student bends after it has averaged, the teacher before",
    )
}

/// What fills an input.
type Fill<'a> = &'a dyn Fn(&mut SampleRng, &mut [f64]);

/// Trainings on inputs of one kind.
const INPUT_SEEDS: u64 = 8;
/// A step on the way, long before the law holds.
const MIDST: u64 = 1_550;

/// Trainings on inputs of one kind, a seed each, with the loss on the way and at the end.
fn of_inputs(
    activation: Activation<f64>,
    fill: Fill<'_>,
    (rate, steps): (f64, u64),
) -> Result<Vec<(Curve, [f64; 2])>, Error> {
    let teacher = Teacher::pooling(SIZES, 2, activation)?;
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        fill(rng, x);
        answers(&teacher, x, y, |j, h| activation.apply(h.iter().skip(j / 2 * 2).take(2).sum::<f64>() / 2.0));
        Ok(())
    };
    let of_seed = |seed: u64| {
        let mut others = SampleStream::new(SEED ^ 0x7E57 ^ (seed << 32));
        let tests = Pairs::draw(teacher.shape, 4_000, &mut others, &draw)?;
        let look = |student: &Student| tests.mean_loss(student);
        let stream = SampleStream::new(SEED ^ (seed << 40));
        let trained = fresh_from(stream, teacher.shape, course(activation, rate, steps), 16, &draw, look)?;
        let at = |at: u64| trained.curve.iter().find(|point| point.0 >= at).map_or(f64::NAN, |point| point.1);
        let losses = [at(MIDST), at(steps)];
        Ok((trained.curve, losses))
    };
    (0..INPUT_SEEDS).map(of_seed).collect()
}

/// Inputs of unit variance and independent entries: the law is that of Gaussian ones, whatever the activation.
pub fn other_inputs() -> Result<Found, Error> {
    let gumbel = |rng: &mut SampleRng, x: &mut [f64]| Input::Gumbel.fill(rng, 3, x);
    let student_t = |rng: &mut SampleRng, x: &mut [f64]| Input::StudentT { degrees_of_freedom: 5 }.fill(rng, 3, x);
    let kinds: [(&'static str, &'static str, Activation<f64>, Fill<'_>); 6] = [
        ("uniform", "loss over that of Gaussian inputs: uniform", Activation::Identity, &|rng, x| {
            Input::Uniform.fill(rng, 3, x)
        }),
        ("Laplace", "Laplace", Activation::Identity, &|rng, x| Input::Laplace.fill(rng, 3, x)),
        ("Student's t", "Student's t, 5", Activation::Identity, &student_t),
        ("Gumbel", "Gumbel", Activation::Identity, &gumbel),
        ("Laplace, ReLU", "with a ReLU, at the end: Laplace", Activation::Relu, &|rng, x| {
            Input::Laplace.fill(rng, 3, x)
        }),
        ("Gumbel, ReLU", "Gumbel", Activation::Relu, &gumbel),
    ];
    let (rate, steps) = (0.08, 20_000);
    let law = 2.0 * 8.0 * 6.0 / (4.0 * rate * steps as f64);
    let (mut numbers, mut curves) = (Vec::new(), Vec::new());
    // How far from that of Gaussian inputs the loss is on the way, in standard errors over seeds: the furthest linear one, and the last.
    let (mut linear, mut bent) = (0.0, 0.0);
    // Of Gaussian inputs, from batches too, which pull the loss of either up.
    let mut beside: Option<(Activation<f64>, Vec<[f64; 2]>)> = None;
    for (name, what, activation, fill) in kinds {
        let runs = |fill: Fill<'_>| of_inputs(activation, fill, (rate, steps));
        if beside.as_ref().is_none_or(|(other, _)| *other != activation) {
            let gaussian = runs(&|rng, x| gaussian(rng, x))?;
            beside = Some((activation, gaussian.iter().map(|run| run.1).collect()));
        }
        let gaussian = beside.iter().flat_map(|(_, losses)| losses);
        let own = runs(fill)?;
        let ratios: Vec<[f64; 2]> =
            own.iter().zip(gaussian).map(|(own, other)| [own.1[0] / other[0], own.1[1] / other[1]]).collect();
        numbers.push(Number::sampled(what, 1.0, mean(&ratios.iter().map(|ratio| ratio[1]).collect::<Vec<_>>()), 0.02));
        let (there, error) = mean(&ratios.iter().map(|ratio| ratio[0]).collect::<Vec<_>>());
        let away = (there - 1.0).abs() / error;
        if activation == Activation::Identity {
            linear = away.larger(linear)
        } else {
            bent = away
        }
        curves.extend(own.into_iter().next().map(|run| (name, run.0)));
    }
    let holds = |x: bool| if x { 1.0 } else { 0.0 };
    numbers.push(Number::exact(
        "after 1,600 steps more than five errors away: with a ReLU, Gumbel",
        1.0,
        holds(bent > 5.0),
        0.0,
    ));
    numbers.push(Number::exact("the same of a linear one", 0.0, holds(linear > 5.0), 0.0));
    let curve = curves.remove(0).1;
    let verdict = word(&curve, None, Some(law));
    let why = "a linear student sees nothing of its inputs but their second moment, and that is the same; one with a ReLU sees \
               more of them on the way, and ends on the same law";
    Ok(Found { beside: curves, ..Found::new(numbers, verdict, why, curve) })
}

/// Student's t with two degrees of freedom has no variance.
pub fn heavy_tails() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SIZES, 2, Activation::Identity)?;
    let draw = |heavy: bool, rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        let mut square = vec![0.0; x.len()];
        gaussian(rng, x);
        Input::Exponential.fill(rng, 3, &mut square);
        if heavy {
            x.iter_mut().zip(square).for_each(|(x, e)| *x /= e.sqrt());
        }
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 2 * 2).take(2).sum::<f64>() / 2.0);
        Ok(())
    };
    let look = |student: &Student| student.excess(&teacher);
    let (mut numbers, mut curves) = (Vec::new(), Vec::new());
    let mut refused = false;
    for (what, name, rate, heavy) in [
        ("refused, or the loss doubled between two looks: rate 0.08", "0.08", 0.08, true),
        ("rate 0.02", "rate 0.02", 0.02, true),
        ("rate 0.005", "rate 0.005", 0.005, true),
        ("rate 0.00125", "rate 0.00125", 0.001_25, true),
        ("rate 0.08 with Gaussian inputs", "Gaussian inputs, 0.08", 0.08, false),
    ] {
        let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| draw(heavy, rng, x, y);
        let trained = fresh(teacher.shape, course(Activation::Identity, rate, 200_000), 16, None, &draw, look)?;
        let rises = trained.curve.windows(2).filter(|pair| pair[1].1 > 2.0 * pair[0].1).count();
        let holds = |x: bool| if x { 1.0 } else { 0.0 };
        numbers.push(Number::exact(what, holds(heavy), holds(trained.refused || rises > 0), 0.0));
        refused |= trained.refused && curves.is_empty();
        curves.push((name, trained.curve));
    }
    let curve = curves.remove(0).1;
    let verdict = if refused { Word::Diverged } else { word(&curve, None, None) };
    let why = "without a second moment an input comes sooner or later for which the step is too long: a low rate is thrown up and wanders, a \
               higher one diverges";
    Ok(Found { beside: curves, ..Found::new(numbers, verdict, why, curve) })
}

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
        Ok(fixed(teacher.shape, course, pairs, |student| student.excess(teacher))?.last())
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
    let trained = fresh(teacher.shape, held, batch, Some(&start), &draw, look)?;
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

/// M = d = 1, D = J = 8: the least in which attention has a choice.
const SMALL: [usize; 4] = [1, 1, 8, 8];

/// How many of the small changes of a student around its teacher noise is fitted with: the statistical dimension of the cone that they
/// make (Amelunxen, Lotz, McCoy and Tropp 2014), the mean square of a normal vector's projection on it. With one filter of one feature
/// these are the matrices W S with rows of one sum, the sign of which is free for tokens of the group alone.
fn fitted(count: usize) -> (f64, f64) {
    let [_, _, tokens, outputs] = SMALL;
    let mut stream = SampleStream::new(SEED ^ 0xC0E);
    let square = |_| {
        let mut g = vec![0.0; tokens * outputs];
        gaussian(&mut stream.sample(), &mut g);
        // The nearest row of a given sum is the row less a number, cut off at zero outside of the group.
        let cut = |i: usize, j: usize, x: f64| if i / 2 == j / 2 { x } else { x.larger(0.0) };
        let less = |j: usize, number: f64| {
            let row = g.iter().skip(j * tokens).take(tokens);
            row.enumerate().map(move |(i, g)| cut(i, j, g - number))
        };
        // Of all sums, the one for which these numbers add up to zero; both by halving an interval.
        let number = |j: usize, sum: f64| halve(|number| sum - less(j, number).sum::<f64>());
        let sum = halve(|sum| -(0..outputs).map(|j| number(j, sum)).sum::<f64>());
        (0..outputs).map(|j| less(j, number(j, sum)).map(|y| y * y).sum::<f64>()).sum::<f64>()
    };
    mean(&(0..count).map(square).collect::<Vec<_>>())
}

/// Where an increasing function is zero, in an interval far larger than what is looked for.
fn halve(f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (-64.0, 64.0);
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if f(middle) < 0.0 { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Training and test loss over the size of a fixed data set.
pub fn small_data() -> Result<Found, Error> {
    let teacher = Teacher::pooling(SMALL, 2, Activation::Identity)?;
    let deviation = 0.5;
    let draw = |rng: &mut SampleRng, x: &mut [f64], y: &mut [f64]| {
        gaussian(rng, x);
        answers(&teacher, x, y, |j, h| h.iter().skip(j / 2 * 2).take(2).sum::<f64>() / 2.0);
        let mut noise = vec![0.0; y.len()];
        gaussian(rng, &mut noise);
        y.iter_mut().zip(noise).for_each(|(y, e)| *y += deviation * e);
        Ok(())
    };
    let right = Student::constructed(teacher.shape, teacher.activation, teacher.value.clone(), teacher.mixing.clone());
    let noise = 0.5 * OUTPUTS * deviation * deviation;
    // With few pairs W becomes large, and attention fast.
    let long = |n| Course {
        attention_rate: if n < 2 * TOKENS { 0.5 } else { 2.0 },
        // Small noise is fitted by small weights, which plain descent takes long to.
        rule: if n < 64 { Rule::GradientDescent } else { Rule::Mirror },
        ..course(Activation::Identity, 0.1, 20_000)
    };
    let (mut gaps, mut tests, mut trains) = (Vec::new(), Vec::new(), Vec::new());
    let (mut scaled_gaps, mut whole) = (Vec::new(), vec![0.5; 64]);
    for (n, sets) in
        [(1, 64), (2, 64), (3, 64), (4, 64), (5, 64), (6, 64), (7, 64), (16, 64), (64, 64), (128, 32), (256, 32)]
    {
        let (mut each, mut train, mut test) = (Vec::new(), 0.0, 0.0);
        for set in 0..sets {
            let mut stream = SampleStream::at(SEED ^ 0xDA7A, set << 32);
            let pairs = Pairs::draw(teacher.shape, n, &mut stream, &draw)?;
            let trained = fixed(teacher.shape, long(n), &pairs, |student| student.excess(&teacher))?;
            // The noise of these pairs is in both, and in the mean there is as much in all pairs.
            let (inside, own) = (pairs.mean_loss(&trained.student)?, pairs.mean_loss(&right)?);
            train += (inside - own + noise) / sets as f64;
            test += (trained.last() + noise) / sets as f64;
            each.push(trained.last() + own - inside);
            // The pairs of a set are among those of the next size: a set's sizes up to which noise is fitted are no independent numbers.
            if n < TOKENS && inside < 0.01 * own {
                whole.iter_mut().skip(set as usize).take(1).for_each(|sizes| *sizes += 1.0);
            }
        }
        let (gap, error) = mean(&each);
        gaps.push((n as u64, gap));
        tests.push((n as u64, test));
        trains.push((n as u64, train));
        let scaled = n as f64 / (deviation * deviation);
        if n >= 64 {
            scaled_gaps.push((scaled * gap, scaled * error));
        }
    }
    // Noise is fitted whole where zero is among the averages of the tokens' readings, each a vector of n entries: with W large enough,
    // every answer is. Of D vectors that are symmetric around zero it is as likely with n entries as it is not with D - n (Wendel 1962).
    let (dimension, _) = fitted(4_000);
    let of = |i: usize| scaled_gaps.get(i).copied().unwrap_or((f64::NAN, f64::NAN));
    let numbers = vec![
        Number::sampled("n gap / tau^2 at 64 pairs, beside p", dimension, of(0), 0.05),
        Number::sampled("at 128 pairs", dimension, of(1), 0.05),
        Number::sampled("at 256 pairs", dimension, of(2), 0.05),
        Number::sampled(
            "pairs up to which noise is fitted whole, beside D / 2",
            0.5 * TOKENS as f64,
            mean(&whole),
            0.0,
        ),
    ];
    let why = "each of the p numbers that are fitted takes its share of the noise, and the gap between test and training is p tau^2 / n; \
               with fewer pairs than half of the tokens training fits all of it";
    let verdict = word(&gaps, None, None);
    Ok(Found {
        over: "pairs",
        beside: vec![("test", tests), ("training", trains)],
        ..Found::new(numbers, verdict, why, gaps)
    })
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
    let verdict = trained.word(None, None);
    Ok(Found { beside, ..Found::new(numbers, verdict, why, trained.curve) })
}

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
