//! Snapshots of a layer.

use tutee::Scalar;
use tutee::snapshot::{LayerContext, inspect_layer, layer_snapshot_len, load_layer, save_layer, save_layer_pieces};

use super::write_size;
use crate::api::sink::Sink;
use crate::api::snapshot::{c_stream, saved_stream};
use crate::environment;
use crate::layer_object::LayerObject;
use crate::layer_settings::{c_layer_settings, c_layer_shape};
use crate::layer_types::{tutee_layer, tutee_layer_info, tutee_layer_settings, tutee_layer_shape};
use crate::memory::{Input, Output, disjoint};
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_sink, tutee_stream};

/// Bytes of a snapshot.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn bytes<T: Scalar>(shape: *const tutee_layer_shape, bytes: *mut usize) -> Outcome {
    let len = |shape| match layer_snapshot_len::<T>(shape) {
        len if len > isize::MAX as usize => Err(TUTEE_ERROR_TOO_LARGE),
        len => Ok(len),
    };
    // SAFETY: as promised.
    unsafe { write_size(shape, bytes, len) }
}

/// Saves a layer, and a stream unless it is NULL.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn save<T: Scalar>(
    layer: *const tutee_layer<T>,
    stream: *const tutee_stream,
    (bytes, n_bytes): (*mut u8, usize),
) -> Outcome {
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    // SAFETY: as promised.
    let stream = unsafe { saved_stream(stream)? };
    let bytes = Output::new(bytes, n_bytes, layer_snapshot_len::<T>(layer.shape))?;
    disjoint(&[bytes.span], &[layer.span])?;
    // SAFETY: as promised; the bytes are apart from the layer.
    unsafe {
        let context = LayerContext { stream, settings: layer.settings()? };
        save_layer(layer.view()?, &context, bytes.slice())?;
    }
    Ok(())
}

/// Hands a layer, and a stream unless it is NULL, to a callback.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn save_to<T: Scalar>(
    layer: *const tutee_layer<T>,
    stream: *const tutee_stream,
    sink: *const tutee_sink,
) -> Outcome {
    // SAFETY: as promised.
    let (layer, stream, sink) = unsafe { (LayerObject::open(layer)?, saved_stream(stream)?, Sink::new(sink)?) };
    // SAFETY: as promised.
    let (view, settings) = unsafe { (layer.view()?, layer.settings()?) };
    let context = LayerContext { stream, settings };
    // SAFETY: as promised; the callback writes nothing that is read here.
    unsafe { sink.take(layer_snapshot_len::<T>(layer.shape), |hand| save_layer_pieces(view, &context, hand)) }
}

/// Loads a layer with its settings, and the stream unless its place is NULL.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn load<T: Scalar>(
    layer: *mut tutee_layer<T>,
    (bytes, n_bytes): (*const u8, usize),
    stream: *mut tutee_stream,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let bytes = Input::any(bytes, n_bytes)?;
    disjoint(&[layer.span], &[bytes.span])?;
    let stream = if stream.is_null() { None } else { Some(Output::one(stream)?) };
    if let Some(stream) = &stream {
        disjoint(&[stream.span], &[bytes.span, layer.span])?;
    }
    // SAFETY: as promised; the layer is apart from the bytes.
    let found = unsafe { load_layer(bytes.slice(), &mut layer.opened()?.layer)? };
    // SAFETY: as promised; the view is gone.
    unsafe { layer.set_settings(&found.settings) };
    if let Some(stream) = stream {
        // SAFETY: as promised; apart from everything else.
        unsafe { stream.write(c_stream(found.stream)) };
    }
    Ok(())
}

/// What a snapshot of a layer says of itself.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn inspect(bytes: *const u8, n_bytes: usize, info: *mut tutee_layer_info) -> Outcome {
    environment::check()?;
    let bytes = Input::any(bytes, n_bytes)?;
    let out = Output::one(info)?;
    disjoint(&[out.span], &[bytes.span])?;
    // SAFETY: as promised; nothing is written yet.
    let found = inspect_layer(unsafe { bytes.slice() })?;
    let header = found.header;
    let tutee_layer_settings { scale, slope, activation, loss, trained } = c_layer_settings(&found.settings);
    let info = tutee_layer_info {
        steps: header.steps,
        stream: c_stream(header.stream),
        scale,
        slope,
        shape: c_layer_shape(found.shape),
        activation,
        loss,
        trained,
        scalar_bits: header.scalar_bits,
        has_stream: i32::from(header.stream.is_some()),
        version: header.version.into(),
    };
    // SAFETY: as promised; apart from the bytes.
    unsafe { out.write(info) };
    Ok(())
}
