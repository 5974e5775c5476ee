//! Recovers a graph convolution from the exact gradient: ten nodes in a ring, each averaging itself and its neighbours.
//!
//! `cargo run --release -p tutee --example exact`

use tutee::gradient::population::{Population, PopulationScratch};
use tutee::input::SampleStream;
use tutee::matrix::Matrix;
use tutee::recovery::recovery;
use tutee::step::Descent;
use tutee::student::Student;
use tutee::teacher::Teacher;
use tutee::teacher::family::{Family, unit_filters};
use tutee::training::{Measured, Training};

const FILTERS: usize = 3;
const FEATURES: usize = 5;
const NODES: usize = 10;

fn main() -> Result<(), tutee::Error> {
    let mut filters = Matrix::<f64, FILTERS, FEATURES>::ZERO;
    unit_filters(filters.as_mut_slice(), FEATURES, &mut SampleStream::new(1).sample());
    let mut teacher = Teacher::<f64, FILTERS, FEATURES, NODES, NODES>::ZERO;
    let relu = tutee::activation::Activation::Relu;
    teacher.fill(relu, &filters, |mixing| Family::Cycle { reach: 1 }.fill(mixing))?;

    let mut student = Student::ZERO;
    let mut scratch = PopulationScratch::ZERO;
    let mut training = Population::of(&mut student, &teacher, &mut scratch);
    let descent = Descent::new(3.0 / NODES as f64);
    println!("{:>8}  {:>12}", "steps", "excess loss");
    for decade in [10, 100, 1_000, 10_000, 100_000] {
        while training.student().steps() < decade {
            training.step(&descent)?;
        }
        println!("{decade:>8}  {:>12.3e}", training.measure().excess_loss);
    }

    let found = recovery(student.view(), teacher.view(), &mut [0.0; NODES])?;
    println!("smallest cosine of a filter  {:.7}", found.value_cosine_min.unwrap_or(0.0));
    println!("largest error of the attention  {:.4}", found.attention_error_max);
    let mut attention = Matrix::ZERO;
    student.attention(&mut attention);
    println!("node 0 averages:");
    for (node, weight) in attention.as_slice().iter().take(NODES).enumerate().filter(|(_, weight)| **weight > 0.1) {
        println!("  node {node} with weight {weight:.3}");
    }
    Ok(())
}
