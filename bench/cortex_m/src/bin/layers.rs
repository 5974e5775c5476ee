//! Counts the instructions of a sample of a whole layer, sizes in types: eight tokens of four features with a code each, keys of four
//! entries, two filters, eight outputs; a pair of one's own, and one that is drawn and labelled. Prints rows of a table.
//!
//! Leaves with status 1 when a step is refused, and when nothing is learned.
#![no_std]
#![no_main]

#[path = "../clock.rs"]
mod clock;

use clock::Clock;
use semihosting::{println, process};
use tutee::activation::Activation;
use tutee::gradient::layer::{
    LayerOnline, LayerSamples, LayerScratch, LayerSource, layer_drawn_len, layer_scratch_len,
};
use tutee::input::SampleStream;
use tutee::layer::{
    Form, KeyQuery, Layer, LayerInput, LayerSettings, LayerShape, Parameter, Sizes, Start, Trained, layer_len,
};
use tutee::matrix::{Matrix, MatrixViewMut};
use tutee::position::codes;
use tutee::step::Descent;
use tutee::teacher::family::unit_filters;
use tutee::teacher::{Teacher, convolution};
use tutee::training::Training;
use tutee::{Error, Shape};

const FILTERS: usize = 2;
const FEATURES: usize = 4;
const TOKENS: usize = 8;
const KEYS: usize = 4;
const GROUP: usize = 2;
const STEPS: u16 = 100;
const BATCH: u16 = 8;

/// Separate matrices, and the one that they make.
struct Separate;
struct Merged;

const fn shape(key_query: KeyQuery) -> LayerShape {
    let Ok(sizes) = Shape::new(FILTERS, FEATURES, TOKENS, TOKENS) else { panic!("sizes") };
    let Ok(shape) = LayerShape::new(sizes, Form { key_query, ..Form::concatenated(TOKENS) }) else { panic!("form") };
    shape
}

impl Sizes for Separate {
    const SHAPE: LayerShape = shape(KeyQuery::Separate { keys: KEYS });
}

impl Sizes for Merged {
    const SHAPE: LayerShape = shape(KeyQuery::Merged);
}

/// Instructions of a pair and of a drawn sample, their shares of the step included.
fn counted<S: Sizes, const LAYER: usize, const SCRATCH: usize, const DRAWN: usize>(
    start: Start<f32>,
    clock: &mut Clock,
) -> Result<[Option<u32>; 2], Error> {
    let mut layer = Layer::<f32, S, LAYER>::ZERO;
    let mut scratch = LayerScratch::<f32, S, SCRATCH>::ZERO;
    let mut teacher = Teacher::<f32, FILTERS, FEATURES, TOKENS, TOKENS>::ZERO;
    let mut value = [[0.0; FEATURES]; FILTERS];
    unit_filters(value.as_flattened_mut(), FEATURES, &mut SampleStream::new(1).sample());
    let filters = Matrix::from_rows(value);
    teacher.fill(Activation::Relu, &filters, |mixing| convolution::average_pooling(mixing, GROUP))?;
    let settings = LayerSettings::new(S::SHAPE, Activation::Relu);
    let descent = Descent::new(0.05).with_attention_rate(0.5);
    let begin = |layer: &mut Layer<f32, S, LAYER>| {
        let mut unit = [0.0; TOKENS * TOKENS];
        codes::identity(MatrixViewMut::new("codes", &mut unit, TOKENS, TOKENS)?)?;
        let mut view = layer.view_mut();
        view.set(Parameter::Codes, &unit)?;
        view.start(start, Trained::all(S::SHAPE))
    };
    begin(&mut layer)?;
    let (mut x, mut y) = ([0.0; TOKENS * FEATURES], [0.0; TOKENS * FILTERS]);
    let mut numbers = SampleStream::new(1).sample();
    numbers.gaussian_fill(&mut x);
    numbers.gaussian_fill(&mut y);
    let mut done = Ok(());
    let mut samples = LayerSamples::of(&mut layer, settings, &mut scratch)?;
    let pairs = clock.instructions(|| {
        done = (0..STEPS).try_for_each(|_| {
            (0..BATCH).try_for_each(|_| samples.accumulate(&LayerInput::of(&x), &y))?;
            samples.step(&descent)
        });
    });
    done?;
    begin(&mut layer)?;
    let mut drawn = [0.0; DRAWN];
    let samples = LayerSamples::of(&mut layer, settings, &mut scratch)?;
    let source = LayerSource::gaussian(2, BATCH.into());
    let mut online = LayerOnline::new(samples, teacher.view(), source, &mut drawn, &mut [])?;
    let test = SampleStream::new(3);
    let before = online.mean_loss(test, 32)?;
    let mut done = Ok(());
    let samples = clock.instructions(|| {
        done = (0..STEPS).try_for_each(|_| online.step(&descent));
    });
    done?;
    let after = online.mean_loss(test, 32)?;
    println!("test loss from {before:.4} to {after:.4}");
    if after < 0.8 * before { Ok([pairs, samples]) } else { Err(Error::Diverged) }
}

/// Prints the row of one layer.
fn row(name: &str, counts: [Option<u32>; 2]) -> Option<()> {
    let [pair, sample] = counts;
    let all = u32::from(STEPS) * u32::from(BATCH);
    println!(
        "| {name} | {FILTERS} | {FEATURES} | {TOKENS} | {TOKENS} | {} | {} |",
        pair?.checked_div(all)?,
        sample?.checked_div(all)?
    );
    Some(())
}

fn rows(clock: &mut Clock) -> Option<()> {
    const S: LayerShape = Separate::SHAPE;
    const M: LayerShape = Merged::SHAPE;
    let start = Start::Gaussian { deviation: 0.1, seed: 1 };
    let separate =
        counted::<Separate, { layer_len(S) }, { layer_scratch_len(S) }, { layer_drawn_len(S) }>(start, clock).ok()?;
    row("separate, keys of 4", separate)?;
    let merged =
        counted::<Merged, { layer_len(M) }, { layer_scratch_len(M) }, { layer_drawn_len(M) }>(Start::Zero, clock)
            .ok()?;
    row("merged", merged)
}

#[cortex_m_rt::entry]
fn main() -> ! {
    let done = Clock::take().and_then(|mut clock| rows(&mut clock));
    process::exit(if done.is_some() { 0 } else { 1 })
}
