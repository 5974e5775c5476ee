//! What the cells train with: teachers of any mixing, the exact gradient, and pairs that a cell makes itself.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::OnceLock;

use tutee::activation::Activation;
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_wide_len};
use tutee::input::{SampleRng, SampleStream};
use tutee::predict::forward;
use tutee::step::{Descent, Rule, RuleState};
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::teacher::family::unit_filters;
use tutee::trace::Schedule;
use tutee::training::{Measured, Steps, Stop, Stopped, run};
use tutee::{Error, Shape};

use super::cell::{Curve, Word, word};
use crate::interrupt::Interrupt;

/// Seed of everything that is drawn.
pub const SEED: u64 = 1;
/// Points of a curve in a factor of ten of steps.
const POINTS_PER_DECADE: u32 = 20;

/// Asked between any two steps of a cell.
static INTERRUPT: OnceLock<Interrupt> = OnceLock::new();

/// Cells that are being measured end between two steps once this is raised. The first one counts: a program has one.
pub fn end_with(interrupt: &Interrupt) {
    let _ = INTERRUPT.set(interrupt.clone());
}

/// Refuses to go on where somebody asked the program to end; whoever measures a cell says then that it was interrupted.
pub fn go_on() -> Result<(), Error> {
    if INTERRUPT.get().is_some_and(Interrupt::raised) { Err(Error::NoSamples) } else { Ok(()) }
}

/// The end of a run: so many steps, or somebody asked for it, which [`go_on`] tells.
pub struct Until(pub u64);

impl<T: tutee::Scalar, L: ?Sized> Stop<T, L> for Until {
    fn reached(&self, steps: u64, training: &mut L) -> Option<Stopped> {
        if go_on().is_err() { Some(Stopped::Observer) } else { Stop::<T, L>::reached(&Steps(self.0), steps, training) }
    }
}

/// A teacher that owns its matrices.
#[derive(Clone, Debug)]
pub struct Teacher {
    pub shape: Shape,
    pub activation: Activation<f64>,
    pub value: Vec<f64>,
    pub mixing: Vec<f64>,
}

impl Teacher {
    /// Filters of norm one and a mixing given row by row.
    pub fn new(
        [filters, features, tokens, outputs]: [usize; 4],
        activation: Activation<f64>,
        weight: impl Fn(usize, usize) -> f64,
    ) -> Result<Self, Error> {
        let shape = Shape::new(filters, features, tokens, outputs)?;
        let mut value = vec![0.0; shape.value_len()];
        unit_filters(&mut value, features, &mut SampleStream::new(!SEED).sample());
        let mixing = (0..outputs).flat_map(|j| (0..tokens).map(move |i| (j, i))).map(|(j, i)| weight(j, i)).collect();
        Ok(Self { shape, activation, value, mixing })
    }

    /// Each output averages its own group of K consecutive tokens.
    pub fn pooling(sizes: [usize; 4], group: usize, activation: Activation<f64>) -> Result<Self, Error> {
        Self::new(sizes, activation, |j, i| if i / group == j / group { 1.0 / group as f64 } else { 0.0 })
    }

    /// The teacher as the core takes it.
    pub fn view(&self) -> Result<TeacherView<'_, f64>, Error> {
        TeacherView::new(self.shape, self.activation, &self.value, &self.mixing)
    }

    /// Sum of the squares of V*.
    pub fn squared(&self) -> f64 {
        self.value.iter().map(|v| v * v).sum()
    }
}

/// A student at the end of its training.
#[derive(Clone, Debug)]
pub struct Student {
    pub shape: Shape,
    pub activation: Activation<f64>,
    pub value: Vec<f64>,
    pub logits: Vec<f64>,
    pub attention: Vec<f64>,
}

impl Student {
    fn of(student: tutee::student::StudentView<'_, f64>, activation: Activation<f64>) -> Result<Self, Error> {
        let mut attention = vec![0.0; student.shape().mixing_len()];
        student.attention(&mut attention)?;
        let (value, logits) = (student.value().to_vec(), student.logits().to_vec());
        Ok(Self { shape: student.shape(), activation, value, logits, attention })
    }

    /// The predictor of these matrices: of a weight that is zero the logit is so low that its exponential is no number.
    pub fn constructed(shape: Shape, activation: Activation<f64>, value: Vec<f64>, attention: Vec<f64>) -> Self {
        let logits = attention.iter().map(|&s| if s > 0.0 { tutee::Scalar::ln(s) } else { -1e4 }).collect();
        Self { shape, activation, value, logits, attention }
    }

