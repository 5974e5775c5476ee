//! One task of a layer with all its settings, checked: from the command line, or from a result.

use flate2::Crc;
use tutee::activation::Activation;
use tutee::gradient::layer::{layer_drawn_len, layer_scratch_wide_len, selection_population_len};
use tutee::layer::{LayerShape, Queries, Trained, layer_len};
use tutee::snapshot::inspect_layer;
use tutee::{Error, Shape};

use super::design::{Design, layer_shape, sides};
use super::options::{Block, EmbeddingName, Encoding, LossName, PerSample, ScaleName, StartName, name};
use super::rates::{Teaching, default_rate};
use super::record::LayerPoint;
use super::training::all_listed;
use crate::args::{LearnArgs, Mode, Precision};
use crate::checkpoint::{Kept, Named, sizes};
use crate::failure::{Ended, Failure, Unfinished};
use crate::input::InputName;
use crate::learn::{BATCH, own_activation};
use crate::record::ActivationRecord;
use crate::task::{TOKENS, Task, check_sizes, filters, labelled_token, teacher_rng};
use crate::teacher_file::Looks;
use crate::text::{LONGEST_NAME, several, shown};
use crate::watch::Goals;

/// Steps unless the command line says otherwise.
const STEPS: u64 = 5_000;
/// Temperature of learned weights.
const TEMPERATURE: f64 = 0.5;
/// Rows of the map by which tokens look at each other.
const MAP_ROWS: usize = 2;

/// How the teacher chooses.
#[derive(Clone, Debug)]
pub enum Choice {
    /// By one mixing, the task's.
    Fixed,
    /// By sets of so many tokens that come with the sample.
    Selection { size: usize },
    /// By content: the so many tokens farthest along a direction.
    TopK { direction: Vec<f64>, count: usize },
    /// By content: softly.
    LearnedWeights { direction: Vec<f64>, temperature: f64 },
    /// A layer: each token looks at the others by content, beside the weights of the task's mixing.
    SelfAttention(Looks),
    /// The label of one token.
    Label { token: usize },
}

/// Everything that a run needs beside its teacher.
#[derive(Clone, Debug)]
pub struct Settings {
    pub mode: Mode,
    pub design: Design,
    pub precision: Precision,
    pub steps: u64,
    pub rate: f64,
    pub attention_rate: f64,
    pub batch: u32,
    pub seed: u64,
    pub noise: f64,
    pub noise_mean: f64,
    pub flips: f64,
    pub input: InputName,
    pub test_input: InputName,
    /// None of a student with the teacher's.
    pub student_activation: Option<ActivationRecord>,
    /// What ends the run before its last step, which changes no bit before.
    pub goals: Option<Goals>,
}

impl Settings {
    /// Each with its option, but for the number of steps, which changes no bit before.
    fn named(&self) -> Named {
        let Self { mode, design, precision, steps: _, rate, attention_rate, batch, seed, noise, noise_mean, .. } = self;
        let Self { flips, input, test_input, student_activation, goals, .. } = self;
        let mut named = design.named();
        named.extend([
            ("--mode", name(*mode)),
            ("--scalar", name(*precision)),
            ("--rate", format!("{rate:?}")),
            ("--attention-rate", format!("{attention_rate:?}")),
            ("--batch", batch.to_string()),
            ("--seed", seed.to_string()),
            ("--noise", format!("{noise:?}")),
            ("--noise-mean", format!("{noise_mean:?}")),
            ("--flips", format!("{flips:?}")),
            ("--input", input.to_string()),
            ("--test-input", test_input.to_string()),
            ("--student-activation", student_activation.map_or_else(|| "none".to_owned(), |own| own.to_string())),
        ]);
        named.extend(Goals::named(goals.as_ref()));
        named
    }
}

