//! `tutee learn --student layer`: trains the whole attention layer on samples that are drawn.

pub mod options;
pub mod record;
mod shares;

use std::ops::ControlFlow;
use std::thread;

use indicatif::{MultiProgress, ProgressBar};
use tutee::activation::Activation;
use tutee::digest::layer_digest;
use tutee::gradient::layer::{
    DrawnQuery, LayerOnline, LayerSamples, LayerScratchViewMut, LayerSource, layer_drawn_len, layer_scratch_len,
};
use tutee::gradient::samples::BatchLoss;
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::layer::{
    Codes, Embedding, Form, KeyQuery, LayerSettings, LayerShape, LayerView, LayerViewMut, Parameter, Queries, Start,
    Trained, layer_len,
};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::recovery::verdict::{Circumstances, Verdict, judge};
use tutee::recovery::{cosine, log_log_slope};
use tutee::step::Descent;
use tutee::teacher::labels::Labels;
use tutee::teacher::per_sample::{GroupSign, LearnedWeights, Selection, TopK};
use tutee::training::Training;
use tutee::{Error, Scalar, Shape};

use self::options::{AttentionName, Block, EmbeddingName, Encoding, LossName, PerSample, ScaleName, StartName, name};
use self::record::{LayerPoint, LayerRecord};
use self::shares::shares;
use crate::args::{LearnArgs, Mode, Precision, TaskName};
use crate::failure::{Ended, Failure, Unfinished};
use crate::input::InputName;
use crate::interrupt::Interrupt;
use crate::learn::{BATCH, bar, check_numbers, each, relative_error, rows};
use crate::memory::{Numbers, collected, ensure, zeros};
use crate::record::{ActivationRecord, Output, Provenance};
use crate::task::{BuiltIn, TOKENS, Task, check_sizes, filters, teacher_rng};
use crate::teacher_file;
use crate::text::{LONGEST_NAME, shown};
use crate::watch::{Followed, Watched, follow};

/// Steps unless the command line says otherwise.
const STEPS: u64 = 5_000;
/// Temperature of learned weights.
const TEMPERATURE: f64 = 0.5;
/// Standard deviation from which separate matrices start.
const DEVIATION: f64 = 0.1;
/// Samples of a test.
const TEST_SAMPLES: u32 = 500;

/// How the teacher chooses.
#[derive(Clone, Debug)]
enum Choice {
    /// By one mixing, the task's.
    Fixed,
    /// By sets of so many tokens that come with the sample.
    Selection { size: usize },
    /// By content: the so many tokens farthest along a direction.
    TopK { direction: Vec<f64>, count: usize },
    /// By content: softly.
    LearnedWeights { direction: Vec<f64>, temperature: f64 },
    /// The label of one token.
    Label { token: usize },
}

/// Everything that a run needs beside its teacher.
#[derive(Clone, Debug)]
struct Settings {
    embedding: EmbeddingName,
    encoding: Option<Encoding>,
    keys: Option<usize>,
    scale: ScaleName,
    start: StartName,
    trained: Trained,
    loss: LossName,
    precision: Precision,
    steps: u64,
    rate: f64,
    attention_rate: f64,
    batch: u32,
    seed: u64,
    noise: f64,
    input: InputName,
    test_input: InputName,
}

/// One task with its settings.
#[derive(Debug)]
struct Job {
    /// The mixing is empty where the teacher has none.
    task: Task,
    choice: Choice,
    shape: LayerShape,
    settings: Settings,
}

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
    if args.mode == Mode::Population {
        let why = "the gradient of a layer over all inputs has no closed form; expected --mode online with it";
        return Err(Failure::usage(format!("--student layer: {why}")));
    }
    if args.out.is_some() {
        return Err(Failure::usage("--out: no pictures are drawn of a layer; expected --json, or no --out"));
    }
    let teacher = args.teacher.as_deref().map(teacher_file::read).transpose()?;
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
    let teachers = teacher.map(|task| Ok((task, Choice::Fixed))).into_iter().chain(built_in);
    let jobs = teachers.map(|teacher| Job::new(teacher?, args)).collect::<Result<Vec<_>, Failure>>()?;
    Plan::of(jobs, args.threads, "--student layer")
}

