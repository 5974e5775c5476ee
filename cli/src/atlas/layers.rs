//! Cells of the whole layer, which sees content and what is asked.

use tutee::activation::Activation;
use tutee::gradient::layer::{LayerSamples, LayerScratchViewMut, layer_scratch_len};
use tutee::gradient::samples::BatchLoss;
use tutee::input::{SampleRng, SampleStream};
use tutee::layer::{
    Codes, Embedding, Form, KeyQuery, LayerInput, LayerSettings, LayerShape, LayerViewMut, Parameter, Queries, Query,
    Start, Trained as Blocks, layer_len,
};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::step::Descent;
use tutee::teacher::per_sample::draw_set;
use tutee::trace::Schedule;
use tutee::{Error, Shape};

use super::cell::{Curve, Found, Number, Word, word};
use super::lab::{SEED, Teacher, answers, gaussian, go_on, mean};
use super::sampled::{largest_two, soft};

/// One sample: input, sets, answer.
type Draw<'a> = dyn Fn(&mut SampleRng, &mut [f64], &mut [u32], &mut [f64]) -> Result<(), Error> + 'a;

/// How a layer is trained.
#[derive(Clone, Copy, Debug)]
struct Course {
    rate: f64,
    batch: usize,
    steps: u64,
    scale: f64,
    blocks: Option<Blocks>,
    /// Tokens in the set of an output; none where the tokens ask.
    set: usize,
    tests: u64,
}

/// What became of a layer.
struct Trained {
    curve: Curve,
    refused: bool,
    /// Loss of each sample of a last test, of many more, and that of what stands beside it.
    end: Vec<(f64, f64)>,
}

impl Trained {
    fn last(&self) -> f64 {
        self.curve.last().map_or(f64::NAN, |point| point.1)
    }

    /// Mean loss of the last test with its standard error.
    fn tested(&self) -> (f64, f64) {
        mean(&self.end.iter().map(|end| end.0).collect::<Vec<_>>())
    }

    /// Mean loss of the last test over that of the other predictor on the samples of both, with its standard error.
    fn beside(&self) -> (f64, f64) {
        let (other, _) = mean(&self.end.iter().map(|end| end.1).collect::<Vec<_>>());
        let (gain, error) = mean(&self.end.iter().map(|end| end.0 - end.1).collect::<Vec<_>>());
        (1.0 + gain / other, error / other)
    }

    fn word(&self, law: Option<f64>) -> Word {
        if self.refused { Word::Diverged } else { word(&self.curve, None, law) }
    }
}

/// The loss of another predictor on an input and its answers.
type Other<'a> = &'a dyn Fn(&[f64], &[f64]) -> f64;

