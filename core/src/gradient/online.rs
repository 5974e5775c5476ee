//! Online training: every step draws a fresh batch from the seeded stream, has it labelled, and steps along the batch's
//! gradient.

use super::batch_loss::BatchLoss;
use super::exact::Exact;
use super::exact::memory::{PopulationScratchViewMut, Terms, TermsViewMut};
use super::sample_scratch::{NarrowScratch, NarrowScratchViewMut, SampleScratchViewMut};
use super::samples::Samples;
use super::wide::{
    self, BatchContext, Matrices, MatricesViewMut, Network, SampledBatch, matrices_of_one_len, matrices_of_threads_len,
};
use crate::error::Error;
use crate::executor::{Executor, Serial};
use crate::input::{Input, LabelNoise, SampleStream};
use crate::memory::{Cut, Sizes, Spare, layout};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::Descent;
use crate::student::{Student, StudentView, StudentViewMut};
use crate::teacher::labels::Labels;
use crate::teacher::{Teacher, TeacherView};
use crate::training::{Measure, Measured, Training};
use crate::vector::{Level, Line};

/// Where the batches come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source<T> {
    /// The stream, at the next sample to draw.
    pub stream: SampleStream,
    /// How inputs are distributed.
    pub input: Input<T>,
    /// What is added to the teacher's answers.
    pub noise: LabelNoise<T>,
    /// Samples a step; at least 1.
    pub batch: u32,
}

impl<T: Scalar> Source<T> {
    /// Standard Gaussian inputs without label noise, from the start of the stream that `seed` names.
    pub const fn gaussian(seed: u64, batch: u32) -> Self {
        Self { stream: SampleStream::new(seed), input: Input::Gaussian, noise: LabelNoise::ZERO, batch }
    }

    /// Refuses an empty batch and illegal parameters.
    ///
    /// # Errors
    /// [`Error::Zero`] or [`Error::OutOfRange`], naming the setting.
    pub fn check(&self) -> Result<(), Error> {
        if self.batch == 0 {
            return Err(Error::Zero { what: "the batch" });
        }
        self.input.check()?;
        self.noise.check()
    }
}

layout! {
    /// Working memory of [`Online`], with its sizes in its type.
    pub struct OnlineScratch<FILTERS, FEATURES, TOKENS, OUTPUTS> at Line;
    /// Working memory of [`Online`]; what it holds before does not matter.
    pub struct OnlineScratchViewMut: "online scratch" with batch_loss: BatchLoss<T> {
        terms: memory(Terms<FILTERS, OUTPUTS>, TermsViewMut),
        samples: memory(NarrowScratch<FILTERS, FEATURES, TOKENS, OUTPUTS>, NarrowScratchViewMut, batch_loss),
        x: matrix(TOKENS, FEATURES),
        y: matrix(OUTPUTS, FILTERS),
        matrices: wide(Matrices<FILTERS, FEATURES, TOKENS, OUTPUTS>, MatricesViewMut),
    }
    /// Elements of the memory that [`OnlineScratchViewMut::new`] takes at least.
    pub const fn online_scratch_len;
}

impl<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    OnlineScratch<T, FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    /// Lends this memory to [`Population`](super::population::Population), so that a program that trains in both ways needs
    /// it once.
    #[inline]
    pub const fn population(&mut self) -> PopulationScratchViewMut<'_, T> {
        PopulationScratchViewMut { terms: self.terms.view_mut(), rows: self.samples.attention.as_mut_slice() }
    }
}

/// Elements of the memory with which [`OnlineScratchViewMut::new`] makes the most of wide vector registers. With less, and
/// on processors without such registers, training takes longer and gives the same bits.
#[inline]
pub const fn online_scratch_wide_len(shape: Shape) -> usize {
    // On a 32-bit processor many samples of a large shape may be more than there is of anything.
    online_scratch_len(shape).saturating_add(matrices_of_one_len(shape))
}

/// Largest where it would not be a number any more: checked where such programs are built.
#[cfg(target_pointer_width = "32")]
const _: usize = match Shape::new(4, 7, 8_388_607, 1) {
    Ok(shape) => online_scratch_wide_len(shape),
    Err(_) => 0,
};

