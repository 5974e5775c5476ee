//! A whole layer, in `double`. The file of this name in `generated/f32` is made from this one.

use crate::api::layer::batch::{self, Shown};
use crate::api::layer::online::{self, Drawn};
use crate::api::layer::selection::{self, Exact};
use crate::api::layer::{self as api, parameters, snapshot};
use crate::layer_types::*;
use crate::status::{status, tutee_status};
use crate::types::*;

/// Words (uint64_t) of a layer with its working memory: `*words` = TUTEE_LAYER_WORDS_F64(filters, features, tokens, outputs,
/// embedding, codes, key_query, queries, code_width, key_width, query_width).
///
/// Errors: TUTEE_ERROR_ENUM, _ZERO, _TOO_LARGE; TUTEE_ERROR_LENGTH where sizes must agree (outputs and tokens when tokens ask, code width
/// and features when they are added); TUTEE_ERROR_OUT_OF_RANGE for codes that nothing uses, or that are needed and missing, and for a
/// width of what there is not.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_words_f64(shape: *const tutee_layer_shape, words: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::words::<f64>(shape, words) })
}

/// The usual settings of a layer: scale 1 / sqrt(tokens), identity, squared loss, every block trains that there is.
///
/// Errors: those of tutee_layer_words, and TUTEE_ERROR_FLOAT_ENVIRONMENT.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_default_f64(
    shape: *const tutee_layer_shape,
    settings: *mut tutee_layer_settings<f64>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::settings_default(shape, settings) })
}

/// Makes a layer of zeros with the usual settings, without a batch; its position codes are zero, too, and have to be set.
///
/// `memory` has at least tutee_layer_words_f64 `words`; `*layer` then points to it.
///
/// Errors: those of tutee_layer_words, and TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs writing the memory once.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_init_f64(
    memory: *mut u64,
    words: usize,
    shape: *const tutee_layer_shape,
    layer: *mut *mut tutee_layer<f64>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::init(memory, words, shape, layer) })
}

/// Replaces the settings, and ends the batch.
///
/// Errors: TUTEE_ERROR_NOT_FINITE, _ENUM, _OUT_OF_RANGE (slope; several filters or an activation with the logistic loss; blocks that the
/// layer does not have; for separate matrices a choice of blocks that is not one of columns of W_K times columns of W_Q). Costs a few
/// comparisons.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_configure_f64(
    layer: *mut tutee_layer<f64>,
    settings: *const tutee_layer_settings<f64>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::configure(layer, settings) })
}

/// Copies the settings to `*settings`: those that were set last, or came with a snapshot.
///
/// Errors: those of every function alone. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_configuration_f64(
    layer: *const tutee_layer<f64>,
    settings: *mut tutee_layer_settings<f64>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::get_settings(layer, settings) })
}

/// Fills `codes[tokens][code_width]` with position codes, for TUTEE_CODES of tutee_layer_set or for a sample that brings its own. `code` is
/// one of tutee_code; `seed` is looked at for TUTEE_CODE_ORTHONORMAL and TUTEE_CODE_SIGNS. `n_codes` = tokens * code_width.
///
/// Errors: those of tutee_layer_words; TUTEE_ERROR_ENUM; TUTEE_ERROR_OUT_OF_RANGE for a shape without codes, and for identity or
/// orthonormal codes that are narrower than there are tokens; TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs a sine, a cosine or a draw for each
/// entry; orthonormal codes tokens^2 * code_width multiplications more.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_codes_f64(
    shape: *const tutee_layer_shape,
    code: i32,
    seed: u64,
    codes: *mut f64,
    n_codes: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { parameters::encode(shape, (code, seed), (codes, n_codes)) })
}

/// Sets out anew: W_V zero, W_KQ or W_K and W_Q as `start` says, one of tutee_start, in the blocks that train, and zero in the others.
/// No steps are taken yet; codes stay as they are, and the batch ends. `deviation` (not negative; 0.1 is usual) and `seed` are looked at for
/// TUTEE_START_GAUSSIAN alone.
///
/// Errors: TUTEE_ERROR_ENUM, _NOT_FINITE, _OUT_OF_RANGE, _FLOAT_ENVIRONMENT. Costs writing the memory once, and a draw for each entry
/// that is not zero.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_start_f64(
    layer: *mut tutee_layer<f64>,
    start: i32,
    deviation: f64,
    seed: u64,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { parameters::start(layer, (start, deviation, seed)) })
}