/// Trains a layer of concatenated tokens with codes that are the unit vectors, from zero, on fresh samples.
fn train(sizes: [usize; 4], course: Course, draw: &Draw<'_>, other: Other<'_>) -> Result<Trained, Error> {
    let [filters, features, tokens, outputs] = sizes;
    let sizes = Shape::new(filters, features, tokens, outputs)?;
    let queries = if course.set > 0 { Queries::Sets } else { Queries::Tokens };
    let form = Form {
        embedding: Embedding::Concatenated,
        codes: Codes::Fixed { width: tokens },
        key_query: KeyQuery::Merged,
        queries,
    };
    let shape = LayerShape::new(sizes, form)?;
    let mut settings = LayerSettings { scale: course.scale, ..LayerSettings::new(shape, Activation::Identity) };
    if let Some(blocks) = course.blocks {
        settings.trained = blocks;
    }
    let (mut memory, mut taken) = (vec![0.0; layer_len(shape)], 0);
    let mut layer = LayerViewMut::new(shape, &mut memory, &mut taken)?;
    let mut unit = vec![0.0; tokens * tokens];
    codes::identity(MatrixViewMut::new("codes", &mut unit, tokens, tokens)?)?;
    layer.set(Parameter::Codes, &unit)?;
    layer.start(Start::Zero, settings.trained)?;
    let (mut scratch, mut loss) = (vec![0.0; layer_scratch_len(shape)], BatchLoss::ZERO);
    let scratch = LayerScratchViewMut::new(shape, &mut scratch, &mut loss)?;
    let mut samples = LayerSamples::new(layer, settings, scratch)?;
    let descent = Descent { value_limit: 1e6, ..Descent::new(course.rate) };

    let (mut x, mut y) = (vec![0.0; sizes.input_len()], vec![0.0; sizes.output_len()]);
    let mut sets = vec![0_u32; course.set * outputs];
    let (mut stream, tests) = (SampleStream::new(SEED), SampleStream::new(SEED ^ 0x7E57));
    let schedule = Schedule::per_decade(20);
    let (mut curve, mut next) = (Curve::new(), 0);
    for step in 0..=course.steps {
        go_on()?;
        if step >= next || step == course.steps {
            next = schedule.next_after(step);
            let mut sum = 0.0;
            for i in 0..course.tests {
                draw(&mut tests.rng(i), &mut x, &mut sets, &mut y)?;
                let query = if course.set > 0 { Query::Sets(&sets) } else { Query::Tokens };
                sum += samples.loss(&LayerInput { x: &x, query, codes: &[] }, &y)?;
            }
            curve.push((step, sum / course.tests as f64));
        }
        if step == course.steps {
            break;
        }
        samples.begin();
        for _ in 0..course.batch {
            draw(&mut stream.sample(), &mut x, &mut sets, &mut y)?;
            let query = if course.set > 0 { Query::Sets(&sets) } else { Query::Tokens };
            samples.accumulate(&LayerInput { x: &x, query, codes: &[] }, &y)?;
        }
        match samples.step(&descent) {
            Err(Error::Diverged) => return Ok(Trained { curve, refused: true, end: Vec::new() }),
            result => result?,
        }
    }
    let mut end = Vec::new();
    for i in 0..ENDS {
        draw(&mut tests.rng(course.tests + i), &mut x, &mut sets, &mut y)?;
        let query = if course.set > 0 { Query::Sets(&sets) } else { Query::Tokens };
        let loss = samples.loss(&LayerInput { x: &x, query, codes: &[] }, &y)?;
        end.push((loss, other(&x, &y)));
    }
    Ok(Trained { curve, refused: false, end })
}

fn found(trained: Trained, numbers: Vec<Number>, law: Option<f64>, why: &'static str) -> Found {
    let verdict = trained.word(law);
    Found::new(numbers, verdict, why, trained.curve)
}

const TOKENS: usize = 8;
/// Samples of the last test.
const ENDS: u64 = 20_000;

/// `(T - 1) / (4 rate t)`: one set of two of eight tokens a sample.
pub fn sets() -> Result<Found, Error> {
    let (rate, steps) = (0.2, 60_000);
    let course =
        Course { rate, batch: 16, steps, scale: 1.0, blocks: Some(Blocks::POSITION_ONLY), set: 2, tests: 2_000 };
    let draw = |rng: &mut SampleRng, x: &mut [f64], sets: &mut [u32], y: &mut [f64]| {
        gaussian(rng, x);
        draw_set(rng, TOKENS, sets)?;
        y.fill(0.0);
        for &i in &*sets {
            let token = x.chunks(3).nth(i as usize).unwrap_or_default();
            y.iter_mut().zip(token).for_each(|(y, x)| *y += 0.5 * x);
        }
        Ok(())
    };
    let trained = train([3, 3, TOKENS, 1], course, &draw, &|_, _| 0.0)?;
    let law = (TOKENS - 1) as f64 / (4.0 * rate * steps as f64);
    let numbers = vec![{
        let (a, b) = trained.tested();
        Number::sampled("loss over the law", 1.0, (a / law, b / law), 0.02)
    }];
    Ok(found(
        trained,
        numbers,
        Some(law),
        "the query names the positions, and W_KQ becomes a multiple of the unit matrix in the codes",
    ))
}

/// A predictor of weights `exp(sharpness score)`: what it has for the first entry of `V*` and beside it, and for the others.
#[derive(Clone, Copy, Debug)]
struct Sharp {
    sharpness: f64,
    factor: f64,
    offset: f64,
    across: f64,
}

