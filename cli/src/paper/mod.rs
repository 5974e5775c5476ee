//! `tutee paper`: figures 1 to 5 of the paper at its sizes, ours beside them, each judged by a written rule ([`record::RULE`]).
//!
//! Settings that the paper does not give are chosen here, and each figure says which. A figure is a list of checks, statements with
//! bounds and numbers, beside its curves and matrices.

mod batch;
mod digits;
mod faster;
mod kept;
mod layers;
mod line;
mod page;
pub mod record;
mod sizes;
mod tasks;
mod told;
mod train;
mod transfer;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Map;
use tutee::recovery::verdict::{Judgement, Verdict};

use self::kept::Kept;
use self::layers::LayerCourse;
use self::record::{Check, Figure, Paper, RULE, RunOf, by_verdict};
use self::train::{Course, Run};
use crate::args::PaperArgs;
use crate::failure::{Ended, Failure, Unfinished};
use crate::files::{Sink, same_file, unwritable};
use crate::interrupt::Interrupt;
use crate::layer::record::LayerRecord;
use crate::mnist;
use crate::output::{beside_page, write_json};
use crate::parallel::each;
use crate::progress::{bar, bars};
use crate::record::{DigitsRecord, Provenance, Word, word};
use crate::streams::print;
use crate::tables::columns;
use crate::text::{several, wrapped};

/// The page's name in its folder.
const PAGE: &str = "paper.html";
/// Where the page goes unless the command line says otherwise.
const DEFAULT_DIRECTORY: &str = "results";