/// One task with its settings.
#[derive(Debug)]
pub struct Job {
    /// The mixing is empty where the teacher has none.
    pub task: Task,
    pub choice: Choice,
    pub shape: LayerShape,
    pub settings: Settings,
    /// Where it keeps what it has done, and what it goes on from.
    pub checkpoint: Option<Kept<LayerPoint>>,
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
    pub map: Option<Vec<f64>>,
    pub map_scale: Option<f64>,
    pub share: Option<f64>,
    pub mode: Mode,
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
    pub noise_mean: f64,
    pub flips: f64,
    pub input: InputName,
    pub test_input: InputName,
    pub student_activation: Option<ActivationRecord>,
    /// What ends it before its last step.
    pub goals: Option<Goals>,
}

/// The teacher of a task that chooses anew for every sample.
///
/// # Errors
/// One line that names the task, the option and what was expected.
pub fn per_sample(task: PerSample, args: &LearnArgs) -> Result<(Task, Choice), Failure> {
    let name = task.name().to_owned();
    let refuse = |error: Error| Failure::usage(format!("{}: {error}", task.name()));
    let tokens = args.tokens.unwrap_or(TOKENS);
    let labels = task == PerSample::Classification;
    let shape = Shape::new(args.filters.unwrap_or(if labels { 1 } else { 4 }), args.features, tokens, tokens);
    let shape = shape.map_err(refuse)?;
    check_sizes(&name, shape)?;
    if let Some(filters) = args.filters.filter(|&filters| labels && filters != 1) {
        return Err(Failure::usage(format!("{name}: --filters {filters}: expected 1; a label is of one filter")));
    }
    let chooses = matches!(task, PerSample::Selection | PerSample::TopK);
    let legal = if chooses { 1..=tokens } else { 1..=1 };
    let weighs = matches!(task, PerSample::LearnedWeights | PerSample::SelfAttention);
    if let Some(group) = args.group.filter(|group| !legal.contains(group) || weighs) {
        let expected = match task {
            PerSample::LearnedWeights | PerSample::SelfAttention => "none; all tokens are weighed".to_owned(),
            _ if chooses => format!("a number from 1 to {tokens}"),
            _ => "1".to_owned(),
        };
        return Err(Failure::usage(format!("{name}: --group {group}: expected {expected}")));
    }
    if args.chosen.is_some() {
        return Err(Failure::usage(format!("{name}: --chosen: expected none; it is chosen anew for every sample")));
    }
    let count = args.group.unwrap_or(3.min(tokens));
    let mut rng = teacher_rng(args);
    let value = filters(shape, &mut rng);
    let mut mixing = vec![];
    let mut directions = |count: usize| {
        let mut direction = vec![0.0; count * shape.features()];
        tutee::teacher::family::unit_filters(&mut direction, shape.features(), &mut rng);
        direction
    };
    let (choice, group) = match task {
        PerSample::Selection => (Choice::Selection { size: count }, Some(count)),
        PerSample::TopK => (Choice::TopK { direction: directions(1), count }, Some(count)),
        PerSample::LearnedWeights => {
            (Choice::LearnedWeights { direction: directions(1), temperature: TEMPERATURE }, None)
        }
        PerSample::SelfAttention => {
            // Of no share, but a teacher has them.
            mixing = vec![1.0 / tokens as f64; shape.mixing_len()];
            (Choice::SelfAttention(Looks { map: directions(MAP_ROWS), scale: 1.0, share: 0.0 }), None)
        }
        PerSample::Classification => (Choice::Label { token: labelled_token(tokens, &mut rng) }, Some(1)),
    };
    let activation = Activation::Identity.into();
    Ok((Task { origin: name.clone(), name, shape, activation, value, mixing, group, chosen: None }, choice))
}

impl Job {
    /// The activation of the student.
    pub fn activation(&self) -> Activation<f64> {
        self.settings.student_activation.unwrap_or(self.task.activation).into()
    }

