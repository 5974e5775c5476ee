//! Working memory of training on raw readings, with the student that was last seen to be sane.

use crate::error::Error;
use crate::matrix::{check_length, copy};
use crate::memory::{Cut, Sizes, layout};
use crate::readings::Powers;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::student::{StudentView, StudentViewMut};

layout! {
    /// What [`RawSamples`](super::RawSamples) needs beside a sample scratch, with its sizes, those of the student, in its type.
    pub struct RawScratch<FILTERS, FEATURES, TOKENS, OUTPUTS>;
    /// What [`RawSamples`](super::RawSamples) needs beside a sample scratch.
    pub struct RawScratchViewMut: "raw scratch" with powers: Powers<T> {
        /// An input and an answer, prepared.
        pub(super) x: matrix(TOKENS, FEATURES),
        pub(super) y: matrix(OUTPUTS, FILTERS),
        /// Sum over the batch of the squared answers of each filter.
        pub(super) answers: matrix(FILTERS),
        /// The student that was last seen to be sane.
        value: matrix(FILTERS, FEATURES),
        value_carry: matrix(FILTERS, FEATURES),
        logits: matrix(OUTPUTS, TOKENS),
        logits_carry: matrix(OUTPUTS, TOKENS),
        pub(super) powers: state(powers, Powers<T>),
    }
    /// Elements of the memory that [`RawScratchViewMut::new`] takes.
    pub const fn raw_scratch_len;
}

impl<'a, T: Scalar> RawScratchViewMut<'a, T> {
    /// Takes `memory`, for a student of this shape, and `powers` as working memory.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`raw_scratch_len`] elements.
    pub fn new(shape: Shape, memory: &'a mut [T], powers: &'a mut Powers<T>) -> Result<Self, Error> {
        let (expected, found) = (raw_scratch_len(shape), memory.len());
        check_length("raw scratch", memory, expected)?;
        let wrong = Error::Length { what: "raw scratch", expected, found };
        Self::cut(Sizes::of(shape), &mut Cut::new(memory), powers).ok_or(wrong)
    }

    /// Remembers the student.
    pub(super) fn keep(&mut self, student: StudentView<'_, T>) {
        copy(student.value(), self.value);
        copy(student.value_carry(), self.value_carry);
        copy(student.logits(), self.logits);
        copy(student.logits_carry(), self.logits_carry);
        self.powers.kept = student.steps().saturating_add(1);
    }

    /// Brings it back, if there is one.
    pub(super) fn restore(&self, student: &mut StudentViewMut<'_, T>) {
        let Some(steps) = self.powers.kept.checked_sub(1) else { return };
        let (value, value_carry, logits, logits_carry) = student.parameters_mut();
        copy(self.value, value);
        copy(self.value_carry, value_carry);
        copy(self.logits, logits);
        copy(self.logits_carry, logits_carry);
        student.set_steps(steps);
    }
}