/// A run as a result describes it.
#[derive(Debug)]
pub struct Recorded {
    pub name: String,
    /// M, d, D, J.
    pub sizes: [usize; 4],
    pub activation: ActivationRecord,
    pub value: Vec<f64>,
    /// None of a teacher that chooses anew for every sample, which is the one of its name.
    pub mixing: Option<Vec<f64>>,
    pub group: Option<usize>,
    pub direction: Option<Vec<f64>>,
    pub temperature: Option<f64>,
    pub token: Option<usize>,
    pub embedding: EmbeddingName,
    pub encoding: Option<Encoding>,
    pub code_width: Option<usize>,
    pub keys: Option<usize>,
    pub scale: ScaleName,
    pub start: StartName,
    pub train: Vec<Block>,
    pub loss: LossName,
    pub precision: Precision,
    pub steps: u64,
    pub rate: f64,
    pub attention_rate: f64,
    pub batch: u32,
    pub seed: u64,
    pub noise: f64,
    pub input: InputName,
    pub test_input: InputName,
}

/// Plans runs again that results describe.
///
/// # Errors
/// One line that names the run, the field and what was expected.
pub fn plan_recorded(runs: Vec<Recorded>, threads: Option<usize>) -> Result<Plan, Failure> {
    let jobs = runs.into_iter().map(Job::recorded).collect::<Result<Vec<_>, Failure>>()?;
    Plan::of(jobs, threads, "rerun")
}

/// The teacher of a task that chooses anew for every sample.
fn per_sample(task: PerSample, args: &LearnArgs) -> Result<(Task, Choice), Failure> {
    let name = task.name().to_owned();
    let refuse = |error: Error| Failure::usage(format!("{}: {error}", task.name()));
    let tokens = args.tokens.unwrap_or(TOKENS);
    let labels = task == PerSample::Classification;
    let shape = Shape::new(args.filters.unwrap_or(if labels { 1 } else { 4 }), args.features, tokens, tokens);
    let shape = shape.map_err(refuse)?;
    check_sizes(&name, shape)?;
    let chooses = matches!(task, PerSample::Selection | PerSample::TopK);
    let legal = if chooses { 1..=tokens } else { 1..=1 };
    if let Some(group) = args.group.filter(|group| !legal.contains(group) || task == PerSample::LearnedWeights) {
        let expected = match task {
            PerSample::LearnedWeights => "none; all tokens are weighed".to_owned(),
            _ if chooses => format!("a number from 1 to {tokens}"),
            _ => "1".to_owned(),
        };
        return Err(Failure::usage(format!("{name}: --group {group}: expected {expected}")));
    }
    let count = args.group.unwrap_or(3.min(tokens));
    let mut rng = teacher_rng(args);
    let value = filters(shape, &mut rng);
    let mut direction = || {
        let mut direction = vec![0.0; shape.features()];
        tutee::teacher::family::unit_filters(&mut direction, shape.features(), &mut rng);
        direction
    };
    let (choice, group) = match task {
        PerSample::Selection => (Choice::Selection { size: count }, Some(count)),
        PerSample::TopK => (Choice::TopK { direction: direction(), count }, Some(count)),
        PerSample::LearnedWeights => {
            (Choice::LearnedWeights { direction: direction(), temperature: TEMPERATURE }, None)
        }
        PerSample::Classification => (Choice::Label { token: (rng.uniform_bits() % tokens as u64) as usize }, Some(1)),
    };
    let activation = Activation::Identity.into();
    Ok((Task { origin: name.clone(), name, shape, activation, value, mixing: vec![], group }, choice))
}

