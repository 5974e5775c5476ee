//! What is trained, by which rules, and when it stops: options that commands share.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::names::Mode;
use super::numbers::{probability, tokens};
use crate::failure::Failure;
use crate::layer::options::{
    AttentionName, Block, EmbeddingName, Encoding, LossName, ScaleName, StartName, Student, name,
};
use crate::step_rules::{RuleName, ValueRuleName};
use crate::watch::Goals;
use crate::whole::{from_zero, positive, whole};

/// What is trained: options of `tutee learn` and `tutee fit`.
#[derive(Clone, Debug, Args)]
pub struct StudentArgs {
    /// Attention on positions alone, or the whole layer, which `learn` trains with --mode online (or exactly, selection-per-sample)
    #[arg(long, value_enum, default_value_t = Student::Position, allow_hyphen_values = true)]
    pub student: Student,

    /// What a token of a layer is [default: concatenated]
    #[arg(long, value_enum, allow_hyphen_values = true)]
    pub embedding: Option<EmbeddingName>,

    /// Position codes of a layer; of attention on positions alone identity or orthonormal, for its W_KQ, on which no step depends [default:
    /// identity]
    #[arg(long, value_enum, allow_hyphen_values = true)]
    pub encoding: Option<Encoding>,

    /// Entries of a position code of a layer [default: D, added d]
    #[arg(long, value_name = "C", allow_hyphen_values = true, value_parser = tokens)]
    pub code_width: Option<usize>,

    /// W_KQ of a layer, or W_K and W_Q [default: merged]
    #[arg(long, value_enum, allow_hyphen_values = true)]
    pub attention: Option<AttentionName>,

    /// Rows of W_K and W_Q, H, with --attention separate [default: d]
    #[arg(long, value_name = "H", allow_hyphen_values = true, value_parser = tokens)]
    pub keys: Option<usize>,

    /// By what a layer multiplies products of keys and queries: tokens for 1/sqrt(D), keys for 1/sqrt(H), or a number [default:
    /// tokens]
    #[arg(long, value_name = "SCALE", allow_hyphen_values = true, value_parser = ScaleName::parse)]
    pub scale: Option<ScaleName>,

    /// Start of W_KQ, or of W_K and W_Q, of a layer: zero, gaussian:SD or identity [default: zero, separate gaussian:0.1]
    #[arg(long, value_name = "START", allow_hyphen_values = true, value_parser = StartName::parse)]
    pub start: Option<StartName>,

    /// Blocks of a layer that train, with commas between them [default: all that the layer has]
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',', allow_hyphen_values = true)]
    pub train: Option<Vec<Block>>,

    /// What training makes small; the logistic loss is for labels: of group-sparse-classification, or in a file [default: squared,
    /// of that task logistic]
    #[arg(long, value_enum, allow_hyphen_values = true)]
    pub loss: Option<LossName>,

    /// How likely a label of group-sparse-classification is flipped, from 0 to 1 [default: 0]
    #[arg(long, value_name = "P", allow_hyphen_values = true, value_parser = probability)]
    pub flips: Option<f64>,
}

impl StudentArgs {
    /// Refuses options that attention on positions alone does not have; those of labels it has where it learns `labels`, and `coded` it has
    /// codes, orthonormal ones.
    ///
    /// # Errors
    /// One line that names the first.
    pub fn refuse_for_position(&self, labels: bool, coded: bool) -> Result<(), Failure> {
        let given = [
            ("--embedding", self.embedding.is_some()),
            ("--encoding", self.encoding.is_some() && !coded),
            ("--code-width", self.code_width.is_some()),
            ("--attention", self.attention.is_some()),
            ("--keys", self.keys.is_some()),
            ("--scale", self.scale.is_some()),
            ("--start", self.start.is_some()),
            ("--train", self.train.is_some()),
            ("--loss", self.loss.is_some() && !labels),
            ("--flips", self.flips.is_some() && !labels),
        ];
        match given.into_iter().find(|&(_, given)| given) {
            Some((option, _)) => {
                Err(Failure::usage(format!("{option}: an option of a layer; expected --student layer with it")))
            }
            None => {
                match self.encoding.filter(|encoding| !matches!(encoding, Encoding::Identity | Encoding::Orthonormal)) {
                    Some(other) => Err(Failure::usage(format!(
                        "--encoding {}: codes of attention on positions alone are orthonormal; expected identity or orthonormal, or --student \
                     layer with it",
                        name(other)
                    ))),
                    None => Ok(()),
                }
            }
        }
    }
}

