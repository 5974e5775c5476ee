//! `tutee learn`: trains on every task that was asked for, all at once, and measures as it goes.

mod cost;
mod imitation;
mod job;
mod label;
mod learning;
mod need;
mod settings;
mod train;

use std::thread;

use flate2::Crc;
use indicatif::ProgressBar;
use tutee::snapshot::inspect;
use tutee::teacher::TeacherView;
use tutee::{Error, Scalar, Shape};

use self::job::{Job, sharers};
use self::need::{Need, need};
use self::settings::{Settings, batch};
use self::train::train;
use crate::args::{LearnArgs, Mode, Precision, StudentArgs, TaskName};
use crate::checkpoint::{Kept, sizes};
use crate::executor::Threads;
use crate::failure::{Ended, Failure};
use crate::input::InputName;
use crate::interrupt::Interrupt;
use crate::layer::options::{LossName, PerSample};
use crate::memory::ensure;
use crate::parallel::each;
use crate::progress::{bar, bars, begin};
use crate::record::{ActivationRecord, CurvePoint, Output, RunRecord};
use crate::step_rules::StepRules;
use crate::task::{BuiltIn, Task};
use crate::teacher_file;
use crate::text::{LONGEST_NAME, shown};
use crate::watch::Goals;

pub use self::settings::{BATCH, check_numbers, own_activation, refuse_samples, step_rules};

/// What is to be trained, with every option checked and nothing begun.
#[derive(Debug)]
pub struct Plan {
    tasks: Vec<Job>,
    threads: usize,
}

/// Checks what the options ask for, and that there is memory for it.
///
/// # Errors
/// One line that names the option or the file, the field and what was expected.
pub fn plan(args: &LearnArgs) -> Result<Plan, Failure> {
    let labels = |name: &TaskName| *name == TaskName::PerSample(PerSample::Classification);
    args.student.refuse_for_position(args.tasks.iter().any(labels), true)?;
    args.tasks.iter().try_for_each(|name| refuse_loss(name, labels(name), &args.student))?;
    args.rules.check_theta()?;
    args.rules.check_rates(args.rate, args.attention_rate)?;
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

    let built_in = built_in
        .iter()
        .zip(sizes)
        .map(|(task, shape)| Ok((Task::built_in(task, shape, args)?, matches!(task, BuiltIn::Classification))));
    let teacher = teacher.map(|task| Ok((task, false)));
    let tasks = teacher.into_iter().chain(built_in).zip(sharers).map(|(task, sharers)| {
        let (task, labels) = task?;
        let settings = Settings::new(args, &task, labels)?;
        Ok(Job { checkpoint: checkpoint(args, &task, &settings)?, settings, task, sharers })
    });
    Ok(Plan { tasks: tasks.collect::<Result<_, _>>()?, threads })
}

/// Refuses a loss that is not that of the task's answers, and flips of what are no labels.
fn refuse_loss(name: &TaskName, labels: bool, student: &StudentArgs) -> Result<(), Failure> {
    let refuse = |told: &str| Err(Failure::usage(format!("{name}: {told}")));
    match (labels, student.loss) {
        (true, Some(LossName::Squared)) => refuse("--loss squared: its answers are labels; expected logistic"),
        (false, Some(LossName::Logistic)) => refuse("--loss logistic: its answers are no labels; expected squared"),
        (false, _) if student.flips.is_some() => refuse("--flips: its answers are no labels; expected none"),
        _ => Ok(()),
    }
}

/// Where a run keeps what it has done, and what is there already.
fn checkpoint(args: &LearnArgs, task: &Task, settings: &Settings) -> Result<Option<Kept<CurvePoint>>, Failure> {
    let mut teacher = Crc::new();
    task.value.iter().chain(&task.mixing).for_each(|number| teacher.update(&number.to_le_bytes()));
    let mut run = vec![
        ("the command", "learn".to_owned()),
        ("task", task.name.clone()),
        ("activation", task.activation.to_string()),
    ];
    run.extend(sizes(task.shape));
    run.extend(settings.named());
    run.push(("the teacher's matrices", format!("{:08x}", teacher.sum())));
    Kept::new(&args.kept, run, settings.steps, |snapshot| Ok(inspect(snapshot)?.steps))
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
    /// None of a student with the teacher's.
    pub student_activation: Option<ActivationRecord>,
    /// How likely a label is flipped; none where answers are no labels.
    pub flips: Option<f64>,
    /// Whether position codes are random orthonormal ones, and not unit vectors.
    pub orthonormal: bool,
    /// The tokens that the teacher of a selection reads.
    pub chosen: Option<Vec<usize>>,
    /// What ends it before its last step.
    pub goals: Option<Goals>,
}

/// How many tokens each output averages, where all do so alike in this type.
fn group_of<T: Scalar>(task: &Task) -> Result<Option<usize>, Failure> {
    let name = shown(&task.name, LONGEST_NAME);
    let owned = task.teacher::<T>().map_err(|_| Failure::check(format!("{name}: the system gave no memory")))?;
    Ok(owned.view().map_err(|error| Failure::usage(format!("{name}: {error}")))?.group())
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
        TeacherView::new(shape, run.activation.into(), &run.value, &run.mixing).map_err(refuse)?;
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
            goals: run.goals,
            student_activation: run.student_activation.filter(|&own| own != run.activation),
            flips: run.flips,
            orthonormal: run.orthonormal,
        };
        let (name, activation) = (run.name, run.activation);
        let (value, mixing, chosen) = (run.value, run.mixing, run.chosen);
        let task = Task { origin: name.clone(), name, shape, activation, value, mixing, group: None, chosen };
        settings.check_activation(&task)?;
        settings.check_in_its_type(&task)?;
        // Weights are those of the type that trained, in which a third is another number.
        let group = match settings.precision {
            Precision::F32 => group_of::<f32>(&task),
            Precision::F64 => group_of::<f64>(&task),
        };
        let task = Task { group: group?, ..task };
        settings.check_labels(&task)?;
        let sharers = sharers(settings.mode, settings.batch, shape, share);
        Ok(Job { task, settings, sharers, checkpoint: None })
    };
    let tasks = runs.into_iter().map(job).collect::<Result<Vec<_>, Failure>>()?;
    let needs: Vec<_> = tasks.iter().map(Need::of).collect();
    ensure("rerun", need(&needs, at_once))?;
    Ok(Plan { tasks, threads: at_once })
}

impl Plan {
    /// Makes the folder of checkpoints, before any time is spent.
    ///
    /// # Errors
    /// One line that names the folder.
    pub fn prepare(&self) -> Result<(), Failure> {
        Kept::prepare(self.tasks.iter().filter_map(|job| job.checkpoint.as_ref()))
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
