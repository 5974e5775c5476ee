//! What a fit finds: the matrices of a student, whichever it is.

use tutee::digest::{digest, layer_digest};
use tutee::layer::Parameter;
use tutee::readings::Explanation;
use tutee::snapshot::{LayerContext, layer_snapshot_len, raw_snapshot_len, save, save_layer, snapshot_len};
use tutee::{Error, Scalar, Shape};

use super::pairs::{Fitted, LayerFit, PositionFit};
use super::raw::RawFit;
use super::record::Standardised;
use crate::checkpoint::{Unmade, snapshot};
use crate::failure::Ended;
use crate::layer::record::{CodesRecord, Shares};
use crate::layer::shares::{moved_codes, shares};
use crate::matrices::rows;
use crate::memory::zeros;

/// The matrices of a student.
pub struct Matrices {
    /// What was taken from readings before they were learned from; the other matrices but `logits` are for readings as they come.
    pub standardised: Option<Standardised>,
    pub value: Vec<Vec<f64>>,
    pub bias: Option<Vec<Vec<f64>>>,
    pub logits: Option<Vec<Vec<f64>>>,
    /// Of a layer.
    pub w_kq: Option<Vec<Vec<f64>>>,
    pub w_k: Option<Vec<Vec<f64>>>,
    pub w_q: Option<Vec<Vec<f64>>>,
    pub codes: Option<Vec<Vec<f64>>>,
    pub codes_recovery: Option<CodesRecord>,
    pub shares: Option<Shares>,
    pub attention: Vec<Vec<f64>>,
    /// S of every reading, where each is a token of its own.
    pub apart: Option<Vec<Vec<f64>>>,
}

/// A student on pairs that can be looked at.
pub trait Fitting<T: Scalar>: Fitted<T> {
    /// Digest of its parameters.
    fn digest(&self) -> u64;

    /// Rates that the last step took from the data, of W and of W_KQ; none where they were given, and before the first step.
    fn taken(&self) -> Option<(f64, f64)> {
        None
    }

    /// Norm of the gradient of the mean loss over the pairs that it trains on, of all that trains, in the units that it trains in. The
    /// batch is empty before and after.
    ///
    /// # Errors
    /// What the core refuses, and [`Ended::Memory`].
    fn gradient_norm(&mut self) -> Result<f64, Ended>;

    /// All that it needs to go on from here.
    ///
    /// # Errors
    /// What the core refuses, and a lack of memory.
    fn snapshot(&self) -> Result<Vec<u8>, Unmade>;

    /// Inputs as it sees them, token after token, and how many features a token has.
    fn seen(&self) -> (&[T], usize);

    /// Whether there is anything to learn, as far as can be seen before the first step.
    fn can_learn(&self) -> bool {
        true
    }

    /// Its matrices.
    ///
    /// # Errors
    /// What the core refuses, and [`Ended::Memory`].
    fn found(&mut self, sizes: Shape) -> Result<Matrices, Ended>;
}

