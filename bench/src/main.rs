//! Times tutee's inner loops and steps beside the machine's limits and what a user would pick instead, and prints
//! tables. Nothing here is a test; ratios are of times taken in the same run.

mod determinism;
mod growth;
mod instructions;
mod levels;
mod pairs;
mod peak;
mod peers;
mod roofline;
mod table;
mod timing;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tutee_bench::level::{levels, name};

use crate::timing::Timer;

/// Times tutee's inner loops and steps, and prints tables.
#[derive(Parser)]
#[command(name = "bench", max_term_width = 100)]
struct Arguments {
    /// All tables, but a few milliseconds for all figures of one: to see that everything runs
    #[arg(long, global = true)]
    quick: bool,
    #[command(subcommand)]
    table: Option<Tables>,
}

/// Which tables.
#[derive(Subcommand)]
enum Tables {
    /// All of them (the default)
    All,
    /// Every inner loop and whole step at each vector level, and sizes in types beside sizes known at run time
    Levels,
    /// Pairs of one's own, with the least working memory and with the most
    Pairs,
    /// Peaks of arithmetic and of memory, measured, and how near each inner loop and whole step comes to them
    Roofline,
    /// How the cost of a step grows with each size
    Growth,
    /// Instructions of a step (needs valgrind)
    Instructions,
    /// Takes steps and prints the vector level: what valgrind is given to count
    #[command(hide = true)]
    Steps(instructions::Steps),
    /// What the fixed order of sums costs, beside C that leaves order and fusing to the compiler (needs a C compiler)
    Determinism,
    /// Whole steps beside those of the programs that a user would pick instead: bench/peers/run builds them and starts
    /// this
    #[command(hide = true)]
    Peers {
        /// Steps of whole layers alone
        #[arg(long)]
        layers: bool,
        /// No wider registers than these, for machines that have wider ones: the library's, which are all that this limits
        #[arg(long)]
        level: Option<String>,
        /// Programs that answer as bench/peers/README.md says
        programs: Vec<PathBuf>,
    },
}

impl Tables {
    fn print(self, timer: Timer) -> Result<(), String> {
        match self {
            Self::All => {
                [Self::Levels, Self::Pairs, Self::Roofline, Self::Growth, Self::Instructions, Self::Determinism]
                    .into_iter()
                    .try_for_each(|table| table.print(timer))
            }
            Self::Levels => levels::run(timer),
            Self::Pairs => pairs::run(timer),
            Self::Roofline => roofline::run(timer),
            Self::Growth => growth::run(timer),
            Self::Instructions => instructions::run(timer),
            Self::Steps(steps) => steps.take(),
            Self::Determinism => determinism::run(timer),
            Self::Peers { layers, level, programs } => {
                if let Some(level) = level {
                    let found = levels().find(|&known| name(known).eq_ignore_ascii_case(&level));
                    found.ok_or_else(|| format!("this machine has no level {level}"))?.limit();
                }
                peers::run(&programs, timer.quick, layers)
            }
        }
    }
}

fn main() -> ExitCode {
    let Arguments { quick, table } = Arguments::parse();
    match table.unwrap_or(Tables::All).print(Timer::new(quick)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
