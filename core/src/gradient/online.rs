//! Online training: every step draws a fresh batch from the seeded stream, lets the teacher label it, and steps along the
//! batch's gradient.

use super::exact::Exact;
use super::exact::memory::{PopulationScratchViewMut, Terms, TermsViewMut, terms_len};
use super::sample_scratch::{SampleScratch, SampleScratchViewMut, sample_scratch_len};
use super::samples::Samples;
use super::tally::Tally;
#[cfg(target_arch = "x86_64")]
use super::wide::Drawn;
use super::wide::{
    self, BatchContext, MatricesViewMut, Network, SampledBatch, matrices_of_crew_len, matrices_of_one_len,
};
use crate::crew::{Alone, Crew};
use crate::error::Error;
use crate::input::{Input, LabelNoise, SampleStream};
use crate::matrix::{Matrix, check_length};
use crate::predict::forward;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::Descent;
use crate::student::{Student, StudentView, StudentViewMut};
use crate::teacher::{Teacher, TeacherView};
use crate::training::{Measure, Training};
use crate::vector::Level;

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

/// Working memory of [`Online`], with its sizes in its type.
#[derive(Clone, Debug)]
#[cfg_attr(target_arch = "x86_64", repr(align(64)))] // As `LINE` says.
pub struct OnlineScratch<T, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    terms: Terms<T, FILTERS, OUTPUTS>,
    samples: SampleScratch<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    x: Matrix<T, TOKENS, FEATURES>,
    y: Matrix<T, OUTPUTS, FILTERS>,
    /// Where there are wide registers for it.
    #[cfg(target_arch = "x86_64")]
    drawn: Drawn<T, FEATURES, TOKENS, OUTPUTS>,
}

impl<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    OnlineScratch<T, FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    /// Working memory that has not been used yet.
    pub const ZERO: Self = Self {
        terms: Terms::ZERO,
        samples: SampleScratch::ZERO,
        x: Matrix::ZERO,
        y: Matrix::ZERO,
        #[cfg(target_arch = "x86_64")]
        drawn: Drawn::ZERO,
    };

    /// The memory as [`Online`] takes it.
    #[inline]
    pub const fn view_mut(&mut self) -> OnlineScratchViewMut<'_, T> {
        #[cfg(not(target_arch = "x86_64"))]
        let (samples, matrices) = (self.samples.view_mut(), None);
        #[cfg(target_arch = "x86_64")]
        let (samples, matrices) = {
            let mut samples = self.samples.view_mut();
            let matrices = match samples.take_pairs() {
                Some(pairs) => Some(self.drawn.view_mut(pairs)),
                None => None,
            };
            (samples, matrices)
        };
        let (x, y) = (self.x.as_mut_slice(), self.y.as_mut_slice());
        OnlineScratchViewMut { terms: self.terms.view_mut(), samples, x, y, matrices }
    }

    /// Lends this memory to [`Population`](super::population::Population), so that a program that trains in both ways needs
    /// it once.
    #[inline]
    pub const fn population(&mut self) -> PopulationScratchViewMut<'_, T> {
        PopulationScratchViewMut { terms: self.terms.view_mut(), rows: self.samples.attention_mut() }
    }
}

/// Elements of the memory that [`OnlineScratchViewMut::new`] takes at least.
#[inline]
pub const fn online_scratch_len(shape: Shape) -> usize {
    terms_len(shape) + sample_scratch_len(shape) + shape.input_len() + shape.output_len()
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

/// Working memory of [`Online`]; what it holds before does not matter.
#[derive(Debug)]
pub struct OnlineScratchViewMut<'a, T> {
    terms: TermsViewMut<'a, T>,
    samples: SampleScratchViewMut<'a, T>,
    x: &'a mut [T],
    y: &'a mut [T],
    matrices: Option<MatricesViewMut<'a, T>>,
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
        let (terms, memory) = memory.split_at_mut_checked(terms_len(shape)).ok_or(wrong)?;
        let (samples, memory) = memory.split_at_mut_checked(sample_scratch_len(shape)).ok_or(wrong)?;
        let (x, memory) = memory.split_at_mut_checked(shape.input_len()).ok_or(wrong)?;
        let (y, memory) = memory.split_at_mut_checked(shape.output_len()).ok_or(wrong)?;
        Ok(Self {
            terms: TermsViewMut::new(shape, terms)?,
            samples: SampleScratchViewMut::new(shape, samples, tally)?,
            x,
            y,
            matrices: MatricesViewMut::new(shape, memory),
        })
    }

    fn check(&self, shape: Shape) -> Result<(), Error> {
        self.terms.check(shape)?;
        self.samples.check(shape)?;
        check_length("online scratch of an input", self.x, shape.input_len())?;
        check_length("online scratch of an output", self.y, shape.output_len())
    }
}

/// Training a student on fresh mini-batches that a teacher labels.
#[derive(Debug)]
pub struct Online<'a, T, C = Alone> {
    student: StudentViewMut<'a, T>,
    exact: Exact<'a, T>,
    samples: SampleScratchViewMut<'a, T>,
    x: &'a mut [T],
    y: &'a mut [T],
    matrices: Option<MatricesViewMut<'a, T>>,
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
        scratch.check(teacher.shape())?;
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
        if let (true, Some(matrices)) = (level.is_wide(), &mut self.matrices) {
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
        let mut samples = Samples::new(self.student.reborrow(), teacher.activation(), self.samples.reborrow())?;
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
