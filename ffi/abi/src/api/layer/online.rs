//! Training a layer on samples that the library draws and a teacher labels.

use tutee::activation::Activation;
use tutee::gradient::layer::{
    DrawnQuery, LayerOnline, LayerSamples, LayerScratchViewMut, LayerSource, layer_drawn_len,
};
use tutee::gradient::online::Source;
use tutee::gradient::samples::BatchLoss;
use tutee::input::SampleStream;
use tutee::layer::Queries;
use tutee::teacher::TeacherView;
use tutee::teacher::labels::Labels;
use tutee::teacher::per_sample::{GroupSign, LearnedWeights, Map, Selection, SelfAttention, TopK};
use tutee::training::Training;
use tutee::{Error, Scalar, Shape};

use super::online_len;
use crate::environment;
use crate::layer_object::{LayerObject, Opened};
use crate::layer_types::{tutee_answer, tutee_labels, tutee_layer};
use crate::memory::{Input, Output, Span, disjoint, settings};
use crate::settings::{descent, source};
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_descent, tutee_source};

/// Everything that a call of online training is given beside the layer.
pub(crate) struct Drawn<T> {
    pub(crate) labels: *const tutee_labels<T>,
    pub(crate) value: (*const T, usize),
    pub(crate) choice: (*const T, usize),
    pub(crate) source: *mut tutee_source<T>,
    pub(crate) sets: (*mut u32, usize),
    pub(crate) scratch: (*mut T, usize),
}

