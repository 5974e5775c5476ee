// Made by `cargo run -p tutee-generate`; not to be edited.
//! The functions for `float`, from those of `f64/raw.rs`.

use crate::api::raw::{self as api, Recorded};
use crate::raw_types::*;
use crate::status::{status, tutee_status};
use crate::types::*;

/// Words (uint64_t) of a student of raw readings with its working memory: `*words` = TUTEE_RAW_WORDS_F32(filters, features, tokens,
/// outputs, preparation). The sizes are those of the readings, `preparation` is a sum of tutee_preparation.
///
/// Errors: TUTEE_ERROR_ZERO, _TOO_LARGE (also a size that the preparation makes too large), _ENUM (preparation).
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_words_f32(
    shape: *const tutee_shape,
    preparation: i32,
    words: *mut usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::words::<f32>(shape, preparation, words) })
}

/// Makes a student of readings of these sizes, which has seen none: W and logits zero; with TUTEE_SIGNED W is 1/2 everywhere.
///
/// `memory` has at least tutee_raw_words_f32 `words`; `*raw` then points to it. `slope` is looked at for TUTEE_LEAKY_RELU alone.
///
/// Errors: those of tutee_raw_words_f32; of the activation TUTEE_ERROR_ENUM, _NOT_FINITE, _OUT_OF_RANGE; _FLOAT_ENVIRONMENT. Costs
/// writing the memory once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_init_f32(
    memory: *mut u64,
    words: usize,
    shape: *const tutee_shape,
    preparation: i32,
    activation: i32,
    slope: f32,
    raw: *mut *mut tutee_raw<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::init((memory, words), shape, preparation, (activation, slope), raw) })
}

/// Looks at `pairs` recorded pairs, `x[pairs][tokens][features]` and `y[pairs][outputs][filters]` as they come, in any unit and with any
/// offset: running means and second moments, by which readings are centred and scaled from then on. With the identity a mean is taken
/// from every sensor and from every answer; with an activation from every feature, which can be given back. To be done with the first
/// pairs, as many as show how readings spread; what was looked at is not trained on. Whatever batch there was ends. All pairs are
/// looked at or, when anything is wrong, none.
///
/// Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE, _OUT_OF_RANGE (a number beyond a quarter of the largest), _FLOAT_ENVIRONMENT. Costs two
/// divisions a number.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_observe_f32(
    raw: *mut tutee_raw<f32>,
    pairs: usize,
    x: *const f32,
    n_x: usize,
    y: *const f32,
    n_y: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::observe(raw, Recorded { pairs, x: (x, n_x), y: (y, n_y) }) })
}

/// Lets what is known of the readings weigh as much as `pairs` pairs, which may be 0; where it weighs less nothing is changed but that whatever
/// batch there was ends. Called before each pair that tutee_raw_observe_f32 is given alone, means and scales are those of an
/// exponential window: a pair counts 1 - 1 / (pairs + 1) times as much with each that comes after it, so that they follow sensors that drift, or a
/// plant that was changed. The student stays, whose W was learned of readings that were centred and scaled in another way: one of tutee_raw_init_f32, or
/// more steps after tutee_raw_begin_f32.
///
/// Errors: TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs a multiplication a feature.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_forget_f32(raw: *mut tutee_raw<f32>, pairs: u64) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::forget(raw, pairs) })
}

/// Copies what is known of the readings: what is taken from inputs, `mean[tokens][features]`; by what they are then divided,
/// `scale[features]`, the standard deviation, zero for a feature that was constant and is given to the student as zero; what is taken
/// from answers, `answer_mean[outputs][filters]`; and by what those are divided, `*answer_scale`. Zeros before the first pair. Nothing is
/// computed: any floating-point environment will do, and a batch stays as it is.
///
/// Errors: those of every function alone. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_moments_f32(
    raw: *mut tutee_raw<f32>,
    mean: *mut f32,
    n_mean: usize,
    scale: *mut f32,
    n_scale: usize,
    answer_mean: *mut f32,
    n_answer_mean: usize,
    answer_scale: *mut f32,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::moments(raw, (mean, n_mean), (scale, n_scale), (answer_mean, n_answer_mean), answer_scale) })
}

/// Begins the training on the readings that were looked at; or drops the batch, where it has begun.
///
/// Errors: TUTEE_ERROR_CANNOT_MOVE when no pair was looked at (tutee_raw_observe_f32 first), or no feature varies in them; _FLOAT_ENVIRONMENT. Costs writing the
/// working memory once, and an exponential for each weight of the attention.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_begin_f32(raw: *mut tutee_raw<f32>) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::begin(raw) })
}

/// Adds `pairs` recorded pairs to the batch, `x[pairs][tokens][features]` and `y[pairs][outputs][filters]` as they come: all of them or,
/// when anything is wrong, none.
///
/// Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE (also a number so far from what was looked at that its square overflows), _BATCH (none was
/// begun), _FLOAT_ENVIRONMENT. Costs about `6 M D (d + J)` additions and multiplications a pair, of the student's sizes.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_accumulate_f32(
    raw: *mut tutee_raw<f32>,
    pairs: usize,
    x: *const f32,
    n_x: usize,
    y: *const f32,
    n_y: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::accumulate(raw, Recorded { pairs, x: (x, n_x), y: (y, n_y) }) })
}

