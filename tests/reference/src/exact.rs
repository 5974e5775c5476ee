//! Exact trainings of what is more than position-only attention on squared errors: a label of one group, and sets that come with
//! the sample, listed and drawn. Short, for they run under emulators, too.

use tutee::activation::Activation;
use tutee::digest::{Digest, digest, layer_digest};
use tutee::gradient::label::{GroupLabel, LabelPopulation, label_population_len};
use tutee::gradient::layer::{SelectionPopulation, Sets, selection_population_len};
use tutee::input::SampleStream;
use tutee::layer::{
    Codes, Embedding, Form, KeyQuery, LayerSettings, LayerShape, LayerViewMut, Parameter, Queries, Trained, layer_len,
};
use tutee::loss::Loss;
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::snapshot::{LayerContext, layer_snapshot_len, load, load_layer, save, save_layer, snapshot_len};
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::training::{Measured, Training};
use tutee::{Error, Scalar, Shape};

use crate::memory::{Part, part};
use crate::name::Name;

/// Steps of each training; half of them before the snapshot.
const STEPS: u32 = 8;
/// Members of a set.
const SET: usize = 2;
/// Tokens of the layer, and what its codes have.
const TOKENS: usize = 3;
const WIDTH: usize = 3;
/// Sets that are drawn for a step: more than are worked on together.
const DRAWN: u32 = 18;

/// Digests of all of these in one precision. A training that is refused has the digest 0, which no list holds.
pub(crate) fn all<T: Scalar>(
    precision: &str,
    memory: &mut Part<T>,
    snapshot: &mut [u8],
    entry: &mut impl FnMut(Name<'_>, u64),
) {
    let mut give = |task: &str, mode: &str, digest: Result<u64, Error>| {
        entry(Name([precision, task, mode]), digest.unwrap_or_default());
    };
    give("exact-label", "population", label(memory, None));
    give("exact-label", "measure", label_measure(memory));
    give("exact-label", "population-resumed", label(memory, Some(snapshot)));
    give("exact-selection", "population", selection(memory, Sets::All, None));
    let drawn = Sets::Drawn { stream: SampleStream::at(3, 1 << 40), count: DRAWN };
    give("exact-selection", "drawn", selection(memory, drawn, None));
    give("exact-selection", "measure", selection_measure(memory));
    give("exact-selection", "drawn-resumed", selection(memory, drawn, Some(snapshot)));
}

fn descent<T: Scalar>() -> Descent<T> {
    Descent::new(T::HALF).with_attention_rate(T::TWO)
}

/// A classifier and what decides the label.
struct Label<'m, T> {
    shape: Shape,
    student: &'m mut [T],
    steps: &'m mut u64,
    direction: &'m mut [T],
    scratch: &'m mut [T],
}

impl<'m, T: Scalar> Label<'m, T> {
    fn new(memory: &'m mut Part<T>) -> Result<Self, Error> {
        let shape = Shape::new(1, 3, 5, 3)?;
        let direction = part(&mut memory.value, shape.features())?;
        SampleStream::new(6).sample().gaussian_fill(direction);
        let student = part(&mut memory.student, student_len(shape))?;
        Ok(Self { shape, student, steps: &mut memory.steps, direction, scratch: &mut memory.scratch })
    }

    fn student(&mut self) -> Result<StudentViewMut<'_, T>, Error> {
        StudentViewMut::new(self.shape, self.student, self.steps)
    }

    fn training(&mut self) -> Result<LabelPopulation<'_, T>, Error> {
        let scratch = part(self.scratch, label_population_len(self.shape))?;
        let student = StudentViewMut::new(self.shape, self.student, self.steps)?;
        LabelPopulation::new(student, decided_by(self.direction)?, scratch)
    }

    fn reset(&mut self) {
        self.student.fill(T::ZERO);
        *self.steps = 0;
    }
}

fn decided_by<T: Scalar>(direction: &[T]) -> Result<GroupLabel<'_, T>, Error> {
    GroupLabel::new(direction, 1, T::from_u32(3) / T::from_u32(4), T::ONE / T::from_u32(8))
}

/// Learns the label; with `snapshot`, half the way is taken by a student that is saved and erased.
#[inline(never)]
fn label<T: Scalar>(memory: &mut Part<T>, mut snapshot: Option<&mut [u8]>) -> Result<u64, Error> {
    let mut run = Label::new(memory)?;
    run.reset();
    for step in 0..STEPS {
        if let (Some(bytes), true) = (snapshot.as_deref_mut(), step == STEPS / 2) {
            let bytes = part(bytes, snapshot_len::<T>(run.shape))?;
            save(run.student()?.view(), None, bytes)?;
            run.reset();
            load(bytes, &mut run.student()?)?;
        }
        run.training()?.step(&descent())?;
    }
    Ok(digest(run.student()?.view()))
}

