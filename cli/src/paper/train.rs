//! Runs of position-only attention: one of the paper's tasks, exactly or online, with the measurements that figures need.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_wide_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::BatchLoss;
use tutee::input::{Input, LabelNoise};
use tutee::recovery::out_of_distribution::{TestSet, test_excess, test_scratch_wide_len};
use tutee::recovery::verdict::{Circumstances, Judgement, Law, judge};
use tutee::recovery::{law, recovery};
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::training::Measured;
use tutee::{Scalar, Shape};

use super::batch::{Batches, Excess, Student, crossover};
use super::kept::{from_sizes, sizes};
use super::told::{Setting, of_run};
use crate::args::{LearnArgs, Mode};
use crate::failure::{Ended, Failure};
use crate::interrupt::Interrupt;
use crate::matrices::rows;
use crate::memory::zeros;
use crate::step_rules::StepRules;
use crate::task::{BuiltIn, Task};
use crate::watch::{Watched, follow};

/// Samples of the test in the theorem's worst case.
const WORST_SAMPLES: u32 = 300;
/// Samples a step of online training, as in the paper.
pub const BATCH: u32 = 100;

/// Tests beside the training loss.
#[derive(Clone, Copy, Debug)]
pub struct Tests {
    /// Batches of the paper's size.
    pub batches: Batches,
    /// How many of them.
    pub count: u64,
    /// One larger batch, looked at past the [`crossover`] of the others.
    pub larger: Option<Batches>,
}

/// What is to be trained, checked.
#[derive(Debug)]
pub struct Course {
    words: String,
    task: Task,
    mode: Mode,
    steps: u64,
    rate: f64,
    attention_rate: f64,
    seed: u64,
    noise: f64,
    tests: Option<Tests>,
}

/// A point of a run's curve.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Point {
    pub step: f64,
    /// Exact excess loss over all Gaussian inputs.
    pub excess: f64,
    /// Cosine of the worst filter.
    pub cosine: Option<f64>,
    /// `|W - V*|`, Frobenius.
    pub value_error: f64,
    /// `|S - S*|`, Frobenius.
    pub attention_error: f64,
    /// The part of the excess that is first order in the mean of labels' noise, for a mean of 1 and exponential inputs.
    pub worst: f64,
    /// The paper's test, a number a batch.
    pub tests: Vec<Excess>,
    /// What the larger batch says.
    pub larger: Option<Excess>,
}

/// A run at its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    pub name: String,
    #[serde(serialize_with = "sizes", deserialize_with = "from_sizes")]
    pub shape: Shape,
    pub group: usize,
    /// `|V*|`, Frobenius.
    pub norm: f64,
    pub attention_rate: f64,
    pub points: Vec<Point>,
    pub attention: Vec<Vec<f64>>,
    pub mixing: Vec<Vec<f64>>,
    pub value: Vec<Vec<f64>>,
    /// Largest entry of `|S - S*|`.
    pub attention_error_max: f64,
    pub digest: u64,
}

impl Run {
    /// What its curve means.
    pub fn judged(&self, sampled: bool) -> Judgement {
        let (group, outputs, tokens) = (self.group, self.shape.outputs(), self.shape.tokens());
        let law = Law { group, outputs, tokens, attention_rate: self.attention_rate };
        let known = Circumstances {
            law: (group < tokens).then_some(law),
            best_loss: Some(0.0),
            row_sum: Some(1.0),
            sampled,
            noisy: sampled,
            epsilon: f64::EPSILON,
        };
        judge(self.points.iter().map(|point| (point.step as u64, point.excess)), &known)
    }
}

impl Course {
    /// Reads the words of a `tutee learn` with one task.
    ///
    /// # Errors
    /// None, for words that are constants of this program.
    pub fn new(words: &str, tests: Option<Tests>) -> Result<Self, Failure> {
        let args = LearnArgs::of(words)?;
        let [name] = args.tasks.as_slice() else { return Err(Failure::usage("expected one task")) };
        let built_in = BuiltIn::read(name)?;
        let shape = built_in.sizes(&args)?;
        let task = Task::built_in(&built_in, shape, &args)?;
        let rate = args.rate.unwrap_or(task.group.unwrap_or(1) as f64 / shape.outputs() as f64);
        Ok(Self {
            words: words.to_owned(),
            mode: args.mode,
            steps: args.steps.unwrap_or(1),
            rate,
            attention_rate: args.attention_rate.unwrap_or(rate),
            seed: args.seed,
            noise: args.noise.unwrap_or(0.0),
            task,
            tests,
        })
    }

    /// Name of its task.
    pub fn name(&self) -> &str {
        &self.task.name
    }

    /// What the JSON says of a run.
    pub fn told(&self, run: &Run, online: bool) -> Map<String, Value> {
        let setting = Setting {
            task: &self.task,
            mode: self.mode,
            rules: StepRules::default(),
            rate: self.rate,
            attention_rate: self.attention_rate,
            seed: self.seed,
            batch: online.then_some(BATCH),
            noise: online.then_some(self.noise),
        };
        let mixing = distance(&self.task.mixing, &vec![0.0; self.task.mixing.len()]);
        let curve = run.points.iter().map(|point| {
            let more = json!({
                "value_cosine_min": point.cosine,
                "value_error": point.value_error / run.norm,
                "attention_error": point.attention_error / mixing,
            });
            (point.step as u64, point.excess, more)
        });
        let numbers = json!({
            "law_ratio": run.law_ratio().filter(|_| run.group < run.shape.tokens()),
            "steps_needed": run.judged(online).steps_needed,
            "value_cosine_min": run.end().and_then(|end| end.cosine),
            "attention_error_max": run.attention_error_max,
            "value": run.value,
            "attention": run.attention,
        });
        of_run(&setting, curve, numbers)
    }

