// Made by `cargo run -p tutee-generate`; not to be edited.
//! The functions for `float`, from those of `f64/snapshot.rs`.

use crate::api::snapshot;
use crate::status::{status, tutee_status};
use crate::types::*;

/// Bytes of a snapshot: `*bytes` = TUTEE_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_snapshot_bytes_f32(shape: *const tutee_shape, bytes: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::bytes::<f32>(shape, bytes) })
}

/// Writes a snapshot of the student to `bytes`, exactly tutee_snapshot_bytes_f32 = `n_bytes` of them. `stream` is where
/// its online training stands (seed and index of the tutee_source), or NULL. `activation` is what it is trained with, so
/// that tutee_snapshot_inspect can say it, or TUTEE_NO_ACTIVATION; `slope` is that of TUTEE_LEAKY_RELU, else not looked at.
///
/// Errors: TUTEE_ERROR_ENUM (activation), TUTEE_ERROR_NOT_FINITE (slope; or a student that tutee_student_load would
/// refuse, which no call of this library leaves behind), TUTEE_ERROR_OUT_OF_RANGE (slope). Costs about ten nanoseconds a
/// byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_save_f32(
    student: *const tutee_student<f32>,
    stream: *const tutee_stream,
    activation: i32,
    slope: f32,
    bytes: *mut u8,
    n_bytes: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::save(student, stream, (activation, slope), bytes, n_bytes) })
}

/// Hands the bytes that tutee_student_save_f32 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs
/// memory. `stream` is where its online training stands, or NULL; `activation` is what it is trained with, or TUTEE_NO_ACTIVATION; `slope` is that
/// of TUTEE_LEAKY_RELU, else not looked at.
///
/// Errors: TUTEE_ERROR_ENUM (activation, sink), _NOT_FINITE (slope; or a student that tutee_student_load_f32 would refuse, which no call of
/// this library leaves behind), _OUT_OF_RANGE (slope); all before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten
/// nanoseconds a byte, and twice that as a slot.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_save_to_f32(
    student: *const tutee_student<f32>,
    stream: *const tutee_stream,
    activation: i32,
    slope: f32,
    sink: *const tutee_sink,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::save_to(student, stream, (activation, slope), sink) })
}

/// Replaces the student by the one in a snapshot of the same shape and precision; training then goes on with the same
/// bits as if it had never stopped. `*stream` becomes the saved stream, or zeros when none was saved; NULL when it is
/// not wanted. `bytes` may have any length and any content.
///
/// Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE;
/// TUTEE_ERROR_NOT_FINITE (a parameter); TUTEE_ERROR_ZERO or TUTEE_ERROR_TOO_LARGE for sizes that no student of this
/// machine can have. Costs about ten nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_load_f32(
    student: *mut tutee_student<f32>,
    bytes: *const u8,
    n_bytes: usize,
    stream: *mut tutee_stream,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::load(student, bytes, n_bytes, stream) })
}

/// Bytes of a snapshot with what TUTEE_RULE_ADAM keeps: `*bytes` = TUTEE_SNAPSHOT_BYTES_RULED_F32(filters, features, tokens,
/// outputs). With another rule a snapshot has tutee_snapshot_bytes_f32.
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_snapshot_bytes_ruled_f32(shape: *const tutee_shape, bytes: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::adam_bytes::<f32>(shape, bytes) })
}

/// Writes what tutee_student_save_f32 writes, and with it the rule of the attention, one of tutee_rule, and what it keeps:
/// `kept` has as many elements as for a step, `n_kept`; where that is 0 it is not looked at. `n_bytes` are
/// tutee_snapshot_bytes_ruled_f32 for TUTEE_RULE_ADAM, else tutee_snapshot_bytes_f32.
///
/// Errors: as tutee_student_save_f32, also TUTEE_ERROR_ENUM (rule), TUTEE_ERROR_NOT_FINITE (what is kept). Costs a few nanoseconds a
/// byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_save_ruled_f32(
    student: *const tutee_student<f32>,
    stream: *const tutee_stream,
    activation: i32,
    slope: f32,
    rule: i32,
    kept: *const f32,
    n_kept: usize,
    bytes: *mut u8,
    n_bytes: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::save_ruled(student, stream, (activation, slope), (rule, kept, n_kept), bytes, n_bytes) })
}

/// Hands the bytes that tutee_student_save_ruled_f32 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else
/// needs memory. `rule` is the rule of the attention, one of tutee_rule; `kept` has as many elements as for a step, `n_kept`, and is not
/// looked at where that is 0.
///
/// Errors: those of tutee_student_save_to_f32, also TUTEE_ERROR_ENUM (rule), TUTEE_ERROR_NOT_FINITE (what is kept). Costs about ten
/// nanoseconds a byte, and twice that as a slot.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_save_ruled_to_f32(
    student: *const tutee_student<f32>,
    stream: *const tutee_stream,
    activation: i32,
    slope: f32,
    rule: i32,
    kept: *const f32,
    n_kept: usize,
    sink: *const tutee_sink,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::save_ruled_to(student, stream, (activation, slope), (rule, kept, n_kept), sink) })
}

/// Replaces the student by the one in a snapshot, and what a rule kept by what was saved of it, so that steps by this rule go on
/// with the same bits. tutee_student_load_f32 takes the student alone, whatever its rule was.
///
/// Errors: as tutee_student_load_f32, also TUTEE_ERROR_SNAPSHOT_RULE for a snapshot of another rule, TUTEE_ERROR_ENUM (rule),
/// TUTEE_ERROR_NOT_FINITE (what was kept). Costs a few nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_load_ruled_f32(
    student: *mut tutee_student<f32>,
    rule: i32,
    kept: *mut f32,
    n_kept: usize,
    bytes: *const u8,
    n_bytes: usize,
    stream: *mut tutee_stream,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::load_ruled(student, (rule, kept, n_kept), bytes, n_bytes, stream) })
}
