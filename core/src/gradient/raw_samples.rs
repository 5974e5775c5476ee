//! Training on readings as they are recorded: [`Samples`] behind a [`Standardizer`](crate::readings::Standardizer), with rates
//! that come from the data, and an eye on the loss.
//!
//! ```text
//! value rate     = value_share / P              P: mean of || X ||^2 of prepared inputs
//! attention rate = attention_share D / Q        Q: mean over outputs of || y_j ||^2 of prepared answers
//!                  at most D / C                C: largest sum_i S_ji^2 || W ||^2, without the intercept
//! ```
//!
//! Each power is the larger of the batch's own and of the mean over all batches, so that one reading far from all others makes
//! one short step. A step is refused when the batch costs much more than predicting nothing does (the model then runs away,
//! long before its numbers overflow), and the student that was last seen to be sane comes back.

use super::batch_loss::samples_as_scalar;
use super::samples::Samples;
use crate::activation::Activation;
use crate::error::Error;
use crate::input::SampleStream;
use crate::matrix::{Rows, check_finite, check_length, copy};
use crate::memory::{Cut, Sizes, layout};
use crate::readings::{Explanation, Link, Preparation, StandardizerViewMut, SureLink, rank, sure};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::snapshot::{Context, RawState, save_raw, save_raw_pieces};
use crate::step::Descent;
use crate::student::{StudentView, StudentViewMut};

pub use crate::readings::Powers;

/// How rates come from the data, and when a step is refused.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RawDescent<T> {
    /// Rate of W times the power of the inputs. Positive and finite; one and more diverges on some data.
    pub value_share: T,
    /// Rate of W_KQ times the power of an answer, by the number of tokens. Not negative, finite.
    pub attention_share: T,
    /// No row of logits moves further than this in a step, as a Euclidean length. Positive.
    pub row_limit: T,
    /// A batch whose loss is this many times that of predicting nothing is a student that runs away. Above one.
    pub loss_limit: T,
    /// Carry the rounding error of every update into the next (see [`crate::kernel::update`]).
    pub compensated: bool,
}

impl<T: Scalar> Default for RawDescent<T> {
    /// Shares of 0.5 and 0.2, a row moves by at most 0.25, ten times the loss of predicting nothing; compensated.
    fn default() -> Self {
        Self {
            value_share: T::HALF,
            attention_share: T::from_f64(0.2),
            row_limit: T::from_f64(0.25),
            loss_limit: T::from_f64(10.0),
            compensated: true,
        }
    }
}

impl<T: Scalar> RawDescent<T> {
    /// Refuses settings outside their ranges.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], naming the setting.
    pub fn check(&self) -> Result<(), Error> {
        // False for what is no number.
        let above = |setting: T, least: T| setting > least;
        if !(above(self.value_share, T::ZERO) && self.value_share.is_finite()) {
            return Err(Error::OutOfRange { what: "the value share must be positive and finite" });
        }
        if !(self.attention_share >= T::ZERO && self.attention_share.is_finite()) {
            return Err(Error::OutOfRange { what: "the attention share must be finite and not negative" });
        }
        if !above(self.row_limit, T::ZERO) {
            return Err(Error::OutOfRange { what: "the limit of a row's step must be positive" });
        }
        if !above(self.loss_limit, T::ONE) {
            return Err(Error::OutOfRange { what: "the limit of the loss must be above one" });
        }
        Ok(())
    }
}