/// Elements of the memory with which an [`Executor`] of `threads` threads shares batches of `batch` samples best, see
/// [`Online::with_executor`].
#[inline]
pub const fn online_scratch_parallel_len(shape: Shape, batch: u32, threads: usize) -> usize {
    online_scratch_len(shape).saturating_add(matrices_of_threads_len(shape, batch, threads))
}

impl<'a, T: Scalar> OnlineScratchViewMut<'a, T> {
    /// Takes `memory` and `batch_loss` as working memory. What is beyond [`online_scratch_len`] elements, up to
    /// [`online_scratch_wide_len`], or [`online_scratch_parallel_len`] with several threads, makes for speed.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are at least [`online_scratch_len`] elements.
    pub fn new(shape: Shape, memory: &'a mut [T], batch_loss: &'a mut BatchLoss<T>) -> Result<Self, Error> {
        let (expected, found) = (online_scratch_len(shape), memory.len());
        let wrong = Error::Length { what: "online scratch", expected, found };
        Self::cut(Sizes::of(shape), &mut Cut::new(memory), batch_loss).ok_or(wrong)
    }
}

/// Training a student on fresh mini-batches, drawn from a [`Source`] and answered by `L`: by a fixed teacher of which the closed
/// form is known, so that the training is [`Measured`], or by any other [`Labels`].
#[derive(Debug)]
pub struct Online<'a, T, C = Serial, L = Exact<'a, T>> {
    student: StudentViewMut<'a, T>,
    labels: L,
    samples: NarrowScratchViewMut<'a, T>,
    x: &'a mut [T],
    y: &'a mut [T],
    matrices: Spare<MatricesViewMut<'a, T>>,
    source: Source<T>,
    executor: C,
}

impl<'a, T: Scalar> Online<'a, T> {
    /// Brings the four together.
    ///
    /// # Errors
    /// [`Error::Length`] when student, teacher and scratch are not of one shape; what [`Source::check`] refuses.
    #[inline(always)] // Built where it stays: a copy out of the result takes two hundred bytes of stack.
    pub fn new(
        student: StudentViewMut<'a, T>,
        teacher: TeacherView<'a, T>,
        source: Source<T>,
        scratch: OnlineScratchViewMut<'a, T>,
    ) -> Result<Self, Error> {
        Self::with_executor(student, teacher, source, scratch, Serial)
    }

    /// Brings together student, teacher, source and working memory whose types know their sizes; what does not fit does not
    /// compile.
    ///
    /// # Errors
    /// What [`Source::check`] refuses.
    #[inline(always)] // Built where it stays: a copy out of the result takes two hundred bytes of stack.
    pub fn of<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>(
        student: &'a mut Student<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
        teacher: &'a Teacher<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
        source: Source<T>,
        scratch: &'a mut OnlineScratch<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    ) -> Result<Self, Error> {
        Self::new(student.view_mut(), teacher.view(), source, scratch.view_mut())
    }
}

impl<'a, T: Scalar, L: Labels<T, Query = ()>> Online<'a, T, Serial, L> {
    /// Brings together a student, whoever answers, a source and working memory. A teacher whose mixing is fixed learns nothing
    /// here that [`Online::new`] does not give sooner and with a measure.
    ///
    /// # Errors
    /// [`Error::Length`] when student, labels and scratch are not of one shape, [`Error::OutOfRange`] for the labels'
    /// activation; what [`Source::check`] refuses.
    #[inline(always)] // As above.
    pub fn with_labels(
        student: StudentViewMut<'a, T>,
        labels: L,
        source: Source<T>,
        scratch: OnlineScratchViewMut<'a, T>,
    ) -> Result<Self, Error> {
        let shape = student.shape();
        shape.check_equal(labels.shape())?;
        labels.activation().check()?;
        scratch.check(Sizes::of(shape))?;
        source.check()?;
        let OnlineScratchViewMut { samples, x, y, matrices, .. } = scratch;
        Ok(Self { student, labels, samples, x, y, matrices, source, executor: Serial })
    }
}

