//! `tutee mnist`: recovers the first layer of a network that reads handwritten digits.
//!
//! A small network ([`network`]) learns to classify real digits. Its first convolution V*, its average pooling S* and its
//! activation are the teacher; a student that starts at zero, and that does not know which patches lie beside each other,
//! is trained on the network's hidden output `f*(X) = act(V* X S*)` for real images X and never sees a label.
//!
//! **What can be recovered.** Groups inside the image become averages over their own patches. At the border of the image
//! many patches are blank in nearly every image: a blank patch adds nothing to any output, whoever attends to it, so the
//! attention that a group of blank patches should give itself spreads over all blank patches. That is a property of the
//! data and not of the training, and the test loss does not see it. Hence the attention on the right patches is reported
//! for interior and border groups apart.

mod draws;
mod idx;
mod network;
mod rates;
mod sample;
mod student;
mod tokens;

use std::ops::ControlFlow;
use std::path::PathBuf;

use flate2::Crc;
use tutee::activation::Activation;
use tutee::matrix::MatrixViewMut;
use tutee::recovery::least_loss::best_loss;
use tutee::recovery::verdict::{Circumstances, judge};
use tutee::recovery::{log_log_slope, right_mass};
use tutee::snapshot::inspect;
use tutee::teacher::TeacherView;
use tutee::teacher::convolution::window_pooling;
use tutee::{Error, Scalar, Shape};

use self::draws::{Draws, Passes};
pub use self::idx::files;
use self::idx::{CLASSES, Digits};
pub use self::network::Optimiser;
use self::network::{Architecture, Network};
use self::rates::Rates;
use self::student::{Course, Lesson, Trained};
pub use self::tokens::Geometry;
use self::tokens::Tokens;
use crate::args::CheckpointArgs;
use crate::checkpoint::Kept;
use crate::failure::{Ended, Failure};
use crate::matrices::rows;
use crate::memory::ensure;
use crate::position_codes::w_kq;
use crate::record::{ActivationRecord, CurvePoint, DigitsRecord, Kind, Provenance, RunRecord, StopRecord, Summary};
use crate::step_rules::StepRules;
use crate::text::told;

/// Slope of the activation below zero. With ReLU, a filter without a positive entry would answer zero to every image, as grey
/// levels are not negative, and nothing of it could be recovered.
const SLOPE: f64 = 0.1;
/// Images in each step of Adam, and its five passes over 20,000 images.
const ADAM_BATCH: usize = 64;
const ADAM_STEPS: u64 = 1_563;
/// Gradient steps of the student unless the command line says otherwise: on the sample, which is there to show the thing
/// quickly, and on data that somebody went to fetch.
const SAMPLE_STEPS: u64 = 20_000;
const DATA_STEPS: u64 = 40_000;
/// Images a step. The labels have no noise, so more images a step make no better step.
const BATCH: usize = 8;

/// What the network is, and what it sees.
#[derive(Clone, Copy, Debug)]
pub struct Design {
    /// How images become tokens.
    pub geometry: Geometry,
    /// M: filters of the convolution.
    pub filters: usize,
    /// Activation of the hidden layer.
    pub activation: ActivationRecord,
    /// How the network learns.
    pub lessons: Lessons,
    /// Most images, to train on and to test on.
    pub limits: (usize, usize),
}

/// How the network learns.
#[derive(Clone, Copy, Debug)]
pub struct Lessons {
    /// How its parameters follow the gradient.
    pub optimiser: Optimiser,
    /// Images a step.
    pub batch: usize,
    /// How long.
    pub length: Length,
}

/// How long the network learns.
#[derive(Clone, Copy, Debug)]
pub enum Length {
    /// So many steps of its optimiser.
    Steps(u64),
    /// So many passes over the images.
    Epochs(u64),
}

impl Lessons {
    /// Passes of Adam over the images.
    pub const fn adam(epochs: u64) -> Self {
        Self { optimiser: Optimiser::Adam, batch: ADAM_BATCH, length: Length::Epochs(epochs) }
    }

    /// Gradient steps on so many images.
    const fn steps(&self, images: usize) -> u64 {
        match self.length {
            Length::Steps(steps) => steps,
            Length::Epochs(epochs) => (epochs * images as u64).div_ceil(self.batch as u64),
        }
    }
}

