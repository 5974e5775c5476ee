//! Whole online steps of a layer whose tokens are content and code, concatenated, and ask: merged matrices, and separate ones.
//! Codes are the rows of the identity; the teacher is that of [`steps`](crate::steps).

use aligned_vec::avec;
use tutee::gradient::layer::{
    LayerOnline, LayerSamples, LayerScratchViewMut, LayerSource, layer_drawn_len, layer_scratch_wide_len,
};
use tutee::gradient::samples::BatchLoss;
use tutee::layer::{Form, KeyQuery, LayerSettings, LayerShape, LayerViewMut, Parameter, Start, Trained, layer_len};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::step::Descent;
use tutee::teacher::TeacherView;
use tutee::training::Training;
use tutee::vector::LINE;
use tutee::{Error, Scalar};

use crate::steps::{Sizes, Step, Task};

/// One matrix W_KQ, or two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrices {
    /// W_KQ.
    Merged,
    /// W_K and W_Q, with keys of twice as many entries as there are features.
    Separate,
}

impl Matrices {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Merged, Self::Separate];

    /// What tables and peers call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::Separate => "separate",
        }
    }
}

/// Filters, features, tokens, outputs.
pub const SIZES: [Sizes; 3] = [[4, 8, 16, 16], [16, 16, 64, 64], [32, 32, 128, 128]];

/// W_V moves slowly where many tokens are averaged with equal weights; W_KQ hardly moves unless it is fast.
pub const VALUE_RATE: f64 = 0.25;
/// See [`VALUE_RATE`].
pub const ATTENTION_RATE: f64 = 1.0;

/// A layer in training.
pub type Online<'t, T> = LayerOnline<'t, T, TeacherView<'t, T>>;

/// The sizes of the layer that learns a task.
///
/// # Errors
/// None, for a task of legal sizes.
pub fn layer_shape<T: Scalar>(task: &Task<T>, matrices: Matrices) -> Result<LayerShape, Error> {
    let form = Form::concatenated(task.shape().tokens());
    let key_query = match matrices {
        Matrices::Merged => KeyQuery::Merged,
        Matrices::Separate => KeyQuery::Separate { keys: 2 * task.shape().features() },
    };
    LayerShape::new(task.shape(), Form { key_query, ..form })
}

/// Hands `work` a training: merged matrices set out from zero, separate ones from `W_K = I` and `W_Q = 0`. Batches are those of
/// the stream that `seed` names.
///
/// # Errors
/// None, for a task that was made by [`Task::new`].
pub fn train<T: Scalar, R>(
    task: &Task<T>,
    matrices: Matrices,
    batch: u32,
    seed: u64,
    work: impl FnOnce(&mut Online<'_, T>) -> R,
) -> Result<R, Error> {
    let shape = layer_shape(task, matrices)?;
    let (mut memory, mut steps) = (avec![[LINE]| T::ZERO; layer_len(shape)], 0);
    let mut layer = LayerViewMut::new(shape, &mut memory, &mut steps)?;
    let (tokens, width) = (task.shape().tokens(), shape.code_width());
    let mut identity = vec![T::ZERO; tokens * width];
    codes::identity(MatrixViewMut::new("codes", &mut identity, tokens, width)?)?;
    layer.set(Parameter::Codes, &identity)?;
    let start = match matrices {
        Matrices::Merged => Start::Zero,
        Matrices::Separate => Start::Identity,
    };
    layer.start(start, Trained::all(shape))?;
    let teacher = task.teacher()?;
    let settings = LayerSettings::new(shape, teacher.activation());
    let (mut scratch, mut batch_loss) = (avec![[LINE]| T::ZERO; layer_scratch_wide_len(shape)], BatchLoss::ZERO);
    let scratch = LayerScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
    let samples = LayerSamples::new(layer, settings, scratch)?;
    let mut drawn = vec![T::ZERO; layer_drawn_len(shape)];
    let source = LayerSource::gaussian(seed, batch);
    Ok(work(&mut LayerOnline::new(samples, teacher, source, &mut drawn, &mut [])?))
}

/// Rates that are stable at every size.
pub fn descent<T: Scalar>(outputs: usize) -> Descent<T> {
    let share = crate::steps::GROUP as f64 / outputs as f64;
    Descent::new(T::from_f64(VALUE_RATE * share)).with_attention_rate(T::from_f64(ATTENTION_RATE * share))
}

/// Hands `work` a layer that takes a step of `batch` samples each time it is called.
///
/// # Errors
/// Sizes that the library refuses.
///
/// # Panics
/// When a step is refused: the rates are chosen so that none is.
pub fn with<T: Scalar, R>(
    matrices: Matrices,
    sizes: Sizes,
    batch: u32,
    work: impl FnOnce(&mut Step<'_>) -> R,
) -> Result<R, Error> {
    let descent = descent(sizes[3]);
    train(&Task::<T>::new(sizes)?, matrices, batch, 1, |online| {
        work(&mut || online.step(&descent).expect("the rates are stable"))
    })
}
