//! The student's parameters: the value matrix W and the attention logits A, each with the rounding errors that the
//! compensated update carries along.
//!
//! Training holds the logits `A = P^T W_KQ P / sqrt(D)` instead of W_KQ: for every orthonormal position encoding P a
//! step of rate r on W_KQ moves the logits by exactly `-(r / D) dL/dA`, so the trajectory is the same for all of them
//! and costs no `D^3`. [`crate::position`] turns one into the other.

use crate::activation::Activation;
use crate::error::Error;
use crate::kernel::softmax::softmax;
use crate::matrix::{Matrix, Rows, RowsMut, check_finite, check_length};
use crate::predict::{answer, forward};
use crate::scalar::Scalar;
use crate::shape::{Shape, checked_shape};
use crate::vector::Line;

/// A student that owns its parameters, with its shape in its type.
///
/// It is large; let it live in a `static` or in its final place from the start (`Student::ZERO`), not on the stack.
#[derive(Clone, Debug)]
pub struct Student<T, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    _line: Line,
    value: Matrix<T, FILTERS, FEATURES>,
    value_carry: Matrix<T, FILTERS, FEATURES>,
    logits: Matrix<T, OUTPUTS, TOKENS>,
    logits_carry: Matrix<T, OUTPUTS, TOKENS>,
    steps: u64,
}

impl<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    Student<T, FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    /// The start of training: every parameter zero, so that every output averages all tokens.
    pub const ZERO: Self = Self {
        _line: Line,
        value: Matrix::ZERO,
        value_carry: Matrix::ZERO,
        logits: Matrix::ZERO,
        logits_carry: Matrix::ZERO,
        steps: 0,
    };

    /// The student as the algorithms see it.
    #[inline]
    pub fn view(&self) -> StudentView<'_, T> {
        StudentView {
            shape: const { checked_shape(FILTERS, FEATURES, TOKENS, OUTPUTS) },
            value: self.value.as_slice(),
            value_carry: self.value_carry.as_slice(),
            logits: self.logits.as_slice(),
            logits_carry: self.logits_carry.as_slice(),
            steps: self.steps,
        }
    }

    /// The student as the algorithms change it.
    #[inline]
    pub fn view_mut(&mut self) -> StudentViewMut<'_, T> {
        StudentViewMut {
            shape: const { checked_shape(FILTERS, FEATURES, TOKENS, OUTPUTS) },
            value: self.value.as_mut_slice(),
            value_carry: self.value_carry.as_mut_slice(),
            logits: self.logits.as_mut_slice(),
            logits_carry: self.logits_carry.as_mut_slice(),
            steps: &mut self.steps,
        }
    }

    /// W: what imitates the teacher's filters.
    #[inline]
    pub const fn value(&self) -> &Matrix<T, FILTERS, FEATURES> {
        &self.value
    }

    /// A: the attention before the softmax.
    #[inline]
    pub const fn logits(&self) -> &Matrix<T, OUTPUTS, TOKENS> {
        &self.logits
    }

    /// Gradient steps taken since zero.
    #[inline]
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    /// Writes the attention S, the softmax of every row of the logits, to `attention`.
    pub fn attention(&self, attention: &mut Matrix<T, OUTPUTS, TOKENS>) {
        self.view().attention_rows(attention.as_mut_slice());
    }

    /// Writes what the student answers to one input, `y[output][filter] = act( W X S )`. `attention` is S, as
    /// [`attention`](Self::attention) writes it, once for any number of predictions; `hidden` is working memory. What does not fit
    /// does not compile. Where a sum of products overflows, an element may be infinite or NaN. Costs about `M D (d + J)` additions
    /// and multiplications, of M filters, d features, D tokens, J outputs. While a student is trained,
    /// [`Samples::predict`](crate::gradient::samples::Samples::predict) has both memories already.
    pub fn predict(
        &self,
        activation: Activation<T>,
        attention: &Matrix<T, OUTPUTS, TOKENS>,
        x: &[[T; FEATURES]; TOKENS],
        hidden: &mut [T; TOKENS],
        y: &mut [[T; FILTERS]; OUTPUTS],
    ) {
        let matrices = (self.value.as_slice(), attention.as_slice());
        answer(self.view().shape, activation, matrices, x.as_flattened(), hidden, y.as_flattened_mut());
    }

    /// Back to zero, in place.
    pub fn reset(&mut self) {
        self.view_mut().reset();
    }
}

/// Elements of the memory that [`StudentViewMut::new`] takes: every parameter and its carry.
#[inline]
pub const fn student_len(shape: Shape) -> usize {
    2 * (shape.value_len() + shape.mixing_len())
}

/// A student's parameters, read only.
#[derive(Clone, Copy, Debug)]
pub struct StudentView<'a, T> {
    shape: Shape,
    value: &'a [T],
    value_carry: &'a [T],
    logits: &'a [T],
    logits_carry: &'a [T],
    steps: u64,
}

