//! `vectors/trajectories.json`: training runs that an independent program computed. The file's own `_comment` and
//! `vectors/README.md` say what the fields mean.

use serde::Deserialize;
use tutee::Shape;
use tutee::activation::Activation;

/// The whole file.
#[derive(Debug, Deserialize)]
pub struct Vectors {
    /// Runs on the exact population gradient.
    pub population: Vec<Run>,
    /// Runs on fixed batches of samples.
    pub samples: Vec<Run>,
}

/// One training run.
#[derive(Debug, Deserialize)]
pub struct Run {
    /// What a failing test says.
    pub name: String,
    /// M, d, D, J.
    pub shape: Sizes,
    /// The activation of teacher and student.
    pub activation: ActivationName,
    /// V*: filters x features.
    pub value: Matrix,
    /// S* transposed: outputs x tokens.
    pub mixing: Matrix,
    /// Rate for W.
    pub rate: f64,
    /// Rate for W_KQ.
    pub attention_rate: f64,
    /// Steps of the whole run.
    pub steps: u64,
    /// The state after some of the steps.
    pub checkpoints: Vec<Checkpoint>,
    /// P, where an explicit W_KQ was trained beside the logits: tokens x tokens.
    pub position: Option<Matrix>,
    /// What step t descends: batch (t - 1) mod their number.
    #[serde(default)]
    pub batches: Vec<Vec<Sample>>,
}

/// A matrix as its rows.
pub type Matrix = Vec<Vec<f64>>;

/// The sizes of a run.
#[derive(Debug, Deserialize)]
pub struct Sizes {
    pub(crate) filters: usize,
    pub(crate) features: usize,
    pub(crate) tokens: usize,
    pub(crate) outputs: usize,
}

/// An activation as the command line's teacher files write it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivationName {
    /// `act(u) = u`
    Identity,
    /// `act(u) = max(u, 0)`
    Relu,
    /// With its slope below zero.
    LeakyRelu(f64),
}

/// The state after some steps.
#[derive(Debug, Deserialize)]
pub struct Checkpoint {
    /// Steps taken.
    pub step: u64,
    /// Over all Gaussian inputs; population runs.
    pub excess_loss: Option<f64>,
    /// Mean over all samples of all batches; sample runs.
    pub loss: Option<f64>,
    /// W
    pub value: Matrix,
    /// A
    pub logits: Matrix,
    /// W_KQ
    pub key_query: Option<Matrix>,
}

/// One pair.
#[derive(Debug, Deserialize)]
pub struct Sample {
    /// X: tokens x features.
    pub input: Matrix,
    /// Y: outputs x filters.
    pub output: Matrix,
}

impl Vectors {
    /// The committed file, which is part of this program.
    ///
    /// # Panics
    /// When it is not what `make_trajectories.py` writes.
    pub fn committed() -> Self {
        serde_json::from_str(include_str!("../vectors/trajectories.json")).expect("trajectories.json can be read")
    }
}

impl Run {
    /// The sizes, checked.
    ///
    /// # Panics
    /// When a size is zero.
    pub fn shape(&self) -> Shape {
        let Sizes { filters, features, tokens, outputs } = self.shape;
        Shape::new(filters, features, tokens, outputs).expect("the sizes of a vector make a shape")
    }

    /// The activation as the core knows it.
    pub const fn activation(&self) -> Activation<f64> {
        self.activation.activation()
    }
}

impl ActivationName {
    /// The activation as the core knows it.
    pub const fn activation(self) -> Activation<f64> {
        match self {
            Self::Identity => Activation::Identity,
            Self::Relu => Activation::Relu,
            Self::LeakyRelu(slope) => Activation::LeakyRelu(slope),
        }
    }
}
