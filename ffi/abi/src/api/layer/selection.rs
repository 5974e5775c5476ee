//! Training a layer by the exact gradient over all inputs, on sets that come with the sample.

use tutee::gradient::layer::{SelectionPopulation, Sets, selection_population_len};
use tutee::input::SampleStream;
use tutee::layer::LayerShape;
use tutee::training::Training;
use tutee::{Error, Scalar};

use super::write_size;
use crate::environment;
use crate::layer_object::{LayerObject, Opened};
use crate::layer_types::{tutee_layer, tutee_layer_shape, tutee_sets};
use crate::memory::{Input, Output, Span, disjoint, settings};
use crate::settings::descent;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::tutee_descent;

/// Everything that a call is given beside the layer.
pub(crate) struct Exact<T> {
    pub(crate) value: (*const T, usize),
    pub(crate) over: *mut tutee_sets,
    pub(crate) set: (*mut u32, usize),
    pub(crate) scratch: (*mut T, usize),
}

/// Elements of the working memory, at most as many doubles as one array can have.
fn len(shape: LayerShape) -> Outcome<usize> {
    match selection_population_len(shape) {
        len if len > isize::MAX as usize / 8 => Err(TUTEE_ERROR_TOO_LARGE),
        len => Ok(len),
    }
}

/// Elements of the working memory.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn scratch(shape: *const tutee_layer_shape, elements: *mut usize) -> Outcome {
    // SAFETY: as promised.
    unsafe { write_size(shape, elements, len) }
}

impl<T: Scalar> Exact<T> {
    /// Lets `usage` at the training; `out` is where its result is to be written.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    unsafe fn train<R>(
        &self,
        layer: *mut tutee_layer<T>,
        out: Span,
        usage: impl FnOnce(SelectionPopulation<'_, T>) -> Result<R, Error>,
    ) -> Outcome<(R, LayerObject<T>)> {
        // SAFETY: as promised.
        let (object, over) = unsafe { (LayerObject::open(layer)?, settings(self.over)?) };
        let value = Input::new(self.value.0, self.value.1, object.shape.shape().value_len())?;
        // The set says by its length how large sets are.
        let set = Output::new(self.set.0, self.set.1, self.set.1)?;
        let scratch = Output::at_least(self.scratch.0, self.scratch.1, len(object.shape)?)?;
        disjoint(&[scratch.span, set.span, object.span, out], &[value.span])?;
        // SAFETY: as promised; what is written is apart from everything else.
        let (opened, value, set, scratch) = unsafe { (object.opened()?, value.slice(), set.slice(), scratch.slice()) };
        let Opened { layer, settings, .. } = opened;
        let training = SelectionPopulation::new(layer, settings, value, sets_of(over), set, scratch)?;
        Ok((usage(training)?, object))
    }
}

/// Which sets a C program means.
const fn sets_of(tutee_sets { seed, index, count }: tutee_sets) -> Sets {
    match count {
        0 => Sets::All,
        count => Sets::Drawn { stream: SampleStream::at(seed, index), count },
    }
}

/// One step.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn step<T: Scalar>(
    layer: *mut tutee_layer<T>,
    given: Exact<T>,
    settings_of_step: *const tutee_descent<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let descent = descent(unsafe { settings(settings_of_step)? })?;
    let over = Output::one(given.over)?;
    // SAFETY: as promised.
    let (sets, layer) = unsafe {
        given.train(layer, over.span, |mut training| {
            training.step(&descent)?;
            Ok(training.sets())
        })?
    };
    // SAFETY: as promised; the views are gone, and the sets are apart from everything else.
    unsafe {
        *layer.opened()?.begun = 0;
        if let Sets::Drawn { stream, .. } = sets {
            (&raw mut (*over.as_ptr()).index).write(stream.index());
        }
    }
    Ok(())
}

/// The exact excess loss.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn loss<T: Scalar>(layer: *mut tutee_layer<T>, given: Exact<T>, excess: *mut T) -> Outcome {
    environment::check()?;
    let out = Output::one(excess)?;
    // SAFETY: as promised.
    let (loss, _) = unsafe {
        given.train(layer, out.span, |mut training| {
            let sets = training.sets();
            training.excess_loss(sets)
        })?
    };
    // SAFETY: as promised; apart from everything else.
    unsafe { out.write(loss) };
    Ok(())
}