/// When a run ends before its last step: options of `tutee learn`.
#[derive(Clone, Copy, Debug, Args)]
pub struct StopArgs {
    /// Stop at an excess loss, that above the teacher's own, of at most this
    #[arg(long, value_name = "LOSS", allow_hyphen_values = true, value_parser = from_zero)]
    pub stop_loss: Option<f64>,

    /// Stop at such a loss of at most this part of the first
    #[arg(long, value_name = "PART", allow_hyphen_values = true, value_parser = probability)]
    pub stop_relative: Option<f64>,

    /// Stop where the norm of the exact gradient is at most this
    #[arg(long, value_name = "NORM", allow_hyphen_values = true, value_parser = from_zero)]
    pub stop_gradient: Option<f64>,

    /// Stop where a step changes nothing, not a bit of what is learned, with exact gradients
    #[arg(long, value_name = "WHETHER", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", hide_default_value = true, hide_possible_values = true)]
    pub stop_unchanged: bool,

    /// Steps from one look at what to stop at to the next, which costs about a step [default: 100]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| whole(text, 1, 1_000_000_000_000))]
    pub stop_every: Option<u64>,
}

impl StopArgs {
    /// What is said beside the advice to take samples, with which one of these rules does not go.
    pub const fn without(&self) -> &'static str {
        if self.stop_unchanged { ", and no --stop-unchanged" } else { "" }
    }

    /// What to stop at, if anything.
    ///
    /// # Errors
    /// One line: looks at nothing, or at what is not known of samples.
    pub fn goals(&self, mode: Mode) -> Result<Option<Goals>, Failure> {
        if self.stop_unchanged && mode == Mode::Online {
            let why = "the next samples may change what these did not; expected none with --mode online";
            return Err(Failure::usage(format!("--stop-unchanged: {why}")));
        }
        let goals = Goals {
            loss: self.stop_loss,
            relative: self.stop_relative,
            gradient: self.stop_gradient,
            unchanged: self.stop_unchanged,
            every: self.stop_every.unwrap_or(Goals::EVERY),
        };
        if goals.any() {
            return Ok(Some(goals));
        }
        match self.stop_every {
            Some(_) => Err(Failure::usage(
                "--stop-every: looks at nothing; expected --stop-loss, --stop-relative, --stop-gradient or --stop-unchanged with it",
            )),
            None => Ok(None),
        }
    }
}

/// Where a run keeps what it has done: options of `tutee learn`, `tutee fit` and `tutee mnist`.
#[derive(Clone, Debug, Args)]
pub struct CheckpointArgs {
    /// Folder in which a run keeps, from time to time, what it needs to go on from there with the same bits: a file a run, and of a fit one for
    /// each of the students that it trains
    #[arg(long, value_name = "DIR")]
    pub checkpoint: Option<PathBuf>,

    /// Seconds from one checkpoint to the next [default: 60]
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true, value_parser = positive)]
    pub checkpoint_every: Option<f64>,

    /// Go on from checkpoints that are there, also of a run of fewer --steps
    #[arg(long)]
    pub resume: bool,
}

impl CheckpointArgs {
    /// Of a run that keeps nothing.
    pub const NONE: Self = Self { checkpoint: None, checkpoint_every: None, resume: false };

