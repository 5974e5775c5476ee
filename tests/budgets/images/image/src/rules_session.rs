//! Training from pairs as [`session`](crate::session) does it, with logits that follow Adam: what a step rule adds to it.

use core::hint::black_box;

use tutee::activation::Activation;
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::matrix::Matrix;
use tutee::step::{Descent, Rule, RuleKind, RuleState};
use tutee::student::Student;
use tutee::{Error, Shape};

use crate::place::Place;
use crate::session::{mix, read};

const FILTERS: usize = 2;
const FEATURES: usize = 4;
const TOKENS: usize = 8;
const OUTPUTS: usize = 8;
const BATCHES: u32 = 20;
const BATCH: u32 = 4;

const KEPT: usize = match Shape::new(FILTERS, FEATURES, TOKENS, OUTPUTS) {
    Ok(shape) => RuleKind::Adam.state_len(shape),
    Err(_) => 0,
};

static STUDENT: Place<Student<f32, FILTERS, FEATURES, TOKENS, OUTPUTS>> = Place::new(Student::ZERO);
static SCRATCH: Place<SampleScratch<f32, FILTERS, FEATURES, TOKENS, OUTPUTS>> = Place::new(SampleScratch::ZERO);
static KEPT_BY_ADAM: Place<[f32; KEPT]> = Place::new([0.0; KEPT]);
static X: Place<Matrix<f32, TOKENS, FEATURES>> = Place::new(Matrix::ZERO);
static Y: Place<Matrix<f32, OUTPUTS, FILTERS>> = Place::new(Matrix::ZERO);

/// Trains from pairs as they come in, and gives a number that depends on every bit of the outcome.
///
/// # Errors
/// What the library refuses, which is nothing here.
#[inline(always)]
pub fn session() -> Result<u32, Error> {
    // SAFETY: a program calls this once, so nobody else has them.
    let (student, scratch, kept, x, y) =
        unsafe { (STUDENT.take(), SCRATCH.take(), KEPT_BY_ADAM.take(), X.take(), Y.take()) };
    let (x, y) = (x.as_mut_slice(), y.as_mut_slice());
    let mut rule = RuleState::new(student.view().shape(), Rule::Adam, kept)?;
    let mut samples = Samples::of(student, Activation::Relu, scratch)?;
    let descent = black_box(Descent { attention_rate: 1.0, ..Descent::new(0.25) });
    for _ in 0..BATCHES {
        for _ in 0..BATCH {
            read(x);
            read(y);
            samples.accumulate(x, y)?;
        }
        samples.step_by(&descent, &mut rule)?;
    }
    Ok(mix(student.logits().as_slice()) ^ mix(student.value().as_slice()))
}
