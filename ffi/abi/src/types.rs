//! What crosses the boundary: sizes, lists of choices, settings, results and the opaque objects.
//!
//! Types with a `T` exist twice in C, with the suffixes `_f32` and `_f64`.

use core::ffi::{c_char, c_void};

use crate::memory::Opaque;

/// The number of this interface: it changes when a program must be compiled again.
pub const TUTEE_ABI_VERSION: u32 = 2;

/// Bytes of a slot before its payload: see tutee_slots_inspect.
pub const TUTEE_SLOT_HEADER: usize = 12;

/// The sizes of a model; each at least 1 and at most 16777216.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct tutee_shape {
    /// M: filters, rows of the value matrix, channels of the output.
    pub filters: u32,
    /// d: features, entries of one token.
    pub features: u32,
    /// D: tokens (patches, nodes, sensors, groups) of one input.
    pub tokens: u32,
    /// J: output positions. The paper has J = D.
    pub outputs: u32,
}

/// The activations, for arguments called `activation`.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_activation {
    /// None is said: tutee_student_save alone takes it.
    TUTEE_NO_ACTIVATION = -1,
    /// act(u) = u.
    TUTEE_IDENTITY = 0,
    /// act(u) = u from zero up, 0 below.
    TUTEE_RELU = 1,
    /// act(u) = u from zero up, slope * u below; 0 <= slope <= 1.
    TUTEE_LEAKY_RELU = 2,
}

/// The kinds of model that a snapshot can hold, for tutee_snapshot_info.model.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_model {
    /// One layer whose attention depends on positions only: a value matrix, and logits of the attention.
    TUTEE_MODEL_POSITION = 0,
    /// A whole layer, whose attention depends on content, too.
    TUTEE_MODEL_LAYER = 1,
    /// Attention on positions with what is known of readings, a student of raw readings: tutee_raw_load.
    TUTEE_MODEL_RAW = 2,
    /// What makes the features of readings uncorrelated, and no student: tutee_whitener_load. Filters and outputs are 1, and steps are
    /// the inputs that it has looked at.
    TUTEE_MODEL_WHITENER = 3,
}

/// The distributions of inputs, for tutee_source.input. All have variance 1.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_input {
    /// Standard normal.
    TUTEE_GAUSSIAN = 0,
    /// Exponential with mean 1, not centred.
    TUTEE_EXPONENTIAL = 1,
    /// Uniform on [-sqrt(3), sqrt(3)].
    TUTEE_UNIFORM = 2,
    /// Laplace.
    TUTEE_LAPLACE = 3,
    /// Student's t; the parameter is the degrees of freedom, a whole number from 3 to 64.
    TUTEE_STUDENT_T = 4,
    /// Normal, features i and j of a token with the correlation c^|i - j|; the parameter is c, -1 < c < 1.
    TUTEE_CORRELATED = 5,
    /// Normal around a mean, which is the parameter.
    TUTEE_SHIFTED = 6,
    /// Gumbel (the long tail upwards) with mean 0.
    TUTEE_GUMBEL = 7,
}

/// The rules by which the attention can move, for tutee_rules.attention.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_rule {
    /// Gradient descent.
    TUTEE_RULE_DESCENT = 0,
    /// Along the gradient with respect to the attention instead of its logits: the excess loss falls like 1/t^2.
    TUTEE_RULE_MIRROR = 1,
    /// Each output by a step of one length along its gradient: geometrically; theta is the length.
    TUTEE_RULE_NORMALISED = 2,
    /// So far that theta of the excess loss would go, were it linear: geometrically along the exact gradient where the value matrix is
    /// projected. Along the gradient of a batch that the library draws its steps are bounded, and the excess loss falls like 1/t. Not
    /// for batches of the caller's, whose least loss is not known.
    TUTEE_RULE_POLYAK = 3,
    /// Adam, with decays of 0.9 and 0.999.
    TUTEE_RULE_ADAM = 4,
}

