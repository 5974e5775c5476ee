//! Functions that exist once, for both precisions.

use core::ffi::c_char;

use crate::api::{self, Scratch};
use crate::curve_types::{tutee_curve_point, tutee_judgement, tutee_known};
use crate::environment;
use crate::layer_types::{tutee_layer_info, tutee_layer_shape};
use crate::raw_types::tutee_raw_info;
use crate::status::{message, status, tutee_status};
use crate::types::{TUTEE_ABI_VERSION, tutee_shape, tutee_slots, tutee_snapshot_info};

/// The number of the interface that the library was built with. A program compares it with TUTEE_ABI_VERSION, which it
/// was compiled with. Takes no time.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn tutee_abi_version() -> u32 {
    TUTEE_ABI_VERSION
}

/// The version of the library, such as "0.1.0". The string is constant and ends in a NUL.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn tutee_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// What a status means, in English, without a full stop. Any number may be asked for. The string is constant and ends in
/// a NUL; never NULL.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn tutee_status_message(status: i32) -> *const c_char {
    message(status).as_ptr()
}

/// Whether this thread's floating-point environment is the default one of IEEE 754: round to nearest even, subnormal
/// numbers kept. Every function that computes looks by itself and returns the same refusal.
///
/// Errors: TUTEE_ERROR_FLOAT_ENVIRONMENT; fesetenv(FE_DFL_ENV) is the remedy. Costs a few nanoseconds.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn tutee_float_environment() -> tutee_status {
    status(environment::check())
}

/// Trains small students in both precisions and compares their bits with those compiled in. To be called once, at start;
/// takes about a tenth of a millisecond on a desktop machine.
///
/// Like every other function it has all that it works with on the stack or in memory of the caller's, and needs no more
/// stack than the largest of them: on the 32-bit processors of tests/budgets at most 6144 bytes, of which a step of a
/// whole layer in double takes the most; the caller's own, and that of interrupts, are to be added.
///
/// Errors: TUTEE_ERROR_FLOAT_ENVIRONMENT when the host program has another environment; TUTEE_ERROR_SELF_TEST when
/// the environment is right and the bits are not: the library was miscompiled, or the machine is faulty.
#[must_use]
#[unsafe(no_mangle)]
pub extern "C" fn tutee_self_test() -> tutee_status {
    status(api::self_test::self_test())
}

/// Elements (float or double) of the working memory of population training and measurement:
/// `*elements` = TUTEE_POPULATION_SCRATCH(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_population_scratch(shape: *const tutee_shape, elements: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::scratch(Scratch::Population, shape, elements) })
}

/// Elements (float or double) of the working memory of the exact gradient of a group's label:
/// `*elements` = TUTEE_LABEL_SCRATCH(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_label_scratch(shape: *const tutee_shape, elements: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::scratch(Scratch::Label, shape, elements) })
}

/// Elements (float or double) of the working memory of an exact step by another rule than gradient descent:
/// `*elements` = TUTEE_RULES_SCRATCH(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_rules_scratch(shape: *const tutee_shape, elements: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::scratch(Scratch::Ruled, shape, elements) })
}

/// Elements (float or double) that TUTEE_RULE_ADAM keeps from step to step, in the caller's array; other rules keep none.
/// `*elements` = TUTEE_RULES_KEPT(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_rules_kept(shape: *const tutee_shape, elements: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::scratch(Scratch::Adam, shape, elements) })
}

/// Elements (float or double) of the working memory of online training, which is enough for every other function, too:
/// `*elements` = TUTEE_ONLINE_SCRATCH(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_online_scratch(shape: *const tutee_shape, elements: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::scratch(Scratch::Online, shape, elements) })
}

/// Elements (float or double) of the working memory with which online training makes the most of wide vector registers,
/// where there are any; with less, down to tutee_online_scratch, it takes longer and gives the same bits. `*elements` =
/// TUTEE_ONLINE_SCRATCH_WIDE(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_online_scratch_wide(shape: *const tutee_shape, elements: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::scratch(Scratch::OnlineWide, shape, elements) })
}

