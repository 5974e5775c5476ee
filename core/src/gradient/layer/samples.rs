//! A layer, settings and working memory that go together, and a batch.

use super::descend::descend;
use super::scratch::{Backward, LayerScratch, LayerScratchViewMut};
use super::weigh::d_weigh;
use crate::error::Error;
use crate::gradient::batch_loss::{BatchLoss, samples_as_scalar};
use crate::gradient::narrow::{self, FilterRows, Sums};
use crate::gradient::overflow::GRADIENT_TOO_LARGE;
use crate::layer::{Layer, LayerInput, LayerSettings, LayerView, LayerViewMut, Parameter, Sizes, answer, weigh};
use crate::loss::Loss;
use crate::matrix::{Rows, all_finite, check_finite, check_length};
use crate::predict::project;
use crate::scalar::Scalar;
use crate::step::Descent;

/// A batch that was laid aside by [`LayerSamples::pause`]: which batch of which layer it is, and the settings it was begun with.
/// The sums are in the working memory.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "the batch cannot be gone on with without it"]
pub struct LayerPaused<T> {
    seal: u64,
    settings: LayerSettings<T>,
}

/// Training a layer from pairs.
#[derive(Debug)]
pub struct LayerSamples<'a, T> {
    layer: LayerViewMut<'a, T>,
    settings: LayerSettings<T>,
    scratch: LayerScratchViewMut<'a, T>,
}

impl<'a, T: Scalar> LayerSamples<'a, T> {
    /// Sets out with an empty batch.
    ///
    /// # Errors
    /// What [`LayerSettings::check`] refuses; [`Error::OutOfRange`] for scratch of another shape; [`Error::CannotMove`] where what
    /// is to train could not, whatever the samples are: separate W_K and W_Q that are both zero, W_V zero that does not
    /// train, learned codes that are zero beside weights that are.
    pub fn new(
        layer: LayerViewMut<'a, T>,
        settings: LayerSettings<T>,
        scratch: LayerScratchViewMut<'a, T>,
    ) -> Result<Self, Error> {
        let mut samples = Self::resume_unchecked(layer, settings, scratch)?;
        samples.layer.view().check_start(settings.trained)?;
        samples.begin();
        Ok(samples)
    }

    /// Sets out with an empty batch of a layer and working memory whose types know their sizes; what does not fit does not
    /// compile.
    ///
    /// # Errors
    /// What [`LayerSettings::check`] refuses, and [`Error::CannotMove`] as [`LayerSamples::new`] says.
    pub fn of<S: Sizes, const LEN: usize, const SCRATCH: usize>(
        layer: &'a mut Layer<T, S, LEN>,
        settings: LayerSettings<T>,
        scratch: &'a mut LayerScratch<T, S, SCRATCH>,
    ) -> Result<Self, Error> {
        Self::new(layer.view_mut(), settings, scratch.view_mut())
    }

    /// Lays the batch aside: layer and working memory are free to be looked at, and [`LayerSamples::resume`] goes on with it.
    /// Costs a multiplication of integers for each number of layer and batch.
    pub fn pause(self) -> LayerPaused<T> {
        let Self { layer, settings, scratch } = self;
        LayerPaused { seal: scratch.seal(layer.view()), settings }
    }

    /// Goes on with a batch that was laid aside, in the working memory that holds it. Layer and batch must be as
    /// [`LayerSamples::pause`] left them, to the last bit; a copy of either will do. Costs as much as [`LayerSamples::pause`].
    ///
    /// # Errors
    /// [`Error::OutOfRange`] when layer and scratch are not of the batch's shape; [`Error::Batch`] for another layer, one that was
    /// changed, and another batch. Nothing has been changed then.
    pub fn resume(
        layer: LayerViewMut<'a, T>,
        scratch: LayerScratchViewMut<'a, T>,
        paused: LayerPaused<T>,
    ) -> Result<Self, Error> {
        let samples = Self::resume_unchecked(layer, paused.settings, scratch)?;
        if samples.scratch.seal(samples.layer.view()) == paused.seal { Ok(samples) } else { Err(Error::Batch) }
    }

