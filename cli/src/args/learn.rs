//! Options of `tutee learn`.

use std::path::PathBuf;

use clap::{Arg, Args, CommandFactory, Parser};

use super::complaint::complaint;
use super::fit::ActivationName;
use super::names::{Mode, Precision, TaskName, TaskParser};
use super::numbers::{size, size_in, small, tokens};
use super::training::{CheckpointArgs, RuleArgs, StopArgs, StudentArgs};
use crate::failure::Failure;
use crate::input::InputName;
use crate::memory::LARGEST;
use crate::whole::{finite, from_zero, positive, whole};

/// Options of `tutee learn`.
#[derive(Debug, Args)]
pub struct LearnArgs {
    /// Tasks to run; none means all
    #[arg(value_parser = TaskParser, value_name = "TASK", conflicts_with = "teacher")]
    pub tasks: Vec<TaskName>,

    /// A teacher of your own instead of TASK: {"activation": "identity" | "relu" | {"leaky_relu": 0.1}, "value": [[M x d]],
    /// "mixing": [[J x D]]}; or a layer, which has in the file "map": [[r x d]], "scale" and "share", too, and as weights
    /// (1 - share) softmax(scale <map x_i, map x_j>) + share mixing
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["tokens", "features", "filters", "group", "chosen"])]
    pub teacher: Option<PathBuf>,

    /// Exact gradient, or fresh mini-batches
    #[arg(long, value_enum, default_value_t = Mode::Population, allow_hyphen_values = true)]
    pub mode: Mode,

    /// Gradient steps [default: of the exact gradient 1000000, by --rule mirror and adam 100000, by normalised and polyak 1000; online 20000 by
    /// every rule; of a layer 5000]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| whole(text, 1, 1_000_000_000_000))]
    pub steps: Option<u64>,

    /// Rate [default: group size / outputs, of top-k and learned-weights 1 / outputs, of flipped labels at most 4 / D^2; of a layer less where
    /// that would not be stable]
    #[arg(long, value_name = "R", allow_hyphen_values = true, value_parser = positive)]
    pub rate: Option<f64>,

    /// A rate of its own for W_KQ; a logit follows a D-th of it [default: the same; where --rate is not given either,
    /// by the exact gradient, that times (D/16)^2.5 above 16 tokens, and by --rule mirror 2 D if all
    /// weights are alike; less where the squares of the filters, times that of a row's sum, are more than 4; of labels
    /// that times D^2]
    #[arg(long, value_name = "R2", allow_hyphen_values = true, value_parser = positive)]
    pub attention_rate: Option<f64>,

    /// Samples a step, in online mode only [default: 64]
    #[arg(long, value_name = "B", allow_hyphen_values = true, value_parser = |text: &str| small(text, 1, u32::MAX))]
    pub batch: Option<u32>,

    /// Seed of the teacher's filters and of the input stream
    #[arg(long, value_name = "S", default_value_t = 1, allow_hyphen_values = true, value_parser = |text: &str| whole(text, 0, u64::MAX))]
    pub seed: u64,

    /// Number type
    #[arg(long, value_enum, default_value_t = Precision::F64, allow_hyphen_values = true)]
    pub scalar: Precision,

    /// Standard deviation of the label noise, in online mode only: the exact gradient does not depend on it [default: 0]
    #[arg(long, value_name = "SD", allow_hyphen_values = true, value_parser = from_zero)]
    pub noise: Option<f64>,

    /// Mean of the label noise, in online mode only: labels that are all wrong by as much [default: 0]
    #[arg(long, value_name = "MEAN", allow_hyphen_values = true, value_parser = finite)]
    pub noise_mean: Option<f64>,

    /// What training draws, in online mode: gaussian, exponential, uniform, laplace, gumbel, student-t:NU,
    /// correlated:RHO or shifted:MEAN [default: gaussian]
    #[arg(long, value_name = "INPUT", allow_hyphen_values = true, value_parser = InputName::parse)]
    pub input: Option<InputName>,

    /// What the out-of-distribution tests draw, likewise
    #[arg(long, value_name = "INPUT", default_value_t = InputName::EXPONENTIAL, allow_hyphen_values = true, value_parser = InputName::parse)]
    pub test_input: InputName,

    /// Tokens of an input, D, and outputs, J, of the built-in tasks [default: 16, for a graph in a file its largest number + 1]
    #[arg(long, value_name = "D", allow_hyphen_values = true, value_parser = tokens)]
    pub tokens: Option<usize>,

    /// Entries of a token, d, of the built-in tasks
    #[arg(long, value_name = "d", default_value_t = 6, allow_hyphen_values = true, value_parser = size)]
    pub features: usize,

    /// Filters, M, of the built-in tasks [default: 4, group-sparse 1]
    #[arg(long, value_name = "M", allow_hyphen_values = true, value_parser = size)]
    pub filters: Option<usize>,

    /// Tokens that an output averages, K, of the built-in tasks [default: convolution 4, graph 3, selection 3, sparse 1]
    #[arg(long, value_name = "K", allow_hyphen_values = true, value_parser = tokens)]
    pub group: Option<usize>,

    /// Tokens that token-selection averages, or the one that group-sparse reads, from 0, with commas between them [default: drawn
    /// by the seed]
    #[arg(long, value_name = "LIST", value_delimiter = ',', allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 0, LARGEST.isqrt() as u64))]
    pub chosen: Option<Vec<usize>>,

    /// Activation of the student, where it is not the teacher's: identity, relu or leaky_relu:K with K from 0 to 1; with --mode online, and
    /// identity with exact gradients, too
    #[arg(long, value_name = "ACTIVATION", allow_hyphen_values = true, value_parser = ActivationName::parse)]
    pub student_activation: Option<ActivationName>,

    #[command(flatten)]
    pub student: StudentArgs,

    #[command(flatten)]
    pub rules: RuleArgs,

    #[command(flatten)]
    pub stop: StopArgs,

    /// Threads, over tasks and, where there are twice as many threads as tasks, inside the batches of online mode; every number
    /// gives the same bits. Fewer where the system has no more [default: all cores]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, u64::MAX))]
    pub threads: Option<usize>,

    #[command(flatten)]
    pub kept: CheckpointArgs,

    /// Machine-readable result, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// The matrices for other programs, in the format of safetensors: value, attention, logits, w_kq; of several tasks TASK.value and so
    /// on
    #[arg(long, value_name = "FILE.safetensors")]
    pub weights: Option<PathBuf>,

    /// Folder of these matrices in NumPy's format: value.npy and so on; of several tasks TASK.value.npy
    #[arg(long, value_name = "DIR")]
    pub npy: Option<PathBuf>,

    /// Pictures and tables, in place of those of an earlier run there [default: results, or none with --json]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Nothing but the options of `tutee learn`.
