//! `tutee learn`: trains on every task that was asked for, all at once, and measures as it goes.

use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aligned_vec::avec;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use tutee::crew::Crew;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_crew_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::Tally;
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::recovery::out_of_distribution::{TestExcess, TestSet, test_excess, test_scratch_wide_len};
use tutee::recovery::{law, log_log_slope, recovery};
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::trace::Schedule;
use tutee::training::{StopRule, Training, run};
use tutee::vector::LINE;
use tutee::{Error, Scalar, Shape};

use crate::args::{LearnArgs, Mode, Precision, TaskName};
use crate::crew::Threads;
use crate::failure::Failure;
use crate::record::{CurvePoint, RunRecord};
use crate::task::Task;
use crate::teacher_file;

/// Steps of a run unless the command line says otherwise.
const POPULATION_STEPS: u64 = 1_000_000;
const ONLINE_STEPS: u64 = 20_000;

/// Points of the curve in a factor of ten of steps.
const POINTS_PER_DECADE: u32 = 20;

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
}

impl Settings {
    fn new(args: &LearnArgs, task: &Task) -> Result<Self, Failure> {
        // K of an irregular teacher varies; the smallest group is the safe choice.
        let tokens = task.shape.tokens();
        let smallest = task.mixing.chunks(tokens).map(|row| row.iter().filter(|&&s| s != 0.0).count().max(1)).min();
        let default = smallest.unwrap_or(1) as f64 / task.shape.outputs() as f64;
        let rate = args.rate.unwrap_or(default);
        let settings = Self {
            mode: args.mode,
            precision: args.scalar,
            steps: args.steps.unwrap_or(match args.mode {
                Mode::Population => POPULATION_STEPS,
                Mode::Online => ONLINE_STEPS,
            }),
            rate,
            attention_rate: args.attention_rate.unwrap_or(rate),
            batch: args.batch,
            seed: args.seed,
            noise: args.noise,
        };
        match settings.precision {
            Precision::F32 => settings.check::<f32>(task)?,
            Precision::F64 => settings.check::<f64>(task)?,
        }
        Ok(settings)
    }

    /// Refuses numbers that are no legal settings in the number type of the run.
    fn check<T: Scalar>(&self, task: &Task) -> Result<(), Failure> {
        task.check_range::<T>()?;
        let in_type = |value: f64| T::from_f64(value);
        for (option, value) in [("--rate", self.rate), ("--attention-rate", self.attention_rate)] {
            if !(in_type(value) > T::ZERO && in_type(value).is_finite()) {
                return Err(Failure::usage(format!("{option}: {value:?}; expected a positive number in f{}", T::BITS)));
            }
        }
        if !(self.noise >= 0.0 && in_type(self.noise).is_finite()) {
            let noise = self.noise;
            return Err(Failure::usage(format!("--noise: {noise:?}; expected a number from 0 in f{}", T::BITS)));
        }
        Ok(())
    }

