//! What a whole layer has beside what a student has: its shape, its settings, who labels its samples.

use crate::memory::Opaque;
use crate::types::{tutee_shape, tutee_stream};

/// What the tokens of a layer are, for tutee_layer_shape.embedding.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_embedding {
    /// The content x_i alone: as wide as the features.
    TUTEE_CONTENT = 0,
    /// The content, then the code of the position: features + code_width entries.
    TUTEE_CONCATENATED = 1,
    /// The sum of content and code, which then are of one width.
    TUTEE_ADDED = 2,
}

/// Where the position codes of a layer come from, for tutee_layer_shape.codes.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_codes {
    /// There are none.
    TUTEE_CODES_NONE = 0,
    /// They stand beside the parameters and do not change.
    TUTEE_CODES_FIXED = 1,
    /// They are parameters.
    TUTEE_CODES_LEARNED = 2,
    /// Every sample brings its own.
    TUTEE_CODES_FRESH = 3,
}

/// How keys and queries of a layer meet, for tutee_layer_shape.key_query.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_key_query {
    /// In one matrix, W_KQ.
    TUTEE_MERGED = 0,
    /// In two, W_K and W_Q. From zero these never move: they need another start.
    TUTEE_SEPARATE = 1,
}

/// What asks in a layer, for tutee_layer_shape.queries.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_queries {
    /// The tokens themselves, one output each: outputs = tokens.
    TUTEE_QUERIES_TOKENS = 0,
    /// A set of positions for each output comes with the sample; the query is the sum of their codes.
    TUTEE_QUERIES_SETS = 1,
    /// A vector for each output comes with the sample.
    TUTEE_QUERIES_VECTORS = 2,
}

/// What training makes small, for tutee_layer_settings.loss.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_loss {
    /// 1/2 || y - f ||^2, summed over outputs and filters.
    TUTEE_SQUARED = 0,
    /// log(1 + exp(-y F)) of a label y, +1 or -1, F the sum of all outputs. One filter, and no activation.
    TUTEE_LOGISTIC = 1,
}

/// The blocks of a layer that train, to be added up for tutee_layer_settings.trained. Content and position are the parts of a
/// token, and of a query that is a token; a token that is a sum is content, a query that is a sum of codes position, and one that
/// comes as a vector content.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_train {
    /// The columns of W_V for content.
    TUTEE_TRAIN_VALUE_CONTENT = 1,
    /// The columns of W_V for position.
    TUTEE_TRAIN_VALUE_POSITION = 2,
    /// W_KQ: content of the key, content of the query.
    TUTEE_TRAIN_CONTENT_CONTENT = 4,
    /// W_KQ: content of the key, position of the query.
    TUTEE_TRAIN_CONTENT_POSITION = 8,
    /// W_KQ: position of the key, content of the query.
    TUTEE_TRAIN_POSITION_CONTENT = 16,
    /// W_KQ: position of the key, position of the query.
    TUTEE_TRAIN_POSITION_POSITION = 32,
    /// The position codes.
    TUTEE_TRAIN_ENCODING = 64,
}

/// Where W_KQ, or W_K and W_Q, set out from, for tutee_layer_start. W_V always sets out from zero.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_start {
    /// Zero. Separate matrices never move from there.
    TUTEE_START_ZERO = 0,
    /// Independent normal numbers.
    TUTEE_START_GAUSSIAN = 1,
    /// W_KQ the identity; of separate matrices W_K the identity and W_Q zero.
    TUTEE_START_IDENTITY = 2,
}

/// The position codes that tutee_layer_encode fills in, a row for each token.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_code {
    /// Token t is the unit vector t; as many entries as tokens or more.
    TUTEE_CODE_IDENTITY = 0,
    /// Rows of a random orthonormal matrix, drawn from a seed; as many entries as tokens or more.
    TUTEE_CODE_ORTHONORMAL = 1,
    /// The sines and cosines of "Attention Is All You Need".
    TUTEE_CODE_SINUSOIDAL = 2,
    /// sin(pi j k / (tokens + 1)), token j and entry k counted from 1.
    TUTEE_CODE_SINE = 3,
    /// Plus or minus 1 / sqrt(code width), drawn from a seed.
    TUTEE_CODE_SIGNS = 4,
}

/// Who labels the samples of online training of a layer, for tutee_labels.answer.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum tutee_answer {
    /// y = act(value X mixing): `choice` is `mixing[outputs][tokens]`.
    TUTEE_ANSWER_MIXING = 0,
    /// y_j = act(value mean of x_i over the set of output j); for a layer that sets ask. No `choice`.
    TUTEE_ANSWER_SETS = 1,
    /// act(value mean of the `count` tokens that lie farthest along `choice[features]`), for every output.
    TUTEE_ANSWER_TOP = 2,
    /// act(value sum_i w_i x_i), w the softmax of <choice, x_i> / temperature with `choice[features]`, for every output.
    TUTEE_ANSWER_WEIGHTS = 3,
    /// The label sign <value, x_g> of token g = `count`; one filter, the logistic loss. No `choice`.
    TUTEE_ANSWER_GROUP = 4,
    /// A layer as teacher, for as many outputs as tokens: y_j = act(value sum_i T_ji x_i) with T_ji = (1 - w) softmax over i of
    /// <Q x_i, Q x_j> / temperature, + w mixing_ji. `choice` is `Q[count][features]`, then `mixing[outputs][tokens]`, then w, from 0 to 1.
    TUTEE_ANSWER_ATTENTION = 5,
}

