//! Exact trainings beside the paper's, labels and sets that come with the sample, and a layer as teacher, kept and gone on with.

use core::hint::black_box;

use tutee::activation::Activation;
use tutee::digest::{Digest, layer_digest};
use tutee::gradient::label::{GroupLabel, LabelPopulation, label_population_len};
use tutee::gradient::layer::{
    LayerOnline, LayerSamples, LayerScratchViewMut, LayerSource, SelectionPopulation, Sets, layer_drawn_len,
    layer_scratch_len, selection_population_len, set_count,
};
use tutee::gradient::samples::BatchLoss;
use tutee::input::SampleStream;
use tutee::layer::{Form, LayerSettings, LayerShape, LayerViewMut, Parameter, Queries, Trained, layer_len};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::recovery::laws::{group_label_law, selection_law, selection_mass};
use tutee::snapshot::{LayerContext, inspect_layer, layer_snapshot_len, load_layer, save_layer};
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::per_sample::{Map, SelfAttention};
use tutee::training::{Measured, Training};
use tutee::{Error, Scalar, Shape};

const TOKENS: usize = 3;
const FEATURES: usize = 2;

// A function would be called on the chip, and have its panic there.
const SIZES: Shape = {
    let Ok(shape) = Shape::new(1, FEATURES, TOKENS, TOKENS) else { panic!("sizes") };
    shape
};

/// A layer that sets ask, and one whose tokens do.
const fn shape(queries: Queries) -> LayerShape {
    let Ok(shape) = LayerShape::new(SIZES, Form { queries, ..Form::concatenated(TOKENS) }) else { panic!("form") };
    shape
}

