//! Students, teachers and working memory of one size, and what is done with them.

use semihosting::println;
use tutee::activation::Activation;
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::gradient::population::{Population, measure};
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::input::SampleStream;
use tutee::kernel::reduce::dot;
use tutee::matrix::Matrix;
use tutee::predict::forward;
use tutee::step::Descent;
use tutee::student::Student;
use tutee::teacher::family::unit_filters;
use tutee::teacher::{Teacher, convolution};
use tutee::training::{Measured, Training};
use tutee::{Error, Scalar};

use crate::clock::Clock;
use crate::plain::{self, Generator, Rates, Steps};

const EXACT_STEPS: u16 = 200;
const ONLINE_STEPS: u16 = 100;
const BATCH: u16 = 8;
/// Tokens that an output of the teacher averages.
const GROUP: usize = 4;
/// Times the group over the outputs.
const VALUE_RATE: f32 = 0.25;
const ATTENTION_RATE: f32 = 64.0;
const SEED: u64 = 2;
/// Relative difference of two excess losses that both come from the same steps.
const TOLERANCE: f32 = 1e-3;

/// All memory for one size.
pub(crate) struct Workspace<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    student: Student<f32, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    teacher: Teacher<f32, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    online: OnlineScratch<f32, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    samples: SampleScratch<f32, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    hidden: [f32; TOKENS],
    x: [[f32; FEATURES]; TOKENS],
    y: [[f32; FILTERS]; OUTPUTS],
    plain_student: plain::Student<FILTERS, FEATURES, TOKENS, OUTPUTS>,
    plain_teacher: plain::Teacher<FILTERS, FEATURES, TOKENS, OUTPUTS>,
}

