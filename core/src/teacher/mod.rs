//! The teacher: `f*(X) = act(V X S)`, a value matrix of filters and a mixing that says who averages whom.
//!
//! A teacher of the class has `K` entries `1/K` in each row of its mixing; the four families of the paper each fill a
//! mixing from their own description, one file each; [`family`] has them as one value, [`paper`] the paper's six experiments. Any other finite `value` and `mixing` is a teacher too: the
//! exact gradient does not need the structure, only a student can recover nothing but rows that are averages (entries
//! not negative, sum 1).

pub mod convolution;
pub mod family;
pub mod graph;
pub mod group_sparse;
pub mod labels;
pub mod paper;
pub mod patches;
pub mod per_sample;
pub mod token_selection;

use crate::activation::Activation;
use crate::error::Error;
use crate::matrix::{Matrix, MatrixView, MatrixViewMut, check_finite, check_length};
use crate::scalar::Scalar;
use crate::shape::{Shape, checked_shape};

/// A teacher that owns its matrices, with its shape in its type.
#[derive(Clone, Debug)]
pub struct Teacher<T, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    activation: Activation<T>,
    value: Matrix<T, FILTERS, FEATURES>,
    mixing: Matrix<T, OUTPUTS, TOKENS>,
}

impl<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    Teacher<T, FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    /// A teacher that answers zero to everything, to be filled in place.
    pub const ZERO: Self = Self { activation: Activation::Identity, value: Matrix::ZERO, mixing: Matrix::ZERO };

    /// Fills the teacher in place: checks the activation and copies `value`, then lets `mixing` fill the mixing, for
    /// example `|mixing| convolution::average_pooling(mixing, 4)`.
    ///
    /// # Errors
    /// What the parts refuse. The teacher then is as it was, as long as `mixing` changes nothing when it refuses (none of
    /// this crate's does); if it left an element that is not finite, the mixing is zero.
    pub fn fill(
        &mut self,
        activation: Activation<T>,
        value: &Matrix<T, FILTERS, FEATURES>,
        mixing: impl FnOnce(MatrixViewMut<'_, T>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        activation.check()?;
        check_finite("value", value.as_slice())?;
        let filled = mixing(self.mixing.view_mut());
        let finite = check_finite("mixing", self.mixing.as_slice());
        if finite.is_err() {
            self.mixing.as_mut_slice().fill(T::ZERO);
        }
        filled.and(finite)?;
        self.activation = activation;
        for (to, from) in self.value.as_mut_slice().iter_mut().zip(value.as_slice()) {
            *to = *from;
        }
        Ok(())
    }

    /// The teacher as the algorithms see it.
    #[inline]
    pub fn view(&self) -> TeacherView<'_, T> {
        TeacherView {
            shape: const { checked_shape(FILTERS, FEATURES, TOKENS, OUTPUTS) },
            activation: self.activation,
            value: self.value.as_slice(),
            mixing: self.mixing.as_slice(),
        }
    }
}

/// A teacher that borrows its matrices; every element is finite.
#[derive(Clone, Copy, Debug)]
pub struct TeacherView<'a, T> {
    shape: Shape,
    activation: Activation<T>,
    value: &'a [T],
    mixing: &'a [T],
}

impl<'a, T: Scalar> TeacherView<'a, T> {
    /// A teacher from its `value` (`filters x features`), its `mixing` (`outputs x tokens`) and its activation.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`] or [`Error::OutOfRange`], naming the part.
    pub fn new(shape: Shape, activation: Activation<T>, value: &'a [T], mixing: &'a [T]) -> Result<Self, Error> {
        let teacher = Self::resume(shape, activation, value, mixing)?;
        check_finite("value", value)?;
        check_finite("mixing", mixing)?;
        Ok(teacher)
    }

    /// A teacher from matrices that have been a teacher's before, which are finite: costs the same for every size. What is
    /// done with a teacher that is not finite gives numbers without meaning, and nothing worse.
    ///
    /// # Errors
    /// [`Error::Length`] or [`Error::OutOfRange`], naming the part.
    #[inline]
    pub fn resume(shape: Shape, activation: Activation<T>, value: &'a [T], mixing: &'a [T]) -> Result<Self, Error> {
        activation.check()?;
        check_length("value", value, shape.value_len())?;
        check_length("mixing", mixing, shape.mixing_len())?;
        Ok(Self { shape, activation, value, mixing })
    }

    /// The sizes.
    #[inline]
    pub const fn shape(self) -> Shape {
        self.shape
    }

    /// The activation.
    #[inline]
    pub const fn activation(self) -> Activation<T> {
        self.activation
    }

    /// The filters, V*: `filters x features`.
    #[inline]
    pub const fn value(self) -> &'a [T] {
        self.value
    }

    /// The mixing, S* transposed: `outputs x tokens`.
    #[inline]
    pub const fn mixing(self) -> &'a [T] {
        self.mixing
    }

    /// The filters V* as a matrix, `filters x features`.
    ///
    /// # Errors
    /// None for a teacher that was made: its slices have the lengths of its shape.
    pub fn value_matrix(self) -> Result<MatrixView<'a, T>, Error> {
        MatrixView::new("value", self.value, self.shape.filters(), self.shape.features())
    }

    /// The mixing, S* transposed, as a matrix, `outputs x tokens`.
    ///
    /// # Errors
    /// None for a teacher that was made: its slices have the lengths of its shape.
    pub fn mixing_matrix(self) -> Result<MatrixView<'a, T>, Error> {
        MatrixView::new("mixing", self.mixing, self.shape.outputs(), self.shape.tokens())
    }

    /// The group size K when the teacher is regular: every row of the mixing has K entries `1/K` (within rounding) and
    /// zeros. `None` for any other mixing.
    pub fn group(self) -> Option<usize> {
        let mut group = None;
        for row in crate::matrix::Rows::new(self.mixing, self.shape.tokens()) {
            let count = row.iter().filter(|&&x| x != T::ZERO).count();
            let share = T::ONE / T::from_usize(count);
            let uniform = row.iter().all(|&x| x == T::ZERO || (x - share).abs() <= T::EPSILON * share);
            if count == 0 || !uniform || *group.get_or_insert(count) != count {
                return None;
            }
        }
        group
    }
}
