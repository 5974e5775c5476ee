//! The `tutee` command: trains students on teachers, prints what they recovered, and draws it.

mod args;
mod crew;
mod failure;
mod fingerprint;
mod learn;
mod mnist;
mod output;
mod record;
mod report;
mod task;
mod teacher_file;
mod text;

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::{Command, LearnArgs, MnistArgs};
use crate::failure::Failure;
use crate::mnist::MnistOptions;
use crate::output::Destination;
use crate::record::DigitsRecord;

fn main() -> ExitCode {
    match args::parse().and_then(execute) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(std::io::stderr(), "tutee: {failure}");
            ExitCode::from(failure.code)
        }
    }
}

fn execute(cli: args::Cli) -> Result<(), Failure> {
    // A library that is loaded with the program, or whoever starts it, can have changed the mode of the processor.
    tutee::environment::check().map_err(|fault| Failure::check(format!("{fault}; no digest would be right")))?;
    match cli.command {
        None => everything(),
        Some(Command::Learn(args)) => {
            let destination = Destination::new(args.json.clone(), args.out.clone())?;
            let runs = learn::learn(&args)?;
            destination.tasks(&runs, None)
        }
        Some(Command::Mnist(args)) => {
            let destination = Destination::new(args.json.clone(), args.out.clone())?;
            destination.digits(&digits(&args)?)
        }
        Some(Command::Fingerprint(args)) => fingerprint::fingerprint(&args),
    }
}

/// The bare call: the six tasks, then the digits, on one page.
fn everything() -> Result<(), Failure> {
    let destination = Destination::new(None, None)?;
    let runs = learn::learn(&LearnArgs::parse_defaults())?;
    let digits = digits(&MnistArgs::parse_defaults())?;
    destination.tasks(&runs, Some(&digits))
}

fn digits(args: &MnistArgs) -> Result<DigitsRecord, Failure> {
    let bar = ProgressBar::no_length();
    if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:32} {human_pos:>10} steps  {msg}") {
        bar.set_style(style);
    }
    bar.set_prefix("digits         ");
    bar.enable_steady_tick(Duration::from_millis(200));
    let options = MnistOptions {
        data: args.data.clone(),
        steps: args.steps,
        batch: args.batch.map(|b| b as usize),
        seed: args.seed,
    };
    let record = mnist::run(&options, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish();
    record
}

/// The options as they are when nothing is given.
trait ParseDefaults: Sized {
    fn parse_defaults() -> Self;
}

impl<A: clap::Args> ParseDefaults for A {
    fn parse_defaults() -> Self {
        /// Nothing but the options of one command.
        #[derive(Parser)]
        struct Alone<A: clap::Args> {
            #[command(flatten)]
            args: A,
        }
        Alone::<A>::parse_from(["tutee"]).args
    }
}
