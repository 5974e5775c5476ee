//! The command line, as `--help` shows it.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use tutee::activation::Activation;
use tutee::teacher::paper::PaperTask;
use tutee::vector::Level;

use crate::failure::Failure;
use crate::input::InputName;
use crate::layer::options::{
    AttentionName, Block, EmbeddingName, Encoding, LossName, PerSample, ScaleName, StartName, Student,
};
use crate::memory::LARGEST;
use crate::step_rules::{RuleName, ValueRuleName};
use crate::streams::print_with;
use crate::sweep::options::{CollectArgs, SweepArgs};
use crate::watch::Goals;
use crate::whole::{finite, from_zero, positive, whole};

/// Trains a one-layer transformer to imitate a teacher, and recovers what is inside the teacher.
///
/// Without a command: all six of the paper's tasks, then the digits sample, a table, and a page of pictures under
/// `results/`.
#[derive(Debug, Parser)]
#[command(name = "tutee", version, propagate_version = true)]
pub struct Cli {
    /// What to do; nothing means all of it, with defaults.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Say nothing of how far runs are
    #[arg(long, global = true)]
    pub quiet: bool,

    /// Seconds from one line about each run to the next, where there is no terminal for bars
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 60, allow_hyphen_values = true, value_parser = |text: &str| whole(text, 1, 1_000_000))]
    pub progress: u64,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train on the paper's tasks, or on a teacher of your own
    Learn(Box<LearnArgs>),
    /// Train on real handwritten digits
    Mnist(MnistArgs),
    /// Train on pairs of your own, from files
    Fit(Box<FitArgs>),
    /// Train again from what a result says of itself, and compare digests
    Rerun(RerunArgs),
    /// The paper's figures 1 to 5 at its sizes, each judged by a written rule
    Paper(PaperArgs),
    /// What is learned and what is not, a cell at a time
    Atlas(AtlasArgs),
    /// Many runs of `learn`, from a plan of lists, in shards where there are many machines
    Sweep(SweepArgs),
    /// One table of what a sweep found
    Collect(CollectArgs),
    /// Bytes that training takes on a chip, for sizes of your own
    Budget(BudgetArgs),
    /// Compute the reference runs on this machine and compare their bits with the committed list
    Fingerprint(FingerprintArgs),
    /// What a shell needs to complete commands and options
    Completions(CompletionsArgs),
    /// The manual as a page for `man`
    Man(ManArgs),
}

/// Options of `tutee learn`.
#[derive(Debug, Args)]
pub struct LearnArgs {
    /// Tasks to run; none means all
    #[arg(value_parser = TaskParser, value_name = "TASK", conflicts_with = "teacher")]
    pub tasks: Vec<TaskName>,

    /// A teacher of your own instead of TASK: {"activation": "identity" | "relu" | {"leaky_relu": 0.1}, "value": [[M x d]],
    /// "mixing": [[J x D]]}
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["tokens", "features", "filters", "group", "chosen"])]
    pub teacher: Option<PathBuf>,

    /// Exact gradient, or fresh mini-batches
    #[arg(long, value_enum, default_value_t = Mode::Population, allow_hyphen_values = true)]
    pub mode: Mode,

    /// Gradient steps [default: 1000000, online 20000, of a layer 5000, --rule mirror and adam 100000, normalised and polyak 1000]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| whole(text, 1, 1_000_000_000_000))]
    pub steps: Option<u64>,

    /// Rate [default: group size / outputs, of top-k and learned-weights 1 / outputs; of a layer less where that would not be stable]
    #[arg(long, value_name = "R", allow_hyphen_values = true, value_parser = positive)]
    pub rate: Option<f64>,

    /// A rate of its own for W_KQ; a logit follows a D-th of it [default: the same]
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

    /// Folder in which a run keeps, from time to time, what it needs to go on from there with the same bits
    #[arg(long, value_name = "DIR")]
    pub checkpoint: Option<PathBuf>,

    /// Seconds from one checkpoint to the next
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, allow_hyphen_values = true, value_parser = positive)]
    pub checkpoint_every: f64,

    /// Go on from checkpoints that are there, also of a run of fewer --steps
    #[arg(long, requires = "checkpoint")]
    pub resume: bool,

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
}

/// What is trained: options of `tutee learn` and `tutee fit`.
#[derive(Clone, Debug, Args)]
pub struct StudentArgs {
    /// Attention on positions alone, or the whole layer, which `learn` trains with --mode online (or exactly, selection-per-sample)
    #[arg(long, value_enum, default_value_t = Student::Position, allow_hyphen_values = true)]
    pub student: Student,

