//! What a fit leaves behind. Fields that a run of `learn` has too have its names; one that does not apply is `null`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::stop::StopRecord;
use super::whitening::Whitening;
use crate::checkpoint::Point;
use crate::layer::record::{CodesRecord, Shares};
use crate::record::{ActivationRecord, Provenance, from_hexadecimal, hexadecimal};

/// One fit.
#[derive(Clone, Debug, Serialize)]
pub struct FitRecord {
    /// What made it.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// `position` or `layer`.
    pub student: &'static str,
    /// `content`, `concatenated` or `added`; of attention on positions alone `concatenated`.
    pub embedding: String,
    /// Where position codes come from.
    pub encoding: Option<String>,
    /// Entries of a position code, C.
    pub code_width: Option<usize>,
    /// S of attention on positions alone, as `mean_attention`: J rows of D; of a layer `merged` or `separate`.
    pub attention: Attention,
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
    /// The files that it was read from.
    pub files: Files,
    /// Pairs a step; none where each step takes all.
    pub batch: Option<usize>,
    /// `given`, or `data`: taken from the readings, anew for every step.
    pub rates: &'static str,
    /// Rate of W_V and of codes that are learned; from the data that of the last step of the student that is reported.
    pub rate: f64,
    /// Rate of W_KQ, or of W_K and W_Q; from the data that of the last step of the student that is reported.
    pub attention_rate: f64,
    /// Gradient steps taken, by the last student.
    pub steps: u64,
    /// Seed of start and codes.
    pub seed: u64,
    /// Mean loss over the pairs before the first step.
    pub training_loss_start: f64,
    /// Of the student that is reported.
    pub training_loss: f64,
    /// Over the pairs that training does not see.
    pub test_loss: Option<f64>,
    /// Of the best answer that is the same for all inputs, over the pairs.
    pub constant_loss: f64,
    /// Of that answer over the pairs that training does not see.
    pub constant_test_loss: Option<f64>,
    /// Of the best affine function of the mean of all tokens, over the pairs; none of labels.
    pub position_free_loss: Option<f64>,
    /// Of that function over the pairs that training does not see.
    pub position_free_test_loss: Option<f64>,
    /// Share of the answers' variance that the student explains, over the pairs: 1 - its loss over that of the best constant;
    /// none of labels.
    pub explained: Option<f64>,
    /// The share of that over the pairs that training does not see.
    pub explained_test: Option<f64>,
    /// That share over either half of the pairs, answered by the student of the other half; none of a layer, of fewer than four pairs, and
    /// where no such student could be had.
    pub explained_halves: Option<f64>,
    /// Norm of the gradient of the training loss at the student that is reported, of all that trains; where readings are standardised, in the units
    /// that makes; none where it overflows.
    pub gradient_norm: Option<f64>,
    /// Largest over smallest eigenvalue of the second moment of the tokens as the student sees them; none where a direction has no
    /// power.
    pub condition: Option<f64>,
    /// Log-log slope of the training loss over the last half decade of steps.
    pub slope: Option<f64>,
    /// One word.
    pub verdict: &'static str,
    /// Why.
    pub reason: &'static str,
    /// What else can be seen, a sentence each: dead filters, attention that is uniform, features that never vary.
    pub notes: Vec<String>,
    /// Filters that answer 0 to every pair and cannot move, although they should answer.
    pub dead_filters: Vec<usize>,
    /// Whether a fit that is judged so has failed.
    #[serde(skip)]
    pub failed: bool,
    /// Wall time of the training loop alone.
    pub seconds: f64,
    /// 16 hexadecimal digits over the bits of every parameter.
    pub digest: String,
    /// What it was to stop at before its last step, and which student is reported.
    #[serde(flatten)]
    pub stop: StopRecord,
    /// How features were made uncorrelated before they were standardised; none where they were not. W and b are for readings as they come.
    pub whitened: Option<Whitening>,
    /// How readings were made into what the student saw; none where it saw the numbers as they are.
    pub standardised: Option<Standardised>,
    /// Whether each reading is a token of its own, where the data chose; none where that was said, and where there is no choice.
    pub choice: Option<Choice>,
    /// W_V, for readings as they come.
    pub value: Vec<Vec<f64>>,
    /// What is added to `W X S` before the activation: J rows of M; none where the numbers were taken as they are.
    pub bias: Option<Vec<Vec<f64>>>,
    /// Logits of attention on positions alone: J rows of D, and of what stands beside the tokens.
    pub logits: Option<Vec<Vec<f64>>>,
    /// W_KQ, keys by queries. Of attention on positions alone that of its logits under codes that are unit vectors, `A_ji = w_kq[i][j] / sqrt(N)`
    /// with N columns of `logits`; none where there are more outputs than these, or more than 8192 of them. Of a layer none of separate W_K and
    /// W_Q.
    pub w_kq: Option<Vec<Vec<f64>>>,
    /// W_K; separate alone.
    pub w_k: Option<Vec<Vec<f64>>>,
    /// W_Q; separate alone.
    pub w_q: Option<Vec<Vec<f64>>>,
    /// Position codes of a layer, a row a token; those of attention on positions alone are unit vectors.
    pub codes: Option<Vec<Vec<f64>>>,
    /// Learned codes of a layer beside those that they set out from; of others none.
    pub codes_recovery: Option<CodesRecord>,
    /// Shares of a layer's blocks.
    pub shares: Option<Shares>,
    /// Of each filter the share that is explained, of pairs held out where those alone are answered worse than by the best constant.
    #[serde(skip)]
    pub explained_filters: Vec<Option<f64>>,
    /// S, of a layer the mean over the pairs: J rows of D. With signs negative where the negated token weighs more; where features
    /// are apart, what the readings of a token weigh together.
    pub mean_attention: Vec<Vec<f64>>,
    /// S of every reading where features are apart, J rows of D d, those of a token side by side: of them `W` is `value`.
    pub mean_attention_apart: Option<Vec<Vec<f64>>>,
    /// The tokens that an output depends on, output after output, the largest weight first: those that weigh a quarter more than
    /// the mean of all that weigh less, and a hundredth of the largest.
    pub links: Vec<Link>,
    /// What nobody knows of pairs.
    #[serde(flatten)]
    pub unknown: Unknown,
    /// The history at log-spaced steps.
    pub curve: Vec<FitPoint>,
}