impl<'a, T: Scalar> StudentView<'a, T> {
    /// Sees `memory` that a student of this shape left behind as a student, read only; costs the same for every size.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`student_len`] elements.
    #[inline]
    pub fn resume(shape: Shape, memory: &'a [T], steps: u64) -> Result<Self, Error> {
        let (expected, found) = (student_len(shape), memory.len());
        check_length("student memory", memory, expected)?;
        let wrong = Error::Length { what: "student memory", expected, found };
        let (value, memory) = memory.split_at_checked(shape.value_len()).ok_or(wrong)?;
        let (value_carry, memory) = memory.split_at_checked(shape.value_len()).ok_or(wrong)?;
        let (logits, logits_carry) = memory.split_at_checked(shape.mixing_len()).ok_or(wrong)?;
        Ok(Self { shape, value, value_carry, logits, logits_carry, steps })
    }

    /// Sees matrices of the right lengths as a student that nobody moves: it has no carries.
    pub(crate) const fn still(shape: Shape, value: &'a [T], logits: &'a [T]) -> Self {
        Self { shape, value, value_carry: &[], logits, logits_carry: &[], steps: 0 }
    }

    /// Refuses a student that no step can have left behind; the index is that of the element in the memory.
    pub(crate) fn check(self, what: &'static str) -> Result<(), Error> {
        let pairs = |parameters: &'a [T], carries: &'a [T]| parameters.iter().copied().zip(carries.iter().copied());
        check_carried(what, 0, self.shape.value_len(), pairs(self.value, self.value_carry))?;
        let first = 2 * self.shape.value_len();
        check_carried(what, first, self.shape.mixing_len(), pairs(self.logits, self.logits_carry))
    }

    /// The sizes.
    #[inline]
    pub const fn shape(self) -> Shape {
        self.shape
    }

    /// W: `filters x features`.
    #[inline]
    pub const fn value(self) -> &'a [T] {
        self.value
    }

    /// What rounding has taken from W and the next compensated step will give back: `filters x features`.
    #[inline]
    pub const fn value_carry(self) -> &'a [T] {
        self.value_carry
    }

    /// A: `outputs x tokens`.
    #[inline]
    pub const fn logits(self) -> &'a [T] {
        self.logits
    }

    /// What rounding has taken from A: `outputs x tokens`.
    #[inline]
    pub const fn logits_carry(self) -> &'a [T] {
        self.logits_carry
    }

    /// Gradient steps taken since zero.
    #[inline]
    pub const fn steps(self) -> u64 {
        self.steps
    }

    /// Writes the attention S: `outputs x tokens`, each row the softmax of a row of the logits. Costs an exponential
    /// an element.
    ///
    /// # Errors
    /// [`Error::Length`].
    pub fn attention(self, attention: &mut [T]) -> Result<(), Error> {
        check_length("attention", attention, self.shape.mixing_len())?;
        self.attention_rows(attention);
        Ok(())
    }

    /// Writes what the student answers to one input: `y[output][filter] = act( W X S )` of `x[token][feature]`. `attention` is S, as
    /// [`attention`](Self::attention) writes it, once for any number of predictions; `hidden` is working memory, one element a token.
    /// Where a sum of products overflows, an element may be infinite or NaN. Costs about `M D (d + J)` additions and
    /// multiplications, of M filters, d features, D tokens, J outputs.
    ///
    /// # Errors
    /// [`Error::Length`], naming the slice; nothing is written then.
    pub fn predict(
        self,
        activation: Activation<T>,
        attention: &[T],
        x: &[T],
        hidden: &mut [T],
        y: &mut [T],
    ) -> Result<(), Error> {
        forward(self.shape, activation, (self.value, attention), x, hidden, y)
    }

    pub(crate) fn attention_rows(self, attention: &mut [T]) {
        let tokens = self.shape.tokens();
        for (logits, weights) in Rows::new(self.logits, tokens).zip(RowsMut::new(attention, tokens)) {
            softmax(logits, weights);
        }
    }
}

/// Refuses parameters, each with its carry, of which one is not finite or could become infinite by steps that hardly move
/// it. The first parameter is element `first` of `what`, its carry stands `count` elements behind it.
pub(crate) fn check_carried<T: Scalar>(
    what: &'static str,
    first: usize,
    count: usize,
    mut pairs: impl Iterator<Item = (T, T)>,
) -> Result<(), Error> {
    let mut index = first;
    // Twice the carry: what is left of one addition beside the largest numbers is at most half of what the next may bear.
    match pairs.find(|&(parameter, carry)| {
        index += 1;
        !(parameter + (carry + carry)).is_finite()
    }) {
        Some((parameter, _)) if !parameter.is_finite() => Err(Error::NotFinite { what, index: index - 1 }),
        Some(_) => Err(Error::NotFinite { what, index: index - 1 + count }),
        None => Ok(()),
    }
}

