//! What a student has learned of the readings, in their own units, and what a batch says of it.

use super::{Diagnosis, RawSamples};
use crate::error::Error;
use crate::matrix::{Rows, check_finite, check_length};
use crate::readings::{Explanation, Link, SureLink, rank, sure};
use crate::scalar::Scalar;

impl<T: Scalar> RawSamples<'_, T> {
    /// What the batch says of the student as it stands; the batch stays.
    ///
    /// # Errors
    /// [`Error::NoSamples`].
    pub fn diagnose(&self) -> Result<Diagnosis<T>, Error> {
        let (loss, nothing) = self.losses()?;
        let shape = self.samples.student().shape();
        let (attention, d_value) = self.samples.attention_and_d_value();
        let still = |d: &[T]| d.iter().all(|&d| d == T::ZERO);
        let mut filters = Rows::new(d_value, shape.features()).zip(&*self.scratch.answers);
        let dead_filter = filters.position(|(d, &answers)| answers > T::ZERO && still(d));
        let tokens = T::from_usize(shape.tokens());
        let beside = attention.iter().fold(T::ZERO, |most, &s| most.larger((s * tokens - T::ONE).abs()));
        // Zero answers are also those of a student that has not begun, whose gradient is not zero.
        Ok(Diagnosis { loss, nothing, dead_filter, attention_beside_uniform: beside })
    }

    /// The gradient of the mean loss over the batch, `dL/dW` (`filters x features`) and `dL/dA` (`outputs x tokens`) of the student's
    /// shape, for readings as they are prepared and answers in their unit. The batch stays as it is. Costs reading the sums.
    ///
    /// # Errors
    /// Those of [`Samples::gradient`](crate::gradient::samples::Samples::gradient); nothing is written then.
    pub fn gradient(&self, d_value: &mut [T], d_logits: &mut [T]) -> Result<(), Error> {
        self.samples.gradient(d_value, d_logits)
    }

    /// Puts what the student has learned into the units of the readings: see
    /// [`StandardizerViewMut::explain`](crate::readings::StandardizerViewMut::explain).
    ///
    /// # Errors
    /// [`Error::Length`], naming the slice. Nothing is written then.
    pub fn explain(&self, to: Explanation<'_, T>) -> Result<(), Error> {
        let (attention, _) = self.samples.attention_and_d_value();
        self.standardizer.explain(self.readings, self.preparation, self.samples.student(), attention, to)
    }

    /// S of the readings as a list: the entries that are farthest from zero first, as many as `links` has places. Of equal ones
    /// the first output and token come first. Costs a logarithm of the places for each entry of S.
    ///
    /// # Errors
    /// [`Error::Length`] when there are more places than entries of S. Nothing is written then.
    pub fn links(&self, links: &mut [Link<T>]) -> Result<(), Error> {
        let (tokens, expected) = (self.readings.tokens(), self.readings.mixing_len());
        if links.len() > expected {
            return Err(Error::Length { what: "links", expected, found: links.len() });
        }
        let (attention, _) = self.samples.attention_and_d_value();
        // No size exceeds 2^24.
        let outputs = (0_u32..).zip(Rows::new(attention, self.samples.student().shape().tokens()));
        let of_output = |(output, row)| {
            let weights = (0_u32..).zip(self.preparation.weights(tokens, row));
            weights.map(move |(token, weight)| Link { output, token, weight })
        };
        rank(outputs.flat_map(of_output), links);
        Ok(())
    }

    /// The entries of S that [stand out](crate::readings::Outstanding), the farthest from zero first, as many as `links` has places, each with how many of the
    /// students of parts of the data have it, too; returns how many stand out in all. `parts` holds S of those students one
    /// behind the other, each `outputs x tokens` of the readings as [`explain`](Self::explain) writes it: usually of two, each trained on
    /// half of the pairs, so that what both find is no accident of a few pairs. It may be empty. Of equal links the first output and token
    /// come first. Costs a pass over a row for each of its links, here and in every part.
    ///
    /// # Errors
    /// [`Error::Length`] when there are more places than entries of S, or `parts` is no whole number of matrices; [`Error::NotFinite`].
    /// Nothing is written then.
    pub fn sure_links(&self, parts: &[T], links: &mut [SureLink<T>]) -> Result<usize, Error> {
        let tokens = self.readings.tokens();
        let (attention, _) = self.samples.attention_and_d_value();
        let rows = Rows::new(attention, self.samples.student().shape().tokens());
        let weights = rows.map(|row| self.preparation.weights(tokens, row));
        sure(tokens, weights, parts, (self.readings.mixing_len(), links))
    }

    /// Predicts the readings that answer to `x`, `x[token][feature]`: `y[output][filter]`, in their own units. Nothing is added
    /// to the batch.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`], naming the slice.
    pub fn predict(&mut self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        check_length("x", x, self.readings.input_len())?;
        check_finite("x", x)?;
        check_length("y", y, self.readings.output_len())?;
        self.standardizer.prepare_input(self.readings, self.preparation, x, self.scratch.x);
        self.samples.predict(self.scratch.x, y)?;
        self.standardizer.restore_answer(y);
        Ok(())
    }
}
