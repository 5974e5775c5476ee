//! What a run leaves behind: the numbers of the table, the curve, and the matrices that the pictures show.
//!
//! The names are an interface: `--json` prints them, and scripts read them. A field that does not apply is `null`.

use std::path::PathBuf;
use std::time::SystemTime;
use std::{env, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use tutee::activation::Activation;

use crate::checkpoint::Point;
use crate::failure::Unfinished;
use crate::input::InputName;
use crate::step_rules::StepRules;
use crate::watch::{Ending, Goals};

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
pub struct Output<R> {
    /// One entry a run that took its last step.
    pub runs: Vec<R>,
    /// Those that did not, and why; with what made them, as none of the runs may be there to say it.
    #[serde(serialize_with = "with_provenance")]
    pub unfinished: Vec<Unfinished>,
}

fn with_provenance<S: Serializer>(unfinished: &[Unfinished], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Told<'a> {
        #[serde(flatten)]
        run: &'a Unfinished,
        #[serde(flatten)]
        provenance: &'a Provenance,
    }
    let provenance = &Provenance::now();
    serializer.collect_seq(unfinished.iter().map(|run| Told { run, provenance }))
}

/// A word of the program. One that is read from a result stays as long as the program runs, as those that are compiled in do.
pub type Word = &'static str;

/// A word of a result.
///
/// # Errors
/// Where it is no text.
pub fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    Ok(String::deserialize(deserializer)?.leak())
}

fn word_or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Word>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(|text| &*text.leak()))
}

fn two_words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[Word; 2], D::Error> {
    Ok(<[String; 2]>::deserialize(deserializer)?.map(|text| &*text.leak()))
}

/// What attention on positions alone is, of all that a layer can be: content and code side by side, of which values see the one, keys and
/// queries the other.
pub const fn concatenated() -> Word {
    "concatenated"
}

/// By what it multiplies products of keys and queries: 1/sqrt(D).
const fn tokens() -> Word {
    "tokens"
}

/// What made a result, beside the settings of its run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of the program.
    #[serde(deserialize_with = "word")]
    pub version: Word,
    /// Commit that it was built from, where its sources were a clone.
    #[serde(deserialize_with = "word_or_none")]
    pub commit: Option<Word>,
    /// The command line.
    pub command: String,
    /// When the program was started: UTC, as in RFC 3339.
    pub time: String,
}

impl Provenance {
    /// Of this program, called as it was, now.
    pub fn now() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit: Some(env!("TUTEE_COMMIT")).filter(|commit| !commit.is_empty()),
            command: env::args_os().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" "),
            time: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        }
    }
}

/// The kind of student and training, as the command line's options name them: what is the same for all runs so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kind {
    #[serde(deserialize_with = "word")]
    student: Word,
    #[serde(deserialize_with = "word", default = "concatenated")]
    embedding: Word,
    #[serde(deserialize_with = "word")]
    encoding: Word,
    #[serde(deserialize_with = "word", default = "tokens")]
    scale: Word,
    #[serde(deserialize_with = "word")]
    start: Word,
    #[serde(deserialize_with = "two_words")]
    train: [Word; 2],
    #[serde(deserialize_with = "word")]
    loss: Word,
    #[serde(flatten)]
    rules: StepRules,
    /// What training draws; none of the exact gradient of digits' images.
    input: Option<String>,
    /// What out-of-distribution tests draw.
    test_input: Option<String>,
}

impl Kind {
    /// How parameters moved.
    pub const fn rules(&self) -> StepRules {
        self.rules
    }

    /// With W_KQ for codes of this kind.
    pub fn coded(self, encoding: Word) -> Self {
        Self { encoding, ..self }
    }

    /// Attention on positions alone, on the logistic loss of labels.
    pub fn of_labels(self) -> Self {
        Self { loss: "logistic", ..self }
    }

    /// Whether what is learned is labels.
    pub fn labels(&self) -> bool {
        self.loss == "logistic"
    }

    /// Attention on positions alone, from zero, on the squared loss.
    pub fn position(rules: StepRules, input: Option<InputName>, test_input: Option<InputName>) -> Self {
        let name = |input: Option<InputName>| input.map(|input| input.to_string());
        Self {
            student: "position",
            embedding: concatenated(),
            encoding: "identity",
            scale: tokens(),
            start: "zero",
            train: ["value-content", "position-position"],
            loss: "squared",
            rules,
            input: name(input),
            test_input: name(test_input),
        }
    }
}

