//! The digest matrix: builds the reference list for every target, runs it, and compares every line with the committed one.
//!
//! ```text
//! matrix                 runs every target; fails when one differs, or when the README's table is another
//! matrix --write         the same, and writes the table into the README
//! matrix --target NAME   runs one target
//! matrix --prove-red     changes a summation order and a constant in a copy, and sees a target go red
//! matrix --list          names the targets
//! ```
//!
//! `tests/targets/install` installs what it needs. What it builds goes into the cache (TUTEE_CACHE, default target/ci).

mod comparison;
mod project;
mod red;
mod table;
mod targets;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{env, fs, thread};

use tutee::vector::Level;
use tutee_reference::COMMITTED;

use comparison::compare;
use project::Project;
use table::Outcome;
use targets::{Kind, TARGETS, Target};

/// Targets that must have run.
const FEWEST: usize = 14;
/// Where the controls are proved unless another target is asked for: it takes the least time to build.
const CONTROLLED: &str = "Cortex-M4F";
/// Each has a folder of its own to build in, and builds there what its targets share.
const MOST_WORKERS: usize = 4;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        [] => matrix(false),
        ["--write"] => matrix(true),
        ["--target", name] => find(name).and_then(|target| one(&target)),
        ["--prove-red"] => find(CONTROLLED).and_then(|target| prove_red(&target)),
        ["--prove-red", name] => find(name).and_then(|target| prove_red(&target)),
        ["--list"] => {
            TARGETS.iter().for_each(|target| println!("{}", target.name));
            Ok(())
        }
        _ => Err("usage: matrix [--write | --target NAME | --prove-red [NAME] | --list]".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn find(name: &str) -> Result<Target, String> {
    TARGETS.into_iter().find(|target| target.name == name).ok_or_else(|| format!("no target {name:?}; see --list"))
}

/// This checkout.
fn project() -> Result<Project, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let absolute = |path: PathBuf| std::path::absolute(&path).map_err(|error| format!("{}: {error}", path.display()));
    let root = root.canonicalize().map_err(|error| format!("{}: {error}", root.display()))?;
    let folder = |variable: &str, default: &str| {
        absolute(env::var_os(variable).map_or_else(|| root.join(default), PathBuf::from))
    };
    let (target, cache) = (folder("CARGO_TARGET_DIR", "target")?, folder("TUTEE_CACHE", "target/ci")?);
    Ok(Project { target, build: cache.join("matrix"), root, cache })
}

fn matrix(write: bool) -> Result<(), String> {
    let project = project()?;
    let outcomes = all(&project)?;
    project.worker(0).refused()?;
    println!("32-bit x86 without SSE2 does not compile, as it must not");

    let path = project.root.join("README.md");
    let readme = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let digest = COMMITTED.lines().last().and_then(|line| line.strip_prefix("list ")).unwrap_or_default();
    let table = table::render(&outcomes, digest, &readme);
    println!("\n{table}");
    let different = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Different(_))).count();
    let equal = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Equal(_))).count();
    if different > 0 {
        return Err(format!("{different} targets differ, {equal} are equal"));
    }
    if equal < FEWEST {
        return Err(format!("only {equal} targets ran"));
    }
    if write {
        let written = table::replace(&readme, &table).ok_or("README.md has no markers for the table")?;
        fs::write(&path, written).map_err(|error| format!("{}: {error}", path.display()))?;
    } else if !table::find(&readme).is_some_and(|written| table::agrees(written, &table)) {
        return Err("the table in README.md is another; `matrix --write` writes this one".to_owned());
    }
    println!("proved: {equal} targets compute all {} digests to the last bit", COMMITTED.lines().count());
    Ok(())
}

/// Runs every target, a few at a time: most of a build is one compiler that works alone. Neighbours that need the same
/// build stay together.
fn all(project: &Project) -> Result<Vec<(Target, Outcome)>, String> {
    let (next, of_one_build) = (AtomicUsize::new(0), Vec::from_iter(TARGETS.chunk_by(Target::is_built_as)));
    let work = |worker: usize| {
        let project = project.worker(worker);
        let mut found = vec![];
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(targets) = of_one_build.get(i) else { return found };
            found.push((i, Vec::from_iter(targets.iter().map(|target| (*target, outcome(&project, target))))));
        }
    };
    let workers = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_WORKERS);
    let found: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|worker| scope.spawn(move || work(worker))).collect();
        workers.into_iter().map(|worker| worker.join().map_err(|_| "a worker panicked")).collect::<Result<_, _>>()
    })?;
    let mut found: Vec<_> = found.into_iter().flatten().collect();
    found.sort_by_key(|(i, _)| *i);
    Ok(found.into_iter().flat_map(|(_, outcomes)| outcomes).collect())
}

fn one(target: &Target) -> Result<(), String> {
    match outcome(&project()?.worker(0), target) {
        Outcome::Equal(_) => Ok(()),
        Outcome::Different(_) => Err(format!("{} differs", target.name)),
        Outcome::NoProcessor => Err(format!("{} cannot run here", target.name)),
    }
}

/// Whether this processor can be told to use the registers of `level`; the widest stand for whatever it has.
fn is_chosen(level: Level) -> bool {
    level == Level::WIDEST || level <= Level::best()
}

/// Runs a target and says what became of it.
fn outcome(project: &Project, target: &Target) -> Outcome {
    if matches!(target.kind, Kind::Native { cpu, level, .. } if !cpu.is_here() || !is_chosen(level)) {
        println!("{:22} not run: this processor is another", target.name);
        return Outcome::NoProcessor;
    }
    let start = Instant::now();
    let printed = project.print(target);
    let compared = printed.and_then(|printed| compare(&printed, COMMITTED).map(ToOwned::to_owned));
    let (said, outcome) = match compared {
        Ok(digest) => (format!("equal, {digest}"), Outcome::Equal(digest)),
        Err(error) => (error.clone(), Outcome::Different(error)),
    };
    println!("{:22} {:5.1} s  {said}", target.name, start.elapsed().as_secs_f64());
    outcome
}

fn prove_red(target: &Target) -> Result<(), String> {
    let project = project()?;
    let scratch = project.cache.join("red");
    red::prove(&project, target, &scratch)
}