/// Losses and the norm of the gradient of the student that the last training left behind.
#[inline(never)]
fn label_measure<T: Scalar>(memory: &mut Part<T>) -> Result<u64, Error> {
    let mut run = Label::new(memory)?;
    let mut training = run.training()?;
    let (loss, measure) = (training.loss()?, training.measure());
    let label = decided_by(run.direction)?;
    let mut digest = Digest::new();
    digest.scalars(&[loss, measure.excess_loss, measure.gradient_norm, label.entropy(), label.least_loss()]);
    Ok(digest.finish())
}

/// A layer that is asked by sets, and the filters of its teacher.
struct Selection<'m, T> {
    shape: LayerShape,
    settings: LayerSettings<T>,
    parameters: &'m mut [T],
    steps: &'m mut u64,
    teacher: &'m mut [T],
    scratch: &'m mut [T],
}

impl<'m, T: Scalar> Selection<'m, T> {
    fn new(memory: &'m mut Part<T>) -> Result<Self, Error> {
        let form = Form {
            embedding: Embedding::Concatenated,
            codes: Codes::Fixed { width: WIDTH },
            key_query: KeyQuery::Merged,
            queries: Queries::Sets,
        };
        let shape = LayerShape::new(Shape::new(1, 2, TOKENS, 2)?, form)?;
        let trained = Trained { value_content: true, position_position: true, ..Trained::NONE };
        let activation = Activation::LeakyRelu(T::ONE / T::from_u32(10));
        let scale = T::from_u32(3) / T::from_u32(4);
        let teacher = part(&mut memory.value, shape.shape().value_len())?;
        SampleStream::new(6).sample().gaussian_fill(teacher);
        Ok(Self {
            shape,
            settings: LayerSettings { scale, activation, loss: Loss::Squared, trained },
            parameters: part(&mut memory.student, layer_len(shape))?,
            steps: &mut memory.steps,
            teacher,
            scratch: &mut memory.scratch,
        })
    }

    fn layer(&mut self) -> Result<LayerViewMut<'_, T>, Error> {
        LayerViewMut::new(self.shape, self.parameters, self.steps)
    }

    /// All of it zero but the codes.
    fn start(&mut self) -> Result<(), Error> {
        self.parameters.fill(T::ZERO);
        *self.steps = 0;
        let mut filled = [T::ZERO; TOKENS * WIDTH];
        codes::sine(MatrixViewMut::new("codes", &mut filled, TOKENS, WIDTH)?);
        self.layer()?.set(Parameter::Codes, &filled)
    }

    fn training<'t>(&'t mut self, sets: Sets, set: &'t mut [u32]) -> Result<SelectionPopulation<'t, T>, Error> {
        let scratch = part(self.scratch, selection_population_len(self.shape))?;
        let layer = LayerViewMut::new(self.shape, self.parameters, self.steps)?;
        SelectionPopulation::new(layer, self.settings, self.teacher, sets, set, scratch)
    }
}

/// Learns the sets; with `snapshot`, layer and stream are saved half way, and erased.
#[inline(never)]
fn selection<T: Scalar>(memory: &mut Part<T>, mut sets: Sets, mut snapshot: Option<&mut [u8]>) -> Result<u64, Error> {
    let mut run = Selection::new(memory)?;
    run.start()?;
    let mut set = [0; SET];
    for step in 0..STEPS {
        if let (Some(bytes), Sets::Drawn { stream, count }, true) = (snapshot.as_deref_mut(), sets, step == STEPS / 2) {
            let context = LayerContext { stream: Some(stream), settings: run.settings };
            let bytes = part(bytes, layer_snapshot_len::<T>(run.shape))?;
            save_layer(run.layer()?.view(), &context, bytes)?;
            run.start()?;
            let found = load_layer(bytes, &mut run.layer()?)?;
            run.settings = found.settings;
            sets = Sets::Drawn { stream: found.stream.ok_or(Error::NoSamples)?, count };
        }
        let mut training = run.training(sets, &mut set)?;
        training.step(&descent())?;
        sets = training.sets();
    }
    Ok(layer_digest(run.layer()?.view()))
}

/// Loss over all sets and both gradients of the layer that the last training left behind.
#[inline(never)]
fn selection_measure<T: Scalar>(memory: &mut Part<T>) -> Result<u64, Error> {
    let mut run = Selection::new(memory)?;
    let (shape, mut set, mut digest) = (run.shape, [0; SET], Digest::new());
    let mut gradient = [T::ZERO; (2 + WIDTH) * WIDTH];
    let mut training = run.training(Sets::All, &mut set)?;
    digest.scalars(&[training.excess_loss(Sets::All)?]);
    for parameter in [Parameter::Value, Parameter::KeyQuery] {
        let gradient = part(&mut gradient, shape.parameter_len(parameter))?;
        training.gradient(parameter, gradient)?;
        digest.scalars(gradient);
    }
    Ok(digest.finish())
}
