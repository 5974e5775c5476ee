//! Training a whole layer on the chip from pairs that come in: eight tokens of four readings with a code each, separate matrices with
//! four entries a key, two filters, eight outputs.

use core::hint::black_box;

use tutee::activation::Activation;
use tutee::gradient::layer::{LayerSamples, LayerScratch, layer_scratch_len};
use tutee::layer::{
    Form, KeyQuery, Layer, LayerInput, LayerSettings, LayerShape, Parameter, Sizes, Start, Trained, layer_len,
};
use tutee::loss::Loss;
use tutee::matrix::{Matrix, MatrixViewMut};
use tutee::position::codes;
use tutee::step::Descent;
use tutee::{Error, Shape};

use crate::place::Place;
use crate::session::{mix, read};

const FILTERS: usize = 2;
const FEATURES: usize = 4;
const TOKENS: usize = 8;
const KEYS: usize = 4;
const BATCHES: u32 = 20;
const BATCH: u32 = 4;

struct Mine;

impl Sizes for Mine {
    const SHAPE: LayerShape = {
        let Ok(shape) = Shape::new(FILTERS, FEATURES, TOKENS, TOKENS) else { panic!("sizes") };
        let form = Form { key_query: KeyQuery::Separate { keys: KEYS }, ..Form::concatenated(TOKENS) };
        let Ok(shape) = LayerShape::new(shape, form) else { panic!("form") };
        shape
    };
}

static LAYER: Place<Layer<f32, Mine, { layer_len(Mine::SHAPE) }>> = Place::new(Layer::ZERO);
static SCRATCH: Place<LayerScratch<f32, Mine, { layer_scratch_len(Mine::SHAPE) }>> = Place::new(LayerScratch::ZERO);
static X: Place<Matrix<f32, TOKENS, FEATURES>> = Place::new(Matrix::ZERO);
static Y: Place<Matrix<f32, TOKENS, FILTERS>> = Place::new(Matrix::ZERO);

/// Gives a number that depends on every bit of the outcome.
///
/// # Errors
/// What the library refuses, which is nothing here.
#[inline(always)]
pub fn session() -> Result<u32, Error> {
    // SAFETY: a program calls this once, so nobody else has them.
    let (layer, scratch, x, y) = unsafe { (LAYER.take(), SCRATCH.take(), X.take(), Y.take()) };
    let (x, y) = (x.as_mut_slice(), y.as_mut_slice());
    let mut unit = [0.0; TOKENS * TOKENS];
    codes::identity(MatrixViewMut::new("codes", &mut unit, TOKENS, TOKENS)?)?;
    let mut start = layer.view_mut();
    start.set(Parameter::Codes, &unit)?;
    start.start(black_box(Start::Gaussian { deviation: 0.1, seed: 1 }), Trained::all(Mine::SHAPE))?;
    // Written out: the root of a known number, in its usual scale, would be three calls next to each other, of which see below.
    let settings = LayerSettings {
        scale: 0.35,
        activation: Activation::Relu,
        loss: Loss::Squared,
        trained: Trained::all(Mine::SHAPE),
    };
    let mut samples = LayerSamples::of(layer, settings, scratch)?;
    let descent = black_box(Descent::new(0.125));
    for _ in 0..BATCHES {
        for _ in 0..BATCH {
            read(x);
            read(y);
            samples.accumulate(&LayerInput::of(x), y)?;
        }
        samples.step(&descent)?;
    }
    let layer = samples.layer();
    // In a loop: three calls next to each other would become calls through a register, and no stack could be counted.
    let mut number = 0;
    for &parameter in black_box(&[Parameter::Value, Parameter::Key, Parameter::Query][..]) {
        number ^= mix(layer.get(parameter));
    }
    Ok(number)
}
