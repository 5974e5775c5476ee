//! Training by the exact population gradient: the gradient of the expected loss over all Gaussian inputs. No samples,
//! no sampling noise; its mathematics is in [`super`].

use super::Exact;
use crate::error::Error;
use crate::matrix::check_length;
use crate::memory::Sizes;
use crate::scalar::Scalar;
use crate::step::Descent;
use crate::student::{Student, StudentView, StudentViewMut};
use crate::teacher::{Teacher, TeacherView};
use crate::training::{Measure, Measured, Training};

pub use super::memory::{PopulationScratch, PopulationScratchViewMut, population_scratch_len};

/// Training a student on a teacher by the exact population gradient.
#[derive(Debug)]
pub struct Population<'a, T> {
    student: StudentViewMut<'a, T>,
    exact: Exact<'a, T>,
    /// Room for as many rows of weights as are worked on together.
    weights: &'a mut [T],
}

impl<'a, T: Scalar> Population<'a, T> {
    /// Brings the three together. Costs O(M d + J D).
    ///
    /// # Errors
    /// [`Error::Length`] when student, teacher and scratch are not of one shape.
    pub fn new(
        student: StudentViewMut<'a, T>,
        teacher: TeacherView<'a, T>,
        scratch: PopulationScratchViewMut<'a, T>,
    ) -> Result<Self, Error> {
        student.shape().check_equal(teacher.shape())?;
        scratch.check(Sizes::of(teacher.shape()))?;
        let PopulationScratchViewMut { terms, rows } = scratch;
        Ok(Self { student, exact: Exact::new(teacher, terms), weights: rows })
    }

    /// Brings together student, teacher and working memory whose types know their sizes; what does not fit does not
    /// compile. Costs O(M d + J D).
    pub fn of<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>(
        student: &'a mut Student<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
        teacher: &'a Teacher<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
        scratch: &'a mut PopulationScratch<T, FILTERS, TOKENS, OUTPUTS>,
    ) -> Self {
        let PopulationScratchViewMut { terms, rows } = scratch.view_mut();
        Self { student: student.view_mut(), exact: Exact::new(teacher.view(), terms), weights: rows }
    }

    /// The student as it stands.
    pub fn student(&self) -> StudentView<'_, T> {
        self.student.view()
    }

    /// The gradient itself, without a step: `dL/dW` (`filters x features`) and `dL/dA` (`outputs x tokens`). Every element
    /// written is finite.
    ///
    /// # Errors
    /// Nothing is written then:
    /// * [`Error::Length`], naming the slice;
    /// * [`Error::OutOfRange`]: student or teacher so large that the gradient might overflow. A step is then refused, too.
    pub fn gradient(&mut self, d_value: &mut [T], d_logits: &mut [T]) -> Result<(), Error> {
        let shape = self.student.shape();
        check_length("d_value", d_value, shape.value_len())?;
        check_length("d_logits", d_logits, shape.mixing_len())?;
        self.exact.gradient(self.student.view(), (d_value, d_logits), self.weights)
    }
}

impl<T: Scalar> Training<T> for Population<'_, T> {
    fn steps(&self) -> u64 {
        self.student.view().steps()
    }

    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        self.exact.step(&mut self.student, descent, self.weights)
    }
}

impl<T: Scalar> Measured<T> for Population<'_, T> {
    fn student(&self) -> StudentView<'_, T> {
        self.student.view()
    }

    fn measure(&mut self) -> Measure<T> {
        self.exact.measure(self.student.view(), self.weights)
    }
}

/// Excess loss and gradient norm of a student that is not being trained; exact. Costs about a step.
///
/// # Errors
/// Those of [`Population::new`], and [`Error::NotFinite`] where numbers are so large that a square overflows.
pub fn measure<T: Scalar>(
    student: StudentView<'_, T>,
    teacher: TeacherView<'_, T>,
    scratch: PopulationScratchViewMut<'_, T>,
) -> Result<Measure<T>, Error> {
    student.shape().check_equal(teacher.shape())?;
    scratch.check(Sizes::of(teacher.shape()))?;
    let PopulationScratchViewMut { terms, rows } = scratch;
    Exact::new(teacher, terms).measure(student, rows).check()
}
