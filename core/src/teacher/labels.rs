//! Who answers the inputs that are drawn: a teacher of any kind, with or without a closed form.

use super::TeacherView;
use crate::activation::Activation;
use crate::error::Error;
use crate::predict::forward;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// Answers to inputs.
pub trait Labels<T: Scalar> {
    /// What an answer depends on beside the input, where it comes with each sample: which tokens are chosen, say. `()` for
    /// nothing.
    type Query: ?Sized;

    /// The sizes of inputs and answers.
    fn shape(&self) -> Shape;

    /// The activation of a student that is to give these answers.
    fn activation(&self) -> Activation<T>;

    /// Writes the answer to `x[token][feature]` to `y[output][filter]`; `hidden` is working memory, one element a token.
    ///
    /// # Errors
    /// [`Error::Length`], naming the slice.
    fn answer(&self, x: &[T], query: &Self::Query, hidden: &mut [T], y: &mut [T]) -> Result<(), Error>;

    /// The teacher behind the answers, if it is one whose mixing is the same for all samples and has been looked through: wide
    /// registers then answer many inputs together. The answers have the same bits either way.
    fn fixed_mixing(&self) -> Option<FixedMixing<'_, T>> {
        None
    }

    /// The teacher behind the answers, if it is one whose mixing is the same for all samples.
    fn teacher(&self) -> Option<TeacherView<'_, T>> {
        self.fixed_mixing().map(|fixed| fixed.teacher)
    }
}

/// A teacher with where each row of its mixing has its weights.
#[derive(Clone, Copy, Debug)]
pub struct FixedMixing<'a, T> {
    pub(crate) teacher: TeacherView<'a, T>,
    /// See [`support_of`](crate::kernel::support::support_of).
    pub(crate) supports: &'a [[T; 2]],
}

/// Costs `2 M D (d + J)` additions and multiplications an answer.
impl<T: Scalar> Labels<T> for TeacherView<'_, T> {
    type Query = ();

    #[inline]
    fn shape(&self) -> Shape {
        TeacherView::shape(*self)
    }

    #[inline]
    fn activation(&self) -> Activation<T> {
        TeacherView::activation(*self)
    }

    #[inline]
    fn answer(&self, x: &[T], (): &(), hidden: &mut [T], y: &mut [T]) -> Result<(), Error> {
        forward(TeacherView::shape(*self), TeacherView::activation(*self), (self.value(), self.mixing()), x, hidden, y)
    }

    #[inline]
    fn teacher(&self) -> Option<TeacherView<'_, T>> {
        Some(*self)
    }
}
