//! Step rules beyond plain descent: what a step makes of the gradient.
//!
//! Near the end every row of the attention has a small mass eps beside its tokens, `E = c eps^2 / 2`, and `eps` falls like
//! `e^-g` in the gap `g` of its logits: so `dE/dg = -2 E`, and the squared gradient with respect to the row's logits is
//! `kappa (2 E)^2`, with `kappa = D / (K (D - K))` for K tokens of D. That flatness makes plain descent `1/t`; every rule here
//! undoes it in its own way.
//!
//! | rule | a row of logits moves by minus | excess loss after t steps |
//! |---|---|---|
//! | gradient descent | `rate dL/dA` | `t^-1` |
//! | mirror | `rate dL/dS` | `t^-2` |
//! | normalised | `length dL/dA / abs(dL/dA)` | `e^(-2 length sqrt(kappa) t)` |
//! | Polyak | `theta E / abs(dL/dA)^2 dL/dA`, E the row's part of the excess loss; of all rows together where W is projected, and from samples, where it is bounded | `e^(-theta t)` where W is projected and the gradient exact |
//! | Adam | `rate m / (sqrt(v) + 1e-8)`, m and v the corrected moments of `dL/dA` | – |
//!
//! Rates are `attention_rate / D`, as in plain descent.

use crate::error::Error;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// How the logits move.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Rule<T> {
    /// Along `dL/dA`.
    #[default]
    GradientDescent,
    /// Along `dL/dS`: the softmax's derivative, which vanishes with the weights, is left out.
    Mirror,
    /// Each row by a step of one length along its `dL/dA`.
    Normalised {
        /// The length: Euclidean, over the logits of a row. Positive and finite.
        length: T,
    },
    /// Each row so far that, were its part of the excess loss linear, `theta` of it would go; where W is projected, all rows together, as
    /// they share it.
    Polyak {
        /// Above zero, at most two.
        theta: T,
    },
    /// Adam (Kingma & Ba 2015) with decays of 0.9 and 0.999, and 1e-8 beside the root.
    Adam,
}

/// Which rule, without its length or theta: those are settings of whoever trains. Its number in a snapshot never changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
#[non_exhaustive]
pub enum RuleKind {
    /// [`Rule::GradientDescent`].
    #[default]
    GradientDescent = 0,
    /// [`Rule::Mirror`].
    Mirror = 1,
    /// [`Rule::Normalised`].
    Normalised = 2,
    /// [`Rule::Polyak`].
    Polyak = 3,
    /// [`Rule::Adam`].
    Adam = 4,
}

impl RuleKind {
    /// In the order of their numbers.
    pub const ALL: [Self; 5] = [Self::GradientDescent, Self::Mirror, Self::Normalised, Self::Polyak, Self::Adam];

    /// Elements that the rule keeps from step to step: see [`Rule::state_len`].
    pub const fn state_len(self, shape: Shape) -> usize {
        match self {
            Self::Adam => shape.mixing_len().saturating_mul(2).saturating_add(2),
            _ => 0,
        }
    }
}

impl<T: Scalar> Rule<T> {
    /// Which it is.
    pub const fn kind(self) -> RuleKind {
        match self {
            Self::GradientDescent => RuleKind::GradientDescent,
            Self::Mirror => RuleKind::Mirror,
            Self::Normalised { .. } => RuleKind::Normalised,
            Self::Polyak { .. } => RuleKind::Polyak,
            Self::Adam => RuleKind::Adam,
        }
    }

    /// Refuses a length or a theta outside its range.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub fn check(self) -> Result<(), Error> {
        match self {
            Self::Normalised { length } if !(length > T::ZERO && length.is_finite()) => {
                Err(Error::OutOfRange { what: "the length of a normalised step must be positive and finite" })
            }
            Self::Polyak { theta } if !(theta > T::ZERO && theta <= T::TWO) => {
                Err(Error::OutOfRange { what: "theta of a Polyak step must be above 0 and at most 2" })
            }
            _ => Ok(()),
        }
    }

    /// Elements that the rule keeps from step to step: none, but for Adam's moments, twice `outputs x tokens`, and two
    /// numbers that say how far these are from their start.
    pub const fn state_len(self, shape: Shape) -> usize {
        self.kind().state_len(shape)
    }
}

/// How the value matrix moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ValueRule {
    /// Along `dL/dW`.
    #[default]
    GradientDescent,
    /// It does not move: it is solved for. After every step W is the best one for the attention as it then stands. From samples it is as near
    /// to the best for the attention of the batch as Newton's step with the curvature for white tokens gets.
    Projected,
}

/// A rule for each of the two matrices.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rules<T> {
    /// Of the logits.
    pub attention: Rule<T>,
    /// Of the value matrix.
    pub value: ValueRule,
}
