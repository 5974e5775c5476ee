//! Cells of the identity, for which inputs matter through their second moment alone: a few pairs that have it exactly stand for all
//! inputs, so that training on them is training by the exact gradient.

use std::borrow::Cow;

use tutee::activation::Activation;
use tutee::recovery::log_log_slope;
use tutee::step::Rule;
use tutee::{Error, Scalar, Shape};

use super::cell::{Found, Number};
use super::lab::{Course, Pairs, Student, Teacher, Trained, answers, fixed, from_pairs, gradient, still};

/// M, d, D, J.
const SIZES: [usize; 4] = [2, 2, 8, 8];
const TOKENS: usize = 8;
const GROUP: usize = 2;
/// Steps between looks are spaced.
const STEPS: u64 = 60_000;

/// `K J (D - K) / (4 rate t)`.
fn law(rate: f64, steps: u64) -> f64 {
    (GROUP * TOKENS * (TOKENS - GROUP)) as f64 / (4.0 * rate * steps as f64)
}

fn course(rate: f64, steps: u64) -> Course {
    Course {
        activation: Activation::Identity,
        rate,
        attention_rate: rate,
        steps,
        late: 1.0,
        every: None,
        rule: Rule::GradientDescent,
    }
}

fn pooling() -> Result<Teacher, Error> {
    Teacher::pooling(SIZES, GROUP, Activation::Identity)
}

/// What an entry gives to another, both as token and feature.
type Root<'a> = &'a dyn Fn([usize; 2], [usize; 2]) -> f64;

/// Inputs whose mean square is that of `root` times white noise: one for each entry, `root(token, entry)` being what the entry gives
/// to all others, as a function of token and feature.
fn design(shape: Shape, extra: Option<f64>, root: Root<'_>) -> Vec<f64> {
    let features = shape.features();
    let entries = || (0..shape.input_len()).map(|k| [k / features, k % features]);
    let count = (shape.input_len() + usize::from(extra.is_some())) as f64;
    let mut x: Vec<f64> =
        entries().flat_map(|k| entries().map(move |l| (k, l))).map(|(k, l)| count.sqrt() * root(k, l)).collect();
    // A mean: one input more, the same in all entries.
    if let Some(mean) = extra {
        x.extend(entries().map(|_| count.sqrt() * mean));
    }
    x
}

/// The teacher's answers to inputs.
fn answered(teacher: &Teacher, x: Vec<f64>) -> Pairs {
    let mut pairs = Pairs { y: Vec::new(), x };
    for x in pairs.x.chunks(teacher.shape.input_len()) {
        let mut y = vec![0.0; teacher.shape.output_len()];
        let row = |j: usize| teacher.mixing.chunks(TOKENS).nth(j).unwrap_or_default();
        answers(teacher, x, &mut y, |j, h| row(j).iter().zip(h).map(|(s, h)| s * h).sum());
        pairs.y.extend(y);
    }
    pairs
}

fn white([i, f]: [usize; 2], [k, g]: [usize; 2]) -> f64 {
    if (i, f) == (k, g) { 1.0 } else { 0.0 }
}

fn train(teacher: &Teacher, rate: f64, steps: u64, x: Vec<f64>) -> Result<(Trained, Pairs), Error> {
    let pairs = answered(teacher, x);
    let trained = fixed(teacher.shape, course(rate, steps), &pairs, &|student| Ok(pairs.loss(student)?.0))?;
    Ok((trained, pairs))
}

/// The step at which the loss has fallen to so much, after the first.
fn reaches(trained: &Trained, loss: f64) -> f64 {
    let points = || trained.curve.iter().map(|&(step, loss)| (step as f64, loss));
    let passing = points().zip(points().skip(1)).find(|(_, after)| after.1 <= loss);
    // Between two looks the loss falls along a power of the steps.
    passing.map_or(f64::NAN, |(before, after)| {
        let part = Scalar::ln(before.1 / loss) / Scalar::ln(before.1 / after.1);
        before.0 * Scalar::exp(part * Scalar::ln(after.0 / before.0))
    })
}

