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
        Ok(Self { rule, value: ValueRule::GradientDescent, kept })
    }

    /// With this rule for W. [`ValueRule::Projected`] is for batches that [`Online`](crate::gradient::online::Online) draws. Costs
    /// nothing.
    #[must_use]
    pub fn with_value_rule(self, value: ValueRule) -> Self {
        Self { value, ..self }
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
        if matches!(self.rule, Rule::Polyak { .. }) {
            return Err(Error::OutOfRange {
                what: "a Polyak step from pairs needs the least loss that a student can reach",
            });
        }
        Ok(())
    }
}
