//! Plain gradient descent, step after step: what a training is, and when a run of it stops.
//!
//! The rates, and when a step is refused, are [`Descent`]'s.

use core::ops::ControlFlow;

use crate::error::Error;
use crate::scalar::Scalar;
use crate::step::Descent;
use crate::student::StudentView;
use crate::trace::Schedule;

/// What a training can say of its student against the teacher. Numbers that a square overflows on the way to are infinite;
/// none is NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Measure<T> {
    /// Excess loss over the best possible, for standard Gaussian inputs; exact. Of its digits, those are right that
    /// [`gradient::exact`](crate::gradient::exact) says: near the optimum all but a few, if the weights of each output of
    /// the teacher sum to 1.
    pub excess_loss: T,
    /// Norm of the exact gradient with respect to W and W_KQ together.
    pub gradient_norm: T,
}

impl<T: Scalar> Measure<T> {
    /// Refuses a measure that is infinite.
    ///
    /// # Errors
    /// [`Error::NotFinite`].
    pub fn check(self) -> Result<Self, Error> {
        match [self.excess_loss, self.gradient_norm].iter().position(|x| !x.is_finite()) {
            Some(index) => Err(Error::NotFinite { what: "measure", index }),
            None => Ok(self),
        }
    }
}

/// Parameters together with whatever their next step needs.
pub trait Training<T: Scalar> {
    /// Steps that the parameters have taken since they began.
    fn steps(&self) -> u64;

    /// Takes one gradient step.
    ///
    /// # Errors
    /// [`Error::Diverged`] or what the settings' [`Descent::check`] refuses; the parameters are then unchanged.
    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error>;
}

/// A training that knows its teacher, so that it can say how far the student has come.
pub trait Measured<T: Scalar>: Training<T> {
    /// The student as it stands.
    fn student(&self) -> StudentView<'_, T>;

    /// Excess loss and gradient norm at the student as it stands. Costs about a step.
    fn measure(&mut self) -> Measure<T>;
}

/// When a run of a training ends. [`Steps`] and [`StopRule`] are the library's; a program may have its own, which looks at
/// a clock, at a signal or at the training.
pub trait Stop<T: Scalar, L: ?Sized> {
    /// Refuses a rule that makes no sense. Nothing, unless it is written otherwise.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] or [`Error::Zero`], naming the rule.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Why the run ends here, if it does: asked before the first step and after every one, with the steps that the parameters
    /// have taken. A rule that never holds never ends the run.
    fn reached(&self, steps: u64, training: &mut L) -> Option<Stopped>;
}

/// Stop when the parameters have taken so many steps, counted from zero, of any training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Steps(
    /// The number.
    pub u64,
);

impl<T: Scalar, L: ?Sized> Stop<T, L> for Steps {
    #[inline]
    fn reached(&self, steps: u64, _: &mut L) -> Option<Stopped> {
        (steps >= self.0).then_some(Stopped::Steps)
    }
}

/// When a run of a measured training ends: at the first rule that holds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct StopRule<T> {
    /// Total number of steps of the student, counted from zero.
    pub steps: u64,
    /// Stop at an excess loss of at most this.
    pub excess_loss: Option<T>,
    /// Stop at a gradient norm of at most this.
    pub gradient_norm: Option<T>,
    /// The last two rules cost a measurement; they are looked at every so many steps. At least 1.
    pub check_every: u64,
}

impl<T: Scalar> StopRule<T> {
    /// Stop after `steps` steps, whatever is reached.
    pub const fn steps(steps: u64) -> Self {
        Self { steps, excess_loss: None, gradient_norm: None, check_every: 1 }
    }

    /// Refuses thresholds that are negative or no numbers, and an interval of zero.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] or [`Error::Zero`], naming the rule.
    pub fn check(&self) -> Result<(), Error> {
        let legal = |threshold: Option<T>| threshold.is_none_or(|t| t >= T::ZERO);
        if !legal(self.excess_loss) {
            return Err(Error::OutOfRange { what: "the excess loss to stop at must not be negative" });
        }
        if !legal(self.gradient_norm) {
            return Err(Error::OutOfRange { what: "the gradient norm to stop at must not be negative" });
        }
        if self.check_every == 0 {
            return Err(Error::Zero { what: "the interval between checks" });
        }
        Ok(())
    }
}

impl<T: Scalar, L: Measured<T> + ?Sized> Stop<T, L> for StopRule<T> {
    #[inline]
    fn check(&self) -> Result<(), Error> {
        self.check()
    }

    #[inline]
    fn reached(&self, steps: u64, training: &mut L) -> Option<Stopped> {
        let measured = self.excess_loss.is_some() || self.gradient_norm.is_some();
        let small = if measured && steps.checked_rem(self.check_every) == Some(0) {
            self.small_enough(&training.measure())
        } else {
            None
        };
        small.or((steps >= self.steps).then_some(Stopped::Steps))
    }
}

impl<T: Scalar> StopRule<T> {
    fn small_enough(&self, measure: &Measure<T>) -> Option<Stopped> {
        if self.excess_loss.is_some_and(|t| measure.excess_loss <= t) {
            Some(Stopped::ExcessLoss)
        } else if self.gradient_norm.is_some_and(|t| measure.gradient_norm <= t) {
            Some(Stopped::GradientNorm)
        } else {
            None
        }
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Stopped {
    /// The student has taken the number of steps that was asked for.
    Steps,
    /// The excess loss is small enough.
    ExcessLoss,
    /// The gradient is small enough.
    GradientNorm,
    /// The observer asked for it, or a rule of the program's own.
    Observer,
}

/// Takes steps until `stop` holds. `observe` is called before the first step, after every step that `schedule` names and
/// after the last, and may end the run.
///
/// # Errors
/// What the settings' checks refuse, before anything is changed; [`Error::Diverged`] with the last good parameters kept.
pub fn run<T: Scalar, L: Training<T> + ?Sized>(
    training: &mut L,
    descent: &Descent<T>,
    stop: &impl Stop<T, L>,
    schedule: Schedule,
    mut observe: impl FnMut(&mut L) -> ControlFlow<()>,
) -> Result<Stopped, Error> {
    descent.check()?;
    stop.check()?;
    let mut steps = training.steps();
    let mut next = schedule.next_after(steps);
    let mut seen = true;
    if observe(training).is_break() {
        return Ok(Stopped::Observer);
    }
    loop {
        if let Some(reason) = stop.reached(steps, training) {
            if !seen {
                let _ = observe(training);
            }
            return Ok(reason);
        }
        training.step(descent)?;
        steps = steps.saturating_add(1);
        seen = steps >= next;
        if seen {
            next = schedule.next_after(steps);
            if observe(training).is_break() {
                return Ok(Stopped::Observer);
            }
        }
    }
}
