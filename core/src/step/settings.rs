//! One step of plain gradient descent: its rates, and when it is refused.
//!
//! ```text
//! W    <- W    - value_rate     * dL/dW
//! W_KQ <- W_KQ - attention_rate * dL/dW_KQ,    that is   A <- A - (attention_rate / D) * dL/dA
//! ```
//!
//! **Choosing a rate.** For inputs whose entries are independent, of mean 0 and variance 1, W diverges or oscillates above
//! about `2 K / (q J)` with `q = (1 + k^2) / 2`, and `K / J` is a good default. For other inputs `1 / lambda` takes the place
//! of `K / J`, with `lambda` the largest eigenvalue of `sum_j E p_j p_j'`, where `p_j = X s*_j` is what the tokens of output
//! `j` average to.
//!
//! **Refusal to diverge.** A step is refused, with [`Error::Diverged`] and before anything is changed, when it could
//! carry the Frobenius norm of W past [`Descent::value_limit`] or a logit further than [`LOGIT_STEP_LIMIT`]. Every
//! student that was ever reached by an accepted step is therefore finite and inside the limit.

use crate::error::Error;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// No step moves a logit further than this: a softmax saturates long before.
pub const LOGIT_STEP_LIMIT: f64 = 1e6;

/// The settings of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Descent<T> {
    /// Rate for the value matrix; not negative, zero freezes it.
    pub value_rate: T,
    /// Rate for W_KQ; not negative, zero freezes the attention. A logit follows its gradient at this rate divided by the
    /// number of tokens.
    pub attention_rate: T,
    /// Carry the rounding error of every update into the next (see [`crate::kernel::update`]).
    pub compensated: bool,
    /// A step that could carry the Frobenius norm of W past this is refused. Positive, and its square a normal number: from
    /// 1.1e-19 to 1.8e19 in `f32`, from 1.5e-154 to 1.3e154 in `f64`.
    pub value_limit: T,
}

impl<T: Scalar> Descent<T> {
    /// One rate for both matrices, compensated, with a value limit of a million.
    pub fn new(rate: T) -> Self {
        Self { value_rate: rate, attention_rate: rate, compensated: true, value_limit: T::from_f64(1e6) }
    }

    /// These settings with a rate of its own for W_KQ.
    pub fn with_attention_rate(self, attention_rate: T) -> Self {
        Self { attention_rate, ..self }
    }

    /// Refuses rates that are negative or not finite, and a limit that is not positive or whose square is no normal number.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], naming the setting.
    pub fn check(&self) -> Result<(), Error> {
        if !(self.value_rate >= T::ZERO && self.value_rate.is_finite()) {
            return Err(Error::OutOfRange { what: "the value rate must be finite and not negative" });
        }
        if !(self.attention_rate >= T::ZERO && self.attention_rate.is_finite()) {
            return Err(Error::OutOfRange { what: "the attention rate must be finite and not negative" });
        }
        // The squared norm is what is compared: it must neither overflow nor have lost its digits.
        let square = self.value_limit * self.value_limit;
        if !(self.value_limit > T::ZERO && square >= T::MIN_POSITIVE && square.is_finite()) {
            return Err(Error::OutOfRange { what: "the value limit must be positive, and its square a normal number" });
        }
        Ok(())
    }

    /// The rate at which the logits follow `dL/dA`.
    #[inline]
    pub(crate) fn logits_rate(&self, shape: Shape) -> T {
        self.attention_rate / T::from_usize(shape.tokens())
    }

    /// Refuses a step after which the squared norm of W would be `squared`, and which moves a logit by `longest`.
    #[inline]
    pub(crate) fn check_move(&self, squared: T, longest: T) -> Result<(), Error> {
        let inside = is_inside(squared, self.value_limit) && is_short(longest);
        if inside { Ok(()) } else { Err(Error::Diverged) }
    }
}

/// Whether a matrix of this squared norm keeps to a limit of its norm. NaN does not.
#[inline]
pub(super) fn is_inside<T: Scalar>(squared: T, norm_limit: T) -> bool {
    squared <= norm_limit * norm_limit
}

/// Whether a step may move a logit this far. NaN is too far.
#[inline]
pub(super) fn is_short<T: Scalar>(longest: T) -> bool {
    longest <= T::from_f64(LOGIT_STEP_LIMIT)
}