impl<'a, T: Scalar, C: Executor> Online<'a, T, C> {
    /// Brings the four together, and somebody to share the work on each batch: the bits of [`Online::new`], sooner where there
    /// are wide vector registers and the memory is that of [`online_scratch_parallel_len`].
    ///
    /// # Errors
    /// Those of [`Online::new`].
    #[inline(always)] // As there.
    pub fn with_executor(
        student: StudentViewMut<'a, T>,
        teacher: TeacherView<'a, T>,
        source: Source<T>,
        scratch: OnlineScratchViewMut<'a, T>,
        executor: C,
    ) -> Result<Self, Error> {
        student.shape().check_equal(teacher.shape())?;
        scratch.check(Sizes::of(teacher.shape()))?;
        source.check()?;
        let OnlineScratchViewMut { terms, samples, x, y, matrices } = scratch;
        Ok(Self { student, labels: Exact::new(teacher, terms), samples, x, y, matrices, source, executor })
    }
}

impl<'a, T: Scalar, C> Online<'a, T, C> {
    /// Who answers.
    pub(super) const fn teacher(&self) -> TeacherView<'a, T> {
        self.labels.teacher
    }

    /// What the inputs are drawn from.
    pub(super) const fn input(&self) -> Input<T> {
        self.source.input
    }
}

impl<T: Scalar, C, L> Online<'_, T, C, L> {
    /// The student as it stands.
    pub fn student(&self) -> StudentView<'_, T> {
        self.student.view()
    }

    /// The stream, at the next sample to draw: with it and the student the run can be gone on with.
    pub const fn stream(&self) -> SampleStream {
        self.source.stream
    }
}

impl<T: Scalar, C: Executor, L: Labels<T, Query = ()>> Online<'_, T, C, L> {
    /// Draws a batch and has `descend` step along it, with settings that have been checked.
    #[inline(always)]
    pub(super) fn step_along(
        &mut self,
        descend: impl FnOnce(&NarrowScratchViewMut<'_, T>, &mut StudentViewMut<'_, T>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Source { mut stream, input, noise, batch } = self.source;
        let (shape, activation) = (self.labels.shape(), self.labels.activation());
        let level = Level::best();
        if let (true, Some(Some(matrices)), Some(labels)) =
            (level.is_wide(), self.matrices.first_mut(), self.labels.fixed_mixing())
        {
            let (view, draws) = (self.student.view(), SampledBatch { input, noise, batch });
            let (value, logits) = (view.value(), view.logits());
            let student = Network { shape, activation, value, attention: &[], by_token: &[] };
            let context = BatchContext { student, logits, labels, draws, mixing: &[] };
            let doers = (level, &self.executor);
            if wide::draw(doers, &context, &mut stream, self.samples.batch_mut(), matrices.reborrow()) {
                let stepped = descend(&self.samples, &mut self.student);
                // The batch is over, as it is after a step of `Samples`.
                self.samples.batch_mut().3.clear();
                stepped?;
                self.source.stream = stream;
                return Ok(());
            }
        }
        let scratch = SampleScratchViewMut { narrow: self.samples.reborrow(), pairs: Default::default() };
        let mut samples = Samples::new(self.student.reborrow(), activation, scratch)?;
        for _ in 0..batch {
            let mut rng = stream.sample();
            input.fill(&mut rng, shape.features(), self.x);
            self.labels.answer(self.x, &(), samples.hidden_mut(), self.y)?;
            noise.add(&mut rng, self.y);
            samples.accumulate_checked(self.x, self.y);
        }
        samples.last_step(descend)?;
        // A refused step leaves the stream where it was, too.
        self.source.stream = stream;
        Ok(())
    }
}

impl<T: Scalar, C: Executor, L: Labels<T, Query = ()>> Training<T> for Online<'_, T, C, L> {
    fn steps(&self) -> u64 {
        self.student.view().steps()
    }

    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        self.step_along(|batch, student| batch.descend(student, descent))
    }
}