/// The rules by which the value matrix can move, for tutee_rules.value.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_value_rule {
    /// Gradient descent.
    TUTEE_VALUE_DESCENT = 0,
    /// It is solved for: after every step it is the best one for the attention as it stands. Of a batch that the library draws, by Newton's
    /// step, for inputs of mean zero without correlation. Not for batches of the caller's.
    TUTEE_VALUE_PROJECTED = 1,
}

/// The position encodings that tutee_position fills in.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_encoding {
    /// Token t is the unit vector t.
    TUTEE_ENCODING_IDENTITY = 0,
    /// The real Fourier basis.
    TUTEE_ENCODING_SINUSOIDAL = 1,
    /// The Walsh-Hadamard basis; the number of tokens is a power of two.
    TUTEE_ENCODING_HADAMARD = 2,
    /// The cosine basis.
    TUTEE_ENCODING_COSINE = 3,
    /// A random orthonormal matrix, drawn from a seed.
    TUTEE_ENCODING_RANDOM = 4,
}

/// How tutee_mixing_graph weighs a node's neighbours: A is the adjacency matrix, D the diagonal matrix of the row sums of what
/// is normalised.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_normalisation {
    /// D^-1 A: a node averages its neighbours.
    TUTEE_NEIGHBOURS = 0,
    /// D^-1 (A + I): a node averages its neighbours and itself.
    TUTEE_NEIGHBOURS_AND_SELF = 1,
    /// D^-1/2 (A + I) D^-1/2: the graph convolution of Kipf and Welling. Rows sum to one in regular graphs alone.
    TUTEE_SYMMETRIC = 2,
}

/// The blocks of a student's or a layer's numbers, for arguments called `block`. A student has the first three: it stores logits,
/// and tutee_student_get_key_query_f64 and tutee_student_set_key_query_f64 go from them to W_KQ and back. A layer has all but
/// the logits, as far as its shape says; others are refused.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_block {
    /// W, which imitates the teacher's filters: `value[filters][features]`; of a layer W_V, `[filters][token width]`.
    TUTEE_VALUE = 0,
    /// The attention before its softmax: `logits[outputs][tokens]`.
    TUTEE_LOGITS = 1,
    /// The `attention[outputs][tokens]`, one row for each output: not negative, sum 1. It follows from the logits and can only be
    /// read; the logarithms of an attention are its logits.
    TUTEE_ATTENTION = 2,
    /// W_KQ of a layer whose keys and queries are merged: `[token width][query width]`, a row for each entry of a key.
    TUTEE_KEY_QUERY = 3,
    /// W_K of a layer with separate matrices: `[key width][token width]`.
    TUTEE_KEYS = 4,
    /// W_Q of a layer with separate matrices: `[key width][query width]`.
    TUTEE_QUERIES = 5,
    /// The position codes of a layer, where they are fixed or learned: `[tokens][code width]`.
    TUTEE_CODES = 6,
}

/// Why a run ended, in tutee_result.stopped.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_stopped {
    /// The student has taken the steps that were asked for.
    TUTEE_STOPPED_STEPS = 0,
    /// The excess loss is small enough.
    TUTEE_STOPPED_EXCESS_LOSS = 1,
    /// The gradient is small enough.
    TUTEE_STOPPED_GRADIENT_NORM = 2,
    /// The callback asked for it.
    TUTEE_STOPPED_CALLBACK = 3,
}

/// A teacher, in the caller's memory. Constant once made: any number of threads may use it at the same time.
pub struct tutee_teacher<T>(Opaque<T>);

/// A student, in the caller's memory. One thread at a time; functions that take it as const may run together. Two
/// threads with two students share nothing.
pub struct tutee_student<T>(Opaque<T>);

/// A batch of samples in the making, and the working memory of sample training, in the caller's memory. One thread at a
/// time.
pub struct tutee_sampler<T>(Opaque<T>);

/// The sides of a grid of patches and of the windows that tile it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct tutee_window {
    /// Rows of the patch grid.
    pub grid_rows: u32,
    /// Columns of the patch grid: token r * grid_cols + c is the patch in row r, column c. The tokens of the shape are
    /// grid_rows * grid_cols.
    pub grid_cols: u32,
    /// Rows of a window; they divide grid_rows.
    pub window_rows: u32,
    /// Columns of a window; they divide grid_cols.
    pub window_cols: u32,
}