    /// Checks the options for one task.
    ///
    /// # Errors
    /// One line that names the task, the option and what was expected.
    pub fn new((task, choice): (Task, Choice), args: &LearnArgs) -> Result<Self, Failure> {
        let told = |message: &str| Failure::usage(format!("{}: {message}", shown(&task.name, LONGEST_NAME)));
        let tokens = task.shape.tokens();
        let queries = if matches!(choice, Choice::Selection { .. }) { Queries::Sets } else { Queries::Tokens };
        let labels = matches!(choice, Choice::Label { .. });
        let outputs = task.shape.outputs();
        if queries == Queries::Tokens && outputs != tokens {
            let expected = format!("expected {tokens}, one for each token that asks");
            return Err(told(&format!("mixing: {}; {expected}", several(outputs, "row"))));
        }
        let (shape, mut design) =
            Design::new(&args.student, task.shape, queries, labels).map_err(|message| told(&message))?;
        if args.mode == Mode::Population && args.student.train.is_none() {
            design.trained = Trained::POSITION_ONLY;
        }
        for (option, given) in [("--noise", args.noise.is_some()), ("--noise-mean", args.noise_mean.is_some())] {
            if labels && given {
                return Err(told(&format!("{option}: nothing is added to a label; expected none")));
            }
        }
        if !labels && args.student.flips.is_some() {
            return Err(told("--flips: its answers are no labels; expected none"));
        }
        let smallest = match choice {
            Choice::Fixed => {
                task.mixing.chunks(tokens).map(|row| row.iter().filter(|&&s| s != 0.0).count().max(1)).min()
            }
            // Weights of one score cannot be equal for the k tokens of the largest: attention sharpens on the first of them, and the
            // rate that suits an average of k makes it jump from one to another.
            Choice::TopK { .. } => None,
            _ => task.group,
        };
        let batch = args.batch.unwrap_or(BATCH);
        let largest_of = if let Choice::TopK { count, .. } = choice { Some(count) } else { None };
        let smallest = smallest.unwrap_or(1);
        let teaching = Teaching { task: &task, smallest, largest_of, batch, seed: args.seed };
        let rate = match args.rate {
            Some(rate) => rate,
            None => default_rate(shape, &design, &teaching).map_err(|ended| match ended {
                Ended::Refused(error) => told(&design.refusal(error)),
                _ => told("the system gave no memory"),
            })?,
        };
        design.check_attention_rate(args.attention_rate.is_some()).map_err(|message| told(&message))?;
        let settings = Settings {
            mode: args.mode,
            design,
            precision: args.scalar,
            steps: args.steps.unwrap_or(STEPS),
            rate,
            attention_rate: args.attention_rate.unwrap_or(rate),
            batch,
            seed: args.seed,
            noise: args.noise.unwrap_or(0.0),
            noise_mean: args.noise_mean.unwrap_or(0.0),
            flips: args.student.flips.unwrap_or(0.0),
            input: args.input.unwrap_or(InputName::GAUSSIAN),
            test_input: args.test_input,
            student_activation: own_activation(args, &task),
            goals: args.stop.goals(args.mode)?,
        };
        if let Some(goals) = settings.goals {
            if goals.gradient.is_some() && args.mode == Mode::Online {
                let known = "of a layer the gradient over all inputs is known of selection-per-sample alone, with --mode population";
                return Err(told(&format!("--stop-gradient: {known}; expected --stop-loss or --stop-relative")));
            }
            let few = matches!(choice, Choice::Selection { size } if all_listed(tokens, size));
            if goals.unchanged && !few {
                let why = "there are so many sets that each step draws others, which may change what these did not";
                return Err(told(&format!("--stop-unchanged: {why}; expected fewer --tokens, or none of it")));
            }
        }
        if settings.student_activation.is_some() && args.mode == Mode::Population {
            let known = "the gradient over all inputs is known of a student with the teacher's activation";
            return Err(told(&format!(
                "--student-activation: {known}; expected --mode online with it{}",
                args.stop.without()
            )));
        }
        let job = Self { task, choice, shape, settings, checkpoint: None };
        Ok(Self { checkpoint: job.checkpoint(args)?, ..job })
    }