    /// Goes on with the batch that `scratch` holds, without looking whether it is this layer's as it stands: for a program that
    /// sees to that by other means. With another layer or other settings the next step goes astray. Costs the same for
    /// every size.
    ///
    /// # Errors
    /// What [`LayerSettings::check`] refuses, and [`Error::OutOfRange`] for scratch of another shape.
    pub fn resume_unchecked(
        layer: LayerViewMut<'a, T>,
        settings: LayerSettings<T>,
        scratch: LayerScratchViewMut<'a, T>,
    ) -> Result<Self, Error> {
        settings.check(layer.shape())?;
        if scratch.shape != layer.shape() {
            return Err(Error::OutOfRange { what: "scratch of a layer must be of its shape" });
        }
        Ok(Self { layer, settings, scratch })
    }

    /// The layer as it stands.
    #[inline]
    pub const fn layer(&self) -> LayerView<'_, T> {
        self.layer.view()
    }

    /// The settings.
    #[inline]
    pub const fn settings(&self) -> &LayerSettings<T> {
        &self.settings
    }

    /// Elements of what an answer is compared with.
    #[inline]
    pub(super) const fn targets_len(&self) -> usize {
        self.settings.targets_len(self.layer.shape())
    }

    /// The batch so far: its samples and their mean loss.
    #[inline]
    pub const fn batch_loss(&self) -> &BatchLoss<T> {
        self.scratch.batch_loss
    }

    /// The attention S of the last sample that was accumulated, predicted or measured: `outputs x tokens`.
    #[inline]
    pub const fn attention(&self) -> &[T] {
        self.scratch.forward.attention()
    }

    /// Empties the batch.
    pub fn begin(&mut self) {
        self.scratch.sums.clear();
        self.scratch.batch_loss.clear();
    }

    /// Adds one pair: an input, and `y[output][filter]` or for the logistic loss one label, +1 or -1. Costs about three times
    /// what [`crate::layer::predict`] does.
    ///
    /// Finite numbers so large that their products overflow are noticed by [`LayerSamples::step`], which then refuses.
    ///
    /// # Errors
    /// [`Error::Length`] or [`Error::NotFinite`], naming the slice; of sets [`Error::Zero`], [`Error::IndexOutOfRange`] or
    /// [`Error::Duplicate`]; [`Error::OutOfRange`] when queries are not of the layer's kind, and for other labels. Nothing is
    /// added then.
    pub fn accumulate(&mut self, input: &LayerInput<'_, T>, y: &[T]) -> Result<(), Error> {
        self.check_pair(input, y)?;
        self.accumulate_checked(input, y);
        Ok(())
    }

    /// The loss of one pair at the layer as it stands; the batch stays as it is. Costs as much as [`crate::layer::predict`].
    /// Not finite where products overflow.
    ///
    /// # Errors
    /// Those of [`LayerSamples::accumulate`].
    pub fn loss(&mut self, input: &LayerInput<'_, T>, y: &[T]) -> Result<T, Error> {
        self.check_pair(input, y)?;
        let (layer, LayerSettings { scale, activation, loss, .. }) = (self.layer.view(), self.settings);
        let LayerScratchViewMut { forward, backward: Backward { d_output, .. }, .. } = &mut self.scratch;
        weigh(layer, scale, input, forward);
        let (weighed, hidden) = forward.weighed(input);
        let shape = layer.shape().embedded();
        let mut sum = T::ZERO;
        for (m, w) in Rows::new(layer.get(Parameter::Value), shape.features()).enumerate() {
            project(w, weighed.tokens, hidden);
            project(hidden, weighed.attention, d_output);
            sum += loss.respond(activation, d_output, y, (m, shape.filters()));
        }
        Ok(sum)
    }

    /// The answer to one input, as [`crate::layer::predict`] gives it; the batch stays as it is.
    ///
    /// # Errors
    /// Those of [`LayerSamples::accumulate`] for the input, and [`Error::Length`] for `f`, which is then as it was.
    pub fn predict(&mut self, input: &LayerInput<'_, T>, f: &mut [T]) -> Result<(), Error> {
        input.check(self.layer.shape())?;
        check_length("f", f, self.targets_len())?;
        let LayerScratchViewMut { forward, backward, .. } = &mut self.scratch;
        answer(self.layer.view(), &self.settings, input, (forward, backward.d_output), f)
    }

    /// The gradient of the mean loss over the batch with respect to one matrix, row after row; zero in blocks that do not
    /// train. The batch stays as it is.
    ///
    /// # Errors
    /// `to` stays as it was: [`Error::NoSamples`]; [`Error::Length`], also where the layer does not have the matrix or has codes
    /// that stand; [`Error::OutOfRange`] for numbers so large that the gradient of this matrix overflows.
    pub fn gradient(&self, parameter: Parameter, to: &mut [T]) -> Result<(), Error> {
        let shape = self.layer.shape();
        let sums = self.scratch.sums.get(shape, parameter);
        check_length("the gradient of a matrix", to, sums.len())?;
        if self.scratch.batch_loss.count == 0 {
            return Err(Error::NoSamples);
        }
        if !all_finite(sums) {
            return Err(GRADIENT_TOO_LARGE);
        }
        let count = samples_as_scalar::<T>(self.scratch.batch_loss.count);
        for (to, &from) in to.iter_mut().zip(sums) {
            *to = from / count;
        }
        let width = shape.dimensions(parameter).map_or(0, |(_, cols)| cols);
        self.settings.trained.mask(shape, parameter).apply(width, to);
        Ok(())
    }

    /// One step along the mean gradient of the batch; then a new batch begins. W_V and learned codes move at the value rate,
    /// W_KQ or W_K and W_Q at the attention rate.
    ///
    /// # Errors
    /// [`Error::NoSamples`], what [`Descent::check`] refuses, or [`Error::Diverged`] where the Frobenius norm of a matrix could come
    /// to exceed [`Descent::value_limit`]. Layer and batch are then unchanged, so that the same batch can be tried with a
    /// lower rate.
    pub fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        if self.scratch.batch_loss.count == 0 {
            return Err(Error::NoSamples);
        }
        let count = samples_as_scalar(self.scratch.batch_loss.count);
        descend(&mut self.layer, &mut self.scratch.sums, count, self.settings.trained, descent)?;
        self.begin();
        Ok(())
    }

    fn check_pair(&self, input: &LayerInput<'_, T>, y: &[T]) -> Result<(), Error> {
        input.check(self.layer.shape())?;
        check_length("y", y, self.targets_len())?;
        check_finite("y", y)?;
        if self.settings.loss == Loss::Logistic && y.iter().any(|label| label.abs() != T::ONE) {
            return Err(Error::OutOfRange { what: "a label must be +1 or -1" });
        }
        Ok(())
    }

    /// Adds one pair that has been checked.
    #[inline(never)] // On small stacks its frame must not add to the caller's.
    fn accumulate_checked(&mut self, input: &LayerInput<'_, T>, y: &[T]) {
        let (layer, LayerSettings { scale, activation, loss, trained }) = (self.layer.view(), self.settings);
        let LayerScratchViewMut { forward, backward, sums, batch_loss, .. } = &mut self.scratch;
        weigh(layer, scale, input, forward);
        let (weighed, hidden) = forward.weighed(input);
        let Backward { d_attention, d_hidden, d_output, d_tokens, .. } = &mut *backward;
        d_attention.fill(T::ZERO);
        d_tokens.fill(T::ZERO);
        let network = narrow::Layer {
            shape: layer.shape().embedded(),
            activation,
            loss,
            value: layer.get(Parameter::Value),
            attention: weighed.attention,
        };
        let d_tokens = if d_tokens.is_empty() { None } else { Some(&mut **d_tokens) };
        let into = Sums { d_value: sums.value, d_attention, d_tokens, loss: &mut batch_loss.loss };
        narrow::accumulate(network, FilterRows { hidden, d_hidden, d_output }, into, (weighed.tokens, y));
        if trained.attends() || trained.encoding {
            d_weigh(layer, scale, input.query, &weighed, backward, sums);
        }
        batch_loss.count = batch_loss.count.saturating_add(1);
    }
}
