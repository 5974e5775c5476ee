//! `tutee learn`: trains on every task that was asked for, all at once, and measures as it goes.

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use flate2::Crc;
use indicatif::ProgressBar;
use tutee::digest::digest;
use tutee::executor::Executor;
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_parallel_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::ruled::{RuledPopulation, length_limit, ruled_scratch_len};
use tutee::gradient::ruled_online::RuledOnline;
use tutee::gradient::samples::BatchLoss;
use tutee::input::{LabelNoise, SampleStream};
use tutee::recovery::out_of_distribution::{TestExcess, TestSet, test_excess, test_scratch_wide_len};
use tutee::recovery::verdict::{Circumstances, Law, Verdict, attainable, best_loss, judge, row_sum};
use tutee::recovery::{log_log_slope, recovery};
use tutee::snapshot::{Context, inspect, load_ruled, ruled_snapshot_len, save_ruled};
use tutee::step::{Descent, Rule, RuleState, ValueRule};
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::training::{Measured, Stopped};
use tutee::{Error, Scalar, Shape};

use crate::args::{LearnArgs, Mode, Precision, TaskName};
use crate::checkpoint::{Checkpoint, Kept, Progress};
use crate::executor::Threads;
use crate::failure::{Ended, Failure, Unfinished};
use crate::input::InputName;
use crate::interrupt::Interrupt;
use crate::memory::{collected, ensure, zeros};
use crate::progress::{at, bar, bars, begin};
use crate::record::{ActivationRecord, CurvePoint, Kind, Output, Provenance, RunRecord, StopRecord, Summary};
use crate::step_rules::{self, RuleName, StepRules, ValueRuleName};
use crate::task::{BuiltIn, Task};
use crate::teacher_file;
use crate::text::{LONGEST_NAME, shown};
use crate::watch::{Aimed, Followed, Goals, Watched, follow_on, is_point};

/// Steps of a run unless the command line says otherwise.
const POPULATION_STEPS: u64 = 1_000_000;
const ONLINE_STEPS: u64 = 20_000;
const FASTER_STEPS: u64 = 100_000;
const GEOMETRIC_STEPS: u64 = 1_000;
/// Samples a step in online mode, likewise.
pub const BATCH: u32 = 64;

/// The out-of-distribution test: exponential inputs, and label noise whose mean is that of an exponential, too. Models
/// larger than the default ones are tested on fewer samples, so that looking at a run does not take longer than the run.
const TEST_SAMPLES: usize = 2_000;
const FEWEST_TEST_SAMPLES: usize = 50;
const TEST_NOISE_MEAN: f64 = 1.0;

/// Multiplications of the answers to a batch from which several threads share the work on it: fewer take some 50 microseconds,
/// which is what it takes to wake a thread a few times.
const SHARED_COST: usize = 1_000_000;

/// There are no more pieces of a batch to take at a time.
const MOST_THREADS: usize = 64;

/// Length of a normalised step where no limit is known.
const LENGTH: f64 = 0.1;

/// Everything that a run needs beside its teacher.
#[derive(Clone, Copy, Debug)]
struct Settings {
    mode: Mode,
    precision: Precision,
    steps: u64,
    rate: f64,
    attention_rate: f64,
    batch: u32,
    seed: u64,
    noise: f64,
    noise_mean: f64,
    input: InputName,
    test_input: InputName,
    rules: StepRules,
    /// What ends the run before its last step, which changes no bit before.
    goals: Option<Goals>,
}

impl Settings {
    fn new(args: &LearnArgs, task: &Task) -> Result<Self, Failure> {
        // K of an irregular teacher varies; the smallest group is the safe choice.
        let default = smallest_group(task) as f64 / task.shape.outputs() as f64;
        let rate = args.rate.unwrap_or(default);
        let settings = Self {
            mode: args.mode,
            precision: args.scalar,
            steps: args.steps.unwrap_or(match (args.mode, args.rules.rule) {
                (Mode::Online, _) => ONLINE_STEPS,
                (Mode::Population, RuleName::Gd) => POPULATION_STEPS,
                (Mode::Population, RuleName::Mirror | RuleName::Adam) => FASTER_STEPS,
                (Mode::Population, RuleName::Normalised | RuleName::Polyak) => GEOMETRIC_STEPS,
            }),
            rate,
            attention_rate: args.attention_rate.unwrap_or(rate),
            batch: batch(args),
            seed: args.seed,
            noise: args.noise.unwrap_or(0.0),
            noise_mean: args.noise_mean.unwrap_or(0.0),
            input: args.input.unwrap_or(InputName::GAUSSIAN),
            test_input: args.test_input,
            rules: step_rules(args, task, rate)?,
            goals: args.stop.goals()?,
        };
        settings.check_in_its_type(task)?;
        Ok(settings)
    }