    /// Where the run keeps what it has done, and what is there already.
    fn checkpoint(&self, args: &LearnArgs) -> Result<Option<Kept<LayerPoint>>, Failure> {
        let Self { task, choice, shape, settings, .. } = self;
        let mut teacher = Crc::new();
        task.value.iter().chain(&task.mixing).for_each(|number| teacher.update(&number.to_le_bytes()));
        teacher.update(format!("{choice:?}").as_bytes());
        let mut run = vec![
            ("the command", "learn --student layer".to_owned()),
            ("task", task.name.clone()),
            ("activation", task.activation.to_string()),
        ];
        run.extend(sizes(task.shape));
        run.extend(settings.named());
        run.extend(sides(*shape));
        run.push(("the teacher's matrices", format!("{:08x}", teacher.sum())));
        let steps_of = |snapshot: &[u8]| Ok(inspect_layer(snapshot)?.header.steps);
        Kept::new(&args.kept, run, settings.steps, steps_of)
    }

    /// From what a result says.
    ///
    /// # Errors
    /// One line that names the run, the field and what was expected.
    pub fn recorded(run: Recorded) -> Result<Self, Failure> {
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
            Some(PerSample::SelfAttention) => return Err(told("teacher_fixed", "a list of rows")),
            Some(PerSample::Classification) => {
                Choice::Label { token: run.token.ok_or_else(|| told("teacher_token", "the number of a token"))? }
            }
            None if run.mixing.is_some() => match run.map {
                None => Choice::Fixed,
                Some(map) => Choice::SelfAttention(Looks {
                    map,
                    scale: run.map_scale.ok_or_else(|| told("teacher_scale", "a number"))?,
                    share: run.share.ok_or_else(|| told("teacher_share", "a number"))?,
                }),
            },
            None => return Err(told("teacher_mixing", "a list of rows")),
        };
        let queries = if matches!(choice, Choice::Selection { .. }) { Queries::Sets } else { Queries::Tokens };
        if queries == Queries::Tokens && outputs != tokens {
            let field = if run.mixing.is_some() { "teacher_mixing" } else { "outputs" };
            return Err(told(field, &format!("{tokens} rows, one for each token that asks")));
        }
        let width = run.code_width.unwrap_or(0);
        let shape = layer_shape(sizes, run.embedding, run.encoding, width, run.keys, queries).map_err(refuse)?;
        let settings = Settings {
            mode: run.mode,
            design: Design {
                embedding: run.embedding,
                encoding: run.encoding,
                keys: run.keys,
                scale: run.scale,
                start: run.start,
                trained: Block::trained(Some(&run.train), shape),
                loss: run.loss,
            },
            precision: run.precision,
            steps: run.steps,
            rate: run.rate,
            attention_rate: run.attention_rate,
            batch: run.batch,
            seed: run.seed,
            noise: run.noise,
            noise_mean: run.noise_mean,
            flips: run.flips,
            input: run.input,
            test_input: run.test_input,
            student_activation: run.student_activation.filter(|&own| own != run.activation),
            goals: run.goals,
        };
        let task = Task {
            origin: run.name.clone(),
            shape: sizes,
            activation: run.activation,
            value: run.value,
            mixing: run.mixing.unwrap_or_default(),
            group: run.group,
            chosen: None,
            name: run.name.clone(),
        };
        Ok(Self { task, choice, shape, settings, checkpoint: None })
    }

    /// Bytes that the run takes at most.
    pub fn need(&self) -> usize {
        let exact = if self.settings.mode == Mode::Population { selection_population_len(self.shape) } else { 0 };
        let parts = [layer_len(self.shape), layer_scratch_wide_len(self.shape), layer_drawn_len(self.shape), exact];
        parts.into_iter().fold(0_usize, usize::saturating_add).saturating_mul(2 * (8 + 32))
    }

    /// What is said of the run where it has no result.
    pub fn unfinished(&self, ended: Ended) -> Unfinished {
        let Settings { rate, attention_rate, .. } = self.settings;
        let settings = format!(" at --rate {rate:?} --attention-rate {attention_rate:?}; a lower rate may help");
        Unfinished::new(&self.task.name, &self.task.origin, &settings, ended)
    }
}