    /// What may follow `tutee learn`.
    pub fn words(&self) -> &str {
        &self.words
    }

    /// Trains.
    ///
    /// # Errors
    /// What the core refuses, an interruption, or a lack of memory.
    pub fn run(&self, interrupt: &Interrupt) -> Result<Run, Ended> {
        let shape = self.task.shape;
        let owned = self.task.teacher::<f64>()?;
        let teacher = owned.view()?;
        let (mut memory, mut steps) = (zeros(student_len(shape))?, 0);
        let student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
        match self.mode {
            Mode::Population => {
                let mut scratch = zeros(population_scratch_len(shape))?;
                let scratch = PopulationScratchViewMut::new(shape, &mut scratch)?;
                self.record(&mut Population::new(student, teacher, scratch)?, teacher, interrupt)
            }
            Mode::Online => {
                let (mut scratch, mut batch_loss) = (zeros(online_scratch_wide_len(shape))?, BatchLoss::ZERO);
                let scratch = OnlineScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
                let source = Source {
                    noise: LabelNoise { mean: 0.0, standard_deviation: self.noise },
                    ..Source::gaussian(self.seed, BATCH)
                };
                self.record(&mut Online::new(student, teacher, source, scratch)?, teacher, interrupt)
            }
        }
    }

    fn record<L: Measured<f64>>(
        &self,
        training: &mut L,
        teacher: TeacherView<'_, f64>,
        interrupt: &Interrupt,
    ) -> Result<Run, Ended> {
        let shape = self.task.shape;
        let (mut row, mut scratch) = (zeros(shape.tokens())?, zeros(test_scratch_wide_len(shape))?);
        let mut attention = zeros(shape.mixing_len())?;
        let worst =
            TestSet { input: Input::Exponential, seed: self.seed ^ 0x7E57, samples: WORST_SAMPLES, noise_mean: 1.0 };
        let (mut points, mut seen) = (Vec::new(), 0);
        let look = |training: &mut L| -> Result<(), Ended> {
            let excess = training.measure().check()?.excess_loss;
            let student = training.student();
            student.attention(&mut attention)?;
            let tested = Student { value: student.value(), attention: &attention };
            let (mut tests, mut larger) = (Vec::<Excess>::new(), None);
            if let Some(Tests { batches, count, larger: more }) = &self.tests {
                tests = (0..*count).map(|number| batches.test(number, tested, teacher)).collect::<Result<_, _>>()?;
                // Past the crossover of the smaller batches, and far from its own, every other point: with 400 times the samples
                // what is left of the noise is a fourteenth to a fifth of the excess there, and two standard deviations of it
                // move the slope by .2.
                let level = crossover(batches.samples, batches.deviation);
                let past = tests.first().is_some_and(|test| test.clean < level / 2.0 && test.clean > level / 20.0);
                seen += usize::from(past);
                larger =
                    more.filter(|_| past && seen % 2 == 1).map(|more| more.test(0, tested, teacher)).transpose()?;
            }
            points.push(Point {
                step: student.steps() as f64,
                excess,
                cosine: recovery(student, teacher, &mut row)?.value_cosine_min,
                value_error: distance(student.value(), teacher.value()),
                attention_error: distance(&attention, teacher.mixing()),
                worst: test_excess(student, teacher, &worst, &mut scratch)?.first_order,
                tests,
                larger,
            });
            Ok(())
        };
        let watch = |_, _| if interrupt.raised() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let norm = distance(teacher.value(), &vec![0.0; shape.value_len()]);
        let descent = Descent::new(self.rate).with_attention_rate(self.attention_rate);
        follow(training, &descent, &Watched { steps: self.steps, watch: &watch }, look)?;
        let student = training.student();
        Ok(Run {
            name: self.task.name.clone(),
            shape,
            group: self.task.group.unwrap_or(shape.tokens()),
            norm,
            attention_rate: self.attention_rate,
            points,
            attention: rows(&attention, shape.tokens())?,
            mixing: rows(teacher.mixing(), shape.tokens())?,
            value: rows(student.value(), shape.features())?,
            attention_error_max: recovery(student, teacher, &mut row)?.attention_error_max,
            digest: digest(student),
        })
    }
}

/// `|a - b|`, Frobenius.
fn distance(a: &[f64], b: &[f64]) -> f64 {
    Scalar::sqrt(a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>())
}

impl Run {
    /// A number over the steps, from the first on.
    pub fn curve(&self, of: impl Fn(&Point) -> Option<f64>) -> Vec<(f64, f64)> {
        let points = self.points.iter().filter(|point| point.step > 0.0);
        points.filter_map(|point| Some((point.step, of(point)?))).collect()
    }

    /// The last point.
    pub fn end(&self) -> Option<&Point> {
        self.points.last()
    }

    /// The law's excess loss after so many steps.
    pub fn law(&self, steps: f64) -> f64 {
        law(self.group, self.shape.outputs(), self.shape.tokens(), self.attention_rate, 1) / steps
    }

    /// Excess loss over its law, at the end.
    pub fn law_ratio(&self) -> Option<f64> {
        self.end().map(|end| end.excess / self.law(end.step))
    }
}