/// Elements (float or double) of the working memory of prediction, of a teacher's answers, of recovery and of setting
/// W_KQ: `*elements` = TUTEE_PREDICT_SCRATCH(filters, features, tokens, outputs).
///
/// Errors: TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_predict_scratch(shape: *const tutee_shape, elements: *mut usize) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::scratch(Scratch::Predict, shape, elements) })
}

/// Elements (float or double) of a block of a student's numbers: `block` is one of tutee_block.
///
/// Errors: TUTEE_ERROR_ENUM (block), TUTEE_ERROR_ZERO, TUTEE_ERROR_TOO_LARGE.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_student_block_len(
    shape: *const tutee_shape,
    block: i32,
    elements: *mut usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::student::block_len(shape, block, elements) })
}

/// What a snapshot says of itself, after everything that can be checked without a student, the checksum included. With
/// it, a program can make room for a student that it knows nothing about. `bytes` may have any length; numbers in it are not looked at,
/// and any floating-point environment will do.
///
/// Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED; TUTEE_ERROR_ZERO or
/// TUTEE_ERROR_TOO_LARGE for sizes that no student of this machine can have. Costs about ten nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_snapshot_inspect(
    bytes: *const u8,
    n_bytes: usize,
    info: *mut tutee_snapshot_info,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::snapshot::inspect(bytes, n_bytes, info) })
}

/// Elements (float or double) of a block of a layer's numbers: `block` is one of tutee_block.
///
/// Errors: TUTEE_ERROR_ENUM (block, also one that a layer of this shape does not have), and those of tutee_layer_words.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_block_len(
    shape: *const tutee_layer_shape,
    block: i32,
    elements: *mut usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::layer::parameters::block_len(shape, block, elements) })
}

/// Elements (float or double) of the working memory of online training of a layer: `*elements` = TUTEE_LAYER_ONLINE_SCRATCH of what
/// TUTEE_LAYER_WORDS_F64 takes.
///
/// Errors: those of tutee_layer_words.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_online_scratch(
    shape: *const tutee_layer_shape,
    elements: *mut usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::layer::online_scratch(shape, elements) })
}

/// Elements (float or double) of the working memory of the exact gradient of selection, whatever the size of the sets and however many
/// they are: `*elements` = TUTEE_LAYER_SELECTION_SCRATCH of what TUTEE_LAYER_WORDS_F64 takes.
///
/// Errors: those of tutee_layer_words.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_selection_scratch(
    shape: *const tutee_layer_shape,
    elements: *mut usize,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::layer::selection::scratch(shape, elements) })
}

/// What a snapshot of a layer says of itself, after everything that can be checked without a layer, the checksum included.
/// tutee_snapshot_inspect says of any snapshot which model it holds. `bytes` may have any length.
///
/// Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL; TUTEE_ERROR_ZERO or
/// TUTEE_ERROR_TOO_LARGE for sizes that no layer of this machine can have; TUTEE_ERROR_FLOAT_ENVIRONMENT. Costs about ten nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_layer_inspect(
    bytes: *const u8,
    n_bytes: usize,
    info: *mut tutee_layer_info,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::layer::snapshot::inspect(bytes, n_bytes, info) })
}

/// What a snapshot of a student of raw readings says of itself, after everything that can be checked without one, the checksum
/// included: with it, a program can make room for a student that it knows nothing about. `bytes` may have any length. Numbers in it are
/// not looked at, which tutee_raw_load does; any floating-point environment will do here, and tutee_raw_load asks for the default one.
///
/// Errors: TUTEE_ERROR_SNAPSHOT_FOREIGN, _VERSION, _TRUNCATED, _TRAILING, _ALTERED, _MODEL; TUTEE_ERROR_ZERO or
/// TUTEE_ERROR_TOO_LARGE for sizes that no student of this machine can have. Costs about ten nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_raw_inspect(
    bytes: *const u8,
    n_bytes: usize,
    info: *mut tutee_raw_info,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::raw::inspect(bytes, n_bytes, info) })
}

