//! Whole trainings: every task in every mode, and what can be asked of the student afterwards.

use tutee::digest::{Digest, digest};
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len, online_scratch_wide_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::{SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::predict::forward;
use tutee::recovery::out_of_distribution::{TestSet, test_excess, test_scratch_len};
use tutee::recovery::recovery;
use tutee::snapshot::{load, save, snapshot_len};
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::training::{Measure, Measured, Training};
use tutee::{Error, Scalar, Shape};

use crate::memory::{Part, part};
use crate::name::Name;
use crate::tasks::{TASKS, Task};

/// Steps of the exact gradient; half of them before the snapshot.
const EXACT_STEPS: u32 = 24;
/// Steps of the other modes, and samples in each.
const BATCHES: u32 = 6;
const BATCH: u32 = 4;

/// Digests of all trainings in one precision. A training that is refused has the digest 0, which no list holds.
pub(crate) fn all<T: Scalar>(
    precision: &str,
    memory: &mut Part<T>,
    snapshot: &mut [u8],
    entry: &mut impl FnMut(Name<'_>, u64),
) {
    for task in &TASKS {
        let mut give = |mode: &str, digest: Result<u64, Error>| {
            entry(Name([precision, task.name, mode]), digest.unwrap_or_default());
        };
        let Ok(mut run) = Run::new(task, memory) else {
            give("population", Ok(0));
            continue;
        };
        give("population-gradient", run.population_gradient());
        give("population", run.population(None));
        give("measure", run.measure());
        give("population-resumed", run.population(Some(snapshot)));
        give("samples", run.samples());
        give("online", run.online(None));
        give("online-resumed", run.online(Some(snapshot)));
        give("recovery", run.recovery());
    }
}

/// One task in its memory.
struct Run<'m, T> {
    shape: Shape,
    teacher: TeacherView<'m, T>,
    student: &'m mut [T],
    steps: &'m mut u64,
    scratch: &'m mut [T],
    batch_loss: &'m mut tutee::gradient::samples::BatchLoss<T>,
    descent: Descent<T>,
}

impl<'m, T: Scalar> Run<'m, T> {
    fn new(task: &Task, memory: &'m mut Part<T>) -> Result<Self, Error> {
        let shape = task.shape()?;
        let value = part(&mut memory.value, shape.value_len())?;
        let mixing = part(&mut memory.mixing, shape.mixing_len())?;
        task.fill(value, mixing)?;
        Ok(Self {
            shape,
            teacher: TeacherView::new(shape, task.activation(), value, mixing)?,
            student: part(&mut memory.student, student_len(shape))?,
            steps: &mut memory.steps,
            scratch: &mut memory.scratch,
            batch_loss: &mut memory.batch_loss,
            descent: Descent::new(task.rate::<T>()).with_attention_rate(task.rate::<T>() * T::TWO),
        })
    }

    fn reset(&mut self) {
        self.student.fill(T::ZERO);
        *self.steps = 0;
    }

    /// Memory of the student; a training borrows it anew.
    fn training(&mut self) -> Result<Population<'_, T>, Error> {
        let student = StudentViewMut::new(self.shape, self.student, self.steps)?;
        let scratch = part(self.scratch, population_scratch_len(self.shape))?;
        Population::new(student, self.teacher, PopulationScratchViewMut::new(self.shape, scratch)?)
    }

    /// The gradient after one step, before the student has settled.
    fn population_gradient(&mut self) -> Result<u64, Error> {
        self.reset();
        let (descent, shape) = (self.descent, self.shape);
        self.training()?.step(&descent)?;
        // The first half of the working memory is free while the gradient is taken.
        let needed = population_scratch_len(shape);
        let (scratch, free) = self.scratch.split_at_mut_checked(needed).ok_or(Error::TooLarge { what: "a run" })?;
        let (d_value, free) = free.split_at_mut_checked(shape.value_len()).ok_or(Error::TooLarge { what: "a run" })?;
        let d_logits = part(free, shape.mixing_len())?;
        let student = StudentViewMut::new(shape, self.student, self.steps)?;
        Population::new(student, self.teacher, PopulationScratchViewMut::new(shape, scratch)?)?
            .gradient(d_value, d_logits)?;
        let mut digest = Digest::new();
        digest.scalars(d_value);
        digest.scalars(d_logits);
        Ok(digest.finish())
    }

    /// Trains by the exact gradient; with `snapshot`, half the way is taken by a student that is saved and erased.
    fn population(&mut self, mut snapshot: Option<&mut [u8]>) -> Result<u64, Error> {
        self.reset();
        let descent = self.descent;
        for step in 0..EXACT_STEPS {
            if let (Some(bytes), true) = (snapshot.as_deref_mut(), step == EXACT_STEPS / 2) {
                self.erase_and_resume(None, bytes)?;
            }
            self.training()?.step(&descent)?;
        }
        Ok(digest(self.training()?.student()))
    }

    fn erase_and_resume(
        &mut self,
        stream: Option<SampleStream>,
        bytes: &mut [u8],
    ) -> Result<Option<SampleStream>, Error> {
        let bytes = part(bytes, snapshot_len::<T>(self.shape))?;
        save(StudentViewMut::new(self.shape, self.student, self.steps)?.view(), stream, bytes)?;
        self.reset();
        load(bytes, &mut StudentViewMut::new(self.shape, self.student, self.steps)?)
    }

    /// Excess loss and gradient norm of the student that the last training left behind.
    fn measure(&mut self) -> Result<u64, Error> {
        let Measure { excess_loss, gradient_norm } = self.training()?.measure();
        let mut digest = Digest::new();
        digest.scalars(&[excess_loss, gradient_norm]);
        Ok(digest.finish())
    }

    /// Trains from pairs that are drawn and labelled outside of the training, as a simulator would.
    fn samples(&mut self) -> Result<u64, Error> {
        self.reset();
        let (shape, teacher) = (self.shape, self.teacher);
        let (scratch, free) =
            self.scratch.split_at_mut_checked(sample_scratch_len(shape)).ok_or(Error::TooLarge { what: "a run" })?;
        let (x, free) = free.split_at_mut_checked(shape.input_len()).ok_or(Error::TooLarge { what: "a run" })?;
        let (y, free) = free.split_at_mut_checked(shape.output_len()).ok_or(Error::TooLarge { what: "a run" })?;
        let hidden = part(free, shape.tokens())?;
        let student = StudentViewMut::new(shape, self.student, self.steps)?;
        let scratch = SampleScratchViewMut::new(shape, scratch, self.batch_loss)?;
        let mut samples = Samples::new(student, teacher.activation(), scratch)?;
        let mut stream = SampleStream::new(2);
        let descent = Descent { compensated: false, ..self.descent };
        for _ in 0..BATCHES {
            for _ in 0..BATCH {
                Input::Uniform.fill(&mut stream.sample(), shape.features(), x);
                forward(shape, teacher.activation(), (teacher.value(), teacher.mixing()), x, hidden, y)?;
                samples.accumulate(x, y)?;
            }
            samples.step(&descent)?;
        }
        Ok(digest(samples.student()))
    }

    /// Trains on fresh batches with label noise; with `snapshot`, stream and student are saved half way, and erased.
    fn online(&mut self, mut snapshot: Option<&mut [u8]>) -> Result<u64, Error> {
        self.reset();
        let (shape, teacher, descent) = (self.shape, self.teacher, self.descent);
        let mut stream = SampleStream::at(3, 1 << 40);
        for step in 0..BATCHES {
            if let (Some(bytes), true) = (snapshot.as_deref_mut(), step == BATCHES / 2) {
                stream = self.erase_and_resume(Some(stream), bytes)?.ok_or(Error::NoSamples)?;
            }
            let student = StudentViewMut::new(shape, self.student, self.steps)?;
            let wide = online_scratch_wide_len(shape);
            let len = if self.scratch.len() < wide { online_scratch_len(shape) } else { wide };
            let scratch = part(self.scratch, len)?;
            let scratch = OnlineScratchViewMut::new(shape, scratch, self.batch_loss)?;
            let noise = LabelNoise { mean: T::ZERO, standard_deviation: T::ONE / T::from_u32(10) };
            let source = Source { stream, input: Input::Gaussian, noise, batch: BATCH };
            let mut online = Online::new(student, teacher, source, scratch)?;
            online.step(&descent)?;
            stream = online.stream();
        }
        Ok(digest(StudentViewMut::new(shape, self.student, self.steps)?.view()))
    }

    /// What has been recovered, in and out of distribution, by the student that the last training left behind.
    fn recovery(&mut self) -> Result<u64, Error> {
        let (shape, teacher) = (self.shape, self.teacher);
        let student = StudentViewMut::new(shape, self.student, self.steps)?;
        let found = recovery(student.view(), teacher, part(self.scratch, shape.tokens())?)?;
        let mut digest = Digest::new();
        let cosines = [found.value_cosine_min, found.value_cosine_mean].map(|cosine| cosine.unwrap_or(T::ZERO));
        digest.scalars(&cosines);
        digest.scalars(&[found.attention_error_max, found.mass_mean, found.mass_min]);
        let test = TestSet { input: Input::Exponential, seed: 4, samples: 5, noise_mean: T::HALF };
        let tested = test_excess(student.view(), teacher, &test, part(self.scratch, test_scratch_len(shape))?)?;
        digest.scalars(&[tested.excess, tested.standard_error, tested.first_order, tested.second_order]);
        Ok(digest.finish())
    }
}
