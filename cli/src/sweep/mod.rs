//! `tutee sweep`: many runs of `tutee learn` from one plan, as many at a time as there are threads, and shards of them on as many
//! machines as share a folder. Each is what `tutee learn` with its options alone would be, to the last bit.

pub mod collect;
mod folder;
mod groups;
pub mod options;
mod page;
mod parquet;
mod plan;

use std::path::PathBuf;
use std::sync::Mutex;

use serde::Serialize;

use self::folder::Folder;
use self::options::SweepArgs;
use self::plan::Plan;
use crate::args::LearnArgs;
use crate::failure::{Ended, Failure, Unfinished};
use crate::interrupt::Interrupt;
use crate::layer::options::Student;
use crate::layer::record::LayerRecord;
use crate::parallel::each;
use crate::progress::{bar, bars};
use crate::record::{RunRecord, Summary};
use crate::streams::print;
use crate::text::several;
use crate::{layer, learn};

/// One run, checked and not begun.
enum Job {
    Position(learn::Plan),
    Layer(layer::Plan),
}

/// What became of one.
#[derive(Serialize)]
#[serde(untagged)]
enum Run {
    Position(Box<RunRecord>),
    Layer(Box<LayerRecord>),
}

impl Job {
    /// Read by the rules of `tutee learn`.
    fn new(args: &LearnArgs) -> Result<Self, Failure> {
        match args.student.student {
            Student::Position => learn::plan(args).map(Self::Position),
            Student::Layer => layer::plan(args).map(Self::Layer),
        }
    }

    fn run(&self, interrupt: &Interrupt) -> Result<Run, Ended> {
        match self {
            Self::Position(plan) => plan.run_first(interrupt).map(|run| Run::Position(Box::new(run))),
            Self::Layer(plan) => plan.run_first(interrupt).map(|run| Run::Layer(Box::new(run))),
        }
    }
}

impl Run {
    fn summary(&self) -> &Summary {
        match self {
            Self::Position(run) => &run.summary,
            Self::Layer(run) => &run.summary,
        }
    }
}

/// Runs those of a plan that are asked for and not there yet.
///
/// # Errors
/// Exit code 1 where a run has failed or the program was interrupted; 2 for a plan or a folder that is none.
pub fn sweep(args: &SweepArgs, interrupt: &Interrupt) -> Result<(), Failure> {
    let plan = Plan::read(&args.plan, |args| Job::new(&args).map(drop))?;
    let default = args.plan.extension().map(|_| PathBuf::from(args.plan.file_stem().unwrap_or_default()));
    let refuse = || Failure::usage(format!("{}: a name without an ending; expected --out DIR", args.plan.display()));
    let path = args.out.clone().or(default).ok_or_else(refuse)?;
    let folder = Folder::of(&path, &plan)?;
    let mine: Vec<_> = (0..plan.runs()).filter(|&index| args.shard.has(index)).collect();
    let there = mine.iter().filter(|&&index| folder.has(index)).count();
    if there > 0 && !args.resume {
        let expected = "expected --resume to keep them, or another folder by --out";
        return Err(Failure::usage(format!(
            "{}: {there} of these runs {} a result there; {expected}",
            path.display(),
            if there == 1 { "has" } else { "have" }
        )));
    }
    let (mut failed, mut missing) = (Vec::new(), Vec::new());
    for &index in &mine {
        match folder.read(&plan, index)? {
            None => missing.push(index),
            Some(found) => failed.extend(found.failed.map(|why| (index, why))),
        }
    }

    let threads = args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let bar = bar(&bars(), "sweep", "runs", Some(missing.len() as u64));
    // A result without a place ends all: the next ones would find none, either.
    let broken: Mutex<Option<Failure>> = Mutex::new(None);
    let results = each(missing.len(), threads, interrupt, |i| {
        let &index = missing.get(i).ok_or(Ended::Interrupted)?;
        if broken.lock().map_or(true, |broken| broken.is_some()) {
            return Err(Ended::Interrupted);
        }
        let why = one(&plan, index, &folder, interrupt).unwrap_or_else(|failure| {
            if let Ok(mut broken) = broken.lock() {
                broken.get_or_insert(failure);
            }
            Err(Ended::Interrupted)
        })?;
        bar.inc(1);
        Ok(why.map(|why| (index, why)))
    });
    bar.finish();
    let left = results.iter().filter(|result| result.is_err()).count();
    failed.extend(results.into_iter().flatten().flatten());
    failed.sort_unstable_by_key(|(index, _)| *index);

    let (runs, ended) = (mine.len(), mine.len() - left);
    let printed = print(&format!(
        "{ended} of {} {} a result in {}, {there} of them kept\n",
        several(runs, "run"),
        if runs == 1 { "has" } else { "have" },
        path.display()
    ));
    let first = failed.first().map(|(index, why)| {
        Failure::check(format!("run {index}, {why} ({} of {} failed)", failed.len(), several(ended, "run")))
    });
    let broken = broken.into_inner().ok().flatten();
    let interrupted = (left > 0 && broken.is_none()).then(|| {
        Failure::check(format!("interrupted ({ended} of {} finished); --resume goes on", several(runs, "run")))
    });
    Failure::all(broken.into_iter().chain(interrupted).chain(first).chain(printed.err()))
}

/// Makes a run and writes what became of it; says why it counts as failed, if it does.
fn one(
    plan: &Plan,
    index: usize,
    folder: &Folder,
    interrupt: &Interrupt,
) -> Result<Result<Option<String>, Ended>, Failure> {
    let (args, words) = (plan.args(index).map_err(Failure::usage)?, plan.words(index).join(" "));
    let (run, failed) = match Job::new(&args)?.run(interrupt) {
        // Of this nothing is kept: the next attempt may have the time or the memory.
        Err(ended @ Ended::Interrupted) => return Ok(Err(ended)),
        Err(Ended::Memory) => return Err(Failure::check("the system gave no memory; fewer --threads need less")),
        Err(ended) => {
            let unfinished = Unfinished::new(&words, &words, "; a lower rate may help", ended);
            let why = unfinished.message.clone();
            (Err(unfinished), Some(why))
        }
        Ok(run) => {
            let summary = run.summary();
            let judgement = summary.judgement().filter(|_| summary.failed);
            (Ok(run), judgement.map(|judgement| format!("{words}: {judgement}")))
        }
    };
    folder.write(plan, index, run, failed.clone())?;
    Ok(Ok(failed))
}
