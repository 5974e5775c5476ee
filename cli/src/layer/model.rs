//! A layer with its working memory, in the number type of its run.

use tutee::Scalar;
use tutee::activation::Activation;
use tutee::gradient::layer::{LayerSamples, LayerScratchViewMut, layer_scratch_wide_len};
use tutee::gradient::samples::BatchLoss;
use tutee::input::SampleStream;
use tutee::layer::{LayerSettings, LayerShape, LayerView, LayerViewMut, Parameter, Scale, Start, layer_len};
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::snapshot::load_layer;

use super::design::Design;
use super::options::{Encoding, StartName};
use crate::failure::Ended;
use crate::memory::{Numbers, zeros};
use crate::position_codes::codes_seed;

/// The position codes with which a layer starts, a row for each token; none where it has none, or they come with the sample.
///
/// # Errors
/// What the core refuses, or [`Ended::Memory`].
pub fn start_codes<T: Scalar>(shape: LayerShape, design: &Design, seed: u64) -> Result<Numbers<T>, Ended> {
    let Some((tokens, width)) = shape.dimensions(Parameter::Codes) else { return zeros(0) };
    let mut elements = zeros(tokens * width)?;
    let view = MatrixViewMut::new("the position codes", &mut elements, tokens, width)?;
    match design.encoding {
        Some(Encoding::Identity) => codes::identity(view)?,
        Some(Encoding::Orthonormal) => codes::orthonormal(view, codes_seed(seed))?,
        Some(Encoding::Sinusoidal) => codes::sinusoidal(view),
        Some(Encoding::Sine) => codes::sine(view),
        Some(Encoding::Learned) => {
            SampleStream::new(codes_seed(seed)).sample().gaussian_fill(&mut elements);
            let deviation = T::ONE / T::from_usize(width).sqrt();
            elements.iter_mut().for_each(|x| *x *= deviation);
        }
        Some(Encoding::Signs) | None => {}
    }
    Ok(elements)
}

/// A layer with its working memory.
pub struct Model<T> {
    shape: LayerShape,
    /// Those that it is trained with.
    pub settings: LayerSettings<T>,
    memory: Numbers<T>,
    scratch: Numbers<T>,
    steps: u64,
    batch_loss: BatchLoss<T>,
}

impl<T: Scalar> Model<T> {
    /// At the start that the design asks for; `seed` draws codes and start.
    ///
    /// # Errors
    /// What the core refuses, or [`Ended::Memory`].
    pub fn new(shape: LayerShape, design: &Design, activation: Activation<f64>, seed: u64) -> Result<Self, Ended> {
        let scale = match design.scale.0 {
            Scale::Number(scale) => Scale::Number(T::from_f64(scale)),
            Scale::Tokens => Scale::Tokens,
            Scale::Keys => Scale::Keys,
        };
        let settings = LayerSettings {
            scale: scale.number(shape)?,
            activation: activation.cast(),
            loss: design.loss.into(),
            trained: design.trained,
        };
        let (mut memory, mut steps) = (zeros(layer_len(shape))?, 0);
        let mut layer = LayerViewMut::new(shape, &mut memory, &mut steps)?;
        let codes = start_codes(shape, design, seed)?;
        if !codes.is_empty() {
            layer.set(Parameter::Codes, &codes)?;
        }
        let start = match design.start {
            StartName::Zero => Start::Zero,
            StartName::Identity => Start::Identity,
            StartName::Gaussian(deviation) => {
                Start::Gaussian { deviation: T::from_f64(deviation), seed: seed ^ 0x57A7 }
            }
        };
        layer.start(start, settings.trained)?;
        Ok(Self {
            shape,
            settings,
            memory,
            scratch: zeros(layer_scratch_wide_len(shape))?,
            steps,
            batch_loss: BatchLoss::ZERO,
        })
    }

    /// Goes on from a snapshot, and says where its stream stands.
    ///
    /// # Errors
    /// What the core refuses.
    pub fn load(&mut self, snapshot: &[u8]) -> Result<Option<SampleStream>, Ended> {
        let mut layer = LayerViewMut::new(self.shape, &mut self.memory, &mut self.steps)?;
        Ok(load_layer(snapshot, &mut layer)?.stream)
    }

    /// The layer itself, and its settings.
    ///
    /// # Errors
    /// What the core refuses.
    pub fn layer(&mut self) -> Result<(LayerViewMut<'_, T>, LayerSettings<T>), Ended> {
        Ok((LayerViewMut::new(self.shape, &mut self.memory, &mut self.steps)?, self.settings))
    }

    /// To train.
    ///
    /// # Errors
    /// What the core refuses, or [`Ended::Memory`].
    pub fn samples(&mut self) -> Result<LayerSamples<'_, T>, Ended> {
        let layer = LayerViewMut::new(self.shape, &mut self.memory, &mut self.steps)?;
        let scratch = LayerScratchViewMut::new(self.shape, &mut self.scratch, &mut self.batch_loss)?;
        Ok(LayerSamples::new(layer, self.settings, scratch)?)
    }

    /// To measure a layer, which is copied.
    ///
    /// # Errors
    /// What the core refuses, or [`Ended::Memory`].
    pub fn copy_of(&mut self, layer: LayerView<'_, T>) -> Result<LayerSamples<'_, T>, Ended> {
        let mut copy = LayerViewMut::new(self.shape, &mut self.memory, &mut self.steps)?;
        for parameter in Parameter::ALL {
            copy.set(parameter, layer.get(parameter))?;
        }
        let scratch = LayerScratchViewMut::new(self.shape, &mut self.scratch, &mut self.batch_loss)?;
        Ok(LayerSamples::resume_unchecked(copy, self.settings, scratch)?)
    }
}
