//! A whole layer.

pub(crate) mod batch;
pub(crate) mod online;
pub(crate) mod parameters;
pub(crate) mod selection;
pub(crate) mod snapshot;

use tutee::Scalar;
use tutee::gradient::layer::{layer_drawn_len, layer_scratch_len};
use tutee::layer::{LayerSettings, LayerShape};

use crate::environment;
use crate::layer_object::{LayerObject, layer_words};
use crate::layer_settings::{c_layer_settings, layer_settings, layer_shape_of};
use crate::layer_types::{tutee_layer, tutee_layer_settings, tutee_layer_shape};
use crate::memory::{Output, disjoint, settings};
use crate::status::Outcome;
use crate::status::tutee_status::*;

/// Writes what `size` says of a shape.
///
/// # Safety
/// The pointers keep the promises of the header.
unsafe fn write_size(
    shape: *const tutee_layer_shape,
    out: *mut usize,
    size: impl FnOnce(LayerShape) -> Outcome<usize>,
) -> Outcome {
    // SAFETY: as promised.
    let shape = layer_shape_of(unsafe { settings(shape)? })?;
    let out = Output::one(out)?;
    let size = size(shape)?;
    // SAFETY: as promised; the shape was copied.
    unsafe { out.write(size) };
    Ok(())
}

/// Words of a layer.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn words<T: Scalar>(shape: *const tutee_layer_shape, words: *mut usize) -> Outcome {
    // SAFETY: as promised.
    unsafe { write_size(shape, words, layer_words::<T>) }
}

/// Elements of the working memory of online training: what is drawn, and a gradient beside the layer's own.
pub(crate) fn online_len(shape: LayerShape) -> usize {
    layer_drawn_len(shape) + layer_scratch_len(shape)
}

/// Elements of the working memory of online training.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn online_scratch(shape: *const tutee_layer_shape, elements: *mut usize) -> Outcome {
    let len = |shape| match online_len(shape) {
        // As many doubles as one array can have.
        len if len > isize::MAX as usize / 8 => Err(TUTEE_ERROR_TOO_LARGE),
        len => Ok(len),
    };
    // SAFETY: as promised.
    unsafe { write_size(shape, elements, len) }
}

/// The usual settings of a layer.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn settings_default<T: Scalar>(
    shape: *const tutee_layer_shape,
    out: *mut tutee_layer_settings<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let shape = layer_shape_of(unsafe { settings(shape)? })?;
    let out = Output::one(out)?;
    // SAFETY: as promised; the shape was copied.
    unsafe { out.write(c_layer_settings(&usual(shape))) };
    Ok(())
}

fn usual<T: Scalar>(shape: LayerShape) -> LayerSettings<T> {
    LayerSettings::new(shape, tutee::activation::Activation::Identity)
}

/// Makes a layer of zeros with the usual settings.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn init<T: Scalar>(
    memory: *mut u64,
    words: usize,
    shape: *const tutee_layer_shape,
    layer: *mut *mut tutee_layer<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let shape = layer_shape_of(unsafe { settings(shape)? })?;
    let place = LayerObject::<T>::place(memory, words, shape)?;
    let out = Output::one(layer)?;
    disjoint(&[place.span, out.span], &[])?;
    // SAFETY: as promised.
    unsafe { out.write(place.establish(&usual(shape))) };
    Ok(())
}

/// Replaces the settings.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn configure<T: Scalar>(layer: *mut tutee_layer<T>, new: *const tutee_layer_settings<T>) -> Outcome {
    // SAFETY: as promised.
    let (layer, new) = unsafe { (LayerObject::open(layer)?, settings(new)?) };
    let new = layer_settings(new, layer.shape)?;
    // SAFETY: as promised.
    unsafe { layer.set_settings(&new) };
    Ok(())
}

/// Writes the settings to `out`.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn get_settings<T: Scalar>(
    layer: *const tutee_layer<T>,
    out: *mut tutee_layer_settings<T>,
) -> Outcome {
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let out = Output::one(out)?;
    disjoint(&[out.span], &[layer.span])?;
    // SAFETY: as promised; `out` is apart from the layer.
    unsafe { out.write(c_layer_settings(&layer.settings()?)) };
    Ok(())
}
