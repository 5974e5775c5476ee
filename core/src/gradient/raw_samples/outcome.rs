//! What steps, pairs that were held out and batches say of a student.

use crate::scalar::Scalar;
use crate::step::Descent;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Stepped<T> {
    /// The rates that came from the data.
    pub descent: Descent<T>,
    /// Mean loss of the batch before the step, of prepared answers.
    pub loss: T,
    /// What predicting the mean costs: half the mean power of a prepared answer.
    pub nothing: T,
}

impl<T: Scalar> Stepped<T> {
    /// Share of the answers' variance that the student explained before the step; below zero where it was worse than predicting
    /// nothing, and zero where there is nothing to explain.
    pub fn explained(&self) -> T {
        explained(self.loss, self.nothing)
    }
}

/// Share that is not left.
fn explained<T: Scalar>(loss: T, nothing: T) -> T {
    if nothing > T::ZERO { T::ONE - loss / nothing } else { T::ZERO }
}

/// What answers cost that were not trained on, or not yet, of prepared answers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cost<T> {
    /// Loss of the student.
    pub loss: T,
    /// Loss of predicting nothing: half the power of the prepared answers.
    pub nothing: T,
}

impl<T: Scalar> Cost<T> {
    /// Share of the answers' variance that the student explains; below zero where it is worse than predicting nothing, and zero
    /// where there is nothing to explain.
    pub fn explained(&self) -> T {
        explained(self.loss, self.nothing)
    }
}

/// What a batch says of the student.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Diagnosis<T> {
    /// Mean loss, of prepared answers.
    pub loss: T,
    /// What predicting nothing costs.
    pub nothing: T,
    /// A filter that answers nothing to every input of the batch, and cannot move, although it should answer: ReLU that is dead.
    pub dead_filter: Option<usize>,
    /// The farthest that a weight of the attention is from `1 / D`, times D: near zero while every output still averages all.
    pub attention_beside_uniform: T,
}
