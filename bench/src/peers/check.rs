//! Whether a peer takes the same steps: a wrong program's speed says nothing.
//!
//! Exact steps must lead to the same student. Online steps lead to a random one: three of its statistics must lie among
//! those that the library reaches with other seeds.

use tutee::gradient::population::{PopulationScratchViewMut, measure, population_scratch_len};
use tutee::student::{StudentView, student_len};
use tutee::training::Measured;
use tutee::{Error, Scalar};
use tutee_bench::steps::{GROUP, Gradient, Task, train};

use super::case::{Case, Precision};
use super::contest::{Contender, Tutee};
use super::program::{Program, Trained};

/// The library's runs of an online task. Of a normally distributed statistic one in seventy thousand lies further from the
/// mean of eight than twelve of their standard deviations.
const SEEDS: u64 = 8;
const DEVIATIONS: f64 = 12.0;

/// A softmax does not notice a constant, so that its gradient sums to zero: what rounding may leave of that.
const DRIFT: f64 = 1e-4;

const STATISTICS: [&str; 3] = ["excess loss", "overlap of the filters", "gap between logits"];

/// What a peer's student is held to, and how it is trained.
pub(super) struct Check {
    case: Case,
    task: Task<f64>,
    steps: u64,
    /// What the rates are multiplied by, as in [`Case::descent`]: so that filters and attention are well under way after a few steps.
    factors: [f64; 2],
    expected: Expected,
}

pub(super) enum Expected {
    Student { trained: Trained, tolerance: f64 },
    Statistics { mean: [f64; 3], deviation: [f64; 3] },
}

impl Expected {
    /// Of the library's runs under several seeds.
    pub(super) fn statistics(run: impl Fn(u64) -> Result<[f64; 3], String>) -> Result<Self, String> {
        let found: Vec<[f64; 3]> = (1..=SEEDS).map(run).collect::<Result<_, _>>()?;
        let mean_of = |f: &dyn Fn(&[f64; 3]) -> f64| found.iter().map(f).sum::<f64>() / found.len() as f64;
        let mean = [0, 1, 2].map(|i| mean_of(&|x| x[i]));
        let deviation = [0, 1, 2].map(|i| Scalar::sqrt(mean_of(&|x| (x[i] - mean[i]) * (x[i] - mean[i]))));
        Ok(Self::Statistics { mean, deviation })
    }

    /// Compares statistics, which have these names, with those of the library. An error says what differs.
    pub(super) fn compare(&self, found: &[f64; 3], names: &[&str; 3]) -> Result<(), String> {
        let Self::Statistics { mean, deviation } = self else { return Ok(()) };
        for (i, what) in names.iter().enumerate() {
            let apart = (found[i] - mean[i]) / deviation[i];
            if apart.abs() > DEVIATIONS || apart.is_nan() {
                return Err(format!("{what} is {}, {apart:.1} deviations from {}", found[i], mean[i]));
            }
        }
        Ok(())
    }
}

impl Check {
    /// Trains the library's own students.
    pub(super) fn new(case: &Case) -> Result<Self, String> {
        match case.precision {
            Precision::F32 => Self::of::<f32>(case),
            Precision::F64 => Self::of::<f64>(case),
        }
    }

