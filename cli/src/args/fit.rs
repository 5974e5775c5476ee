//! Options of `tutee fit`.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use tutee::activation::Activation;

use super::names::Precision;
use super::numbers::{probability, size, size_in, tokens};
use super::training::{CheckpointArgs, StudentArgs};
use crate::failure::Failure;
use crate::fit::stop::HeldOut;
use crate::whole::{from_zero, positive, whole};

/// Options of `tutee fit`.
#[derive(Debug, Args)]
pub struct FitArgs {
    /// Inputs: NumPy's format, f4 or f8, pairs x tokens x features; or a table X.csv, a pair a row, features of a token side by
    /// side, with its sizes in --tokens and --features; its first line may be a heading
    #[arg(long, value_name = "X.npy")]
    pub x: PathBuf,

    /// Answers: pairs x outputs x filters, or a table with --outputs and --filters; with --loss logistic a label for each pair, of
    /// -1 and 1
    #[arg(long, value_name = "Y.npy")]
    pub y: PathBuf,

    /// Tokens of an input, D
    #[arg(long, value_name = "D", allow_hyphen_values = true, value_parser = tokens)]
    pub tokens: Option<usize>,

    /// Entries of a token, d
    #[arg(long, value_name = "d", allow_hyphen_values = true, value_parser = size)]
    pub features: Option<usize>,

    /// Outputs, J
    #[arg(long, value_name = "J", allow_hyphen_values = true, value_parser = tokens)]
    pub outputs: Option<usize>,

    /// Entries of an answer, M
    #[arg(long, value_name = "M", allow_hyphen_values = true, value_parser = size)]
    pub filters: Option<usize>,

    /// What asks a layer, if not its tokens: pairs x outputs x q, numbers of tokens from 0
    #[arg(long, value_name = "SETS.npy", conflicts_with = "queries")]
    pub sets: Option<PathBuf>,

    /// What asks a layer, if not its tokens: pairs x outputs x g, vectors
    #[arg(long, value_name = "Q.npy")]
    pub queries: Option<PathBuf>,

    /// Inputs that training does not see
    #[arg(long, value_name = "X2.npy", requires = "test_y")]
    pub test_x: Option<PathBuf>,

    /// Their answers
    #[arg(long, value_name = "Y2.npy", requires = "test_x")]
    pub test_y: Option<PathBuf>,

    /// Their sets
    #[arg(long, value_name = "SETS2.npy", requires = "test_x")]
    pub test_sets: Option<PathBuf>,

    /// Their queries
    #[arg(long, value_name = "Q2.npy", requires = "test_x")]
    pub test_queries: Option<PathBuf>,

    /// Pairs a step, in the order of the files and from their beginning again after the end; whole: all
    #[arg(long, value_name = "B", default_value_t = BatchSize(None), allow_hyphen_values = true, value_parser = BatchSize::parse)]
    pub batch: BatchSize,

    /// Gradient steps [default: 2000; at rates from the data D / (8 J) times as many where that is above one, at most 16000]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| whole(text, 1, 1_000_000_000_000))]
    pub steps: Option<u64>,

    #[command(flatten)]
    pub stop: FitStopArgs,

    /// Plain descent on the numbers as they are, at this rate [default: readings are standardised, and rates come from them]
    #[arg(long, value_name = "R", allow_hyphen_values = true, value_parser = positive)]
    pub rate: Option<f64>,

    /// A rate of its own for W_KQ, or W_K and W_Q [default: the same]
    #[arg(long, value_name = "R2", allow_hyphen_values = true, value_parser = positive, requires = "rate")]
    pub attention_rate: Option<f64>,

    /// Readings are centred and each feature is scaled to variance one, with --rate, too
    #[arg(long)]
    pub standardise: bool,

    /// Features are made uncorrelated, too, for those that say nearly the same: one W for all links of a token
    #[arg(long, conflicts_with_all = ["standardise", "apart"])]
    pub whiten: bool,

    /// Each feature comes by links of its own: standardised readings are a token each, of identity activation
    #[arg(long)]
    pub apart: bool,

    /// One W for all links of a token [default: --apart where parts of the pairs are predicted better so, from the others]
    #[arg(long, conflicts_with = "apart")]
    pub together: bool,

    /// A token that is always 0 beside standardised ones: what an output gives to it leaks away
    #[arg(long)]
    pub spare: bool,

    /// Each standardised token once more, negated: outputs may depend on it with either sign
    #[arg(long)]
    pub signed: bool,

    /// identity, relu or leaky_relu:K with K from 0 to 1
    #[arg(long, value_name = "ACTIVATION", default_value = "identity", allow_hyphen_values = true, value_parser = ActivationName::parse)]
    pub activation: ActivationName,

    /// Seed of a layer's start and codes [default: 1]
    #[arg(long, value_name = "S", allow_hyphen_values = true, value_parser = |text: &str| whole(text, 0, u64::MAX))]
    pub seed: Option<u64>,

    /// Number type [default: that of X]
    #[arg(long, value_enum, allow_hyphen_values = true)]
    pub scalar: Option<Precision>,