impl<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    Workspace<FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    pub(crate) const ZERO: Self = Self {
        student: Student::ZERO,
        teacher: Teacher::ZERO,
        online: OnlineScratch::ZERO,
        samples: SampleScratch::ZERO,
        hidden: [0.0; TOKENS],
        x: [[0.0; FEATURES]; TOKENS],
        y: [[0.0; FILTERS]; OUTPUTS],
        plain_student: plain::Student::ZERO,
        plain_teacher: plain::Teacher::ZERO,
    };

    /// Prints two rows of the table.
    pub(crate) fn compare(
        &mut self,
        steps: &Steps<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        clock: &mut Clock,
    ) -> Result<(), &'static str> {
        self.fill().map_err(|_| "there is no such teacher")?;
        let counts = self.exact(steps, clock)?;
        print::<FILTERS, FEATURES, TOKENS, OUTPUTS>("exact step", EXACT_STEPS.into(), counts);
        let counts = self.online(steps, clock)?;
        let samples = u32::from(ONLINE_STEPS) * u32::from(BATCH);
        print::<FILTERS, FEATURES, TOKENS, OUTPUTS>("online, a sample", samples, counts);
        Ok(())
    }

    /// One teacher for both: filters of norm one, ReLU, a convolution with average pooling.
    fn fill(&mut self) -> Result<(), Error> {
        let plain = &mut self.plain_teacher;
        unit_filters(plain.value.as_flattened_mut(), FEATURES, &mut SampleStream::new(1).sample());
        let filters = Matrix::from_rows(plain.value);
        self.teacher.fill(Activation::Relu, &filters, |mixing| convolution::average_pooling(mixing, GROUP))?;
        for (to, &from) in plain.mixing.as_flattened_mut().iter_mut().zip(self.teacher.view().mixing()) {
            *to = from;
        }
        for (norm, filter) in plain.value_norms.iter_mut().zip(&plain.value) {
            *norm = Scalar::sqrt(dot(filter, filter));
        }
        for (norm, row) in plain.mixing_norms.iter_mut().zip(&plain.mixing) {
            *norm = Scalar::sqrt(dot(row, row));
        }
        Ok(())
    }

    fn descent(compensated: bool) -> (Descent<f32>, Rates) {
        let share = GROUP as f32 / OUTPUTS as f32;
        let (value, attention) = (VALUE_RATE * share, ATTENTION_RATE * share);
        let descent = Descent { compensated, ..Descent::new(value).with_attention_rate(attention) };
        (descent, Rates { value, logits: attention / TOKENS as f32 })
    }

    /// Instructions in C, with plain and with compensated updates, of all steps from zero.
    fn exact(
        &mut self,
        steps: &Steps<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        clock: &mut Clock,
    ) -> Result<[u32; 3], &'static str> {
        let (_, rates) = Self::descent(false);
        self.plain_student = plain::Student::ZERO;
        let start = self.plain_excess_loss()?;
        let plain = clock.instructions(|| {
            for _ in 0..EXACT_STEPS {
                steps.exact(&mut self.plain_student, &self.plain_teacher, rates);
            }
        });
        let expected = self.plain_excess_loss()?;
        let mut counts = [plain.ok_or("too long for the clock")?, 0, 0];
        let [_, own @ ..] = &mut counts;
        for (count, compensated) in own.iter_mut().zip([false, true]) {
            let (descent, _) = Self::descent(compensated);
            self.student.reset();
            let scratch = self.online.population();
            let training = Population::new(self.student.view_mut(), self.teacher.view(), scratch);
            let mut training = training.map_err(|_| "no training")?;
            let mut done = Ok(());
            let counted = clock.instructions(|| {
                done = (0..EXACT_STEPS).try_for_each(|_| training.step(&descent));
            });
            done.map_err(|_| "the exact step was refused")?;
            *count = counted.ok_or("too long for the clock")?;
            agree(start, training.measure().excess_loss, expected)?;
        }
        Ok(counts)
    }

    /// Counts and checks steps of online training.
    fn online(
        &mut self,
        steps: &Steps<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        clock: &mut Clock,
    ) -> Result<[u32; 3], &'static str> {
        let (_, rates) = Self::descent(false);
        self.plain_student = plain::Student::ZERO;
        let start = self.plain_excess_loss()?;
        let first = Generator([SEED, 3, 5, 7]);
        let mut generator = first.clone();
        let plain = clock.instructions(|| {
            for _ in 0..ONLINE_STEPS {
                steps.online(&mut self.plain_student, &self.plain_teacher, rates, &mut generator, BATCH.into());
            }
        });
        let expected = self.plain_excess_loss()?;
        let found = self.follow(steps, first).map_err(|_| "the steps on C's draws were refused")?;
        agree(start, found, expected)?;
        let mut counts = [plain.ok_or("too long for the clock")?, 0, 0];
        let [_, own @ ..] = &mut counts;
        for (count, compensated) in own.iter_mut().zip([false, true]) {
            let (descent, _) = Self::descent(compensated);
            self.student.reset();
            let source = Source::gaussian(SEED, BATCH.into());
            let training = Online::of(&mut self.student, &self.teacher, source, &mut self.online);
            let mut training = training.map_err(|_| "no training")?;
            let mut done = Ok(());
            let counted = clock.instructions(|| {
                done = (0..ONLINE_STEPS).try_for_each(|_| training.step(&descent));
            });
            done.map_err(|_| "the online step was refused")?;
            *count = counted.ok_or("too long for the clock")?;
        }
        Ok(counts)
    }

    /// Takes the online steps on the draws of the C program; gives the excess loss that they lead to.
    fn follow(
        &mut self,
        steps: &Steps<FILTERS, FEATURES, TOKENS, OUTPUTS>,
        mut generator: Generator,
    ) -> Result<f32, Error> {
        let (descent, _) = Self::descent(false);
        let teacher = self.teacher.view();
        self.student.reset();
        let mut samples = Samples::of(&mut self.student, teacher.activation(), &mut self.samples)?;
        for _ in 0..ONLINE_STEPS {
            for _ in 0..BATCH {
                steps.draw(&mut generator, &mut self.x);
                let parts = (teacher.value(), teacher.mixing());
                let (x, y) = (self.x.as_flattened(), self.y.as_flattened_mut());
                forward(teacher.shape(), teacher.activation(), parts, x, &mut self.hidden, y)?;
                samples.accumulate(x, y)?;
            }
            samples.step(&descent)?;
        }
        let scratch = self.online.population();
        Ok(measure(self.student.view(), teacher, scratch)?.excess_loss)
    }

    /// What the C program's student has left to learn, by our measure.
    fn plain_excess_loss(&mut self) -> Result<f32, &'static str> {
        let mut student = self.student.view_mut();
        student.reset();
        student
            .set_value(self.plain_student.value.as_flattened())
            .and_then(|()| student.set_logits(self.plain_student.logits.as_flattened()))
            .and_then(|()| measure(student.view(), self.teacher.view(), self.online.population()))
            .map(|found| found.excess_loss)
            .map_err(|_| "the C program diverged")
    }
}

/// Whether both have learned the same; and enough, for whoever has not moved agrees with everybody.
fn agree(start: f32, found: f32, expected: f32) -> Result<(), &'static str> {
    println!("excess loss from {start:.6} to {found:.6}, in C {expected:.6}");
    // Written so that NaN is refused.
    let (learned, near) = (found < 0.2 * start, (found - expected).abs() <= TOLERANCE * expected);
    match (learned, near) {
        (true, true) => Ok(()),
        (false, _) => Err("too little was learned to tell the two apart"),
        (_, false) => Err("the C program has learned something else"),
    }
}

/// A row of the table: counts for each of so many pieces of work.
fn print<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>(
    work: &str,
    pieces: u32,
    counts: [u32; 3],
) {
    let [plain, uncompensated, compensated] = counts.map(|count| count as f32 / pieces as f32);
    println!(
        "| {work} | {FILTERS} | {FEATURES} | {TOKENS} | {OUTPUTS} | {plain:.0} | {uncompensated:.0} | {:.2} | \
         {compensated:.0} | {:.2} |",
        uncompensated / plain,
        compensated / plain,
    );
}
