//! What a run of a layer leaves behind. Fields that a run of position-only attention has too have its names; one that does not
//! apply is `null`.

use serde::Serialize;

use crate::record::{ActivationRecord, Provenance, hexadecimal};

/// One training run of a layer.
#[derive(Clone, Debug, Serialize)]
pub struct LayerRecord {
    /// What made it.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// `layer`.
    pub student: &'static str,
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
    /// The blocks that train.
    pub train: Vec<String>,
    /// `squared` or `logistic`.
    pub loss: String,
    /// `gd`.
    pub rule: &'static str,
    /// `gd`.
    pub value_rule: &'static str,
    /// What training draws.
    pub input: String,
    /// What the out-of-distribution test draws.
    pub test_input: String,
    /// Name of the task, or of the teacher's file.
    pub task: String,
    /// `f32` or `f64`.
    pub scalar: &'static str,
    /// `online`.
    pub mode: &'static str,
    /// The activation of teacher and student.
    pub activation: ActivationRecord,
    /// M.
    pub filters: usize,
    /// d.
    pub features: usize,
    /// D.
    pub tokens: usize,
    /// J.
    pub outputs: usize,
    /// K, tokens that an output averages, where that is one number.
    pub group: Option<usize>,
    /// Rate of W_V and of codes that are learned.
    pub rate: f64,
    /// Rate of W_KQ, or of W_K and W_Q.
    pub attention_rate: f64,
    /// Gradient steps taken.
    pub steps: u64,
    /// Seed of teacher, start, codes and samples.
    pub seed: u64,
    /// Samples a step.
    pub batch: u32,
    /// Standard deviation of the label noise.
    pub noise: f64,
    /// Samples of each test; training never sees them, and they are the same at all steps.
    pub test_samples: u32,
    /// Mean loss of the test before the first step.
    pub excess_loss_start: Option<f64>,
    /// Mean loss of the test after the last step. Its answers are without noise, so that the least possible is zero.
    pub excess_loss: Option<f64>,
    /// Log-log slope of it over the last half decade of steps.
    pub slope: Option<f64>,
    /// None: no law is known of all that a layer can be.
    pub law_ratio: Option<f64>,
    /// One word, where the rules for curves apply.
    pub verdict: Option<&'static str>,
    /// Why, or why there is none.
    pub reason: &'static str,
    /// Whether a run that is judged so has failed.
    #[serde(skip)]
    pub failed: bool,
    /// None, as there is no law.
    pub steps_needed: Option<u64>,
    /// None: it is known for attention on positions alone.
    pub best_loss: Option<f64>,
    /// Smallest cosine between a filter and the content of the row of W_V that imitates it.
    pub value_cosine_min: Option<f64>,
    /// Largest entry of |mean attention - S*|, for a teacher with one mixing.
    pub attention_error_max: Option<f64>,
    /// Log-log slope of the out-of-distribution loss over the last decade of steps.
    pub ood_slope: Option<f64>,
    /// Shares of the blocks.
    pub shares: Shares,
    /// Wall time of the training loop alone.
    pub seconds: f64,
    /// 16 hexadecimal digits over the bits of every parameter.
    pub digest: String,
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
    /// S, mean over the test's samples: J rows of D.
    pub mean_attention: Vec<Vec<f64>>,
    /// V*: M rows of d.
    pub teacher_value: Vec<Vec<f64>>,
    /// S*: J rows of D; none of a teacher that chooses anew for every sample.
    pub teacher_mixing: Option<Vec<Vec<f64>>>,
    /// What top-k and learned weights look along.
    pub teacher_direction: Option<Vec<f64>>,
    /// Temperature of learned weights.
    pub teacher_temperature: Option<f64>,
    /// The token that a label is of.
    pub teacher_token: Option<usize>,
    /// The history at log-spaced steps.
    pub curve: Vec<LayerPoint>,
}

/// Shares of the squared norm: of W_V in two blocks, of W_KQ (or W_K^T W_Q) in four, the key's part first. None where the matrix is
/// zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Shares {
    pub value_content: Option<f64>,
    pub value_position: Option<f64>,
    pub content_content: Option<f64>,
    pub content_position: Option<f64>,
    pub position_content: Option<f64>,
    pub position_position: Option<f64>,
}

/// One recorded step.
#[derive(Clone, Copy, Debug, Serialize)]
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
    /// Digest of the layer.
    #[serde(serialize_with = "hexadecimal")]
    pub digest: u64,
}