/// Copies a block of the layer's numbers, one of tutee_block, to `out`: `n_out` elements, as many as tutee_layer_block_len says.
/// TUTEE_ATTENTION is that of the last sample that was added, predicted or measured; zeros before the first.
///
/// Errors: TUTEE_ERROR_ENUM (block, also one that the layer does not have). Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_get_f64(
    layer: *const tutee_layer<f64>,
    block: i32,
    out: *mut f64,
    n_out: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { parameters::get(layer, block, (out, n_out)) })
}

/// Replaces a block of the layer's numbers, one of tutee_block, by `from`, and ends the batch: `n_from` elements, as many as
/// tutee_layer_block_len says.
///
/// Errors: TUTEE_ERROR_ENUM (block, also one that the layer does not have), _READ_ONLY (TUTEE_ATTENTION), _NOT_FINITE. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_set_f64(
    layer: *mut tutee_layer<f64>,
    block: i32,
    from: *const f64,
    n_from: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { parameters::set(layer, block, (from, n_from)) })
}

/// Gradient steps taken since the start.
///
/// Errors: those of every function alone. Costs a copy.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_steps_f64(layer: *const tutee_layer<f64>, steps: *mut u64) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { parameters::steps(layer, steps) })
}

/// A 64-bit digest of sizes, choices, steps and the bits of every parameter: equal layers have equal digests on every machine.
///
/// Errors: those of every function alone. Costs about a nanosecond a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_digest_f64(layer: *const tutee_layer<f64>, digest: *mut u64) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { parameters::digest(layer, digest) })
}

/// Writes `squares[4]`, the squared Frobenius norms of the four quarters of a block: content by content, content by position, position by
/// content, position by position, rows first; zero of a quarter that the shape does not have. Rows that have no parts, which are all but those
/// of W_KQ, count as content. `n_squares` = 4.
///
/// Errors: TUTEE_ERROR_ENUM or _READ_ONLY (block), _FLOAT_ENVIRONMENT. Costs a multiplication and an addition for each entry of the
/// block.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_squares_f64(
    layer: *const tutee_layer<f64>,
    block: i32,
    squares: *mut f64,
    n_squares: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { parameters::squares(layer, block, (squares, n_squares)) })
}

/// What the layer has recovered of a teacher of the same sizes. The attention is that of the last sample that was added, predicted or
/// measured: where what was learned is attention on position, it is the same for every input.
///
/// Errors: TUTEE_ERROR_SHAPE, _FLOAT_ENVIRONMENT. Costs some multiplications for each entry of W_V, W_KQ and the attention; of separate
/// W_K and W_Q also their product.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_recovery_f64(
    layer: *const tutee_layer<f64>,
    teacher: *const tutee_teacher<f64>,
    recovered: *mut tutee_recovered<f64>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { parameters::recovery(layer, teacher, recovered) })
}

/// How close the layer's codes, fixed or learned, are to `others[tokens][code_width]`: those that they set out from, or another layer's.
///
/// Errors: TUTEE_ERROR_OUT_OF_RANGE for a layer that holds no codes, _NOT_FINITE, _FLOAT_ENVIRONMENT. Costs tokens^2 * code_width
/// multiplications.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_codes_recovery_f64(
    layer: *const tutee_layer<f64>,
    others: *const f64,
    n_others: usize,
    recovered: *mut tutee_codes_recovered<f64>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { parameters::codes_recovery(layer, (others, n_others), recovered) })
}

/// How close W_KQ, or W_K^T W_Q of separate matrices, is to that of a teacher with finite logits, `teacher[token width][query width]`: a
/// row for each entry of a key, content before position, as the block TUTEE_KEY_QUERY of a layer with merged matrices has them. The teacher's
/// logits are those of the layer's scale: where it has another, its matrix is to be multiplied by the teacher's scale over the layer's.
///
/// Compared are root mean squares of logits over inputs of mean zero and variance one and over all positions, without what no answer
/// depends on: a number that W_KQ adds to all tokens of a query, which a softmax does not see (with orthonormal codes the sum of
/// all codes as key), and directions that no position code has. Queries of sets count as their codes, queries that are vectors as content.
///
/// Errors: TUTEE_ERROR_LENGTH for a matrix of another size, _NOT_FINITE, _FLOAT_ENVIRONMENT. Costs about 4 tokens^2 * code_width^2
/// multiplications and features^2 with content, key_width times as many with separate matrices.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_key_query_recovery_f64(
    layer: *const tutee_layer<f64>,
    teacher: *const f64,
    n_teacher: usize,
    recovered: *mut tutee_key_query_recovered<f64>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { parameters::key_query_recovery(layer, (teacher, n_teacher), recovered) })
}