/// Attention: the weights of a student for which these are the same whatever is read, and the form of one that looks.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Attention {
    /// J rows of D.
    Weights(Vec<Vec<f64>>),
    /// `merged` or `separate`.
    Form(&'static str),
}

/// Fields that other runs have of their teacher and of what they draw, all `null`: pairs come from files, nobody draws them, and what the best student
/// would lose in them has no closed form.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Unknown {
    group: (),
    input: (),
    test_input: (),
    noise: (),
    excess_loss_start: (),
    excess_loss: (),
    law_ratio: (),
    steps_needed: (),
    best_loss: (),
    value_cosine_min: (),
    attention_error_max: (),
    ood_slope: (),
}

/// What a fit read, as the command line named it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Files {
    /// Inputs.
    pub x: PathBuf,
    /// Answers.
    pub y: PathBuf,
    /// What asks.
    pub sets: Option<PathBuf>,
    /// What asks.
    pub queries: Option<PathBuf>,
    /// Inputs that training does not see.
    pub test_x: Option<PathBuf>,
    /// Their answers.
    pub test_y: Option<PathBuf>,
    /// What asks there.
    pub test_sets: Option<PathBuf>,
    /// What asks there.
    pub test_queries: Option<PathBuf>,
    /// 16 hexadecimal digits over the bits of all numbers read.
    pub digest: String,
}

/// A token that an output depends on.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Link {
    /// From 0.
    pub output: usize,
    /// From 0.
    pub token: usize,
    /// The entry of S.
    pub weight: f64,
    /// In how many of two more students, each of one half of the pairs, it stands out, too; none of a layer, and where
    /// a half shows nothing.
    pub halves: Option<usize>,
}

/// How readings are made into what a student sees: `(x - shift) / scale`, and answers into what it learns.
#[derive(Clone, Debug, Serialize)]
pub struct Standardised {
    /// D rows of d.
    pub shift: Vec<Vec<f64>>,
    /// Of each feature; 0 where it never varies, and is left out.
    pub scale: Vec<f64>,
    /// J rows of M.
    pub answer_shift: Vec<Vec<f64>>,
    /// Of all answers.
    pub answer_scale: f64,
    /// A feature that is always 1 stands beside the others.
    pub intercept: bool,
    /// A token that is always 0 stands beside the others, as the last.
    pub spare: bool,
    /// Each token stands there once more, negated.
    pub signed: bool,
    /// Each reading is a token of its own, whose other features are 0.
    pub apart: bool,
    /// What each output gives to the spare token.
    pub spare_weight: Option<Vec<f64>>,
    /// The student's own W, of standardised readings and with the intercept as its last column.
    pub value: Vec<Vec<f64>>,
}

/// One recorded step.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct FitPoint {
    /// Steps taken so far; the curve starts at 0.
    pub step: u64,
    /// Mean loss over the pairs.
    pub training_loss: f64,
    /// Mean loss over those that training does not see.
    pub test_loss: Option<f64>,
    /// Rate of W in the step before, where it came from the data.
    pub rate: Option<f64>,
    /// Rate of W_KQ in the step before, where it came from the data.
    pub attention_rate: Option<f64>,
    /// Digest of the student.
    #[serde(serialize_with = "hexadecimal", deserialize_with = "from_hexadecimal")]
    pub digest: u64,
}

impl Point for FitPoint {
    fn step(&self) -> u64 {
        self.step
    }
}