impl Job {
    fn new((task, choice): (Task, Choice), args: &LearnArgs) -> Result<Self, Failure> {
        let refuse = |error: Error| Failure::usage(format!("{}: {error}", shown(&task.name, LONGEST_NAME)));
        let told = |message: &str| Err(Failure::usage(format!("{}: {message}", shown(&task.name, LONGEST_NAME))));
        let student = &args.student;
        let (features, tokens) = (task.shape.features(), task.shape.tokens());
        let embedding = student.embedding.unwrap_or(EmbeddingName::Concatenated);
        let queries = if matches!(choice, Choice::Selection { .. }) { Queries::Sets } else { Queries::Tokens };
        let coded = embedding != EmbeddingName::Content || queries == Queries::Sets;
        if !coded && (student.encoding.is_some() || student.code_width.is_some()) {
            let option = if student.encoding.is_some() { "--encoding" } else { "--code-width" };
            return told(&format!("{option}: tokens of --embedding content have no codes; expected none"));
        }
        let encoding = coded.then(|| student.encoding.unwrap_or(Encoding::Identity));
        let default = if embedding == EmbeddingName::Added { features } else { tokens };
        let width = student.code_width.unwrap_or(default);
        if matches!(encoding, Some(Encoding::Identity | Encoding::Orthonormal)) && width < tokens {
            return told(&format!(
                "--encoding: {tokens} orthonormal codes do not fit into {width} entries; expected sinusoidal, sine, learned or \
                 signs"
            ));
        }
        let attention = student.attention.unwrap_or(AttentionName::Merged);
        if student.keys.is_some() && attention == AttentionName::Merged {
            return told("--keys: W_KQ has none; expected --attention separate with it");
        }
        let keys = (attention == AttentionName::Separate).then(|| student.keys.unwrap_or(features));
        let labels = matches!(choice, Choice::Label { .. });
        let loss = student.loss.unwrap_or(if labels { LossName::Logistic } else { LossName::Squared });
        match (labels, loss) {
            (true, LossName::Squared) => return told("--loss squared: its answers are labels; expected logistic"),
            (false, LossName::Logistic) => return told("--loss logistic: its answers are no labels; expected squared"),
            _ => {}
        }
        if labels && args.noise.is_some() {
            return told("--noise: nothing is added to a label; expected none");
        }
        let shape = layer_shape(task.shape, embedding, encoding, width, keys, queries).map_err(refuse)?;
        let default_start = if keys.is_some() { StartName::Gaussian(DEVIATION) } else { StartName::Zero };
        let smallest = match choice {
            Choice::Fixed => {
                task.mixing.chunks(tokens).map(|row| row.iter().filter(|&&s| s != 0.0).count().max(1)).min()
            }
            _ => task.group,
        };
        let rate = args.rate.unwrap_or(smallest.unwrap_or(1) as f64 / task.shape.outputs() as f64);
        let settings = Settings {
            embedding,
            encoding,
            keys,
            scale: student.scale.unwrap_or(ScaleName(tutee::layer::Scale::Tokens)),
            start: student.start.unwrap_or(default_start),
            trained: Block::trained(student.train.as_deref(), shape),
            loss,
            precision: args.scalar,
            steps: args.steps.unwrap_or(STEPS),
            rate,
            attention_rate: args.attention_rate.unwrap_or(rate),
            batch: args.batch.unwrap_or(BATCH),
            seed: args.seed,
            noise: args.noise.unwrap_or(0.0),
            input: args.input.unwrap_or(InputName::GAUSSIAN),
            test_input: args.test_input,
        };
        Ok(Self { task, choice, shape, settings })
    }

