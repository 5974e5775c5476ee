//! Everything that the library has for Rust: the reference list, which goes through the operations and the trainings by
//! way of slices, then the same by way of types that know their sizes, and what is on no list.

use core::hint::black_box;
use core::ops::ControlFlow;

use tutee::activation::Activation;
use tutee::digest::Digest;
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::gradient::population::{Population, PopulationScratch, measure};
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::kernel::reduce::dot;
use tutee::matrix::{Matrix, MatrixViewMut};
use tutee::position::{self, kq_to_logits, logits_to_kq, orthonormality_error, orthonormality_tolerance};
use tutee::predict::forward;
use tutee::recovery::{cosine, law, log_log_slope, recovery, right_mass};
use tutee::snapshot::{inspect, load, save};
use tutee::step::Descent;
use tutee::student::Student;
use tutee::teacher::patches::PatchGrid;
use tutee::teacher::{Teacher, convolution, graph, group_sparse, token_selection};
use tutee::trace::{Schedule, Trace, TracePoint};
use tutee::training::{Measured, StopRule, Training, run};
use tutee::{Error, Scalar};
use tutee_reference::Memory;

use crate::exact::{Exact, exact};
use crate::layers::{Layers, layers};
use crate::place::Place;
use crate::rules::{Ruled, rules};

const FILTERS: usize = 2;
const FEATURES: usize = 4;
const TOKENS: usize = 8;
const OUTPUTS: usize = 8;
/// Bytes of a snapshot of a student of 72 parameters in f64.
const SNAPSHOT: usize = 100 + 16 * 72;

/// Everything of one precision.
struct Doors<T> {
    teacher: Teacher<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    student: Student<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    population: PopulationScratch<T, FILTERS, TOKENS, OUTPUTS>,
    samples: SampleScratch<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    online: OnlineScratch<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    attention: Matrix<T, OUTPUTS, TOKENS>,
    position: Matrix<T, TOKENS, TOKENS>,
    kq: Matrix<T, TOKENS, TOKENS>,
    x: Matrix<T, TOKENS, FEATURES>,
    y: Matrix<T, OUTPUTS, FILTERS>,
    row: [T; TOKENS],
    trace: Trace<T, 4>,
}

impl<T: Scalar> Doors<T> {
    const ZERO: Self = Self {
        teacher: Teacher::ZERO,
        student: Student::ZERO,
        population: PopulationScratch::ZERO,
        samples: SampleScratch::ZERO,
        online: OnlineScratch::ZERO,
        attention: Matrix::ZERO,
        position: Matrix::ZERO,
        kq: Matrix::ZERO,
        x: Matrix::ZERO,
        y: Matrix::ZERO,
        row: [T::ZERO; TOKENS],
        trace: Trace::new(),
    };
}

static LIST: Place<Memory> = Place::new(Memory::ZERO);
static SINGLE: Place<Doors<f32>> = Place::new(Doors::ZERO);
static DOUBLE: Place<Doors<f64>> = Place::new(Doors::ZERO);
static SINGLE_LAYERS: Place<Layers<f32>> = Place::new(Layers::ZERO);
static DOUBLE_LAYERS: Place<Layers<f64>> = Place::new(Layers::ZERO);
static SINGLE_EXACT: Place<Exact<f32>> = Place::new(Exact::ZERO);
static DOUBLE_EXACT: Place<Exact<f64>> = Place::new(Exact::ZERO);
static SINGLE_RULES: Place<Ruled<f32>> = Place::new(Ruled::ZERO);
static DOUBLE_RULES: Place<Ruled<f64>> = Place::new(Ruled::ZERO);
static BYTES: Place<[u8; SNAPSHOT]> = Place::new([0; SNAPSHOT]);

/// Runs all of it. Gives the digest of the reference list with what came after it.
///
/// # Errors
/// What the library refuses, which is nothing here.
pub fn all() -> Result<u32, Error> {
    // SAFETY: a program calls this once, so nobody else has them.
    let (list, single, double, bytes) = unsafe { (LIST.take(), SINGLE.take(), DOUBLE.take(), BYTES.take()) };
    let mut digest = Digest::new();
    tutee::environment::check()?;
    digest.bytes(&[tutee::environment::is_default() as u8]);
    tutee_reference::compute(list, |_, entry| digest.bytes(&entry.to_le_bytes()));
    doors(single, bytes, &mut digest)?;
    doors(double, bytes, &mut digest)?;
    // SAFETY: as above.
    let (single, double) = unsafe { (SINGLE_LAYERS.take(), DOUBLE_LAYERS.take()) };
    layers(single, &mut digest)?;
    layers(double, &mut digest)?;
    // SAFETY: as above.
    let (single, double) = unsafe { (SINGLE_EXACT.take(), DOUBLE_EXACT.take()) };
    exact(single, &mut digest)?;
    exact(double, &mut digest)?;
    // SAFETY: as above.
    let (single, double) = unsafe { (SINGLE_RULES.take(), DOUBLE_RULES.take()) };
    rules(single, &mut digest)?;
    rules(double, &mut digest)?;
    let digest = digest.finish();
    Ok((digest ^ digest >> 32) as u32)
}

