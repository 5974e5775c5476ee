//! Training on fresh mini-batches with a step rule of its own for the logits.

use super::exact::ruled::{TOO_LONG, length_limit};
use super::online::Online;
use crate::error::Error;
use crate::executor::{Executor, Serial};
use crate::input::SampleStream;
use crate::scalar::Scalar;
use crate::step::{Descent, Rule, RuleState};
use crate::student::StudentView;
use crate::training::{Measure, Measured, Training};

impl<T: Scalar, C: Executor> Online<'_, T, C> {
    /// One step whose logits follow a rule of their own, W gradient descent. Draws what a plain step draws.
    ///
    /// # Errors
    /// Those of a plain step; [`Error::Length`] for a rule of another shape; [`Error::OutOfRange`] for a normalised step that is
    /// longer than [`length_limit`]. Neither student nor stream nor rule has changed then.
    pub fn step_by(&mut self, descent: &Descent<T>, rule: &mut RuleState<'_, T>) -> Result<(), Error> {
        descent.check()?;
        rule.check(self.teacher().shape())?;
        if let Rule::Normalised { length } = rule.rule()
            && length_limit(self.teacher(), descent.value_rate).is_some_and(|limit| length > limit)
        {
            return Err(Error::OutOfRange { what: TOO_LONG });
        }
        self.step_along(|batch, student| batch.descend_by(student, descent, rule))
    }
}

/// [`Online`] training whose logits follow a rule of their own, while W moves by gradient descent. Batches are those of plain
/// training, drawn in the same order.
#[derive(Debug)]
pub struct RuledOnline<'a, 's, T, C = Serial> {
    online: Online<'a, T, C>,
    rule: RuleState<'s, T>,
}

impl<'a, 's, T: Scalar, C: Executor> RuledOnline<'a, 's, T, C> {
    /// Brings the two together.
    ///
    /// # Errors
    /// [`Error::Length`] for a rule of another shape.
    pub fn new(online: Online<'a, T, C>, rule: RuleState<'s, T>) -> Result<Self, Error> {
        rule.check(online.teacher().shape())?;
        Ok(Self { online, rule })
    }

    /// The student as it stands.
    pub fn student(&self) -> StudentView<'_, T> {
        self.online.student()
    }

    /// What the rule keeps from step to step.
    pub const fn kept(&self) -> &[T] {
        self.rule.kept()
    }

    /// The stream, at the next sample to draw: with it, the student and what the rule keeps the run can be gone on with.
    pub const fn stream(&self) -> SampleStream {
        self.online.stream()
    }
}

impl<T: Scalar, C: Executor> Training<T> for RuledOnline<'_, '_, T, C> {
    fn steps(&self) -> u64 {
        self.online.steps()
    }

    /// # Errors
    /// Those of [`Online::step_by`].
    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        self.online.step_by(descent, &mut self.rule)
    }
}

impl<T: Scalar, C: Executor> Measured<T> for RuledOnline<'_, '_, T, C> {
    fn student(&self) -> StudentView<'_, T> {
        self.online.student()
    }

    fn measure(&mut self) -> Measure<T> {
        self.online.measure()
    }
}