    fn recorded(run: Recorded) -> Result<Self, Failure> {
        let name = shown(&run.name, LONGEST_NAME);
        let refuse = |error: Error| Failure::usage(format!("{name}: {error}"));
        let told = |field: &str, expected: &str| Failure::usage(format!("{name}: {field}: expected {expected}"));
        let [filters, features, tokens, outputs] = run.sizes;
        let sizes = Shape::new(filters, features, tokens, outputs).map_err(refuse)?;
        check_sizes(&name, sizes)?;
        let group = || run.group.ok_or_else(|| told("group", "a number"));
        let direction = || run.direction.clone().ok_or_else(|| told("teacher_direction", "a list of numbers"));
        let choice = match PerSample::ALL.into_iter().find(|task| run.mixing.is_none() && task.name() == run.name) {
            Some(PerSample::Selection) => {
                let size = group()?;
                // As many as there are tokens at most, so that there is memory for them.
                if !(1..=tokens).contains(&size) {
                    return Err(told("group", &format!("a number from 1 to {tokens}")));
                }
                Choice::Selection { size }
            }
            Some(PerSample::TopK) => Choice::TopK { direction: direction()?, count: group()? },
            Some(PerSample::LearnedWeights) => {
                let temperature = run.temperature.ok_or_else(|| told("teacher_temperature", "a number"))?;
                Choice::LearnedWeights { direction: direction()?, temperature }
            }
            Some(PerSample::Classification) => {
                Choice::Label { token: run.token.ok_or_else(|| told("teacher_token", "the number of a token"))? }
            }
            None if run.mixing.is_some() => Choice::Fixed,
            None => return Err(told("teacher_mixing", "a list of rows")),
        };
        let queries = if matches!(choice, Choice::Selection { .. }) { Queries::Sets } else { Queries::Tokens };
        let width = run.code_width.unwrap_or(0);
        let shape = layer_shape(sizes, run.embedding, run.encoding, width, run.keys, queries).map_err(refuse)?;
        let settings = Settings {
            embedding: run.embedding,
            encoding: run.encoding,
            keys: run.keys,
            scale: run.scale,
            start: run.start,
            trained: Block::trained(Some(&run.train), shape),
            loss: run.loss,
            precision: run.precision,
            steps: run.steps,
            rate: run.rate,
            attention_rate: run.attention_rate,
            batch: run.batch,
            seed: run.seed,
            noise: run.noise,
            input: run.input,
            test_input: run.test_input,
        };
        let task = Task {
            origin: run.name.clone(),
            shape: sizes,
            activation: run.activation,
            value: run.value,
            mixing: run.mixing.unwrap_or_default(),
            group: run.group,
            name: run.name.clone(),
        };
        Ok(Self { task, choice, shape, settings })
    }

    /// Bytes that the run takes at most.
    fn need(&self) -> usize {
        let parts = [2 * layer_len(self.shape), 2 * layer_scratch_len(self.shape), 2 * layer_drawn_len(self.shape)];
        parts.into_iter().fold(0_usize, usize::saturating_add).saturating_mul(8 + 32)
    }

    /// Refuses what the core refuses, before any step.
    fn check(&self) -> Result<(), Failure> {
        match self.settings.precision {
            Precision::F32 => self.check_in::<f32>(),
            Precision::F64 => self.check_in::<f64>(),
        }
    }

    fn check_in<T: Scalar>(&self) -> Result<(), Failure> {
        if !self.task.mixing.is_empty() {
            self.task.check_range::<T>()?;
        }
        check_numbers::<T>(self.settings.rate, self.settings.attention_rate, self.settings.noise)?;
        let name = shown(&self.task.name, LONGEST_NAME);
        Model::<T>::new(self).and_then(|mut model| model.samples().map(drop)).map_err(|ended| match ended {
            Ended::Refused(error) => Failure::usage(format!("{name}: {error}")),
            _ => Failure::check(format!("{name}: the system gave no memory")),
        })
    }

    fn unfinished(&self, ended: Ended) -> Unfinished {
        let Settings { rate, attention_rate, .. } = self.settings;
        let settings = format!(" at --rate {rate:?} --attention-rate {attention_rate:?}; a lower rate may help");
        Unfinished::new(&self.task.name, &self.task.origin, &settings, ended)
    }
}