    /// What a token of a layer is [default: concatenated]
    #[arg(long, value_enum, allow_hyphen_values = true)]
    pub embedding: Option<EmbeddingName>,

    /// Position codes of a layer [default: identity]
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
    /// Refuses options that attention on positions alone does not have.
    ///
    /// # Errors
    /// One line that names the first.
    pub fn refuse_for_position(&self) -> Result<(), Failure> {
        let given = [
            ("--embedding", self.embedding.is_some()),
            ("--encoding", self.encoding.is_some()),
            ("--code-width", self.code_width.is_some()),
            ("--attention", self.attention.is_some()),
            ("--keys", self.keys.is_some()),
            ("--scale", self.scale.is_some()),
            ("--start", self.start.is_some()),
            ("--train", self.train.is_some()),
            ("--loss", self.loss.is_some()),
            ("--flips", self.flips.is_some()),
        ];
        match given.into_iter().find(|&(_, given)| given) {
            Some((option, _)) => {
                Err(Failure::usage(format!("{option}: an option of a layer; expected --student layer with it")))
            }
            None => Ok(()),
        }
    }
}

/// When a run ends before its last step: options of `tutee learn`.
#[derive(Clone, Copy, Debug, Args)]
pub struct StopArgs {
    /// Stop at an excess loss of at most this
    #[arg(long, value_name = "LOSS", allow_hyphen_values = true, value_parser = from_zero)]
    pub stop_loss: Option<f64>,

    /// Stop at an excess loss of at most this part of the first
    #[arg(long, value_name = "PART", allow_hyphen_values = true, value_parser = probability)]
    pub stop_relative: Option<f64>,

    /// Stop where the norm of the exact gradient is at most this
    #[arg(long, value_name = "NORM", allow_hyphen_values = true, value_parser = from_zero)]
    pub stop_gradient: Option<f64>,

    /// Steps from one look at what to stop at to the next, which costs about a step [default: 100]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| whole(text, 1, 1_000_000_000_000))]
    pub stop_every: Option<u64>,
}

impl StopArgs {
    /// What to stop at, if anything.
    ///
    /// # Errors
    /// One line: looks at nothing.
    pub fn goals(&self) -> Result<Option<Goals>, Failure> {
        let goals = Goals {
            loss: self.stop_loss,
            relative: self.stop_relative,
            gradient: self.stop_gradient,
            every: self.stop_every.unwrap_or(Goals::EVERY),
        };
        if goals.any() {
            return Ok(Some(goals));
        }
        match self.stop_every {
            Some(_) => Err(Failure::usage(
                "--stop-every: looks at nothing; expected --stop-loss, --stop-relative or --stop-gradient with it",
            )),
            None => Ok(None),
        }
    }

