//! Snapshots.

use tutee::activation::Activation;
use tutee::input::SampleStream;
use tutee::snapshot::{Context, Model};
use tutee::step::RuleKind;
use tutee::student::StudentViewMut;
use tutee::{Error, Scalar, Shape, snapshot};

use super::sink::Sink;
use super::write_size;
use crate::memory::{Input, Output, disjoint, settings};
use crate::object::{Object, changed};
use crate::settings::{activation as checked_activation, rule_kind};
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{
    tutee_activation, tutee_model, tutee_rule, tutee_shape, tutee_sink, tutee_snapshot_info, tutee_stream,
    tutee_student,
};

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

/// Bytes of a snapshot with what Adam keeps.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn adam_bytes<T: Scalar>(shape: *const tutee_shape, bytes: *mut usize) -> Outcome {
    let len = |shape| match snapshot::ruled_snapshot_len::<T>(shape, RuleKind::Adam) {
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
    activation: (i32, T),
    bytes: *mut u8,
    n_bytes: usize,
) -> Outcome {
    let rule = (tutee_rule::TUTEE_RULE_DESCENT as i32, core::ptr::null(), 0);
    // SAFETY: as promised.
    unsafe { save_ruled(student, stream, activation, rule, bytes, n_bytes) }
}

/// Saves what [`save`] does, and a rule with what it keeps.
///
/// # Safety
/// The pointers keep the promises of the header.
#[inline(always)]
pub(crate) unsafe fn save_ruled<T: Scalar>(
    student: *const tutee_student<T>,
    stream: *const tutee_stream,
    activation: (i32, T),
    (rule, kept, n_kept): (i32, *const T, usize),
    bytes: *mut u8,
    n_bytes: usize,
) -> Outcome {
    let rule = rule_kind(rule)?;
    // SAFETY: as promised.
    let student = unsafe { Object::open(student)? };
    // SAFETY: as promised.
    let stream = unsafe { saved_stream(stream)? };
    let kept = saved_kept((rule, kept, n_kept), student.shape)?;
    let bytes = Output::new(bytes, n_bytes, snapshot::ruled_snapshot_len::<T>(student.shape, rule))?;
    disjoint(&[bytes.span], &[student.span, kept.span])?;
    let activation = saved_activation(activation)?;
    // SAFETY: as promised; the bytes are apart from the student, and from what is kept.
    let (student, kept, bytes) = unsafe { (student.view()?, kept.slice(), bytes.slice()) };
    snapshot::save_ruled(student, &Context { stream, activation }, (rule, kept), bytes)?;
    Ok(())
}

/// Hands a student, a stream unless it is NULL, and an activation unless there is none, to a callback.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn save_to<T: Scalar>(
    student: *const tutee_student<T>,
    stream: *const tutee_stream,
    activation: (i32, T),
    sink: *const tutee_sink,
) -> Outcome {
    let rule = (tutee_rule::TUTEE_RULE_DESCENT as i32, core::ptr::null(), 0);
    // SAFETY: as promised.
    unsafe { save_ruled_to(student, stream, activation, rule, sink) }
}

/// Hands what [`save_to`] does, and a rule with what it keeps, to a callback.
///
/// # Safety
/// The pointers keep the promises of the header.
#[inline(always)]
pub(crate) unsafe fn save_ruled_to<T: Scalar>(
    student: *const tutee_student<T>,
    stream: *const tutee_stream,
    activation: (i32, T),
    (rule, kept, n_kept): (i32, *const T, usize),
    sink: *const tutee_sink,
) -> Outcome {
    let rule = rule_kind(rule)?;
    // SAFETY: as promised.
    let (student, stream, sink) = unsafe { (Object::open(student)?, saved_stream(stream)?, Sink::new(sink)?) };
    let kept = saved_kept((rule, kept, n_kept), student.shape)?;
    let context = Context { stream, activation: saved_activation(activation)? };
    let len = snapshot::ruled_snapshot_len::<T>(student.shape, rule);
    // SAFETY: as promised; nothing of it is written.
    let (student, kept) = unsafe { (student.view()?, kept.slice()) };
    // SAFETY: as promised; the callback writes nothing that is read here.
    unsafe { sink.take(len, |hand| snapshot::save_ruled_pieces(student, &context, (rule, kept), hand)) }
}