pub fn mixing_by_filter() -> Result<Found, Error> {
    let teacher = pooling()?;
    let own = |j: usize, shift: usize, h: &[f64]| -> f64 {
        let first = (j / GROUP + shift) * GROUP % TOKENS;
        h.iter().skip(first).take(GROUP).sum::<f64>() / GROUP as f64
    };
    let mut pairs = Pairs { x: design(teacher.shape, None, &white), y: Vec::new() };
    for x in pairs.x.chunks(teacher.shape.input_len()) {
        let mut y = vec![0.0; teacher.shape.output_len()];
        for (shift, filter) in [(0, 0), (1, 1)] {
            let mut all = y.clone();
            answers(&teacher, x, &mut all, |j, h| own(j, shift, h));
            for (y, all) in y.chunks_mut(2).zip(all.chunks(2)) {
                if let (Some(y), Some(&all)) = (y.get_mut(filter), all.get(filter)) {
                    *y = all;
                }
            }
        }
        pairs.y.extend(y);
    }
    // Two mixings that are orthogonal, |S|^2 = J / K each: one head is of rank one.
    let least = 0.5 * (TOKENS / GROUP) as f64;
    let half: Vec<f64> = (0..TOKENS * TOKENS)
        .map(|k| (k / TOKENS, k % TOKENS))
        .map(|(j, i)| {
            let group = |shift: usize| i / GROUP == (j / GROUP + shift) % (TOKENS / GROUP);
            if group(0) || group(1) { 0.25 } else { 0.0 }
        })
        .collect();
    let constructed = Student::constructed(teacher.shape, teacher.activation, teacher.value.clone(), half);
    let trained = fixed(teacher.shape, course(0.25, STEPS), &pairs, &|student| Ok(pairs.loss(student)?.0))?;
    // Mirror steps do not slow down where a weight goes to zero.
    let along = Course { rule: Rule::Mirror, attention_rate: 0.25 * TOKENS as f64, ..course(0.25, STEPS) };
    let mirror = fixed(teacher.shape, along, &pairs, &|student| Ok(pairs.loss(student)?.0))?;
    let numbers = vec![
        Number::exact("loss of the best predictor, constructed", least, pairs.loss(&constructed)?.0, 1e-6),
        Number::exact("loss that mirror descent reaches", least, mirror.last(), 1e-6),
        Number::exact("loss that plain descent reaches", least, trained.last(), 0.02),
    ];
    let verdict = trained.word(Some(least), None);
    let why =
        "one head is a product of one W and one S, of rank one in filters by mixings, and the teacher is of rank two";
    let beside = vec![("mirror descent", mirror.curve)];
    Ok(Found { least: Some(least), beside, ..Found::new(numbers, verdict, why, trained.curve) })
}

pub fn equicorrelated() -> Result<Found, Error> {
    let teacher = pooling()?;
    let correlation = 0.5_f64;
    let across = (1.0 - correlation).sqrt();
    let along = ((1.0 - correlation + correlation * TOKENS as f64).sqrt() - across) / TOKENS as f64;
    let root = |[i, f]: [usize; 2], [k, g]: [usize; 2]| match (i == k, f == g) {
        (true, true) => across + along,
        (false, true) => along,
        _ => 0.0,
    };
    let rate = 0.15;
    let (trained, _) = train(&teacher, rate, 10 * STEPS, design(teacher.shape, None, &root))?;
    let (alone, _) = train(&teacher, rate, 10 * STEPS, design(teacher.shape, None, &white))?;
    // Beside white tokens the student's attention is judged by one measure, that of white inputs.
    // What a row has outside of its group, of the mean row.
    let outside = |student: &Student| {
        let inside = |(k, s): (usize, &f64)| if k / TOKENS / GROUP == k % TOKENS / GROUP { *s } else { 0.0 };
        Ok(1.0 - student.attention.iter().enumerate().map(inside).sum::<f64>() / TOKENS as f64)
    };
    let attention = |root: Root| {
        let pairs = answered(&teacher, design(teacher.shape, None, root));
        fixed(teacher.shape, course(rate, 10 * STEPS), &pairs, &outside)
    };
    let (own, of_white) = (attention(&root)?, attention(&white)?);
    let law = law(rate, 10 * STEPS);
    // Outside of its group a row has m; its excess is of differences of tokens, and W makes up for a part of it. Of white tokens (D - K)
    // times the square of one weight is left; of these, whose common part asks W to stay, 1 - rho of the expression below. Attention
    // moves as fast as that is steep.
    let [tokens, group] = [TOKENS, GROUP].map(|n| n as f64);
    let others = tokens - group;
    let made_up = others * others / (group * group) / (correlation / (1.0 - correlation) + 1.0 / group);
    let steep = (1.0 - correlation) * (others + others * others / group - made_up);
    // The part of the steps goes to its end in proportion to m.
    let part = |m: f64| reaches(&own, m) / reaches(&of_white, m);
    // At the start, and with W right, attention sees differences of tokens alone.
    let zeros = vec![0.0; teacher.shape.mixing_len()];
    let right = Student::of_logits(teacher.shape, teacher.activation, teacher.value.clone(), zeros)?;
    let pull = |root: Root| -> Result<f64, Error> {
        let [_, d_logits] = gradient(&right, &answered(&teacher, design(teacher.shape, None, root)))?;
        Ok(d_logits.iter().map(|g| g * g).sum::<f64>().sqrt())
    };
    let numbers = vec![
        Number::exact("loss over the law", 1.0, trained.last() / law, 0.05),
        Number::exact(
            "steps to the same attention over those with white tokens, in the end",
            others / steep,
            4.0 * part(0.015) - 3.0 * part(0.02),
            0.02,
        ),
        Number::exact(
            "attention's gradient at the start, W right, over that with white tokens",
            1.0 - correlation,
            pull(&root)? / pull(&white)?,
            1e-12,
        ),
    ];
    let why = "differences of tokens are smaller by 1 - rho: attention sets out as much slower, and what it lacks costs as much less; in the \
               end it is ahead, because what tokens have in common keeps W from making up for what attention lacks";
    let verdict = trained.word(None, Some(law));
    Ok(Found { beside: vec![("white tokens", alone.curve)], ..Found::new(numbers, verdict, why, trained.curve) })
}