/// A whole layer, with the settings and the working memory of its training and the batch in the making, in the caller's memory.
/// One thread at a time; functions that take it as const may run together.
pub struct tutee_layer<T>(Opaque<T>);

/// The sizes of a layer, and the choices that decide them. A width that the choices leave no use for is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct tutee_layer_shape {
    /// Filters, features (of the content of a token), tokens and outputs.
    pub sizes: tutee_shape,
    /// One of tutee_embedding.
    pub embedding: i32,
    /// One of tutee_codes.
    pub codes: i32,
    /// One of tutee_key_query.
    pub key_query: i32,
    /// One of tutee_queries.
    pub queries: i32,
    /// Entries of a position code.
    pub code_width: u32,
    /// Entries of a key of separate matrices.
    pub key_width: u32,
    /// Entries of a query that comes as a vector.
    pub query_width: u32,
}

/// The numbers and choices of a layer that do not decide its sizes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_layer_settings<T> {
    /// By what the products of keys and queries are multiplied: 1 / sqrt(tokens) (the default), 1 / sqrt(key width), 1 or another.
    pub scale: T,
    /// Slope of a leaky ReLU; looked at for TUTEE_LEAKY_RELU alone.
    pub slope: T,
    /// One of tutee_activation; TUTEE_IDENTITY with the logistic loss.
    pub activation: i32,
    /// One of tutee_loss.
    pub loss: i32,
    /// Sum of the tutee_train that train; the others stay as they are.
    pub trained: i32,
}

/// Who labels samples, beside the arrays `value[filters][features]` and `choice`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_labels<T> {
    /// Temperature of TUTEE_ANSWER_WEIGHTS and TUTEE_ANSWER_ATTENTION, positive; for others not looked at.
    pub temperature: T,
    /// How likely a label is flipped, from 0 to 1; answers that are no labels know no flips.
    pub flips: T,
    /// One of tutee_answer.
    pub answer: i32,
    /// How many tokens TUTEE_ANSWER_TOP takes, which one TUTEE_ANSWER_GROUP looks at, or how many rows the Q of TUTEE_ANSWER_ATTENTION has, at
    /// least 1; for others not looked at.
    pub count: u32,
}

/// Over which sets of tokens the exact gradient of selection takes the mean; all are of one size, of different tokens each. The
/// library writes to `index` alone.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct tutee_sets {
    /// Names the stream of sets that are drawn; not looked at where all are listed.
    pub seed: u64,
    /// Number of the next set that is drawn; it moves by `count` with every step that is taken. Not looked at where all are listed.
    pub index: u64,
    /// How many sets are drawn, uniformly and independently; 0 for all that there are, in the order of their members.
    pub count: u32,
}

/// What a layer has recovered of a teacher that averages fixed tokens. A number that does not exist, because something is zero or
/// overflows or because a layer of this shape does not have the block, is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_recovered<T> {
    /// Mean cosine between the teacher's filters and the content columns of W_V.
    pub value_cosine: T,
    /// Frobenius norm of their difference, over that of the teacher's filters.
    pub value_error: T,
    /// Cosine between the attention of the last input and the teacher's mixing.
    pub attention_cosine: T,
    /// Frobenius norm of their difference, over that of the mixing.
    pub attention_error: T,
    /// Share of the squared norm of W_V in its content columns.
    pub value_share: T,
    /// Share of the squared norm of W_KQ, or of W_K^T W_Q of separate matrices, in the block of positions with positions.
    pub position_share: T,
    /// Its share in content with content.
    pub content_content_share: T,
    /// Its share in content of the key with position of the query.
    pub content_position_share: T,
    /// Its share in position of the key with content of the query.
    pub position_content_share: T,
}

/// How close the codes of a layer are to others. A number that does not exist, because something is zero or overflows, is NaN.
///
/// Learned codes P are identified up to P R with any invertible R, which W_KQ takes back; training keeps R that of the start, up to a
/// rotation, on which P P^T does not depend.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_codes_recovered<T> {
    /// Cosine between the two, entry by entry: both in one frame, as codes are and those that they set out from.
    pub codes_cosine: T,
    /// Frobenius norm of their difference, over that of the others.
    pub codes_error: T,
    /// Cosine between the products of all codes with each other, P P^T, in whatever frame either is.
    pub products_cosine: T,
    /// Frobenius norm of the difference of these products, over that of the others'.
    pub products_error: T,
}

/// How close W_KQ of a layer is to a teacher's, by all that answers can tell of it. A number that does not exist, because something is zero or
/// overflows, is NaN.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_key_query_recovered<T> {
    /// Cosine between the two, in the inner product of their logits.
    pub cosine: T,
    /// Root mean square of the difference of their logits, over that of the teacher's.
    pub error: T,
}

/// What a snapshot of a layer says of itself.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct tutee_layer_info {
    /// Gradient steps taken since the start.
    pub steps: u64,
    /// Where the sample stream stood; zeros without one.
    pub stream: tutee_stream,
    /// The scale.
    pub scale: f64,
    /// Slope of a leaky ReLU; 0 for all others.
    pub slope: f64,
    /// Sizes and choices.
    pub shape: tutee_layer_shape,
    /// One of tutee_activation.
    pub activation: i32,
    /// One of tutee_loss.
    pub loss: i32,
    /// Sum of the tutee_train that train.
    pub trained: i32,
    /// Width of a scalar in bits: 32 or 64.
    pub scalar_bits: u32,
    /// 1 when a sample stream was saved, else 0.
    pub has_stream: i32,
    /// Version of the format.
    pub version: u32,
}
