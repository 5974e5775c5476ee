//! Online training: every step draws a fresh batch from the seeded stream, lets the teacher label it, and steps along the
//! batch's gradient.

use super::exact::Exact;
use super::exact::memory::{PopulationScratchViewMut, Terms, TermsViewMut};
use super::sample_scratch::{NarrowScratch, NarrowScratchViewMut, SampleScratchViewMut};
use super::samples::Samples;
use super::tally::Tally;
use super::wide::{
    self, BatchContext, Matrices, MatricesViewMut, Network, SampledBatch, matrices_of_crew_len, matrices_of_one_len,
};
use crate::crew::{Alone, Crew};
use crate::error::Error;
use crate::input::{Input, LabelNoise, SampleStream};
use crate::memory::{Cut, Sizes, Spare, layout};
use crate::predict::forward;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::Descent;
use crate::student::{Student, StudentView, StudentViewMut};
use crate::teacher::{Teacher, TeacherView};
use crate::training::{Measure, Training};
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
    pub struct OnlineScratchViewMut: "online scratch" with tally: Tally<T> {
        terms: memory(Terms<FILTERS, OUTPUTS>, TermsViewMut),
        samples: memory(NarrowScratch<FILTERS, FEATURES, TOKENS, OUTPUTS>, NarrowScratchViewMut, tally),
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

/// Elements of the memory with which a [`Crew`] of `threads` threads shares batches of `batch` samples best, see
/// [`Online::with_crew`].
#[inline]
pub const fn online_scratch_crew_len(shape: Shape, batch: u32, threads: usize) -> usize {
    online_scratch_len(shape).saturating_add(matrices_of_crew_len(shape, batch, threads))
}

impl<'a, T: Scalar> OnlineScratchViewMut<'a, T> {
    /// Takes `memory` and `tally` as working memory. What is beyond [`online_scratch_len`] elements, up to
    /// [`online_scratch_wide_len`], or [`online_scratch_crew_len`] with several threads, makes for speed.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are at least [`online_scratch_len`] elements.
    pub fn new(shape: Shape, memory: &'a mut [T], tally: &'a mut Tally<T>) -> Result<Self, Error> {
        let (expected, found) = (online_scratch_len(shape), memory.len());
        let wrong = Error::Length { what: "online scratch", expected, found };
        Self::cut(Sizes::of(shape), &mut Cut::new(memory), tally).ok_or(wrong)
    }
}

/// Training a student on fresh mini-batches that a teacher labels.
#[derive(Debug)]
pub struct Online<'a, T, C = Alone> {
    student: StudentViewMut<'a, T>,
    exact: Exact<'a, T>,
    samples: NarrowScratchViewMut<'a, T>,
    x: &'a mut [T],
    y: &'a mut [T],
    matrices: Spare<MatricesViewMut<'a, T>>,
    source: Source<T>,
    crew: C,
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
        Self::with_crew(student, teacher, source, scratch, Alone)
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

impl<'a, T: Scalar, C: Crew> Online<'a, T, C> {
    /// Brings the four together, and somebody to share the work on each batch: the bits of [`Online::new`], sooner where there
    /// are wide vector registers and the memory is that of [`online_scratch_crew_len`].
    ///
    /// # Errors
    /// Those of [`Online::new`].
    #[inline(always)] // As there.
    pub fn with_crew(
        student: StudentViewMut<'a, T>,
        teacher: TeacherView<'a, T>,
        source: Source<T>,
        scratch: OnlineScratchViewMut<'a, T>,
        crew: C,
    ) -> Result<Self, Error> {
        student.shape().check_equal(teacher.shape())?;
        scratch.check(Sizes::of(teacher.shape()))?;
        source.check()?;
        let OnlineScratchViewMut { terms, samples, x, y, matrices } = scratch;
        Ok(Self { student, exact: Exact::new(teacher, terms), samples, x, y, matrices, source, crew })
    }

    /// The stream, at the next sample to draw: with it and the student the run can be gone on with.
    pub const fn stream(&self) -> SampleStream {
        self.source.stream
    }
}

impl<T: Scalar, C: Crew> Training<T> for Online<'_, T, C> {
    fn student(&self) -> StudentView<'_, T> {
        self.student.view()
    }

    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        let teacher = self.exact.teacher();
        let Source { mut stream, input, noise, batch } = self.source;
        let shape = teacher.shape();
        let level = Level::best();
        if let (true, Some(Some(matrices))) = (level.is_wide(), self.matrices.first_mut()) {
            let (view, supports, draws) =
                (self.student.view(), self.exact.supports(), SampledBatch { input, noise, batch });
            let (activation, value, logits) = (teacher.activation(), view.value(), view.logits());
            let student = Network { shape, activation, value, attention: &[], by_token: &[] };
            let context = BatchContext { student, logits, teacher, supports, draws, mixing: &[] };
            let doers = (level, &self.crew);
            if wide::draw(doers, &context, &mut stream, self.samples.batch_mut(), matrices.reborrow()) {
                let stepped = self.samples.descend(&mut self.student, descent);
                // The batch is over, as it is after a step of `Samples`.
                *self.samples.batch_mut().3 = Tally::ZERO;
                stepped?;
                self.source.stream = stream;
                return Ok(());
            }
        }
        let scratch = SampleScratchViewMut { narrow: self.samples.reborrow(), pairs: Default::default() };
        let mut samples = Samples::new(self.student.reborrow(), teacher.activation(), scratch)?;
        for _ in 0..batch {
            let mut rng = stream.sample();
            input.fill(&mut rng, shape.features(), self.x);
            let parts = (teacher.value(), teacher.mixing());
            forward(shape, teacher.activation(), parts, self.x, samples.hidden_mut(), self.y)?;
            noise.add(&mut rng, self.y);
            samples.accumulate_checked(self.x, self.y);
        }
        samples.last_step(descent)?;
        // A refused step leaves the stream where it was, too.
        self.source.stream = stream;
        Ok(())
    }

    /// Exact, for standard Gaussian inputs, whatever the batches are drawn from.
    fn measure(&mut self) -> Measure<T> {
        // Between two steps no batch is under way, and the room for its attention is free.
        self.exact.measure(self.student.view(), self.samples.attention_mut())
    }
}