/// What all runs have in common, whatever student they train: what the table prints.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// What made it.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// Name of the task, or of the teacher's file.
    pub task: String,
    /// `f32` or `f64`.
    #[serde(deserialize_with = "word")]
    pub scalar: Word,
    /// `population`, `online` or `samples`.
    #[serde(deserialize_with = "word")]
    pub mode: Word,
    /// `identity`, `relu` or `leaky_relu`; the teacher's.
    pub activation: ActivationRecord,
    /// The student's, where it is another one.
    pub student_activation: Option<ActivationRecord>,
    /// M.
    pub filters: usize,
    /// d.
    pub features: usize,
    /// D.
    pub tokens: usize,
    /// J.
    pub outputs: usize,
    /// K, where every output averages the same number of tokens.
    pub group: Option<usize>,
    /// Rate for the value matrix.
    pub rate: f64,
    /// Rate for W_KQ.
    pub attention_rate: f64,
    /// Gradient steps taken.
    pub steps: u64,
    /// Seed of the teacher's filters and of the input stream.
    pub seed: u64,
    /// Loss before the first step, above that of the teacher's own answers.
    pub excess_loss_start: Option<f64>,
    /// That loss after the last step; above [`Self::best_loss`], it is the excess over the best student.
    pub excess_loss: Option<f64>,
    /// Log-log slope of the excess loss over the last half decade of steps.
    pub slope: Option<f64>,
    /// `excess_loss * 4 rate steps / (K J (D - K))`, 1 in the limit; of labels and of sets, over their laws.
    pub law_ratio: Option<f64>,
    /// What the excess loss does over what is known of the step rule, 1 in the limit: slopes of a power, rates of a geometric
    /// fall. None of plain gradient descent, which has its law.
    pub line_ratio: Option<f64>,
    /// `asymptotic`, `transient`, `plateau`, `oscillating`, `stuck`, `floor`, `diverged` or `scale`.
    #[serde(deserialize_with = "word_or_none")]
    pub verdict: Option<Word>,
    /// Why, in one sentence.
    #[serde(deserialize_with = "word_or_none")]
    pub reason: Option<Word>,
    /// Whether a run that is judged so has failed.
    #[serde(skip)]
    pub failed: bool,
    /// Total steps from which on the law should hold, where it does not hold yet.
    pub steps_needed: Option<u64>,
    /// Least such loss of any student, where it has a closed form: zero where one becomes the teacher.
    pub best_loss: Option<f64>,
    /// Smallest cosine between a filter and the row of the value matrix that imitates it.
    pub value_cosine_min: Option<f64>,
    /// Largest entry of |S - S*|.
    pub attention_error_max: Option<f64>,
    /// Log-log slope of |out-of-distribution excess| over the last decade of steps.
    pub ood_slope: Option<f64>,
    /// Wall time of the training loop alone.
    pub seconds: f64,
    /// 16 hexadecimal digits over the bits of every parameter.
    pub digest: String,
    /// V*: M rows of d.
    pub teacher_value: Vec<Vec<f64>>,
}

impl Summary {
    /// Whether a student can become the teacher, so that its loss is all excess.
    pub fn loss_is_excess(&self) -> bool {
        self.best_loss == Some(0.0)
    }

    /// The loss above that of the best student, where that is known.
    pub fn excess_over_best(&self) -> Option<f64> {
        Some(self.excess_loss? - self.best_loss?)
    }

    /// The verdict in a line of its own, where it says more than that all is as it should be.
    pub fn judgement(&self) -> Option<String> {
        let own = self.student_activation.map(|own| {
            let lawless = match (self.law_ratio, own) {
                (Some(_), _) => "",
                (None, ActivationRecord::Identity) if self.mode == "online" => {
                    ", which is noise to its batches where it is not linear: no law is known"
                }
                (None, _) => "; no law is known of such a student",
            };
            format!("; the student has {own}, the teacher {}{lawless}", self.activation)
        });
        let reason = self.reason.filter(|_| self.verdict != Some("asymptotic") || own.is_some())?;
        let verdict = self.verdict.map(|verdict| format!("{verdict}: ")).unwrap_or_default();
        let best = self.best_loss.filter(|&best| best > 0.0).map(|best| format!("; no student is below {best:.4e}"));
        let needed = self.steps_needed.map(|steps| format!("; the law should hold from some {steps:.1e} steps on"));
        let own = own.unwrap_or_default();
        Some(format!("{verdict}{reason}{own}{}{}", best.unwrap_or_default(), needed.unwrap_or_default()))
    }
}