impl<T: Scalar> Fitting<T> for LayerFit<'_, T> {
    fn digest(&self) -> u64 {
        layer_digest(self.samples.layer())
    }

    fn snapshot(&self) -> Result<Vec<u8>, Unmade> {
        let (layer, settings) = (self.samples.layer(), *self.samples.settings());
        let context = LayerContext { stream: None, settings };
        snapshot(layer_snapshot_len::<T>(layer.shape()), |bytes| save_layer(layer, &context, bytes))
    }

    fn gradient_norm(&mut self) -> Result<f64, Ended> {
        for i in 0..self.pairs.count {
            self.samples.accumulate(&self.pairs.input(i), self.pairs.answer(i))?;
        }
        let mut squared = 0.0;
        for parameter in Parameter::ALL {
            let mut gradient = zeros(self.samples.layer().get(parameter).len())?;
            match self.samples.gradient(parameter, &mut gradient) {
                // Codes that stand.
                Err(Error::Length { .. }) => continue,
                found => found?,
            }
            squared += power(&gradient);
        }
        self.samples.begin();
        Ok(squared.sqrt())
    }

    fn seen(&self) -> (&[T], usize) {
        (&self.pairs.x, self.samples.layer().shape().shape().features())
    }

    fn found(&mut self, sizes: Shape) -> Result<Matrices, Ended> {
        let mut attention = zeros::<T>(sizes.mixing_len())?;
        for i in 0..self.pairs.count {
            self.samples.loss(&self.pairs.input(i), self.pairs.answer(i))?;
            for (mean, &s) in attention.iter_mut().zip(self.samples.attention()) {
                *mean += s / T::from_usize(self.pairs.count);
            }
        }
        let layer = self.samples.layer();
        let matrix = |parameter: Parameter| {
            layer.shape().dimensions(parameter).map(|(_, cols)| rows(layer.get(parameter), cols)).transpose()
        };
        Ok(Matrices {
            standardised: None,
            bias: None,
            value: rows(layer.get(Parameter::Value), layer.shape().token_width())?,
            logits: None,
            w_kq: matrix(Parameter::KeyQuery)?,
            w_k: matrix(Parameter::Key)?,
            w_q: matrix(Parameter::Query)?,
            codes: matrix(Parameter::Codes)?,
            codes_recovery: moved_codes(layer, &self.codes)?,
            shares: Some(shares(layer)),
            attention: rows(&attention, sizes.tokens())?,
            apart: None,
        })
    }
}

impl<T: Scalar> Fitting<T> for PositionFit<'_, T> {
    fn digest(&self) -> u64 {
        digest(self.samples.student())
    }

    fn snapshot(&self) -> Result<Vec<u8>, Unmade> {
        let student = self.samples.student();
        snapshot(snapshot_len::<T>(student.shape()), |bytes| save(student, None, bytes))
    }

    fn gradient_norm(&mut self) -> Result<f64, Ended> {
        self.samples.accumulate_many(self.pairs.count, &self.pairs.x, &self.pairs.y)?;
        let norm =
            norm_of(self.samples.student().shape(), |d_value, d_logits| self.samples.gradient(d_value, d_logits));
        self.samples.begin();
        norm
    }

    fn seen(&self) -> (&[T], usize) {
        (&self.pairs.x, self.samples.student().shape().features())
    }

    fn found(&mut self, sizes: Shape) -> Result<Matrices, Ended> {
        let student = self.samples.student();
        let mut attention = zeros(sizes.mixing_len())?;
        student.attention(&mut attention)?;
        Ok(Matrices {
            standardised: None,
            bias: None,
            value: rows(student.value(), sizes.features())?,
            logits: Some(rows(student.logits(), sizes.tokens())?),
            w_kq: None,
            w_k: None,
            w_q: None,
            codes: None,
            codes_recovery: None,
            shares: None,
            attention: rows(&attention, sizes.tokens())?,
            apart: None,
        })
    }
}