    /// Refuses rules that a layer does not have.
    ///
    /// # Errors
    /// One line that names the first option.
    pub fn refuse_for_layer(&self) -> Result<(), Failure> {
        let given = [
            ("--stop-loss", self.stop_loss.is_some()),
            ("--stop-relative", self.stop_relative.is_some()),
            ("--stop-gradient", self.stop_gradient.is_some()),
            ("--stop-every", self.stop_every.is_some()),
        ];
        match given.into_iter().find(|&(_, given)| given) {
            Some((option, _)) => {
                let why = "a layer's excess loss and gradient over all inputs are not known; expected --student position with it";
                Err(Failure::usage(format!("{option}: {why}")))
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

    /// Theta of --rule polyak, above 0 and at most 2, or the length of a step of --rule normalised [default: 1, along the exact gradient
    /// with projected values 3 K/D where 4 K is less than D; and half of the longest that the values can follow]
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

    fn refuse(&self, why: &str) -> Result<(), Failure> {
        let refuse = |option: &str| Err(Failure::usage(format!("{option}: {why}")));
        match (self.rule, self.value_rule) {
            (RuleName::Gd, ValueRuleName::Gd) => self.check_theta(),
            (RuleName::Gd, value_rule) => refuse(&format!("--value-rule {}", value_rule.name())),
            (rule, _) => refuse(&format!("--rule {}", rule.name())),
        }
    }
}

/// A number from 0 to 1.
fn probability(text: &str) -> Result<f64, String> {
    from_zero(text).ok().filter(|&p| p <= 1.0).ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

/// A side of a matrix.
fn size(text: &str) -> Result<usize, String> {
    size_in(text, 1, LARGEST as u64)
}

/// A number of tokens, the side of a square matrix.
fn tokens(text: &str) -> Result<usize, String> {
    size_in(text, 1, LARGEST.isqrt() as u64)
}

/// A level of vector registers that this processor has.
fn level(text: &str) -> Result<Level, String> {
    let levels = || Level::ALL.into_iter().filter(|&level| level <= Level::best());
    let name = |level: Level| format!("{level:?}").to_ascii_lowercase();
    levels().find(|&level| name(level) == text).ok_or_else(|| {
        let names: Vec<_> = levels().map(name).collect();
        format!("expected {} on this processor", names.join(" or "))
    })
}

fn size_in(text: &str, least: u64, most: u64) -> Result<usize, String> {
    let number = whole(text, least, most)?;
    usize::try_from(number).map_err(|_| format!("expected a whole number up to {}", usize::MAX))
}

fn small(text: &str, least: u32, most: u32) -> Result<u32, String> {
    whole(text, u64::from(least), u64::from(most)).map(|number| number as u32)
}

/// Options of `tutee mnist`.
#[derive(Debug, Args)]
pub struct MnistArgs {
    /// Folder with the IDX files (train-images-idx3-ubyte and so on, plain or .gz, also as Kaggle names them)
    /// [default: the sample that ships with the program]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Gradient steps of the student [default: 20000, with --data 40000]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| whole(text, 1, 1_000_000_000))]
    pub steps: Option<u64>,

    /// Images a step [default: 8]
    #[arg(long, value_name = "B", allow_hyphen_values = true, value_parser = |text: &str| small(text, 1, 100_000))]
    pub batch: Option<u32>,

    /// Rate for the value matrix [default: from the data]
    #[arg(long, value_name = "R", allow_hyphen_values = true, value_parser = positive)]
    pub rate: Option<f64>,

    /// Rate for W_KQ [default: from the data]
    #[arg(long, value_name = "R2", allow_hyphen_values = true, value_parser = positive)]
    pub attention_rate: Option<f64>,

    /// Filters of the network, M
    #[arg(long, value_name = "M", default_value_t = 8, allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, 1024))]
    pub filters: usize,

    /// Pixels a side of a patch; images get the smallest frame in which patches and windows come out even
    #[arg(long, value_name = "PIXELS", default_value_t = 3, allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, 28))]
    pub patch: usize,

    /// Pixels from one patch to the next [default: that of --patch]
    #[arg(long, value_name = "PIXELS", allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, 28))]
    pub stride: Option<usize>,

    /// Patches a side of a pooling window
    #[arg(long, value_name = "PATCHES", default_value_t = 3, allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, 28))]
    pub window: usize,

    /// Seed of the network's start and of the order of the images
    #[arg(long, value_name = "S", default_value_t = 1, allow_hyphen_values = true, value_parser = |text: &str| whole(text, 0, u64::MAX))]
    pub seed: u64,

    /// Machine-readable result, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Pictures and tables, in place of those of an earlier run there [default: results, or none with --json]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

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

    /// Gradient steps
    #[arg(long, value_name = "N", default_value_t = 2000, allow_hyphen_values = true, value_parser = |text: &str| whole(text, 1, 1_000_000_000_000))]
    pub steps: u64,

    /// Plain descent on the numbers as they are, at this rate [default: readings are standardised, and rates come from them]
    #[arg(long, value_name = "R", allow_hyphen_values = true, value_parser = positive)]
    pub rate: Option<f64>,

    /// A rate of its own for W_KQ, or W_K and W_Q [default: the same]
    #[arg(long, value_name = "R2", allow_hyphen_values = true, value_parser = positive, requires = "rate")]
    pub attention_rate: Option<f64>,

    /// Readings are centred and each feature is scaled to variance one, with --rate, too
    #[arg(long)]
    pub standardise: bool,

    /// Not offered: features stay as correlated as they are
    #[arg(long)]
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

    /// Seed of a layer's start and codes
    #[arg(long, value_name = "S", default_value_t = 1, allow_hyphen_values = true, value_parser = |text: &str| whole(text, 0, u64::MAX))]
    pub seed: u64,

    /// Number type [default: that of X]
    #[arg(long, value_enum, allow_hyphen_values = true)]
    pub scalar: Option<Precision>,

    #[command(flatten)]
    pub student: StudentArgs,

    /// Machine-readable result, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// The matrices for other programs, in the format of safetensors
    #[arg(long, value_name = "FILE.safetensors")]
    pub weights: Option<PathBuf>,

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
    fn parse(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("leaky_relu:").map(from_zero)) {
            ("identity", _) => Ok(Self(Activation::Identity)),
            ("relu", _) => Ok(Self(Activation::Relu)),
            (_, Some(Ok(slope))) if slope <= 1.0 => Ok(Self(Activation::LeakyRelu(slope))),
            _ => Err("expected identity, relu or leaky_relu:K with K from 0 to 1".into()),
        }
    }
}

/// Options of `tutee rerun`.
#[derive(Debug, Args)]
pub struct RerunArgs {
    /// What `--json` wrote, of `learn`, `mnist`, `fit`, `paper` or `atlas`
    #[arg(value_name = "RESULT.json")]
    pub result: PathBuf,

    /// No wider vector registers than those of this level: baseline, on x86-64 avx2 or avx512, elsewhere simd128; every level gives the
    /// same bits [default: the widest that there is]
    #[arg(long, value_name = "LEVEL", allow_hyphen_values = true, value_parser = level)]
    pub level: Option<Level>,

    /// Threads; every number gives the same bits [default: all cores]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, u64::MAX))]
    pub threads: Option<usize>,
}

/// Options of `tutee paper`.
#[derive(Debug, Args)]
pub struct PaperArgs {
    /// Smaller runs, in less than half a minute: a look at what the command does, not the paper's sizes
    #[arg(long)]
    pub quick: bool,

    /// Folder with the IDX files of MNIST [default: the sample that ships with the program]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Folder to keep every run in that has ended, a file each, to go on from with --resume
    #[arg(long, value_name = "DIR")]
    pub checkpoint: Option<PathBuf>,

    /// Go on from the runs that are there, and make the others
    #[arg(long, requires = "checkpoint")]
    pub resume: bool,

    /// Threads, over runs; every number gives the same bits [default: all cores]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, u64::MAX))]
    pub threads: Option<usize>,

    /// Machine-readable result, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Folder of the page, paper.html [default: results, or none with --json]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Options of `tutee atlas`.
#[derive(Debug, Args)]
pub struct AtlasArgs {
    /// Cells to measure; none means all
    #[arg(value_name = "CELL")]
    pub cells: Vec<String>,

    /// Threads, over cells; every number gives the same bits [default: all cores]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, u64::MAX))]
    pub threads: Option<usize>,

    /// Machine-readable result, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Folder of the page, atlas.html [default: results, or none with --json]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Options of `tutee budget`.
#[derive(Debug, Args)]
pub struct BudgetArgs {
    /// Tokens of an input, D
    #[arg(long, value_name = "D", allow_hyphen_values = true, value_parser = tokens)]
    pub tokens: usize,

    /// Entries of a token, d
    #[arg(long, value_name = "d", allow_hyphen_values = true, value_parser = size)]
    pub features: usize,

    /// Filters, M
    #[arg(long, value_name = "M", allow_hyphen_values = true, value_parser = size)]
    pub filters: usize,

    /// Outputs, J [default: as many as tokens]
    #[arg(long, value_name = "J", allow_hyphen_values = true, value_parser = tokens)]
    pub outputs: Option<usize>,

    /// Number type
    #[arg(long, value_enum, default_value_t = Precision::F32, allow_hyphen_values = true)]
    pub scalar: Precision,
}

/// Options of `tutee fingerprint`.
#[derive(Debug, Args)]
pub struct FingerprintArgs {
    /// Machine-readable result, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Options of `tutee completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Options of `tutee man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The command that the page is about; none means the program
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}

/// A task, on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskName {
    /// One of the paper's.
    Paper(PaperTask),
    /// Graph convolution on the graph of a file.
    Graph {
        /// The list of edges.
        path: PathBuf,
        /// `D^-1/2 (A + I) D^-1/2` in place of the average.
        symmetric: bool,
    },
    /// A teacher that chooses anew for every sample.
    PerSample(PerSample),
}

/// What stands before the name of a file, and whether it asks for the symmetric normalisation.
const GRAPHS: [(&str, bool); 2] = [("graph:", false), ("graph-symmetric:", true)];

impl TaskName {
    /// The paper's, in its order: what no TASK means.
    pub fn all() -> Vec<Self> {
        PaperTask::ALL.map(Self::Paper).into()
    }

    /// The file that describes the task, if there is one.
    pub fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::Paper(_) | Self::PerSample(_) => None,
            Self::Graph { path, .. } => Some(path),
        }
    }

    fn possible() -> Vec<PossibleValue> {
        let paper = PaperTask::ALL.map(|task| {
            let help = match task {
                PaperTask::ConvRelu => "Convolution with average pooling, ReLU",
                PaperTask::ConvLeaky => "Convolution with average pooling, leaky ReLU 0.1",
                PaperTask::GraphRelu => "Graph convolution on a cycle, ReLU",
                PaperTask::GraphLeaky => "Graph convolution on a cycle, leaky ReLU 0.1",
                PaperTask::TokenSelection => "Sparse token selection",
                PaperTask::GroupSparse => "Group-sparse linear predictor",
            };
            PossibleValue::new(task.name()).help(help)
        });
        let graphs = [
            (
                "graph:FILE",
                "Graph convolution, no activation: each token averages itself and its neighbours. FILE has \
                            an undirected edge \"a b\" a line, tokens from 0, comments after #",
            ),
            ("graph-symmetric:FILE", "The same graph with the weights D^-1/2 (A + I) D^-1/2"),
        ];
        let graphs = graphs.map(|(name, help)| PossibleValue::new(name).help(help));
        let per_sample = PerSample::ALL.map(|task| {
            let help = match task {
                PerSample::Selection => "Each output averages a set of K tokens that comes with the sample (a layer's)",
                PerSample::TopK => "The K tokens farthest along a direction, averaged (a layer's)",
                PerSample::LearnedWeights => {
                    "All tokens, weighed by the softmax of twice their part along a direction (a layer's)"
                }
                PerSample::Classification => "The sign of one token along a direction (a layer's)",
            };
            PossibleValue::new(task.name()).help(help)
        });
        paper.into_iter().chain(graphs).chain(per_sample).collect()
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paper(task) => f.write_str(task.name()),
            Self::PerSample(task) => f.write_str(task.name()),
            Self::Graph { path, symmetric } => {
                let prefix = GRAPHS.iter().find(|(_, other)| other == symmetric).map_or("", |(prefix, _)| prefix);
                write!(f, "{prefix}{}", path.display())
            }
        }
    }
}

/// Reads a [`TaskName`]; help, and what is said of other words, list all.
#[derive(Clone, Debug)]
struct TaskParser;

impl TypedValueParser for TaskParser {
    type Value = TaskName;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&Arg>, value: &OsStr) -> Result<TaskName, clap::Error> {
        let of_file = |text: &str| {
            let named = GRAPHS.iter().find_map(|&(prefix, symmetric)| Some((text.strip_prefix(prefix)?, symmetric)));
            named.filter(|(path, _)| !path.is_empty()).map(|(path, symmetric)| (path.into(), symmetric))
        };
        if let Some((path, symmetric)) = value.to_str().and_then(of_file) {
            return Ok(TaskName::Graph { path, symmetric });
        }
        let named = PossibleValuesParser::new(TaskName::possible()).parse_ref(command, arg, value)?;
        let paper = PaperTask::ALL.into_iter().find(|task| task.name() == named).map(TaskName::Paper);
        let per_sample = || PerSample::ALL.into_iter().find(|task| task.name() == named).map(TaskName::PerSample);
        paper.or_else(per_sample).ok_or_else(|| clap::Error::new(ErrorKind::InvalidValue).with_cmd(command))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(TaskName::possible().into_iter()))
    }
}

