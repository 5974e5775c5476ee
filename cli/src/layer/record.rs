//! What a run of a layer leaves behind. Fields that a run of position-only attention has too have its names; one that does not
//! apply is `null`.

use serde::{Deserialize, Serialize};

use crate::checkpoint::Point;
use crate::record::{StopRecord, Summary, Word, from_hexadecimal, hexadecimal, word};

/// One training run of a layer. The excess losses of its summary are mean losses over a test whose answers are without noise, so
/// that the least possible is zero; no law and no best loss are known of all that a layer can be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LayerRecord {
    /// What other students' runs have, too.
    #[serde(flatten)]
    pub summary: Summary,
    /// `layer`.
    #[serde(deserialize_with = "word")]
    pub student: Word,
    /// `content`, `concatenated` or `added`.
    pub embedding: String,
    /// Where position codes come from; none without codes.
    pub encoding: Option<String>,
    /// Entries of a position code, C.
    pub code_width: Option<usize>,
    /// `merged` or `separate`.
    pub attention: String,
    /// Rows of W_K and W_Q.
    pub keys: Option<usize>,
    /// `tokens`, `keys` or a number.
    pub scale: String,
    /// `zero`, `gaussian:SD` or `identity`.
    pub start: String,
    /// What asks: `tokens`, or `sets` that come with the sample.
    #[serde(deserialize_with = "word")]
    pub queries: Word,
    /// The blocks that train.
    pub train: Vec<String>,
    /// `squared` or `logistic`.
    pub loss: String,
    /// `gd`.
    #[serde(deserialize_with = "word")]
    pub rule: Word,
    /// `gd`.
    #[serde(deserialize_with = "word")]
    pub value_rule: Word,
    /// What training draws.
    pub input: String,
    /// What the out-of-distribution test draws.
    pub test_input: String,
    /// Samples a step.
    pub batch: u32,
    /// Standard deviation of the label noise.
    pub noise: f64,
    /// Mean of the label noise.
    pub noise_mean: f64,
    /// How likely a label that training sees is flipped.
    pub flips: f64,
    /// Samples of each test; training never sees them, and they are the same at all steps.
    pub test_samples: u32,
    /// When it was to end.
    #[serde(flatten)]
    pub stop: StopRecord,
    /// Shares of the blocks.
    pub shares: Shares,
    /// W_V: M rows, content first.
    pub value: Vec<Vec<f64>>,
    /// W_KQ, keys by queries; merged alone.
    pub w_kq: Option<Vec<Vec<f64>>>,
    /// W_K; separate alone.
    pub w_k: Option<Vec<Vec<f64>>>,
    /// W_Q; separate alone.
    pub w_q: Option<Vec<Vec<f64>>>,
    /// Position codes, a row a token; none where there are none or every sample has its own.
    pub codes: Option<Vec<Vec<f64>>>,
    /// Learned codes beside those that they set out from; of others none.
    pub codes_recovery: Option<CodesRecord>,
    /// W_KQ, or W_K^T W_Q, beside that of a teacher that is a layer or of one with learned weights; none of other teachers, and where no W_KQ of
    /// this layer has the teacher's logits.
    pub key_query_recovery: Option<ClosenessRecord>,
    /// S, mean over the test's samples: J rows of D.
    pub mean_attention: Vec<Vec<f64>>,
    /// S on an input of zeros, what positions alone decide: J rows of D; none where sets or codes come with the sample.
    pub position_attention: Option<Vec<Vec<f64>>>,
    /// S*: J rows of D; none of a teacher that chooses anew for every sample.
    pub teacher_mixing: Option<Vec<Vec<f64>>>,
    /// What top-k and learned weights look along.
    pub teacher_direction: Option<Vec<f64>>,
    /// Temperature of learned weights.
    pub teacher_temperature: Option<f64>,
    /// What a teacher that is a layer looks by: rows of `features` entries.
    pub teacher_map: Option<Vec<Vec<f64>>>,
    /// By what it multiplies products of keys and queries.
    pub teacher_scale: Option<f64>,
    /// The share of its fixed weights.
    pub teacher_share: Option<f64>,
    /// These weights: J rows of D.
    pub teacher_fixed: Option<Vec<Vec<f64>>>,
    /// The token that a label is of.
    pub teacher_token: Option<usize>,
    /// The history at log-spaced steps.
    pub curve: Vec<LayerPoint>,
}

/// Shares of the squared norm: of W_V in two blocks, of W_KQ (or W_K^T W_Q) in four, the key's part first. None where the matrix is
/// zero, and of blocks that the layer does not have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    pub value_content: Option<f64>,
    pub value_position: Option<f64>,
    pub content_content: Option<f64>,
    pub content_position: Option<f64>,
    pub position_content: Option<f64>,
    pub position_position: Option<f64>,
}

/// Learned codes beside those that they set out from; none of what is zero. Cosines, and Frobenius norms of differences over those of the
/// start: of the codes P entry by entry, and of their products with each other P P^T, which do not depend on how the start was turned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CodesRecord {
    pub cosine: Option<f64>,
    pub error: Option<f64>,
    pub products_cosine: Option<f64>,
    pub products_error: Option<f64>,
}

/// A matrix beside a teacher's, by all that answers can tell of it: `tutee::recovery::key_query`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClosenessRecord {
    /// None of what is zero.
    pub cosine: Option<f64>,
    /// Norm of the difference over that of the teacher's.
    pub error: Option<f64>,
}

/// One recorded step.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct LayerPoint {
    /// Steps taken so far; the curve starts at 0.
    pub step: u64,
    /// Mean loss of the test.
    pub excess_loss: f64,
    /// Mean loss of the out-of-distribution test.
    pub ood_excess: f64,
    /// Smallest cosine of a filter.
    pub value_cosine_min: Option<f64>,
    /// `|W - V*| / |V*|` of the content of W_V, Frobenius.
    pub value_error: Option<f64>,
    /// `|S - S*| / |S*|` of the mean attention over the test's inputs, Frobenius; none where a sample says which tokens count.
    #[serde(default)]
    pub attention_error: Option<f64>,
    /// Digest of the layer.
    #[serde(serialize_with = "hexadecimal", deserialize_with = "from_hexadecimal")]
    pub digest: u64,
}

impl Point for LayerPoint {
    fn step(&self) -> u64 {
        self.step
    }
}
