//! Training on the chip, of one small shape: what firmware would do with it, in parts that can be left out. What the image
//! without any part contains is not the library's.

use core::hint::black_box;

use tutee::Error;
use tutee::activation::Activation;
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::matrix::Matrix;
use tutee::predict::forward;
use tutee::step::Descent;
use tutee::student::Student;
use tutee::teacher::{Teacher, convolution};

use crate::place::Place;

const FILTERS: usize = 2;
const FEATURES: usize = 4;
const TOKENS: usize = 8;
const OUTPUTS: usize = 8;
const BATCHES: u32 = 20;
const BATCH: u32 = 4;

static STUDENT: Place<Student<f32, FILTERS, FEATURES, TOKENS, OUTPUTS>> = Place::new(Student::ZERO);
static SCRATCH: Place<SampleScratch<f32, FILTERS, FEATURES, TOKENS, OUTPUTS>> = Place::new(SampleScratch::ZERO);
static TEACHER: Place<Teacher<f32, FILTERS, FEATURES, TOKENS, OUTPUTS>> = Place::new(Teacher::ZERO);
static ATTENTION: Place<Matrix<f32, OUTPUTS, TOKENS>> = Place::new(Matrix::ZERO);
static HIDDEN: Place<[f32; TOKENS]> = Place::new([0.0; TOKENS]);
static X: Place<Matrix<f32, TOKENS, FEATURES>> = Place::new(Matrix::ZERO);
static Y: Place<Matrix<f32, OUTPUTS, FILTERS>> = Place::new(Matrix::ZERO);

/// Takes pairs as they come in, and works with those parts of the library that the program has: a teacher answers, a
/// student is trained, the student predicts. Gives a number that depends on every bit of the outcome.
///
/// # Errors
/// What the library refuses, which is nothing here.
#[inline(always)]
pub fn session<const TEACHES: bool, const TRAINS: bool, const PREDICTS: bool>() -> Result<u32, Error> {
    // SAFETY: a program calls this once, so nobody else has them.
    let (student, scratch, teacher, attention, hidden, x, y) = unsafe {
        (STUDENT.take(), SCRATCH.take(), TEACHER.take(), ATTENTION.take(), HIDDEN.take(), X.take(), Y.take())
    };
    let (x, y) = (x.as_mut_slice(), y.as_mut_slice());
    if TEACHES {
        let filters = Matrix::from_rows([[0.5, 0.75, -0.25, 0.125], [-0.5, 0.25, 1.0, 0.5]]);
        teacher.fill(Activation::Relu, black_box(&filters), |mixing| convolution::average_pooling(mixing, 4))?;
    }
    if TRAINS {
        let mut samples = Samples::of(student, Activation::Relu, scratch)?;
        let descent = black_box(Descent { attention_rate: 1.0, ..Descent::new(0.25) });
        for _ in 0..BATCHES {
            for _ in 0..BATCH {
                pair::<TEACHES>(teacher, x, hidden, y)?;
                samples.accumulate(x, y)?;
            }
            samples.step(&descent)?;
        }
    } else {
        for _ in 0..BATCHES * BATCH {
            pair::<TEACHES>(teacher, x, hidden, y)?;
        }
    }
    if PREDICTS {
        student.attention(attention);
        let weights = (student.value().as_slice(), attention.as_slice());
        forward(student.view().shape(), Activation::Relu, weights, x, hidden, y)?;
    }
    Ok(mix(y) ^ if TRAINS { mix(student.logits().as_slice()) } else { 1 })
}

/// One pair: readings of twelve bits, as a converter would give them; and an answer, the teacher's or one that needs no
/// library.
#[inline(always)]
fn pair<const TEACHES: bool>(
    teacher: &Teacher<f32, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    x: &mut [f32],
    hidden: &mut [f32],
    y: &mut [f32],
) -> Result<(), Error> {
    read(x);
    if TEACHES {
        let view = teacher.view();
        forward(view.shape(), view.activation(), (view.value(), view.mixing()), x, hidden, y)
    } else {
        read(y);
        Ok(())
    }
}

#[inline(never)]
pub(crate) fn read(numbers: &mut [f32]) {
    static STATE: Place<u32> = Place::new(1);
    // SAFETY: the reference does not leave this call.
    let state = unsafe { STATE.take() };
    for number in numbers {
        *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *number = f32::from((*state >> 20) as i16 - 2048) / 1024.0;
    }
}

/// A number that depends on every bit and its place.
#[inline(never)]
pub(crate) fn mix(numbers: &[f32]) -> u32 {
    numbers.iter().fold(0x811C_9DC5, |sum, number| (sum ^ number.to_bits()).wrapping_mul(0x0100_0193).rotate_left(5))
}
