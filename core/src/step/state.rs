//! A step rule of the logits together with what it keeps from step to step, for training from samples.

use super::rules::Rule;
use crate::error::Error;
use crate::matrix::{check_finite, check_length};
use crate::scalar::Scalar;
use crate::shape::Shape;

pub(super) const POLYAK_NEEDS: &str = "a Polyak step needs the exact gradient, and is not for samples";

/// A rule of the logits in use with its memory. W moves by gradient descent.
#[derive(Debug)]
pub struct RuleState<'s, T> {
    pub(super) rule: Rule<T>,
    pub(super) kept: &'s mut [T],
}

impl<'s, T: Scalar> RuleState<'s, T> {
    /// Brings a rule and its memory together: `kept` has [`Rule::state_len`] elements, all zero at the start of training, to be
    /// kept with the student. Costs reading them.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a length that is not positive and finite, and for Polyak's rule, which takes the exact gradient
    /// ([`RuledPopulation`](crate::gradient::ruled::RuledPopulation)): late, with an excess loss of E, the gradient of the logits
    /// is of the order of E and its noise over a batch of N samples of the order of `sqrt(E / N)`, so that the rate
    /// `theta E / abs(g)^2` settles where E is below `1 / N`, and the loss falls like `1/t`, as by descent; [`Error::Length`] for memory of another length;
    /// [`Error::NotFinite`] for what no step has left there.
    pub fn new(shape: Shape, rule: Rule<T>, kept: &'s mut [T]) -> Result<Self, Error> {
        if matches!(rule, Rule::Polyak { .. }) {
            return Err(Error::OutOfRange { what: POLYAK_NEEDS });
        }
        rule.check()?;
        check_length("rule state", kept, rule.state_len(shape))?;
        check_finite("rule state", kept)?;
        Ok(Self { rule, kept })
    }

    /// The rule.
    pub const fn rule(&self) -> Rule<T> {
        self.rule
    }

    /// What it keeps.
    pub const fn kept(&self) -> &[T] {
        self.kept
    }

    /// Refuses a student of another shape.
    pub(crate) fn check(&self, shape: Shape) -> Result<(), Error> {
        check_length("rule state", self.kept, self.rule.state_len(shape))
    }
}