/// All runs, checked and not begun.
pub struct Plan {
    quick: bool,
    data: Option<PathBuf>,
    threads: usize,
    layers: Vec<LayerCourse>,
    digits: Vec<(&'static str, mnist::Plan)>,
    online: Vec<Course>,
    exact: Vec<Course>,
    sizes: Vec<Course>,
    near: Vec<Course>,
    faster: Vec<faster::Course>,
    json: Option<Sink>,
    page: Option<(Sink, PathBuf)>,
    /// Where runs that have ended are kept.
    kept: Option<Kept>,
}

/// Checks what the options ask for.
///
/// # Errors
/// One line that names bad data, or the place that cannot be written.
pub fn plan(args: &PaperArgs) -> Result<Plan, Failure> {
    if args.resume && args.checkpoint.is_none() {
        return Err(Failure::usage("--resume: nothing is kept; expected --checkpoint DIR with it"));
    }
    let plan = plan_again(args.quick, args.data.as_deref(), args.threads)?;
    let directory = args.out.clone().or_else(|| args.json.is_none().then(|| PathBuf::from(DEFAULT_DIRECTORY)));
    let read = args.data.as_deref().map(mnist::files).unwrap_or_default();
    let read: Vec<_> = read.into_iter().map(|path| ("--data", path)).collect();
    apart(args.json.as_deref(), directory.as_deref(), &read)?;
    let page = directory.map(|directory| {
        let made = fs::create_dir_all(&directory).map_err(|error| unwritable(&directory, &error));
        let path = directory.join(PAGE);
        made.and_then(|()| Ok((Sink::new(&path)?, path)))
    });
    let read: Vec<_> = read.into_iter().map(|(_, path)| path).collect();
    let kept =
        args.checkpoint.as_deref().map(|folder| Kept::new(folder, args.resume, args.quick, &read)).transpose()?;
    kept.iter().try_for_each(|kept| kept.check(plan.jobs().len()))?;
    Ok(Plan { page: page.transpose()?, json: args.json.as_deref().map(Sink::new).transpose()?, kept, ..plan })
}

/// All runs, to be measured and not written.
///
/// # Errors
/// One line that names bad data.
pub fn plan_again(quick: bool, data: Option<&Path>, threads: Option<usize>) -> Result<Plan, Failure> {
    let [online, exact] = tasks::courses(quick)?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Ok(Plan {
        quick,
        data: data.map(Path::to_owned),
        threads: threads.unwrap_or(cores).max(1),
        layers: layers::plans(quick)?,
        digits: digits::plans(data, quick)?,
        online,
        exact,
        sizes: sizes::courses(quick)?,
        near: sizes::near_courses()?,
        faster: faster::courses(quick)?,
        page: None,
        json: None,
        kept: None,
    })
}

/// Refuses a result over what is read, and one over the other.
fn apart(json: Option<&Path>, directory: Option<&Path>, read: &[(&str, PathBuf)]) -> Result<(), Failure> {
    let page = directory.map(|directory| directory.join(PAGE));
    for (option, path) in [("--json", json), ("--out", page.as_deref())] {
        let Some(path) = path else { continue };
        if let Some((other, file)) = read.iter().find(|(_, file)| same_file(file, path)) {
            let expected = format!("expected a file of its own, not what {other} reads, {}", file.display());
            return Err(Failure::usage(format!("{option} {}: {expected}", path.display())));
        }
    }
    beside_page(json, page.as_deref())
}

/// One run.
enum Job<'a> {
    Layer(&'a LayerCourse),
    Digits(&'static str, &'a mnist::Plan),
    Course(&'static str, &'a Course),
    Faster(&'a faster::Course),
    /// Of a figure alone: its errors are of labels, and no curve over steps is one of them.
    Transfer,
}

/// What became of one.
#[derive(Serialize, Deserialize)]
enum Done {
    Layer(#[serde(deserialize_with = "word")] Word, Box<LayerRecord>),
    Digits(#[serde(deserialize_with = "word")] Word, Box<DigitsRecord>),
    Course(#[serde(deserialize_with = "word")] Word, Run),
    Faster(faster::Run),
    Transfer(transfer::Run),
}

const ONLINE: &str = "online";
const EXACT: &str = "exact";
const SIZES: &str = "size";
const NEAR: &str = "K near D";

impl Job<'_> {
    fn name(&self) -> String {
        match self {
            Self::Layer(course) => format!("layer, {}", course.name),
            Self::Digits(name, _) => format!("digits, {name}"),
            Self::Course(kind, course) => format!("{}, {kind}", course.name()),
            Self::Faster(course) => course.name(),
            Self::Transfer => transfer::NAME.to_owned(),
        }
    }

    /// What tells it from all others.
    fn key(&self) -> String {
        let words = match self {
            Self::Layer(course) => course.words.as_str(),
            Self::Digits(..) | Self::Transfer => "",
            Self::Course(_, course) => course.words(),
            Self::Faster(course) => course.words().unwrap_or_default(),
        };
        format!("{}: {words}", self.name())
    }

    fn record(&self, done: &Done, seconds: f64) -> RunOf {
        let digest = match done {
            Done::Layer(_, run) => run.summary.digest.clone(),
            Done::Digits(_, run) => run.run.summary.digest.clone(),
            Done::Course(_, run) => format!("{:016x}", run.digest),
            Done::Faster(run) => format!("{:016x}", run.digest),
            Done::Transfer(run) => format!("{:016x}", run.digest),
        };
        let command = match self {
            Self::Layer(course) => Some(course.words.clone()),
            Self::Digits(..) | Self::Transfer => None,
            Self::Course(_, course) => Some(course.words().to_owned()),
            Self::Faster(course) => course.words().map(ToOwned::to_owned),
        };
        let (verdict, reason, failed) = match done {
            Done::Layer(_, run) => (run.summary.verdict, run.summary.reason, run.summary.failed),
            Done::Digits(_, run) => (run.run.summary.verdict, run.run.summary.reason, run.run.summary.failed),
            Done::Course(kind, run) => {
                let Judgement { verdict, reason, .. } = run.judged(*kind == ONLINE);
                (Some(verdict.name()), Some(reason), verdict.failed())
            }
            Done::Faster(run) => {
                let (verdict, reason) = run.judged();
                let failed = verdict.is_some_and(Verdict::failed) && !run.beyond_limit();
                (verdict.map(Verdict::name), Some(reason), failed)
            }
            Done::Transfer(_) => (None, None, false),
        };
        let (verdict, reason) = (verdict.map(str::to_owned), reason.map(str::to_owned));
        let told = match (self, done) {
            (_, Done::Layer(_, run)) => told::fields(run),
            (_, Done::Digits(_, run)) => told::fields(run),
            (Self::Course(kind, course), Done::Course(_, run)) => course.told(run, *kind == ONLINE),
            (Self::Faster(course), Done::Faster(run)) => course.told(run),
            (_, Done::Course(..) | Done::Faster(_) | Done::Transfer(_)) => Map::new(),
        };
        RunOf { run: self.name(), learn: command, verdict, reason, failed, digest, seconds, told }
    }

    fn run(&self, interrupt: &Interrupt) -> Result<Done, Ended> {
        let watch = |_, _| if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        match *self {
            Self::Layer(course) => Ok(Done::Layer(course.name, Box::new(course.plan.run_first(interrupt)?))),
            Self::Digits(name, plan) => Ok(Done::Digits(name, Box::new(plan.run(&watch)?))),
            Self::Course(kind, course) => Ok(Done::Course(kind, course.run(interrupt)?)),
            Self::Faster(course) => Ok(Done::Faster(course.run(interrupt)?)),
            Self::Transfer => Ok(Done::Transfer(transfer::run(interrupt)?)),
        }
    }
}

impl Plan {
    /// Runs all, as many at a time as there are threads; the bits do not depend on how many. Prints, writes and draws the figures
    /// whose runs are finished.
    ///
    /// # Errors
    /// One line that names the checks that failed, what is unfinished, or what could not be written.
    pub fn run(&self, interrupt: &Interrupt) -> Result<(), Failure> {
        let (paper, unkept) = self.measure(interrupt)?;
        let written = self.json.as_ref().map_or(Ok(()), |json| write_json(json, &paper));
        let drawn =
            self.page.as_ref().map_or(Ok(()), |(sink, _)| sink.write(|w| w.write_all(page::html(&paper).as_bytes())));
        let page = self.page.as_ref().map(|(_, path)| path.as_path()).filter(|_| drawn.is_ok());
        let printed = if self.json == Some(Sink::Stdout) { Ok(()) } else { print(&table(&paper, page)) };
        let failed = paper.figures.iter().flat_map(|figure| figure.checks.iter().map(move |check| (figure, check)));
        let failed = failed.filter(|(_, check)| !check.passed).map(|(figure, check)| {
            let (range, bounds) = (check.range(), check.bounds());
            Failure::check(format!("figure {}: {}: {range}, expected {bounds}", figure.figure, check.what))
        });
        let judged = paper.runs.iter().filter(|run| run.failed).map(|run| {
            let reason = run.reason.as_deref().unwrap_or_default();
            Failure::check(format!("{}: {}: {reason}", run.run, run.word()))
        });
        let unfinished: Vec<_> = paper.unfinished.iter().collect();
        let unfinished = Unfinished::failure(&unfinished, self.jobs().len() - unfinished.len());
        let broken = [written, drawn, printed].into_iter().filter_map(Result::err);
        Failure::all(failed.chain(judged).chain(unfinished).chain(unkept).chain(broken))
    }

    /// Long ones first, so that none is left alone at the end.
    fn jobs(&self) -> Vec<Job<'_>> {
        let layers = self.layers.iter().map(Job::Layer);
        let digits = self.digits.iter().map(|(name, plan)| Job::Digits(name, plan));
        let courses = [(ONLINE, &self.online), (EXACT, &self.exact), (SIZES, &self.sizes), (NEAR, &self.near)];
        let courses =
            courses.into_iter().flat_map(|(kind, courses)| courses.iter().map(move |course| Job::Course(kind, course)));
        layers.chain([Job::Transfer]).chain(self.faster.iter().map(Job::Faster)).chain(courses).chain(digits).collect()
    }

    /// Runs all, as many at a time as there are threads, but those that are kept from before; and why a result could not be kept.
    ///
    /// # Errors
    /// One line that names a result that is not one of these runs.
    pub fn measure(&self, interrupt: &Interrupt) -> Result<(Paper, Option<Failure>), Failure> {
        let jobs = self.jobs();
        let mut kept = Vec::new();
        for (i, job) in jobs.iter().enumerate() {
            kept.push(self.kept.as_ref().map_or(Ok(None), |kept| kept.read(i, &job.key()))?);
        }
        let missing: Vec<usize> = (0..jobs.len()).filter(|&i| kept.get(i).is_some_and(Option::is_none)).collect();
        let bar = bar(&bars(), "paper", "runs", Some(missing.len() as u64));
        let unkept: Mutex<Option<Failure>> = Mutex::new(None);
        let results = each(missing.len(), self.threads, interrupt, |i| {
            let &i = missing.get(i).ok_or(Ended::Interrupted)?;
            let job = jobs.get(i).ok_or(Ended::Interrupted)?;
            let start = Instant::now();
            let done = job.run(interrupt)?;
            let record = job.record(&done, start.elapsed().as_secs_f64());
            let written = self.kept.as_ref().map_or(Ok(()), |kept| kept.write(i, &job.key(), (&record, &done)));
            if let (Err(failure), Ok(mut unkept)) = (written, unkept.lock()) {
                unkept.get_or_insert(failure);
            }
            bar.inc(1);
            bar.set_message(job.name());
            Ok((record, done))
        });
        bar.finish();
        let mut made = results.into_iter();
        let results =
            kept.into_iter().map(|kept| kept.map_or_else(|| made.next().unwrap_or(Err(Ended::Interrupted)), Ok));
        let (mut unfinished, mut runs) = (Vec::new(), Vec::new());
        let (mut layers, mut digits, mut courses, mut faster) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut transfer = None;
        for (job, result) in jobs.iter().zip(results) {
            let (record, done) = match result {
                Ok(result) => result,
                Err(ended) => {
                    unfinished.push(Unfinished::new(&job.name(), &job.name(), "", ended));
                    continue;
                }
            };
            if !matches!(done, Done::Transfer(_)) {
                runs.push(record);
            }
            match done {
                Done::Layer(name, run) => layers.push((name, *run)),
                Done::Digits(name, run) => digits.push((name, *run)),
                Done::Course(kind, run) => courses.push((kind, run)),
                Done::Faster(run) => faster.push(run),
                Done::Transfer(run) => transfer = Some(run),
            }
        }
        let of = |kind: &str, planned: &[Course]| -> Option<Vec<Run>> {
            let runs: Vec<Run> =
                courses.iter().filter(|(other, _)| *other == kind).map(|(_, run)| run.clone()).collect();
            (runs.len() == planned.len()).then_some(runs)
        };
        let quick = self.quick;
        let mut figures = Vec::new();
        if layers.len() == self.layers.len() {
            figures.push(layers::blocks(&layers, quick));
        }
        if let (Some(online), Some(exact)) = (of(ONLINE, &self.online), of(EXACT, &self.exact)) {
            figures.push(tasks::training_loss(&online, &exact, quick));
            figures.push(tasks::out_of_distribution(&online, &exact, quick));
            figures.push(tasks::worst_case(&exact, quick));
            figures.push(tasks::cosines(&online, &exact, quick));
            figures.push(tasks::attention(&online, &exact, quick));
            figures.push(tasks::parameters(&exact, quick));
        }
        if digits.len() == self.digits.len() {
            figures.push(digits::loss(&digits, quick));
            figures.push(digits::attention(&digits, quick));
        }
        figures.extend(of(SIZES, &self.sizes).map(|runs| sizes::over_tokens(&runs)));
        figures.extend(of(NEAR, &self.near).map(|runs| sizes::near(&runs)));
        figures.extend((faster.len() == self.faster.len()).then(|| faster::faster(&faster)));
        figures.extend(transfer.iter().map(transfer::figure));
        // The paper's first, in its order.
        figures.sort_by_key(|figure| !figure.figure.starts_with(|c: char| c.is_ascii_digit()));
        let judged_well = runs.iter().all(|run| !run.failed);
        let passed = judged_well && unfinished.is_empty() && figures.iter().all(|figure| figure.passed);
        let paper = Paper {
            provenance: Provenance::now(),
            quick,
            data: self.data.clone(),
            rule: RULE,
            passed,
            figures,
            runs,
            unfinished,
        };
        Ok((paper, unkept.into_inner().ok().flatten()))
    }
}

/// Characters of a line of the table: what a terminal has unless somebody makes it wider.
const WIDTH: usize = 80;

/// The table: a line of numbers for each check, and what was measured and stated below it; then which runs have which verdict.
fn table(paper: &Paper, page: Option<&Path>) -> String {
    let checks = || paper.figures.iter().flat_map(|figure| figure.checks.iter().map(move |check| (figure, check)));
    let row = |(figure, check): (&Figure, &Check)| {
        let passed = if check.passed { "pass" } else { "FAIL" };
        [figure.figure.to_owned(), passed.to_owned(), check.range(), check.bounds()]
    };
    let rows: Vec<_> = checks().map(row).collect();
    let numbers = columns(&["figure", "verdict", "measured", "passes within"], &rows);
    let mut lines = numbers.lines();
    let mut text = format!("{}\n", lines.next().unwrap_or_default());
    for (line, (_, check)) in lines.zip(checks()) {
        let said = format!("{}; {}: {}", check.what, check.by, check.statement);
        text.push_str(&format!("{line}\n{}", wrapped(&said, 4, WIDTH)));
    }
    text.push('\n');
    if paper.quick {
        let quick =
            "--quick: smaller runs, and not of all tasks; nothing here is at the paper's sizes but where it says so.";
        text.push_str(&wrapped(quick, 0, WIDTH));
    }
    for run in &paper.unfinished {
        text.push_str(&format!("unfinished: {}\n", run.message));
    }
    let passed = checks().filter(|(_, check)| check.passed).count();
    text.push_str(&wrapped(&format!("{passed} of {} checks pass. {RULE}", rows.len()), 0, WIDTH));
    for (verdict, names) in by_verdict(&paper.runs) {
        let runs = several(names.len(), "run");
        text.push_str(&format!("{runs}, {verdict}:\n{}", wrapped(&names.join("; "), 4, WIDTH)));
    }
    if let Some(page) = page {
        text.push_str(&format!("page: {}\n", page.display()));
    }
    text
}
