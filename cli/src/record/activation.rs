//! Activations as results have them.

use std::fmt;

use serde::{Deserialize, Serialize};
use tutee::activation::Activation;

/// The activation, in the form in which a teacher file gives it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivationRecord {
    /// `act(u) = u`.
    Identity,
    /// `act(u) = max(u, 0)`.
    Relu,
    /// Slope below zero.
    LeakyRelu(f64),
}

impl fmt::Display for ActivationRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity => f.write_str("no activation"),
            Self::Relu => f.write_str("ReLU"),
            Self::LeakyRelu(slope) => write!(f, "leaky ReLU {slope}"),
        }
    }
}

impl From<Activation<f64>> for ActivationRecord {
    fn from(activation: Activation<f64>) -> Self {
        match activation {
            Activation::Identity => Self::Identity,
            Activation::Relu => Self::Relu,
            Activation::LeakyRelu(slope) => Self::LeakyRelu(slope),
        }
    }
}

impl From<ActivationRecord> for Activation<f64> {
    fn from(record: ActivationRecord) -> Self {
        match record {
            ActivationRecord::Identity => Self::Identity,
            ActivationRecord::Relu => Self::Relu,
            ActivationRecord::LeakyRelu(slope) => Self::LeakyRelu(slope),
        }
    }
}
