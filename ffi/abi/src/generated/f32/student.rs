// Made by `cargo run -p tutee-generate`; not to be edited.
//! The functions for `float`, from those of `f64/student.rs`.

use crate::api::{self, measure, position, student};
use crate::status::{status, tutee_status};
use crate::types::*;

/// Words (uint64_t) of a student: `*words` = TUTEE_STUDENT_WORDS_F32(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_words_f32(shape: *const tutee_shape, words: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::words::<tutee_student<f32>>(shape, words) })
}

/// Makes a student at the start of training: value and logits zero, so that every output averages all tokens.
///
/// `memory` has at least tutee_student_words_f32 `words`; `*student` then points to it.
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE (shape). Costs writing the memory once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_init_f32(
    memory: *mut u64,
    words: usize,
    shape: *const tutee_shape,
    student: *mut *mut tutee_student<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::init(memory, words, shape, student) })
}

/// Back to the start of training. Costs writing the memory once.
///
/// Errors: those of every function alone.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_reset_f32(student: *mut tutee_student<f32>) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::reset(student) })
}

/// Gradient steps taken since reset, by all kinds of training together.
///
/// Errors: those of every function alone. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_steps_f32(student: *const tutee_student<f32>, steps: *mut u64) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::steps(student, steps) })
}

/// Copies a block of the student's numbers, one of tutee_block, to `out`: `n_out` elements, as many as tutee_student_block_len
/// says.
///
/// Errors: TUTEE_ERROR_ENUM (block); for TUTEE_ATTENTION, _FLOAT_ENVIRONMENT. Costs a copy; of an attention an exponential an
/// element.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_get_f32(
    student: *const tutee_student<f32>,
    block: i32,
    out: *mut f32,
    n_out: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::get(student, block, (out, n_out)) })
}

/// Replaces a block of the student's numbers, one of tutee_block, by `from`: `n_from` elements, as many as
/// tutee_student_block_len says.
///
/// Errors: TUTEE_ERROR_ENUM (block), _READ_ONLY (TUTEE_ATTENTION), _NOT_FINITE. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_set_f32(
    student: *mut tutee_student<f32>,
    block: i32,
    from: *const f32,
    n_from: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::set(student, block, (from, n_from)) })
}

/// Writes `out[tokens][tokens]`: W_KQ, keys and queries merged, under an orthonormal position encoding, in which column t of
/// `position[tokens][tokens]` encodes token t. It is the smallest W_KQ that has the student's logits: what training W_KQ itself
/// from zero would have given. `n_position` = `n_out` = tokens * tokens.
///
/// Errors: TUTEE_ERROR_NOT_ORTHONORMAL (position), _OUT_OF_RANGE (more outputs than tokens, or logits so large that W_KQ might
/// overflow), _FLOAT_ENVIRONMENT. Costs tokens^3 multiplications.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_get_key_query_f32(
    student: *const tutee_student<f32>,
    position: *const f32,
    n_position: usize,
    out: *mut f32,
    n_out: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::get_key_query(student, (position, n_position), (out, n_out)) })
}

/// Replaces the student's logits by those of W_KQ, `from[tokens][tokens]`, under a position encoding, in which column t of
/// `position[tokens][tokens]` encodes token t and which need not be orthonormal. `n_position` = `n_from` = tokens * tokens;
/// `scratch` has at least TUTEE_PREDICT_SCRATCH elements.
///
/// Errors: TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE (more outputs than tokens, or elements so large that a logit might overflow),
/// _FLOAT_ENVIRONMENT. Costs outputs * tokens^2 multiplications.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_set_key_query_f32(
    student: *mut tutee_student<f32>,
    position: *const f32,
    n_position: usize,
    from: *const f32,
    n_from: usize,
    scratch: *mut f32,
    n_scratch: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::set_key_query(student, (position, n_position), (from, n_from), (scratch, n_scratch)) })
}

/// Fills `position[tokens][tokens]` with an orthonormal position encoding: column t encodes token t. `encoding` is one
/// of tutee_encoding; `seed` is looked at for TUTEE_ENCODING_RANDOM alone. `n_position` = tokens * tokens.
///
/// Errors: TUTEE_ERROR_ENUM, _ZERO or _TOO_LARGE (tokens), _OUT_OF_RANGE (Hadamard, tokens not a power of two),
/// _FLOAT_ENVIRONMENT. Costs tokens^2 sines, or tokens^3 multiplications for a random one.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_position_f32(
    encoding: i32,
    tokens: u32,
    seed: u64,
    position: *mut f32,
    n_position: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { position::fill(encoding, tokens, seed, (position, n_position)) })
}

/// The student's predictions for `inputs` inputs, one after the other: `x[inputs][tokens][features]` and
/// `y[inputs][outputs][filters]`, under the activation that it was trained with. `scratch` has at least
/// TUTEE_PREDICT_SCRATCH elements.
///
/// Errors: TUTEE_ERROR_ENUM or _OUT_OF_RANGE (activation), _ZERO (inputs), _NOT_FINITE (x, slope), _FLOAT_ENVIRONMENT.
/// Costs filters * tokens * (features + outputs) multiplications an input, and outputs * tokens exponentials a call.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_predict_f32(
    student: *const tutee_student<f32>,
    activation: i32,
    slope: f32,
    inputs: usize,
    x: *const f32,
    n_x: usize,
    scratch: *mut f32,
    n_scratch: usize,
    y: *mut f32,
    n_y: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::predict(student, (activation, slope), inputs, (x, n_x), (scratch, n_scratch), (y, n_y)) })
}

/// Where the student stands against a teacher of the same shape: exact, for standard Gaussian inputs. `scratch` has at
/// least TUTEE_POPULATION_SCRATCH elements.
///
/// Errors: TUTEE_ERROR_SHAPE, _FLOAT_ENVIRONMENT, _NOT_FINITE where numbers are so large that a square overflows. Costs about
/// a population step.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_measure_f32(
    student: *const tutee_student<f32>,
    teacher: *const tutee_teacher<f32>,
    scratch: *mut f32,
    n_scratch: usize,
    progress: *mut tutee_progress<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { measure::measure(student, teacher, (scratch, n_scratch), progress) })
}

/// What the student has recovered of a teacher of the same shape. `scratch` has at least TUTEE_PREDICT_SCRATCH elements.
///
/// Errors: TUTEE_ERROR_SHAPE, _FLOAT_ENVIRONMENT. Costs outputs * tokens exponentials.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_recovery_f32(
    student: *const tutee_student<f32>,
    teacher: *const tutee_teacher<f32>,
    scratch: *mut f32,
    n_scratch: usize,
    recovery: *mut tutee_recovery<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { measure::recovery(student, teacher, (scratch, n_scratch), recovery) })
}

/// A 64-bit digest of sizes, steps and the bits of every parameter: equal students have equal digests on every machine.
///
/// Errors: those of every function alone. Costs about a nanosecond a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_digest_f32(
    student: *const tutee_student<f32>,
    digest: *mut u64,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::digest(student, digest) })
}