layout! {
    /// What [`RawSamples`] needs beside a sample scratch, with its sizes, those of the student, in its type.
    pub struct RawScratch<FILTERS, FEATURES, TOKENS, OUTPUTS>;
    /// What [`RawSamples`] needs beside a sample scratch.
    pub struct RawScratchViewMut: "raw scratch" with powers: Powers<T> {
        /// An input and an answer, prepared.
        x: matrix(TOKENS, FEATURES),
        y: matrix(OUTPUTS, FILTERS),
        /// Sum over the batch of the squared answers of each filter.
        answers: matrix(FILTERS),
        /// The student that was last seen to be sane.
        value: matrix(FILTERS, FEATURES),
        value_carry: matrix(FILTERS, FEATURES),
        logits: matrix(OUTPUTS, TOKENS),
        logits_carry: matrix(OUTPUTS, TOKENS),
        powers: state(powers, Powers<T>),
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
    fn keep(&mut self, student: StudentView<'_, T>) {
        copy(student.value(), self.value);
        copy(student.value_carry(), self.value_carry);
        copy(student.logits(), self.logits);
        copy(student.logits_carry(), self.logits_carry);
        self.powers.kept = student.steps().saturating_add(1);
    }

    /// Brings it back, if there is one.
    fn restore(&self, student: &mut StudentViewMut<'_, T>) {
        let Some(steps) = self.powers.kept.checked_sub(1) else { return };
        let (value, value_carry, logits, logits_carry) = student.parameters_mut();
        copy(self.value, value);
        copy(self.value_carry, value_carry);
        copy(self.logits, logits);
        copy(self.logits_carry, logits_carry);
        student.set_steps(steps);
    }
}

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

/// Training a student on raw readings. While it lives nobody else can change student or standardizer.
#[derive(Debug)]
pub struct RawSamples<'a, T> {
    readings: Shape,
    preparation: Preparation,
    standardizer: StandardizerViewMut<'a, T>,
    samples: Samples<'a, T>,
    scratch: RawScratchViewMut<'a, T>,
}

impl<'a, T: Scalar> RawSamples<'a, T> {
    /// Sets out with an empty batch: `readings` are the sizes of what was recorded, [`Preparation::shape`] of them those of the
    /// student, of the sample scratch inside `samples`, and of `scratch`. The standardizer has observed the pairs that show how
    /// readings spread.
    ///
    /// # Errors
    /// * [`Error::Length`] when something is not of these shapes;
    /// * [`Error::OutOfRange`] when answers were centred, and the student has an activation;
    /// * [`Error::CannotMove`] when the standardizer has seen nothing, or no feature that varies; when tokens stand beside
    ///   their negations and the student is all zeros.
    pub fn new(
        readings: Shape,
        preparation: Preparation,
        standardizer: StandardizerViewMut<'a, T>,
        samples: Samples<'a, T>,
        scratch: RawScratchViewMut<'a, T>,
    ) -> Result<Self, Error> {
        let shape = samples.student().shape();
        preparation.check(readings, shape)?;
        standardizer.check(Sizes::of(readings))?;
        scratch.check(Sizes::of(shape))?;
        if samples.activation() != Activation::Identity && standardizer.centres_answers() {
            let what = "answers are centred, which can be undone only without an activation";
            return Err(Error::OutOfRange { what });
        }
        if standardizer.is_constant() {
            let what = "no feature varies in the readings that were observed";
            return Err(Error::CannotMove { what });
        }
        let still = |parameters: &[T]| parameters.iter().all(|&p| p == T::ZERO);
        if preparation.signed && still(samples.student().value()) && still(samples.student().logits()) {
            let what = "beside their negations all tokens average to zero: a student of zeros needs a start of W";
            return Err(Error::CannotMove { what });
        }
        let mut raw = Self { readings, preparation, standardizer, samples, scratch };
        // The student that was kept may be another one.
        raw.scratch.powers.kept = 0;
        raw.begin();
        Ok(raw)
    }

    /// Goes on with the batch and the powers that the scratches hold, without looking whether they are this student's as it
    /// stands, and this standardizer's: for a program that sees to that by other means, as the C ABI does. `samples` comes from
    /// [`Samples::resume_unchecked`].
    ///
    /// # Errors
    /// [`Error::Length`] when something is not of these shapes.
    pub fn resume_unchecked(
        readings: Shape,
        preparation: Preparation,
        standardizer: StandardizerViewMut<'a, T>,
        samples: Samples<'a, T>,
        scratch: RawScratchViewMut<'a, T>,
    ) -> Result<Self, Error> {
        let shape = samples.student().shape();
        preparation.check(readings, shape)?;
        standardizer.check(Sizes::of(readings))?;
        scratch.check(Sizes::of(shape))?;
        Ok(Self { readings, preparation, standardizer, samples, scratch })
    }

