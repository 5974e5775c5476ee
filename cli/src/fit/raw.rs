//! A student of position-only attention that trains on readings as they are recorded, in any unit and with any offset.

use tutee::gradient::raw_samples::{RawDescent, RawSamples};
use tutee::readings::Preparation;
use tutee::step::Descent;
use tutee::training::Training;
use tutee::{Error, Scalar, Shape};

use super::pairs::{Fitted, Pairs, batch};

/// How readings are treated.
#[derive(Clone, Copy, Debug)]
pub struct Treatment {
    /// What the student is given beside them.
    pub preparation: Preparation,
    /// Rates come from the data, too; else they are given.
    pub rates_from_data: bool,
}

/// A student behind a standardizer.
pub struct RawFit<'a, T> {
    /// The student.
    pub samples: RawSamples<'a, T>,
    /// The pairs.
    pub pairs: &'a Pairs<T>,
    /// Pairs a step.
    pub batch: usize,
    /// The first of the next batch.
    pub next: usize,
    /// Sizes of the readings.
    pub readings: Shape,
    /// How they are treated.
    pub treatment: Treatment,
    /// What the last step took.
    pub taken: Option<Descent<T>>,
}

impl<T: Scalar> Training<T> for RawFit<'_, T> {
    fn steps(&self) -> u64 {
        self.samples.student().steps()
    }

    /// The rates are those of the data, where these give them, and not those of `descent`.
    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        let (samples, pairs) = (&mut self.samples, self.pairs);
        batch(pairs.count, self.batch, &mut self.next, |first, count| {
            (first..first + count).try_for_each(|i| samples.accumulate(pairs.reading(i), pairs.answer(i)))
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
        // Between two steps the batch is empty.
        let mut sum = 0.0;
        for i in 0..pairs.count {
            let added = self.samples.accumulate(pairs.reading(i), pairs.answer(i));
            let loss = added.and_then(|()| self.samples.diagnose());
            self.samples.begin();
            sum += loss?.loss.to_f64();
        }
        let unit = self.samples.standardizer().answer_scale().to_f64();
        Ok(unit * unit * sum / pairs.count as f64)
    }
}
