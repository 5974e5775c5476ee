//! Snapshots, in `double`. The file of this name in `generated/f32` is made from this one.

use crate::api::snapshot;
use crate::status::{status, tutee_status};
use crate::types::*;

/// Bytes of a snapshot: `*bytes` = TUTEE_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_snapshot_bytes_f64(shape: *const tutee_shape, bytes: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::bytes::<f64>(shape, bytes) })
}

/// Writes a snapshot of the student to `bytes`, exactly tutee_snapshot_bytes_f64 = `n_bytes` of them. `stream` is where
/// its online training stands (seed and index of the tutee_source), or NULL. `activation` is what it is trained with, so
/// that tutee_snapshot_inspect can say it, or TUTEE_NO_ACTIVATION; `slope` is that of TUTEE_LEAKY_RELU, else not looked at.
///
/// Errors: TUTEE_ERROR_ENUM (activation), TUTEE_ERROR_NOT_FINITE (slope; or a student that tutee_student_load would
/// refuse, which no call of this library leaves behind), TUTEE_ERROR_OUT_OF_RANGE (slope). Costs about ten nanoseconds a
/// byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_save_f64(
    student: *const tutee_student<f64>,
    stream: *const tutee_stream,
    activation: i32,
    slope: f64,
    bytes: *mut u8,
    n_bytes: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::save(student, stream, (activation, slope), bytes, n_bytes) })
}

/// Hands the bytes that tutee_student_save_f64 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs
/// memory. `stream` is where its online training stands, or NULL; `activation` is what it is trained with, or TUTEE_NO_ACTIVATION; `slope` is that
/// of TUTEE_LEAKY_RELU, else not looked at.
///
/// Errors: TUTEE_ERROR_ENUM (activation, sink), _NOT_FINITE (slope; or a student that tutee_student_load_f64 would refuse, which no call of
/// this library leaves behind), _OUT_OF_RANGE (slope); all before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten
/// nanoseconds a byte, and twice that as a slot.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_save_to_f64(
    student: *const tutee_student<f64>,
    stream: *const tutee_stream,
    activation: i32,
    slope: f64,
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
pub unsafe extern "C" fn tutee_student_load_f64(
    student: *mut tutee_student<f64>,
    bytes: *const u8,
    n_bytes: usize,
    stream: *mut tutee_stream,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::load(student, bytes, n_bytes, stream) })
}

/// Bytes of a snapshot with what TUTEE_RULE_ADAM keeps: `*bytes` = TUTEE_SNAPSHOT_BYTES_RULED_F64(filters, features, tokens,
/// outputs). With another rule a snapshot has tutee_snapshot_bytes_f64.
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_snapshot_bytes_ruled_f64(shape: *const tutee_shape, bytes: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::adam_bytes::<f64>(shape, bytes) })
}

/// Writes what tutee_student_save_f64 writes, and with it the rule of the attention, one of tutee_rule, and what it keeps:
/// `kept` has as many elements as for a step, `n_kept`; where that is 0 it is not looked at. `n_bytes` are
/// tutee_snapshot_bytes_ruled_f64 for TUTEE_RULE_ADAM, else tutee_snapshot_bytes_f64.
///
/// Errors: as tutee_student_save_f64, also TUTEE_ERROR_ENUM (rule), TUTEE_ERROR_NOT_FINITE (what is kept). Costs a few nanoseconds a
/// byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_save_ruled_f64(
    student: *const tutee_student<f64>,
    stream: *const tutee_stream,
    activation: i32,
    slope: f64,
    rule: i32,
    kept: *const f64,
    n_kept: usize,
    bytes: *mut u8,
    n_bytes: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::save_ruled(student, stream, (activation, slope), (rule, kept, n_kept), bytes, n_bytes) })
}

/// Hands the bytes that tutee_student_save_ruled_f64 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else
/// needs memory. `rule` is the rule of the attention, one of tutee_rule; `kept` has as many elements as for a step, `n_kept`, and is not
/// looked at where that is 0.
///
/// Errors: those of tutee_student_save_to_f64, also TUTEE_ERROR_ENUM (rule), TUTEE_ERROR_NOT_FINITE (what is kept). Costs about ten
/// nanoseconds a byte, and twice that as a slot.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_save_ruled_to_f64(
    student: *const tutee_student<f64>,
    stream: *const tutee_stream,
    activation: i32,
    slope: f64,
    rule: i32,
    kept: *const f64,
    n_kept: usize,
    sink: *const tutee_sink,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::save_ruled_to(student, stream, (activation, slope), (rule, kept, n_kept), sink) })
}

/// Replaces the student by the one in a snapshot, and what a rule kept by what was saved of it, so that steps by this rule go on
/// with the same bits. tutee_student_load_f64 takes the student alone, whatever its rule was.
///
/// Errors: as tutee_student_load_f64, also TUTEE_ERROR_SNAPSHOT_RULE for a snapshot of another rule, TUTEE_ERROR_ENUM (rule),
/// TUTEE_ERROR_NOT_FINITE (what was kept). Costs a few nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_load_ruled_f64(
    student: *mut tutee_student<f64>,
    rule: i32,
    kept: *mut f64,
    n_kept: usize,
    bytes: *const u8,
    n_bytes: usize,
    stream: *mut tutee_stream,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::load_ruled(student, (rule, kept, n_kept), bytes, n_bytes, stream) })
}