/// Where the gradient comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// The exact gradient over all Gaussian inputs
    Population,
    /// Fresh mini-batches
    Online,
}

/// The number type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Precision {
    /// 32-bit floating point
    F32,
    /// 64-bit floating point
    F64,
}

/// Reads the command line; `None` when it asked for help or the version, which are then printed.
///
/// # Errors
/// One line that names the option and what was expected.
pub fn parse() -> Result<Option<Cli>, Failure> {
    match Cli::try_parse() {
        Ok(cli) => Ok(Some(cli)),
        Err(error) if !error.use_stderr() => print_with(|_| error.print()).map(|()| None),
        Err(error) => Err(Failure::usage(complaint(&error))),
    }
}

/// What is wrong with a command line: the first paragraph says it, and a later one what may have been meant; the rest is a usage
/// reminder.
fn complaint(error: &clap::Error) -> String {
    let text = error.to_string();
    let mut paragraphs = text.split("\n\n").map(str::trim);
    let first = paragraphs.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let hints = paragraphs.filter(|hint| hint.starts_with("tip: ")).flat_map(str::lines).map(str::trim);
    hints
        .filter(|hint| hint.contains("exist"))
        .fold(first, |line, hint| format!("{line}; {}", hint.trim_start_matches("tip: ")))
}
