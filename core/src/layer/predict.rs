//! What a layer answers to one input.

use core::marker::PhantomData;

use super::input::LayerInput;
use super::parameters::{LayerView, Sizes, take};
use super::settings::LayerSettings;
use super::shape::{LayerShape, Parameter};
use super::weigh::{Forward, weigh};
use crate::error::Error;
use crate::loss::Loss;
use crate::matrix::check_length;
use crate::predict::forward;
use crate::scalar::Scalar;

/// Elements of the memory that [`LayerPredictScratchViewMut::new`] takes.
#[inline]
pub const fn layer_predict_scratch_len(shape: LayerShape) -> usize {
    Forward::<f64>::len(shape) + shape.shape().outputs()
}

/// Working memory of [`predict`], with its sizes in its type; `LEN` is [`layer_predict_scratch_len`] of them.
pub struct LayerPredictScratch<T, S, const LEN: usize> {
    memory: [T; LEN],
    sizes: PhantomData<fn() -> S>,
}

impl<T: Scalar, S: Sizes, const LEN: usize> LayerPredictScratch<T, S, LEN> {
    const FITS: () =
        assert!(LEN == layer_predict_scratch_len(S::SHAPE), "the number of elements is layer_predict_scratch_len");

    /// Working memory that has not been used yet.
    pub const ZERO: Self = {
        let () = Self::FITS;
        Self { memory: [T::ZERO; LEN], sizes: PhantomData }
    };

    /// The memory as [`predict`] takes it.
    #[inline]
    pub fn view_mut(&mut self) -> LayerPredictScratchViewMut<'_, T> {
        LayerPredictScratchViewMut::cut(S::SHAPE, &mut self.memory)
    }
}

/// Working memory of [`predict`].
#[derive(Debug)]
pub struct LayerPredictScratchViewMut<'a, T> {
    shape: LayerShape,
    forward: Forward<'a, T>,
    outputs: &'a mut [T],
}

impl<'a, T: Scalar> LayerPredictScratchViewMut<'a, T> {
    /// Takes `memory` as working memory.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`layer_predict_scratch_len`] elements.
    pub fn new(shape: LayerShape, memory: &'a mut [T]) -> Result<Self, Error> {
        check_length("scratch of a prediction", memory, layer_predict_scratch_len(shape))?;
        Ok(Self::cut(shape, memory))
    }

    fn cut(shape: LayerShape, mut memory: &'a mut [T]) -> Self {
        let forward = Forward::cut(shape, &mut memory);
        Self { shape, forward, outputs: take(&mut memory, shape.shape().outputs()) }
    }

    /// The attention S of the last prediction, `outputs x tokens`.
    #[inline]
    pub const fn attention(&self) -> &[T] {
        self.forward.attention()
    }
}

/// The answer of a layer to one input: `f[output][filter]`, or for the logistic loss the one number F, the log-odds of the label
/// +1. Where a sum of products overflows, an element may be infinite or NaN, and the bits of that NaN depend on the processor.
/// Costs about `J h (g + D) + M D (e + J)` multiplications and additions, `D h e` more for separate matrices.
///
/// # Errors
/// What [`LayerSettings::check`] refuses; [`Error::OutOfRange`] for scratch of another shape, [`Error::Length`] for `f`; for the input
/// [`Error::Length`], [`Error::NotFinite`], and of sets [`Error::Zero`], [`Error::IndexOutOfRange`] or [`Error::Duplicate`],
/// [`Error::OutOfRange`] when queries are not of the layer's kind. `f` is then as it was.
pub fn predict<T: Scalar>(
    layer: LayerView<'_, T>,
    settings: &LayerSettings<T>,
    input: &LayerInput<'_, T>,
    scratch: &mut LayerPredictScratchViewMut<'_, T>,
    f: &mut [T],
) -> Result<(), Error> {
    let shape = layer.shape();
    settings.check(shape)?;
    if scratch.shape != shape {
        return Err(Error::OutOfRange { what: "scratch of a prediction must be of the layer's shape" });
    }
    input.check(shape)?;
    check_length("f", f, settings.targets_len(shape))?;
    answer(layer, settings, input, (&mut scratch.forward, scratch.outputs), f)
}

/// [`predict`] of what has been checked.
pub(crate) fn answer<T: Scalar>(
    layer: LayerView<'_, T>,
    settings: &LayerSettings<T>,
    input: &LayerInput<'_, T>,
    (memory, outputs): (&mut Forward<'_, T>, &mut [T]),
    f: &mut [T],
) -> Result<(), Error> {
    weigh(layer, settings.scale, input, memory);
    let (weighed, row) = memory.weighed(input);
    let parameters = (layer.get(Parameter::Value), weighed.attention);
    let (shape, activation) = (layer.shape().embedded(), settings.activation);
    match settings.loss {
        Loss::Squared => forward(shape, activation, parameters, weighed.tokens, row, f),
        Loss::Logistic => {
            forward(shape, activation, parameters, weighed.tokens, row, outputs)?;
            let logit = outputs.iter().fold(T::ZERO, |sum, &u| sum + u);
            f.fill(logit);
            Ok(())
        }
    }
}