    /// The predictor of these parameters.
    pub fn of_logits(
        shape: Shape,
        activation: Activation<f64>,
        value: Vec<f64>,
        logits: Vec<f64>,
    ) -> Result<Self, Error> {
        let (mut memory, mut steps) = (vec![0.0; student_len(shape)], 0);
        let mut student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
        student.set_value(&value)?;
        student.set_logits(&logits)?;
        Self::of(student.view(), activation)
    }

    /// Exact excess loss over all Gaussian inputs.
    pub fn excess(&self, teacher: &Teacher) -> Result<f64, Error> {
        let (mut memory, mut steps) = (vec![0.0; student_len(self.shape)], 0);
        let mut student = StudentViewMut::new(self.shape, &mut memory, &mut steps)?;
        student.set_value(&self.value)?;
        student.set_logits(&self.logits)?;
        let mut scratch = vec![0.0; population_scratch_len(self.shape)];
        let scratch = PopulationScratchViewMut::new(self.shape, &mut scratch)?;
        Ok(Population::new(student, teacher.view()?, scratch)?.measure().check()?.excess_loss)
    }

    /// f of one input.
    pub fn answers(&self, x: &[f64]) -> Result<Vec<f64>, Error> {
        let (mut hidden, mut f) = (vec![0.0; self.shape.tokens()], vec![0.0; self.shape.output_len()]);
        forward(self.shape, self.activation, (&self.value, &self.attention), x, &mut hidden, &mut f)?;
        Ok(f)
    }

    /// `1/2 |Y - f|^2` of one pair.
    fn loss(&self, x: &[f64], y: &[f64]) -> Result<f64, Error> {
        let f = self.answers(x)?;
        Ok(0.5 * f.iter().zip(y).map(|(f, y)| (f - y) * (f - y)).sum::<f64>())
    }
}

/// A training: the student at its end, and its curve.
#[derive(Clone, Debug)]
pub struct Trained {
    pub student: Student,
    pub curve: Curve,
    /// A step was refused because it could diverge.
    pub refused: bool,
}

impl Trained {
    /// Loss at the end.
    pub fn last(&self) -> f64 {
        self.curve.last().map_or(f64::NAN, |point| point.1)
    }

    /// The word for it; `least` is the least loss that there is for this student, `law` what the theorem says of its last step.
    pub fn word(&self, least: Option<f64>, law: Option<f64>) -> Word {
        if self.refused { Word::Diverged } else { word(&self.curve, least, law) }
    }

    /// Loss before the first step.
    pub fn first(&self) -> f64 {
        self.curve.first().map_or(f64::NAN, |point| point.1)
    }
}

/// Descent with a limit of W far beyond any overshoot.
fn descent(rate: f64, attention_rate: f64) -> Descent<f64> {
    Descent { value_limit: 1e6, ..Descent::new(rate).with_attention_rate(attention_rate) }
}

