// Made by `cargo run -p tutee-generate`; not to be edited.
//! The functions for `float`, from those of `f64/training.rs`.

use core::ffi::c_char;

use crate::api::label::Labelled;
use crate::api::population::Objects;
use crate::api::ruled::Ruling;
use crate::api::run::Plan;
use crate::api::{self, batch, label, online, population, ruled};
use crate::status::{status, tutee_status};
use crate::types::*;

/// The usual settings of a step: one rate for both matrices, value limit 1e6, compensated.
///
/// Errors: TUTEE_ERROR_NOT_FINITE, TUTEE_ERROR_OUT_OF_RANGE (a negative rate).
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_descent_default_f32(rate: f32, descent: *mut tutee_descent<f32>) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::defaults::descent(rate, descent) })
}

/// The usual rule to stop: after `steps` steps in all, and nothing else.
///
/// Errors: those of every function alone.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_stop_default_f32(steps: u64, stop: *mut tutee_stop<f32>) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::defaults::stop(steps, stop) })
}

/// The usual source: Gaussian inputs without noise, `batch` samples a step, from the start of the stream of `seed`.
///
/// Errors: TUTEE_ERROR_ZERO (batch).
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_source_default_f32(
    seed: u64,
    batch: u32,
    source: *mut tutee_source<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::defaults::source(seed, batch, source) })
}

/// One step along the exact gradient over all Gaussian inputs. `scratch` has at least TUTEE_POPULATION_SCRATCH elements.
///
/// Errors: TUTEE_ERROR_SHAPE, _NOT_FINITE, _OUT_OF_RANGE or _ENUM (descent), _DIVERGED, _FLOAT_ENVIRONMENT. Costs
/// outputs * tokens exponentials, and as many arcsines as filters * outputs unless the activation is the identity.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_population_step_f32(
    student: *mut tutee_student<f32>,
    teacher: *const tutee_teacher<f32>,
    descent: *const tutee_descent<f32>,
    scratch: *mut f32,
    n_scratch: usize,
) -> tutee_status {
    let objects = Objects { student, teacher, scratch, n_scratch };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { population::step(objects, descent) })
}

/// Population steps until a rule of `stop` holds. `observer` may be NULL. `scratch` has at least
/// TUTEE_POPULATION_SCRATCH elements.
///
/// Errors: as tutee_population_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ZERO (stop), _NULL or _ZERO
/// (observer). After TUTEE_ERROR_DIVERGED, and whatever is refused after a callback, the student stands after the last
/// good step. Costs what its steps cost, and a measurement wherever the callback or the rule looks.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_population_run_f32(
    student: *mut tutee_student<f32>,
    teacher: *const tutee_teacher<f32>,
    descent: *const tutee_descent<f32>,
    stop: *const tutee_stop<f32>,
    observer: *const tutee_observer<f32>,
    scratch: *mut f32,
    n_scratch: usize,
    result: *mut tutee_result<f32>,
) -> tutee_status {
    let objects = Objects { student, teacher, scratch, n_scratch };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { population::run(objects, descent, Plan::new(stop, observer, result)) })
}

/// One step of a classifier along the exact gradient of its mean logistic loss: over all Gaussian inputs whose entries have the standard
/// deviation `label->deviation`, and over all labels. The label is +1 or -1, the side of token `label->group` along `direction`
/// (`n_direction` = features numbers, of any length), flipped with the probability `label->flips`. The student has one filter; the sum
/// of its outputs, without an activation, is the log-odds of the label +1. `scratch` has at least TUTEE_LABEL_SCRATCH elements.
///
/// Errors: TUTEE_ERROR_OUT_OF_RANGE (several filters; a deviation that is not positive; flips outside 0 to 1; a direction whose squared
/// norm is no normal number; descent), _INDEX (the group), _NOT_FINITE, _ENUM (descent), _DIVERGED, _FLOAT_ENVIRONMENT. Costs
/// outputs * tokens exponentials and some hundreds more.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_label_step_f32(
    student: *mut tutee_student<f32>,
    label: *const tutee_group_label<f32>,
    direction: *const f32,
    n_direction: usize,
    descent: *const tutee_descent<f32>,
    scratch: *mut f32,
    n_scratch: usize,
) -> tutee_status {
    let given = Labelled { student, label, direction: (direction, n_direction), scratch: (scratch, n_scratch) };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { label::step(given, descent) })
}