    fn of<T: Scalar>(case: &Case) -> Result<Self, String> {
        let shown = |error: Error| error.to_string();
        let task = Task::<T>::new(case.sizes).map_err(shown)?;
        let (wide, shape) = (task.widened(), task.shape());
        let widening = shape.tokens() as f64 / 16.0;
        let factors = [2.0, 100.0 * widening * widening];
        // Large batches leave little to chance, but take their time where there are many tokens.
        let (steps, batch) = match shape.tokens() {
            0..=16 => (24, 4096),
            17..=64 => (24, 256),
            _ => (12, 64),
        };
        let case = Case { batch, ..*case };
        let trained = |seed| -> Result<Trained, String> {
            let run = |training: &mut dyn Measured<T>| {
                Tutee { training: &mut *training, descent: case.descent(factors) }.steps(steps)?;
                Ok::<_, String>(Trained::of(training.student()))
            };
            train(&task, case.gradient, case.batch, seed, run).map_err(shown)?
        };
        let expected = match case.gradient {
            Gradient::Exact => {
                let tolerance = if T::BITS == 64 { 1e-6 } else { 1e-3 };
                Expected::Student { trained: trained(1)?, tolerance }
            }
            Gradient::Online => Expected::statistics(|seed| statistics(&wide, &trained(seed)?).map_err(shown))?,
        };
        Ok(Self { case, task: wide, steps, factors, expected })
    }

    /// The task, for programs.
    pub(super) const fn task(&self) -> &Task<f64> {
        &self.task
    }

    /// Trains the peer's student and compares; false when it takes no such steps. An error says what differs.
    pub(super) fn passes(&self, program: &mut Program) -> Result<bool, String> {
        let case = &self.case;
        if !program.begin(case, &self.task, self.factors)? {
            return Ok(false);
        }
        program.steps(self.steps)?;
        let found = program.student(self.task.shape())?;
        let refused = |what: String| format!("{} computes something else in {case}: {what}", program.name);
        let drift = found.logits.iter().sum::<f64>() / found.logits.iter().map(|a| a.abs()).sum::<f64>();
        if drift.abs() > DRIFT || drift.is_nan() {
            return Err(refused(format!("the sum of A is {drift:e} of that of its entries' sizes")));
        }
        match &self.expected {
            Expected::Student { trained, tolerance } => {
                let pairs = [("W", &trained.value, &found.value), ("A", &trained.logits, &found.logits)];
                for (what, expected, found) in pairs {
                    let apart = relative_difference(expected, found);
                    if apart > *tolerance || apart.is_nan() {
                        return Err(refused(format!(
                            "{what} is {apart:e} of its norm away, allowed are {tolerance:e}"
                        )));
                    }
                }
            }
            Expected::Statistics { .. } => {
                let found = statistics(&self.task, &found).map_err(|error| refused(error.to_string()))?;
                self.expected.compare(&found, &STATISTICS).map_err(refused)?;
            }
        }
        Ok(true)
    }
}

fn relative_difference(expected: &[f64], found: &[f64]) -> f64 {
    let norm = |squares: f64| Scalar::sqrt(squares);
    let apart = norm(expected.iter().zip(found).map(|(x, y)| (x - y) * (x - y)).sum());
    apart / norm(expected.iter().map(|x| x * x).sum())
}

/// In the order of [`STATISTICS`].
fn statistics(task: &Task<f64>, student: &Trained) -> Result<[f64; 3], Error> {
    let shape = task.shape();
    let mut memory = vec![0.0; student_len(shape)];
    memory[..shape.value_len()].copy_from_slice(&student.value);
    memory[2 * shape.value_len()..][..shape.mixing_len()].copy_from_slice(&student.logits);
    let mut scratch = vec![0.0; population_scratch_len(shape)];
    let view = StudentView::resume(shape, &memory, 0)?;
    let measured = measure(view, task.teacher()?, PopulationScratchViewMut::new(shape, &mut scratch)?)?;
    let overlap = student.value.iter().zip(task.value()).map(|(w, v)| w * v).sum::<f64>() / shape.filters() as f64;
    let tokens = shape.tokens();
    let (mut inside, mut outside) = (0.0, 0.0);
    for (i, a) in student.logits.iter().enumerate() {
        let to = if i / tokens / GROUP == i % tokens / GROUP { &mut inside } else { &mut outside };
        *to += a;
    }
    let (inside, outside) = (inside / GROUP as f64, outside / (tokens - GROUP) as f64);
    Ok([measured.excess_loss, overlap, (inside - outside) / shape.outputs() as f64])
}