impl Sharp {
    /// The teacher of the softmax of twice the first entry.
    const SOFT: Self = Self { sharpness: 2.0, factor: 1.0, offset: 0.0, across: 1.0 };
}

/// Answers that weigh tokens by their first entry, beside a predictor.
fn by_content(weigh: fn(&[f64]) -> Vec<f64>, rate: f64, steps: u64, best: Sharp) -> Result<Trained, Error> {
    let teacher = Teacher::new([2, 3, TOKENS, TOKENS], Activation::Identity, |_, _| 0.125)?;
    let draw = |rng: &mut SampleRng, x: &mut [f64], _: &mut [u32], y: &mut [f64]| {
        gaussian(rng, x);
        let scores: Vec<f64> = x.iter().step_by(3).copied().collect();
        let weights = weigh(&scores);
        answers(&teacher, x, y, |_, h| h.iter().zip(&weights).map(|(h, w)| h * w).sum());
        Ok(())
    };
    let course =
        Course { rate, batch: 16, steps, scale: 1.0 / (TOKENS as f64).sqrt(), blocks: None, set: 0, tests: 300 };
    let other = |x: &[f64], y: &[f64]| {
        let scores: Vec<f64> = x.iter().step_by(3).copied().collect();
        let sharp: Vec<f64> = scores.iter().map(|s| 0.5 * best.sharpness * s).collect();
        let weights = soft(&sharp);
        let score: f64 = weights.iter().zip(&scores).map(|(w, s)| w * s).sum();
        let mut f = vec![0.0; y.len()];
        answers(&teacher, x, &mut f, |_, h| h.iter().zip(&weights).map(|(h, w)| h * w).sum());
        let first = teacher.value.iter().step_by(3).cycle();
        let f =
            f.iter().zip(first).map(|(f, v)| best.across * (f - v * score) + v * (best.factor * score + best.offset));
        0.5 * f.zip(y).map(|(f, y)| (f - y) * (f - y)).sum::<f64>()
    };
    train([2, 3, TOKENS, TOKENS], course, &draw, &other)
}

/// Part of the start that is left.
fn left(trained: &Trained) -> f64 {
    trained.last() / trained.curve.first().map_or(f64::NAN, |point| point.1)
}

pub fn learned_weights() -> Result<Found, Error> {
    let why = "queries have a part that is the same for all inputs, and keys by the direction that counts: the teacher is in the class";
    let trained = by_content(soft, 0.1, 4_000, Sharp::SOFT)?;
    let below = if left(&trained) < 0.01 { 1.0 } else { 0.0 };
    let numbers = vec![Number::exact("less than a hundredth of the loss is left", 1.0, below, 0.0)];
    Ok(found(trained, numbers, None, why))
}