/// The largest rate at which W converges with attention on the teacher's: from just beside V*, by halving an interval.
fn largest_rate(teacher: &Teacher, pairs: &Pairs) -> Result<f64, Error> {
    let beside = teacher.value.iter().enumerate().map(|(k, v)| v + 0.001 * (1.0 + k as f64)).collect();
    let start = Student::constructed(teacher.shape, teacher.activation, beside, teacher.mixing.clone());
    let all = std::slice::from_ref(pairs);
    let (mut low, mut high) = (1e-4, 10.0);
    for _ in 0..30 {
        let rate = 0.5 * (low + high);
        let course = Course { attention_rate: 0.0, every: Some(200), ..course(rate, 400) };
        let look = |student: &Student| pairs.mean_loss(student);
        let trained = from_pairs(teacher.shape, course, Some(&start), &mut |_| Ok(Cow::Borrowed(all)), &look)?;
        let settles = !trained.refused && trained.last() <= trained.first();
        if settles { low = rate } else { high = rate }
    }
    Ok(0.5 * (low + high))
}

/// Inputs times the inverse root of `K E p p'`, p being what a group averages to, and the teacher with its W times the root: it answers as
/// before, and p is as it is of white inputs. Two features.
fn whiten(teacher: &Teacher, x: &[f64]) -> Result<(Teacher, Vec<f64>), Error> {
    let mut moments = [[0.0; 2]; 2];
    let groups =
        x.chunks(2 * GROUP).map(|group| [0, 1].map(|f| group.iter().skip(f).step_by(2).sum::<f64>() / GROUP as f64));
    let share = (2 * GROUP * GROUP) as f64 / x.len() as f64;
    groups.for_each(|p| (0..4).for_each(|k| moments[k / 2][k % 2] += share * p[k / 2] * p[k % 2]));
    let [[a, b], [_, d]] = moments;
    // The root of a symmetric matrix C of two rows: C and the root of its determinant on the diagonal, over the trace of the root.
    let root_of_determinant = (a * d - b * b).sqrt();
    let trace = (a + d + 2.0 * root_of_determinant).sqrt();
    let root = [[(a + root_of_determinant) / trace, b / trace], [b / trace, (d + root_of_determinant) / trace]];
    let inverse = [[root[1][1], -b / trace], [-b / trace, root[0][0]]].map(|row| row.map(|x| x / root_of_determinant));
    let times = |of: &[f64], matrix: [[f64; 2]; 2]| -> Vec<f64> {
        of.chunks(2).flat_map(|v| matrix.map(|row| row.iter().zip(v).map(|(m, v)| m * v).sum::<f64>())).collect()
    };
    Ok((Teacher { value: times(&teacher.value, root), ..teacher.clone() }, times(x, inverse)))
}

