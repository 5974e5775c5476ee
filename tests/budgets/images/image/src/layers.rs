//! Whole layers of every form, trained from pairs and on samples that are drawn.

use core::hint::black_box;

use tutee::activation::Activation;
use tutee::digest::{Digest, layer_digest};
use tutee::gradient::layer::{
    LayerOnline, LayerSamples, LayerScratch, LayerScratchViewMut, LayerSource, layer_drawn_len, layer_scratch_len,
};
use tutee::gradient::samples::BatchLoss;
use tutee::input::SampleStream;
use tutee::layer::{
    Codes, Embedding, Form, KeyQuery, Layer, LayerInput, LayerPredictScratch, LayerSettings, LayerShape, LayerViewMut,
    Parameter, Queries, Query, Scale, Sizes, Start, Trained, layer_len, layer_predict_scratch_len, predict,
};
use tutee::loss::Loss;
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::step::Descent;
use tutee::teacher::per_sample::{GroupSign, LearnedWeights, Selection, TopK};
use tutee::training::Training;
use tutee::{Error, Scalar, Shape};

const TOKENS: usize = 3;
const FEATURES: usize = 3;

/// A layer whose type knows its sizes.
struct Small;

impl Sizes for Small {
    const SHAPE: LayerShape = {
        let Ok(shape) = Shape::new(1, FEATURES, TOKENS, TOKENS) else { panic!("sizes") };
        let Ok(shape) = LayerShape::new(shape, Form::concatenated(TOKENS)) else { panic!("form") };
        shape
    };
}

/// What layers of one precision take.
pub struct Layers<T> {
    memory: [T; 256],
    scratch: [T; 512],
    drawn: [T; 64],
    owner: Layer<T, Small, { layer_len(Small::SHAPE) }>,
    owner_scratch: LayerScratch<T, Small, { layer_scratch_len(Small::SHAPE) }>,
    predicting: LayerPredictScratch<T, Small, { layer_predict_scratch_len(Small::SHAPE) }>,
}

impl<T: Scalar> Layers<T> {
    /// Nothing yet.
    pub const ZERO: Self = Self {
        memory: [T::ZERO; 256],
        scratch: [T::ZERO; 512],
        drawn: [T::ZERO; 64],
        owner: Layer::ZERO,
        owner_scratch: LayerScratch::ZERO,
        predicting: LayerPredictScratch::ZERO,
    };
}

/// Layers of forms that the compiler does not know.
///
/// # Errors
/// What the library refuses, which is nothing here.
pub fn layers<T: Scalar>(layers: &mut Layers<T>, digest: &mut Digest) -> Result<(), Error> {
    let shape = Shape::new(1, FEATURES, TOKENS, TOKENS)?;
    let Layers { memory, scratch, drawn, owner, owner_scratch, predicting } = layers;
    let width = FEATURES;
    for embedding in [Embedding::Concatenated, Embedding::Added, Embedding::Content] {
        for codes in [Codes::Fixed { width }, Codes::Learned { width }, Codes::Fresh { width }] {
            for key_query in [KeyQuery::Merged, KeyQuery::Separate { keys: 2 }] {
                for queries in [Queries::Sets, Queries::Tokens, Queries::Vectors { width: 2 }] {
                    let form = black_box(Form { embedding, codes, key_query, queries });
                    if let Ok(shape) = LayerShape::new(shape, form) {
                        train(shape, memory, scratch, drawn, digest)?;
                    }
                }
            }
        }
    }
    let settings = LayerSettings::new(Small::SHAPE, black_box(Activation::Relu));
    let x = black_box([T::HALF; FEATURES * TOKENS]);
    let mut samples = LayerSamples::of(owner, settings, owner_scratch)?;
    samples.accumulate(&LayerInput::of(&x), &[T::ONE; TOKENS])?;
    samples.step(&Descent::new(T::HALF))?;
    let mut f = [T::ZERO; TOKENS];
    predict(owner.view(), &settings, &LayerInput::of(&x), &mut predicting.view_mut(), &mut f)?;
    digest.scalars(&f);
    Ok(())
}

