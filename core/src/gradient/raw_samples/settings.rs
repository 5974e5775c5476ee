//! How rates come from the data, and when a step is refused.

use crate::error::Error;
use crate::scalar::Scalar;

/// How rates come from the data, and when a step is refused.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RawDescent<T> {
    /// Rate of W times the power of the inputs. Positive and finite; one and more diverges on some data.
    pub value_share: T,
    /// Rate of W_KQ times the power of an answer, by the number of tokens. Not negative, finite.
    pub attention_share: T,
    /// No row of logits moves further than this in a step, as a Euclidean length. Positive.
    pub row_limit: T,
    /// A batch whose loss is this many times that of predicting nothing is a student that runs away. Above one.
    pub loss_limit: T,
    /// Carry the rounding error of every update into the next (see [`crate::kernel::update`]).
    pub compensated: bool,
}

impl<T: Scalar> Default for RawDescent<T> {
    /// Shares of 0.5 and 0.2, a row moves by at most 0.25, ten times the loss of predicting nothing; compensated.
    fn default() -> Self {
        Self {
            value_share: T::HALF,
            attention_share: T::from_f64(0.2),
            row_limit: T::from_f64(0.25),
            loss_limit: T::from_f64(10.0),
            compensated: true,
        }
    }
}

impl<T: Scalar> RawDescent<T> {
    /// Refuses settings outside their ranges.
    ///
    /// # Errors
    /// [`Error::OutOfRange`], naming the setting.
    pub fn check(&self) -> Result<(), Error> {
        // False for what is no number.
        let above = |setting: T, least: T| setting > least;
        if !(above(self.value_share, T::ZERO) && self.value_share.is_finite()) {
            return Err(Error::OutOfRange { what: "the value share must be positive and finite" });
        }
        if !(self.attention_share >= T::ZERO && self.attention_share.is_finite()) {
            return Err(Error::OutOfRange { what: "the attention share must be finite and not negative" });
        }
        if !above(self.row_limit, T::ZERO) {
            return Err(Error::OutOfRange { what: "the limit of a row's step must be positive" });
        }
        if !above(self.loss_limit, T::ONE) {
            return Err(Error::OutOfRange { what: "the limit of the loss must be above one" });
        }
        Ok(())
    }
}