#[derive(Parser)]
struct LearnAlone {
    #[command(flatten)]
    args: LearnArgs,
}

impl LearnArgs {
    /// Reads the words that may follow `tutee learn`.
    ///
    /// # Errors
    /// One line that names the option and what was expected.
    pub fn of(words: &str) -> Result<Self, Failure> {
        let alone = LearnAlone::try_parse_from(std::iter::once("learn").chain(words.split_whitespace()));
        alone.map(|alone| alone.args).map_err(|error| Failure::usage(format!("{words}: {error}")))
    }

    /// Reads words that may follow `tutee learn`, which may have spaces in them.
    ///
    /// # Errors
    /// What is wrong with them: the option, and what was expected.
    pub fn of_words(words: &[String]) -> Result<Self, String> {
        let alone = LearnAlone::try_parse_from(std::iter::once("learn").chain(words.iter().map(String::as_str)));
        alone.map(|alone| alone.args).map_err(|error| complaint(&error))
    }

    /// What decides a run: `task`, and the options without their dashes, in the order of help.
    pub fn settings() -> Vec<String> {
        // These say where a run happens and where its result goes.
        let places = ["threads", "checkpoint", "checkpoint-every", "resume", "json", "weights", "npy", "out"];
        let command = LearnAlone::command();
        let options = command.get_arguments().filter_map(Arg::get_long).filter(|name| !places.contains(name));
        std::iter::once("task").chain(options).map(str::to_owned).collect()
    }

    /// Those of [`Self::settings`] that say whether, true or false.
    pub fn flags() -> Vec<String> {
        let command = LearnAlone::command();
        let whether = |arg: &&Arg| arg.get_possible_values().iter().any(|value| value.get_name() == "true");
        let flags: Vec<_> = command.get_arguments().filter(whether).filter_map(Arg::get_long).collect();
        Self::settings().into_iter().filter(|name| flags.contains(&name.as_str())).collect()
    }
}
