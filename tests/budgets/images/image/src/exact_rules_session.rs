//! Training along the exact gradient, towards a teacher that the program has, with Polyak's steps and a value matrix that is solved for:
//! the fastest of the step rules.

use core::hint::black_box;

use tutee::activation::Activation;
use tutee::gradient::population::{PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::ruled::{RuledPopulation, ruled_scratch_len};
use tutee::matrix::Matrix;
use tutee::step::{Descent, Rule, Rules, ValueRule};
use tutee::student::Student;
use tutee::teacher::TeacherView;
use tutee::training::{Measured, Training};
use tutee::{Error, Shape};

use crate::place::Place;
use crate::session::{mix, read};

const FILTERS: usize = 2;
const FEATURES: usize = 4;
const TOKENS: usize = 8;
const OUTPUTS: usize = 8;
const STEPS: u32 = 20;

const SHAPE: Shape = match Shape::new(FILTERS, FEATURES, TOKENS, OUTPUTS) {
    Ok(shape) => shape,
    Err(_) => panic!("sizes"),
};

static STUDENT: Place<Student<f32, FILTERS, FEATURES, TOKENS, OUTPUTS>> = Place::new(Student::ZERO);
static SCRATCH: Place<[f32; population_scratch_len(SHAPE)]> = Place::new([0.0; population_scratch_len(SHAPE)]);
static MEMORY: Place<[f32; ruled_scratch_len(SHAPE)]> = Place::new([0.0; ruled_scratch_len(SHAPE)]);
static VALUE: Place<Matrix<f32, FILTERS, FEATURES>> = Place::new(Matrix::ZERO);
static MIXING: Place<Matrix<f32, OUTPUTS, TOKENS>> = Place::new(Matrix::ZERO);

/// Trains from zero, and gives a number that depends on every bit of the outcome.
///
/// # Errors
/// What the library refuses, which is nothing here.
#[inline(always)]
pub fn session() -> Result<u32, Error> {
    // SAFETY: a program calls this once, so nobody else has them.
    let (student, scratch, memory, value, mixing) =
        unsafe { (STUDENT.take(), SCRATCH.take(), MEMORY.take(), VALUE.take(), MIXING.take()) };
    let (value, mixing) = (value.as_mut_slice(), mixing.as_mut_slice());
    read(value);
    // Each output averages a token and the next.
    for (j, row) in mixing.chunks_exact_mut(TOKENS).enumerate() {
        for (i, weight) in row.iter_mut().enumerate() {
            if i == j || i == (j + 1) & (TOKENS - 1) {
                *weight = black_box(0.5);
            }
        }
    }
    let teacher = TeacherView::new(SHAPE, Activation::Relu, value, mixing)?;
    let scratch = PopulationScratchViewMut::new(SHAPE, scratch)?;
    let rules = Rules { attention: Rule::Polyak { theta: 1.0 }, value: ValueRule::Projected };
    let mut training = RuledPopulation::new(student.view_mut(), teacher, scratch, rules, &mut [], memory)?;
    let descent = black_box(Descent::new(0.25));
    for _ in 0..STEPS {
        training.step(&descent)?;
    }
    let student = training.student();
    Ok(mix(student.logits()) ^ mix(student.value()))
}
