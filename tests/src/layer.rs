//! A whole layer whose sizes are known at run time, with all the memory that training it takes; and samples for it.

use tutee::Scalar;
use tutee::gradient::layer::{LayerSamples, LayerScratchViewMut, layer_scratch_len};
use tutee::gradient::samples::BatchLoss;
use tutee::layer::{Codes, LayerInput, LayerSettings, LayerShape, LayerViewMut, Parameter, Queries, Query, layer_len};
use tutee::loss::Loss;

use crate::random::Random;

/// See the module.
#[derive(Clone, Debug)]
pub struct LayerModel<T> {
    /// The sizes.
    pub shape: LayerShape,
    /// Scale, activation, loss, and what trains.
    pub settings: LayerSettings<T>,
    memory: Vec<T>,
    steps: u64,
    scratch: Vec<T>,
    batch_loss: BatchLoss<T>,
}

/// A sample.
#[derive(Clone, Debug)]
pub struct Pair {
    /// X: tokens x features.
    pub x: Vec<f64>,
    /// What asks, where it comes with the sample as sets.
    pub sets: Vec<u32>,
    /// What asks, where it comes with the sample as vectors.
    pub vectors: Vec<f64>,
    /// Codes that come with the sample.
    pub codes: Vec<f64>,
    /// What the answer is compared with.
    pub y: Vec<f64>,
}

impl Pair {
    /// Normal numbers for everything that a layer of this shape takes; sets of two tokens, or of one if there are no more.
    pub fn anything(shape: LayerShape, loss: Loss, random: &mut Random) -> Self {
        let (outputs, tokens) = (shape.shape().outputs(), shape.shape().tokens());
        let size = if tokens < 2 { 1 } else { 2 };
        let mut set = || {
            let first = random.bits() % tokens as u64;
            let second = (first + 1 + random.bits() % (tokens as u64 - 1).max(1)) % tokens as u64;
            [first as u32, second as u32].into_iter().take(size)
        };
        let sets =
            if shape.form().queries == Queries::Sets { (0..outputs).flat_map(|_| set()).collect() } else { vec![] };
        let vectors = match shape.form().queries {
            Queries::Vectors { width } => random.normals(outputs * width, 1.0),
            _ => vec![],
        };
        let y = match loss {
            Loss::Squared => random.normals(shape.shape().output_len(), 1.0),
            Loss::Logistic => vec![if random.bits().is_multiple_of(2) { 1.0 } else { -1.0 }],
        };
        let x = random.normals(shape.shape().input_len(), 1.0);
        Self { x, sets, vectors, codes: random.normals(shape.fresh_codes_len(), 0.7), y }
    }

    /// The input, as a layer takes it.
    pub fn input(&self, shape: LayerShape) -> LayerInput<'_, f64> {
        let query = match shape.form().queries {
            Queries::Tokens => Query::Tokens,
            Queries::Sets => Query::Sets(&self.sets),
            Queries::Vectors { .. } => Query::Vectors(&self.vectors),
        };
        LayerInput { x: &self.x, query, codes: &self.codes }
    }
}

impl<T: Scalar> LayerModel<T> {
    /// A layer with every parameter zero.
    pub fn new(shape: LayerShape, settings: LayerSettings<T>) -> Self {
        Self {
            shape,
            settings,
            memory: vec![T::ZERO; layer_len(shape)],
            steps: 0,
            // What the scratch holds before must not matter.
            scratch: vec![T::from_f64(7.0); layer_scratch_len(shape)],
            batch_loss: BatchLoss::ZERO,
        }
    }

    /// The layer as it stands.
    ///
    /// # Panics
    /// Never: its memory has the right length and stays finite.
    pub fn layer(&mut self) -> LayerViewMut<'_, T> {
        LayerViewMut::new(self.shape, &mut self.memory, &mut self.steps).expect("the memory has the right length")
    }

    /// Every matrix the layer has filled with normal numbers.
    ///
    /// # Panics
    /// Never: they are finite.
    pub fn scatter(&mut self, deviation: f64, random: &mut Random) {
        for parameter in Parameter::ALL {
            let numbers = random.normals(self.shape.parameter_len(parameter), deviation);
            let numbers: Vec<T> = numbers.into_iter().map(T::from_f64).collect();
            self.layer().set(parameter, &numbers).expect("normal numbers are finite");
        }
    }

    /// Ready to train, with an empty batch.
    ///
    /// # Panics
    /// When settings or start are refused: that is for other tests to find.
    pub fn samples(&mut self) -> LayerSamples<'_, T> {
        let layer = LayerViewMut::new(self.shape, &mut self.memory, &mut self.steps).expect("length");
        let scratch = LayerScratchViewMut::new(self.shape, &mut self.scratch, &mut self.batch_loss).expect("length");
        LayerSamples::new(layer, self.settings, scratch).expect("the settings of a test fit the shape")
    }
}

impl LayerModel<f64> {
    /// The gradient of the mean loss over pairs with respect to one matrix.
    ///
    /// # Panics
    /// When a pair is refused.
    pub fn gradient(&mut self, parameter: Parameter, pairs: &[Pair]) -> Vec<f64> {
        let shape = self.shape;
        let fixed = parameter == Parameter::Codes && !matches!(shape.form().codes, Codes::Learned { .. });
        let mut gradient = vec![0.0; if fixed { 0 } else { shape.parameter_len(parameter) }];
        let mut samples = self.samples();
        for pair in pairs {
            samples.accumulate(&pair.input(shape), &pair.y).expect("the pairs of a test fit the shape");
        }
        samples.gradient(parameter, &mut gradient).expect("there is at least one pair");
        gradient
    }

    /// The mean loss over pairs.
    ///
    /// # Panics
    /// When a pair is refused.
    pub fn loss(&mut self, pairs: &[Pair]) -> f64 {
        let shape = self.shape;
        let mut samples = self.samples();
        let losses = pairs.iter().map(|pair| samples.loss(&pair.input(shape), &pair.y).expect("they fit the shape"));
        losses.sum::<f64>() / pairs.len() as f64
    }
}