/// Adds the batch of `other` to that of `raw`, sum to sum, for threads that share the pairs of a step: each accumulates into a copy of the
/// object's words, made by memcpy after tutee_raw_begin_f32 or a step, before any pair; then one thread merges them, and steps. The bits are those
/// of the order in which batches are merged, whichever thread was done first; of all pairs in one batch they differ by rounding. `other` stays
/// as it is, and is a copy of `raw` no more after the step: it is copied anew.
///
/// Errors: TUTEE_ERROR_SHAPE (also another preparation); _BATCH unless both were begun with one student, activation and all that is known of
/// the readings; _OVERLAP (also of an object with itself); _FLOAT_ENVIRONMENT. Costs a few operations for each number of both.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_merge_f32(raw: *mut tutee_raw<f32>, other: *mut tutee_raw<f32>) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::merge(raw, other) })
}

/// The usual settings of a step on raw readings: shares 0.5 and 0.2, a row moves by at most 0.25, ten times the loss of predicting nothing; compensated.
///
/// Errors: those of every function alone.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_descent_default_f32(descent: *mut tutee_raw_descent<f32>) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::descent_default(descent) })
}

/// One step along the mean gradient of the batch, at rates that come from the data; then an empty batch begins.
///
/// Errors: TUTEE_ERROR_NO_SAMPLES, _BATCH (none was begun); of the settings _NOT_FINITE, _OUT_OF_RANGE, _ENUM; _FLOAT_ENVIRONMENT.
/// TUTEE_ERROR_DIVERGED is a share that is too large, never a fault of the pairs: the batch is dropped then, and the student is again
/// the one before the last step whose batch cost less than the limit; `*stepped` is not written. Where it is no share but sensors that
/// have moved, tutee_raw_strayed says so.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_step_f32(
    raw: *mut tutee_raw<f32>,
    descent: *const tutee_raw_descent<f32>,
    stepped: *mut tutee_raw_stepped<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::step(raw, descent, stepped) })
}

/// What the batch says of the student as it stands: how well it answers, whether the attention has moved, whether a filter is dead. The
/// batch stays.
///
/// Errors: TUTEE_ERROR_NO_SAMPLES, _BATCH (none was begun), _NOT_FINITE, _FLOAT_ENVIRONMENT. Costs a pass over the attention and the sums
/// of the batch.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_diagnose_f32(
    raw: *mut tutee_raw<f32>,
    diagnosis: *mut tutee_raw_diagnosis<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::diagnose(raw, diagnosis) })
}

/// How well the student answers `pairs` recorded pairs that it is not trained on. Nothing is added to the batch.
///
/// Errors: those of tutee_raw_accumulate_f32; TUTEE_ERROR_NOT_FINITE also when a square overflows (working memory in the object is written then,
/// which nothing reads). Costs about a third of tutee_raw_accumulate_f32.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_loss_f32(
    raw: *mut tutee_raw<f32>,
    pairs: usize,
    x: *const f32,
    n_x: usize,
    y: *const f32,
    n_y: usize,
    fit: *mut tutee_raw_fit<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::held_out(raw, Recorded { pairs, x: (x, n_x), y: (y, n_y) }, fit) })
}

/// Which sensor of `pairs` recorded pairs lies farthest from the means that were taken of those that were looked at, one of inputs and one
/// of answers, and how far: the mean of its squares over these pairs, in squares of the scales. A sensor whose offset has moved by m
/// deviations is told by about 1 + m^2 however many others there are; one whose unit has changed by a factor by its square. Chance
/// alone makes 2 or 3 of the largest of many over some ten pairs, and more of fewer, so that 10 is a fair bound of what is none.
/// A batch that ends in TUTEE_ERROR_DIVERGED for that cause asks for no smaller step: look at readings as they are now (tutee_raw_init,
/// tutee_raw_observe).
///
/// A feature has one scale for all tokens (tutee_raw_moments_f32), and answers have one for all: where sensors vary alike each has 1 on
/// average, where they do not the liveliest has up to as many as share its scale, and what this function says of the pairs that
/// were looked at is what to compare with; as where an activation leaves tokens means of their own. A feature that was constant does not
/// count. Neither batch nor student is touched; there need be none.
///
/// Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE (also where a square overflows), _CANNOT_MOVE (nothing was looked at, or nothing that
/// varies), _FLOAT_ENVIRONMENT. Costs a division a number.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_strayed_f32(
    raw: *mut tutee_raw<f32>,
    pairs: usize,
    x: *const f32,
    n_x: usize,
    y: *const f32,
    n_y: usize,
    strayed: *mut tutee_raw_spread<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::strayed(raw, Recorded { pairs, x: (x, n_x), y: (y, n_y) }, strayed) })
}

