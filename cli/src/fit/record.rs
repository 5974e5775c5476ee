//! What a fit leaves behind. Fields that a run of `learn` has too have its names; one that does not apply is `null`.

use serde::Serialize;

use crate::layer::record::Shares;
use crate::record::{ActivationRecord, Provenance, hexadecimal};

/// One fit.
#[derive(Clone, Debug, Serialize)]
pub struct FitRecord {
    /// What made it.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// `position` or `layer`.
    pub student: &'static str,
    /// `content`, `concatenated` or `added`.
    pub embedding: Option<String>,
    /// Where position codes come from.
    pub encoding: Option<String>,
    /// Entries of a position code, C.
    pub code_width: Option<usize>,
    /// `merged` or `separate`.
    pub attention: Option<&'static str>,
    /// Rows of W_K and W_Q.
    pub keys: Option<usize>,
    /// `tokens`, `keys` or a number.
    pub scale: String,
    /// `zero`, `gaussian:SD` or `identity`.
    pub start: String,
    /// What asks: `tokens`, `sets` or `vectors`; none of attention on positions alone.
    pub queries: Option<&'static str>,
    /// The blocks that train.
    pub train: Vec<String>,
    /// `squared` or `logistic`.
    pub loss: String,
    /// `gd`.
    pub rule: &'static str,
    /// `gd`.
    pub value_rule: &'static str,
    /// Name of the file of inputs.
    pub task: String,
    /// `f32` or `f64`.
    pub scalar: &'static str,
    /// `pairs`.
    pub mode: &'static str,
    /// The student's activation.
    pub activation: ActivationRecord,
    /// M.
    pub filters: usize,
    /// d.
    pub features: usize,
    /// D.
    pub tokens: usize,
    /// J.
    pub outputs: usize,
    /// Pairs that training sees.
    pub pairs: usize,
    /// Pairs that it does not.
    pub test_pairs: Option<usize>,
    /// Pairs a step; none where each step takes all.
    pub batch: Option<usize>,
    /// Rate of W_V and of codes that are learned.
    pub rate: f64,
    /// Rate of W_KQ, or of W_K and W_Q.
    pub attention_rate: f64,
    /// Gradient steps taken.
    pub steps: u64,
    /// Seed of start and codes.
    pub seed: u64,
    /// Mean loss over the pairs before the first step.
    pub training_loss_start: f64,
    /// After the last.
    pub training_loss: f64,
    /// Over the pairs that training does not see.
    pub test_loss: Option<f64>,
    /// Of the best answer that is the same for all inputs, over the pairs.
    pub constant_loss: f64,
    /// Of that answer over the pairs that training does not see.
    pub constant_test_loss: Option<f64>,
    /// Log-log slope of the training loss over the last half decade of steps.
    pub slope: Option<f64>,
    /// One word.
    pub verdict: &'static str,
    /// Why.
    pub reason: &'static str,
    /// Whether a fit that is judged so has failed.
    #[serde(skip)]
    pub failed: bool,
    /// Wall time of the training loop alone.
    pub seconds: f64,
    /// 16 hexadecimal digits over the bits of every parameter.
    pub digest: String,
    /// W_V.
    pub value: Vec<Vec<f64>>,
    /// Logits of attention on positions alone: J rows of D.
    pub logits: Option<Vec<Vec<f64>>>,
    /// W_KQ, keys by queries; merged alone.
    pub w_kq: Option<Vec<Vec<f64>>>,
    /// W_K; separate alone.
    pub w_k: Option<Vec<Vec<f64>>>,
    /// W_Q; separate alone.
    pub w_q: Option<Vec<Vec<f64>>>,
    /// Position codes, a row a token.
    pub codes: Option<Vec<Vec<f64>>>,
    /// Shares of a layer's blocks.
    pub shares: Option<Shares>,
    /// S, of a layer the mean over the pairs: J rows of D.
    pub mean_attention: Vec<Vec<f64>>,
    /// Output, token and weight wherever S is above the weight that all tokens have without attention, the largest of each output
    /// first.
    pub attends: Vec<(usize, usize, f64)>,
    /// The history at log-spaced steps.
    pub curve: Vec<FitPoint>,
}

/// One recorded step.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FitPoint {
    /// Steps taken so far; the curve starts at 0.
    pub step: u64,
    /// Mean loss over the pairs.
    pub training_loss: f64,
    /// Mean loss over those that training does not see.
    pub test_loss: Option<f64>,
    /// Digest of the student.
    #[serde(serialize_with = "hexadecimal")]
    pub digest: u64,
}
