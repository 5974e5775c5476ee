//! A training, from a student that knows nothing to what it has found out.

use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::gradient::population::Population;
use tutee::matrix::Matrix;
use tutee::recovery::recovery;
use tutee::step::Descent;
use tutee::student::Student;
use tutee::teacher::Teacher;
use tutee::training::Measured;
use tutee::{Error, Scalar};

use crate::lesson::{Lesson, Mode, Outcome};
use crate::report::Findings;
use crate::tasks::fill;

/// Steps of a training: enough for what [`Outcome::check`] demands, few enough for double precision in software.
const STEPS: u32 = 200;
/// Fresh samples a step, online.
const BATCH: u32 = 4;
/// Seed of the samples.
const SEED: u64 = 2;
/// The value matrix follows a small batch more slowly than the exact gradient would let it: a quarter of K / J.
const VALUE_RATE: f64 = 0.25;
/// Attention comes last: the nearer it is, the smaller its gradient, and a logit follows D times more slowly than the
/// rate says. 64 K / J is stable nevertheless.
const ATTENTION_RATE: f64 = 64.0;

/// Everything that a training of one shape needs. It belongs in a `static`: its size is known before the chip is flashed.
#[derive(Debug)]
pub struct Memory<T, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    student: Student<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    teacher: Teacher<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    attention: Matrix<T, OUTPUTS, TOKENS>,
    scratch: OnlineScratch<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
}

impl<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    Memory<T, FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    /// Memory that has not been used yet.
    pub const ZERO: Self =
        Self { student: Student::ZERO, teacher: Teacher::ZERO, attention: Matrix::ZERO, scratch: OnlineScratch::ZERO };

    /// Trains a student from zero.
    ///
    /// # Errors
    /// [`Error::Diverged`], or what [`fill`] refuses.
    pub fn train(&mut self, lesson: Lesson) -> Result<Outcome, Error> {
        fill(lesson.task, &mut self.teacher)?;
        self.student.reset();
        let share = lesson.task.group() as f64 / OUTPUTS as f64;
        let descent =
            Descent::new(T::from_f64(VALUE_RATE * share)).with_attention_rate(T::from_f64(ATTENTION_RATE * share));
        let excess_loss = match lesson.mode {
            Mode::Population => self.follow_population(&descent),
            Mode::Online => self.follow_samples(&descent),
        }?;
        self.examine(excess_loss)
    }

    // The stages are not inlined: what one has on the stack is gone when the next begins.

    #[inline(never)]
    fn follow_population(&mut self, descent: &Descent<T>) -> Result<[f64; 2], Error> {
        let scratch = self.scratch.population();
        descend(&mut Population::new(self.student.view_mut(), self.teacher.view(), scratch)?, descent)
    }

    #[inline(never)]
    fn follow_samples(&mut self, descent: &Descent<T>) -> Result<[f64; 2], Error> {
        let source = Source::gaussian(SEED, BATCH);
        // Used where it was made: to take it out of the result would be to copy it.
        match &mut Online::of(&mut self.student, &self.teacher, source, &mut self.scratch) {
            Ok(training) => descend(training, descent),
            Err(error) => Err(*error),
        }
    }

    #[inline(never)]
    fn examine(&mut self, excess_loss: [f64; 2]) -> Result<Outcome, Error> {
        let Self { student, teacher, attention, .. } = self;
        let found = recovery(student.view(), teacher.view(), &mut [T::ZERO; TOKENS])?;
        student.attention(attention);
        Ok(Outcome {
            steps: student.steps(),
            excess_loss,
            cosine_min: found.value_cosine_min.map_or(0.0, T::to_f64),
            attention_error: found.attention_error_max.to_f64(),
            digest: digest(student.view()),
        })
    }

    /// What the last training has found out.
    pub fn findings(&self) -> Findings<'_, T> {
        let attention = self.attention.as_slice();
        Findings { teacher: self.teacher.view(), student: self.student.view(), attention }
    }
}

/// Takes all steps; gives the excess loss before and after.
fn descend<T: Scalar>(training: &mut impl Measured<T>, descent: &Descent<T>) -> Result<[f64; 2], Error> {
    let before = excess_loss(training);
    steps(training, descent)?;
    Ok([before, excess_loss(training)])
}

#[inline(never)]
fn steps<T: Scalar>(training: &mut impl Measured<T>, descent: &Descent<T>) -> Result<(), Error> {
    (0..STEPS).try_for_each(|_| training.step(descent))
}

#[inline(never)]
fn excess_loss<T: Scalar>(training: &mut impl Measured<T>) -> f64 {
    training.measure().excess_loss.to_f64()
}

/// Memory for every task in one precision: two filters, tokens of four features, eight of them, and as many outputs.
pub type Classroom<T> = Memory<T, 2, 4, 8, 8>;
