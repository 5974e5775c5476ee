//! The forward pass of one input, with the least memory: what a student predicts, and what a teacher answers.

use crate::activation::Activation;
use crate::error::Error;
use crate::kernel::sequence::dots_in_sequence;
use crate::matrix::{Rows, check_length};
use crate::scalar::Scalar;
use crate::shape::Shape;

/// `to_r = sum_i x_i y[r][i]`: a filter's answers to all tokens, or their averages for all outputs.
#[inline]
pub(crate) fn project<T: Scalar>(x: &[T], y: &[T], to: &mut [T]) {
    dots_in_sequence(x, y, |r, sum| {
        if let Some(to) = to.get_mut(r) {
            *to = sum;
        }
    });
}

/// `y[output][filter] = act( W X S )` for one input: the prediction of a student, given its attention, or the answer of a
/// teacher, given its mixing. `hidden` is working memory, one element a token. Where a sum of products overflows, an element
/// may be infinite or NaN, and the bits of that NaN depend on the processor.
///
/// # Errors
/// [`Error::Length`], naming the slice.
pub fn forward<T: Scalar>(
    shape: Shape,
    activation: Activation<T>,
    (value, weights): (&[T], &[T]),
    x: &[T],
    hidden: &mut [T],
    y: &mut [T],
) -> Result<(), Error> {
    check_length("value", value, shape.value_len())?;
    check_length("attention", weights, shape.mixing_len())?;
    check_length("x", x, shape.input_len())?;
    check_length("hidden", hidden, shape.tokens())?;
    check_length("y", y, shape.output_len())?;
    answer(shape, activation, (value, weights), x, hidden, y);
    Ok(())
}

/// [`forward`] of slices that are known to be of the right lengths.
#[inline(always)] // Once in each of the two, so that checks are no function of their own.
pub(crate) fn answer<T: Scalar>(
    shape: Shape,
    activation: Activation<T>,
    (value, weights): (&[T], &[T]),
    x: &[T],
    hidden: &mut [T],
    y: &mut [T],
) {
    for (m, w) in Rows::new(value, shape.features()).enumerate() {
        project(w, x, hidden);
        dots_in_sequence(hidden, weights, |j, u| {
            if let Some(y) = y.get_mut(j * shape.filters() + m) {
                *y = activation.apply(u);
            }
        });
    }
}
