//! The functions for `float`, made from `f64/student.rs`; never edited.

use tutee::student::StudentView;

use crate::api::student::Parameters;
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
/// Errors: those of every function alone.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_steps_f32(student: *const tutee_student<f32>, steps: *mut u64) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::steps(student, steps) })
}

/// Copies W, which imitates the teacher's filters, to `value[filters][features]`, `n_value` = filters * features
/// elements.
///
/// Errors: those of every function alone. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_value_f32(
    student: *const tutee_student<f32>,
    value: *mut f32,
    n_value: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::get(student, StudentView::value, value, n_value) })
}

/// Replaces W by `value[filters][features]`, `n_value` = filters * features elements.
///
/// Errors: TUTEE_ERROR_NOT_FINITE. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_set_value_f32(
    student: *mut tutee_student<f32>,
    value: *const f32,
    n_value: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::set(student, Parameters::Value, value, n_value) })
}

/// Copies the logits, the attention before its softmax, to `logits[outputs][tokens]`, `n_logits` = outputs * tokens
/// elements.
///
/// Errors: those of every function alone. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_logits_f32(
    student: *const tutee_student<f32>,
    logits: *mut f32,
    n_logits: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::get(student, StudentView::logits, logits, n_logits) })
}

/// Replaces the logits by `logits[outputs][tokens]`, `n_logits` = outputs * tokens elements. The attention is
/// the softmax of each row: the logarithms of an attention are its logits.
///
/// Errors: TUTEE_ERROR_NOT_FINITE. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_set_logits_f32(
    student: *mut tutee_student<f32>,
    logits: *const f32,
    n_logits: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::set(student, Parameters::Logits, logits, n_logits) })
}

/// Writes the attention to `attention[outputs][tokens]`, `n_attention` = outputs * tokens elements. A row is one
/// output's weights over the tokens: not negative, sum 1.
///
/// Errors: TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs an exponential an element.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_attention_f32(
    student: *const tutee_student<f32>,
    attention: *mut f32,
    n_attention: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::attention(student, attention, n_attention) })
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

/// Writes to `kq[tokens][tokens]` the smallest W_KQ that has the student's logits under the orthonormal encoding
/// `position[tokens][tokens]`: what training W_KQ itself from zero would have given. `n_position` = `n_kq` = tokens *
/// tokens. There must not be more outputs than tokens.
///
/// Errors: TUTEE_ERROR_NOT_ORTHONORMAL, _OUT_OF_RANGE (outputs, or logits so large that W_KQ might overflow),
/// _FLOAT_ENVIRONMENT. Costs tokens^3 multiplications.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_kq_f32(
    student: *const tutee_student<f32>,
    position: *const f32,
    n_position: usize,
    kq: *mut f32,
    n_kq: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::kq(student, (position, n_position), (kq, n_kq)) })
}

/// Replaces the logits by those of the W_KQ `kq[tokens][tokens]` under `position[tokens][tokens]`, which need not be
/// orthonormal. `n_position` = `n_kq` = tokens * tokens; `scratch` has at least TUTEE_PREDICT_SCRATCH elements. There
/// must not be more outputs than tokens.
///
/// Errors: TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE (outputs, or elements so large that a logit might overflow),
/// _FLOAT_ENVIRONMENT. Costs outputs * tokens^2 multiplications.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_set_kq_f32(
    student: *mut tutee_student<f32>,
    position: *const f32,
    n_position: usize,
    kq: *const f32,
    n_kq: usize,
    scratch: *mut f32,
    n_scratch: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { student::set_kq(student, (position, n_position), (kq, n_kq), (scratch, n_scratch)) })
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