/// The stream that is saved, unless it is NULL.
///
/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn saved_stream(stream: *const tutee_stream) -> Outcome<Option<SampleStream>> {
    if stream.is_null() {
        return Ok(None);
    }
    // SAFETY: as promised.
    let tutee_stream { seed, index } = unsafe { settings(stream)? };
    Ok(Some(SampleStream::at(seed, index)))
}

/// What a rule keeps, of which there may be nothing.
fn saved_kept<T: Scalar>((rule, kept, n_kept): (RuleKind, *const T, usize), shape: Shape) -> Outcome<Input<T>> {
    match rule.state_len(shape) {
        0 if n_kept == 0 => Input::any(core::ptr::null(), 0),
        expected => Input::new(kept, n_kept, expected),
    }
}

/// The activation that is saved, unless there is none.
fn saved_activation<T: Scalar>((activation, slope): (i32, T)) -> Outcome<Option<Activation<T>>> {
    let none = activation == tutee_activation::TUTEE_NO_ACTIVATION as i32;
    if none { Ok(None) } else { checked_activation(activation, slope).map(Some) }
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
            Model::Raw => tutee_model::TUTEE_MODEL_RAW as i32,
            Model::Whitener => tutee_model::TUTEE_MODEL_WHITENER as i32,
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
    unsafe {
        load_along(student, bytes, n_bytes, stream, Output::nothing(), |bytes, student, _| {
            snapshot::load(bytes, student)
        })
    }
}

/// Loads what [`load`] does, and what the rule kept.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn load_ruled<T: Scalar>(
    student: *mut tutee_student<T>,
    (rule, kept, n_kept): (i32, *mut T, usize),
    bytes: *const u8,
    n_bytes: usize,
    stream: *mut tutee_stream,
) -> Outcome {
    let rule = rule_kind(rule)?;
    // SAFETY: as promised; the reference is gone at once.
    let shape = unsafe { Object::open(student)? }.shape;
    let kept = super::ruled::kept(kept, n_kept, rule, shape)?;
    // SAFETY: as promised.
    unsafe {
        load_along(student, bytes, n_bytes, stream, kept, |bytes, student, kept| {
            snapshot::load_ruled(bytes, student, rule, kept)
        })
    }
}

/// Has `load` load into the student, and into `kept`.
///
/// # Safety
/// The pointers keep the promises of the header.
#[inline(always)]
unsafe fn load_along<T: Scalar>(
    student: *mut tutee_student<T>,
    bytes: *const u8,
    n_bytes: usize,
    stream: *mut tutee_stream,
    kept: Output<T>,
    load: impl FnOnce(&[u8], &mut StudentViewMut<'_, T>, &mut [T]) -> Result<Option<SampleStream>, Error>,
) -> Outcome {
    // SAFETY: as promised.
    let student = unsafe { Object::open(student)? };
    let bytes = Input::any(bytes, n_bytes)?;
    let stream = if stream.is_null() { None } else { Some(Output::one(stream)?) };
    disjoint(&[student.span, kept.span], &[bytes.span])?;
    if let Some(stream) = &stream {
        disjoint(&[stream.span], &[student.span, kept.span, bytes.span])?;
    }
    // SAFETY: as promised; student and what is kept are apart from each other and from the bytes.
    let ((mut student, identity), bytes, kept) = unsafe { (student.view_mut()?, bytes.slice(), kept.slice()) };
    let found = load(bytes, &mut student, kept)?;
    changed(identity);
    if let Some(stream) = stream {
        // SAFETY: as promised; apart from everything else.
        unsafe { stream.write(c_stream(found)) };
    }
    Ok(())
}