/// Trains by the exact gradient over all Gaussian inputs, from zero.
pub fn population(teacher: &Teacher, rate: f64, steps: u64) -> Result<Trained, Error> {
    let shape = teacher.shape;
    let (mut memory, mut taken) = (vec![0.0; student_len(shape)], 0);
    let student = StudentViewMut::new(shape, &mut memory, &mut taken)?;
    let mut scratch = vec![0.0; population_scratch_len(shape)];
    let scratch = PopulationScratchViewMut::new(shape, &mut scratch)?;
    let mut training = Population::new(student, teacher.view()?, scratch)?;
    let mut curve = Curve::new();
    let schedule = Schedule::per_decade(POINTS_PER_DECADE);
    run(&mut training, &descent(rate, rate), &Until(steps), schedule, |training| {
        let excess = training.measure().excess_loss;
        curve.push((training.student().steps(), excess));
        // What is left is rounding.
        if excess < 1e-28 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    go_on()?;
    Ok(Trained { student: Student::of(training.student(), teacher.activation)?, curve, refused: false })
}

/// Pairs: inputs and answers, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    pub x: Vec<f64>,
    pub y: Vec<f64>,
}

/// Where a cell's pairs come from: one pair from the generator of its sample.
pub type Draw<'a> = dyn Fn(&mut SampleRng, &mut [f64], &mut [f64]) -> Result<(), Error> + 'a;

impl Pairs {
    /// The next pairs of a stream.
    pub fn draw(shape: Shape, count: usize, stream: &mut SampleStream, draw: &Draw<'_>) -> Result<Self, Error> {
        let mut pairs = Self { x: vec![0.0; count * shape.input_len()], y: vec![0.0; count * shape.output_len()] };
        for (x, y) in pairs.x.chunks_mut(shape.input_len()).zip(pairs.y.chunks_mut(shape.output_len())) {
            draw(&mut stream.sample(), x, y)?;
        }
        Ok(pairs)
    }

    /// Mean loss of a student with the standard error of that mean.
    pub fn loss(&self, student: &Student) -> Result<(f64, f64), Error> {
        let (input, output) = (student.shape.input_len(), student.shape.output_len());
        let losses = self.x.chunks(input).zip(self.y.chunks(output)).map(|(x, y)| student.loss(x, y));
        Ok(mean(&losses.collect::<Result<Vec<_>, _>>()?))
    }

    /// Mean loss of a student.
    pub fn mean_loss(&self, student: &Student) -> Result<f64, Error> {
        let (input, output) = (student.shape.input_len(), student.shape.output_len());
        let losses = self.x.chunks(input).zip(self.y.chunks(output)).map(|(x, y)| student.loss(x, y));
        Ok(losses.sum::<Result<f64, _>>()? * input as f64 / self.x.len() as f64)
    }

    /// Mean of how much more one student loses than another, with its standard error.
    pub fn difference(&self, one: &Student, other: &Student) -> Result<(f64, f64), Error> {
        let (input, output) = (one.shape.input_len(), one.shape.output_len());
        let pairs = self.x.chunks(input).zip(self.y.chunks(output));
        let losses = pairs.map(|(x, y)| Ok(one.loss(x, y)? - other.loss(x, y)?));
        Ok(mean(&losses.collect::<Result<Vec<_>, Error>>()?))
    }
}

/// Mean and its standard error.
pub fn mean(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// How a training from pairs goes.
#[derive(Clone, Copy, Debug)]
pub struct Course {
    pub activation: Activation<f64>,
    pub rate: f64,
    pub attention_rate: f64,
    pub steps: u64,
    /// The factor of both rates in the second half of the steps.
    pub late: f64,
    /// Looks every so many steps, not at spaced ones.
    pub every: Option<u64>,
    /// How the logits move.
    pub rule: Rule<f64>,
}

/// The loss of a student.
pub type Look<'a> = dyn Fn(&Student) -> Result<f64, Error> + 'a;

/// Trains from zero; `batch` gives the pairs of a step, and `look` the loss of a student.
pub fn from_pairs<'p>(
    shape: Shape,
    course: Course,
    start: Option<&Student>,
    batch: &mut dyn FnMut(u64) -> Result<Cow<'p, [Pairs]>, Error>,
    look: &Look<'_>,
) -> Result<Trained, Error> {
    let (mut memory, mut taken) = (vec![0.0; student_len(shape)], 0);
    let mut student = StudentViewMut::new(shape, &mut memory, &mut taken)?;
    if let Some(start) = start {
        student.set_value(&start.value)?;
        student.set_logits(&start.logits)?;
    }
    let (mut scratch, mut loss) = (vec![0.0; sample_scratch_wide_len(shape)], BatchLoss::ZERO);
    let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut loss)?;
    let mut samples = Samples::new(student, course.activation, scratch)?;
    let (first, second) = (
        descent(course.rate, course.attention_rate),
        descent(course.late * course.rate, course.late * course.attention_rate),
    );
    let mut kept = vec![0.0; course.rule.state_len(shape)];
    let ruled = course.rule != Rule::GradientDescent;
    let mut rule = ruled.then(|| RuleState::new(shape, course.rule, &mut kept)).transpose()?;
    let schedule = Schedule::per_decade(POINTS_PER_DECADE);
    let mut curve = vec![(0, look(&Student::of(samples.student(), course.activation)?)?)];
    let (mut next, mut refused) = (course.every.unwrap_or_else(|| schedule.next_after(0)), false);
    for step in 1..=course.steps {
        go_on()?;
        for pairs in &*batch(step - 1)? {
            let count = pairs.x.len() / shape.input_len();
            samples.accumulate_many(count, &pairs.x, &pairs.y)?;
        }
        let descent = if 2 * step > course.steps { &second } else { &first };
        let stepped = match &mut rule {
            None => samples.step(descent),
            Some(rule) => samples.step_by(descent, rule),
        };
        match stepped {
            Err(Error::Diverged) => {
                refused = true;
                break;
            }
            result => result?,
        }
        if step >= next || step == course.steps {
            next = course.every.map_or_else(|| schedule.next_after(step), |every| step + every);
            curve.push((step, look(&Student::of(samples.student(), course.activation)?)?));
        }
    }
    Ok(Trained { student: Student::of(samples.student(), course.activation)?, curve, refused })
}

