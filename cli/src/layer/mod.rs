//! `tutee learn --student layer`: trains the whole attention layer on samples that are drawn, or, where sets come with the sample, on
//! all inputs at once.
//!
//! [`job`] reads what is asked for, [`model`] makes the layer, [`train`] trains and records it; here all tasks are planned and run.

pub mod design;
mod job;
pub mod model;
pub mod options;
mod rates;
pub mod record;
pub mod shares;
pub mod train;
mod training;

use std::thread;

use indicatif::ProgressBar;
use tutee::Scalar;

pub use self::job::Recorded;
use self::job::{Choice, Job, per_sample};
use self::model::Model;
use self::options::PerSample;
use self::record::LayerRecord;
use self::train::{check_training, train};
use crate::args::{LearnArgs, Mode, Precision, TaskName};
use crate::checkpoint::Kept;
use crate::failure::{Ended, Failure};
use crate::interrupt::Interrupt;
use crate::learn::{check_numbers, refuse_samples};
use crate::memory::ensure;
use crate::parallel::each;
use crate::progress::{bar, bars, begin};
use crate::record::Output;
use crate::task::{BuiltIn, Task};
use crate::teacher_file;
use crate::text::{LONGEST_NAME, shown};

/// What is to be trained, with every option checked and nothing begun.
#[derive(Debug)]
pub struct Plan {
    jobs: Vec<Job>,
    threads: usize,
}

/// Checks what the options ask for.
///
/// # Errors
/// One line that names the option or the file, the field and what was expected.
pub fn plan(args: &LearnArgs) -> Result<Plan, Failure> {
    args.rules.refuse_for_layer()?;
    let closed = |name: &TaskName| matches!(name, TaskName::PerSample(PerSample::Selection));
    if args.mode == Mode::Population {
        if args.teacher.is_some() || args.tasks.is_empty() || !args.tasks.iter().all(closed) {
            let why = "the gradient of a layer over all inputs has no closed form but for selection-per-sample; expected --mode \
                       online with it, or of group-sparse-classification --student position";
            return Err(Failure::usage(format!("--student layer: {why}{}", args.stop.without())));
        }
        refuse_samples(args)?;
    }
    let teacher = args.teacher.as_deref().map(teacher_file::read_any).transpose()?;
    let names = match (&teacher, args.tasks.as_slice()) {
        (Some(_), _) => vec![],
        (None, []) => TaskName::all(),
        (None, names) => names.to_vec(),
    };
    let built_in = names.iter().map(|name| match name {
        TaskName::PerSample(task) => per_sample(*task, args),
        _ => {
            let task = BuiltIn::read(name)?;
            let shape = task.sizes(args)?;
            Ok((Task::built_in(&task, shape, args)?, Choice::Fixed))
        }
    });
    let teacher = teacher.map(|(task, looks)| Ok((task, looks.map_or(Choice::Fixed, Choice::SelfAttention))));
    let teachers = teacher.into_iter().chain(built_in);
    let jobs = teachers.map(|teacher| Job::new(teacher?, args)).collect::<Result<Vec<_>, Failure>>()?;
    Plan::of(jobs, args.threads, "--student layer")
}

/// Plans runs again that results describe.
///
/// # Errors
/// One line that names the run, the field and what was expected.
pub fn plan_recorded(runs: Vec<Recorded>, threads: Option<usize>) -> Result<Plan, Failure> {
    let jobs = runs.into_iter().map(Job::recorded).collect::<Result<Vec<_>, Failure>>()?;
    Plan::of(jobs, threads, "rerun")
}

/// Refuses what the core refuses, before any step.
fn check(job: &Job) -> Result<(), Failure> {
    match job.settings.precision {
        Precision::F32 => check_in::<f32>(job),
        Precision::F64 => check_in::<f64>(job),
    }
}

fn check_in<T: Scalar>(job: &Job) -> Result<(), Failure> {
    if !job.task.mixing.is_empty() {
        job.task.check_range::<T>()?;
    }
    let noise = (job.settings.noise, job.settings.noise_mean);
    check_numbers::<T>(job.settings.rate, job.settings.attention_rate, noise)?;
    let name = shown(&job.task.name, LONGEST_NAME);
    Model::<T>::new(job.shape, &job.settings.design, job.activation(), job.settings.seed)
        .and_then(|model| check_training(job, model))
        .map_err(|ended| match ended {
            Ended::Refused(error) => Failure::usage(format!("{name}: {}", job.settings.design.refusal(error))),
            _ => Failure::check(format!("{name}: the system gave no memory")),
        })
}

impl Plan {
    /// Checks that there is memory for all jobs and that the core takes each; `what` asks for them.
    fn of(jobs: Vec<Job>, threads: Option<usize>, what: &str) -> Result<Self, Failure> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.unwrap_or(cores).min(jobs.len()).max(1);
        ensure(what, jobs.iter().map(Job::need).fold(0_usize, usize::saturating_add))?;
        jobs.iter().try_for_each(check)?;
        Ok(Self { jobs, threads })
    }

    /// Makes the folder of checkpoints, before any time is spent.
    ///
    /// # Errors
    /// One line that names the folder.
    pub fn prepare(&self) -> Result<(), Failure> {
        Kept::prepare(self.jobs.iter().filter_map(|job| job.checkpoint.as_ref()))
    }

    /// Trains on the first task alone, and shows nothing.
    ///
    /// # Errors
    /// Why there is no result.
    pub fn run_first(&self, interrupt: &Interrupt) -> Result<LayerRecord, Ended> {
        let job = self.jobs.first().ok_or(Ended::Interrupted)?;
        match job.settings.precision {
            Precision::F32 => train::<f32>(job, &ProgressBar::hidden(), interrupt),
            Precision::F64 => train::<f64>(job, &ProgressBar::hidden(), interrupt),
        }
    }

    /// Trains on every task, as many at a time as there are threads. A run that diverges does not end the others.
    pub fn run(&self, interrupt: &Interrupt) -> Output<LayerRecord> {
        let name = |job: &Job| shown(&job.task.name, LONGEST_NAME);
        let width = self.jobs.iter().map(|job| name(job).chars().count()).max().unwrap_or(0);
        let bars = bars();
        let bars: Vec<_> = self
            .jobs
            .iter()
            .map(|job| bar(&bars, &format!("{:width$}", name(job)), "steps", Some(job.settings.steps)))
            .collect();
        let results = each(self.jobs.len(), self.threads, interrupt, |i| {
            let (Some(job), Some(bar)) = (self.jobs.get(i), bars.get(i)) else { return Err(Ended::Interrupted) };
            begin(bar);
            let result = match job.settings.precision {
                Precision::F32 => train::<f32>(job, bar, interrupt),
                Precision::F64 => train::<f64>(job, bar, interrupt),
            };
            bar.finish();
            result
        });
        let mut output = Output { runs: Vec::new(), unfinished: Vec::new() };
        for (job, result) in self.jobs.iter().zip(results) {
            match result {
                Ok(run) => output.runs.push(run),
                Err(ended) => output.unfinished.push(job.unfinished(ended)),
            }
        }
        output
    }
}