impl<T: Scalar, C: Executor> Measured<T> for Online<'_, T, C> {
    fn student(&self) -> StudentView<'_, T> {
        self.student.view()
    }

    /// Exact, for standard Gaussian inputs, whatever the batches are drawn from.
    fn measure(&mut self) -> Measure<T> {
        // Between two steps no batch is under way, and the room for its attention is free.
        self.labels.measure(self.student.view(), self.samples.attention_mut())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::digest::digest;
    use crate::trace::Schedule;
    use crate::training::{Steps, run};
    use core::ops::ControlFlow;
    use std::vec;
    use std::vec::Vec;

    const ACTIVATION: Activation<f64> = Activation::LeakyRelu(0.25);

    /// Every output is the largest entry of each token's neighbourhood, which no mixing says.
    struct Largest(Shape);

    impl Labels<f64> for Largest {
        type Query = ();

        fn shape(&self) -> Shape {
            self.0
        }

        fn activation(&self) -> Activation<f64> {
            ACTIVATION
        }

        fn answer(&self, x: &[f64], (): &(), _: &mut [f64], y: &mut [f64]) -> Result<(), Error> {
            for (i, y) in y.iter_mut().enumerate() {
                *y = x.iter().skip(i).take(3).fold(x[i], |largest, &x| if x > largest { x } else { largest });
            }
            Ok(())
        }
    }

    fn source() -> Source<f64> {
        let noise = LabelNoise { mean: 0.125, standard_deviation: 0.5 };
        Source { noise, ..Source::gaussian(5, 3) }
    }

    /// Digest of the student, and where the stream stands, after some steps with all the memory that there can be.
    fn train(shape: Shape, teach: impl FnOnce(StudentViewMut<'_, f64>, OnlineScratchViewMut<'_, f64>) -> u64) -> u64 {
        let (mut memory, mut steps) = (vec![0.0; crate::student::student_len(shape)], 0);
        let (mut scratch, mut batch_loss) = (vec![0.0; online_scratch_wide_len(shape)], BatchLoss::ZERO);
        let scratch = OnlineScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
        let student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
        teach(student, scratch)
    }

    fn follow<L: Labels<f64, Query = ()>>(mut online: Online<'_, f64, Serial, L>) -> u64 {
        let observe = |_: &mut _| ControlFlow::Continue(());
        run(&mut online, &Descent::new(0.05), &Steps(4), Schedule::NEVER, observe).unwrap();
        assert_eq!((online.stream(), online.student().steps()), (SampleStream::at(5, 12), 4));
        digest(online.student())
    }

    #[test]
    fn labels_without_a_closed_form_train_as_pairs_do() {
        let shape = Shape::new(2, 3, 4, 4).unwrap();
        let trained = train(shape, |student, scratch| {
            follow(Online::with_labels(student, Largest(shape), source(), scratch).unwrap())
        });
        let by_hand = train(shape, |student, scratch| {
            let scratch = SampleScratchViewMut { narrow: scratch.samples, pairs: Default::default() };
            let mut samples = Samples::new(student, ACTIVATION, scratch).unwrap();
            let (mut stream, mut x, mut y) = (source().stream, [0.0; 12], [0.0; 8]);
            for _ in 0..4 {
                for _ in 0..3 {
                    let mut rng = stream.sample();
                    source().input.fill(&mut rng, 3, &mut x);
                    Largest(shape).answer(&x, &(), &mut [], &mut y).unwrap();
                    source().noise.add(&mut rng, &mut y);
                    samples.accumulate(&x, &y).unwrap();
                }
                samples.step(&Descent::new(0.05)).unwrap();
            }
            digest(samples.student())
        });
        assert_eq!(trained, by_hand);
    }

    #[test]
    fn a_teacher_answers_one_input_as_it_does_many() {
        let shape = Shape::new(2, 3, 4, 5).unwrap();
        let numbers = |n: usize| -> Vec<f64> { (0..n).map(|i| 0.5 - ((i * i) % 7) as f64 / 8.0).collect() };
        let (value, mixing) = (numbers(shape.value_len()), numbers(shape.mixing_len()));
        let teacher = TeacherView::new(shape, ACTIVATION, &value, &mixing).unwrap();
        let one =
            train(shape, |student, scratch| follow(Online::with_labels(student, teacher, source(), scratch).unwrap()));
        let many = train(shape, |student, scratch| follow(Online::new(student, teacher, source(), scratch).unwrap()));
        assert_eq!(one, many);
    }

    #[test]
    fn labels_of_another_shape_are_refused() {
        let [shape, other] = [4, 5].map(|outputs| Shape::new(2, 3, 4, outputs).unwrap());
        train(shape, |student, scratch| {
            let refused = Online::with_labels(student, Largest(other), source(), scratch).err();
            assert!(matches!(refused, Some(Error::Length { .. })), "{refused:?}");
            0
        });
    }
}