/// Trains on the same pairs at every step.
pub fn fixed(shape: Shape, course: Course, pairs: &Pairs, look: &Look<'_>) -> Result<Trained, Error> {
    let all = std::slice::from_ref(pairs);
    from_pairs(shape, course, None, &mut |_| Ok(Cow::Borrowed(all)), look)
}

/// Trains on fresh pairs at every step, of this stream, and tests on others.
pub fn fresh_from(
    mut stream: SampleStream,
    shape: Shape,
    course: Course,
    batch: usize,
    draw: &Draw<'_>,
    look: &Look<'_>,
) -> Result<Trained, Error> {
    let mut pairs = |_| Ok(Cow::Owned(vec![Pairs::draw(shape, batch, &mut stream, draw)?]));
    from_pairs(shape, course, None, &mut pairs, look)
}

/// Trains on fresh pairs at every step, and tests on others.
pub fn fresh(
    shape: Shape,
    course: Course,
    batch: usize,
    start: Option<&Student>,
    draw: &Draw<'_>,
    look: &Look<'_>,
) -> Result<Trained, Error> {
    let mut stream = SampleStream::new(SEED);
    let mut pairs = |_| Ok(Cow::Owned(vec![Pairs::draw(shape, batch, &mut stream, draw)?]));
    from_pairs(shape, course, start, &mut pairs, look)
}

/// Pairs that training never sees.
pub fn test_pairs(shape: Shape, count: usize, draw: &Draw<'_>) -> Result<Pairs, Error> {
    Pairs::draw(shape, count, &mut SampleStream::new(SEED ^ 0x7E57), draw)
}

/// Gradients of W and of the logits, over these pairs.
pub fn gradient(student: &Student, pairs: &Pairs) -> Result<[Vec<f64>; 2], Error> {
    let shape = student.shape;
    let (mut memory, mut taken) = (vec![0.0; student_len(shape)], 0);
    let mut view = StudentViewMut::new(shape, &mut memory, &mut taken)?;
    view.set_value(&student.value)?;
    view.set_logits(&student.logits)?;
    let (mut scratch, mut loss) = (vec![0.0; sample_scratch_wide_len(shape)], BatchLoss::ZERO);
    let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut loss)?;
    let mut samples = Samples::new(view, student.activation, scratch)?;
    samples.accumulate_many(pairs.x.len() / shape.input_len(), &pairs.x, &pairs.y)?;
    let (mut d_value, mut d_logits) = (vec![1.0; shape.value_len()], vec![1.0; shape.mixing_len()]);
    samples.gradient(&mut d_value, &mut d_logits)?;
    Ok([d_value, d_logits])
}

/// Whether every entry of the gradient of W, and of the logits, is zero over these pairs, bit for bit; without a start, at zero.
pub fn still(
    shape: Shape,
    activation: Activation<f64>,
    start: Option<&Student>,
    pairs: &Pairs,
) -> Result<[bool; 2], Error> {
    let zero = Student::of_logits(shape, activation, vec![0.0; shape.value_len()], vec![0.0; shape.mixing_len()])?;
    let of = gradient(start.unwrap_or(&zero), pairs)?;
    Ok(of.map(|d| d.iter().all(|d| d.abs().to_bits() == 0)))
}

/// Standard normal numbers.
pub fn gaussian(rng: &mut SampleRng, x: &mut [f64]) {
    rng.gaussian_fill(x);
}

/// `W x_i` of filter `m`, for all tokens.
pub fn projections(teacher: &Teacher, x: &[f64], filter: usize) -> Vec<f64> {
    let features = teacher.shape.features();
    let w = teacher.value.get(filter * features..(filter + 1) * features).unwrap_or_default();
    x.chunks(features).map(|x| x.iter().zip(w).map(|(x, w)| x * w).sum()).collect()
}

/// An answer of each output and filter: `answer(output, projections of all tokens)`.
pub fn answers(teacher: &Teacher, x: &[f64], y: &mut [f64], answer: impl Fn(usize, &[f64]) -> f64) {
    let filters = teacher.shape.filters();
    for m in 0..filters {
        let h = projections(teacher, x, m);
        for (j, y) in y.chunks_mut(filters).enumerate() {
            if let Some(y) = y.get_mut(m) {
                *y = answer(j, &h);
            }
        }
    }
}