fn train<T: Scalar>(
    shape: LayerShape,
    memory: &mut [T],
    scratch: &mut [T],
    drawn: &mut [T],
    digest: &mut Digest,
) -> Result<(), Error> {
    let memory = memory.get_mut(..layer_len(shape)).unwrap_or_default();
    let scratch = scratch.get_mut(..layer_scratch_len(shape)).unwrap_or_default();
    let (mut steps, mut batch_loss, mut codes) = (0, BatchLoss::ZERO, [T::ZERO; FEATURES * TOKENS]);
    let mut matrix = MatrixViewMut::new("codes", &mut codes, TOKENS, FEATURES)?;
    codes::identity(matrix.reborrow())?;
    codes::orthonormal(matrix.reborrow(), black_box(1))?;
    codes::sine(matrix.reborrow());
    codes::sinusoidal(matrix.reborrow());
    codes::signs(matrix, &mut SampleStream::new(black_box(2)).sample());
    let loss = black_box(Loss::Logistic);
    let scale = Scale::Tokens.number(shape)?;
    let settings = LayerSettings { loss, scale, ..LayerSettings::new(shape, black_box(Activation::Identity)) };
    let mut layer = LayerViewMut::resume(shape, memory, &mut steps)?;
    layer.start(black_box(Start::Gaussian { deviation: T::HALF, seed: 3 }), Trained::all(shape))?;
    if shape.dimensions(Parameter::Codes).is_some() {
        layer.set(Parameter::Codes, &codes)?;
    }
    let layer = LayerViewMut::new(shape, memory, &mut steps)?;
    let mut samples = LayerSamples::new(layer, settings, LayerScratchViewMut::new(shape, scratch, &mut batch_loss)?)?;
    let (x, vectors) = (black_box([T::HALF; FEATURES * TOKENS]), [T::ONE; 2 * TOKENS]);
    let query = match shape.form().queries {
        Queries::Tokens => Query::Tokens,
        Queries::Sets => Query::Sets(&[0, 1, 2]),
        Queries::Vectors { .. } => Query::Vectors(&vectors),
    };
    let fresh = codes.get(..shape.fresh_codes_len()).unwrap_or_default();
    let input = LayerInput { x: &x, query, codes: fresh };
    samples.accumulate(&input, &[T::ONE])?;
    let mut gradient = [T::ZERO; 64];
    let len = shape.parameter_len(Parameter::Value);
    samples.gradient(Parameter::Value, gradient.get_mut(..len).unwrap_or_default())?;
    digest.scalars(&gradient);
    digest.scalars(&[samples.loss(&input, &[-T::ONE])?]);
    let mut logit = [T::ZERO];
    samples.predict(&input, &mut logit)?;
    digest.scalars(&logit);
    let paused = samples.pause();
    let layer = LayerViewMut::resume(shape, memory, &mut steps)?;
    let mut samples = LayerSamples::resume(layer, LayerScratchViewMut::new(shape, scratch, &mut batch_loss)?, paused)?;
    samples.step(&Descent::new(T::HALF))?;
    let squares = samples.layer().block_squares(Parameter::KeyQuery);
    digest.scalars(squares.as_flattened());
    digest.bytes(&layer_digest(samples.layer()).to_le_bytes());
    online(shape, memory, scratch, drawn, digest)
}

fn online<T: Scalar>(
    shape: LayerShape,
    memory: &mut [T],
    scratch: &mut [T],
    drawn: &mut [T],
    digest: &mut Digest,
) -> Result<(), Error> {
    let direction = black_box([T::HALF, T::ONE, -T::HALF]);
    let drawn = drawn.get_mut(..layer_drawn_len(shape)).unwrap_or_default();
    let sizes = shape.shape();
    let activation = black_box(Activation::Identity);
    let source = LayerSource { flips: T::HALF, ..LayerSource::gaussian(black_box(4), 2) };
    let descent = Descent::new(T::HALF);
    let (mut steps, mut batch_loss, mut sets) = (0, BatchLoss::ZERO, [0; TOKENS]);
    for kind in 0..4 {
        let loss = if kind == 3 { Loss::Logistic } else { Loss::Squared };
        let settings = LayerSettings { loss, ..LayerSettings::new(shape, activation) };
        let layer = LayerViewMut::resume(shape, memory, &mut steps)?;
        let samples = LayerSamples::new(layer, settings, LayerScratchViewMut::new(shape, scratch, &mut batch_loss)?)?;
        let sets = match shape.form().queries {
            Queries::Sets => &mut sets[..],
            Queries::Tokens => &mut [],
            Queries::Vectors { .. } => return Ok(()),
        };
        let loss = match black_box(kind) {
            0 if !sets.is_empty() => {
                let teacher = Selection::new(sizes, activation, &direction)?;
                let mut online = LayerOnline::new(samples, teacher, source, drawn, sets)?;
                online.step(&descent)?;
                online.mean_loss(SampleStream::new(5), 2)?
            }
            0 | 1 => {
                let teacher = TopK::new(sizes, activation, &direction, &direction, 2)?;
                LayerOnline::new(samples, teacher, source, drawn, sets)?.mean_loss(SampleStream::new(5), 2)?
            }
            2 => {
                let teacher = LearnedWeights::new(sizes, activation, &direction, &direction, T::ONE)?;
                LayerOnline::new(samples, teacher, source, drawn, sets)?.mean_loss(SampleStream::new(5), 2)?
            }
            _ => {
                let teacher = GroupSign::new(sizes, &direction, black_box(1))?;
                LayerOnline::new(samples, teacher, source, drawn, sets)?.mean_loss(SampleStream::new(5), 2)?
            }
        };
        digest.scalars(&[loss]);
    }
    Ok(())
}