/// What tutee_check_numbers found of an array.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct tutee_fault {
    /// The name that the caller gave; not looked at.
    pub argument: *const c_char,
    /// For TUTEE_ERROR_NOT_FINITE the first element that is infinite or NaN, otherwise 0.
    pub index: usize,
    /// How many elements the array should have.
    pub expected: usize,
    /// How many it has.
    pub found: usize,
    /// One of tutee_status, TUTEE_OK if nothing is wrong.
    pub status: i32,
}

/// The settings of a gradient step. Thread-safe as any plain struct.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_descent<T> {
    /// Rate for the value matrix: not negative, 0 freezes it. For inputs whose entries are independent, of mean 0 and
    /// variance 1, it diverges or oscillates above about 2 K / (q J), with K the group size, q = (1 + slope^2) / 2, and
    /// K / J is a good choice. For other inputs 1 / lambda takes the place of K / J, with lambda the largest eigenvalue of
    /// the second moment of what an output's K tokens average to, summed over the outputs.
    pub value_rate: T,
    /// Rate for W_KQ: not negative, 0 freezes the attention. A logit moves against its gradient by attention_rate / tokens:
    /// that is what a step of this rate on W_KQ comes to under an orthonormal encoding.
    pub attention_rate: T,
    /// A step that could carry the Frobenius norm of the value matrix past this is refused; positive, its
    /// square a normal number.
    pub value_limit: T,
    /// 1: the rounding error of every update is carried into the next, so that small late steps count (the default).
    /// 0: not.
    pub compensated: i32,
}

/// A step rule for each of the two matrices. Thread-safe as any plain struct.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_rules<T> {
    /// Of TUTEE_RULE_NORMALISED the length of a step, positive; of TUTEE_RULE_POLYAK above 0 and at most 2; of others not looked at.
    pub theta: T,
    /// One of tutee_rule.
    pub attention: i32,
    /// One of tutee_value_rule.
    pub value: i32,
}

/// What decides a label, beside the array `direction[features]`: the side of one token along it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_group_label<T> {
    /// Standard deviation of all entries of the inputs, which are Gaussian; positive.
    pub deviation: T,
    /// How likely a label is flipped, from 0 to 1.
    pub flips: T,
    /// The token that the label looks at, below the number of tokens.
    pub group: u32,
}

/// When a run ends: at the first rule that holds.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_stop<T> {
    /// Total number of steps of the student, counted from its reset. A student that has taken them takes no step.
    pub steps: u64,
    /// Looks at the two rules below whenever the number of steps is a multiple of this; at least 1. A look costs about
    /// a step.
    pub check_every: u64,
    /// Stop at an excess loss of at most this; not negative, 0 switches the rule off.
    pub excess_loss: T,
    /// Stop at a gradient norm of at most this; not negative, 0 switches the rule off.
    pub gradient_norm: T,
}

/// Where a student stands.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_progress<T> {
    /// Gradient steps taken since reset.
    pub steps: u64,
    /// Excess loss over the best possible, for standard Gaussian inputs; exact.
    pub excess_loss: T,
    /// Norm of the exact gradient with respect to the value matrix and W_KQ together.
    pub gradient_norm: T,
}

/// Whom a run tells about its progress. While the callback runs, the library holds nothing: it may read and even change
/// any object of the run by other calls, and the run goes on with what it finds (a change counts as made between two
/// steps). It must not free or move the memory of the run, and must not leave by longjmp or a C++ exception.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct tutee_observer<T> {
    /// Called on the thread of the run; a result other than 0 stops it. `progress` is gone after the call.
    pub call: Option<unsafe extern "C" fn(user: *mut c_void, progress: *const tutee_progress<T>) -> i32>,
    /// Handed to the callback, not looked at.
    pub user: *mut c_void,
    /// The callback is called after every step whose number is a multiple of this; at least 1. A call costs about a step
    /// more than the callback itself.
    pub every: u64,
}

/// What a run came to.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_result<T> {
    /// Where the student stands at the end.
    pub end: tutee_progress<T>,
    /// One of tutee_stopped.
    pub stopped: i32,
}