pub fn top_two() -> Result<Found, Error> {
    let why = "no softmax of a linear score gives the two largest one half each: sharper weights favour the first over the second, softer \
               ones let in the third";
    // The best that weights exp(b score) can do.
    let mut stream = SampleStream::new(SEED ^ 0x70F);
    let draws: Vec<[f64; TOKENS]> = (0..20_000)
        .map(|_| {
            let mut scores = [0.0; TOKENS];
            gaussian(&mut stream.sample(), &mut scores);
            scores
        })
        .collect();
    let teacher = Teacher::new([2, 3, TOKENS, TOKENS], Activation::Identity, |_, _| 0.125)?;
    let along: f64 = teacher.value.iter().step_by(3).map(|v| v * v).sum();
    // Answers have a mean, and W reads the codes, which gives it an offset: along the direction that decides W is a factor times V* and an
    // offset, the regression of answers on averages; across it a factor.
    let fit = |sharpness: f64| {
        let mut sums = [0.0; 8];
        for scores in &draws {
            let sharp: Vec<f64> = scores.iter().map(|s| 0.5 * sharpness * s).collect();
            let (own, right) = (soft(&sharp), largest_two(scores));
            let inner = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            let (a, b) = (inner(&own, scores), inner(&right, scores));
            let of = [a, b, a * a, a * b, b * b, inner(&own, &own), inner(&own, &right), inner(&right, &right)];
            sums.iter_mut().zip(of).for_each(|(sum, of)| *sum += of / draws.len() as f64);
        }
        let [a, b, aa, ab, bb, ss, st, tt] = sums;
        let (factor, across) = ((ab - a * b) / (aa - a * a), st / ss);
        let left = along * (bb - b * b - factor * (ab - a * b)) + (teacher.squared() - along) * (tt - across * st);
        (0.5 * TOKENS as f64 * left, Sharp { sharpness, factor, offset: b - factor * a, across })
    };
    let fits = (10..=80).map(|b| fit(0.05 * f64::from(b)));
    let (least, best) = fits.fold((f64::INFINITY, Sharp::SOFT), |a, b| if b.0 < a.0 { b } else { a });
    let trained = by_content(largest_two, 0.1, 4_000, best)?;
    let what = "loss over that of weights exp(b score) and the best W and b, on the same samples";
    let numbers = vec![Number::sampled(what, 1.0, trained.beside(), 0.05)];
    let verdict = if trained.refused { Word::Diverged } else { word(&trained.curve, Some(least), None) };
    Ok(Found { least: Some(least), ..Found::new(numbers, verdict, why, trained.curve) })
}

/// One answer to the first entries of all tokens, for a layer with everything that it has.
fn of_signs(answer: fn(&[f64]) -> f64, rate: f64, why: &'static str) -> Result<Found, Error> {
    let draw = |rng: &mut SampleRng, x: &mut [f64], _: &mut [u32], y: &mut [f64]| {
        gaussian(rng, x);
        let first: Vec<f64> = x.iter().step_by(2).copied().collect();
        y.fill(answer(&first));
        Ok(())
    };
    let course =
        Course { rate, batch: 16, steps: 4_000, scale: 1.0 / (TOKENS as f64).sqrt(), blocks: None, set: 0, tests: 500 };
    // What answers have in common is learned at once; the rest should stay.
    let mut stream = SampleStream::new(SEED ^ 0x3A7);
    let average = (0..50_000)
        .map(|_| {
            let mut first = [0.0; TOKENS];
            gaussian(&mut stream.sample(), &mut first);
            answer(&first)
        })
        .sum::<f64>()
        / 50_000.0;
    // Answers are one or minus one, and the same for all outputs.
    let constant = |_: &[f64], y: &[f64]| 0.5 * y.iter().map(|y| (y - average) * (y - average)).sum::<f64>();
    let trained = train([1, 2, TOKENS, TOKENS], course, &draw, &constant)?;
    let numbers = vec![Number::sampled("loss over that of the best constant", 1.0, trained.beside(), 0.02)];
    // No least loss of all such students is known, and so none is drawn.
    let verdict = trained.word(None);
    Ok(Found::new(numbers, verdict, why, trained.curve))
}

/// The product of the signs of the first four tokens.
pub fn parity() -> Result<Found, Error> {
    let answer = |first: &[f64]| first.iter().take(4).map(|x| x.signum()).product();
    of_signs(
        answer,
        0.02,
        "the product of four signs is orthogonal to every sum of functions of three tokens: descent from zero sees nothing of it, though the \
             softmax's denominator lets constructed students explain a thirtieth",
    )
}

/// Whether three of the tokens' first entries, in whole twelfths, add up to zero.
pub fn matching() -> Result<Found, Error> {
    let answer = |first: &[f64]| {
        let whole: Vec<i64> = first.iter().map(|x| (x * 12.0).floor() as i64).collect();
        let matches = whole.iter().enumerate().any(|(i, a)| {
            let mut before = whole.iter().take(i).enumerate();
            before.any(|(j, b)| whole.iter().take(j).any(|c| a + b + c == 0))
        });
        if matches { 1.0 } else { -1.0 }
    };
    of_signs(
        answer,
        0.02,
        "attention compares two tokens at a time, and a match of three hardly shows in any two of them: descent from zero finds no more than \
             the answers' mean; that no layer could is not proved",
    )
}