    /// How many of `threads` share the work on a batch: one where that is done before a second thread has woken up.
    fn crew(&self, task: &Task, threads: usize) -> usize {
        let batch = sample_cost(task.shape).saturating_mul(self.batch as usize);
        if self.mode == Mode::Online && batch >= SHARED_COST { threads.min(MOST_THREADS) } else { 1 }
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

/// The tasks that the options ask for.
///
/// # Errors
/// One line that names the option or the file, the field and what was expected.
fn tasks_of(args: &LearnArgs) -> Result<Vec<Task>, Failure> {
    if let Some(path) = &args.teacher {
        return Ok(vec![teacher_file::read(path)?]);
    }
    let names = if args.tasks.is_empty() { TaskName::ALL.to_vec() } else { args.tasks.clone() };
    names.into_iter().map(|name| Task::built_in(name, args)).collect()
}

/// Trains on every task that the options ask for.
///
/// # Errors
/// One line for bad input, before anything runs; or for the first run that diverged.
pub fn learn(args: &LearnArgs) -> Result<Vec<RunRecord>, Failure> {
    let tasks = tasks_of(args)?;
    let settings = tasks.iter().map(|task| Settings::new(args, task)).collect::<Result<Vec<_>, _>>()?;
    let bars = MultiProgress::new();
    let width = tasks.iter().map(|task| task.name.len()).max().unwrap_or(0);
    let bars: Vec<_> = tasks.iter().zip(&settings).map(|(task, s)| bar(&bars, &task.name, width, s.steps)).collect();

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = args.threads.unwrap_or(cores);
    // What tasks leave over works inside their batches.
    let crew = |(task, settings): (&Task, &Settings)| Threads::new(settings.crew(task, threads / tasks.len().max(1)));
    let crews = tasks.iter().zip(&settings).map(crew).collect::<Result<Vec<_>, _>>()?;
    let threads = threads.min(tasks.len()).max(1);
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<RunRecord, Failure>>>> = tasks.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(task), Some(settings), Some(crew), Some(bar)) =
                        (tasks.get(i), settings.get(i), crews.get(i), bars.get(i))
                    else {
                        return;
                    };
                    let result = match settings.precision {
                        Precision::F32 => train::<f32>(task, settings, crew, bar),
                        Precision::F64 => train::<f64>(task, settings, crew, bar),
                    };
                    bar.finish();
                    if let Ok(mut slot) = results[i].lock() {
                        *slot = Some(result.map_err(|error| failure(task, settings, error)));
                    }
                }
            });
        }
    });
    let lost = || Failure::check("a training thread ended without a result");
    results.into_iter().map(|slot| slot.into_inner().ok().flatten().unwrap_or_else(|| Err(lost()))).collect()
}

fn failure(task: &Task, settings: &Settings, error: Error) -> Failure {
    match error {
        Error::Diverged => Failure::check(format!(
            "{}: training diverged at --rate {:?} --attention-rate {:?}; a lower rate may help",
            task.origin, settings.rate, settings.attention_rate
        )),
        _ => Failure::usage(format!("{}: {error}", task.origin)),
    }
}