/// Begins an empty batch, forgetting any other. The batch belongs to the layer as it stands: whatever changes the layer but a step of the
/// batch ends it, and accumulate, batch loss and step then return TUTEE_ERROR_BATCH.
///
/// Errors: TUTEE_ERROR_CANNOT_MOVE when what is to train could not move, whatever the samples are (separate W_K and W_Q that are both
/// zero; W_V zero that does not train; learned codes that are zero beside weights that are), _FLOAT_ENVIRONMENT. Costs writing the
/// gradients once, and where tokens have codes of their own as much as two pairs or so.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_begin_f64(layer: *mut tutee_layer<f64>) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::begin(layer) })
}

/// Adds `pairs` pairs of input and answer, which the caller's own simulator produced, to the batch:
/// `x[pairs][tokens][features]`, and what the shape asks for beside it, else NULL and 0: `sets[pairs][outputs][q]` of token numbers,
/// sets of one size q, of different tokens each; `queries[pairs][outputs][query_width]`; `codes[pairs][tokens][code_width]`, where codes come with the sample.
/// `y[pairs][outputs][filters]`, or with the logistic loss `y[pairs]` of +1 and -1. All pairs are added or, when anything is wrong, none.
///
/// Errors: TUTEE_ERROR_ZERO (pairs), _NOT_FINITE, _INDEX or _DUPLICATE (sets), _OUT_OF_RANGE (a label), _BATCH, _FLOAT_ENVIRONMENT. Costs
/// about three times tutee_layer_predict.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_accumulate_f64(
    layer: *mut tutee_layer<f64>,
    pairs: usize,
    x: *const f64,
    n_x: usize,
    sets: *const u32,
    n_sets: usize,
    queries: *const f64,
    n_queries: usize,
    codes: *const f64,
    n_codes: usize,
    y: *const f64,
    n_y: usize,
) -> tutee_status {
    let shown = Shown {
        count: pairs,
        x: (x, n_x),
        sets: (sets, n_sets),
        queries: (queries, n_queries),
        codes: (codes, n_codes),
    };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::accumulate(layer, shown, (y, n_y)) })
}

/// How many pairs the batch holds, and their mean loss; 0 without any.
///
/// Errors: TUTEE_ERROR_BATCH (none was begun), _FLOAT_ENVIRONMENT. Costs a division.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_batch_loss_f64(
    layer: *const tutee_layer<f64>,
    count: *mut u64,
    mean_loss: *mut f64,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::batch_loss(layer, count, mean_loss) })
}

/// One step along the mean gradient of the batch; then an empty batch begins. W_V and learned codes move at the value rate, W_KQ or W_K and
/// W_Q at the attention rate, which is not divided by anything here.
///
/// Errors: TUTEE_ERROR_NO_SAMPLES, _BATCH, _NOT_FINITE, _OUT_OF_RANGE or _ENUM (descent), _DIVERGED where the norm of a matrix could come
/// to exceed the value limit, _FLOAT_ENVIRONMENT. Every one leaves layer and batch as they are. With settings that are finite
/// TUTEE_ERROR_NOT_FINITE is the batch's: its numbers are so large that sums of their products overflowed, no rate helps, and to begin
/// again drops it. Costs some ten operations for each parameter.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_step_f64(
    layer: *mut tutee_layer<f64>,
    descent: *const tutee_descent<f64>,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::step(layer, descent) })
}

/// The layer's answers to `inputs` inputs, one after the other:
/// `x[inputs][tokens][features]`, and what the shape asks for beside it, else NULL and 0: `sets[inputs][outputs][q]` of token numbers,
/// sets of one size q, of different tokens each; `queries[inputs][outputs][query_width]`; `codes[inputs][tokens][code_width]`, where codes come with the sample.
/// Writes `y[inputs][outputs][filters]`, or with the logistic loss `y[inputs]`, the log-odds of the label +1. The batch stays as it is; the
/// layer's working memory is used.
///
/// Errors: TUTEE_ERROR_ZERO (inputs), _NOT_FINITE, _INDEX or _DUPLICATE (sets), _FLOAT_ENVIRONMENT. Costs about outputs * key width *
/// (query width + tokens) + filters * tokens * (token width + outputs) multiplications an input, and outputs * tokens exponentials.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_predict_f64(
    layer: *mut tutee_layer<f64>,
    inputs: usize,
    x: *const f64,
    n_x: usize,
    sets: *const u32,
    n_sets: usize,
    queries: *const f64,
    n_queries: usize,
    codes: *const f64,
    n_codes: usize,
    y: *mut f64,
    n_y: usize,
) -> tutee_status {
    let shown = Shown {
        count: inputs,
        x: (x, n_x),
        sets: (sets, n_sets),
        queries: (queries, n_queries),
        codes: (codes, n_codes),
    };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::predict(layer, shown, (y, n_y)) })
}