/// What two slots hold, and what comes next. A slot is a range of bytes that can be written apart from the other: a page of
/// flash or a few, or a file. It is read as it is, of any length and any content; one that has not got its payload to the
/// end, or that is erased (all `FF`) or cleared, is not whole. The newest payload is
/// `TUTEE_SLOT_HEADER` bytes into slot `slots->newest`, `slots->payload_bytes` long; the next image belongs into slot
/// `slots->next`, which never holds the newest.
///
/// Errors: none beyond those of every function. Costs about ten nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_slots_inspect(
    first: *const u8,
    n_first: usize,
    second: *const u8,
    n_second: usize,
    slots: *mut tutee_slots,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::slots::inspect([(first, n_first), (second, n_second)], slots) })
}

/// Makes `image` what is to be written to a slot: its payload stands there from TUTEE_SLOT_HEADER to the end, and what is
/// before it is overwritten. `sequence` is that of tutee_slots_inspect. Then the caller erases slot `next` and writes the
/// image to it, in any order of bytes; until its last byte is there, the other slot stays the newest.
///
/// Errors: TUTEE_ERROR_LENGTH (fewer than TUTEE_SLOT_HEADER bytes), TUTEE_ERROR_TOO_LARGE (a payload of 4 GiB). Costs
/// about ten nanoseconds a byte.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_slot_seal(image: *mut u8, n_image: usize, sequence: u32) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::slots::seal(image, n_image, sequence) })
}

/// What a training means: from looks at its loss, in the order of steps and best spaced by a factor (from 20 a decade down to 5), the first
/// before the first step; and from what is known of it. One word and one sentence, those of the command line and of Rust; what a
/// batch says beside it, a filter that is dead or attention that is still uniform, tells tutee_raw_diagnose. No object is looked at.
///
/// `curve` may have any length. Where a step was refused the verdict is TUTEE_VERDICT_DIVERGED whatever the curve, which is checked all the
/// same. Without any point (`curve` may be NULL with `n_curve` 0), and where the last one is at step 0, it is TUTEE_VERDICT_TRANSIENT: "nothing
/// was recorded", "no step was taken". Of one later point alone nothing has moved: TUTEE_VERDICT_STUCK, or _FLOOR where it is there. Two points, one before the first step
/// and one after, tell whether the loss has not moved (TUTEE_VERDICT_STUCK), ended more than a twentieth above its start (_DIVERGED) or is at
/// the end of what can be reached (_FLOOR, _SCALE); otherwise it is TUTEE_VERDICT_TRANSIENT, "too few steps to say how the loss falls": a
/// plateau is seen from three looks on within the last half decade of steps (a factor of 3.16), and from thirty steps on. A loss that is zero at
/// its start is at the floor while it stays so; above that nothing is known of it but by its course. TUTEE_VERDICT_DIVERGED, _OSCILLATING and _STUCK are failures (`judgement->failed` is 1), and no others: a plateau may
/// be all that this student can reach.
///
/// Errors: TUTEE_ERROR_NOT_FINITE (a loss; of `known` best_loss, row_sum, attention_rate), _OUT_OF_RANGE (steps that do not rise; a best
/// loss below zero; a law of no group, of no outputs, of a group of all tokens or of a rate that is not positive), _ENUM (scalar_bits, refused, sampled,
/// noisy, reserved), _FLOAT_ENVIRONMENT. Costs a few passes over the curve.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tutee_curve_judge(
    curve: *const tutee_curve_point,
    n_curve: usize,
    known: *const tutee_known,
    judgement: *mut tutee_judgement,
) -> tutee_status {
    // SAFETY: the caller keeps the promises of the header.
    status(unsafe { api::curve::judge((curve, n_curve), known, judgement) })
}
