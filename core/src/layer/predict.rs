//! What a layer answers to one input.

use core::marker::PhantomData;

use super::common::Common;
use super::input::LayerInput;
use super::parameters::{LayerView, Sizes};
use super::settings::LayerSettings;
use super::shape::LayerShape;
use super::sizes::LayerSizes;
use super::weigh::Forward;
use crate::error::Error;
use crate::loss::Loss;
use crate::matrix::{Rows, RowsMut, check_length};
use crate::memory::layout;
use crate::pass::pass;
use crate::scalar::Scalar;
use crate::vector::{Level, Vector, Work};

/// Elements of the memory that [`LayerPredictScratchViewMut::new`] takes.
#[inline]
pub const fn layer_predict_scratch_len(shape: LayerShape) -> usize {
    Working::<f64>::len(LayerSizes { shape, samples: 1 })
}

layout! {
    /// What a prediction works in.
    struct Working at LayerSizes of {
        common: memory(Common),
        forward: memory(Forward),
    }
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
    common: Common<'a, T>,
    forward: Forward<'a, T>,
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
        let Working { common, forward } = Working::cut(LayerSizes { shape, samples: 1 }, &mut memory);
        Self { shape, common, forward }
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
    let LayerPredictScratchViewMut { common, forward, .. } = scratch;
    prepare(Level::best(), Prepare { layer, common });
    respond(layer, settings, input, (common, forward));
    answer(settings, layer.shape(), forward, f);
    Ok(())
}

/// From the outputs before the activation, that [`respond`] has left, to the answer.
pub(crate) fn answer<T: Scalar>(settings: &LayerSettings<T>, shape: LayerShape, forward: &Forward<'_, T>, f: &mut [T]) {
    let (filters, outputs) = (shape.shape().filters(), shape.shape().outputs());
    match settings.loss {
        Loss::Squared => {
            for (j, f) in RowsMut::new(f, filters).enumerate() {
                for (f, u) in f.iter_mut().zip(Rows::new(forward.outputs, outputs)) {
                    if let Some(&u) = u.get(j) {
                        *f = settings.activation.apply(u);
                    }
                }
            }
        }
        Loss::Logistic => f.fill(forward.outputs.iter().fold(T::ZERO, |sum, &u| sum + u)),
    }
}

/// Leaves the outputs of one input before the activation, and its attention, with what is [`Common`] already there.
pub(crate) fn respond<'s, T: Scalar>(
    layer: LayerView<'_, T>,
    settings: &LayerSettings<T>,
    input: &LayerInput<'_, T>,
    (common, forward): (&Common<'s, T>, &mut Forward<'s, T>),
) {
    forward.take(layer, input, 0);
    pass_forward(Level::best(), PassForward { layer, scale: settings.scale, common, forward });
}

pass! {
    pub(crate) fn prepare(Prepare<'b, 's: 'b>);
}

/// Computes what all samples have in common.
#[derive(Debug)]
pub(crate) struct Prepare<'b, 's, T> {
    pub(crate) layer: LayerView<'b, T>,
    pub(crate) common: &'b mut Common<'s, T>,
}

impl<T: Scalar> Work for Prepare<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) {
        self.common.fill(vector, self.layer);
    }
}

pass! {
    fn pass_forward(PassForward<'b, 's: 'b>);
}

/// One sample from its tokens to its outputs.
#[derive(Debug)]
struct PassForward<'b, 's, T> {
    layer: LayerView<'b, T>,
    scale: T,
    common: &'b Common<'s, T>,
    forward: &'b mut Forward<'s, T>,
}

impl<T: Scalar> Work for PassForward<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) {
        let Self { layer, scale, common, forward } = self;
        forward.project(vector, layer, common, 1);
        forward.attend(vector, (layer, scale), common, (0, 1));
    }
}
