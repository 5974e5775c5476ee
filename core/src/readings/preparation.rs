//! What a student is given beside the readings.

use crate::error::Error;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// What a student is given beside the readings: more than the model `act(W X S)` says by itself.
///
/// Tokens stand in this order: the readings' own, then (if `signed`) each of them negated, then (if `spare`) one that is zero.
/// The intercept is the last feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Preparation {
    /// One more feature, which is one in every token. As the weights of an output add up to one, its column of W is a constant
    /// that is added before the activation, one for each filter.
    pub intercept: bool,
    /// One more token, whose readings are zero: what an output gives to it is taken from its sum over the others, as by a leak.
    pub spare: bool,
    /// Every token once more, its readings negated: an output may then weigh a token with either sign. All tokens together
    /// average to nothing, so that a student of zeros cannot move: W needs a start, of halves, say.
    pub signed: bool,
}

impl Preparation {
    /// The readings alone.
    pub const NONE: Self = Self { intercept: false, spare: false, signed: false };

    /// With an intercept.
    pub const INTERCEPT: Self = Self { intercept: true, ..Self::NONE };

    /// The sizes of a student for readings of these sizes.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub const fn shape(self, readings: Shape) -> Result<Shape, Error> {
        let features = readings.features() + self.intercept as usize;
        let tokens = readings.tokens() * (1 + self.signed as usize) + self.spare as usize;
        Shape::new(readings.filters(), features, tokens, readings.outputs())
    }

    /// The sizes of the readings of a student of these sizes, if there are any.
    pub(crate) fn readings(self, student: Shape) -> Option<Shape> {
        let features = student.features().checked_sub(usize::from(self.intercept))?;
        let tokens = student.tokens().checked_sub(usize::from(self.spare))? / (1 + usize::from(self.signed));
        let readings = Shape::new(student.filters(), features, tokens, student.outputs()).ok()?;
        (self.shape(readings) == Ok(student)).then_some(readings)
    }

    /// Weights of `tokens` readings in one row of a student's attention: those of a negated token are taken away.
    pub(crate) fn weights<T: Scalar>(self, tokens: usize, attention: &[T]) -> impl Iterator<Item = T> + Clone {
        let negated = attention.get(tokens..).filter(|_| self.signed);
        attention.iter().take(tokens).enumerate().map(move |(i, &weight)| {
            let negative = negated.and_then(|negated| negated.get(i)).copied().unwrap_or(T::ZERO);
            weight - negative
        })
    }

    /// Refuses a student of other sizes.
    pub(crate) fn check(self, readings: Shape, student: Shape) -> Result<(), Error> {
        match self.shape(readings) {
            Ok(expected) => student.check_equal(expected),
            Err(error) => Err(error),
        }
    }
}
