//! The digests of tasks.h from the core itself, with its sizes at run time; the lines of digests.cpp.

use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::input::{Input, LabelNoise};
use tutee::matrix::MatrixViewMut;
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::teacher::convolution::{WindowPooling, average_pooling, window_pooling};
use tutee::teacher::graph::{SelfLoops, cycle, from_edges};
use tutee::teacher::group_sparse::select_group;
use tutee::teacher::token_selection::select;
use tutee::training::Training;
use tutee::{Error, Scalar, Shape};

type Sizes = (usize, usize, usize, usize);

const TASKS: [(&str, Sizes, Kind); 7] = [
    ("convolution", (2, 3, 8, 4), Kind::Relu),
    ("pooling", (3, 4, 8, 2), Kind::Leaky),
    ("cycle", (2, 3, 7, 7), Kind::Relu),
    ("graph", (2, 2, 5, 5), Kind::Leaky),
    ("selection", (4, 1, 9, 1), Kind::Identity),
    ("group", (1, 3, 6, 6), Kind::Identity),
    ("mixing", (3, 5, 4, 6), Kind::Leaky),
];

#[derive(Clone, Copy)]
enum Kind {
    Identity,
    Relu,
    Leaky,
}

const PAIRS: usize = 3;

/// `(i * factor % modulus - offset) / divisor`.
fn numbers<T: Scalar>(n: usize, factor: usize, modulus: usize, offset: f64, divisor: f64) -> Vec<T> {
    (0..n).map(|i| T::from_f64(((i * factor % modulus) as f64 - offset) / divisor)).collect()
}

fn fill<T: Scalar>(name: &str, mut mixing: MatrixViewMut<'_, T>) -> Result<(), Error> {
    match name {
        "convolution" => average_pooling(mixing, 2),
        "pooling" => {
            let windows = WindowPooling { grid_rows: 2, grid_cols: 4, window_rows: 2, window_cols: 2 };
            window_pooling(mixing, &windows)
        }
        "cycle" => cycle(mixing, 1),
        "graph" => from_edges(mixing, &[(0, 1), (1, 2), (2, 0), (3, 4)], SelfLoops::Add),
        "selection" => select(mixing, &[0, 8, 3]),
        "group" => select_group(mixing, 4),
        _ => {
            let entries = numbers(24, 5, 9, 0.0, 8.0);
            mixing.as_mut_slice().copy_from_slice(&entries);
            Ok(())
        }
    }
}

fn task<T: Scalar>(precision: &str, name: &str, sizes: Sizes, kind: Kind) -> Result<(), Error> {
    let (filters, features, tokens, outputs) = sizes;
    let shape = Shape::new(filters, features, tokens, outputs)?;
    let activation = match kind {
        Kind::Identity => Activation::Identity,
        Kind::Relu => Activation::Relu,
        Kind::Leaky => Activation::LeakyRelu(T::from_f64(0.25)),
    };
    let value = numbers(shape.value_len(), 7, 11, 5.0, 4.0);
    let mut mixing = vec![T::ZERO; shape.mixing_len()];
    fill(name, MatrixViewMut::new("mixing", &mut mixing, outputs, tokens)?)?;
    let teacher = TeacherView::new(shape, activation, &value, &mixing)?;
    let descent = Descent::new(T::from_f64(0.125));
    let (mut memory, mut steps) = (vec![T::ZERO; student_len(shape)], 0);

    let mut scratch = vec![T::ZERO; population_scratch_len(shape)];
    let student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
    let mut training = Population::new(student, teacher, PopulationScratchViewMut::new(shape, &mut scratch)?)?;
    for _ in 0..40 {
        training.step(&descent)?;
    }
    println!("{precision} {name} population {:016x}", digest(training.student()));

    memory.fill(T::ZERO);
    steps = 0;
    let (mut scratch, mut batch_loss) = (vec![T::ZERO; sample_scratch_len(shape)], BatchLoss::ZERO);
    let student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
    let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
    let mut samples = Samples::new(student, activation, scratch)?;
    let x = numbers(PAIRS * shape.input_len(), 13, 17, 8.0, 8.0);
    let y = numbers(PAIRS * shape.output_len(), 3, 13, 6.0, 8.0);
    for _ in 0..8 {
        for (x, y) in x.chunks_exact(shape.input_len()).zip(y.chunks_exact(shape.output_len())) {
            samples.accumulate(x, y)?;
        }
        samples.step(&descent)?;
    }
    println!("{precision} {name} samples {:016x}", digest(samples.student()));

    for (input, drawn) in [(Input::Laplace, "laplace"), (Input::Gumbel, "gumbel")] {
        memory.fill(T::ZERO);
        steps = 0;
        let (mut scratch, mut batch_loss) = (vec![T::ZERO; online_scratch_len(shape)], BatchLoss::ZERO);
        let student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
        let scratch = OnlineScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
        let noise = LabelNoise { mean: T::ZERO, standard_deviation: T::from_f64(0.125) };
        let source = Source { input, noise, ..Source::gaussian(7, 4) };
        let mut online = Online::new(student, teacher, source, scratch)?;
        for _ in 0..12 {
            online.step(&descent)?;
        }
        println!("{precision} {name} {drawn} {:016x}", digest(online.student()));
    }
    Ok(())
}

fn main() -> Result<(), Error> {
    for (name, sizes, kind) in TASKS {
        task::<f32>("f32", name, sizes, kind)?;
    }
    for (name, sizes, kind) in TASKS {
        task::<f64>("f64", name, sizes, kind)?;
    }
    Ok(())
}
