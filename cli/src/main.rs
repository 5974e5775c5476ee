//! The `tutee` command: trains students on teachers, prints what they recovered, and draws it.

mod args;
mod atlas;
mod budget;
mod checkpoint;
mod edge_list;
mod executor;
mod failure;
mod fields;
mod files;
mod fingerprint;
mod fit;
mod input;
mod interrupt;
mod layer;
mod learn;
mod logistic;
mod manual;
mod matrices;
mod memory;
mod mnist;
mod output;
mod paper;
mod parallel;
mod position_codes;
mod progress;
mod record;
mod report;
mod rerun;
mod step_rules;
mod streams;
mod sweep;
mod tables;
mod task;
mod teacher_file;
mod text;
mod watch;
mod weights;
mod whole;

use std::cell::Cell;
use std::io::Write;
use std::ops::ControlFlow;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Command, LearnArgs, MnistArgs};
use crate::failure::{Ended, Failure, Unfinished};
use crate::interrupt::Interrupt;
use crate::layer::options::Student;
use crate::mnist::{Design, Geometry, MnistOptions};
use crate::output::Destination;
use crate::record::{DigitsRecord, Output};

fn main() -> ExitCode {
    interrupt::outlive_file_limits();
    match args::parse().and_then(|cli| cli.map_or(Ok(()), execute)) {
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
    progress::configure(cli.quiet, cli.progress);
    match cli.command {
        None => everything(),
        Some(Command::Learn(args)) => {
            let teacher = args.teacher.iter().map(|path| ("--teacher", path.clone()));
            let graphs = args.tasks.iter().filter_map(|task| Some(("TASK", task.file()?.clone())));
            let inputs: Vec<_> = teacher.chain(graphs).collect();
            if args.student.student == Student::Layer {
                let plan = layer::plan(&args)?;
                let interrupt = Interrupt::watch();
                let destination = Destination::new(args.json.as_deref(), args.out.as_deref(), &inputs)?;
                let destination = destination.with_matrices(
                    args.json.as_deref(),
                    (args.weights.as_deref(), args.npy.as_deref()),
                    &inputs,
                )?;
                plan.prepare()?;
                return destination.layers(&plan.run(&interrupt));
            }
            let plan = learn::plan(&args)?;
            let interrupt = Interrupt::watch();
            let destination = Destination::new(args.json.as_deref(), args.out.as_deref(), &inputs)?;
            let destination = destination.with_matrices(
                args.json.as_deref(),
                (args.weights.as_deref(), args.npy.as_deref()),
                &inputs,
            )?;
            plan.prepare()?;
            destination.tasks(&plan.run(&interrupt), None)
        }
        Some(Command::Mnist(args)) => {
            let plan = mnist::plan(&options(&args)?)?;
            let interrupt = Interrupt::watch();
            let files = args.data.as_deref().map(mnist::files).unwrap_or_default();
            let files: Vec<_> = files.into_iter().map(|path| ("--data", path)).collect();
            let destination = Destination::new(args.json.as_deref(), args.out.as_deref(), &files)?;
            let matrices = (args.weights.as_deref(), args.npy.as_deref());
            let destination = destination.with_matrices(args.json.as_deref(), matrices, &files)?;
            plan.prepare()?;
            destination.digits(&digits(plan, &interrupt))
        }
        Some(Command::Atlas(args)) => {
            let plan = atlas::plan(&args.cells, args.threads, args.json.as_deref(), args.out.as_deref())?;
            plan.run(&Interrupt::watch())
        }
        Some(Command::Sweep(args)) => sweep::sweep(&args, &Interrupt::watch()),
        Some(Command::Collect(args)) => sweep::collect::collect(&args),
        Some(Command::Paper(args)) => paper::plan(&args)?.run(&Interrupt::watch()),
        Some(Command::Fit(args)) => {
            let plan = fit::plan(&args)?;
            let interrupt = Interrupt::watch();
            let (json, matrices) = (args.json.as_deref(), (args.weights.as_deref(), args.npy.as_deref()));
            let destination = Destination::of_fit(json, matrices, args.out.as_deref(), &args.files())?;
            plan.prepare()?;
            destination.fit(&plan.run(&interrupt))
        }
        Some(Command::Rerun(args)) => rerun::rerun(&args),
        Some(Command::Budget(args)) => budget::budget(&args),
        Some(Command::Fingerprint(args)) => fingerprint::fingerprint(&args),
        Some(Command::Completions(args)) => manual::completions(&args),
        Some(Command::Man(args)) => manual::page(&args),
    }
}

/// The bare call: the six tasks, then the digits, on one page.
fn everything() -> Result<(), Failure> {
    let tasks = learn::plan(&LearnArgs::parse_defaults())?;
    let images = mnist::plan(&options(&MnistArgs::parse_defaults())?)?;
    let interrupt = Interrupt::watch();
    let destination = Destination::new(None, None, &[])?;
    let tasks = tasks.run(&interrupt);
    destination.tasks(&tasks, Some(&digits(images, &interrupt)))
}

fn options(args: &MnistArgs) -> Result<MnistOptions, Failure> {
    let geometry = Geometry::framed(args.patch, args.stride.unwrap_or(args.patch), args.window);
    let geometry = geometry.map_err(|message| Failure::usage(format!("mnist: {message}")))?;
    Ok(MnistOptions {
        data: args.data.clone(),
        steps: args.steps,
        batch: args.batch.map(|b| b as usize),
        seed: args.seed,
        rates: (args.rate, args.attention_rate),
        design: Design { geometry, filters: args.filters, ..Design::DEFAULT },
        kept: args.kept.clone(),
    })
}

fn digits(plan: mnist::Plan, interrupt: &Interrupt) -> Output<DigitsRecord> {
    let bar = progress::bar(&progress::bars(), "digits         ", "steps", None);
    let begun = Cell::new(false);
    let watch = |done, total| {
        bar.set_length(total);
        if !begun.replace(true) {
            // The network has learned before.
            progress::begin(&bar);
        }
        bar.set_position(done);
        if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let result = if interrupt.raised() { Err(Ended::Interrupted) } else { plan.run(&watch) };
    bar.finish();
    match result {
        Ok(run) => Output { runs: vec![run], unfinished: Vec::new() },
        Err(ended) => Output { runs: Vec::new(), unfinished: vec![Unfinished::new("mnist", "mnist", "", ended)] },
    }
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