    #[command(flatten)]
    pub student: StudentArgs,

    #[command(flatten)]
    pub kept: CheckpointArgs,

    /// Machine-readable result, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// The matrices for other programs, in the format of safetensors: value, bias, attention, logits, w_kq and what else the student has
    #[arg(long, value_name = "FILE.safetensors")]
    pub weights: Option<PathBuf>,

    /// Folder of these matrices in NumPy's format: value.npy and so on
    #[arg(long, value_name = "DIR")]
    pub npy: Option<PathBuf>,

    /// Folder of a page with pictures, and a table
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

impl FitArgs {
    /// What is said of the sizes.
    pub const fn sizes(&self) -> [(&'static str, Option<usize>); 4] {
        [
            ("--tokens", self.tokens),
            ("--features", self.features),
            ("--outputs", self.outputs),
            ("--filters", self.filters),
        ]
    }

    /// The files that are read, with the options that name them.
    pub fn files(&self) -> Vec<(&'static str, PathBuf)> {
        let files = [
            ("--x", Some(&self.x)),
            ("--y", Some(&self.y)),
            ("--sets", self.sets.as_ref()),
            ("--queries", self.queries.as_ref()),
            ("--test-x", self.test_x.as_ref()),
            ("--test-y", self.test_y.as_ref()),
            ("--test-sets", self.test_sets.as_ref()),
            ("--test-queries", self.test_queries.as_ref()),
        ];
        files.into_iter().filter_map(|(option, path)| Some((option, path?.clone()))).collect()
    }
}

/// When a fit ends before its last step, and which student it reports, by pairs that it does not see.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct FitStopArgs {
    /// Stop at a loss of the pairs of --test-x and --test-y of at most this
    #[arg(long, value_name = "LOSS", allow_hyphen_values = true, value_parser = from_zero)]
    pub stop_loss: Option<f64>,

    /// Stop at such a loss of at most this part of that before the first step
    #[arg(long, value_name = "PART", allow_hyphen_values = true, value_parser = probability)]
    pub stop_relative: Option<f64>,

    /// Stop where such a loss is by this part above the least that was seen: what is learned from there on is of these pairs alone
    #[arg(long, value_name = "PART", allow_hyphen_values = true, value_parser = from_zero)]
    pub stop_rising: Option<f64>,

    /// Report the student whose loss of these pairs was the least at any look, and not the last one
    #[arg(long)]
    pub best: bool,

    /// Steps from one look at these pairs to the next [default: 100]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| whole(text, 1, 1_000_000_000_000))]
    pub stop_every: Option<u64>,
}

impl FitStopArgs {
    /// What to look for, if anything.
    ///
    /// # Errors
    /// One line: looks at nothing, or at pairs that are not there.
    pub fn goals(&self, held_out: bool) -> Result<Option<HeldOut>, Failure> {
        let looks = [
            ("--stop-loss", self.stop_loss.is_some()),
            ("--stop-relative", self.stop_relative.is_some()),
            ("--stop-rising", self.stop_rising.is_some()),
            ("--best", self.best),
        ];
        if let Some((option, _)) = looks.into_iter().find(|&(_, asked)| asked && !held_out) {
            let why = "looks at pairs that training does not see";
            return Err(Failure::usage(format!("{option}: {why}; expected --test-x and --test-y with it")));
        }
        let goals = HeldOut {
            loss: self.stop_loss,
            relative: self.stop_relative,
            rises: self.stop_rising,
            best: self.best,
            every: self.stop_every.unwrap_or(HeldOut::EVERY),
        };
        match self.stop_every {
            _ if goals.any() => Ok(Some(goals)),
            Some(_) => Err(Failure::usage(
                "--stop-every: looks at nothing; expected --stop-loss, --stop-relative, --stop-rising or --best with it",
            )),
            None => Ok(None),
        }
    }
}

/// Pairs a step; none for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSize(pub Option<usize>);

impl BatchSize {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "whole" => Ok(Self(None)),
            _ => match size_in(text, 1, u64::from(u32::MAX)) {
                Ok(size) => Ok(Self(Some(size))),
                Err(_) => Err("expected whole, or a number from 1".into()),
            },
        }
    }
}

impl fmt::Display for BatchSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("whole"),
            Some(size) => write!(f, "{size}"),
        }
    }
}

/// The activation of a student.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ActivationName(pub Activation<f64>);

impl ActivationName {
    /// Reads a name.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("leaky_relu:").map(from_zero)) {
            ("identity", _) => Ok(Self(Activation::Identity)),
            ("relu", _) => Ok(Self(Activation::Relu)),
            (_, Some(Ok(slope))) if slope <= 1.0 => Ok(Self(Activation::LeakyRelu(slope))),
            _ => Err("expected identity, relu or leaky_relu:K with K from 0 to 1".into()),
        }
    }
}

impl fmt::Display for ActivationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Activation::Identity => f.write_str("identity"),
            Activation::Relu => f.write_str("relu"),
            Activation::LeakyRelu(slope) => write!(f, "leaky_relu:{slope}"),
        }
    }
}
