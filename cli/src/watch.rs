//! A run that is looked at on the way and can be ended between any two steps. Its time is counted without the looks.

use std::cell::Cell;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tutee::Scalar;
use tutee::digest::Digest;
use tutee::step::Descent;
use tutee::trace::Schedule;
use tutee::training::{Measure, Stop, Stopped, Training, run};

use crate::failure::Ended;
use crate::text::told;

/// Points of a curve in a factor of ten of steps.
const POINTS_PER_DECADE: u32 = 20;

/// The end of a run: so many steps, or sooner.
pub struct Watched<'a> {
    /// Steps of the whole run.
    pub steps: u64,
    /// Is told, before the first step and after every one, the steps done and their total, and may break off.
    pub watch: &'a dyn Fn(u64, u64) -> ControlFlow<()>,
}

impl<T: Scalar, L: ?Sized> Stop<T, L> for Watched<'_> {
    fn reached(&self, steps: u64, _: &mut L) -> Option<Stopped> {
        let broken_off = (self.watch)(steps, self.steps).is_break();
        if steps >= self.steps { Some(Stopped::Steps) } else { broken_off.then_some(Stopped::Observer) }
    }
}

/// What a run stops at before its last step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goals {
    /// An excess loss.
    pub loss: Option<f64>,
    /// A part of the first excess loss.
    pub relative: Option<f64>,
    /// A norm of the exact gradient.
    pub gradient: Option<f64>,
    /// A step that changes nothing.
    pub unchanged: bool,
    /// Steps from one look to the next, at least 1.
    pub every: u64,
}

/// Whether a step changes nothing, after which no other will where a step goes by nothing but the parameters: of two steps in a row the bits
/// are compared, at every look.
#[derive(Debug)]
pub struct Rest {
    before: Cell<Option<(u64, u64)>>,
    known: bool,
}

impl Rest {
    /// Of a run that goes on from where a step was `known` to have changed nothing, or from elsewhere.
    pub const fn new(known: bool) -> Self {
        Self { before: Cell::new(None), known }
    }

    fn reached(&self, every: u64, steps: u64, bits: impl FnOnce() -> u64) -> bool {
        if self.known {
            return true;
        }
        if every > 2 && steps % every > 1 {
            return false;
        }
        let now = (steps, bits());
        self.before.replace(Some(now)).is_some_and(|before| before == (steps.wrapping_sub(1), now.1))
    }
}

/// Stands for all bits of these numbers.
pub fn bits_of<'a, T: Scalar>(parts: impl Iterator<Item = &'a [T]>) -> u64 {
    let mut digest = Digest::new();
    parts.for_each(|part| digest.scalars(part));
    digest.finish()
}

impl Goals {
    /// Steps from one look to the next unless the command line says otherwise.
    pub const EVERY: u64 = 100;

    /// Each with its option, whether it is one or not.
    pub fn named(goals: Option<&Self>) -> [(&'static str, String); 5] {
        let number = |of: fn(&Self) -> Option<f64>| told(goals.and_then(of));
        [
            ("--stop-loss", number(|goals| goals.loss)),
            ("--stop-relative", number(|goals| goals.relative)),
            ("--stop-gradient", number(|goals| goals.gradient)),
            ("--stop-unchanged", goals.is_some_and(|goals| goals.unchanged).to_string()),
            ("--stop-every", goals.map_or_else(|| "none".to_owned(), |goals| goals.every.to_string())),
        ]
    }

    /// Whether there is one.
    pub const fn any(&self) -> bool {
        self.loss.is_some() || self.relative.is_some() || self.gradient.is_some() || self.unchanged
    }

    /// Whether one of those that are measured is reached, by the excess loss before the first step; `measure` costs about a step.
    pub fn reached<T: Scalar>(&self, first: f64, steps: u64, measure: impl FnOnce() -> Measure<T>) -> Option<Ending> {
        let (loss, gradient) = (self.excess_loss(first).map(T::from_f64), self.gradient.map(T::from_f64));
        if (loss.is_none() && gradient.is_none()) || !steps.is_multiple_of(self.every) {
            return None;
        }
        let Measure { excess_loss, gradient_norm } = measure();
        if loss.is_some_and(|goal| excess_loss <= goal) {
            Some(Ending::ExcessLoss)
        } else if gradient.is_some_and(|goal| gradient_norm <= goal) {
            Some(Ending::GradientNorm)
        } else {
            None
        }
    }

    /// Whether the last step has changed nothing, if that is a goal; `bits` are those of all that a step goes by.
    pub fn at_rest(&self, rest: &Rest, steps: u64, bits: impl FnOnce() -> u64) -> Option<Ending> {
        (self.unchanged && rest.reached(self.every, steps, bits)).then_some(Ending::Unchanged)
    }

    /// The larger of the losses that are asked for, as the first one to be reached.
    fn excess_loss(&self, first: f64) -> Option<f64> {
        let part = self.relative.map(|relative| relative * first);
        match (self.loss, part) {
            (Some(loss), Some(part)) => Some(if loss > part { loss } else { part }),
            (loss, part) => loss.or(part),
        }
    }
}

/// Why a run took no more steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All steps that were asked for are taken.
    Steps,
    /// The excess loss is small enough.
    ExcessLoss,
    /// The gradient is small enough.
    GradientNorm,
    /// A step changes nothing.
    Unchanged,
    /// The loss of pairs held out is small enough.
    HeldOutLoss,
    /// The loss of pairs held out rises.
    HeldOutRises,
    /// The next step would not be one of numbers, or the last one led where a loss is none; reported is a student from before.
    Diverged,
}