/// Steps of tutee_label_step_f32 until a rule of `stop` holds. The excess loss of `stop`, `observer` and `result` is the mean loss
/// above the entropy of the flips, -p ln p - (1 - p) ln(1 - p), below which nothing comes; from zero without flips it ends on
/// (0.1435 / (D^2 deviation^2 r t))^(1/3) after t steps of the attention rate r per logit (attention_rate / D) with D outputs and D tokens.
/// `observer` may be NULL. `scratch` has at least TUTEE_LABEL_SCRATCH elements.
///
/// Errors: those of tutee_label_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ZERO (stop), _NULL or _ZERO (observer). After
/// TUTEE_ERROR_DIVERGED, and whatever is refused after a callback, the student stands after the last good step. Costs what its steps
/// cost, and a loss wherever the callback or the rule looks.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_label_run_f32(
    student: *mut tutee_student<f32>,
    label: *const tutee_group_label<f32>,
    direction: *const f32,
    n_direction: usize,
    descent: *const tutee_descent<f32>,
    stop: *const tutee_stop<f32>,
    observer: *const tutee_observer<f32>,
    scratch: *mut f32,
    n_scratch: usize,
    result: *mut tutee_result<f32>,
) -> tutee_status {
    let given = Labelled { student, label, direction: (direction, n_direction), scratch: (scratch, n_scratch) };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { label::run(given, descent, Plan::new(stop, observer, result)) })
}

/// The mean logistic loss that tutee_label_step_f32 makes small, of the classifier as it stands. Nothing moves; the student's memory is
/// not written to. `scratch` has at least TUTEE_LABEL_SCRATCH elements.
///
/// Errors: those of tutee_label_step_f32 but of its descent; TUTEE_ERROR_OUT_OF_RANGE also where numbers are so large that the loss
/// overflows. Costs an exponential for each weight of the attention and some hundreds more.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_label_loss_f32(
    student: *mut tutee_student<f32>,
    label: *const tutee_group_label<f32>,
    direction: *const f32,
    n_direction: usize,
    scratch: *mut f32,
    n_scratch: usize,
    mean_loss: *mut f32,
) -> tutee_status {
    let given = Labelled { student, label, direction: (direction, n_direction), scratch: (scratch, n_scratch) };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { label::loss(given, mean_loss) })
}

/// Words (uint64_t) of a sampler: `*words` = TUTEE_SAMPLER_WORDS_F32(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_sampler_words_f32(shape: *const tutee_shape, words: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::words::<tutee_sampler<f32>>(shape, words) })
}

/// Words (uint64_t) with which a sampler makes the most of wide vector registers: several times as fast on x86-64 and 64-bit
/// ARM, and in WebAssembly with SIMD, with the same bits. `*words` =
/// TUTEE_SAMPLER_WORDS_WIDE_F32(filters, features, tokens, outputs), on every machine.
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_sampler_words_wide_f32(shape: *const tutee_shape, words: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::wide_words::<tutee_sampler<f32>>(shape, words) })
}

/// Makes a sampler without a batch.
///
/// `memory` has at least tutee_sampler_words_f32 `words`; `*sampler` then points to it. From tutee_sampler_words_wide_f32
/// words on, the sampler consists of that many, and adds pairs faster where there are wide registers.
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE (shape). Costs writing the memory once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_sampler_init_f32(
    memory: *mut u64,
    words: usize,
    shape: *const tutee_shape,
    sampler: *mut *mut tutee_sampler<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::init(memory, words, shape, sampler) })
}

/// Begins an empty batch for `student`, forgetting any other batch of the sampler. `activation` and `slope` are the
/// student's; the slope is looked at for TUTEE_LEAKY_RELU alone.
///
/// The batch belongs to the student as it stands. Whatever changes the student ends it: another kind of step, reset,
/// parameters that are set (to what they were, too), a snapshot that is loaded; from then on, and for a student whose
/// numbers are others, accumulate and step return TUTEE_ERROR_BATCH. A copy of the student by memcpy is as good as the
/// student until one of them changes. (Students are told apart by 63 bits of all their numbers and their history.)
///
/// Errors: TUTEE_ERROR_SHAPE, _ENUM, _NOT_FINITE or _OUT_OF_RANGE (activation), _FLOAT_ENVIRONMENT. Costs outputs * tokens
/// exponentials, and reading the student once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_samples_begin_f32(
    student: *mut tutee_student<f32>,
    sampler: *mut tutee_sampler<f32>,
    activation: i32,
    slope: f32,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::begin(student, sampler, (activation, slope)) })
}

