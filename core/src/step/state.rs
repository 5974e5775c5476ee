//! A step rule for each matrix together with what it keeps from step to step, for training from samples.

use super::rules::{Rule, ValueRule};
use crate::error::Error;
use crate::matrix::{check_finite, check_length};
use crate::scalar::Scalar;
use crate::shape::Shape;

/// A rule of the logits in use with its memory, and the one of W.
#[derive(Debug)]
pub struct RuleState<'s, T> {
    pub(super) rule: Rule<T>,
    pub(super) value: ValueRule,
    pub(super) least_loss: Option<T>,
    pub(super) kept: &'s mut [T],
}

impl<'s, T: Scalar> RuleState<'s, T> {
    /// Brings a rule of the logits and its memory together: `kept` has [`Rule::state_len`] elements, all zero at the start of
    /// training, to be kept with the student. W moves by gradient descent. Costs reading them.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a length or a theta outside its range; [`Error::Length`] for memory of another length;
    /// [`Error::NotFinite`] for what no step has left there.
    pub fn new(shape: Shape, rule: Rule<T>, kept: &'s mut [T]) -> Result<Self, Error> {
        rule.check()?;
        check_length("rule state", kept, rule.state_len(shape))?;
        check_finite("rule state", kept)?;
        Ok(Self { rule, value: ValueRule::GradientDescent, least_loss: None, kept })
    }

    /// With this rule for W. [`ValueRule::Projected`] is for batches that [`Online`](crate::gradient::online::Online) draws. Costs
    /// nothing.
    #[must_use]
    pub fn with_value_rule(self, value: ValueRule) -> Self {
        Self { value, ..self }
    }

    /// With the least mean loss of a sample that any student reaches, in units of the loss `1/2 abs(Y - f(X))^2`: what Polyak's rule
    /// needs with pairs of the caller's. [`Online`](crate::gradient::online::Online) training does not look at it: it knows the
    /// excess loss. Costs nothing.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless it is finite and not negative.
    pub fn with_least_loss(self, least_loss: T) -> Result<Self, Error> {
        if least_loss >= T::ZERO && least_loss.is_finite() {
            Ok(Self { least_loss: Some(least_loss), ..self })
        } else {
            Err(Error::OutOfRange { what: "the least loss must be finite and not negative" })
        }
    }

    /// The rule of the logits.
    pub const fn rule(&self) -> Rule<T> {
        self.rule
    }

    /// The rule of W.
    pub const fn value_rule(&self) -> ValueRule {
        self.value
    }

    /// What the rule of the logits keeps.
    pub const fn kept(&self) -> &[T] {
        self.kept
    }

    /// Refuses a student of another shape.
    pub(crate) fn check(&self, shape: Shape) -> Result<(), Error> {
        check_length("rule state", self.kept, self.rule.state_len(shape))
    }

    /// Refuses what pairs that come from elsewhere do not say: how white their tokens are, and the least loss.
    pub(crate) fn check_for_pairs(&self) -> Result<(), Error> {
        if self.value == ValueRule::Projected {
            let what =
                "W is solved for with tokens that are drawn, known to be white, and not with pairs from elsewhere";
            return Err(Error::OutOfRange { what });
        }
        if matches!(self.rule, Rule::Polyak { .. }) && self.least_loss.is_none() {
            return Err(Error::OutOfRange {
                what: "a Polyak step from pairs needs the least loss that a student can reach",
            });
        }
        Ok(())
    }

    /// What the mean loss of a sample has above its least, as far as that is known.
    pub(crate) fn excess_of(&self, mean_loss: Option<T>) -> T {
        match (mean_loss, self.least_loss) {
            (Some(loss), Some(least)) => loss - least,
            _ => T::ZERO,
        }
    }
}