impl Ending {
    /// Its word in a result.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::ExcessLoss => "excess_loss",
            Self::GradientNorm => "gradient_norm",
            Self::Unchanged => "unchanged",
            Self::HeldOutLoss => "test_loss",
            Self::HeldOutRises => "test_loss_rises",
            Self::Diverged => "diverged",
        }
    }
}

/// [`Watched`], and what else ends a run.
pub struct Aimed<'a, L: ?Sized> {
    watched: Watched<'a>,
    goal: &'a dyn Fn(u64, &mut L) -> Option<Ending>,
    reached: Cell<Option<Ending>>,
}

impl<'a, L: ?Sized> Aimed<'a, L> {
    /// At a goal, which is asked for before the first step and after every one, or at the end.
    pub const fn new(watched: Watched<'a>, goal: &'a dyn Fn(u64, &mut L) -> Option<Ending>) -> Self {
        Self { watched, goal, reached: Cell::new(None) }
    }

    /// The goal that was reached.
    pub const fn reached(&self) -> Option<Ending> {
        self.reached.get()
    }
}

impl<T: Scalar, L: ?Sized> Stop<T, L> for Aimed<'_, L> {
    fn reached(&self, steps: u64, training: &mut L) -> Option<Stopped> {
        self.reached.set((self.goal)(steps, training));
        // Who watches is told of every step.
        let watched = Stop::<T, L>::reached(&self.watched, steps, training);
        self.reached.get().map(|_| Stopped::Observer).or(watched)
    }
}

/// Takes all steps, with a look before the first, at every point of the curve and after the last; says the wall time of the steps alone.
///
/// # Errors
/// What a look or a step refuses, or [`Ended::Interrupted`] where the watch breaks off before the last step.
pub fn follow<T: Scalar, L: Training<T> + ?Sized>(
    training: &mut L,
    descent: &Descent<T>,
    watched: &Watched<'_>,
    look: impl FnMut(&mut L) -> Result<(), Ended>,
) -> Result<f64, Ended> {
    let (seconds, stopped) = follow_on(training, descent, watched, look);
    match stopped? {
        Stopped::Observer => Err(Ended::Interrupted),
        _ => Ok(seconds),
    }
}

/// Takes the steps that the watch allows, from wherever the training stands; the looks before the first and after the last of these need
/// not be at points of the curve. Says the wall time of the steps alone, and why it stopped, be it that a look or a step was refused.
pub fn follow_on<T: Scalar, L: Training<T> + ?Sized>(
    training: &mut L,
    descent: &Descent<T>,
    watched: &impl Stop<T, L>,
    mut look: impl FnMut(&mut L) -> Result<(), Ended>,
) -> (f64, Result<Stopped, Ended>) {
    let (mut last, mut looking) = (Ok(()), Duration::ZERO);
    let start = Instant::now();
    let stopped = run(training, descent, watched, Schedule::per_decade(POINTS_PER_DECADE), |training| {
        let pause = Instant::now();
        last = look(training);
        looking += pause.elapsed();
        if last.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let seconds = (start.elapsed() - looking).as_secs_f64();
    (seconds, last.and_then(|()| Ok(stopped?)))
}

/// Whether a run of so many steps has a point of its curve at a step.
pub fn is_point(step: u64, steps: u64) -> bool {
    let scheduled = |step: u64| Schedule::per_decade(POINTS_PER_DECADE).next_after(step) == step + 1;
    step == steps || step.checked_sub(1).is_none_or(scheduled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_steps_in_a_row_that_leave_the_same_the_second_ends_a_run() {
        // What a step leaves, by its number, and the step at which that is seen to be the same; every step, every second, every tenth.
        let seen = |every: u64, bits: &dyn Fn(u64) -> u64, from: u64| {
            let rest = Rest::new(false);
            (from..60).find(|&step| rest.reached(every, step, || bits(step)))
        };
        let settles = |step: u64| step.min(17);
        assert_eq!([1, 2, 3, 10].map(|every| seen(every, &settles, 0)), [Some(18), Some(18), Some(19), Some(21)]);
        // One that swings between two never rests, though it looks the same at every look.
        let swings = |step: u64| step % 2;
        assert_eq!([1, 2, 3, 10].map(|every| seen(every, &swings, 0)), [None; 4]);
        // From the start on; and gone on with from anywhere it ends where it would have ended.
        assert_eq!(seen(10, &|_| 0, 0), Some(1));
        assert_eq!([18, 20].map(|from| seen(10, &settles, from)), [Some(21); 2]);
        assert!(Rest::new(true).reached(10, 21, || 0));
    }
    use tutee::Error;

    /// A training that refuses every step.
    struct Stubborn;

    impl Training<f64> for Stubborn {
        fn steps(&self) -> u64 {
            0
        }

        fn step(&mut self, _: &Descent<f64>) -> Result<(), Error> {
            Err(Error::Diverged)
        }
    }

    #[test]
    fn what_was_refused_is_said_and_not_that_somebody_interrupted() {
        let end = |rate: f64, look: &dyn Fn() -> Result<(), Ended>| {
            let watched = Watched { steps: 3, watch: &|_, _| ControlFlow::Continue(()) };
            follow(&mut Stubborn, &Descent::new(rate), &watched, |_| look()).map(|_| ()).unwrap_err()
        };
        assert!(matches!(end(-1.0, &|| Ok(())), Ended::Refused(Error::OutOfRange { .. })));
        assert_eq!(end(1.0, &|| Ok(())), Ended::Refused(Error::Diverged));
        assert_eq!(end(1.0, &|| Err(Ended::Memory)), Ended::Memory);
    }
}