/// Inputs of another second moment at half of the largest rate that they allow, beside white ones at half of theirs.
fn conditioned(x: Vec<f64>, worst: f64, why: &'static str) -> Result<Found, Error> {
    let teacher = pooling()?;
    let whites = design(teacher.shape, None, &white);
    let own = 0.5 * largest_rate(&teacher, &answered(&teacher, x.clone()))?;
    let of_white = 0.5 * largest_rate(&teacher, &answered(&teacher, whites.clone()))?;
    let (whitened, its_own) = whiten(&teacher, &x)?;
    let of_whitened = 0.5 * largest_rate(&whitened, &answered(&whitened, its_own))?;
    let (trained, _) = train(&teacher, own, STEPS * 28, x)?;
    let (white, _) = train(&teacher, of_white, STEPS * 2, whites)?;
    // At twenty times this loss the two are 5.8 and 15.1 apart: the law of both is one of late steps.
    let mark = 0.001;
    let numbers = vec![
        Number::exact("largest rate of white inputs over theirs", worst, of_white / own, 1e-3),
        Number::exact("and over theirs when they are whitened", 1.0, of_white / of_whitened, 1e-3),
        Number::exact(
            "steps to one late loss over those of white inputs, each at half of its largest rate",
            worst,
            reaches(&trained, mark) / reaches(&white, mark),
            0.05,
        ),
    ];
    let last = trained.curve.last().map_or(1, |point| point.0);
    let verdict = trained.word(None, Some(law(of_white, last)));
    Ok(Found { beside: vec![("white inputs", white.curve)], ..Found::new(numbers, verdict, why, trained.curve) })
}

pub fn inputs_with_a_mean() -> Result<Found, Error> {
    let teacher = pooling()?;
    // E p p' = I / K + mean^2 1 1', p the mean of a group: its largest eigenvalue over that of white tokens.
    let worst = 1.0 + 2.0 * GROUP as f64;
    let x = design(teacher.shape, Some(1.0), &white);
    conditioned(x, worst, "the mean is one direction of W that is steep, and the rate must be low for its sake")
}

pub fn scaled_features() -> Result<Found, Error> {
    let teacher = pooling()?;
    let root = |k: [usize; 2], l: [usize; 2]| white(k, l) * if k[1] == 1 { 4.0 } else { 1.0 };
    let x = design(teacher.shape, None, &root);
    conditioned(x, 16.0, "the large feature decides the rate, and everything else waits for it")
}

/// What stands still: the gradient at the start, entry by entry.
fn stuck(teacher: &Teacher, pairs: &Pairs, why: &'static str) -> Result<Found, Error> {
    let zero = still(teacher.shape, teacher.activation, None, pairs)?;
    let trained = fixed(teacher.shape, course(0.1, 1_000), pairs, &|student| Ok(pairs.loss(student)?.0))?;
    let exact = |zero: bool| if zero { 1.0 } else { 0.0 };
    let numbers = vec![
        Number::exact("W's gradient at the start is zero, bit for bit", 1.0, exact(zero[0]), 0.0),
        Number::exact("S's gradient at the start is zero, bit for bit", 1.0, exact(zero[1]), 0.0),
        Number::exact("loss at the end over that at the start", 1.0, trained.last() / trained.first(), 0.0),
    ];
    Ok(Found::new(numbers, trained.word(None, None), why, trained.curve))
}

pub fn deterministic_walk() -> Result<Found, Error> {
    // A state of eight, as an entry that is one, all less their mean.
    let teacher = Teacher::new([8, 8, 8, 1], Activation::Identity, |_, i| if i == 7 { 1.0 } else { 0.0 })?;
    let mut pairs = Pairs::default();
    for start in 0..8 {
        let state = |t: usize| (0..8).map(move |k| if k == (start + t) % 8 { 0.875 } else { -0.125 });
        pairs.x.extend((0..8).flat_map(state));
        pairs.y.extend(state(8));
    }
    stuck(
        &teacher,
        &pairs,
        "a walk that goes once around has visited every state: uniform attention sees the same whatever the start",
    )
}

/// Pairs of the pooling teacher whose tokens add up to `sum`, feature by feature. Small whole numbers, so that no sum is rounded; token 8
/// is what the other seven lack.
fn adding_up_to(teacher: &Teacher, sum: f64) -> Pairs {
    let mut pairs = Pairs::default();
    for n in 0..16_i32 {
        let token = |i: i32, f: i32| f64::from((n * (3 + 2 * f) + i * i * (1 + f) + 5 * i * n) % 7 - 3);
        let mut x: Vec<f64> = (0..7).flat_map(|i| [token(i, 0), token(i, 1)]).collect();
        let sums = [0, 1].map(|f| sum - x.iter().skip(f).step_by(2).sum::<f64>());
        x.extend(sums);
        pairs.x.extend(x);
    }
    answered(teacher, pairs.x)
}

pub fn tokens_of_one_sum() -> Result<Found, Error> {
    let teacher = pooling()?;
    stuck(
        &teacher,
        &adding_up_to(&teacher, 0.0),
        "uniform attention sees the sum alone, which is zero whatever the tokens: W never starts, and without W neither does S",
    )
}