/// Where the batches of online training come from. The library writes to `index` alone.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_source<T> {
    /// Names the stream of samples. The same seed gives the same samples on every machine and in every version.
    pub seed: u64,
    /// Number of the next sample of the stream; starts at 0. It moves by `batch` with every step that is taken, so that
    /// source and student always stand at the same place.
    pub index: u64,
    /// Samples a step; at least 1.
    pub batch: u32,
    /// One of tutee_input.
    pub input: i32,
    /// The parameter of the input, where tutee_input names one; otherwise not looked at.
    pub parameter: T,
    /// Mean of the noise that is added to each entry of the teacher's answer.
    pub noise_mean: T,
    /// Standard deviation of that noise; not negative.
    pub noise_deviation: T,
}

/// What a student has of its teacher, to be read in a moment.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_recovery<T> {
    /// Smallest cosine between a filter of the teacher and the row of the student that imitates it. Filters that are
    /// zero are left out.
    pub value_cosine_min: T,
    /// Mean of these cosines.
    pub value_cosine_mean: T,
    /// Largest difference between an entry of the attention and of the teacher's mixing.
    pub attention_error_max: T,
    /// Attention on tokens that the teacher's output averages: mean over the outputs.
    pub mass_mean: T,
    /// Attention on tokens that the teacher's output averages: smallest over the outputs.
    pub mass_min: T,
    /// 1 when the cosines exist; 0 when a row of the student still is zero, or every filter of the teacher is. They are
    /// 0 then.
    pub value_cosine_defined: i32,
}

/// A place in a stream of samples.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct tutee_stream {
    /// Names the stream.
    pub seed: u64,
    /// Number of the next sample.
    pub index: u64,
}

/// What a snapshot says of itself.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_snapshot_info {
    /// Gradient steps taken since reset.
    pub steps: u64,
    /// Where the sample stream stood; zeros without one.
    pub stream: tutee_stream,
    /// The sizes.
    pub shape: tutee_shape,
    /// Width of a scalar in bits: 32 or 64.
    pub scalar_bits: u32,
    /// 1 when a sample stream was saved, else 0.
    pub has_stream: i32,
    /// Version of the format.
    pub version: u32,
    /// The kind of model: one of tutee_model.
    pub model: i32,
    /// 1 when the activation was saved, else 0.
    pub has_activation: i32,
    /// The activation, one of tutee_activation; 0 when none was saved.
    pub activation: i32,
    /// Slope of a leaky ReLU; 0 for all others.
    pub slope: f64,
}

/// Who takes a snapshot as it is made, so that it needs no memory of its own: flash, a serial line, a file. Between two calls of the
/// callback the library reads what it saves: no call may be given that, and the callback must not leave by longjmp or a
/// C++ exception. Thread-safe as any plain struct.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct tutee_sink {
    /// Called on the thread of the save with the next bytes, `n_bytes` of them, which are gone after the call: 64 each time, and what is left
    /// the last time, which may be fewer. A result other than 0 ends the save, and there is no further call.
    pub call: Option<unsafe extern "C" fn(user: *mut c_void, bytes: *const u8, n_bytes: usize) -> i32>,
    /// Handed to the callback, not looked at.
    pub user: *mut c_void,
    /// 0: the bytes are the snapshot, as the save into an array writes them. 1: they are the whole of a slot, from its first byte on, as
    /// tutee_slot_seal makes it of them: TUTEE_SLOT_HEADER bytes, then the snapshot, which is made twice, for its checksum stands first.
    pub slot: i32,
    /// The sequence number of the slot, that of tutee_slots_inspect. Without a slot it is not looked at.
    pub sequence: u32,
}

/// What two slots hold, and what comes next.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct tutee_slots {
    /// The slot with the newest payload that is whole: 0 or 1; -1 when neither slot is whole.
    pub newest: i32,
    /// Bytes of that payload, which begins TUTEE_SLOT_HEADER bytes into the slot; 0 without one.
    pub payload_bytes: u32,
    /// The slot to write next: 0 or 1.
    pub next: u32,
    /// The sequence number to seal its image with.
    pub sequence: u32,
}