/// What the losses of these runs are called: of a student that cannot become its teacher, or of which nobody knows, the loss is no excess.
pub fn loss_name<'a>(mut runs: impl Iterator<Item = &'a Summary>) -> &'static str {
    if runs.all(Summary::loss_is_excess) { "excess loss" } else { "loss" }
}

/// What a run was to stop at before its last step, and what it stopped at.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StopRecord {
    stop_loss: Option<f64>,
    stop_relative: Option<f64>,
    stop_gradient: Option<f64>,
    stop_unchanged: Option<bool>,
    stop_every: Option<u64>,
    /// `steps`, `excess_loss`, `gradient_norm` or `unchanged`; none of digits.
    #[serde(deserialize_with = "word_or_none")]
    stopped: Option<Word>,
}

impl StopRecord {
    /// Of a run that ended so.
    pub fn new(goals: Option<&Goals>, ended: Ending) -> Self {
        Self {
            stop_loss: goals.and_then(|goals| goals.loss),
            stop_relative: goals.and_then(|goals| goals.relative),
            stop_gradient: goals.and_then(|goals| goals.gradient),
            stop_unchanged: goals.map(|goals| goals.unchanged),
            stop_every: goals.map(|goals| goals.every),
            stopped: Some(ended.word()),
        }
    }
}

/// Why a run is judged so, and why it took no more steps where that does not follow from what was asked for, or says what it is worth.
pub fn stopped(reason: Word, ending: Ending) -> Word {
    let why = match ending {
        Ending::Unchanged => "a step changes nothing",
        Ending::HeldOutLoss => "the loss of pairs held out is as small as was asked for",
        Ending::HeldOutRises => "the loss of pairs held out rises",
        Ending::Steps | Ending::ExcessLoss | Ending::GradientNorm | Ending::Diverged => return reason,
    };
    format!("{reason}; stopped: {why}").leak()
}

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

/// The activation, in the form in which a teacher file gives it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivationRecord {
    /// `act(u) = u`.
    Identity,
    /// `act(u) = max(u, 0)`.
    Relu,
    /// Slope below zero.
    LeakyRelu(f64),
}

impl fmt::Display for ActivationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity => f.write_str("no activation"),
            Self::Relu => f.write_str("ReLU"),
            Self::LeakyRelu(slope) => write!(f, "leaky ReLU {slope}"),
        }
    }
}

impl From<Activation<f64>> for ActivationRecord {
    fn from(activation: Activation<f64>) -> Self {
        match activation {
            Activation::Identity => Self::Identity,
            Activation::Relu => Self::Relu,
            Activation::LeakyRelu(slope) => Self::LeakyRelu(slope),
        }
    }
}

impl From<ActivationRecord> for Activation<f64> {
    fn from(record: ActivationRecord) -> Self {
        match record {
            ActivationRecord::Identity => Self::Identity,
            ActivationRecord::Relu => Self::Relu,
            ActivationRecord::LeakyRelu(slope) => Self::LeakyRelu(slope),
        }
    }
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

/// A digest as results write it.
pub fn hexadecimal<S: Serializer>(digest: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{digest:016x}"))
}

/// A digest as results have it.
///
/// # Errors
/// Where it is none.
pub fn from_hexadecimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    u64::from_str_radix(&text, 16).map_err(D::Error::custom)
}

/// What the digits run adds to the usual fields.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DigitsRecord {
    /// The usual fields.
    #[serde(flatten)]
    pub run: RunRecord,
    /// Mean cosine of the filters.
    pub value_cosine_mean: f64,
    /// Attention on the right patches, mean over the groups that do not touch the border of the image.
    pub interior_mass: f64,
    /// Mean attention mass over the groups that touch the border.
    pub border_mass: f64,
    /// Loss on unseen images, relative to that of the untrained student.
    pub relative_test_loss: f64,
    /// Share of the unseen images that the teacher's network classifies correctly.
    pub teacher_accuracy: f64,
    /// Images the teacher and the student were trained on, and images they were tested on.
    pub images: (usize, usize),
    /// Where the images came from, for the page's caption.
    pub source: String,
    /// Folder of the files; none of the sample that ships with the program.
    pub data: Option<PathBuf>,
    /// Patches a side of the patch grid.
    pub grid: usize,
    /// Patches a side of one pooling window.
    pub window: usize,
    /// Pixels a side of one patch.
    pub patch: usize,
    /// Pixels from one patch to the next.
    pub stride: usize,
    /// Share of the images with ink in each patch, row-major over the grid.
    pub ink: Vec<f64>,
    /// The first of the unseen images, as its patches show it, grey levels from 0 to 1.
    #[serde(default)]
    pub example: Vec<Vec<f64>>,
}