impl Design {
    /// That of `tutee mnist`. More images are left out: the results do not change any more.
    pub const DEFAULT: Self = Self {
        geometry: Geometry::FRAMED,
        filters: 8,
        activation: ActivationRecord::LeakyRelu(SLOPE),
        lessons: Lessons { optimiser: Optimiser::Adam, batch: ADAM_BATCH, length: Length::Steps(ADAM_STEPS) },
        limits: (20_000, 2_000),
    };
}

/// What the command line says.
#[derive(Clone, Debug)]
pub struct MnistOptions {
    /// Where the IDX files are; the sample that ships with the program if not given.
    pub data: Option<PathBuf>,
    /// Gradient steps of the student, at least 1.
    pub steps: Option<u64>,
    /// Images a step, at least 1.
    pub batch: Option<usize>,
    /// Seed of the network's start and of the order of the images.
    pub seed: u64,
    /// Rate for the value matrix and for W_KQ; from the data where it is not given.
    pub rates: (Option<f64>, Option<f64>),
    /// The network.
    pub design: Design,
    /// Where the student keeps what it has done.
    pub kept: CheckpointArgs,
}

/// What is to be trained, with its data read and nothing begun.
#[derive(Debug)]
pub struct Plan {
    digits: (Digits, Digits),
    source: (String, Option<PathBuf>),
    steps: u64,
    batch: usize,
    seed: u64,
    rates: (Option<f64>, Option<f64>),
    design: Design,
    kept: Option<Kept<CurvePoint>>,
}

/// Reads the digits, and sees that there is memory for them.
///
/// # Errors
/// Bad data or options: one line that says which.
pub fn plan(options: &MnistOptions) -> Result<Plan, Failure> {
    let (steps, batch) = (options.steps, options.batch.unwrap_or(BATCH));
    for (option, rate) in [("--rate", options.rates.0), ("--attention-rate", options.rates.1)] {
        let legal = |rate: f64| rate as f32 > 0.0 && (rate as f32).is_finite();
        if let Some(rate) = rate.filter(|&rate| !legal(rate)) {
            return Err(Failure::usage(format!("{option}: {rate:?}; expected a positive number in f32")));
        }
    }
    for (what, size) in [("--steps", steps), ("--batch", Some(batch as u64))] {
        if size == Some(0) {
            return Err(Failure::usage(format!("mnist: {}", Error::Zero { what })));
        }
    }
    let (digits, source, default_steps) = match &options.data {
        None => (sample::read_sample(options.design.limits)?, sample::CAPTION.to_owned(), SAMPLE_STEPS),
        Some(directory) => {
            let source = format!("IDX files in {}", directory.display());
            (idx::read_directory(directory, options.design.limits)?, source, DATA_STEPS)
        }
    };
    // An image as tokens, as the means of its groups, and what the teacher says of it.
    let geometry = options.design.geometry;
    let numbers = geometry.input_len() + geometry.pooled_len() + geometry.groups() * options.design.filters;
    let image = size_of::<f32>() * numbers;
    ensure("mnist", image.saturating_mul(digits.0.len() + digits.1.len()))?;
    let source = (source, options.data.clone());
    let steps = steps.unwrap_or(default_steps);
    let MnistOptions { seed, rates, design, .. } = *options;
    let Design { geometry, filters, activation, lessons, limits } = design;
    let run = vec![
        ("the command", "mnist".to_owned()),
        ("the images", format!("{:08x}", sum_of(&digits))),
        ("--seed", seed.to_string()),
        ("--batch", batch.to_string()),
        ("--rate", told(rates.0)),
        ("--attention-rate", told(rates.1)),
        ("--filters", filters.to_string()),
        ("--patch", geometry.patch().to_string()),
        ("--stride", geometry.stride().to_string()),
        ("--window", geometry.window().to_string()),
        // What follows from them, and what no option changes.
        ("the network", format!("{geometry:?} {activation:?} {lessons:?} {limits:?}")),
    ];
    let kept = Kept::new(&options.kept, run, steps, |snapshot| Ok(inspect(snapshot)?.steps))?;
    Ok(Plan { digits, source, steps, batch, seed, rates, design, kept })
}

