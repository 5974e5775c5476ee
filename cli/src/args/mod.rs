//! The command line, as `--help` shows it.

mod complaint;
mod fit;
mod learn;
mod machine;
mod mnist;
mod names;
mod numbers;
mod results;
mod training;

use clap::{Parser, Subcommand};

use self::complaint::complaint;
use crate::failure::Failure;
use crate::streams::print_with;
use crate::sweep::options::{CollectArgs, SweepArgs};
use crate::whole::whole;

pub use self::fit::{ActivationName, BatchSize, FitArgs, FitStopArgs};
pub use self::learn::LearnArgs;
pub use self::machine::{BudgetArgs, CompletionsArgs, FingerprintArgs, ManArgs};
pub use self::mnist::MnistArgs;
pub use self::names::{Mode, Precision, TaskName};
pub use self::results::{AtlasArgs, PaperArgs, RerunArgs};
pub use self::training::{CheckpointArgs, StudentArgs};

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

    /// Say nothing of how far runs are, whatever --progress says
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
    /// Train again from what a result says of itself, and compare all that is made again
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