fn layer_shape(
    shape: Shape,
    embedding: EmbeddingName,
    encoding: Option<Encoding>,
    width: usize,
    keys: Option<usize>,
    queries: Queries,
) -> Result<LayerShape, Error> {
    let codes = match encoding {
        None => Codes::None,
        Some(Encoding::Learned) => Codes::Learned { width },
        Some(Encoding::Signs) => Codes::Fresh { width },
        Some(_) => Codes::Fixed { width },
    };
    let embedding = match embedding {
        EmbeddingName::Content => Embedding::Content,
        EmbeddingName::Concatenated => Embedding::Concatenated,
        EmbeddingName::Added => Embedding::Added,
    };
    let key_query = keys.map_or(KeyQuery::Merged, |keys| KeyQuery::Separate { keys });
    LayerShape::new(shape, Form { embedding, codes, key_query, queries })
}

/// A layer with its working memory.
struct Model<T> {
    shape: LayerShape,
    settings: LayerSettings<T>,
    memory: Numbers<T>,
    scratch: Numbers<T>,
    steps: u64,
    batch_loss: BatchLoss<T>,
}

impl<T: Scalar> Model<T> {
    /// At the start that the job asks for.
    fn new(job: &Job) -> Result<Self, Ended> {
        let (shape, seed) = (job.shape, job.settings.seed);
        let scale = match job.settings.scale.0 {
            tutee::layer::Scale::Number(scale) => tutee::layer::Scale::Number(T::from_f64(scale)),
            tutee::layer::Scale::Tokens => tutee::layer::Scale::Tokens,
            tutee::layer::Scale::Keys => tutee::layer::Scale::Keys,
        };
        let settings = LayerSettings {
            scale: scale.number(shape)?,
            activation: Activation::from(job.task.activation).cast(),
            loss: job.settings.loss.into(),
            trained: job.settings.trained,
        };
        let (mut memory, mut steps) = (zeros(layer_len(shape))?, 0);
        let mut layer = LayerViewMut::new(shape, &mut memory, &mut steps)?;
        if let Some((tokens, width)) = shape.dimensions(Parameter::Codes) {
            let mut elements = zeros(tokens * width)?;
            let view = MatrixViewMut::new("the position codes", &mut elements, tokens, width)?;
            // Streams apart from those of teacher, samples and start.
            match job.settings.encoding {
                Some(Encoding::Identity) => codes::identity(view)?,
                Some(Encoding::Orthonormal) => codes::orthonormal(view, seed ^ 0xC0DE)?,
                Some(Encoding::Sinusoidal) => codes::sinusoidal(view),
                Some(Encoding::Sine) => codes::sine(view),
                Some(Encoding::Learned) => {
                    SampleStream::new(seed ^ 0xC0DE).sample().gaussian_fill(&mut elements);
                    let deviation = T::ONE / T::from_usize(width).sqrt();
                    elements.iter_mut().for_each(|x| *x *= deviation);
                }
                Some(Encoding::Signs) | None => {}
            }
            layer.set(Parameter::Codes, &elements)?;
        }
        let start = match job.settings.start {
            StartName::Zero => Start::Zero,
            StartName::Identity => Start::Identity,
            StartName::Gaussian(deviation) => {
                Start::Gaussian { deviation: T::from_f64(deviation), seed: seed ^ 0x57A7 }
            }
        };
        layer.start(start, settings.trained)?;
        Ok(Self {
            shape,
            settings,
            memory,
            scratch: zeros(layer_scratch_len(shape))?,
            steps,
            batch_loss: BatchLoss::ZERO,
        })
    }