    /// From one checkpoint to the next.
    pub fn interval(&self) -> Duration {
        Duration::try_from_secs_f64(self.checkpoint_every.unwrap_or(60.0)).unwrap_or(Duration::MAX)
    }

    /// Refuses what is said of checkpoints where nothing is kept.
    ///
    /// # Errors
    /// One line that names the option.
    pub fn check(&self) -> Result<(), Failure> {
        let said = [("--checkpoint-every", self.checkpoint_every.is_some()), ("--resume", self.resume)];
        match said.iter().find(|&&(_, said)| said && self.checkpoint.is_none()) {
            Some((option, _)) => {
                Err(Failure::usage(format!("{option}: nothing is kept; expected --checkpoint DIR with it")))
            }
            None => Ok(()),
        }
    }
}

/// How parameters move: options of `tutee learn`.
#[derive(Clone, Copy, Debug, Args)]
pub struct RuleArgs {
    /// How the attention moves
    #[arg(long, value_enum, default_value_t = RuleName::Gd, allow_hyphen_values = true)]
    pub rule: RuleName,

    /// How the value matrix moves (projected: solved for; from samples as well as a batch of white inputs says)
    #[arg(long, value_enum, default_value_t = ValueRuleName::Gd, allow_hyphen_values = true)]
    pub value_rule: ValueRuleName,

    /// Theta of --rule polyak, above 0 and at most 2, or the length of a step of --rule normalised [default: 1; and half of the
    /// longest that the values can follow]
    #[arg(long, value_name = "TH", allow_hyphen_values = true, value_parser = positive)]
    pub theta: Option<f64>,
}

impl RuleArgs {
    /// Refuses rules that a layer does not have.
    ///
    /// # Errors
    /// One line that names the first option.
    pub fn refuse_for_layer(&self) -> Result<(), Failure> {
        self.refuse("a layer moves by gradient descent alone; expected gd, or --student position")
    }

    /// Refuses a theta that no rule takes.
    ///
    /// # Errors
    /// One line.
    pub fn check_theta(&self) -> Result<(), Failure> {
        if self.theta.is_some() && !matches!(self.rule, RuleName::Normalised | RuleName::Polyak) {
            let expected = "an option of --rule normalised and polyak; expected one of them with it";
            return Err(Failure::usage(format!("--theta: {expected}")));
        }
        Ok(())
    }

    /// Refuses rates that no step of these rules takes: normalised and Polyak's steps find their own length, and values that are
    /// solved for have none; `rate` is that of the attention, too, where it has none of its own.
    ///
    /// # Errors
    /// One line that names the option.
    pub fn check_rates(&self, rate: Option<f64>, attention_rate: Option<f64>) -> Result<(), Failure> {
        let (rule, projected) = (self.rule.name(), self.value_rule == ValueRuleName::Projected);
        let own_length = matches!(self.rule, RuleName::Normalised | RuleName::Polyak);
        if own_length && attention_rate.is_some() {
            let why = format!("steps of --rule {rule} find their own length; expected --theta");
            return Err(Failure::usage(format!("--attention-rate: {why}")));
        }
        if projected && rate.is_some() && (own_length || attention_rate.is_some()) {
            let expected = if own_length { "--theta" } else { "--attention-rate alone" };
            let why = format!("values that are solved for take no rate; expected {expected}");
            return Err(Failure::usage(format!("--rate: {why}")));
        }
        Ok(())
    }

    fn refuse(&self, why: &str) -> Result<(), Failure> {
        let refuse = |option: &str| Err(Failure::usage(format!("{option}: {why}")));
        match (self.rule, self.value_rule) {
            (RuleName::Gd, ValueRuleName::Gd) => self.check_theta(),
            (RuleName::Gd, value_rule) => refuse(&format!("--value-rule {}", value_rule.name())),
            (rule, _) => refuse(&format!("--rule {}", rule.name())),
        }
    }
}
