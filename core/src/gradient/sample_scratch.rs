//! Working memory of training from pairs.

use super::batch_loss::{BatchLoss, samples_as_scalar};
use super::wide::{Pairs, PairsViewMut, pairs_of_one_len};
use crate::digest::{Seal, identity};
use crate::error::Error;
use crate::matrix::{all_finite, check_length};
use crate::memory::{Cut, Sizes, layout};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::step::Descent;
use crate::step::ruled::BatchSums;
use crate::student::{StudentView, StudentViewMut};
use crate::vector::Line;

layout! {
    /// Working memory of one sample after the other, with its sizes in its type.
    pub(crate) struct NarrowScratch<FILTERS, FEATURES, TOKENS, OUTPUTS>;
    /// Working memory of one sample after the other: the least that training from samples takes.
    pub(crate) struct NarrowScratchViewMut: "sample scratch" with batch_loss: BatchLoss<T> {
        /// S of the batch.
        pub(super) attention: matrix(OUTPUTS, TOKENS),
        /// dL/dS and dL/dW, both times the samples.
        pub(super) d_attention: matrix(OUTPUTS, TOKENS),
        pub(super) d_value: matrix(FILTERS, FEATURES),
        /// One filter's row of H, of `G S^T`, and of U and then G.
        pub(super) hidden: matrix(TOKENS),
        pub(super) d_hidden: matrix(TOKENS),
        pub(super) d_output: matrix(OUTPUTS),
        pub(super) batch_loss: state(batch_loss, BatchLoss<T>),
    }
    /// Elements of the memory that [`SampleScratchViewMut::new`] takes at least.
    pub const fn sample_scratch_len;
}

layout! {
    /// Working memory of [`Samples`](super::samples::Samples), with its sizes in its type.
    pub struct SampleScratch<FILTERS, FEATURES, TOKENS, OUTPUTS> at Line;
    /// Working memory of [`Samples`](super::samples::Samples).
    pub struct SampleScratchViewMut: "sample scratch" with batch_loss: BatchLoss<T> {
        pub(super) narrow: memory(NarrowScratch<FILTERS, FEATURES, TOKENS, OUTPUTS>, NarrowScratchViewMut, batch_loss),
        pub(super) pairs: wide(Pairs<FILTERS, FEATURES, TOKENS, OUTPUTS>, PairsViewMut),
    }
}

/// Elements of the memory with which [`SampleScratchViewMut::new`] makes the most of wide vector registers. With less, and
/// on processors without such registers, training takes longer and gives the same bits.
#[inline]
pub const fn sample_scratch_wide_len(shape: Shape) -> usize {
    sample_scratch_len(shape).saturating_add(pairs_of_one_len(shape))
}

impl<'a, T: Scalar> SampleScratchViewMut<'a, T> {
    /// Takes `memory` and `batch_loss` as working memory. What is beyond [`sample_scratch_len`] elements, up to
    /// [`sample_scratch_wide_len`], makes for speed.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are at least [`sample_scratch_len`] elements.
    pub fn new(shape: Shape, memory: &'a mut [T], batch_loss: &'a mut BatchLoss<T>) -> Result<Self, Error> {
        let (expected, found) = (sample_scratch_len(shape), memory.len());
        let wrong = Error::Length { what: "sample scratch", expected, found };
        Self::cut(Sizes::of(shape), &mut Cut::new(memory), batch_loss).ok_or(wrong)
    }

    /// Adds the batch that `other` holds to the one here, without looking whether both are of one student and one activation: for a
    /// program that sees to that by other means, as the C ABI does. [`Samples::merge`](super::samples::Samples::merge) looks. Costs an
    /// addition for each weight of the student.
    ///
    /// # Errors
    /// [`Error::Length`] for working memory of another shape; nothing is changed then.
    pub fn merge_unchecked(&mut self, other: &SampleScratchViewMut<'_, T>) -> Result<(), Error> {
        let (own, others) = (&mut self.narrow, &other.narrow);
        for (sums, added) in [(&*own.d_attention, &*others.d_attention), (&*own.d_value, &*others.d_value)] {
            check_length("sample scratch", added, sums.len())?;
        }
        own.add(others);
        Ok(())
    }
}

impl<T: Scalar> NarrowScratchViewMut<'_, T> {
    /// Adds the sums of another batch of the same shape.
    pub(super) fn add(&mut self, other: &NarrowScratchViewMut<'_, T>) {
        for (sums, added) in [(&mut *self.d_attention, &*other.d_attention), (&mut *self.d_value, &*other.d_value)] {
            for (sum, &added) in sums.iter_mut().zip(added) {
                *sum += added;
            }
        }
        self.batch_loss.count = self.batch_loss.count.saturating_add(other.batch_loss.count);
        self.batch_loss.loss += other.batch_loss.loss;
    }

    /// What tells this batch of this student from every other.
    pub(super) fn seal(&self, student: StudentView<'_, T>) -> u64 {
        let BatchLoss { count, loss } = *self.batch_loss;
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
        let count = samples_as_scalar(self.batch_loss.count);
        student.descend(self.d_value, (self.attention, self.d_attention), count, descent)
    }

    /// Sums of the batch, for a step by rules.
    pub(crate) fn sums(&self) -> BatchSums<'_, T> {
        let samples = samples_as_scalar(self.batch_loss.count);
        let Self { attention, d_attention, d_value, .. } = self;
        BatchSums { d_value, d_attention, attention, samples }
    }

    /// Room for one number an element of the attention, free while there is no batch.
    #[inline]
    pub(crate) const fn attention_mut(&mut self) -> &mut [T] {
        self.attention
    }

    /// Attention, `dL/dS`, `dL/dW` (both times the samples) and the loss of the batch.
    pub(crate) const fn batch_mut(&mut self) -> (&mut [T], &mut [T], &mut [T], &mut BatchLoss<T>) {
        (self.attention, self.d_attention, self.d_value, self.batch_loss)
    }
}

/// What a step was refused for: sums that are not finite are no matter of the rate. Of the sums alone, so that a chip keeps what else a
/// step has in registers.
#[inline(never)] // Nobody waits for it, and a step has no need of its code.
pub(super) fn fault<T: Scalar>(d_value: &[T], d_attention: &[T], refused: Error) -> Error {
    let finite = all_finite(d_value) && all_finite(d_attention);
    if finite { refused } else { Error::NotFinite { what: "the gradient of the batch", index: 0 } }
}