/// A sum over all images and labels.
fn sum_of((train, test): &(Digits, Digits)) -> u32 {
    let mut crc = Crc::new();
    for digits in [train, test] {
        digits.images().for_each(|image| crc.update(image));
        crc.update(digits.labels());
    }
    crc.sum()
}

impl Plan {
    /// Makes the folder of checkpoints, before any time is spent.
    ///
    /// # Errors
    /// One line that names the folder.
    pub fn prepare(&self) -> Result<(), Failure> {
        Kept::prepare(self.kept.iter())
    }

    /// Trains the network, then the student, and measures what was recovered. Where there is a checkpoint the student goes on from it; the
    /// network, which takes no long time, learns anew to the same bits. `progress` is told the student's steps done
    /// and their total, and may end the run.
    ///
    /// # Errors
    /// Why there is no result.
    pub fn run(&self, progress: &dyn Fn(u64, u64) -> ControlFlow<()>) -> Result<DigitsRecord, Ended> {
        let Self { digits, source, steps, batch, seed, rates, design, kept } = self;
        recover(digits, source.clone(), (*steps, *batch, *rates), (*seed, *design), (kept.as_ref(), progress))
    }
}

/// Who is told the steps done and their total, and may end the run.
type Told<'a> = &'a dyn Fn(u64, u64) -> ControlFlow<()>;

fn recover(
    (train, test): &(Digits, Digits),
    (source, data): (String, Option<PathBuf>),
    (steps, batch, (rate, attention_rate)): (u64, usize, (Option<f64>, Option<f64>)),
    (seed, design): (u64, Design),
    (kept, progress): (Option<&Kept<CurvePoint>>, Told<'_>),
) -> Result<DigitsRecord, Ended> {
    let Design { geometry, filters, .. } = design;
    let (train_tokens, test_tokens) = (Tokens::new(train, geometry)?, Tokens::new(test, geometry)?);
    let ink = train_tokens.ink();
    let passes = |part| Passes::new(Draws::new(seed, part), train.len() as u32);

    let activation = Activation::<f64>::from(design.activation).cast();
    let (tokens, groups) = (geometry.tokens(), geometry.groups());
    let features = geometry.features();
    let sizes = Architecture { filters, features, groups, classes: CLASSES, activation };
    let Lessons { optimiser, batch: images, .. } = design.lessons;
    let lessons = (design.lessons.steps(train.len()), images);
    let mut network = Network::new(sizes, &mut Draws::new(seed, 0));
    network.train((train_tokens.pooled(), train.labels()), optimiser, lessons, &mut passes(1));
    let teacher_accuracy = network.accuracy(test_tokens.pooled(), test.labels());

    let shape = Shape::new(filters, features, tokens, groups)?;
    let mut mixing = vec![0.0; shape.mixing_len()];
    window_pooling(MatrixViewMut::new("mixing", &mut mixing, groups, tokens)?, &geometry.pooling())?;
    let teacher = TeacherView::new(shape, activation, network.filters(), &mixing)?;
    let (train, test) = (Lesson::new(teacher, train_tokens)?, Lesson::new(teacher, test_tokens)?);
    let pooled = (train.tokens().pooled(), features);
    let fitting = Rates::new(train.tokens().len(), pooled, (train.answers(), filters), tokens);
    let rates = Rates { value: rate.unwrap_or(fitting.value), attention: attention_rate.unwrap_or(fitting.attention) };

    let example = test.tokens().image(0);
    let course = Course { teacher, train: &train, test: &test, rates, steps, batch, kept };
    let trained = course.run(passes(2), progress)?;
    let mass = |border| mean_mass((&trained.attention, &mixing), tokens, |group| geometry.is_border(group) == border);
    Ok(DigitsRecord {
        // A row of W that never left zero has no direction.
        value_cosine_mean: trained.recovery.value_cosine_mean.map_or(0.0, f64::from),
        interior_mass: mass(false),
        border_mass: mass(true),
        relative_test_loss: trained.loss / trained.loss_start,
        teacher_accuracy,
        images: (train.tokens().len(), test.tokens().len()),
        source,
        data,
        grid: geometry.grid(),
        window: geometry.window(),
        patch: geometry.patch(),
        stride: geometry.stride(),
        ink,
        example,
        run: run_record(&course, (seed, design), trained)?,
    })
}

/// Attention on the right patches, mean over the groups that `wanted` names.
fn mean_mass((attention, mixing): (&[f32], &[f32]), tokens: usize, wanted: impl Fn(usize) -> bool) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (group, (s, target)) in attention.chunks_exact(tokens).zip(mixing.chunks_exact(tokens)).enumerate() {
        if wanted(group) {
            sum += f64::from(right_mass(s, target));
            count += 1.0;
        }
    }
    sum / count
}

