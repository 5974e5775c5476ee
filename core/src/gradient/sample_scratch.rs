//! Working memory of training from pairs.

use super::tally::{Tally, samples_as_scalar};
#[cfg(target_arch = "x86_64")]
use super::wide::{Pairs, PairsViewMut};
use super::wide::{Room, pairs_of_one_len};
use crate::digest::{Seal, identity};
use crate::error::Error;
use crate::matrix::{Matrix, check_length};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::Descent;
use crate::student::{StudentView, StudentViewMut};

/// Working memory of [`Samples`](super::samples::Samples), with its sizes in its type.
#[derive(Clone, Debug)]
#[cfg_attr(target_arch = "x86_64", repr(align(64)))] // As `LINE` says.
pub struct SampleScratch<T, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    attention: Matrix<T, OUTPUTS, TOKENS>,
    d_attention: Matrix<T, OUTPUTS, TOKENS>,
    d_value: Matrix<T, FILTERS, FEATURES>,
    hidden: [T; TOKENS],
    d_hidden: [T; TOKENS],
    d_output: [T; OUTPUTS],
    tally: Tally<T>,
    /// Where there are wide registers for it.
    #[cfg(target_arch = "x86_64")]
    pairs: Pairs<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
}

impl<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    SampleScratch<T, FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    /// Working memory that has not been used yet.
    pub const ZERO: Self = Self {
        attention: Matrix::ZERO,
        d_attention: Matrix::ZERO,
        d_value: Matrix::ZERO,
        hidden: [T::ZERO; TOKENS],
        d_hidden: [T::ZERO; TOKENS],
        d_output: [T::ZERO; OUTPUTS],
        tally: Tally::ZERO,
        #[cfg(target_arch = "x86_64")]
        pairs: Pairs::ZERO,
    };

    /// Room for one number an element of the attention, free while there is no batch.
    #[inline]
    pub(crate) const fn attention_mut(&mut self) -> &mut [T] {
        self.attention.as_mut_slice()
    }

    /// The memory as [`Samples`](super::samples::Samples) takes it.
    #[inline]
    pub const fn view_mut(&mut self) -> SampleScratchViewMut<'_, T> {
        SampleScratchViewMut {
            attention: self.attention.as_mut_slice(),
            d_attention: self.d_attention.as_mut_slice(),
            d_value: self.d_value.as_mut_slice(),
            hidden: &mut self.hidden,
            d_hidden: &mut self.d_hidden,
            d_output: &mut self.d_output,
            tally: &mut self.tally,
            #[cfg(target_arch = "x86_64")]
            room: Room::of(Some(self.pairs.view_mut())),
            #[cfg(not(target_arch = "x86_64"))]
            room: Room::of(None),
        }
    }
}

/// Elements of the memory that [`SampleScratchViewMut::new`] takes at least.
#[inline]
pub const fn sample_scratch_len(shape: Shape) -> usize {
    2 * shape.mixing_len() + shape.value_len() + 2 * shape.tokens() + shape.outputs()
}

/// Elements of the memory with which [`SampleScratchViewMut::new`] makes the most of wide vector registers. With less, and
/// on processors without such registers, training takes longer and gives the same bits.
#[inline]
pub const fn sample_scratch_wide_len(shape: Shape) -> usize {
    sample_scratch_len(shape).saturating_add(pairs_of_one_len(shape))
}

/// Working memory of [`Samples`](super::samples::Samples).
#[derive(Debug)]
pub struct SampleScratchViewMut<'a, T> {
    pub(super) attention: &'a mut [T],
    pub(super) d_attention: &'a mut [T],
    pub(super) d_value: &'a mut [T],
    pub(super) hidden: &'a mut [T],
    pub(super) d_hidden: &'a mut [T],
    pub(super) d_output: &'a mut [T],
    pub(super) tally: &'a mut Tally<T>,
    pub(super) room: Room<'a, T>,
}

impl<'a, T: Scalar> SampleScratchViewMut<'a, T> {
    /// Takes `memory` and `tally` as working memory. What is beyond [`sample_scratch_len`] elements, up to
    /// [`sample_scratch_wide_len`], makes for speed.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are at least [`sample_scratch_len`] elements.
    pub fn new(shape: Shape, memory: &'a mut [T], tally: &'a mut Tally<T>) -> Result<Self, Error> {
        let (expected, found) = (sample_scratch_len(shape), memory.len());
        let wrong = Error::Length { what: "sample scratch", expected, found };
        let (attention, memory) = memory.split_at_mut_checked(shape.mixing_len()).ok_or(wrong)?;
        let (d_attention, memory) = memory.split_at_mut_checked(shape.mixing_len()).ok_or(wrong)?;
        let (d_value, memory) = memory.split_at_mut_checked(shape.value_len()).ok_or(wrong)?;
        let (hidden, memory) = memory.split_at_mut_checked(shape.tokens()).ok_or(wrong)?;
        let (d_hidden, memory) = memory.split_at_mut_checked(shape.tokens()).ok_or(wrong)?;
        let (d_output, memory) = memory.split_at_mut_checked(shape.outputs()).ok_or(wrong)?;
        let room = Room::new(shape, memory);
        Ok(Self { attention, d_attention, d_value, hidden, d_hidden, d_output, tally, room })
    }

    /// Takes away what makes for speed, if there is such memory, and hands it out.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    pub(crate) const fn take_pairs(&mut self) -> Option<PairsViewMut<'a, T>> {
        self.room.take()
    }

    /// What tells this batch of this student from every other.
    pub(super) fn seal(&self, student: StudentView<'_, T>) -> u64 {
        let Tally { count, loss } = *self.tally;
        let mut seal = Seal::new();
        seal.word(identity(student));
        seal.word(count);
        seal.word(loss.to_bits_u64());
        for part in [&*self.attention, &*self.d_attention, &*self.d_value] {
            seal.scalars(part);
        }
        seal.finish()
    }

    /// Moves the student along the mean gradient of the batch.
    pub(crate) fn descend(&self, student: &mut StudentViewMut<'_, T>, descent: &Descent<T>) -> Result<(), Error> {
        let count = samples_as_scalar(self.tally.count);
        student.descend(self.d_value, (self.attention, self.d_attention), count, descent)
    }

    /// Lends this memory for a shorter time.
    #[inline]
    pub const fn reborrow(&mut self) -> SampleScratchViewMut<'_, T> {
        SampleScratchViewMut {
            attention: self.attention,
            d_attention: self.d_attention,
            d_value: self.d_value,
            hidden: self.hidden,
            d_hidden: self.d_hidden,
            d_output: self.d_output,
            tally: self.tally,
            room: Room::of(self.room.get()),
        }
    }

    /// Room for one number an element of the attention, free while there is no batch.
    #[inline]
    pub(crate) const fn attention_mut(&mut self) -> &mut [T] {
        self.attention
    }

    /// Attention, `dL/dS`, `dL/dW` (both times the samples) and the tally.
    pub(crate) const fn batch_mut(&mut self) -> (&mut [T], &mut [T], &mut [T], &mut Tally<T>) {
        (self.attention, self.d_attention, self.d_value, self.tally)
    }

    pub(crate) fn check(&self, shape: Shape) -> Result<(), Error> {
        check_length("sample scratch of the attention", self.attention, shape.mixing_len())?;
        check_length("sample scratch of the values", self.d_value, shape.value_len())?;
        check_length("sample scratch of a row", self.hidden, shape.tokens())?;
        check_length("sample scratch of the outputs", self.d_output, shape.outputs())?;
        self.room.check(shape)
    }
}
