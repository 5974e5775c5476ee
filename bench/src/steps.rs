//! Whole steps: along the exact gradient, and online with fresh batches; sizes known at run time or in the types. The
//! teacher averages groups of consecutive tokens, as a convolution with average pooling does.

use aligned_vec::avec;
use tutee::activation::Activation;
use tutee::gradient::online::{Online, OnlineScratch, OnlineScratchViewMut, Source, online_scratch_wide_len};
use tutee::gradient::population::{Population, PopulationScratch, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::BatchLoss;
use tutee::input::SampleStream;
use tutee::matrix::{Matrix, MatrixViewMut};
use tutee::step::Descent;
use tutee::student::{Student, StudentViewMut, student_len};
use tutee::teacher::family::unit_filters;
use tutee::teacher::{Teacher, TeacherView};
use tutee::training::Measured;
use tutee::vector::LINE;
use tutee::{Error, Scalar, Shape};

/// Samples of an online step in the tables.
pub const BATCH: u32 = 64;
/// Tokens that an output of the teacher averages.
pub const GROUP: usize = 4;
/// Times the group over the outputs.
const VALUE_RATE: f64 = 0.25;
const ATTENTION_RATE: f64 = 16.0;

/// Which gradient a step follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gradient {
    /// Exact, over all Gaussian inputs.
    Exact,
    /// That of a fresh batch.
    Online,
}

impl Gradient {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Exact, Self::Online];

    /// What tables call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Online => "online",
        }
    }
}

/// Filters, features, tokens, outputs.
pub type Sizes = [usize; 4];

/// The sizes of the tables.
pub const SIZES: [Sizes; 3] = [[4, 8, 16, 16], [16, 16, 64, 64], [64, 64, 256, 256]];

/// What takes a step each time it is called.
pub type Step<'s> = dyn FnMut() + 's;

/// What the students of a table learn: filters of norm one, and outputs that average groups of consecutive tokens.
#[derive(Clone, Debug)]
pub struct Task<T> {
    shape: Shape,
    value: Vec<T>,
    mixing: Vec<T>,
}

impl<T: Scalar> Task<T> {
    /// The task of these sizes.
    ///
    /// # Errors
    /// Sizes that the library refuses.
    pub fn new([filters, features, tokens, outputs]: Sizes) -> Result<Self, Error> {
        let shape = Shape::new(filters, features, tokens, outputs)?;
        let (mut value, mut mixing) = (vec![T::ZERO; shape.value_len()], vec![T::ZERO; shape.mixing_len()]);
        fill_value(&mut value, features);
        fill_mixing(MatrixViewMut::new("mixing", &mut mixing, outputs, tokens)?);
        Ok(Self { shape, value, mixing })
    }

    /// The sizes.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// The teacher's filters, one after the other.
    pub fn value(&self) -> &[T] {
        &self.value
    }

    /// The teacher.
    ///
    /// # Errors
    /// None, for a task that was made by [`Task::new`].
    pub fn teacher(&self) -> Result<TeacherView<'_, T>, Error> {
        TeacherView::new(self.shape, Activation::Relu, &self.value, &self.mixing)
    }

    /// This task with its numbers in double precision.
    pub fn widened(&self) -> Task<f64> {
        let wide = |matrix: &[T]| matrix.iter().map(|x| x.to_f64()).collect();
        Task { shape: self.shape, value: wide(&self.value), mixing: wide(&self.mixing) }
    }
}

/// Hands `work` a training from zero, of sizes that are known at run time; batches are those of the stream that `seed`
/// names.
///
/// # Errors
/// None, for a task that was made by [`Task::new`].
pub fn train<T: Scalar, R>(
    task: &Task<T>,
    gradient: Gradient,
    batch: u32,
    seed: u64,
    work: impl FnOnce(&mut dyn Measured<T>) -> R,
) -> Result<R, Error> {
    let (shape, teacher) = (task.shape, task.teacher()?);
    let (mut memory, mut steps) = (avec![[LINE]| T::ZERO; student_len(shape)], 0);
    let student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
    match gradient {
        Gradient::Exact => {
            let mut scratch = avec![[LINE]| T::ZERO; population_scratch_len(shape)];
            let scratch = PopulationScratchViewMut::new(shape, &mut scratch)?;
            Ok(work(&mut Population::new(student, teacher, scratch)?))
        }
        Gradient::Online => {
            let (mut scratch, mut batch_loss) =
                (avec![[LINE]| T::ZERO; online_scratch_wide_len(shape)], BatchLoss::ZERO);
            let scratch = OnlineScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
            Ok(work(&mut Online::new(student, teacher, Source::gaussian(seed, batch), scratch)?))
        }
    }
}

