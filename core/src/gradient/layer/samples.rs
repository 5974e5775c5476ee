//! A layer, settings and working memory that go together, and a batch.

use super::backward::{Complete, Microbatch, accumulate, complete};
use super::descend::descend;
use super::drawn::{Draw, draw};
use super::scratch::{LayerScratch, LayerScratchViewMut};
use crate::error::Error;
use crate::gradient::batch_loss::{BatchLoss, samples_as_scalar};
use crate::gradient::overflow::GRADIENT_TOO_LARGE;
use crate::input::{Input, LabelNoise, SampleStream};
use crate::layer::{
    Layer, LayerInput, LayerSettings, LayerShape, LayerView, LayerViewMut, Parameter, Prepare, Query, Sizes, answer,
    from_mut, prepare, respond,
};
use crate::loss::Loss;
use crate::matrix::{RowsMut, all_finite, check_finite, check_length};
use crate::scalar::Scalar;
use crate::step::Descent;
use crate::teacher::TeacherView;
use crate::vector::Level;

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
    /// Samples that have been taken and not yet added to the sums.
    taken: usize,
    /// Whether the working memory is known to hold what all samples have in common: who goes on with a batch unchecked may ask
    /// for answers without there being one.
    prepared: bool,
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
        check_fit(layer.shape(), &settings, scratch.shape)?;
        layer.view().check_start(settings.trained)?;
        let mut samples = Self { layer, settings, scratch, taken: 0, prepared: false };
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
        let Self { layer, settings, scratch, .. } = self;
        LayerPaused { seal: scratch.seal(layer.view()), settings }
    }

    /// Goes on with a batch that was laid aside, in the working memory that holds it. Layer and batch must be as
    /// [`LayerSamples::pause`] left them, to the last bit; a copy of either will do. What is beyond [`layer_scratch_len`] elements
    /// may have been used for something else, or may not have been there. Costs as much as [`LayerSamples::pause`] and
    /// [`LayerSamples::begin`].
    ///
    /// [`layer_scratch_len`]: super::layer_scratch_len
    ///
    /// # Errors
    /// [`Error::OutOfRange`] when layer and scratch are not of the batch's shape; [`Error::Batch`] for another layer, one that was
    /// changed, and another batch. Nothing has been changed then.
    pub fn resume(
        layer: LayerViewMut<'a, T>,
        scratch: LayerScratchViewMut<'a, T>,
        paused: LayerPaused<T>,
    ) -> Result<Self, Error> {
        let mut samples = Self::resume_unchecked(layer, paused.settings, scratch)?;
        if samples.scratch.seal(samples.layer.view()) != paused.seal {
            return Err(Error::Batch);
        }
        samples.prepare();
        Ok(samples)
    }

    /// Goes on with the batch that `scratch` holds, without looking whether it is this layer's as it stands: for a program that
    /// sees to that by other means. With another layer or other settings the next step goes astray. Answers and losses may be
    /// asked for without a batch. Costs the same for every size; the first answer or loss costs as much as
    /// [`LayerSamples::begin`] more.
    ///
    /// # Errors
    /// What [`LayerSettings::check`] refuses, and [`Error::OutOfRange`] for scratch of another shape.
    pub fn resume_unchecked(
        layer: LayerViewMut<'a, T>,
        settings: LayerSettings<T>,
        scratch: LayerScratchViewMut<'a, T>,
    ) -> Result<Self, Error> {
        check_fit(layer.shape(), &settings, scratch.shape)?;
        Ok(Self { layer, settings, scratch, taken: 0, prepared: false })
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

    /// Empties the batch: no samples, no loss, a gradient of zero. The layer stays as it is. Costs as much as two samples or so where
    /// position codes are concatenated and stand: what they make for all samples is computed here.
    pub fn begin(&mut self) {
        self.scratch.sums.clear();
        self.scratch.batch_loss.clear();
        self.taken = 0;
        self.prepare();
    }

    /// Computes what all samples have in common.
    fn prepare(&mut self) {
        let (layer, common) = (self.layer.view(), &mut self.scratch.common);
        prepare(Level::best(), Prepare { layer, common });
        self.prepared = true;
    }

    /// One input to its outputs before the activation.
    fn respond(&mut self, input: &LayerInput<'_, T>) {
        if !self.prepared {
            self.prepare();
        }
        let LayerScratchViewMut { common, forward, .. } = &mut self.scratch;
        respond(self.layer.view(), &self.settings, input, (common, forward));
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
        self.check(input, y)?;
        self.take_checked(input, y);
        self.add_taken(&[]);
        Ok(())
    }

    /// Adds many pairs, each an input and its target as [`LayerSamples::accumulate`] takes them, with the bits of one after the
    /// other; with memory for it some together take less time.
    ///
    /// # Errors
    /// Those of [`LayerSamples::accumulate`] for the first pair that is refused, and [`Error::Zero`] if there are none. Nothing
    /// is added then.
    pub fn accumulate_many(&mut self, pairs: &[(LayerInput<'_, T>, &[T])]) -> Result<(), Error> {
        if pairs.is_empty() {
            return Err(Error::Zero { what: "the number of pairs" });
        }
        pairs.iter().try_for_each(|(input, y)| self.check(input, y))?;
        for (input, y) in pairs {
            self.take_checked(input, y);
        }
        self.add_taken(&[]);
        Ok(())
    }

    /// The loss of one pair at the layer as it stands; the batch stays as it is. Costs as much as [`crate::layer::predict`].
    /// Not finite where products overflow.
    ///
    /// # Errors
    /// Those of [`LayerSamples::accumulate`].
    pub fn loss(&mut self, input: &LayerInput<'_, T>, y: &[T]) -> Result<T, Error> {
        self.check(input, y)?;
        let shape = self.layer.shape().shape();
        self.respond(input);
        let mut sum = T::ZERO;
        for (m, u) in RowsMut::new(self.scratch.forward.outputs, shape.outputs()).enumerate() {
            sum += self.settings.loss.respond(self.settings.activation, u, y, (m, shape.filters()));
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
        self.respond(input);
        answer(&self.settings, self.layer.shape(), &self.scratch.forward, f);
        Ok(())
    }

    /// The gradient of the mean loss over the batch with respect to one matrix, row after row; zero in blocks that do not
    /// train. The batch stays as it is.
    ///
    /// # Errors
    /// `to` stays as it was: [`Error::NoSamples`]; [`Error::Length`], also where the layer does not have the matrix or has codes
    /// that stand; [`Error::OutOfRange`] for numbers so large that the gradient of this matrix overflows.
    pub fn gradient(&mut self, parameter: Parameter, to: &mut [T]) -> Result<(), Error> {
        let shape = self.layer.shape();
        check_length("the gradient of a matrix", to, self.scratch.sums.get(shape, parameter).len())?;
        if self.scratch.batch_loss.count == 0 {
            return Err(Error::NoSamples);
        }
        self.complete();
        let sums = self.scratch.sums.get(shape, parameter);
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
    /// to exceed [`Descent::value_limit`]; [`Error::NotFinite`] where the batch is at fault and not the rate: its numbers, or the
    /// layer's, are so large that their products overflowed. Layer and batch are then unchanged, so that the same batch can be
    /// tried with a lower rate, or be dropped by [`LayerSamples::begin`].
    pub fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        if self.scratch.batch_loss.count == 0 {
            return Err(Error::NoSamples);
        }
        self.complete();
        let count = samples_as_scalar(self.scratch.batch_loss.count);
        let stepped = descend(&mut self.layer, &mut self.scratch.sums, count, self.settings.trained, descent);
        if stepped.is_err() && !self.scratch.sums.are_finite() {
            return Err(Error::NotFinite { what: "the gradient of the batch", index: 0 });
        }
        stepped?;
        self.begin();
        Ok(())
    }

    /// Refuses what [`LayerSamples::accumulate`] would refuse: who adds many pairs, and none if one is wrong, asks for each first.
    ///
    /// # Errors
    /// Those of [`LayerSamples::accumulate`].
    pub fn check(&self, input: &LayerInput<'_, T>, y: &[T]) -> Result<(), Error> {
        input.check(self.layer.shape())?;
        check_length("y", y, self.targets_len())?;
        check_finite("y", y)?;
        if self.settings.loss == Loss::Logistic && y.iter().any(|label| label.abs() != T::ONE) {
            return Err(Error::OutOfRange { what: "a label must be +1 or -1" });
        }
        Ok(())
    }

    /// Makes what samples have in common part of the sums of the matrices.
    fn complete(&mut self) {
        let LayerScratchViewMut { common, sums, .. } = &mut self.scratch;
        complete(Level::best(), Complete { layer: self.layer.view(), room: common.room, sums });
    }

    /// Takes one pair that has been checked, and adds all that have been taken once they are as many as are worked on together.
    pub(super) fn take_checked(&mut self, input: &LayerInput<'_, T>, y: &[T]) {
        let len = self.targets_len();
        self.scratch.forward.take(self.layer.view(), input, self.taken);
        for (to, &y) in from_mut(self.scratch.targets, self.taken * len).iter_mut().zip(y) {
            *to = y;
        }
        self.taken += 1;
        if self.taken >= self.scratch.samples {
            let sets = match input.query {
                Query::Sets(sets) => sets,
                Query::Tokens | Query::Vectors(_) => &[],
            };
            self.add_taken(sets);
        }
    }

    /// Adds what has been taken; `sets` are those of the only sample, where codes are learned that sets ask for.
    #[inline(never)] // On small stacks its frame must not add to the caller's.
    pub(super) fn add_taken(&mut self, sets: &[u32]) {
        if self.taken == 0 {
            return;
        }
        let samples = core::mem::take(&mut self.taken);
        let LayerScratchViewMut { common, forward, backward, sums, targets, batch_loss, .. } = &mut self.scratch;
        let (layer, settings, loss) = (self.layer.view(), self.settings, &mut batch_loss.loss);
        let work = Microbatch { layer, settings, common, forward, backward, sums, loss, samples, targets, sets };
        accumulate(Level::best(), work);
        batch_loss.count = batch_loss.count.saturating_add(samples as u64);
    }

    /// Draws the next samples of `stream`, has `teacher` answer them, and adds them: as many as are worked on together, but not more
    /// than `most`. Their number; zero, and nothing added, without wide registers, where samples are more than an input and the
    /// teacher's answer, and where a number is not finite.
    pub(super) fn draw(
        &mut self,
        teacher: TeacherView<'_, T>,
        (input, noise): (Input<T>, LabelNoise<T>),
        stream: SampleStream,
        most: usize,
    ) -> usize {
        let (shape, level) = (self.layer.shape(), Level::best());
        let plain = shape.tokens_are_inputs() && shape.tokens_ask() && self.settings.loss == Loss::Squared;
        if !(level.is_wide() && plain) {
            return 0;
        }
        let LayerScratchViewMut { samples, forward, targets, .. } = &mut self.scratch;
        let samples = if *samples < most { *samples } else { most };
        if !draw(level, Draw { teacher, input, noise, stream, samples, forward, targets }) {
            return 0;
        }
        self.taken = samples;
        self.add_taken(&[]);
        samples
    }
}

/// Refuses settings that are not of a layer's shape, and working memory of another.
fn check_fit<T: Scalar>(layer: LayerShape, settings: &LayerSettings<T>, scratch: LayerShape) -> Result<(), Error> {
    settings.check(layer)?;
    if scratch != layer {
        return Err(Error::OutOfRange { what: "scratch of a layer must be of its shape" });
    }
    Ok(())
}