    fn check_in_its_type(&self, task: &Task) -> Result<(), Failure> {
        match self.precision {
            Precision::F32 => self.check::<f32>(task),
            Precision::F64 => self.check::<f64>(task),
        }
    }

    /// Refuses numbers that are no legal settings in the number type of the run.
    fn check<T: Scalar>(&self, task: &Task) -> Result<(), Failure> {
        task.check_range::<T>()?;
        check_numbers::<T>(self.rate, self.attention_rate, (self.noise, self.noise_mean))?;
        self.check_rules::<T>(task)
    }

    /// Refuses a step rule that the core refuses, or would refuse at the first step.
    fn check_rules<T: Scalar>(&self, task: &Task) -> Result<(), Failure> {
        let name = shown(&task.name, LONGEST_NAME);
        let told = |message: String| Err(Failure::usage(format!("{name}: {message}")));
        let rules = self.rules.cast::<T>();
        if let Err(error) = rules.attention.check() {
            return told(format!("--theta {:?}: {error}", self.rules.theta.unwrap_or_default()));
        }
        let white = self.mode == Mode::Population || self.input.0.is_white();
        if rules.value == ValueRule::Projected && !white {
            return told(format!(
                "--value-rule projected: takes inputs of mean zero, without correlation; expected another --input than {}, or \
                 --value-rule gd",
                self.input
            ));
        }
        let owned = task.teacher::<T>().map_err(|_| Failure::check(format!("{name}: the system gave no memory")))?;
        let teacher = owned.view().map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        match rules.attention {
            Rule::Polyak { .. } if !attainable(teacher) => told(
                "--rule polyak: needs the least loss, which is known of teachers whose rows have no negative weight and one sum; expected \
                 another rule"
                    .to_owned(),
            ),
            Rule::Normalised { length } if rules.value == ValueRule::GradientDescent => {
                match length_limit(teacher, T::from_f64(self.rate)) {
                    Some(limit) if length > limit => told(format!(
                        "--theta {:?}: longer than a normalised step under which the values follow at --rate {:?}; expected at most \
                         {:?}",
                        length.to_f64(),
                        self.rate,
                        limit.to_f64()
                    )),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    fn descent<T: Scalar>(&self, teacher: TeacherView<'_, T>) -> Descent<T> {
        // Far beyond any overshoot of a run that converges, whatever the scale of the teacher's filters.
        let norm = Scalar::sqrt(teacher.value().iter().map(|v| v.to_f64() * v.to_f64()).sum::<f64>());
        Descent {
            value_limit: T::from_f64(1e6 * norm.larger(1.0)),
            ..Descent::new(T::from_f64(self.rate)).with_attention_rate(T::from_f64(self.attention_rate))
        }
    }
}

/// Refuses rates, and a deviation and a mean of noise, that are none in the number type of the run.
///
/// # Errors
/// One line that names the option and what was expected.
pub fn check_numbers<T: Scalar>(
    rate: f64,
    attention_rate: f64,
    (noise, noise_mean): (f64, f64),
) -> Result<(), Failure> {
    let in_type = |value: f64| T::from_f64(value);
    for (option, value) in [("--rate", rate), ("--attention-rate", attention_rate)] {
        if !(in_type(value) > T::ZERO && in_type(value).is_finite()) {
            return Err(Failure::usage(format!("{option}: {value:?}; expected a positive number in f{}", T::BITS)));
        }
    }
    if !(noise >= 0.0 && in_type(noise).is_finite()) {
        return Err(Failure::usage(format!("--noise: {noise:?}; expected a number from 0 in f{}", T::BITS)));
    }
    if !in_type(noise_mean).is_finite() {
        return Err(Failure::usage(format!("--noise-mean: {noise_mean:?}; expected a finite number in f{}", T::BITS)));
    }
    Ok(())
}

/// How many tokens the output that has fewest has.
fn smallest_group(task: &Task) -> usize {
    let rows = task.mixing.chunks(task.shape.tokens());
    rows.map(|row| row.iter().filter(|&&s| s != 0.0).count()).min().unwrap_or(1).max(1)
}

/// The rules with the theta that they take: as given, or by default one under which the values can follow a normalised step, and
/// outputs that share projected values stay together.
///
/// # Errors
/// One line where there is no memory for a teacher.
pub fn step_rules(args: &LearnArgs, task: &Task, rate: f64) -> Result<StepRules, Failure> {
    let (rule, value_rule) = (args.rules.rule, args.rules.value_rule);
    let theta = match (rule, args.rules.theta) {
        (RuleName::Gd | RuleName::Mirror | RuleName::Adam, _) => None,
        (_, Some(theta)) => Some(theta),
        (RuleName::Polyak, None) => {
            let (group, tokens) = (smallest_group(task) as f64, task.shape.tokens() as f64);
            let exact = args.mode == Mode::Population && value_rule == ValueRuleName::Projected;
            let apart = exact && 4.0 * group < tokens;
            Some(if apart { 3.0 * group / tokens } else { 1.0 })
        }
        (RuleName::Normalised, None) => {
            let name = shown(&task.name, LONGEST_NAME);
            let owned =
                task.teacher::<f64>().map_err(|_| Failure::check(format!("{name}: the system gave no memory")))?;
            let teacher = owned.view().map_err(|error| Failure::usage(format!("{name}: {error}")))?;
            let limit = length_limit(teacher, rate).filter(|_| value_rule == ValueRuleName::Gd);
            Some(limit.map_or(LENGTH, |limit| 0.5 * limit))
        }
    };
    Ok(StepRules { rule, value_rule, theta })
}

fn batch(args: &LearnArgs) -> u32 {
    args.batch.unwrap_or(BATCH)
}

/// How many of `threads` share the work on a batch: one where that is done before a second thread has woken up.
fn sharers(mode: Mode, batch: u32, shape: Shape, threads: usize) -> usize {
    let work = sample_cost(shape).saturating_mul(batch as usize);
    if mode == Mode::Online && work >= SHARED_COST { threads.min(MOST_THREADS) } else { 1 }
}

/// What is to be trained, with every option checked and nothing begun.
#[derive(Debug)]
pub struct Plan {
    tasks: Vec<Job>,
    threads: usize,
}

/// One task with its settings, and how many threads share its batches.
#[derive(Debug)]
struct Job {
    task: Task,
    settings: Settings,
    sharers: usize,
    /// Where it keeps what it has done, and what it goes on from.
    checkpoint: Option<Kept<CurvePoint>>,
}

/// Refuses options of samples beside the exact gradient.
///
/// # Errors
/// One line that names the option and what was expected.
pub fn refuse_samples(args: &LearnArgs) -> Result<(), Failure> {
    let online = [
        ("--batch", args.batch.is_some()),
        ("--noise", args.noise.is_some()),
        ("--noise-mean", args.noise_mean.is_some()),
        ("--input", args.input.is_some()),
    ];
    for (option, given) in online {
        if given {
            let why = "the exact gradient of --mode population is that of all Gaussian inputs, and has no samples; expected \
                       --mode online with it";
            return Err(Failure::usage(format!("{option}: {why}")));
        }
    }
    Ok(())
}

/// Checks what the options ask for, and that there is memory for it.
///
/// # Errors
/// One line that names the option or the file, the field and what was expected.
pub fn plan(args: &LearnArgs) -> Result<Plan, Failure> {
    args.student.refuse_for_position()?;
    args.rules.check_theta()?;
    if args.mode == Mode::Population {
        refuse_samples(args)?;
    }
    let teacher = args.teacher.as_deref().map(teacher_file::read).transpose()?;
    let names = match (&teacher, args.tasks.as_slice()) {
        (Some(_), _) => vec![],
        (None, []) => TaskName::all(),
        (None, names) => names.to_vec(),
    };
    let built_in = names.iter().map(BuiltIn::read).collect::<Result<Vec<_>, _>>()?;
    let sizes = built_in.iter().map(|task| task.sizes(args)).collect::<Result<Vec<_>, _>>()?;
    let shapes: Vec<_> = teacher.iter().map(|task| task.shape).chain(sizes.iter().copied()).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(cores);
    // What tasks leave over works inside their batches.
    let sharers: Vec<_> =
        shapes.iter().map(|&shape| sharers(args.mode, batch(args), shape, threads / shapes.len().max(1))).collect();
    let threads = threads.min(shapes.len()).max(1);
    let options = || {
        let filters = args.filters.map(|filters| format!(" --filters {filters}")).unwrap_or_default();
        let tokens = shapes.iter().map(|shape| shape.tokens()).max().unwrap_or(0);
        format!("--tokens {tokens} --features {}{filters}", args.features)
    };
    let what = teacher.as_ref().map_or_else(options, |task| task.origin.clone());
    let rules = StepRules { rule: args.rules.rule, value_rule: args.rules.value_rule, theta: None };
    let of = |(&shape, &sharers)| Need {
        shape,
        mode: args.mode,
        precision: args.scalar,
        batch: batch(args),
        sharers,
        rules,
    };
    ensure(what, need(&shapes.iter().zip(&sharers).map(of).collect::<Vec<_>>(), threads))?;

    let built_in = built_in.iter().zip(sizes).map(|(task, shape)| Task::built_in(task, shape, args));
    let tasks = teacher.into_iter().map(Ok).chain(built_in).zip(sharers).map(|(task, sharers)| {
        let task = task?;
        let settings = Settings::new(args, &task)?;
        Ok(Job { checkpoint: checkpoint(args, &task, &settings)?, settings, task, sharers })
    });
    Ok(Plan { tasks: tasks.collect::<Result<_, _>>()?, threads })
}

/// Where a run keeps what it has done, and what is there already.
fn checkpoint(args: &LearnArgs, task: &Task, settings: &Settings) -> Result<Option<Kept<CurvePoint>>, Failure> {
    let Some(folder) = &args.checkpoint else { return Ok(None) };
    let settings_of_any_length = Settings { steps: 0, goals: None, ..*settings };
    let mut teacher = Crc::new();
    task.value.iter().chain(&task.mixing).for_each(|number| teacher.update(&number.to_le_bytes()));
    let run = format!(
        "{} {:?} {:?} {settings_of_any_length:?} {:08x}",
        task.name,
        task.shape,
        task.activation,
        teacher.sum()
    );
    let interval = Duration::try_from_secs_f64(args.checkpoint_every).unwrap_or(Duration::MAX);
    let checkpoint = Checkpoint::new(folder, run, interval);
    let earlier = checkpoint.earlier(args.resume, settings.steps, |snapshot| Ok(inspect(snapshot)?.steps))?;
    Ok(Some((checkpoint, earlier)))
}

/// A run as a result describes it.
#[derive(Debug)]
pub struct Recorded {
    pub name: String,
    /// M, d, D, J.
    pub sizes: [usize; 4],
    pub activation: ActivationRecord,
    pub value: Vec<f64>,
    pub mixing: Vec<f64>,
    pub mode: Mode,
    pub precision: Precision,
    pub steps: u64,
    pub rate: f64,
    pub attention_rate: f64,
    pub batch: Option<u32>,
    pub seed: u64,
    pub noise: f64,
    pub noise_mean: f64,
    pub input: InputName,
    pub test_input: InputName,
    pub rules: StepRules,
}

/// Plans runs again that results describe.
///
/// # Errors
/// One line that names the run, the field and what was expected.
pub fn plan_recorded(runs: Vec<Recorded>, threads: Option<usize>) -> Result<Plan, Failure> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = threads.unwrap_or(cores);
    let share = threads / runs.len().max(1);
    let at_once = threads.min(runs.len()).max(1);
    let job = |run: Recorded| {
        let refuse = |error: Error| Failure::usage(format!("{}: {error}", shown(&run.name, LONGEST_NAME)));
        let [filters, features, tokens, outputs] = run.sizes;
        let shape = Shape::new(filters, features, tokens, outputs).map_err(refuse)?;
        let group = TeacherView::new(shape, run.activation.into(), &run.value, &run.mixing).map_err(refuse)?.group();
        let settings = Settings {
            mode: run.mode,
            precision: run.precision,
            steps: run.steps,
            rate: run.rate,
            attention_rate: run.attention_rate,
            batch: run.batch.unwrap_or(BATCH),
            seed: run.seed,
            noise: run.noise,
            noise_mean: run.noise_mean,
            input: run.input,
            test_input: run.test_input,
            rules: run.rules,
            goals: None,
        };
        let (name, activation) = (run.name, run.activation);
        let (value, mixing) = (run.value, run.mixing);
        let task = Task { origin: name.clone(), name, shape, activation, value, mixing, group, chosen: None };
        settings.check_in_its_type(&task)?;
        let sharers = sharers(settings.mode, settings.batch, shape, share);
        Ok(Job { task, settings, sharers, checkpoint: None })
    };
    let tasks = runs.into_iter().map(job).collect::<Result<Vec<_>, Failure>>()?;
    let needs: Vec<_> = tasks.iter().map(Need::of).collect();
    ensure("rerun", need(&needs, at_once))?;
    Ok(Plan { tasks, threads: at_once })
}

/// What decides how much memory a task takes.
#[derive(Clone, Copy, Debug)]
struct Need {
    shape: Shape,
    mode: Mode,
    precision: Precision,
    batch: u32,
    sharers: usize,
    rules: StepRules,
}

impl Need {
    const fn of(job: &Job) -> Self {
        let Settings { mode, precision, batch, rules, .. } = job.settings;
        Self { shape: job.task.shape, mode, precision, batch, sharers: job.sharers, rules }
    }
}

/// Bytes that the tasks take at most: what each keeps to the end, what the largest of those that train at the same time
/// work with, and what is drawn.
fn need(tasks: &[Need], threads: usize) -> usize {
    let sum = |parts: &[usize]| parts.iter().fold(0_usize, |sum, &part| sum.saturating_add(part));
    let matrices = |shape: Shape| sum(&[shape.value_len(), shape.mixing_len()]);
    let working = |&Need { shape, mode, precision, batch, sharers, rules }: &Need| {
        let number = match precision {
            Precision::F32 => 4_usize,
            Precision::F64 => 8,
        };
        let scratch = match mode {
            Mode::Population if rules.plain() => population_scratch_len(shape),
            Mode::Population => sum(&[
                population_scratch_len(shape),
                ruled_scratch_len(shape),
                rules.cast::<f64>().attention.state_len(shape),
            ]),
            Mode::Online => sum(&[
                online_scratch_parallel_len(shape, batch, sharers),
                rules.cast::<f64>().attention.state_len(shape),
            ]),
        };
        let teacher_and_attention = 2 * matrices(shape);
        sum(&[student_len(shape), scratch, test_scratch_wide_len(shape), teacher_and_attention]).saturating_mul(number)
    };
    let mut working: Vec<_> = tasks.iter().map(working).collect();
    working.sort_unstable_by(|a, b| b.cmp(a));
    working.truncate(threads);
    // The teacher, then the record of both teacher and student; the picture of their difference.
    let kept: Vec<_> = tasks.iter().map(|task| matrices(task.shape).saturating_mul(8 * 4)).collect();
    let drawn = tasks.iter().map(|task| task.shape.mixing_len().saturating_mul(8)).max().unwrap_or(0);
    sum(&[sum(&working), sum(&kept), drawn])
}

impl Plan {
    /// Makes the folder of checkpoints, before any time is spent.
    ///
    /// # Errors
    /// One line that names the folder.
    pub fn prepare(&self) -> Result<(), Failure> {
        self.tasks.iter().filter_map(|job| job.checkpoint.as_ref()).try_for_each(|(checkpoint, _)| checkpoint.prepare())
    }

    /// Trains on the first task alone, and shows nothing.
    ///
    /// # Errors
    /// Why there is no result.
    pub fn run_first(&self, interrupt: &Interrupt) -> Result<RunRecord, Ended> {
        let job = self.tasks.first().ok_or(Ended::Interrupted)?;
        let (executor, bar) = (Threads::new(job.sharers), ProgressBar::hidden());
        match job.settings.precision {
            Precision::F32 => train::<f32>(job, &executor, &bar, interrupt),
            Precision::F64 => train::<f64>(job, &executor, &bar, interrupt),
        }
    }

    /// Trains on every task, as many at a time as there are threads. A run that diverges does not end the others; once
    /// `interrupt` is raised no run takes another step.
    pub fn run(&self, interrupt: &Interrupt) -> Output<RunRecord> {
        let name = |job: &Job| shown(&job.task.name, LONGEST_NAME);
        let width = self.tasks.iter().map(|job| name(job).chars().count()).max().unwrap_or(0);
        let bars = bars();
        let bars: Vec<_> = self
            .tasks
            .iter()
            .map(|job| bar(&bars, &format!("{:width$}", name(job)), "steps", Some(job.settings.steps)))
            .collect();
        let executors: Vec<_> = self.tasks.iter().map(|job| Threads::new(job.sharers)).collect();
        let results = each(self.tasks.len(), self.threads, interrupt, |i| {
            let (Some(job), Some(executor), Some(bar)) = (self.tasks.get(i), executors.get(i), bars.get(i)) else {
                return Err(Ended::Interrupted);
            };
            begin(bar);
            let result = match job.settings.precision {
                Precision::F32 => train::<f32>(job, executor, bar, interrupt),
                Precision::F64 => train::<f64>(job, executor, bar, interrupt),
            };
            bar.finish();
            result
        });
        let mut output = Output { runs: Vec::new(), unfinished: Vec::new() };
        for (job, slot) in self.tasks.iter().zip(results) {
            match slot {
                Ok(run) => output.runs.push(run),
                Err(ended) => output.unfinished.push(job.unfinished(ended)),
            }
        }
        output
    }
}

/// Does `count` things, as many at a time as there are threads; those that are not begun when `interrupt` is raised end so.
pub fn each<R: Send>(
    count: usize,
    threads: usize,
    interrupt: &Interrupt,
    work: impl Fn(usize) -> Result<R, Ended> + Sync,
) -> Vec<Result<R, Ended>> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Result<R, Ended>>> = (0..count).map(|_| Mutex::new(Err(Ended::Interrupted))).collect();
    let work = || {
        while !interrupt.raised() {
            let i = next.fetch_add(1, Ordering::Relaxed);
            let Some(slot) = results.get(i) else { return };
            let result = work(i);
            if let Ok(mut slot) = slot.lock() {
                *slot = result;
            }
        }
    };
    thread::scope(|scope| {
        // A thread that the system refuses leaves its tasks to the others, and one needs none.
        let _ = (1..threads).try_for_each(|_| thread::Builder::new().spawn_scoped(scope, work).map(drop));
        work();
    });
    results.into_iter().map(|slot| slot.into_inner().unwrap_or(Err(Ended::Interrupted))).collect()
}

impl Job {
    fn unfinished(&self, ended: Ended) -> Unfinished {
        let Settings { rate, attention_rate, .. } = self.settings;
        let help = match (self.settings.rules.rule, self.settings.rules.value_rule) {
            // W lags behind, and turns the sign of a gradient that the step divides by.
            (RuleName::Polyak, ValueRuleName::Gd) if self.settings.mode == Mode::Population => {
                "expected --value-rule projected with --rule polyak"
            }
            _ => "a lower rate may help",
        };
        let settings = format!(" at --rate {rate:?} --attention-rate {attention_rate:?}; {help}");
        Unfinished::new(&self.task.name, &self.task.origin, &settings, ended)
    }
}

/// Trains one student on one teacher.
fn train<T: Scalar>(
    job: &Job,
    executor: &Threads,
    bar: &ProgressBar,
    interrupt: &Interrupt,
) -> Result<RunRecord, Ended> {
    let Job { task, settings, .. } = job;
    let shape = task.shape;
    let owned = task.teacher::<T>()?;
    let teacher = owned.view()?;
    let descent = settings.descent(teacher);
    let (mut memory, mut steps) = (zeros(student_len(shape))?, 0);
    let mut student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
    let earlier = job.checkpoint.as_ref().and_then(|(_, earlier)| earlier.as_ref());
    let rules = settings.rules.cast();
    let mut kept = zeros(rules.attention.state_len(shape))?;
    let load = |earlier: &Progress<_>| load_ruled(&earlier.snapshot, &mut student, rules.attention.kind(), &mut kept);
    let stream = earlier.map(load).transpose()?.flatten();
    match settings.mode {
        Mode::Population => {
            let mut scratch = zeros(population_scratch_len(shape))?;
            let scratch = PopulationScratchViewMut::new(shape, &mut scratch)?;
            if settings.rules.plain() {
                let mut training = Population::new(student, teacher, scratch)?;
                return record(&mut training, job, teacher, &descent, |_| (None, &[]), (bar, interrupt));
            }
            let mut memory = zeros(ruled_scratch_len(shape))?;
            let mut training = RuledPopulation::new(student, teacher, scratch, rules, &mut kept, &mut memory)?;
            record(&mut training, job, teacher, &descent, |training| (None, training.kept()), (bar, interrupt))
        }
        Mode::Online => {
            let scratch_len = online_scratch_parallel_len(shape, settings.batch, executor.size());
            let (mut scratch, mut batch_loss) = (zeros(scratch_len)?, BatchLoss::ZERO);
            let scratch = OnlineScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
            let source = Source {
                stream: stream.unwrap_or(SampleStream::new(settings.seed)),
                input: settings.input.0.cast(),
                noise: LabelNoise {
                    mean: T::from_f64(settings.noise_mean),
                    standard_deviation: T::from_f64(settings.noise),
                },
                batch: settings.batch,
            };
            let mut online = Online::with_executor(student, teacher, source, scratch, executor)?;
            if settings.rules.plain() {
                return record(
                    &mut online,
                    job,
                    teacher,
                    &descent,
                    |online| (Some(online.stream()), &[]),
                    (bar, interrupt),
                );
            }
            let rule = RuleState::new(shape, rules.attention, &mut kept)?.with_value_rule(rules.value);
            let mut training = RuledOnline::new(online, rule)?;
            record(
                &mut training,
                job,
                teacher,
                &descent,
                |training| (Some(training.stream()), training.kept()),
                (bar, interrupt),
            )
        }
    }
}

/// Runs a training to its end and records what it does on the way.
fn record<T: Scalar, L: Measured<T>>(
    training: &mut L,
    Job { task, settings, checkpoint, .. }: &Job,
    teacher: TeacherView<'_, T>,
    descent: &Descent<T>,
    kept: impl Fn(&L) -> (Option<SampleStream>, &[T]),
    (bar, interrupt): (&ProgressBar, &Interrupt),
) -> Result<RunRecord, Ended> {
    let shape = task.shape;
    let mut row = zeros(shape.tokens())?;
    let mut scratch = zeros(test_scratch_wide_len(shape))?;
    // The test inputs are common to the whole run, so that the curve shows the student and not the sampling.
    let test = TestSet {
        input: settings.test_input.0.cast(),
        seed: settings.seed ^ 0x7E57,
        samples: test_samples(shape),
        noise_mean: T::from_f64(TEST_NOISE_MEAN),
    };
    let earlier = checkpoint.as_ref().and_then(|(_, earlier)| earlier.clone());
    let (mut seconds, mut curve) = earlier.map_or((0.0, Vec::new()), |earlier| (earlier.seconds, earlier.curve));
    // The end of a shorter run is no point of this one's curve.
    curve.retain(|point: &CurvePoint| is_point(point.step, settings.steps));
    let mut attention = zeros(shape.mixing_len())?;
    let mut look = |training: &mut L, curve: &mut Vec<CurvePoint>, last: bool| -> Result<(), Ended> {
        let step = training.student().steps();
        let known = curve.last().is_some_and(|last| last.step >= step);
        if known || !(last || is_point(step, settings.steps)) {
            return Ok(());
        }
        let excess_loss = training.measure().excess_loss.to_f64();
        let student = training.student();
        let recovered = recovery(student, teacher, &mut row)?;
        let TestExcess { excess, first_order, .. } = test_excess(student, teacher, &test, &mut scratch)?;
        student.attention(&mut attention)?;
        curve.push(CurvePoint {
            step,
            excess_loss,
            ood_excess: Some(excess),
            ood_first_order: Some(first_order),
            value_cosine_min: recovered.value_cosine_min.map(T::to_f64),
            value_error: relative_error(student.value(), teacher.value()),
            attention_error: relative_error(&attention, teacher.mixing()),
            digest: digest(student),
        });
        bar.set_position(step);
        bar.set_message(format!("excess loss {excess_loss:.2e}"));
        Ok(())
    };
    // Of a run that goes on, too.
    let first = match (settings.goals, curve.first()) {
        (None, _) => 0.0,
        (_, Some(point)) => point.excess_loss,
        (_, None) => training.measure().excess_loss.to_f64(),
    };
    let ended = loop {
        let since = Instant::now();
        let due = || checkpoint.as_ref().is_some_and(|(checkpoint, _)| since.elapsed() >= checkpoint.interval);
        let watch = |steps, _| {
            at(bar, steps);
            if interrupt.raised() || due() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let watched = Aimed::new(Watched { steps: settings.steps, watch: &watch }, settings.goals.as_ref(), first);
        let (followed, stopped) =
            follow_on(training, descent, &watched, |training: &mut L| look(training, &mut curve, false))?;
        let Followed { seconds: more, .. } = followed;
        seconds += more;
        if let Some((checkpoint, _)) = checkpoint {
            let (rule, (stream, kept)) = (settings.rules.cast::<T>().attention.kind(), kept(training));
            let (student, context) = (training.student(), Context { stream, activation: None });
            let snapshot = |bytes: &mut [u8]| save_ruled(student, &context, (rule, kept), bytes);
            if let Err(failure) = checkpoint.save((ruled_snapshot_len::<T>(shape, rule), snapshot), seconds, &curve) {
                // A run of days does not end for it.
                let _ = writeln!(std::io::stderr(), "tutee: {failure}");
            }
        }
        match stopped {
            Stopped::Observer if interrupt.raised() => return Err(Ended::Interrupted),
            Stopped::Observer => {}
            ended => break ended,
        }
    };
    look(training, &mut curve, true)?;
    training.student().attention(&mut attention)?;

    let student = training.student();
    let recovered = recovery(student, teacher, &mut row)?;
    let steps = student.steps();
    let slope_over = |decades: f64, y: fn(&CurvePoint) -> Option<f64>| {
        let from = steps as f64 / Scalar::exp(decades * std::f64::consts::LN_10);
        let late = curve.iter().filter(move |point| point.step as f64 >= from);
        log_log_slope(late.filter_map(move |point| Some((point.step as f64, y(point)?))))
    };
    let excess_loss = curve.last().map(|point| point.excess_loss);
    // The law is one of standard Gaussian inputs and plain descent.
    let lawful =
        |&group: &usize| group < shape.tokens() && settings.input == InputName::GAUSSIAN && settings.noise_mean == 0.0;
    let group = task.group.filter(lawful);
    let law = group.filter(|_| settings.rules.plain()).map(|group| Law {
        group,
        outputs: shape.outputs(),
        tokens: shape.tokens(),
        attention_rate: settings.attention_rate,
    });
    let known = Circumstances {
        law,
        best_loss: best_loss(teacher),
        row_sum: row_sum(teacher),
        sampled: settings.mode == Mode::Online,
        noisy: settings.noise > 0.0 || settings.noise_mean != 0.0,
        epsilon: T::EPSILON.to_f64(),
    };
    let losses: Vec<_> = curve.iter().map(|point| (point.step, point.excess_loss)).collect();
    let judgement = judge(losses.iter().copied(), &known);
    let line = group.and_then(|group| match settings.mode {
        Mode::Population => settings.rules.line(group, shape),
        Mode::Online => settings.rules.line_from_samples(known.noisy),
    });
    let line_ratio = line.and_then(|line| line.ratio(&losses, known.epsilon));
    let (verdict, reason) = if settings.rules.plain() {
        (Some(judgement.verdict), judgement.reason)
    } else {
        // Close to the end W moves along a curvature of q J / K.
        let curvature =
            teacher.activation().second_moment().to_f64() * shape.outputs() as f64 / smallest_group(task) as f64;
        step_rules::judge(settings.rules, judgement, (line_ratio, settings.rate * curvature >= 2.0), &known)
    };
    Ok(RunRecord {
        summary: Summary {
            provenance: Provenance::now(),
            task: task.name.clone(),
            scalar: if T::BITS == 32 { "f32" } else { "f64" },
            mode: match settings.mode {
                Mode::Population => "population",
                Mode::Online => "online",
            },
            activation: task.activation,
            filters: shape.filters(),
            features: shape.features(),
            tokens: shape.tokens(),
            outputs: shape.outputs(),
            group: task.group,
            rate: settings.rate,
            attention_rate: settings.attention_rate,
            steps,
            seed: settings.seed,
            excess_loss_start: curve.first().map(|point| point.excess_loss),
            excess_loss,
            slope: slope_over(0.5, |point| Some(point.excess_loss)),
            law_ratio: law.and_then(|law| Some(excess_loss? / law.excess(steps))),
            line_ratio,
            verdict: verdict.map(Verdict::name),
            reason: Some(reason),
            failed: judgement.verdict.failed(),
            steps_needed: judgement.steps_needed,
            best_loss: known.best_loss,
            value_cosine_min: recovered.value_cosine_min.map(T::to_f64),
            attention_error_max: Some(recovered.attention_error_max.to_f64()),
            ood_slope: slope_over(1.0, |point| point.ood_excess),
            seconds,
            digest: format!("{:016x}", digest(student)),
            teacher_value: rows(teacher.value(), shape.features())?,
        },
        kind: Kind::position(settings.rules, Some(settings.input), Some(settings.test_input)),
        batch: (settings.mode == Mode::Online).then_some(settings.batch),
        noise: (settings.mode == Mode::Online).then_some(settings.noise),
        noise_mean: (settings.mode == Mode::Online).then_some(settings.noise_mean),
        chosen: task.chosen.clone(),
        stop: StopRecord::new(settings.goals.as_ref(), ended),
        ood_first_order_slope: slope_over(1.0, |point| point.ood_first_order),
        value: rows(student.value(), shape.features())?,
        attention: rows(&attention, shape.tokens())?,
        logits: rows(student.logits(), shape.tokens())?,
        teacher_mixing: rows(teacher.mixing(), shape.tokens())?,
        curve,
    })
}

/// So many samples that they cost what 2,000 cost at the default sizes.
fn test_samples(shape: Shape) -> u32 {
    let samples = TEST_SAMPLES * cost(4, 6, 16, 16) / sample_cost(shape);
    samples.clamp(FEWEST_TEST_SAMPLES, TEST_SAMPLES) as u32
}

/// Multiplications of an answer to one sample.
fn sample_cost(shape: Shape) -> usize {
    cost(shape.filters(), shape.features(), shape.tokens(), shape.outputs())
}

fn cost(filters: usize, features: usize, tokens: usize, outputs: usize) -> usize {
    filters.saturating_mul(tokens).saturating_mul(features.saturating_add(outputs))
}

/// `|A - B| / |B|`, Frobenius; none where B is zero.
pub fn relative_error<T: Scalar>(a: &[T], b: &[T]) -> Option<f64> {
    let (mut apart, mut norm) = (0.0, 0.0);
    for (a, b) in a.iter().zip(b).map(|(a, b)| (a.to_f64(), b.to_f64())) {
        apart += (a - b) * (a - b);
        norm += b * b;
    }
    (norm > 0.0).then(|| Scalar::sqrt(apart / norm))
}

/// A matrix as JSON wants it.
///
/// # Errors
/// [`Ended::Memory`].
pub fn rows<T: Scalar>(matrix: &[T], cols: usize) -> Result<Vec<Vec<f64>>, Ended> {
    matrix.chunks(cols).map(|row| collected(row.iter().map(|x| x.to_f64()), row.len())).collect()
}
