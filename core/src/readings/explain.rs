//! What a student has learned from prepared readings, in the units of the readings.

use super::preparation::Preparation;
use super::standardizer::StandardizerViewMut;
use crate::error::Error;
use crate::matrix::{Rows, RowsMut, check_length};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::student::StudentView;

/// Where [`StandardizerViewMut::explain`] writes: a model `y_j = act( W sum_i S_ji x_i + b_j )` of readings as they come.
#[derive(Debug)]
pub struct Explanation<'a, T> {
    /// W, `filters x features`, in units of answers by units of readings.
    pub value: &'a mut [T],
    /// b, `outputs x filters`, in units of answers.
    pub bias: &'a mut [T],
    /// S, `outputs x tokens` of the readings: negative where the negated token weighs more, and of rows that add up to less than
    /// one by what the spare token has.
    pub mixing: &'a mut [T],
}

/// What a filter W with an output's weights S answers to the means that were taken from readings, `sum_i S_i <W, m_i>`: what its
/// bias makes good. Tokens and then features in sequence.
pub(super) fn answer_to_means<T: Scalar>(weights: &[T], w: &[T], means: &[T]) -> T {
    let mut taken = T::ZERO;
    for (&weight, mean) in weights.iter().zip(Rows::new(means, w.len())) {
        let mut answer = T::ZERO;
        for (&w, &mean) in w.iter().zip(mean) {
            answer += w * mean;
        }
        taken += weight * answer;
    }
    taken
}

impl<T: Scalar> StandardizerViewMut<'_, T> {
    /// Puts what a student has learned back into the units of the readings, so that `y_j = act( W sum_i S_ji x_i + b_j )`
    /// answers them as they come. `attention` is the student's, `outputs x tokens` of the student. A feature that was constant
    /// has weight zero. Costs about `J M (D + d)` operations.
    ///
    /// Numbers that the type cannot hold, of units very far apart, are infinite or zero.
    ///
    /// # Errors
    /// [`Error::Length`], naming the slice or the size. Nothing is written then.
    pub fn explain(
        &self,
        shape: Shape,
        preparation: Preparation,
        student: StudentView<'_, T>,
        attention: &[T],
        to: Explanation<'_, T>,
    ) -> Result<(), Error> {
        preparation.check(shape, student.shape())?;
        check_length("attention", attention, student.shape().mixing_len())?;
        let Explanation { value, bias, mixing } = to;
        check_length("value", value, shape.value_len())?;
        check_length("bias", bias, shape.output_len())?;
        check_length("mixing", mixing, shape.mixing_len())?;
        let (tokens, features, answer_scale) = (shape.tokens(), shape.features(), self.observed.answer_scale);
        let rows = Rows::new(attention, student.shape().tokens());
        for (mixing, attention) in RowsMut::new(mixing, tokens).zip(rows) {
            for (to, weight) in mixing.iter_mut().zip(preparation.weights(tokens, attention)) {
                *to = weight;
            }
        }
        let learned = Rows::new(student.value(), student.shape().features());
        for (to, learned) in RowsMut::new(value, features).zip(learned) {
            for ((to, &w), &scale) in to.iter_mut().zip(learned).zip(&*self.scale) {
                *to = if scale > T::ZERO { w / scale * answer_scale } else { T::ZERO };
            }
        }
        let constants = Rows::new(student.value(), student.shape().features());
        for (m, (w, learned)) in Rows::new(value, features).zip(constants).enumerate() {
            let constant = learned.get(features).copied().unwrap_or(T::ZERO) * answer_scale;
            for (j, weights) in Rows::new(mixing, tokens).enumerate() {
                let taken = answer_to_means(weights, w, self.mean);
                let place = j * shape.filters() + m;
                let mean = self.answer_mean.get(place).copied().unwrap_or(T::ZERO);
                if let Some(to) = bias.get_mut(place) {
                    *to = constant + mean - taken;
                }
            }
        }
        Ok(())
    }
}