impl<T: Scalar> Fitting<T> for RawFit<'_, T> {
    fn digest(&self) -> u64 {
        digest(self.samples.student())
    }

    fn snapshot(&self) -> Result<Vec<u8>, Unmade> {
        let bytes = raw_snapshot_len::<T>(self.readings, self.treatment.preparation);
        snapshot(bytes, |bytes| self.samples.save(None, bytes))
    }

    fn gradient_norm(&mut self) -> Result<f64, Ended> {
        self.samples.accumulate_prepared(self.prepared.count, &self.prepared.x, &self.prepared.y)?;
        let norm =
            norm_of(self.samples.student().shape(), |d_value, d_logits| self.samples.gradient(d_value, d_logits));
        self.samples.begin();
        norm
    }

    fn seen(&self) -> (&[T], usize) {
        (&self.prepared.x, self.samples.student().shape().features())
    }

    fn taken(&self) -> Option<(f64, f64)> {
        let taken = self.taken.filter(|_| self.treatment.rates_from_data)?;
        Some((taken.value_rate.to_f64(), taken.attention_rate.to_f64()))
    }

    fn can_learn(&self) -> bool {
        self.samples.standardizer().answer_scale() > T::ZERO
    }

    fn found(&mut self, sizes: Shape) -> Result<Matrices, Ended> {
        let (student, standardizer) = (self.samples.student(), self.samples.standardizer());
        let (shape, preparation) = (student.shape(), self.treatment.preparation);
        let mut attention = zeros(shape.mixing_len())?;
        student.attention(&mut attention)?;
        let (mut value, mut bias) = (zeros(sizes.value_len())?, zeros(sizes.output_len())?);
        let mut mixing = zeros(self.readings.mixing_len())?;
        let to = Explanation { value: &mut value, bias: &mut bias, mixing: &mut mixing };
        standardizer.explain(self.readings, preparation, student, &attention, to)?;
        let last = |row: &[T]| row.last().map_or(0.0, |s| s.to_f64());
        let spare = preparation.spare.then(|| attention.chunks(shape.tokens()).map(last).collect());
        Ok(Matrices {
            standardised: Some(Standardised {
                shift: self.shift(sizes)?,
                scale: standardizer.scales().iter().map(|scale| scale.to_f64()).collect(),
                answer_shift: rows(standardizer.answer_means(), sizes.filters())?,
                answer_scale: standardizer.answer_scale().to_f64(),
                intercept: preparation.intercept,
                spare: preparation.spare,
                signed: preparation.signed,
                apart: self.treatment.apart,
                spare_weight: spare,
                value: rows(student.value(), shape.features())?,
            }),
            value: rows(&value, sizes.features())?,
            bias: Some(rows(&bias, sizes.filters())?),
            logits: Some(rows(student.logits(), shape.tokens())?),
            w_kq: None,
            w_k: None,
            w_q: None,
            codes: None,
            codes_recovery: None,
            shares: None,
            attention: self
                .treatment
                .apart
                .then(|| of_tokens(&mixing, sizes))
                .map_or_else(|| rows(&mixing, sizes.tokens()), Ok)?,
            apart: self.treatment.apart.then(|| rows(&mixing, self.readings.tokens())).transpose()?,
        })
    }
}

impl<T: Scalar> RawFit<'_, T> {
    /// What was taken from every reading, a row a token.
    fn shift(&self, sizes: Shape) -> Result<Vec<Vec<f64>>, Ended> {
        let (means, features) = (self.samples.standardizer().means(), sizes.features());
        if !self.treatment.apart {
            return rows(means, features);
        }
        // Of each token that is one reading, that reading.
        let own: Vec<T> =
            means.chunks(features).enumerate().filter_map(|(i, token)| token.get(i % features).copied()).collect();
        rows(&own, features)
    }
}

/// Norm of the gradient that is written for a student of this shape: of W and of the logits.
fn norm_of<T: Scalar>(
    shape: Shape,
    gradient: impl FnOnce(&mut [T], &mut [T]) -> Result<(), Error>,
) -> Result<f64, Ended> {
    let (mut d_value, mut d_logits) = (zeros(shape.value_len())?, zeros(shape.mixing_len())?);
    gradient(&mut d_value, &mut d_logits)?;
    Ok((power(&d_value) + power(&d_logits)).sqrt())
}

/// Sum of the squares.
fn power<T: Scalar>(numbers: &[T]) -> f64 {
    numbers.iter().map(|x| x.to_f64() * x.to_f64()).sum()
}

/// What each token weighs by the weights of its readings: their sizes, with the sign of the largest.
fn of_tokens<T: Scalar>(mixing: &[T], sizes: Shape) -> Vec<Vec<f64>> {
    let of_token = |readings: &[T]| {
        let readings = readings.iter().map(|s| s.to_f64());
        let largest = readings.clone().fold(0.0, |most: f64, s| if s.abs() > most.abs() { s } else { most });
        readings.map(f64::abs).sum::<f64>().copysign(largest)
    };
    let of_output = |row: &[T]| row.chunks(sizes.features()).map(of_token).collect();
    mixing.chunks(sizes.tokens() * sizes.features()).map(of_output).collect()
}