    /// The student as it stands.
    pub fn student(&self) -> StudentView<'_, T> {
        self.samples.student()
    }

    /// What is known of the readings.
    pub const fn standardizer(&self) -> &StandardizerViewMut<'a, T> {
        &self.standardizer
    }

    /// Writes all that the training needs to go on, but a batch that was begun, to `bytes`: a snapshot of the student, of what is
    /// known of the readings and of the powers behind the rates, with the activation. [`load_raw`](crate::snapshot::load_raw)
    /// brings it back, and steps from there have the bits of a training that was never stopped. A refused step goes back to the
    /// student that was saved. Costs a few nanoseconds a byte.
    ///
    /// # Errors
    /// Those of [`save_raw`]. Nothing is written then.
    pub fn save(&self, stream: Option<SampleStream>, bytes: &mut [u8]) -> Result<(), Error> {
        save_raw(&self.state(), &self.context(stream), bytes)
    }

    /// Hands the bytes that [`RawSamples::save`] writes to `sink`, [`PIECE_LEN`](crate::snapshot::PIECE_LEN) at a time: to a serial
    /// line, or through [`seal_pieces`](crate::snapshot::store::seal_pieces) to flash, without memory for a second copy.
    ///
    /// # Errors
    /// Those of [`save_raw_pieces`].
    pub fn save_pieces<E: From<Error>>(
        &self,
        stream: Option<SampleStream>,
        sink: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        save_raw_pieces(&self.state(), &self.context(stream), sink)
    }

    fn state(&self) -> RawState<'_, T> {
        RawState {
            student: self.samples.student(),
            standardizer: &self.standardizer,
            preparation: self.preparation,
            powers: self.scratch.powers,
        }
    }

    fn context(&self, stream: Option<SampleStream>) -> Context<T> {
        Context { stream, activation: Some(self.samples.activation()) }
    }

    /// Pairs in the batch.
    pub const fn count(&self) -> u64 {
        self.samples.batch_loss().count()
    }

    /// Empties the batch: what was accumulated is dropped.
    pub fn begin(&mut self) {
        self.samples.begin();
        self.scratch.answers.fill(T::ZERO);
        (self.scratch.powers.input_sum, self.scratch.powers.answer_sum) = (T::ZERO, T::ZERO);
    }

    /// Adds one recorded pair: `x[token][feature]`, `y[output][filter]`, as they come. Costs about `6 M D (d + J)` additions and
    /// multiplications, of the student's sizes.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`], naming the slice; nothing is added then. [`Error::NotFinite`] also for a number
    /// so far from what was observed that its square is not finite.
    pub fn accumulate(&mut self, x: &[T], y: &[T]) -> Result<(), Error> {
        let (input, answer) = self.prepare(x, y)?;
        self.samples.accumulate(self.scratch.x, self.scratch.y)?;
        let powers = &mut *self.scratch.powers;
        (powers.input_sum, powers.answer_sum) = (powers.input_sum + input, powers.answer_sum + answer);
        for y in Rows::new(self.scratch.y, self.readings.filters()) {
            for (sum, &y) in self.scratch.answers.iter_mut().zip(y) {
                *sum += y * y;
            }
        }
        Ok(())
    }

    /// Adds the batch of `other`, which another thread may have accumulated with copies of this student and of this standardizer:
    /// see [`Samples::merge`].
    ///
    /// # Errors
    /// Nothing is changed then: those of [`Samples::merge`]; [`Error::Batch`] also for readings that are prepared in another way.
    pub fn merge(&mut self, other: &RawSamples<'_, T>) -> Result<(), Error> {
        let alike = self.preparation == other.preparation
            && self.standardizer.parts() == other.standardizer.parts()
            && self.standardizer.observed() == other.standardizer.observed();
        if !alike {
            return Err(Error::Batch);
        }
        self.samples.merge(&other.samples)?;
        let (powers, added) = (&mut *self.scratch.powers, &*other.scratch.powers);
        (powers.input_sum, powers.answer_sum) =
            (powers.input_sum + added.input_sum, powers.answer_sum + added.answer_sum);
        for (sum, &added) in self.scratch.answers.iter_mut().zip(&*other.scratch.answers) {
            *sum += added;
        }
        Ok(())
    }

    /// Writes what the student sees of one recorded pair, for [`RawSamples::accumulate_prepared`]: `prepared_x[token][feature]` of
    /// the student's sizes, `prepared_y[output][filter]`. It stays right for as long as this training lives, whatever steps are
    /// taken. Costs two divisions a number.
    ///
    /// # Errors
    /// Those of [`RawSamples::accumulate`], for four slices. Nothing is written then.
    pub fn prepare_pair(&self, x: &[T], y: &[T], prepared_x: &mut [T], prepared_y: &mut [T]) -> Result<(), Error> {
        let shape = self.samples.student().shape();
        check_length("prepared x", prepared_x, shape.input_len())?;
        check_length("prepared y", prepared_y, shape.output_len())?;
        self.check_pair(x, y)?;
        self.standardizer.prepare_input(self.readings, self.preparation, x, prepared_x);
        self.standardizer.prepare_answer(y, prepared_y);
        Ok(())
    }

    /// Adds `pairs` pairs that [`RawSamples::prepare_pair`] wrote one behind the other, with the bits of
    /// [`RawSamples::accumulate`] of one after the other: for a program that has memory for all that it trains on. A few together
    /// take less time, as in [`Samples::accumulate_many`].
    ///
    /// # Errors
    /// Those of [`Samples::accumulate_many`]; nothing is added then.
    pub fn accumulate_prepared(&mut self, pairs: usize, x: &[T], y: &[T]) -> Result<(), Error> {
        self.samples.accumulate_many(pairs, x, y)?;
        let shape = self.samples.student().shape();
        let squared = |numbers: &[T]| numbers.iter().fold(T::ZERO, |sum, &n| sum + n * n);
        let powers = &mut *self.scratch.powers;
        for (x, y) in Rows::new(x, shape.input_len()).zip(Rows::new(y, shape.output_len())) {
            powers.input_sum += squared(x);
            powers.answer_sum += squared(y);
            for y in Rows::new(y, shape.filters()) {
                for (sum, &y) in self.scratch.answers.iter_mut().zip(y) {
                    *sum += y * y;
                }
            }
        }
        Ok(())
    }

    /// Refuses a pair that [`RawSamples::accumulate`] refuses: for a program that wants all of several pairs, or none.
    ///
    /// # Errors
    /// Those of [`RawSamples::accumulate`].
    pub fn check_pair(&self, x: &[T], y: &[T]) -> Result<(), Error> {
        self.powers(x, y)?;
        Ok(())
    }

    /// What one recorded pair costs the student as it stands, as a pair that was held out. Nothing is added to the batch. Costs
    /// about a third of [`RawSamples::accumulate`].
    ///
    /// # Errors
    /// Those of [`RawSamples::accumulate`]. The loss of finite numbers may be infinite.
    pub fn cost(&mut self, x: &[T], y: &[T]) -> Result<Cost<T>, Error> {
        let (_, answer) = self.prepare(x, y)?;
        self.samples.predict(self.scratch.x, self.scratch.y)?;
        let missed = |sum: T, (found, expected): (&T, T)| sum + (expected - *found) * (expected - *found);
        let missed = self.scratch.y.iter().zip(self.standardizer.answers(y)).fold(T::ZERO, missed);
        Ok(Cost { loss: missed / T::TWO, nothing: answer / T::TWO })
    }

    /// Makes the pair in the scratch what the student sees of it; returns the squared norms of both.
    fn prepare(&mut self, x: &[T], y: &[T]) -> Result<(T, T), Error> {
        let powers = self.powers(x, y)?;
        self.standardizer.prepare_input(self.readings, self.preparation, x, self.scratch.x);
        self.standardizer.prepare_answer(y, self.scratch.y);
        Ok(powers)
    }

    /// Squared norms of what the student sees of a pair.
    fn powers(&self, x: &[T], y: &[T]) -> Result<(T, T), Error> {
        for (what, numbers, expected) in [("x", x, self.readings.input_len()), ("y", y, self.readings.output_len())] {
            check_length(what, numbers, expected)?;
            check_finite(what, numbers)?;
        }
        let input = self.standardizer.input_power(self.readings, self.preparation, x);
        let answer = self.standardizer.answers(y).fold(T::ZERO, |sum, n| sum + n * n);
        for (what, numbers, power) in [("x", x, input), ("y", y, answer)] {
            if !power.is_finite() {
                // The one that is largest is what is wrong.
                let largest = numbers.iter().enumerate().fold((0, T::ZERO), |(index, most), (i, &n)| {
                    if n.abs() > most { (i, n.abs()) } else { (index, most) }
                });
                return Err(Error::NotFinite { what, index: largest.0 });
            }
        }
        Ok((input, answer))
    }

    /// What the batch costs, and what predicting nothing would: of its own answers or of all before, whichever is more.
    fn losses(&self) -> Result<(T, T), Error> {
        let loss = self.samples.batch_loss().mean_loss().ok_or(Error::NoSamples)?;
        let powers = &self.scratch.powers;
        let own = powers.answer_sum / samples_as_scalar(self.count());
        Ok((loss, own.larger(powers.answer) / T::TWO))
    }

    /// One step along the mean gradient of the batch, at rates that come from the data; then a new batch begins.
    ///
    /// # Errors
    /// * [`Error::NoSamples`], [`Error::OutOfRange`] for the settings: nothing has changed.
    /// * [`Error::Diverged`]: the batch costs more than [`RawDescent::loss_limit`] times what predicting nothing does, or the
    ///   step would lead too far. The batch is dropped, and the student is again the one that the last good batch found. Where
    ///   a sensor's offset or unit has changed since, no smaller step helps:
    ///   [`strayed`](StandardizerViewMut::strayed) of its pairs names the sensor, and is far above 1 then.
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
    /// Those of [`Samples::gradient`]; nothing is written then.
    pub fn gradient(&self, d_value: &mut [T], d_logits: &mut [T]) -> Result<(), Error> {
        self.samples.gradient(d_value, d_logits)
    }

    /// Puts what the student has learned into the units of the readings: see [`StandardizerViewMut::explain`].
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::digest;
    use crate::gradient::samples::SampleScratch;
    use crate::readings::{Centre, Standardizer};
    use crate::shape::checked_shape;
    use crate::student::Student;

    const READINGS: Shape = checked_shape(1, 1, 2, 2);
    const PAIRS: [([f64; 2], [f64; 2]); 5] = [
        ([3.0, 5.0], [6.5, 4.0]),
        ([4.5, 4.0], [8.0, 9.0]),
        ([2.0, 6.0], [4.0, 5.0]),
        ([3.5, 3.0], [7.0, 6.0]),
        ([1.0, 4.0], [2.0, 3.0]),
    ];

    /// A step on batches of the first so many pairs and of the rest, one merged into the other; or of all in one.
    fn stepped(first: usize, observed: usize) -> Result<(u64, Stepped<f64>), Error> {
        let mut known = [Standardizer::<f64, 1, 1, 2, 2>::ZERO, Standardizer::ZERO];
        let mut students = [Student::<f64, 1, 2, 2, 2>::ZERO, Student::ZERO];
        let mut scratches = [SampleScratch::<f64, 1, 2, 2, 2>::ZERO, SampleScratch::ZERO];
        let mut raws = [RawScratch::<f64, 1, 2, 2, 2>::ZERO, RawScratch::ZERO];
        let parts = known.iter_mut().zip(&mut students).zip(scratches.iter_mut().zip(&mut raws));
        let mut made = parts.zip([5, observed]).map(|(((known, student), (scratch, raw)), observed)| {
            let mut known = known.view_mut();
            for (x, y) in &PAIRS[..observed] {
                known.observe(READINGS, Centre::Token, x, y).unwrap();
            }
            let samples = Samples::of(student, Activation::Identity, scratch).unwrap();
            RawSamples::new(READINGS, Preparation::INTERCEPT, known, samples, raw.view_mut()).unwrap()
        });
        let (mut one, mut other) = (made.next().unwrap(), made.next().unwrap());
        PAIRS[..first].iter().for_each(|(x, y)| one.accumulate(x, y).unwrap());
        PAIRS[first..].iter().for_each(|(x, y)| other.accumulate(x, y).unwrap());
        one.merge(&other)?;
        assert_eq!(one.count(), 5);
        let stepped = one.step(&RawDescent::default())?;
        Ok((digest(one.student()), stepped))
    }

    #[test]
    fn rates_of_merged_batches_are_those_of_all_pairs() {
        let ((_, whole), (_, merged)) = (stepped(5, 5).unwrap(), stepped(2, 5).unwrap());
        let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-12;
        assert!(near(merged.loss, whole.loss) && near(merged.nothing, whole.nothing), "{merged:?} {whole:?}");
        assert!(near(merged.descent.value_rate, whole.descent.value_rate));
        assert!(near(merged.descent.attention_rate, whole.descent.attention_rate));
        assert_eq!(stepped(2, 5), stepped(2, 5));
        // Another standardizer prepares in another way.
        assert_eq!(stepped(2, 4), Err(Error::Batch));
    }
}
