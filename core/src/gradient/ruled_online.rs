//! Training on fresh mini-batches with a step rule for each matrix.

use super::exact::ruled::{LEAST_LOSS_UNKNOWN, TOO_LONG, length_limit};
use super::online::Online;
use crate::error::Error;
use crate::executor::{Executor, Serial};
use crate::input::SampleStream;
use crate::recovery::least_loss::attainable;
use crate::scalar::Scalar;
use crate::step::ruled::{Beside, Curvature, Known};
use crate::step::{Descent, Rule, RuleState, ValueRule};
use crate::student::StudentView;
use crate::training::{Measure, Measured, Training};

impl<T: Scalar, C: Executor> Online<'_, T, C> {
    /// Refuses a rule that this teacher and these inputs do not allow, at this rate of W.
    fn check_rule(&self, value_rate: Option<T>, rule: &RuleState<'_, T>) -> Result<(), Error> {
        let teacher = self.teacher();
        rule.check(teacher.shape())?;
        let follows = rule.value_rule() == ValueRule::GradientDescent;
        if !follows && !self.input().is_white() {
            return Err(Error::OutOfRange { what: "W is solved for with inputs of mean zero and without correlation" });
        }
        match rule.rule() {
            Rule::Normalised { length } if follows => {
                let limit = value_rate.and_then(|rate| length_limit(teacher, rate));
                if limit.is_some_and(|limit| length > limit) {
                    return Err(Error::OutOfRange { what: TOO_LONG });
                }
            }
            Rule::Polyak { .. } if !attainable(teacher) => return Err(Error::OutOfRange { what: LEAST_LOSS_UNKNOWN }),
            _ => {}
        }
        Ok(())
    }

    /// One step in which logits and W follow rules of their own. Draws what a plain step draws.
    ///
    /// Polyak's step goes by the exact excess loss E of the student, for standard Gaussian inputs, and by the gradient of the batch. Near
    /// the end that gradient is of the order of E and its noise over N samples of the order of `sqrt(E / N)`: the rate of a step
    /// settles, and the loss falls like `1/t`, as by descent of that rate, and not geometrically as along the exact gradient. With noise
    /// on the labels rates fall with E. Steps are bounded, all rows together by `theta sqrt(J D) / 4` and rates by theta over the
    /// curvature that a batch of this size has between the tokens that an output averages, so that batches of one sample learn, too,
    /// if slowly. W projected is Newton's step with the curvature for white tokens, and keeps the noise of the last few batches: with noise
    /// of deviation tau on the labels an excess of about `tau^2 M d / (2 N)` stays, less in small batches. Costs a step, and with
    /// Polyak's rule [`measure`](Measured::measure) and `M^2 d`.
    ///
    /// # Errors
    /// Those of a plain step; [`Error::Length`] for a rule of another shape; [`Error::OutOfRange`] for a normalised step that is
    /// longer than [`length_limit`] where W moves by descent, for Polyak's rule with a teacher that no student equals, and for W projected
    /// with inputs that are not [white](crate::input::Input::is_white). Neither student nor stream nor rule has changed then.
    pub fn step_by(&mut self, descent: &Descent<T>, rule: &mut RuleState<'_, T>) -> Result<(), Error> {
        descent.check()?;
        self.check_rule(Some(descent.value_rate), rule)?;
        let shape = self.teacher().shape();
        let second_moment = self.teacher().activation().second_moment();
        let curvature = Curvature { second_moment, variance: self.input().largest_variance() };
        let excess = match rule.rule() {
            Rule::Polyak { .. } => self.measure().excess_loss,
            _ => T::ZERO,
        };
        let known = Known { excess, curvature: Some(curvature) };
        self.step_along(|batch, student| {
            let sums = batch.sums();
            let value_rate = match rule.value_rule() {
                ValueRule::GradientDescent => descent.value_rate,
                ValueRule::Projected => sums.projection_rate(shape.features(), curvature),
            };
            let polyak_rate = match rule.rule() {
                Rule::Polyak { theta } => sums.polyak_rate(shape, theta, student.view().value(), known),
                _ => T::ZERO,
            };
            student.descend_by((sums, Beside { value_rate, polyak_rate }), descent, rule)
        })
    }
}

/// [`Online`] training in which logits and W follow rules of their own. Batches are those of plain training, drawn in the same order.
#[derive(Debug)]
pub struct RuledOnline<'a, 's, T, C = Serial> {
    online: Online<'a, T, C>,
    rule: RuleState<'s, T>,
}

impl<'a, 's, T: Scalar, C: Executor> RuledOnline<'a, 's, T, C> {
    /// Brings the two together.
    ///
    /// # Errors
    /// [`Error::Length`] for a rule of another shape; [`Error::OutOfRange`] for Polyak's rule with a teacher that no student equals, and
    /// for W projected with inputs that are not [white](crate::input::Input::is_white).
    pub fn new(online: Online<'a, T, C>, rule: RuleState<'s, T>) -> Result<Self, Error> {
        online.check_rule(None, &rule)?;
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