    /// To train.
    fn samples(&mut self) -> Result<LayerSamples<'_, T>, Ended> {
        let layer = LayerViewMut::new(self.shape, &mut self.memory, &mut self.steps)?;
        let scratch = LayerScratchViewMut::new(self.shape, &mut self.scratch, &mut self.batch_loss)?;
        Ok(LayerSamples::new(layer, self.settings, scratch)?)
    }

    /// To measure a layer, which is copied.
    fn copy_of(&mut self, layer: LayerView<'_, T>) -> Result<LayerSamples<'_, T>, Ended> {
        let mut copy = LayerViewMut::new(self.shape, &mut self.memory, &mut self.steps)?;
        for parameter in Parameter::ALL {
            copy.set(parameter, layer.get(parameter))?;
        }
        let scratch = LayerScratchViewMut::new(self.shape, &mut self.scratch, &mut self.batch_loss)?;
        Ok(LayerSamples::resume_unchecked(copy, self.settings, scratch)?)
    }
}

impl Plan {
    /// Checks that there is memory for all jobs and that the core takes each; `what` asks for them.
    fn of(jobs: Vec<Job>, threads: Option<usize>, what: &str) -> Result<Self, Failure> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = threads.unwrap_or(cores).min(jobs.len()).max(1);
        ensure(what, jobs.iter().map(Job::need).fold(0_usize, usize::saturating_add))?;
        jobs.iter().try_for_each(Job::check)?;
        Ok(Self { jobs, threads })
    }

    /// Trains on every task, as many at a time as there are threads. A run that diverges does not end the others.
    pub fn run(&self, interrupt: &Interrupt) -> Output<LayerRecord> {
        let name = |job: &Job| shown(&job.task.name, LONGEST_NAME);
        let width = self.jobs.iter().map(|job| name(job).chars().count()).max().unwrap_or(0);
        let bars = MultiProgress::new();
        let bars: Vec<_> = self.jobs.iter().map(|job| bar(&bars, &name(job), width, job.settings.steps)).collect();
        let results = each(self.jobs.len(), self.threads, interrupt, |i| {
            let (Some(job), Some(bar)) = (self.jobs.get(i), bars.get(i)) else { return Err(Ended::Interrupted) };
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

/// Trains one layer on one teacher.
fn train<T: Scalar>(job: &Job, bar: &ProgressBar, interrupt: &Interrupt) -> Result<LayerRecord, Ended> {
    let cast = |numbers: &[f64]| collected(numbers.iter().map(|&x| T::from_f64(x)), numbers.len());
    let (shape, activation) = (job.task.shape, Activation::from(job.task.activation).cast());
    let value = cast(&job.task.value)?;
    let told = (bar, interrupt);
    match &job.choice {
        Choice::Fixed => run(job, job.task.teacher::<T>()?.view()?, &value, told),
        Choice::Selection { .. } => run(job, Selection::new(shape, activation, &value)?, &value, told),
        Choice::TopK { direction, count } => {
            run(job, TopK::new(shape, activation, &value, &cast(direction)?, *count)?, &value, told)
        }
        Choice::LearnedWeights { direction, temperature } => {
            let temperature = T::from_f64(*temperature);
            run(job, LearnedWeights::new(shape, activation, &value, &cast(direction)?, temperature)?, &value, told)
        }
        Choice::Label { token } => run(job, GroupSign::new(shape, &value, *token)?, &value, told),
    }
}

/// Runs a training to its end and records what it does on the way.
fn run<T: Scalar, L: Labels<T> + Copy>(
    job: &Job,
    labels: L,
    teacher_value: &[T],
    (bar, interrupt): (&ProgressBar, &Interrupt),
) -> Result<LayerRecord, Ended>
where
    L::Query: DrawnQuery,
{
    let Job { task, choice, shape, settings } = job;
    let (shape, sizes) = (*shape, task.shape);
    let (mut model, mut measured) = (Model::<T>::new(job)?, Model::<T>::new(job)?);
    let set = if let Choice::Selection { size } = choice { size * sizes.outputs() } else { 0 };
    let source = |seed: u64, input: Input<f64>, noise: f64| LayerSource {
        stream: SampleStream::new(seed),
        input: input.cast(),
        noise: LabelNoise { mean: T::ZERO, standard_deviation: T::from_f64(noise) },
        flips: T::ZERO,
        batch: settings.batch,
    };
    let (mut memory, mut sets) = (zeros(layer_drawn_len(shape))?, vec![0_u32; set]);
    let (mut test_memory, mut test_sets) = (zeros(layer_drawn_len(shape))?, vec![0_u32; set]);
    let drawn = source(settings.seed, settings.input.0, settings.noise);
    let mut online = LayerOnline::new(model.samples()?, labels, drawn, &mut memory, &mut sets)?;
    let norm = Scalar::sqrt(task.value.iter().map(|v| v * v).sum::<f64>());
    let descent = Descent {
        // Far beyond any overshoot of a run that converges, whatever the scale of the teacher's filters.
        value_limit: T::from_f64(1e6 * norm.larger(1.0)),
        ..Descent::new(T::from_f64(settings.rate)).with_attention_rate(T::from_f64(settings.attention_rate))
    };
    let mut curve = Vec::new();
    let mut attention = zeros(sizes.mixing_len())?;
    let token = shape.token_width();
    let test_seed = settings.seed ^ 0x7E57;
    let mut content = zeros(sizes.value_len())?;
    let look = |online: &mut LayerOnline<'_, T, L>| -> Result<(), Ended> {
        let layer = online.layer();
        // The tests are common to the whole run, so that the curve shows the layer and not the sampling.
        let mut mean_loss = |input: Input<f64>, attention: Option<&mut [T]>| -> Result<f64, Ended> {
            let samples = measured.copy_of(layer)?;
            let source = source(test_seed, input, 0.0);
            let mut test = LayerOnline::new(samples, labels, source, &mut test_memory, &mut test_sets)?;
            let Some(attention) = attention else {
                return Ok(test.mean_loss(SampleStream::new(test_seed), TEST_SAMPLES)?.to_f64());
            };
            attention.fill(T::ZERO);
            let mut sum = 0.0;
            for i in 0..TEST_SAMPLES {
                sum += test.mean_loss(SampleStream::at(test_seed, u64::from(i)), 1)?.to_f64();
                for (mean, &s) in attention.iter_mut().zip(test.samples().attention()) {
                    *mean += s / T::from_u32(TEST_SAMPLES);
                }
            }
            Ok(sum / f64::from(TEST_SAMPLES))
        };
        let excess_loss = mean_loss(settings.input.0, Some(&mut attention))?;
        let ood_excess = mean_loss(settings.test_input.0, None)?;
        if !(excess_loss.is_finite() && ood_excess.is_finite()) {
            return Err(Error::Diverged.into());
        }
        for (row, w) in content.chunks_mut(sizes.features()).zip(layer.get(Parameter::Value).chunks(token)) {
            row.iter_mut().zip(w).for_each(|(to, &from)| *to = from);
        }
        let cosines = content.chunks(sizes.features()).zip(teacher_value.chunks(sizes.features()));
        let cosines = cosines.filter_map(|(w, v)| cosine(w, v)).map(T::to_f64);
        curve.push(LayerPoint {
            step: layer.steps(),
            excess_loss,
            ood_excess,
            value_cosine_min: cosines.reduce(Scalar::smaller),
            value_error: relative_error(&content, teacher_value),
            digest: layer_digest(layer),
        });
        bar.set_position(layer.steps());
        bar.set_message(format!("test loss {excess_loss:.2e}"));
        Ok(())
    };
    let watch = |_, _| if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let watched = Watched { steps: settings.steps, watch: &watch };
    let Followed { seconds, .. } = follow(&mut online, &descent, &watched, look)?;

    let steps = online.steps();
    let layer = online.layer();
    let slope_over = |decades: f64, y: fn(&LayerPoint) -> f64| {
        let from = steps as f64 / Scalar::exp(decades * std::f64::consts::LN_10);
        let late = curve.iter().filter(move |point| point.step as f64 >= from);
        log_log_slope(late.map(move |point| (point.step as f64, y(point))))
    };
    let known = Circumstances {
        law: None,
        best_loss: None,
        row_sum: None,
        sampled: true,
        noisy: settings.noise > 0.0,
        epsilon: T::EPSILON.to_f64(),
    };
    let judgement = judge(curve.iter().map(|point| (point.step, point.excess_loss)), &known);
    let falls = matches!(judgement.verdict, Verdict::Asymptotic | Verdict::Transient | Verdict::Scale);
    let (verdict, reason) = if falls && settings.loss == LossName::Logistic {
        (None, "the loss falls; what it should fall like is known of the squared loss alone")
    } else {
        (Some(judgement.verdict.name()), judgement.reason)
    };
    let matrix = |parameter: Parameter| {
        shape.dimensions(parameter).map(|(_, cols)| rows(layer.get(parameter), cols)).transpose()
    };
    let fixed = matches!(choice, Choice::Fixed);
    let errors = attention.iter().zip(&task.mixing).map(|(s, t)| (s.to_f64() - t).abs());
    let last = curve.last();
    Ok(LayerRecord {
        provenance: Provenance::now(),
        student: "layer",
        embedding: name(settings.embedding),
        encoding: settings.encoding.map(name),
        code_width: settings.encoding.map(|_| shape.code_width()),
        attention: name(if settings.keys.is_some() { AttentionName::Separate } else { AttentionName::Merged }),
        keys: settings.keys,
        scale: settings.scale.to_string(),
        start: settings.start.to_string(),
        train: Block::list(settings.trained),
        loss: name(settings.loss),
        rule: "gd",
        value_rule: "gd",
        input: settings.input.to_string(),
        test_input: settings.test_input.to_string(),
        task: task.name.clone(),
        scalar: if T::BITS == 32 { "f32" } else { "f64" },
        mode: "online",
        activation: task.activation,
        filters: sizes.filters(),
        features: sizes.features(),
        tokens: sizes.tokens(),
        outputs: sizes.outputs(),
        group: task.group,
        rate: settings.rate,
        attention_rate: settings.attention_rate,
        steps,
        seed: settings.seed,
        batch: settings.batch,
        noise: settings.noise,
        test_samples: TEST_SAMPLES,
        excess_loss_start: curve.first().map(|point| point.excess_loss),
        excess_loss: last.map(|point| point.excess_loss),
        slope: slope_over(0.5, |point| point.excess_loss),
        law_ratio: None,
        verdict,
        reason,
        failed: judgement.verdict.failed(),
        steps_needed: None,
        best_loss: None,
        value_cosine_min: last.and_then(|point| point.value_cosine_min),
        attention_error_max: if fixed { errors.reduce(Scalar::larger) } else { None },
        ood_slope: slope_over(1.0, |point| point.ood_excess),
        shares: shares(layer),
        seconds,
        digest: format!("{:016x}", layer_digest(layer)),
        value: rows(layer.get(Parameter::Value), token)?,
        w_kq: matrix(Parameter::KeyQuery)?,
        w_k: matrix(Parameter::Key)?,
        w_q: matrix(Parameter::Query)?,
        codes: matrix(Parameter::Codes)?,
        mean_attention: rows(&attention, sizes.tokens())?,
        teacher_value: rows(teacher_value, sizes.features())?,
        teacher_mixing: fixed.then(|| rows(&task.mixing, sizes.tokens())).transpose()?,
        teacher_direction: match choice {
            Choice::TopK { direction, .. } | Choice::LearnedWeights { direction, .. } => Some(direction.clone()),
            _ => None,
        },
        teacher_temperature: match choice {
            Choice::LearnedWeights { temperature, .. } => Some(*temperature),
            _ => None,
        },
        teacher_token: if let Choice::Label { token } = choice { Some(*token) } else { None },
        curve,
    })
}