/// A teacher whose choice needs nothing that comes with the sample but the input: training is compiled once for all of them.
enum Teacher<'a, T> {
    Mixing(TeacherView<'a, T>),
    Top(TopK<'a, T>),
    Weights(LearnedWeights<'a, T>),
    Group(GroupSign<'a, T>),
    Attention(SelfAttention<'a, T>),
}

macro_rules! each_teacher {
    ($teacher:expr, $inner:ident => $what:expr) => {
        match $teacher {
            Teacher::Mixing($inner) => $what,
            Teacher::Top($inner) => $what,
            Teacher::Weights($inner) => $what,
            Teacher::Group($inner) => $what,
            Teacher::Attention($inner) => $what,
        }
    };
}

impl<T: Scalar> Labels<T> for Teacher<'_, T> {
    type Query = ();

    fn shape(&self) -> Shape {
        each_teacher!(self, teacher => Labels::shape(teacher))
    }

    fn activation(&self) -> Activation<T> {
        each_teacher!(self, teacher => Labels::activation(teacher))
    }

    fn answer(&self, x: &[T], query: &(), hidden: &mut [T], y: &mut [T]) -> Result<(), Error> {
        each_teacher!(self, teacher => teacher.answer(x, query, hidden, y))
    }
}

/// What is done with a training, whoever labels its samples.
trait Use<T: Scalar> {
    type Result;
    fn with<L: Labels<T, Query: DrawnQuery>>(self, online: LayerOnline<'_, T, L>) -> Result<Self::Result, Error>;
}

/// Takes a step, and returns where the stream then stands.
struct Step<T>(tutee::step::Descent<T>);

impl<T: Scalar> Use<T> for Step<T> {
    type Result = SampleStream;

    fn with<L: Labels<T, Query: DrawnQuery>>(self, mut online: LayerOnline<'_, T, L>) -> Result<SampleStream, Error> {
        online.step(&self.0)?;
        Ok(online.source().stream)
    }
}

/// Measures the loss over a batch.
struct Loss;

impl<T: Scalar> Use<T> for Loss {
    type Result = T;

    fn with<L: Labels<T, Query: DrawnQuery>>(self, mut online: LayerOnline<'_, T, L>) -> Result<T, Error> {
        let LayerSource { stream, batch, .. } = *online.source();
        online.mean_loss(stream, batch)
    }
}

/// One of `tutee_answer`.
fn answer_named(answer: i32) -> Outcome<tutee_answer> {
    const ANSWERS: [tutee_answer; 6] = [
        tutee_answer::TUTEE_ANSWER_MIXING,
        tutee_answer::TUTEE_ANSWER_SETS,
        tutee_answer::TUTEE_ANSWER_TOP,
        tutee_answer::TUTEE_ANSWER_WEIGHTS,
        tutee_answer::TUTEE_ANSWER_GROUP,
        tutee_answer::TUTEE_ANSWER_ATTENTION,
    ];
    ANSWERS.into_iter().find(|&name| name as i32 == answer).ok_or(TUTEE_ERROR_ENUM)
}

impl<T: Scalar> Drawn<T> {
    /// Lets `usage` at the training; `out` is where its result is to be written.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    unsafe fn train<U: Use<T>>(
        &self,
        layer: *mut tutee_layer<T>,
        usage: U,
        out: Span,
    ) -> Outcome<(U::Result, LayerObject<T>)> {
        // SAFETY: as promised.
        let (object, labels, given) =
            unsafe { (LayerObject::open(layer)?, settings(self.labels)?, settings(self.source)?) };
        let (shape, sizes) = (object.shape, object.shape.shape());
        let Source { stream, input, noise, batch } = source(given)?;
        let tutee_labels { temperature, flips, answer, count } = labels;
        let answer = answer_named(answer)?;
        if !flips.is_finite() {
            return Err(TUTEE_ERROR_NOT_FINITE);
        }
        let from = LayerSource { stream, input, noise, flips, batch };
        from.check()?;
        let value = Input::new(self.value.0, self.value.1, sizes.value_len())?;
        let count = usize::try_from(count).map_err(|_| TUTEE_ERROR_TOO_LARGE)?;
        // What Q has before the fixed weights and their share.
        let map_len = count.saturating_mul(sizes.features());
        let choice = match answer {
            tutee_answer::TUTEE_ANSWER_MIXING => Input::new(self.choice.0, self.choice.1, sizes.mixing_len())?,
            tutee_answer::TUTEE_ANSWER_TOP | tutee_answer::TUTEE_ANSWER_WEIGHTS => {
                Input::new(self.choice.0, self.choice.1, sizes.features())?
            }
            tutee_answer::TUTEE_ANSWER_ATTENTION => {
                let expected = map_len.saturating_add(sizes.mixing_len()).saturating_add(1);
                Input::new(self.choice.0, self.choice.1, expected)?
            }
            _ if self.choice.1 != 0 => return Err(TUTEE_ERROR_LENGTH),
            _ => Input::any(self.choice.0, 0)?,
        };
        let scratch = Output::at_least(self.scratch.0, self.scratch.1, online_len(shape))?;
        // Sets say by their number how large they are.
        let (sets_at, n_sets) = self.sets;
        let asked = shape.form().queries == Queries::Sets;
        let sets = if asked { Output::new(sets_at, n_sets, n_sets)? } else { Output::nothing() };
        if asked == (n_sets == 0) || n_sets.checked_rem(sizes.outputs()) != Some(0) {
            return Err(TUTEE_ERROR_LENGTH);
        }
        disjoint(&[scratch.span, sets.span, object.span, out], &[value.span, choice.span])?;
        // SAFETY: as promised; what is written is apart from everything else.
        let (opened, value, choice, scratch, sets) =
            unsafe { (object.opened()?, value.slice(), choice.slice(), scratch.slice(), sets.slice()) };
        let Opened { layer, settings, .. } = opened;
        let (drawn, working) = scratch.split_at_mut_checked(layer_drawn_len(shape)).ok_or(TUTEE_ERROR_INTERNAL)?;
        // In the scratch, so that a refused call leaves the layer's own batch as it is.
        let mut batch_loss = BatchLoss::ZERO;
        let samples = LayerSamples::new(layer, settings, LayerScratchViewMut::new(shape, working, &mut batch_loss)?)?;
        let activation = settings.activation;
        let positive = |temperature: T| match (temperature.is_finite(), temperature > T::ZERO) {
            (true, true) => Ok(temperature),
            (false, _) => Err(TUTEE_ERROR_NOT_FINITE),
            _ => Err(TUTEE_ERROR_OUT_OF_RANGE),
        };
        let teacher = match answer {
            tutee_answer::TUTEE_ANSWER_SETS => {
                let labels = Selection::new(sizes, activation, value)?;
                return Ok((usage.with(LayerOnline::new(samples, labels, from, drawn, sets)?)?, object));
            }
            tutee_answer::TUTEE_ANSWER_MIXING => Teacher::Mixing(TeacherView::new(sizes, activation, value, choice)?),
            tutee_answer::TUTEE_ANSWER_TOP => Teacher::Top(TopK::new(sizes, activation, value, choice, count)?),
            tutee_answer::TUTEE_ANSWER_WEIGHTS => {
                Teacher::Weights(LearnedWeights::new(sizes, activation, value, choice, positive(temperature)?)?)
            }
            tutee_answer::TUTEE_ANSWER_GROUP => Teacher::Group(GroupSign::new(sizes, value, count)?),
            tutee_answer::TUTEE_ANSWER_ATTENTION => {
                let (rows, fixed) = choice.split_at_checked(map_len).ok_or(TUTEE_ERROR_INTERNAL)?;
                let (&share, fixed) = fixed.split_last().ok_or(TUTEE_ERROR_INTERNAL)?;
                let map = Map { rows, scale: T::ONE / positive(temperature)? };
                Teacher::Attention(SelfAttention::new(sizes, activation, value, map, (fixed, share))?)
            }
        };
        Ok((usage.with(LayerOnline::new(samples, teacher, from, drawn, sets)?)?, object))
    }
}

/// One step.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn step<T: Scalar>(
    layer: *mut tutee_layer<T>,
    drawn: Drawn<T>,
    settings_of_step: *const tutee_descent<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let descent = descent(unsafe { settings(settings_of_step)? })?;
    // SAFETY: as promised.
    let source = Output::one(drawn.source)?;
    // SAFETY: as promised.
    let (stream, layer) = unsafe { drawn.train(layer, Step(descent), source.span)? };
    // SAFETY: as promised; the views are gone, and the source is apart from everything else.
    unsafe {
        *layer.opened()?.begun = 0;
        source.write_index(stream);
    }
    Ok(())
}

/// The mean loss over a batch.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn loss<T: Scalar>(layer: *mut tutee_layer<T>, drawn: Drawn<T>, mean: *mut T) -> Outcome {
    environment::check()?;
    let out = Output::one(mean)?;
    // SAFETY: as promised.
    let (loss, _) = unsafe { drawn.train(layer, Loss, out.span)? };
    // SAFETY: as promised; apart from everything else.
    unsafe { out.write(loss) };
    Ok(())
}