/// Adds `pairs` pairs of input and answer, which the caller's own simulator produced, to the batch:
/// `x[pairs][tokens][features]`, `n_x` elements, and `y[pairs][outputs][filters]`, `n_y` elements. All of them are added
/// or, when anything is wrong, none. Pairs in one call or in many give the same bits; a sampler of
/// tutee_sampler_words_wide_f32 words takes less time when there are many in one call.
///
/// Errors: TUTEE_ERROR_SHAPE, _ZERO (pairs), _NOT_FINITE, _BATCH (none was begun for the student as it stands),
/// _FLOAT_ENVIRONMENT. Costs about 3 filters * tokens * (features + outputs) multiplications a pair.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_samples_accumulate_f32(
    student: *mut tutee_student<f32>,
    sampler: *mut tutee_sampler<f32>,
    pairs: usize,
    x: *const f32,
    n_x: usize,
    y: *const f32,
    n_y: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::accumulate(student, sampler, pairs, (x, n_x), (y, n_y)) })
}

/// Says of an array of numbers what a call that wants `expected` finite ones says of it, and at which element. After a refused
/// call it is asked about the call's arrays in turn: the first that it refuses, too, is the one that was meant, and
/// `fault.argument`, `fault.index` (as in `y[17]`), `fault.expected` and `fault.found` say where and how. A program that has
/// nobody to tell does without, and links nothing of it.
///
/// `argument` is a name for `*fault`; it is not looked at and may be NULL. `*fault` is written whatever is found of the numbers,
/// but for TUTEE_ERROR_OVERLAP. A number of a struct of settings is an array of one.
///
/// Errors: TUTEE_ERROR_NOT_FINITE. Costs reading the array.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_check_numbers_f32(
    argument: *const c_char,
    numbers: *const f32,
    n_numbers: usize,
    expected: usize,
    fault: *mut tutee_fault,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::check::numbers(argument, (numbers, n_numbers), expected, fault) })
}

/// Adds the batch of the sampler `other` to that of `sampler`, sum to sum, for threads that share the pairs of a step: each begins a batch for a
/// copy of the student's words, made by memcpy, in a sampler of its own; then one thread merges them, and steps. The bits are those of the
/// order in which samplers are merged, whichever thread was done first; of all pairs in one sampler they differ by rounding. `other` stays
/// as it is.
///
/// Errors: TUTEE_ERROR_SHAPE; _BATCH unless both batches were begun for this student as it stands, or a copy, and with one activation;
/// _OVERLAP (also of a sampler with itself); _FLOAT_ENVIRONMENT. Costs an addition for each weight of the student.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_samples_merge_f32(
    student: *const tutee_student<f32>,
    sampler: *mut tutee_sampler<f32>,
    other: *mut tutee_sampler<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::merge(student, sampler, other) })
}

/// How many pairs the batch holds, and the mean of 1/2 || y - prediction ||^2 over them; 0 without any. Infinite where a
/// prediction or a square overflows.
///
/// Errors: TUTEE_ERROR_BATCH (none was begun), _FLOAT_ENVIRONMENT. Costs a division.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_samples_loss_f32(
    sampler: *const tutee_sampler<f32>,
    count: *mut u64,
    mean_loss: *mut f32,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::batch_loss(sampler, count, mean_loss) })
}

/// One step along the mean gradient of the batch; then an empty batch begins for the student as it then stands.
///
/// Errors: TUTEE_ERROR_SHAPE, _NO_SAMPLES, _BATCH, _NOT_FINITE, _OUT_OF_RANGE or _ENUM (descent), _DIVERGED,
/// _FLOAT_ENVIRONMENT. Every one leaves the batch as it is: after TUTEE_ERROR_DIVERGED it can be tried with a lower
/// rate. With settings that are finite TUTEE_ERROR_NOT_FINITE is the batch's: its numbers are so large that sums of their products
/// overflowed, no rate helps, and to begin again drops it. Costs outputs * tokens exponentials, and reading the student once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_samples_step_f32(
    student: *mut tutee_student<f32>,
    sampler: *mut tutee_sampler<f32>,
    descent: *const tutee_descent<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::step(student, sampler, descent) })
}

/// One step along the mean gradient of a batch that the library draws and the teacher labels. `source->index` moves by
/// `source->batch`. `scratch` has at least TUTEE_ONLINE_SCRATCH elements;
/// TUTEE_ONLINE_SCRATCH_WIDE make it faster where there are wide registers, with the same bits.
///
/// Errors: TUTEE_ERROR_SHAPE, _NOT_FINITE, _OUT_OF_RANGE, _ENUM or _ZERO (source, descent), _DIVERGED,
/// _FLOAT_ENVIRONMENT; the index then stays. Costs as many tutee_samples_accumulate_f32 as the batch has samples, and
/// the draws.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_online_step_f32(
    student: *mut tutee_student<f32>,
    teacher: *const tutee_teacher<f32>,
    source: *mut tutee_source<f32>,
    descent: *const tutee_descent<f32>,
    scratch: *mut f32,
    n_scratch: usize,
) -> tutee_status {
    let objects = Objects { student, teacher, scratch, n_scratch };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { online::step(objects, source, descent) })
}

