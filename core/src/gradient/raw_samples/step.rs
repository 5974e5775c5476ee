//! One step at rates that come from the data, or at given ones, and the way back when it is refused.

use super::{RawDescent, RawSamples, Stepped};
use crate::error::Error;
use crate::gradient::batch_loss::samples_as_scalar;
use crate::matrix::Rows;
use crate::scalar::Scalar;
use crate::step::Descent;

impl<T: Scalar> RawSamples<'_, T> {
    /// One step along the mean gradient of the batch, at rates that come from the data; then a new batch begins.
    ///
    /// # Errors
    /// * [`Error::NoSamples`], [`Error::OutOfRange`] for the settings: nothing has changed.
    /// * [`Error::Diverged`]: the batch costs more than [`RawDescent::loss_limit`] times what predicting nothing does, or the
    ///   step would lead too far. The batch is dropped, and the student is again the one that the last good batch found. Where
    ///   a sensor's offset or unit has changed since, no smaller step helps:
    ///   [`strayed`](crate::readings::StandardizerViewMut::strayed) of its pairs names the sensor, and is far above 1 then.
    pub fn step(&mut self, settings: &RawDescent<T>) -> Result<Stepped<T>, Error> {
        settings.check()?;
        let (loss, nothing) = self.sane(settings.loss_limit)?;
        self.scratch.keep(self.samples.student());
        let descent = self.rates(settings);
        self.take(&descent, loss, nothing)
    }

    /// One step along the mean gradient of the batch at rates of one's own, which are those of prepared readings; then a new
    /// batch begins. `loss_limit` is [`RawDescent::loss_limit`].
    ///
    /// # Errors
    /// * [`Error::NoSamples`], [`Error::OutOfRange`] for the rates or the limit: nothing has changed.
    /// * [`Error::Diverged`], with what it does to batch and student, when [`step`](Self::step) has it.
    pub fn step_at(&mut self, descent: &Descent<T>, loss_limit: T) -> Result<Stepped<T>, Error> {
        RawDescent { loss_limit, ..RawDescent::default() }.check()?;
        descent.check()?;
        let (loss, nothing) = self.sane(loss_limit)?;
        self.scratch.keep(self.samples.student());
        self.take(descent, loss, nothing)
    }

    /// What the batch costs and what predicting nothing would, of a student that has not run away.
    fn sane(&mut self, loss_limit: T) -> Result<(T, T), Error> {
        let (loss, nothing) = self.losses()?;
        // False for what is no number.
        let sane = loss <= loss_limit * nothing;
        if sane { Ok((loss, nothing)) } else { Err(self.give_up()) }
    }

    /// The rates that the data say.
    fn rates(&self, settings: &RawDescent<T>) -> Descent<T> {
        let shape = self.samples.student().shape();
        let (count, powers) = (samples_as_scalar::<T>(self.count()), *self.scratch.powers);
        let (input, answer) = (powers.input_sum / count, powers.answer_sum / count);
        let input_power = input.larger(powers.input);
        let answer_power = answer.larger(powers.answer) / T::from_usize(shape.outputs());
        let rate = |share: T, power: T| if power > T::ZERO { share / power } else { T::ZERO };
        let tokens = T::from_usize(shape.tokens());
        let mut attention_rate = rate(settings.attention_share * tokens, answer_power);
        // A logit moves at this rate by the tokens. Where W is large beside the answers, as for differences of tokens, the loss
        // is curved more than answers show.
        let curvature = self.curvature();
        if attention_rate * curvature > tokens {
            attention_rate = tokens / curvature;
        }
        let longest = self.samples.longest_row() * (attention_rate / tokens);
        if longest > settings.row_limit {
            attention_rate *= settings.row_limit / longest;
        }
        Descent {
            compensated: settings.compensated,
            ..Descent::new(rate(settings.value_share, input_power)).with_attention_rate(attention_rate)
        }
    }

    /// Takes the step, and begins a new batch.
    fn take(&mut self, descent: &Descent<T>, loss: T, nothing: T) -> Result<Stepped<T>, Error> {
        let count = samples_as_scalar::<T>(self.count());
        if self.samples.step(descent).is_err() {
            return Err(self.give_up());
        }
        let powers = &mut *self.scratch.powers;
        let (input, answer) = (powers.input_sum / count, powers.answer_sum / count);
        powers.batches = powers.batches.saturating_add(1);
        let batches = T::from_u64(powers.batches);
        powers.input += (input - powers.input) / batches;
        powers.answer += (answer - powers.answer) / batches;
        self.begin();
        Ok(Stepped { descent: *descent, loss, nothing })
    }

    /// An estimate of how much the loss is curved along a row of logits, from `H = W X` of standardized readings, in which every
    /// feature has variance one: the largest `sum_i S_ji^2 || H_i ||^2`. The intercept, which all tokens have, moves nothing.
    fn curvature(&self) -> T {
        let shape = self.samples.student().shape();
        let squared = |numbers: &[T]| numbers.iter().fold(T::ZERO, |sum, &n| sum + n * n);
        let (attention, _) = self.samples.attention_and_d_value();
        let rows = Rows::new(attention, shape.tokens());
        let narrowest = rows.fold(T::ZERO, |most, row| most.larger(squared(row)));
        let value = Rows::new(self.samples.student().value(), shape.features());
        let hidden = value.fold(T::ZERO, |sum, w| sum + squared(w.get(..self.readings.features()).unwrap_or(w)));
        narrowest * hidden
    }

    /// Goes back to the student that was last seen to be sane.
    fn give_up(&mut self) -> Error {
        self.scratch.restore(self.samples.student_mut());
        self.begin();
        Error::Diverged
    }
}
