//! Snapshots.

use tutee::activation::Activation;
use tutee::input::SampleStream;
use tutee::snapshot::{Context, Model};
use tutee::{Scalar, snapshot};

use super::write_size;
use crate::memory::{Input, Output, disjoint, settings};
use crate::object::{Object, changed};
use crate::settings::activation as checked_activation;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_activation, tutee_model, tutee_shape, tutee_snapshot_info, tutee_stream, tutee_student};

/// Bytes of a snapshot.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn bytes<T: Scalar>(shape: *const tutee_shape, bytes: *mut usize) -> Outcome {
    let len = |shape| match snapshot::snapshot_len::<T>(shape) {
        len if len > isize::MAX as usize => Err(TUTEE_ERROR_TOO_LARGE),
        len => Ok(len),
    };
    // SAFETY: as promised.
    unsafe { write_size(shape, bytes, len) }
}

/// Saves a student, a stream unless it is NULL, and an activation unless there is none.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn save<T: Scalar>(
    student: *const tutee_student<T>,
    stream: *const tutee_stream,
    (activation, slope): (i32, T),
    bytes: *mut u8,
    n_bytes: usize,
) -> Outcome {
    // SAFETY: as promised.
    let student = unsafe { Object::open(student)? };
    let stream = if stream.is_null() {
        None
    } else {
        // SAFETY: as promised.
        let tutee_stream { seed, index } = unsafe { settings(stream)? };
        Some(SampleStream::at(seed, index))
    };
    let bytes = Output::new(bytes, n_bytes, snapshot::snapshot_len::<T>(student.shape))?;
    disjoint(&[bytes.span], &[student.span])?;
    let none = activation == tutee_activation::TUTEE_NO_ACTIVATION as i32;
    let activation = if none { None } else { Some(checked_activation(activation, slope)?) };
    // SAFETY: as promised; the bytes are apart from the student.
    unsafe { snapshot::save_with(student.view()?, &Context { stream, activation }, bytes.slice())? };
    Ok(())
}

pub(crate) fn c_stream(stream: Option<SampleStream>) -> tutee_stream {
    stream.map_or(tutee_stream { seed: 0, index: 0 }, |stream| tutee_stream {
        seed: stream.seed(),
        index: stream.index(),
    })
}

/// What a snapshot says of itself.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn inspect(bytes: *const u8, n_bytes: usize, info: *mut tutee_snapshot_info) -> Outcome {
    let bytes = Input::any(bytes, n_bytes)?;
    let out = Output::one(info)?;
    disjoint(&[out.span], &[bytes.span])?;
    // SAFETY: as promised; nothing is written yet.
    let header = snapshot::inspect(unsafe { bytes.slice() })?;
    // No size exceeds tutee::shape::MAX_DIMENSION.
    let size = |size: usize| size as u32;
    let activation = header.activation();
    let info = tutee_snapshot_info {
        steps: header.steps,
        stream: c_stream(header.stream),
        shape: tutee_shape {
            filters: size(header.shape.filters()),
            features: size(header.shape.features()),
            tokens: size(header.shape.tokens()),
            outputs: size(header.shape.outputs()),
        },
        scalar_bits: header.scalar_bits,
        has_stream: i32::from(header.stream.is_some()),
        version: header.version.into(),
        model: match header.model {
            Model::Position => tutee_model::TUTEE_MODEL_POSITION as i32,
            Model::Layer => tutee_model::TUTEE_MODEL_LAYER as i32,
            // What is new in the core has its number here before it can be inspected.
            _ => return Err(TUTEE_ERROR_SNAPSHOT_VERSION),
        },
        has_activation: i32::from(activation.is_some()),
        activation: match activation {
            None | Some(Activation::Identity) => tutee_activation::TUTEE_IDENTITY as i32,
            Some(Activation::Relu) => tutee_activation::TUTEE_RELU as i32,
            Some(Activation::LeakyRelu(_)) => tutee_activation::TUTEE_LEAKY_RELU as i32,
        },
        slope: match activation {
            Some(Activation::LeakyRelu(slope)) => slope,
            _ => 0.0,
        },
    };
    // SAFETY: as promised; apart from the bytes.
    unsafe { out.write(info) };
    Ok(())
}

/// Loads a student, and the stream unless its place is NULL.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn load<T: Scalar>(
    student: *mut tutee_student<T>,
    bytes: *const u8,
    n_bytes: usize,
    stream: *mut tutee_stream,
) -> Outcome {
    // SAFETY: as promised.
    let student = unsafe { Object::open(student)? };
    let bytes = Input::any(bytes, n_bytes)?;
    let stream = if stream.is_null() { None } else { Some(Output::one(stream)?) };
    let written = stream.as_ref().map_or(student.span, |stream| stream.span);
    disjoint(&[written], &[bytes.span])?;
    disjoint(&[student.span], &[bytes.span])?;
    if stream.is_some() {
        disjoint(&[written], &[student.span])?;
    }
    // SAFETY: as promised; the student is apart from the bytes.
    let ((mut student, identity), bytes) = unsafe { (student.view_mut()?, bytes.slice()) };
    let found = snapshot::load(bytes, &mut student)?;
    changed(identity);
    if let Some(stream) = stream {
        // SAFETY: as promised; apart from everything else.
        unsafe { stream.write(c_stream(found)) };
    }
    Ok(())
}
