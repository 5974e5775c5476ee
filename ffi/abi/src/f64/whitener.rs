//! Features that say nearly the same, in `double`. The file of this name in `generated/f32` is made from this one.

use crate::api::{self, whitener};
use crate::raw_types::*;
use crate::status::{status, tutee_status};
use crate::types::*;

/// Words (uint64_t) of a whitener: `*words` = TUTEE_WHITENER_WORDS_F64(filters, features, tokens, outputs), of the sizes of the readings;
/// filters and outputs do not count, and are those of tutee_whitener_restore_f64. The memory grows with the square of the features.
///
/// Errors: TUTEE_ERROR_ZERO, _TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_words_f64(shape: *const tutee_shape, words: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::words::<tutee_whitener<f64>>(shape, words) })
}

/// Makes a whitener of readings of these sizes, which has seen none. `memory` has at least tutee_whitener_words_f64 `words`; `*whitener`
/// then points to it.
///
/// Errors: those of tutee_whitener_words_f64. Costs writing the memory once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_init_f64(
    memory: *mut u64,
    words: usize,
    shape: *const tutee_shape,
    whitener: *mut *mut tutee_whitener<f64>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { whitener::init((memory, words), shape, whitener) })
}

/// Looks at `inputs` recorded inputs `x[inputs][tokens][features]`: running means and sums of products of two features'. `activation` is
/// that of the student behind it: with the identity a mean is taken from every sensor, with another one from every feature. All inputs are
/// looked at or, when anything is wrong, none. In which portions they come does not matter to the bits.
///
/// Errors: TUTEE_ERROR_ZERO (inputs), _ENUM (activation), _NOT_FINITE, _OUT_OF_RANGE (a number beyond a quarter of the largest; a whitener that has
/// settled, which looks at no more inputs), _FLOAT_ENVIRONMENT. Costs `D (d^2 + 3 d)` multiplications and divisions an input.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_observe_f64(
    whitener: *mut tutee_whitener<f64>,
    activation: i32,
    inputs: usize,
    x: *const f64,
    n_x: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { whitener::observe(whitener, activation, inputs, (x, n_x)) })
}

/// Makes the matrix Z out of all that was looked at. Directions that have less than 64 roundings of one of the largest one's power (1.4e-14
/// of it in double, 7.6e-6 in float) are left out, as are features that vary by less than four roundings of their means.
///
/// Errors: TUTEE_ERROR_CANNOT_MOVE (nothing was looked at, or no feature varies), _OUT_OF_RANGE (a feature varies by so little that what it is to be
/// multiplied by is no number), _FLOAT_ENVIRONMENT. Costs up to thirty times `6 d^3` multiplications.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_settle_f64(whitener: *mut tutee_whitener<f64>) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { whitener::settle(whitener) })
}

/// How far a whitener has come: inputs looked at, directions left out, and the condition of the features, which says whether whitening is of
/// use. Any floating-point environment will do.
///
/// Errors: those of every function alone. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_condition_f64(
    whitener: *mut tutee_whitener<f64>,
    whitened: *mut tutee_whitened<f64>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { whitener::condition(whitener, whitened) })
}

/// Copies what is taken from readings, `mean[tokens][features]`, and by what each token is multiplied then, `matrix[features][features]`, zeros
/// before it has settled. Any floating-point environment will do.
///
/// Errors: those of every function alone. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_matrix_f64(
    whitener: *mut tutee_whitener<f64>,
    mean: *mut f64,
    n_mean: usize,
    matrix: *mut f64,
    n_matrix: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { whitener::matrix(whitener, (mean, n_mean), (matrix, n_matrix)) })
}

/// Writes `inputs` inputs as a student of raw readings is to see them, in tutee_raw_observe_f64, tutee_raw_accumulate_f64 and wherever else it is
/// given any: `x[inputs][tokens][features]` with the means taken away, times the matrix. Of numbers very far from all that was looked at
/// it may be infinite, which those functions refuse.
///
/// Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE, _CANNOT_MOVE (it has not settled), _FLOAT_ENVIRONMENT. Costs `D d^2` multiplications an input.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_whiten_f64(
    whitener: *mut tutee_whitener<f64>,
    inputs: usize,
    x: *const f64,
    n_x: usize,
    whitened: *mut f64,
    n_whitened: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { whitener::whiten(whitener, inputs, (x, n_x), (whitened, n_whitened)) })
}

/// Makes what tutee_raw_explain_f64 wrote of a student of whitened readings a model of readings as they come, in place: `value[filters][features]`
/// becomes W Z, and `bias[outputs][filters]` is less by the sum over i of S_ji W Z m_i, with S `mixing[outputs][tokens]`. Once: what is restored
/// again is wrong.
///
/// Errors: TUTEE_ERROR_NOT_FINITE (also numbers that tutee_raw_explain_f64 could not hold), _CANNOT_MOVE (it has not settled),
/// _FLOAT_ENVIRONMENT. Costs `M d^2 + J M D d` multiplications.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_restore_f64(
    whitener: *mut tutee_whitener<f64>,
    value: *mut f64,
    n_value: usize,
    bias: *mut f64,
    n_bias: usize,
    mixing: *const f64,
    n_mixing: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { whitener::restore(whitener, (value, n_value), (bias, n_bias), (mixing, n_mixing)) })
}

/// Bytes of a snapshot of a whitener: `*bytes` = TUTEE_WHITENER_SNAPSHOT_BYTES_F64(filters, features, tokens, outputs), of the sizes of the
/// readings.
///
/// Errors: TUTEE_ERROR_ZERO, _TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_snapshot_bytes_f64(
    shape: *const tutee_shape,
    bytes: *mut usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { whitener::snapshot_bytes::<f64>(shape, bytes) })
}

/// Writes a snapshot of a whitener, settled or not, to `bytes`, exactly tutee_whitener_snapshot_bytes_f64 = `n_bytes` of them. It changes no more
/// once it has settled, so that it is saved once, beside the snapshots of the student behind it. Any floating-point environment will do.
///
/// Errors: TUTEE_ERROR_NOT_FINITE for numbers that tutee_whitener_load_f64 would refuse, which no call of this library leaves behind. Costs about
/// ten nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_save_f64(
    whitener: *mut tutee_whitener<f64>,
    bytes: *mut u8,
    n_bytes: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { whitener::save(whitener, (bytes, n_bytes)) })
}

/// Hands the bytes that tutee_whitener_save_f64 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs
/// memory. Any floating-point environment will do.
///
/// Errors: TUTEE_ERROR_ENUM (sink), _NOT_FINITE for numbers that tutee_whitener_load_f64 would refuse, which no call of this library leaves behind;
/// all before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten nanoseconds a byte, and twice that as a slot.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_save_to_f64(
    whitener: *mut tutee_whitener<f64>,
    sink: *const tutee_sink,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { whitener::save_to(whitener, sink) })
}

/// Replaces all that a whitener knows by what is in a snapshot of as many tokens and features and of the same precision: it goes on with the bits
/// that it would have had without the stop. `bytes` may have any length and any content.
///
/// Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE; TUTEE_ERROR_NOT_FINITE (a number in it);
/// TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs about ten nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_whitener_load_f64(
    whitener: *mut tutee_whitener<f64>,
    bytes: *const u8,
    n_bytes: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { whitener::load(whitener, (bytes, n_bytes)) })
}
