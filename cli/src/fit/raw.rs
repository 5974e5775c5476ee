//! A student of position-only attention that trains on readings as they are recorded, in any unit and with any offset.

use tutee::activation::Activation;
use tutee::gradient::raw_samples::{RawDescent, RawSamples};
use tutee::readings::Preparation;
use tutee::step::Descent;
use tutee::training::Training;
use tutee::{Error, Scalar, Shape};

use super::pairs::{Fitted, Pairs, batch};
use crate::failure::Ended;
use crate::memory::collected;
use crate::task::check_sizes;

/// How readings are treated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Treatment {
    /// What the student is given beside them.
    pub preparation: Preparation,
    /// Rates come from the data, too; else they are given.
    pub rates_from_data: bool,
    /// Every reading is a token of its own.
    pub apart: bool,
}

/// Features of a token up to which fits with its readings apart are tried unasked: they cost as many times more.
const MOST_TO_TRY: usize = 8;

impl Treatment {
    /// Whether the readings of a token may be taken apart where nobody asked for it.
    pub fn may_be_apart(self, readings: Shape, activation: Activation<f64>) -> bool {
        let features = 2..=MOST_TO_TRY;
        let apart = self.taken_apart();
        let fits = || apart.sizes(readings).and_then(|sizes| self.preparation.shape(sizes)).is_ok_and(can_be_had);
        let identity = activation == Activation::Identity;
        !self.apart && self.rates_from_data && identity && features.contains(&readings.features()) && fits()
    }

    /// The treatment that is this one with every reading as a token of its own.
    pub fn taken_apart(self) -> Self {
        Self { apart: true, ..self }
    }

    /// Sizes of the readings as the standardizer gets them: apart, a token for each feature of each token, of as many features,
    /// all zero but its own.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn sizes(self, readings: Shape) -> Result<Shape, Error> {
        if !self.apart {
            return Ok(readings);
        }
        let tokens = readings.tokens().saturating_mul(readings.features());
        Shape::new(readings.filters(), readings.features(), tokens, readings.outputs())
    }

    /// Parameters of a student of readings treated so: those of W, and for each output what it gives to each token, which together
    /// is one.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn parameters(self, readings: Shape) -> Result<usize, Error> {
        let shape = self.preparation.shape(self.sizes(readings)?)?;
        Ok(shape.value_len() + shape.mixing_len() - shape.outputs())
    }

    /// One input as the standardizer gets it; `wide`, of as many numbers as that has, is written where it differs from the readings.
    pub fn spread<'a, T: Scalar>(self, features: usize, x: &'a [T], wide: &'a mut [T]) -> &'a [T] {
        if !self.apart {
            return x;
        }
        wide.fill(T::ZERO);
        for (i, (token, &x)) in wide.chunks_mut(features).zip(x).enumerate() {
            if let Some(place) = token.get_mut(i % features) {
                *place = x;
            }
        }
        wide
    }
}

fn can_be_had(sizes: Shape) -> bool {
    check_sizes("--x", sizes).is_ok()
}

/// A student behind a standardizer.
pub struct RawFit<'a, T> {
    /// The student.
    pub samples: RawSamples<'a, T>,
    /// The pairs as the student sees them.
    pub prepared: Pairs<T>,
    /// Pairs a step.
    pub batch: usize,
    /// The first of the next batch.
    pub next: usize,
    /// Sizes of the readings as the standardizer gets them.
    pub readings: Shape,
    /// How they are treated.
    pub treatment: Treatment,
    /// For one input as the standardizer gets it.
    pub wide: Vec<T>,
    /// What the last step took.
    pub taken: Option<Descent<T>>,
}

impl<T: Scalar> RawFit<'_, T> {
    /// What a student of these sizes sees of all pairs: every step needs it.
    ///
    /// # Errors
    /// What the core refuses, and [`Ended::Memory`].
    pub fn prepared(
        samples: &RawSamples<'_, T>,
        (treatment, features): (Treatment, usize),
        wide: &mut [T],
        pairs: &Pairs<T>,
    ) -> Result<Pairs<T>, Ended> {
        let (shape, count) = (samples.student().shape(), pairs.count);
        let room = |of_one: usize| {
            let all = of_one.checked_mul(count).ok_or(Ended::Memory)?;
            collected(std::iter::repeat(T::ZERO), all)
        };
        let (mut x, mut y) = (room(shape.input_len())?, room(shape.output_len())?);
        for (i, (x, y)) in x.chunks_mut(shape.input_len()).zip(y.chunks_mut(shape.output_len())).enumerate() {
            samples.prepare_pair(treatment.spread(features, pairs.reading(i), wide), pairs.answer(i), x, y)?;
        }
        Ok(Pairs { count, x, y, sets: Vec::new(), queries: Vec::new() })
    }
}

impl<T: Scalar> Training<T> for RawFit<'_, T> {
    fn steps(&self) -> u64 {
        self.samples.student().steps()
    }

    /// The rates are those of the data, where these give them, and not those of `descent`.
    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        let (samples, pairs) = (&mut self.samples, &self.prepared);
        batch(pairs.count, self.batch, &mut self.next, |first, count| {
            samples.accumulate_prepared(count, pairs.of(&pairs.x, first, count), pairs.of(&pairs.y, first, count))
        })?;
        let settings = RawDescent::default();
        let stepped = if self.treatment.rates_from_data {
            samples.step(&settings)
        } else {
            samples.step_at(descent, settings.loss_limit)
        };
        self.taken = Some(stepped?.descent);
        Ok(())
    }
}

impl<T: Scalar> Fitted<T> for RawFit<'_, T> {
    /// In the units of the answers.
    fn mean_loss(&mut self, pairs: &Pairs<T>) -> Result<f64, Error> {
        let mut sum = 0.0;
        for i in 0..pairs.count {
            let x = self.treatment.spread(self.readings.features(), pairs.reading(i), &mut self.wide);
            sum += self.samples.cost(x, pairs.answer(i))?.loss.to_f64();
        }
        let unit = self.samples.standardizer().answer_scale().to_f64();
        Ok(unit * unit * sum / pairs.count as f64)
    }
}