/// What types that know their sizes can do.
fn doors<T: Scalar>(memory: &mut Doors<T>, bytes: &mut [u8], digest: &mut Digest) -> Result<(), Error> {
    let Doors { teacher, student, population, samples, online, attention, position, kq, x, y, row, trace } = memory;
    let tenth = T::ONE / T::from_u32(10);
    let activation = black_box(Activation::LeakyRelu(tenth));
    let filters = black_box(Matrix::from_rows([[T::HALF, T::ONE, -T::HALF, tenth], [-T::HALF, tenth, T::ONE, T::TWO]]));

    // Teachers of every family; the last one stays.
    let pooling = convolution::WindowPooling { grid_rows: 2, grid_cols: 4, window_rows: 2, window_cols: black_box(2) };
    teacher.fill(activation, &filters, |mixing| convolution::window_pooling(mixing, &pooling))?;
    teacher.fill(activation, &filters, |mixing| graph::cycle(mixing, black_box(1)))?;
    let ring = black_box([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 0)]);
    teacher.fill(activation, &filters, |mixing| graph::from_edges(mixing, &ring, graph::SelfLoops::Omit))?;
    teacher.fill(activation, &filters, |mixing| token_selection::select(mixing, &black_box([1, 5])))?;
    teacher.fill(activation, &filters, |mixing| group_sparse::select_group(mixing, black_box(3)))?;
    teacher.fill(activation, &filters, |mixing| convolution::average_pooling(mixing, black_box(4)))?;
    let view = teacher.view();
    let group = view.group().unwrap_or(0);
    digest.scalars(view.value_matrix()?.as_slice());
    digest.scalars(view.mixing_matrix()?.row(black_box(1)).unwrap_or(&[]));

    // The exact gradient, until a rule holds.
    let stop = StopRule { gradient_norm: Some(T::EPSILON), check_every: 2, ..StopRule::steps(6) };
    let descent = black_box(Descent::new(T::HALF).with_attention_rate(T::ONE));
    let stopped = run(
        &mut Population::of(student, teacher, population),
        &descent,
        &stop,
        Schedule::per_decade(3),
        |training: &mut Population<'_, T>| {
            trace.record(TracePoint { step: training.student().steps(), excess_loss: training.measure().excess_loss });
            ControlFlow::Continue(())
        },
    )?;
    digest.bytes(&[stopped as u8, trace.is_complete() as u8]);
    let points = trace.points().iter().map(|point| (point.step as f64 + 1.0, point.excess_loss.to_f64()));
    digest.scalars(&[log_log_slope(points).unwrap_or(0.0), law(group, OUTPUTS, TOKENS, 0.5, student.steps())]);

    // A snapshot, there and back; the exact gradient by itself.
    let bytes = bytes.get_mut(..tutee::snapshot::snapshot_len::<T>(student.view().shape())).unwrap_or_default();
    save(student.view(), None, bytes)?;
    student.reset();
    digest.bytes(&[inspect(bytes)?.scalar_bits as u8]);
    load(bytes, &mut student.view_mut())?;
    Population::of(student, teacher, population).gradient(filters_of(x), attention.as_mut_slice())?;
    digest.scalars(x.as_slice());
    let measured = measure(student.view(), teacher.view(), population.view_mut())?;
    digest.scalars(&[measured.excess_loss, measured.gradient_norm]);

    // Online, and from pairs.
    let mut training = Online::of(student, teacher, Source::gaussian(black_box(7), 3), online)?;
    training.step(&descent)?;
    let mut stream = training.stream();
    let mut training = Samples::of(student, activation, samples)?;
    for _ in 0..3 {
        stream.sample().gaussian_fill(x.as_mut_slice());
        let taught = teacher.view();
        let (x, y) = (x.as_slice(), y.as_mut_slice());
        forward(taught.shape(), activation, (taught.value(), taught.mixing()), x, row, y)?;
        training.accumulate(x, y)?;
    }
    let paused = training.pause();
    let mut training = Samples::resume(student.view_mut(), samples.view_mut(), paused)?;
    digest.scalars(&[training.batch_loss().mean_loss().unwrap_or(T::ZERO)]);
    training.gradient(filters_of(x), attention.as_mut_slice())?;
    training.step(&descent)?;
    digest.scalars(x.as_slice());

    // Prediction, recovery, positions.
    student.attention(attention);
    let weights = (student.value().as_slice(), attention.as_slice());
    forward(student.view().shape(), activation, weights, x.as_slice(), row, y.as_mut_slice())?;
    digest.scalars(y.as_slice());
    let found = recovery(student.view(), teacher.view(), row)?;
    digest.scalars(&[found.attention_error_max, right_mass(attention.as_slice(), teacher.view().mixing())]);
    digest.scalars(&[cosine(x.as_slice(), x.as_slice()).unwrap_or(T::ZERO), dot(x.as_slice(), x.as_slice())]);
    for fill in [position::identity, position::sinusoidal, position::hadamard, position::cosine::<T>] {
        let fill: fn(MatrixViewMut<'_, T>) -> Result<(), Error> = fill;
        fill(position.view_mut())?;
        digest.scalars(&[orthonormality_error(position.view()), orthonormality_tolerance(black_box(TOKENS))]);
    }
    position::random_orthonormal(position.view_mut(), black_box(1))?;
    logits_to_kq(position.view(), student.logits().view(), kq.view_mut())?;
    kq_to_logits(position.view(), kq.view(), attention.view_mut())?;
    student.view_mut().set_logits(attention.as_slice())?;
    student.view_mut().set_value(filters.as_slice())?;
    digest.bytes(&tutee::digest::digest(student.view()).to_le_bytes());

    // Tokens from an image.
    let grid = PatchGrid::new(3, black_box(5), 2, 2, 2, 1)?;
    let (image, mut tokens) = (black_box([1_u8; 15]), [0; 24]);
    grid.extract(&image, 0, &mut tokens)?;
    digest.bytes(&tokens);
    Ok(())
}

/// The first elements of a matrix of inputs, as many as there are weights in the filters.
fn filters_of<T: Scalar>(x: &mut Matrix<T, TOKENS, FEATURES>) -> &mut [T] {
    x.as_mut_slice().get_mut(..FILTERS * FEATURES).unwrap_or_default()
}