/// The mean loss of `pairs` pairs at the layer as it stands, arrays as in tutee_layer_accumulate. The batch stays as it is; the layer's working
/// memory is used. Not finite where products overflow.
///
/// Errors: those of tutee_layer_accumulate but _BATCH. Costs as much as tutee_layer_predict.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_loss_f64(
    layer: *mut tutee_layer<f64>,
    pairs: usize,
    x: *const f64,
    n_x: usize,
    sets: *const u32,
    n_sets: usize,
    queries: *const f64,
    n_queries: usize,
    codes: *const f64,
    n_codes: usize,
    y: *const f64,
    n_y: usize,
    mean_loss: *mut f64,
) -> tutee_status {
    let shown = Shown {
        count: pairs,
        x: (x, n_x),
        sets: (sets, n_sets),
        queries: (queries, n_queries),
        codes: (codes, n_codes),
    };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { batch::loss(layer, shown, (y, n_y), mean_loss) })
}

/// One step along the mean gradient of a batch that the library draws and that `labels` with `value[filters][features]` and `choice` says how
/// to answer, under the layer's own activation. `source->index` moves by `source->batch`, and the layer's batch ends. `sets` is working
/// memory of outputs * q numbers where sets ask, q the size of the sets that are drawn, else NULL and 0. `scratch` has at least
/// tutee_layer_online_scratch elements.
///
/// Errors: TUTEE_ERROR_NOT_FINITE, _OUT_OF_RANGE, _ENUM or _ZERO (labels, source, descent; a layer that vectors ask; TUTEE_ANSWER_SETS for a
/// layer that no sets ask), _INDEX (the token of a group), _CANNOT_MOVE, _DIVERGED, _FLOAT_ENVIRONMENT; the index then stays, and so does the
/// layer's batch. Costs for each sample what tutee_layer_accumulate_f64 costs and a draw for each number of it, then a step.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_online_step_f64(
    layer: *mut tutee_layer<f64>,
    labels: *const tutee_labels<f64>,
    value: *const f64,
    n_value: usize,
    choice: *const f64,
    n_choice: usize,
    source: *mut tutee_source<f64>,
    descent: *const tutee_descent<f64>,
    sets: *mut u32,
    n_sets: usize,
    scratch: *mut f64,
    n_scratch: usize,
) -> tutee_status {
    let drawn = Drawn {
        labels,
        value: (value, n_value),
        choice: (choice, n_choice),
        source,
        sets: (sets, n_sets),
        scratch: (scratch, n_scratch),
    };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { online::step(layer, drawn, descent) })
}

/// The mean loss over `source->batch` samples, drawn and labelled as those of tutee_layer_online_step are, from `source->index` on. Nothing
/// moves: with another seed it is the loss on samples that training never sees. Layer and its batch stay as they are.
///
/// Errors: those of tutee_layer_online_step but _DIVERGED. Costs for each sample what tutee_layer_predict_f64 costs and a draw for each
/// number of it.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_online_loss_f64(
    layer: *mut tutee_layer<f64>,
    labels: *const tutee_labels<f64>,
    value: *const f64,
    n_value: usize,
    choice: *const f64,
    n_choice: usize,
    source: *const tutee_source<f64>,
    sets: *mut u32,
    n_sets: usize,
    scratch: *mut f64,
    n_scratch: usize,
    mean_loss: *mut f64,
) -> tutee_status {
    let source = source.cast_mut();
    let drawn = Drawn {
        labels,
        value: (value, n_value),
        choice: (choice, n_choice),
        source,
        sets: (sets, n_sets),
        scratch: (scratch, n_scratch),
    };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { online::loss(layer, drawn, mean_loss) })
}

