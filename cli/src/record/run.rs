//! A run of a student of positions alone, and its curve.

use serde::{Deserialize, Serialize};

use super::kind::Kind;
use super::stop::StopRecord;
use super::summary::Summary;
use super::words::{from_hexadecimal, hexadecimal};
use crate::checkpoint::Point;

/// One training run of position-only attention.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunRecord {
    /// What other students' runs have, too.
    #[serde(flatten)]
    pub summary: Summary,
    /// The kind of student and training.
    #[serde(flatten)]
    pub kind: Kind,
    /// Samples a step; none of exact gradients.
    pub batch: Option<u32>,
    /// Standard deviation of the label noise; none of exact gradients.
    pub noise: Option<f64>,
    /// Mean of the label noise; none of exact gradients.
    pub noise_mean: Option<f64>,
    /// How likely a label is flipped; none without labels.
    pub flips: Option<f64>,
    /// The token that a label is of; none without labels.
    pub teacher_token: Option<usize>,
    /// The tokens that the teacher of a selection reads; none of other tasks.
    pub chosen: Option<Vec<usize>>,
    /// When it was to end.
    #[serde(flatten)]
    pub stop: StopRecord,
    /// Log-log slope of the part that is first order in the mean of the label noise.
    pub ood_first_order_slope: Option<f64>,
    /// W_V: M rows of d.
    pub value: Vec<Vec<f64>>,
    /// S: J rows of D.
    pub attention: Vec<Vec<f64>>,
    /// A, the logits of S: J rows of D.
    pub logits: Vec<Vec<f64>>,
    /// W_KQ of these logits, `A_ji = p_i' W_KQ p_j / sqrt(D)`, D rows of D, keys by queries; none where there are more outputs than tokens, or
    /// more than 8192 tokens.
    #[serde(default)]
    pub w_kq: Option<Vec<Vec<f64>>>,
    /// The position codes p_i, a row a token; none where they are unit vectors.
    #[serde(default)]
    pub codes: Option<Vec<Vec<f64>>>,
    /// S*: J rows of D.
    pub teacher_mixing: Vec<Vec<f64>>,
    /// The history at log-spaced steps.
    pub curve: Vec<CurvePoint>,
}

/// One recorded step.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Steps taken so far; the curve starts at 0.
    pub step: u64,
    /// Excess loss; for digits, the loss on the test images relative to its start.
    pub excess_loss: f64,
    /// Out-of-distribution excess loss; either sign.
    pub ood_excess: Option<f64>,
    /// The part of it that is first order in the mean of the label noise.
    pub ood_first_order: Option<f64>,
    /// Smallest cosine of a filter; `None` before the value matrix has left zero.
    pub value_cosine_min: Option<f64>,
    /// `|W - V*| / |V*|`, Frobenius.
    pub value_error: Option<f64>,
    /// `|S - S*| / |S*|`, Frobenius.
    pub attention_error: Option<f64>,
    /// Digest of the student.
    #[serde(serialize_with = "hexadecimal", deserialize_with = "from_hexadecimal")]
    pub digest: u64,
}

impl Point for CurvePoint {
    fn step(&self) -> u64 {
        self.step
    }
}