/// A student's parameters, for change.
#[derive(Debug)]
pub struct StudentViewMut<'a, T> {
    pub(crate) shape: Shape,
    pub(crate) value: &'a mut [T],
    pub(crate) value_carry: &'a mut [T],
    pub(crate) logits: &'a mut [T],
    pub(crate) logits_carry: &'a mut [T],
    pub(crate) steps: &'a mut u64,
}

/// Parameters and carries, the two of one matrix side by side: `(value, value_carry, logits, logits_carry)`.
pub(crate) type ParametersMut<'a, T> = (&'a mut [T], &'a mut [T], &'a mut [T], &'a mut [T]);

impl<'a, T: Scalar> StudentViewMut<'a, T> {
    /// Sees `memory` as a student; its elements are taken as they are, in the order value, value carry, logits, logits
    /// carry. All zero is the start of training.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`student_len`] elements, [`Error::NotFinite`] for an element that is no
    /// number, or a carry so large that a step could make its parameter infinite: twice the carry and the parameter
    /// must have a finite sum.
    pub fn new(shape: Shape, memory: &'a mut [T], steps: &'a mut u64) -> Result<Self, Error> {
        let student = Self::resume(shape, memory, steps)?;
        student.view().check("student memory")?;
        Ok(student)
    }

    /// Sees `memory` that a student of this shape left behind, which is finite, as a student: costs the same for every size.
    /// What is done with a student that is not finite gives numbers without meaning, and nothing worse.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`student_len`] elements.
    #[inline]
    pub fn resume(shape: Shape, memory: &'a mut [T], steps: &'a mut u64) -> Result<Self, Error> {
        let (expected, found) = (student_len(shape), memory.len());
        check_length("student memory", memory, expected)?;
        let wrong = Error::Length { what: "student memory", expected, found };
        let (value, memory) = memory.split_at_mut_checked(shape.value_len()).ok_or(wrong)?;
        let (value_carry, memory) = memory.split_at_mut_checked(shape.value_len()).ok_or(wrong)?;
        let (logits, logits_carry) = memory.split_at_mut_checked(shape.mixing_len()).ok_or(wrong)?;
        Ok(Self { shape, value, value_carry, logits, logits_carry, steps })
    }

    /// The sizes.
    #[inline]
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// This student, read only.
    #[inline]
    pub const fn view(&self) -> StudentView<'_, T> {
        StudentView {
            shape: self.shape,
            value: self.value,
            value_carry: self.value_carry,
            logits: self.logits,
            logits_carry: self.logits_carry,
            steps: *self.steps,
        }
    }

    /// This student, borrowed for a shorter time.
    #[inline]
    pub const fn reborrow(&mut self) -> StudentViewMut<'_, T> {
        StudentViewMut {
            shape: self.shape,
            value: self.value,
            value_carry: self.value_carry,
            logits: self.logits,
            logits_carry: self.logits_carry,
            steps: self.steps,
        }
    }

    /// Back to the start of training, every parameter zero.
    pub fn reset(&mut self) {
        for part in [&mut *self.value, &mut *self.value_carry, &mut *self.logits, &mut *self.logits_carry] {
            part.fill(T::ZERO);
        }
        *self.steps = 0;
    }

    /// Replaces W (`filters x features`) and forgets its carry.
    ///
    /// # Errors
    /// [`Error::Length`] or [`Error::NotFinite`].
    pub fn set_value(&mut self, value: &[T]) -> Result<(), Error> {
        check_length("value", value, self.shape.value_len())?;
        check_finite("value", value)?;
        overwrite(self.value, self.value_carry, value);
        Ok(())
    }

    /// Replaces the logits A (`outputs x tokens`) and forgets their carry. The attention is unchanged by adding a
    /// constant to a row.
    ///
    /// # Errors
    /// [`Error::Length`] or [`Error::NotFinite`].
    pub fn set_logits(&mut self, logits: &[T]) -> Result<(), Error> {
        check_length("logits", logits, self.shape.mixing_len())?;
        check_finite("logits", logits)?;
        overwrite(self.logits, self.logits_carry, logits);
        Ok(())
    }

    /// Parameters with their carries, for the update loops.
    #[inline]
    pub(crate) const fn parameters_mut(&mut self) -> ParametersMut<'_, T> {
        (self.value, self.value_carry, self.logits, self.logits_carry)
    }

    /// For a snapshot, which replaces the parameters, too.
    #[inline]
    pub(crate) const fn set_steps(&mut self, steps: u64) {
        *self.steps = steps;
    }

    #[inline]
    pub(crate) const fn count_step(&mut self) {
        *self.steps = self.steps.saturating_add(1);
    }
}

fn overwrite<T: Scalar>(parameters: &mut [T], carries: &mut [T], from: &[T]) {
    for ((parameter, carry), &from) in parameters.iter_mut().zip(carries).zip(from) {
        *parameter = from;
        *carry = T::ZERO;
    }
}