/// One step along the exact gradient of selection: y_j = act(value mean of x_i over the set of output j), the mean over all Gaussian inputs in
/// closed form and over sets as `over` says. The layer has concatenated tokens, fixed codes, one W_KQ and sets that ask, and of it content
/// of W_V and position by position of W_KQ train, the squared loss; all else is zero, as tutee_layer_start leaves it. `set` is working
/// memory of q numbers, q the size of the sets, and `scratch` has at least TUTEE_LAYER_SELECTION_SCRATCH elements. `over->index` moves by
/// `over->count`, and the layer's batch ends. On orthonormal codes from zero the excess loss ends on (tokens - 1) / (4 scale^2 rate t)
/// after t steps of this attention rate.
///
/// Errors: TUTEE_ERROR_OUT_OF_RANGE (a layer of another form or of other blocks, sets that are empty or larger than there are tokens, more
/// sets than 32 bits count; descent), _NOT_FINITE, _ENUM (descent), _CANNOT_MOVE, _DIVERGED, _FLOAT_ENVIRONMENT; layer, batch and index
/// then stay. Costs for every sixteen sets an exact step of as many outputs.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_selection_step_f64(
    layer: *mut tutee_layer<f64>,
    value: *const f64,
    n_value: usize,
    over: *mut tutee_sets,
    descent: *const tutee_descent<f64>,
    set: *mut u32,
    n_set: usize,
    scratch: *mut f64,
    n_scratch: usize,
) -> tutee_status {
    let given = Exact { value: (value, n_value), over, set: (set, n_set), scratch: (scratch, n_scratch) };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { selection::step(layer, given, descent) })
}

/// The exact excess loss that tutee_layer_selection_step makes small, of all outputs together, over the sets that `over` says. Nothing moves;
/// layer and its batch stay as they are.
///
/// Errors: those of tutee_layer_selection_step but of its descent and _DIVERGED; TUTEE_ERROR_OUT_OF_RANGE also where numbers are so large
/// that the loss overflows. Costs about two thirds of a step.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_selection_loss_f64(
    layer: *mut tutee_layer<f64>,
    value: *const f64,
    n_value: usize,
    over: *const tutee_sets,
    set: *mut u32,
    n_set: usize,
    scratch: *mut f64,
    n_scratch: usize,
    excess_loss: *mut f64,
) -> tutee_status {
    let over = over.cast_mut();
    let given = Exact { value: (value, n_value), over, set: (set, n_set), scratch: (scratch, n_scratch) };
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { selection::loss(layer, given, excess_loss) })
}

/// Bytes of a snapshot of a layer: `*bytes` = TUTEE_LAYER_SNAPSHOT_BYTES_F64 of what TUTEE_LAYER_WORDS_F64 takes.
///
/// Errors: those of tutee_layer_words.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_snapshot_bytes_f64(
    shape: *const tutee_layer_shape,
    bytes: *mut usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::bytes::<f64>(shape, bytes) })
}

/// Writes a snapshot of the layer with its settings to `bytes`, exactly tutee_layer_snapshot_bytes_f64 = `n_bytes` of them; its batch is not
/// saved. `stream` is where its online training stands (seed and index of the tutee_source), or NULL.
///
/// Errors: TUTEE_ERROR_NOT_FINITE for a layer that tutee_layer_load would refuse, which no call of this library leaves behind. Costs about
/// ten nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_save_f64(
    layer: *const tutee_layer<f64>,
    stream: *const tutee_stream,
    bytes: *mut u8,
    n_bytes: usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::save(layer, stream, (bytes, n_bytes)) })
}

/// Hands the bytes that tutee_layer_save_f64 writes to `sink`, some at a time, as they are or as a slot of flash: nothing else needs
/// memory. `stream` is where its online training stands (seed and index of the tutee_source), or NULL.
///
/// Errors: TUTEE_ERROR_ENUM (sink), _NOT_FINITE for a layer that tutee_layer_load_f64 would refuse, which no call of this library leaves behind; all
/// before the first byte. TUTEE_ERROR_SINK where the callback ended it. Costs about ten nanoseconds a byte, and twice that as a slot.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_save_to_f64(
    layer: *const tutee_layer<f64>,
    stream: *const tutee_stream,
    sink: *const tutee_sink,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::save_to(layer, stream, sink) })
}

/// Replaces the layer and its settings by those in a snapshot of the same shape and precision, and ends the batch; training then goes on
/// with the same bits as if it had never stopped. `*stream` becomes the saved stream, or zeros when none was saved; NULL when it is not
/// wanted. `bytes` may have any length and any content.
///
/// Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL, _SCALAR, _SHAPE; TUTEE_ERROR_NOT_FINITE (a
/// parameter); TUTEE_ERROR_ZERO or TUTEE_ERROR_TOO_LARGE for sizes that no layer of this machine can have; TUTEE_ERROR_FLOAT_ENVIRONMENT.
/// Costs a few nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_load_f64(
    layer: *mut tutee_layer<f64>,
    bytes: *const u8,
    n_bytes: usize,
    stream: *mut tutee_stream,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { snapshot::load(layer, (bytes, n_bytes), stream) })
}