/// Hands `work` a student that takes a step of `batch` samples each time it is called, of sizes that are known at run
/// time.
///
/// # Errors
/// Sizes that the library refuses.
pub fn with<T: Scalar, R>(
    gradient: Gradient,
    sizes: Sizes,
    batch: u32,
    work: impl FnOnce(&mut Step<'_>) -> R,
) -> Result<R, Error> {
    let [_, features, _, outputs] = sizes;
    let descent = descent(gradient, features, outputs, batch);
    train(&Task::<T>::new(sizes)?, gradient, batch, 1, |training| work(&mut steps_of(training, descent)))
}

/// Hands `work` a student that takes a step each time it is called, with sizes in the types, which must be one of [`SIZES`].
///
/// # Errors
/// [`Error::OutOfRange`] for other sizes.
pub fn with_fixed<T: Scalar, R>(
    gradient: Gradient,
    sizes: Sizes,
    batch: u32,
    work: impl FnOnce(&mut Step<'_>) -> R,
) -> Result<R, Error> {
    match sizes {
        [4, 8, 16, 16] => fixed::<T, R, 4, 8, 16, 16>(gradient, batch, work),
        [16, 16, 64, 64] => fixed::<T, R, 16, 16, 64, 64>(gradient, batch, work),
        [64, 64, 256, 256] => fixed::<T, R, 64, 64, 256, 256>(gradient, batch, work),
        _ => Err(Error::OutOfRange { what: "the sizes must be those of a table" }),
    }
}

fn fixed<T: Scalar, R, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>(
    gradient: Gradient,
    batch: u32,
    work: impl FnOnce(&mut Step<'_>) -> R,
) -> Result<R, Error> {
    let mut value = Box::new(Matrix::<T, FILTERS, FEATURES>::ZERO);
    fill_value(value.as_mut_slice(), FEATURES);
    let mut teacher = Box::new(Teacher::<T, FILTERS, FEATURES, TOKENS, OUTPUTS>::ZERO);
    teacher.fill(Activation::Relu, &value, |mixing| {
        fill_mixing(mixing);
        Ok(())
    })?;
    let mut student = Box::new(Student::ZERO);
    let descent = descent(gradient, FEATURES, OUTPUTS, batch);
    match gradient {
        Gradient::Exact => {
            let mut scratch = Box::new(PopulationScratch::ZERO);
            Ok(work(&mut steps_of(&mut Population::of(&mut student, &teacher, &mut scratch), descent)))
        }
        Gradient::Online => {
            let mut scratch = Box::new(OnlineScratch::ZERO);
            let source = Source::gaussian(1, batch);
            Ok(work(&mut steps_of(&mut Online::of(&mut student, &teacher, source, &mut scratch)?, descent)))
        }
    }
}

/// # Panics
/// When a step is refused: the rates are chosen so that none is.
fn steps_of<T: Scalar>(training: &mut dyn Measured<T>, descent: Descent<T>) -> impl FnMut() {
    move || training.step(&descent).expect("the rates are stable")
}

/// Rates that are stable at every size, in small batches of tokens of many features, too.
fn descent<T: Scalar>(gradient: Gradient, features: usize, outputs: usize, batch: u32) -> Descent<T> {
    let calm = match gradient {
        Gradient::Exact => 1.0,
        Gradient::Online => f64::from(batch) / (f64::from(batch) + features as f64),
    };
    let share = calm * GROUP as f64 / outputs as f64;
    Descent::new(T::from_f64(VALUE_RATE * share)).with_attention_rate(T::from_f64(ATTENTION_RATE * share))
}

/// Filters of norm one.
fn fill_value<T: Scalar>(value: &mut [T], features: usize) {
    unit_filters(value, features, &mut SampleStream::new(1).sample());
}

/// Every output averages a group of consecutive tokens; where outputs are as many as tokens, the group that it stands in.
fn fill_mixing<T: Scalar>(mut mixing: MatrixViewMut<'_, T>) {
    let (groups, outputs) = (mixing.cols() / GROUP, mixing.rows());
    for (j, row) in mixing.iter_rows_mut().enumerate() {
        let begin = j * groups / outputs * GROUP;
        for (t, s) in row.iter_mut().enumerate() {
            *s = if (begin..begin + GROUP).contains(&t) { T::from_f64(1.0 / GROUP as f64) } else { T::ZERO };
        }
    }
}
