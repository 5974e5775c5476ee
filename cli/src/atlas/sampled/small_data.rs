//! A data set of a fixed size: the gap between test and training, and up to how many pairs noise is fitted whole.

use tutee::activation::Activation;
use tutee::input::{SampleRng, SampleStream};
use tutee::step::Rule;
use tutee::{Error, Scalar};

use super::setting::{OUTPUTS, TOKENS, course};
use crate::atlas::cell::{Found, Number, word};
use crate::atlas::lab::{Course, Pairs, SEED, Student, Teacher, answers, fixed, gaussian, mean};

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
            let trained = fixed(teacher.shape, long(n), &pairs, &|student| student.excess(&teacher))?;
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