/// Online steps until a rule of `stop` holds. `observer` may be NULL. `source->index` moves along, and is right whenever
/// the callback looks. `scratch` has at least TUTEE_ONLINE_SCRATCH elements;
/// TUTEE_ONLINE_SCRATCH_WIDE make it faster where there are wide registers, with the same bits.
///
/// Errors: as tutee_online_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ZERO (stop), _NULL or _ZERO
/// (observer). After TUTEE_ERROR_DIVERGED, and whatever is refused after a callback, student and source stand after the
/// last good step. Costs what its steps cost, and a measurement wherever the callback or the rule looks.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_online_run_f32(
    student: *mut tutee_student<f32>,
    teacher: *const tutee_teacher<f32>,
    source: *mut tutee_source<f32>,
    descent: *const tutee_descent<f32>,
    stop: *const tutee_stop<f32>,
    observer: *const tutee_observer<f32>,
    scratch: *mut f32,
    n_scratch: usize,
    result: *mut tutee_result<f32>,
) -> tutee_status {
    let objects = Objects { student, teacher, scratch, n_scratch };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { online::run(objects, source, descent, Plan::new(stop, observer, result)) })
}

/// One step along the exact gradient over all Gaussian inputs by `rules`. `kept` is what the rule of the attention keeps from step
/// to step: TUTEE_RULES_KEPT elements, zero before the first step, for TUTEE_RULE_ADAM; for other rules it is not looked at and
/// `n_kept` is 0. `scratch` has at least TUTEE_RULES_SCRATCH elements. A row rests once its excess loss is no more than what rounding
/// makes of it.
///
/// Errors: as tutee_population_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ENUM (rules; a normalised step longer than
/// -ln|1 - q rate outputs / G| / sqrt(tokens / (K (tokens - K))) for G = tokens, and for G = K, which the value matrix could not follow; Polyak's rule with a
/// teacher that no student equals). Costs some times as much as tutee_population_step_f32.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_population_step_ruled_f32(
    student: *mut tutee_student<f32>,
    teacher: *const tutee_teacher<f32>,
    rules: *const tutee_rules<f32>,
    kept: *mut f32,
    n_kept: usize,
    descent: *const tutee_descent<f32>,
    scratch: *mut f32,
    n_scratch: usize,
) -> tutee_status {
    let objects = Objects { student, teacher, scratch, n_scratch };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { ruled::population(objects, Ruling { rules, kept, n_kept }, descent) })
}

/// One step along the mean gradient of the batch by `rules`; then an empty batch begins. `kept` is as in
/// tutee_population_step_ruled_f32. TUTEE_RULE_DESCENT gives the bits of tutee_samples_step_f32.
///
/// Errors: as tutee_samples_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ENUM (rules; Polyak's rule and
/// TUTEE_VALUE_PROJECTED are not for such batches). Every one leaves student, batch and what is kept as they are. Costs the gradient
/// through the softmax twice, with Adam three times.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_samples_step_ruled_f32(
    student: *mut tutee_student<f32>,
    sampler: *mut tutee_sampler<f32>,
    rules: *const tutee_rules<f32>,
    kept: *mut f32,
    n_kept: usize,
    descent: *const tutee_descent<f32>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { ruled::samples(student, sampler, Ruling { rules, kept, n_kept }, descent) })
}

/// One step by `rules` along a batch that the library draws and the teacher labels. `kept` is as in
/// tutee_population_step_ruled_f32, the rest as in tutee_online_step_f32, whose bits TUTEE_RULE_DESCENT gives.
///
/// Errors: as tutee_online_step_f32, also TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE or _ENUM (rules; Polyak's rule with
/// a teacher that no student equals; TUTEE_VALUE_PROJECTED with inputs that are exponential, shifted or correlated; a normalised step that is
/// too long). What is kept and the index then stay. Costs for each sample what tutee_samples_accumulate_f32 costs and a draw for each
/// number of it, then a step of tutee_samples_step_ruled_f32.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_online_step_ruled_f32(
    student: *mut tutee_student<f32>,
    teacher: *const tutee_teacher<f32>,
    source: *mut tutee_source<f32>,
    rules: *const tutee_rules<f32>,
    kept: *mut f32,
    n_kept: usize,
    descent: *const tutee_descent<f32>,
    scratch: *mut f32,
    n_scratch: usize,
) -> tutee_status {
    let objects = Objects { student, teacher, scratch, n_scratch };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { ruled::online(objects, source, Ruling { rules, kept, n_kept }, descent) })
}