const fn larger(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

const ASKED: LayerShape = shape(Queries::Sets);
const ASKING: LayerShape = shape(Queries::Tokens);
const LAYER: usize = larger(layer_len(ASKED), layer_len(ASKING));
const WORKING: usize = larger(
    larger(selection_population_len(ASKED), layer_scratch_len(ASKING)),
    larger(label_population_len(SIZES), student_len(SIZES)),
);
/// Of a snapshot in f64: parameters, carries, and what stands before and behind them.
const BYTES: usize = 256 + 16 * layer_len(ASKING);

/// What it takes in one precision.
pub struct Exact<T> {
    layer: [T; LAYER],
    working: [T; WORKING],
    student: [T; student_len(SIZES)],
    drawn: [T; layer_drawn_len(ASKING)],
    bytes: [u8; BYTES],
}

impl<T: Scalar> Exact<T> {
    /// Nothing yet.
    pub const ZERO: Self = Self {
        layer: [T::ZERO; LAYER],
        working: [T::ZERO; WORKING],
        student: [T::ZERO; student_len(SIZES)],
        drawn: [T::ZERO; layer_drawn_len(ASKING)],
        bytes: [0; BYTES],
    };
}

/// All of it.
///
/// # Errors
/// What the library refuses, which is nothing here.
pub fn exact<T: Scalar>(memory: &mut Exact<T>, digest: &mut Digest) -> Result<(), Error> {
    labels(memory, digest)?;
    sets(memory, digest)?;
    taught_by_a_layer(memory, digest)
}

fn labels<T: Scalar>(memory: &mut Exact<T>, digest: &mut Digest) -> Result<(), Error> {
    let direction = black_box([T::HALF, -T::ONE]);
    let label = GroupLabel::new(&direction, black_box(1), T::ONE, black_box(T::HALF * T::HALF))?;
    let mut steps = 0;
    let student = StudentViewMut::new(SIZES, &mut memory.student, &mut steps)?;
    let working = memory.working.get_mut(..label_population_len(SIZES)).unwrap_or_default();
    let mut training = LabelPopulation::new(student, label, working)?;
    training.step(&Descent::new(T::HALF))?;
    let measure = training.measure();
    let (mut d_value, mut d_logits) = ([T::ZERO; FEATURES], [T::ZERO; TOKENS * TOKENS]);
    training.gradient(&mut d_value, &mut d_logits)?;
    digest.scalars(&[training.loss()?, measure.excess_loss, measure.gradient_norm, label.least_loss()]);
    digest.scalars(&d_value);
    digest.scalars(&d_logits);
    let law = group_label_law(black_box(TOKENS), 1.0, 0.5, training.steps());
    digest.scalars(&[T::from_f64(law)]);
    Ok(())
}

fn sets<T: Scalar>(memory: &mut Exact<T>, digest: &mut Digest) -> Result<(), Error> {
    let mut steps = 0;
    let mut layer = LayerViewMut::new(ASKED, fresh(&mut memory.layer, layer_len(ASKED)), &mut steps)?;
    stand(&mut layer)?;
    let settings =
        LayerSettings { trained: Trained::POSITION_ONLY, ..LayerSettings::new(ASKED, black_box(Activation::Identity)) };
    let (value, mut set) = (black_box([T::HALF, -T::ONE]), [0; 2]);
    let working = memory.working.get_mut(..selection_population_len(ASKED)).unwrap_or_default();
    let mut training = SelectionPopulation::new(layer, settings, &value, black_box(Sets::All), &mut set, working)?;
    training.step(&Descent::new(T::HALF))?;
    let mut gradient = [T::ZERO; 64];
    let len = ASKED.parameter_len(Parameter::KeyQuery);
    training.gradient(Parameter::KeyQuery, gradient.get_mut(..len).unwrap_or_default())?;
    digest.scalars(&gradient);
    digest.scalars(&[training.excess_loss(Sets::Drawn { stream: SampleStream::new(black_box(3)), count: 2 })?]);
    let count = f64::from(set_count(black_box(TOKENS), 2).unwrap_or(0));
    let law = selection_law(black_box(TOKENS), 1.0, 0.5, 1);
    digest.scalars(&[T::from_f64(count), T::from_f64(law), T::from_f64(selection_mass(2, black_box(TOKENS), law))]);
    Ok(())
}

fn taught_by_a_layer<T: Scalar>(memory: &mut Exact<T>, digest: &mut Digest) -> Result<(), Error> {
    let (value, map) = (black_box([T::HALF, -T::ONE]), black_box([T::ONE, T::HALF]));
    let map = Map { rows: &map, scale: T::HALF };
    let fixed = [T::HALF; TOKENS * TOKENS];
    let activation = black_box(Activation::Relu);
    let teacher = SelfAttention::new(SIZES, activation, &value, map, (&fixed, black_box(T::HALF)))?;
    let (mut steps, mut batch_loss) = (0, BatchLoss::ZERO);
    let len = layer_len(ASKING);
    let mut layer = LayerViewMut::new(ASKING, fresh(&mut memory.layer, len), &mut steps)?;
    stand(&mut layer)?;
    let settings = LayerSettings::new(ASKING, activation);
    let scratch = memory.working.get_mut(..layer_scratch_len(ASKING)).unwrap_or_default();
    let samples = LayerSamples::new(layer, settings, LayerScratchViewMut::new(ASKING, scratch, &mut batch_loss)?)?;
    let source = LayerSource::gaussian(black_box(4), 2);
    let mut online = LayerOnline::new(samples, teacher, source, &mut memory.drawn, &mut [])?;
    online.step(&Descent::new(T::HALF))?;
    let context = LayerContext { stream: Some(online.source().stream), settings };
    let bytes = memory.bytes.get_mut(..layer_snapshot_len::<T>(ASKING)).unwrap_or_default();
    save_layer(online.layer(), &context, bytes)?;
    digest.bytes(&[inspect_layer(bytes)?.header.scalar_bits as u8]);
    let mut layer = LayerViewMut::resume(ASKING, memory.layer.get_mut(..len).unwrap_or_default(), &mut steps)?;
    let loaded = load_layer(bytes, &mut layer)?;
    digest.bytes(&[u8::from(loaded.stream.is_some())]);
    digest.bytes(&layer_digest(layer.view()).to_le_bytes());
    Ok(())
}

/// Codes of the identity.
fn stand<T: Scalar>(layer: &mut LayerViewMut<'_, T>) -> Result<(), Error> {
    let mut table = [T::ZERO; TOKENS * TOKENS];
    codes::identity(MatrixViewMut::new("codes", &mut table, TOKENS, TOKENS)?)?;
    layer.set(Parameter::Codes, &table)
}

/// The first so many elements.
fn fresh<T>(memory: &mut [T], len: usize) -> &mut [T] {
    memory.get_mut(..len).unwrap_or_default()
}