fn bar(bars: &MultiProgress, name: &str, width: usize, steps: u64) -> ProgressBar {
    let bar = bars.add(ProgressBar::new(steps));
    if let Ok(style) = ProgressStyle::with_template("{prefix} {bar:32} {human_pos:>10} steps  {msg}") {
        bar.set_style(style);
    }
    bar.set_prefix(format!("{name:width$}"));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Trains one student on one teacher.
fn train<T: Scalar>(task: &Task, settings: &Settings, crew: &Threads, bar: &ProgressBar) -> Result<RunRecord, Error> {
    let shape = task.shape;
    let owned = task.teacher::<T>();
    let teacher = owned.view()?;
    let descent = settings.descent(teacher);
    let (mut memory, mut steps) = (avec![[LINE]| T::ZERO; student_len(shape)], 0);
    let student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
    match settings.mode {
        Mode::Population => {
            let mut scratch = avec![[LINE]| T::ZERO; population_scratch_len(shape)];
            let scratch = PopulationScratchViewMut::new(shape, &mut scratch)?;
            follow(&mut Population::new(student, teacher, scratch)?, task, teacher, settings, &descent, bar)
        }
        Mode::Online => {
            let scratch_len = online_scratch_crew_len(shape, settings.batch, crew.size());
            let (mut scratch, mut tally) = (avec![[LINE]| T::ZERO; scratch_len], Tally::ZERO);
            let scratch = OnlineScratchViewMut::new(shape, &mut scratch, &mut tally)?;
            let source = Source {
                stream: SampleStream::new(settings.seed),
                input: Input::Gaussian,
                noise: LabelNoise { mean: T::ZERO, standard_deviation: T::from_f64(settings.noise) },
                batch: settings.batch,
            };
            follow(
                &mut Online::with_crew(student, teacher, source, scratch, crew)?,
                task,
                teacher,
                settings,
                &descent,
                bar,
            )
        }
    }
}

/// Runs a training to its end and records what it does on the way.
fn follow<T: Scalar, L: Training<T>>(
    training: &mut L,
    task: &Task,
    teacher: TeacherView<'_, T>,
    settings: &Settings,
    descent: &Descent<T>,
    bar: &ProgressBar,
) -> Result<RunRecord, Error> {
    let shape = task.shape;
    let mut row = vec![T::ZERO; shape.tokens()];
    let mut scratch = vec![T::ZERO; test_scratch_wide_len(shape)];
    // The test inputs are common to the whole run, so that the curve shows the student and not the sampling.
    let test = TestSet {
        input: Input::Exponential,
        seed: settings.seed ^ 0x7E57,
        samples: test_samples(shape),
        noise_mean: T::from_f64(TEST_NOISE_MEAN),
    };
    let mut curve = Vec::new();
    let (mut trouble, mut watching) = (None, Duration::ZERO);
    let start = Instant::now();
    run(training, descent, &StopRule::steps(settings.steps), Schedule::per_decade(POINTS_PER_DECADE), |training| {
        let pause = Instant::now();
        let excess_loss = training.measure().excess_loss.to_f64();
        let student = training.student();
        let seen = recovery(student, teacher, &mut row)
            .and_then(|recovered| Ok((recovered, test_excess(student, teacher, &test, &mut scratch)?)));
        let step = student.steps();
        let flow = match seen {
            Ok((recovered, TestExcess { excess, first_order, .. })) => {
                curve.push(CurvePoint {
                    step,
                    excess_loss,
                    ood_excess: Some(excess),
                    ood_first_order: Some(first_order),
                    value_cosine_min: recovered.value_cosine_min.map(T::to_f64),
                });
                ControlFlow::Continue(())
            }
            Err(error) => {
                trouble = Some(error);
                ControlFlow::Break(())
            }
        };
        bar.set_position(step);
        bar.set_message(format!("excess loss {excess_loss:.2e}"));
        watching += pause.elapsed();
        flow
    })?;
    let seconds = (start.elapsed() - watching).as_secs_f64();
    if let Some(error) = trouble {
        return Err(error);
    }

    let student = training.student();
    let recovered = recovery(student, teacher, &mut row)?;
    let mut attention = vec![T::ZERO; shape.mixing_len()];
    student.attention(&mut attention)?;
    let steps = student.steps();
    let slope_over = |decades: f64, y: fn(&CurvePoint) -> Option<f64>| {
        let from = steps as f64 / Scalar::exp(decades * std::f64::consts::LN_10);
        let late = curve.iter().filter(move |point| point.step as f64 >= from);
        log_log_slope(late.filter_map(move |point| Some((point.step as f64, y(point)?))))
    };
    let excess_loss = curve.last().map(|point| point.excess_loss);
    let law_ratio = task.group.filter(|&group| group < shape.tokens()).and_then(|group| {
        Some(excess_loss? / law(group, shape.outputs(), shape.tokens(), settings.attention_rate, steps))
    });
    Ok(RunRecord {
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
        noise: settings.noise,
        excess_loss_start: curve.first().map(|point| point.excess_loss),
        excess_loss,
        slope: slope_over(0.5, |point| Some(point.excess_loss)),
        law_ratio,
        value_cosine_min: recovered.value_cosine_min.map(T::to_f64),
        attention_error_max: Some(recovered.attention_error_max.to_f64()),
        ood_slope: slope_over(1.0, |point| point.ood_excess),
        ood_first_order_slope: slope_over(1.0, |point| point.ood_first_order),
        seconds,
        digest: format!("{:016x}", digest(student)),
        value: rows(student.value(), shape.features()),
        attention: rows(&attention, shape.tokens()),
        teacher_value: rows(teacher.value(), shape.features()),
        teacher_mixing: rows(teacher.mixing(), shape.tokens()),
        curve,
    })
}

/// As many samples as cost what 2,000 cost at the default sizes.
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

/// A matrix as JSON wants it.
pub fn rows<T: Scalar>(matrix: &[T], cols: usize) -> Vec<Vec<f64>> {
    matrix.chunks(cols).map(|row| row.iter().map(|x| x.to_f64()).collect()).collect()
}