fn run_record(course: &Course<'_>, (seed, design): (u64, Design), trained: Trained) -> Result<RunRecord, Ended> {
    let teacher = course.teacher;
    let shape = teacher.shape();
    // The last half decade.
    let from = course.steps as f64 / Scalar::sqrt(10.0_f64);
    let late = trained.curve.iter().filter(|point| point.step as f64 >= from);
    let slope = log_log_slope(late.map(|&CurvePoint { step, excess_loss, .. }| (step as f64, excess_loss)));
    // Images are not Gaussian, so that there is no law: judged by the curve alone.
    let best_loss = best_loss(teacher);
    let known = Circumstances {
        law: None,
        best_loss,
        row_sum: None,
        sampled: true,
        noisy: false,
        epsilon: f64::from(f32::EPSILON),
    };
    let judgement = judge(trained.curve.iter().map(|point| (point.step, point.excess_loss)), &known);
    Ok(RunRecord {
        summary: Summary {
            provenance: Provenance::now(),
            task: "mnist".to_owned(),
            scalar: "f32",
            mode: "samples",
            activation: design.activation,
            student_activation: None,
            filters: shape.filters(),
            features: shape.features(),
            tokens: shape.tokens(),
            outputs: shape.outputs(),
            group: Some(design.geometry.group_size()),
            rate: course.rates.value,
            attention_rate: course.rates.attention,
            steps: course.steps,
            seed,
            excess_loss_start: Some(trained.loss_start),
            excess_loss: Some(trained.loss),
            slope,
            // The law is one of standard Gaussian inputs.
            law_ratio: None,
            line_ratio: None,
            verdict: Some(judgement.verdict.name()),
            reason: Some(judgement.reason),
            failed: judgement.verdict.failed(),
            steps_needed: None,
            best_loss,
            value_cosine_min: trained.recovery.value_cosine_min.map(f64::from),
            attention_error_max: Some(f64::from(trained.recovery.attention_error_max)),
            ood_slope: None,
            seconds: trained.seconds,
            digest: format!("{:016x}", trained.digest),
            teacher_value: rows(teacher.value(), shape.features())?,
        },
        kind: Kind::position(StepRules::default(), None, None),
        batch: u32::try_from(course.batch).ok(),
        noise: Some(0.0),
        noise_mean: Some(0.0),
        flips: None,
        teacher_token: None,
        chosen: None,
        stop: StopRecord::default(),
        ood_first_order_slope: None,
        value: rows(&trained.value, shape.features())?,
        attention: rows(&trained.attention, shape.tokens())?,
        logits: rows(&trained.logits, shape.tokens())?,
        w_kq: w_kq(&trained.logits, shape.tokens(), None)?,
        codes: None,
        teacher_mixing: rows(teacher.mixing(), shape.tokens())?,
        curve: trained.curve,
    })
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    fn options(steps: u64, seed: u64) -> MnistOptions {
        MnistOptions {
            data: None,
            steps: Some(steps),
            batch: None,
            seed,
            rates: (None, None),
            design: Design::DEFAULT,
            kept: CheckpointArgs::NONE,
        }
    }

    #[test]
    fn a_short_run_on_the_sample_recovers_filters_and_groups() {
        let told = RefCell::new(vec![]);
        let tell = |done, total| {
            told.borrow_mut().push((done, total));
            ControlFlow::Continue(())
        };
        let record = plan(&options(3_000, 1)).unwrap().run(&tell).unwrap();
        assert!(record.value_cosine_mean > 0.9 && record.value_cosine_mean <= 1.0, "{}", record.value_cosine_mean);
        assert!(record.interior_mass > 0.9 && record.interior_mass < 1.0, "{}", record.interior_mass);
        // Blank patches cannot be told apart, so the border must stay behind.
        assert!(record.border_mass < record.interior_mass - 0.3, "{}", record.border_mass);
        assert!(record.relative_test_loss < 0.01, "{}", record.relative_test_loss);
        assert!((0.5..0.9).contains(&record.teacher_accuracy), "{}", record.teacher_accuracy);
        assert_eq!(record.images, (2_000, 500));
        assert_eq!(told.into_inner(), (0..=3_000).map(|done| (done, 3_000)).collect::<Vec<_>>());

        let run = &record.run;
        assert_eq!(
            (run.summary.filters, run.summary.features, run.summary.tokens, run.summary.outputs, run.summary.group),
            (8, 9, 144, 16, Some(9))
        );
        assert!(run.summary.value_cosine_min.is_some_and(|min| min > 0.8 && min <= record.value_cosine_mean));
        assert_eq!((record.grid, record.window, record.patch, record.ink.len()), (12, 3, 3, 144));
        for (s, target) in run.attention.iter().zip(&run.teacher_mixing) {
            assert!((s.iter().sum::<f64>() - 1.0).abs() < 1e-5);
            assert!((target.iter().sum::<f64>() - 1.0).abs() < 1e-5);
        }
        let (first, last) = (run.curve.first().unwrap(), run.curve.last().unwrap());
        assert_eq!((first.step, first.excess_loss, first.value_cosine_min), (0, 1.0, None));
        assert_eq!((last.step, last.excess_loss), (3_000, record.relative_test_loss));
        assert!(run.curve.iter().filter(|point| (100..1_000).contains(&point.step)).count() >= 20);
        assert_eq!(
            run.summary.excess_loss_start.map(|start| start * record.relative_test_loss),
            run.summary.excess_loss
        );
    }

    #[test]
    fn equal_seeds_give_equal_bits_and_others_do_not() {
        let bits = |seed| {
            let record = plan(&options(20, seed)).unwrap().run(&|_, _| ControlFlow::Continue(())).unwrap();
            (record.run.summary.digest, record.run.summary.teacher_value)
        };
        let (first, again, other) = (bits(7), bits(7), bits(8));
        assert_eq!(first, again);
        assert!(first.0 != other.0 && first.1 != other.1);
    }

    #[test]
    fn what_cannot_run_says_why() {
        let refused = |options: &MnistOptions| {
            let failure = plan(options).unwrap_err();
            (failure.code, failure.to_string())
        };
        assert_eq!(refused(&options(0, 1)), (2, "mnist: --steps is zero; it must be at least 1".to_owned()));
        let absent = MnistOptions { data: Some("no such folder".into()), ..options(1, 1) };
        let (code, line) = refused(&absent);
        assert!(code == 2 && line.starts_with("no such folder: not a directory; expected"), "{line}");
    }

    #[test]
    fn whoever_is_told_of_the_progress_can_end_the_run() {
        let told = Cell::new(0);
        let stop = |done, _| {
            told.set(done);
            if done == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        assert_eq!(plan(&options(1_000_000, 1)).unwrap().run(&stop).err(), Some(Ended::Interrupted));
        assert_eq!(told.get(), 7);
    }

    #[test]
    fn mass_is_the_mean_over_the_groups_that_are_asked_for() {
        const TOKENS: usize = Geometry::FRAMED.tokens();
        const GROUPS: usize = Geometry::FRAMED.groups();
        let mut mixing = vec![0.0; GROUPS * TOKENS];
        let mut attention = vec![0.0; GROUPS * TOKENS];
        for group in 0..GROUPS {
            mixing[group * TOKENS + group] = 1.0;
            attention[group * TOKENS + group] = group as f32 / 16.0;
            attention[group * TOKENS + 100] = 1.0 - group as f32 / 16.0;
        }
        let mass = |wanted: fn(usize) -> bool| mean_mass((&attention, &mixing), TOKENS, wanted);
        assert_eq!(mass(|group| group == 4), 0.25);
        assert_eq!(mass(|group| group == 4 || group == 8), 0.375);
        // Of 4 x 4 groups, 5, 6, 9 and 10 lie inside.
        assert_eq!(mass(|group| !Geometry::FRAMED.is_border(group)), 7.5 / 16.0);
    }
}
