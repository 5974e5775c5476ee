//! What `clients/digests.c` prints, computed without the C interface.

use tutee::activation::Activation;
use tutee::digest::{Digest, digest};
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, measure, population_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::matrix::{MatrixView, MatrixViewMut};
use tutee::position::{logits_to_kq, sinusoidal};
use tutee::predict::forward;
use tutee::recovery::recovery;
use tutee::step::Descent;
use tutee::student::{StudentView, StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::teacher::paper::PaperTask;
use tutee::trace::Schedule;
use tutee::training::{Measured, StopRule, run};
use tutee::{Scalar, Shape};

#[path = "digests_exact.rs"]
mod exact;
#[path = "digests_layer.rs"]
mod layer;
#[path = "numbers.rs"]
mod numbers;

use exact::{exact_label, exact_selection};
use layer::{layer_online, layer_pairs};
use numbers::simulate;

const FEATURES: usize = 5;
const TOKENS: usize = 8;
const OUTPUTS: usize = 8;
const PAIRS: usize = 8;
const ASKED: usize = 2;
const POPULATION_STEPS: u64 = 200;
const ONLINE_STEPS: u64 = 60;
const BATCHES: usize = 40;

/// All lines, in the order of the program.
pub fn lines() -> Vec<String> {
    let mut lines = Vec::new();
    for task in PaperTask::ALL {
        for training in ["population", "online", "samples"] {
            lines.push(line::<f32>(task, training));
            lines.push(line::<f64>(task, training));
        }
    }
    let layer = [layer_pairs::<f32>, layer_pairs::<f64>, layer_online::<f32>, layer_online::<f64>];
    lines.extend(layer.map(|line| line()));
    let exact = [exact_label::<f32>, exact_label::<f64>, exact_selection::<f32>, exact_selection::<f64>];
    lines.extend(exact.map(|line| line()));
    lines
}

/// The program's slope is exact in both precisions, unlike the paper's.
fn activation_of<T: Scalar>(task: PaperTask) -> Activation<T> {
    match task.activation() {
        Activation::LeakyRelu(_) => Activation::LeakyRelu(T::from_f64(0.125)),
        other => other,
    }
}

fn line<T: Scalar>(task: PaperTask, training: &str) -> String {
    // One filter less than in the paper's table: the program's sizes are awkward on purpose.
    let (name, filters, group) = (task.name(), task.filters().min(3), task.group());
    let shape = Shape::new(filters, FEATURES, TOKENS, OUTPUTS).unwrap();
    let entry = |i: usize| T::from_f64((((i * 7 + 3) % 11) as f64 - 5.0) / 8.0 + 0.0625);
    let value: Vec<T> = (0..shape.value_len()).map(entry).collect();
    let mut mixing = vec![T::ZERO; shape.mixing_len()];
    let view = MatrixViewMut::new("mixing", &mut mixing, OUTPUTS, TOKENS).unwrap();
    task.family(group, if group == 1 { &[2] } else { &[6, 1, 3] }).unwrap().fill(view).unwrap();
    let teacher = TeacherView::new(shape, activation_of(task), &value, &mixing).unwrap();

    let (mut memory, mut steps) = (vec![T::ZERO; student_len(shape)], 0);
    let mut student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
    let descent = Descent::new(T::from_usize(group) / T::from_usize(OUTPUTS));
    match training {
        "population" => train_population(student.reborrow(), teacher, &descent),
        "online" => train_online(student.reborrow(), teacher, &descent),
        _ => train_samples(student.reborrow(), teacher, &descent),
    }
    let answers = answers(student.view(), teacher);
    format!("{name} {training} f{} {:016x} {answers:016x}", T::BITS, digest(student.view()))
}

fn steps<T: Scalar>(training: &mut impl Measured<T>, descent: &Descent<T>, steps: u64) {
    let stop = StopRule::steps(steps);
    run(training, descent, &stop, Schedule::NEVER, |_| std::ops::ControlFlow::Continue(())).unwrap();
}

fn train_population<T: Scalar>(student: StudentViewMut<'_, T>, teacher: TeacherView<'_, T>, descent: &Descent<T>) {
    let mut scratch = vec![T::ZERO; population_scratch_len(student.shape())];
    let scratch = PopulationScratchViewMut::new(student.shape(), &mut scratch).unwrap();
    steps(&mut Population::new(student, teacher, scratch).unwrap(), descent, POPULATION_STEPS);
}

fn train_online<T: Scalar>(student: StudentViewMut<'_, T>, teacher: TeacherView<'_, T>, descent: &Descent<T>) {
    let (mut scratch, mut batch_loss) = (vec![T::ZERO; online_scratch_len(student.shape())], BatchLoss::ZERO);
    let scratch = OnlineScratchViewMut::new(student.shape(), &mut scratch, &mut batch_loss).unwrap();
    let noise = LabelNoise { mean: T::ZERO, standard_deviation: T::from_f64(0.125) };
    let source = Source { stream: SampleStream::new(11), input: Input::Gaussian, noise, batch: 4 };
    steps(&mut Online::new(student, teacher, source, scratch).unwrap(), descent, ONLINE_STEPS);
}

fn train_samples<T: Scalar>(student: StudentViewMut<'_, T>, teacher: TeacherView<'_, T>, descent: &Descent<T>) {
    let shape = student.shape();
    let (mut scratch, mut batch_loss) = (vec![T::ZERO; sample_scratch_len(shape)], BatchLoss::ZERO);
    let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
    let mut samples = Samples::new(student, teacher.activation(), scratch).unwrap();
    let (mut hidden, mut y) = (vec![T::ZERO; TOKENS], vec![T::ZERO; shape.output_len()]);
    let parts = (teacher.value(), teacher.mixing());
    let mut state = 1;
    for _ in 0..BATCHES {
        for _ in 0..PAIRS {
            let x: Vec<T> = (0..shape.input_len()).map(|_| simulate(&mut state)).collect();
            forward(shape, teacher.activation(), parts, &x, &mut hidden, &mut y).unwrap();
            samples.accumulate(&x, &y).unwrap();
        }
        samples.step(descent).unwrap();
    }
}

/// Of everything that can be asked of a student.
fn answers<T: Scalar>(student: StudentView<'_, T>, teacher: TeacherView<'_, T>) -> u64 {
    let shape = student.shape();
    let mut hash = Digest::new();

    let mut scratch = vec![T::ZERO; population_scratch_len(shape)];
    let scratch = PopulationScratchViewMut::new(shape, &mut scratch).unwrap();
    let measure = measure(student, teacher, scratch).unwrap();
    let mut row = vec![T::ZERO; TOKENS];
    let recovery = recovery(student, teacher, &mut row).unwrap();
    hash.scalars(&[
        measure.excess_loss,
        measure.gradient_norm,
        recovery.value_cosine_min.unwrap_or(T::ZERO),
        recovery.value_cosine_mean.unwrap_or(T::ZERO),
        recovery.attention_error_max,
        recovery.mass_mean,
        recovery.mass_min,
    ]);

    let mut attention = vec![T::ZERO; shape.mixing_len()];
    student.attention(&mut attention).unwrap();
    hash.scalars(&attention);

    let (mut position, mut kq) = (vec![T::ZERO; TOKENS * TOKENS], vec![T::ZERO; TOKENS * TOKENS]);
    sinusoidal(MatrixViewMut::new("position", &mut position, TOKENS, TOKENS).unwrap()).unwrap();
    let position = MatrixView::new("position", &position, TOKENS, TOKENS).unwrap();
    let logits = MatrixView::new("logits", student.logits(), OUTPUTS, TOKENS).unwrap();
    logits_to_kq(position, logits, MatrixViewMut::new("W_KQ", &mut kq, TOKENS, TOKENS).unwrap()).unwrap();
    hash.scalars(&kq);

    let (mut hidden, mut y) = (vec![T::ZERO; TOKENS], vec![T::ZERO; shape.output_len()]);
    let mut state = 2;
    for _ in 0..ASKED {
        let x: Vec<T> = (0..shape.input_len()).map(|_| simulate(&mut state)).collect();
        forward(shape, teacher.activation(), (student.value(), &attention), &x, &mut hidden, &mut y).unwrap();
        hash.scalars(&y);
    }
    hash.finish()
}
