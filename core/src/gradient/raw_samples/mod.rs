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

mod learned;
mod outcome;
mod scratch;
mod settings;
mod step;

use super::batch_loss::samples_as_scalar;
use super::samples::Samples;
use crate::activation::Activation;
use crate::error::Error;
use crate::input::SampleStream;
use crate::matrix::{Rows, check_finite, check_length};
use crate::memory::Sizes;
use crate::readings::{Preparation, StandardizerViewMut};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::snapshot::{Context, RawState, save_raw, save_raw_pieces};
use crate::student::StudentView;

pub use self::outcome::{Cost, Diagnosis, Stepped};
pub use self::scratch::{RawScratch, RawScratchViewMut, raw_scratch_len};
pub use self::settings::RawDescent;
pub use crate::readings::Powers;

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
    /// so far from what was observed that its square is not finite, as `the square of x` or `y`.
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
        for (what, numbers, power) in [("the square of x", x, input), ("the square of y", y, answer)] {
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

    const SPARE: Preparation = Preparation { spare: true, ..Preparation::NONE };
    const SIGNED: Preparation = Preparation { signed: true, ..Preparation::NONE };
    const SEEN: [(f64, f64); 3] = [(1.0, 4.0), (2.0, 5.0), (6.0, 3.0)];

    /// A batch of pairs of one reading, with ReLU: its preparation, which makes two tokens of it, and its student; what was observed.
    fn with<R>(
        (preparation, value): (Preparation, [f64; 1]),
        observed: &[(f64, f64)],
        pairs: &[([f64; 1], [f64; 1])],
        then: impl FnOnce(&mut RawSamples<'_, f64>) -> R,
    ) -> R {
        const ONE: Shape = checked_shape(1, 1, 1, 1);
        let (mut known, mut student) = (Standardizer::<f64, 1, 1, 1, 1>::ZERO, Student::<f64, 1, 1, 2, 1>::ZERO);
        let mut memory = (SampleScratch::ZERO, RawScratch::<f64, 1, 1, 2, 1>::ZERO);
        student.view_mut().set_value(&value).unwrap();
        let mut known = known.view_mut();
        observed.iter().for_each(|&(x, y)| known.observe(ONE, Centre::Feature, &[x], &[y]).unwrap());
        let samples = Samples::of(&mut student, Activation::Relu, &mut memory.0).unwrap();
        let mut made = RawSamples::new(ONE, preparation, known, samples, memory.1.view_mut()).unwrap();
        pairs.iter().for_each(|(x, y)| made.accumulate(x, y).unwrap());
        then(&mut made)
    }

    #[test]
    fn only_what_prepares_in_one_way_is_merged() {
        let merged = |preparation, observed: &[(f64, f64)]| {
            with((SPARE, [0.5]), &SEEN, &[], |one| with((preparation, [0.5]), observed, &[], |other| one.merge(other)))
        };
        assert_eq!(merged(SPARE, &SEEN), Ok(()));
        // Two tokens of one reading, too; as many pairs, but other readings, or other answers.
        assert_eq!(merged(SIGNED, &SEEN), Err(Error::Batch));
        assert_eq!(merged(SPARE, &[(1.0, 4.0), (2.0, 5.0), (7.0, 3.0)]), Err(Error::Batch));
        assert_eq!(merged(SPARE, &[(1.0, 4.0), (2.0, 5.0), (6.0, 2.0)]), Err(Error::Batch));
    }

    /// Only the other batch has an answer that the student misses.
    #[test]
    fn a_dead_filter_is_seen_in_a_merged_batch() {
        let dead = with((SPARE, [-1.0]), &SEEN, &[([5.0], [0.0])], |one| {
            assert_eq!(one.diagnose().unwrap().dead_filter, None);
            with((SPARE, [-1.0]), &SEEN, &[([6.0], [3.0])], |other| one.merge(other)).unwrap();
            one.diagnose().unwrap().dead_filter
        });
        assert_eq!(dead, Some(0));
    }
}
