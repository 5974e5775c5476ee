//! What is taken from readings before they are scaled.

use crate::activation::Activation;
use crate::scalar::Scalar;

/// What is taken from readings before they are scaled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Centre {
    /// Of inputs the mean of every feature over all tokens; of outputs nothing. What is taken comes back as a constant that is
    /// the same for every output, which an intercept learns: right for every activation.
    Feature,
    /// Of inputs the mean of every feature of every token, of outputs that of every filter of every output: offsets of single
    /// sensors go, too. The constants differ by output, and only without an activation can they be given back.
    Token,
}

impl Centre {
    /// The most that can be given back with this activation.
    pub fn of<T: Scalar>(activation: Activation<T>) -> Self {
        if matches!(activation, Activation::Identity) { Self::Token } else { Self::Feature }
    }
}