/// Predicts the readings that answer to `inputs` inputs: from `x[inputs][tokens][features]`, as they come, `y[inputs][outputs][filters]` in
/// their own units. Nothing is added to the batch.
///
/// Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE, _BATCH (no training was begun), _FLOAT_ENVIRONMENT. Costs about `2 M D (d + J)`
/// multiplications and additions an input, and an exponential for each weight of the attention.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_predict_f32(
    raw: *mut tutee_raw<f32>,
    inputs: usize,
    x: *const f32,
    n_x: usize,
    y: *mut f32,
    n_y: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::predict(raw, inputs, (x, n_x), (y, n_y)) })
}

/// Copies what the student has learned, in the units of the readings: y_j = act( W sum_i S_ji x_i + b_j ), with W `value[filters][features]`,
/// b `bias[outputs][filters]` and S `mixing[outputs][tokens]`. S is negative where a negated token weighs more, and its rows add up to less than one
/// by what the spare token has. A feature that was constant has weight zero. Numbers that the type cannot hold, of units very far
/// apart, are infinite or zero. Student and batch stay as they are.
///
/// Errors: TUTEE_ERROR_BATCH (no training was begun), _FLOAT_ENVIRONMENT. Costs an exponential for each weight of the attention, and `M d
/// + J M D` multiplications.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_explain_f32(
    raw: *mut tutee_raw<f32>,
    value: *mut f32,
    n_value: usize,
    bias: *mut f32,
    n_bias: usize,
    mixing: *mut f32,
    n_mixing: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::explain(raw, (value, n_value), (bias, n_bias), (mixing, n_mixing)) })
}

/// Writes the `n_links` entries of S that are farthest from zero, the farthest first; of equal ones the first output and token come first. From 1 to
/// outputs * tokens entries. All of them are listed, whether they stand out or not, which tutee_mixing_links_f32 tells. Student and batch
/// stay as they are.
///
/// Errors: TUTEE_ERROR_LENGTH (none, or more than there are), _BATCH (no training was begun), _FLOAT_ENVIRONMENT. Costs log n_links for each
/// entry of S.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_links_f32(
    raw: *mut tutee_raw<f32>,
    links: *mut tutee_link<f32>,
    n_links: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::links(raw, (links, n_links)) })
}

/// Bytes of a snapshot of a student of raw readings: `*bytes` = TUTEE_RAW_SNAPSHOT_BYTES_F32(filters, features, tokens, outputs,
/// preparation). The sizes are those of the readings, `preparation` is a sum of tutee_preparation.
///
/// Errors: TUTEE_ERROR_ZERO, _TOO_LARGE (also a size that the preparation makes too large), _ENUM (preparation).
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_snapshot_bytes_f32(
    shape: *const tutee_shape,
    preparation: i32,
    bytes: *mut usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::snapshot_bytes::<f32>(shape, preparation, bytes) })
}

/// Writes a snapshot of all that the training needs to go on, but the batch in the making, to `bytes`, exactly
/// tutee_raw_snapshot_bytes_f32 = `n_bytes` of them: the student, what is known of the readings, where rates come from, and the
/// activation. To be taken after a step; a batch stays as it is, and is lost to whoever loads. Any floating-point environment will do.
///
/// Errors: TUTEE_ERROR_BATCH (no training was begun); TUTEE_ERROR_NOT_FINITE for numbers that tutee_raw_load would refuse, which no
/// call of this library leaves behind. Costs about ten nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_save_f32(raw: *mut tutee_raw<f32>, bytes: *mut u8, n_bytes: usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::save(raw, (bytes, n_bytes)) })
}

/// Hands the bytes that tutee_raw_save_f32 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs memory.
/// A batch stays as it is, and any floating-point environment will do.
///
/// Errors: TUTEE_ERROR_BATCH (no training was begun), _ENUM (sink), _NOT_FINITE for numbers that tutee_raw_load_f32 would refuse, which no call of this
/// library leaves behind; all before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten nanoseconds a byte, and
/// twice that as a slot.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_save_to_f32(raw: *mut tutee_raw<f32>, sink: *const tutee_sink) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::save_to(raw, sink) })
}

/// Replaces the student, all that is known of its readings, and its activation by those in a snapshot of the same sizes, preparation and
/// precision, and begins an empty batch: the next step has the bits that it would have had without the stop. An object made by
/// tutee_raw_init, which has seen nothing, is enough. A step that is refused then goes back to the student that was saved.
/// `bytes` may have any length and any content; tutee_raw_inspect says what they are of. A snapshot of a student that could never move,
/// which no call of this library writes, is loaded without a batch, and tutee_raw_begin says what it lacks.
///
/// Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE (also another
/// preparation); TUTEE_ERROR_NOT_FINITE (a number in it); TUTEE_ERROR_ZERO or TUTEE_ERROR_TOO_LARGE for sizes that no student of
/// this machine can have; TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs about ten nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_load_f32(
    raw: *mut tutee_raw<f32>,
    bytes: *const u8,
    n_bytes: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::load(raw, (bytes, n_bytes)) })
}