pub fn tokens_of_another_sum() -> Result<Found, Error> {
    let teacher = pooling()?;
    let sum = 8.0;
    let pairs = adding_up_to(&teacher, sum);
    let (zeros, logits) = (vec![0.0; teacher.value.len()], vec![0.0; teacher.shape.mixing_len()]);
    let start = Student::of_logits(teacher.shape, teacher.activation, zeros, logits)?;
    let [d_value, d_logits] = gradient(&start, &pairs)?;
    // All answers together are V* of the sum, and what uniform attention sees is a D-th of it: -dL/dW = V* c c' / D.
    let by_filter = teacher.value.chunks(2).zip(d_value.chunks(2));
    let along = by_filter.flat_map(|(v, g)| {
        let found = -v.iter().sum::<f64>() * sum * sum / TOKENS as f64;
        g.iter().map(move |g| g / found).collect::<Vec<_>>()
    });
    let furthest = along.fold(1.0_f64, |far, ratio| if (ratio - 1.0).abs() > (far - 1.0).abs() { ratio } else { far });
    let trained = fixed(teacher.shape, course(0.01, 400_000), &pairs, &|student| pairs.mean_loss(student))?;
    let late = trained.curve.iter().filter(|point| point.0 >= 120_000).map(|&(step, loss)| (step as f64, loss));
    let still = d_logits.iter().all(|d| d.abs().to_bits() == 0);
    let numbers = vec![
        Number::exact("slope of the late loss", -1.0, log_log_slope(late).unwrap_or(f64::NAN), 0.05),
        Number::exact("W's gradient at the start over V* c c' / D, c the sum", 1.0, furthest, 1e-12),
        Number::exact("S's gradient at the start is zero, bit for bit", 1.0, if still { 1.0 } else { 0.0 }, 0.0),
    ];
    let why = "uniform attention sees the sum, which is the same for all inputs: W learns what it makes of that, by which attention can \
               move, and with attention the rest of W";
    Ok(Found::new(numbers, trained.word(None, None), why, trained.curve))
}

pub fn mirrored_activation() -> Result<Found, Error> {
    // |u| is a leaky ReLU of slope -1. For each input there is the one of the other sign, with the same answer.
    let teacher = pooling()?;
    let white = answered(&teacher, design(teacher.shape, None, &white));
    let mut pairs = Pairs::default();
    for (x, y) in white.x.chunks(teacher.shape.input_len()).zip(white.y.chunks(teacher.shape.output_len())) {
        for sign in [1.0, -1.0] {
            pairs.x.extend(x.iter().map(|x| sign * x));
            pairs.y.extend(y.iter().map(|y| y.abs()));
        }
    }
    stuck(&teacher, &pairs, "an even answer has no part that is linear in the input, and a linear start sees no other")
}

pub fn equal_tokens() -> Result<Found, Error> {
    let teacher = pooling()?;
    // All tokens of an input are one.
    let x: Vec<f64> =
        [[1.0, 2.0], [3.0, -1.0], [-2.0, 1.0], [0.5, -1.5]].iter().flat_map(|x| x.repeat(TOKENS)).collect();
    let pairs = answered(&teacher, x);
    let trained = fixed(teacher.shape, course(0.02, 4_000), &pairs, &|student| student.excess(&teacher))?;
    // The training's own loss is gone; W is right and S has not moved.
    let zero = still(teacher.shape, teacher.activation, Some(&trained.student), &pairs)?;
    let moved = |student: &Student| student.logits.iter().filter(|a| a.abs().to_bits() != 0).count() as f64;
    // And where all of all inputs are one, W learns what it makes of that.
    let constant = answered(&teacher, [1.0, 2.0].repeat(4 * TOKENS));
    let of_constant = fixed(teacher.shape, course(0.02, 4_000), &constant, &|student| constant.mean_loss(student))?;
    let uniform = 0.5 * teacher.squared() * TOKENS as f64 * (1.0 / GROUP as f64 - 1.0 / TOKENS as f64);
    let numbers = vec![
        Number::exact("logits that have moved after 4,000 steps", 0.0, moved(&trained.student), 0.0),
        Number::exact("and with one token in all inputs", 0.0, moved(&of_constant.student), 0.0),
        Number::exact("S's gradient is zero, bit for bit", 1.0, if zero[1] { 1.0 } else { 0.0 }, 0.0),
        Number::exact("loss on white tokens, with W right and S uniform", uniform, trained.last(), 1e-6),
    ];
    let why = "tokens that are one token average to it with any weights: W is learned, and S never has a gradient";
    let verdict = trained.word(Some(uniform), None);
    Ok(Found { least: Some(uniform), ..Found::new(numbers, verdict, why, trained.curve) })
}
