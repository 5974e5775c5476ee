//! A run that is looked at on the way and can be ended between any two steps. Its time is counted without the looks.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use tutee::Scalar;
use tutee::step::Descent;
use tutee::trace::Schedule;
use tutee::training::{Stop, Stopped, Training, run};

use crate::failure::Ended;

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

/// What a run leaves behind.
pub struct Followed<R> {
    /// What the last look saw.
    pub last: R,
    /// Wall time of the gradient steps alone.
    pub seconds: f64,
}

/// Takes all steps, with a look before the first, at every point of the curve and after the last.
///
/// # Errors
/// What a look or a step refuses, or [`Ended::Interrupted`] where the watch breaks off before the last step.
pub fn follow<T: Scalar, L: Training<T> + ?Sized, R>(
    training: &mut L,
    descent: &Descent<T>,
    watched: &Watched<'_>,
    look: impl FnMut(&mut L) -> Result<R, Ended>,
) -> Result<Followed<R>, Ended> {
    match follow_on(training, descent, watched, look)? {
        (_, Stopped::Observer) => Err(Ended::Interrupted),
        (followed, _) => Ok(followed),
    }
}

/// Takes the steps that the watch allows, from wherever the training stands; the looks before the first and after the last of these need
/// not be at points of the curve. Says why it stopped.
///
/// # Errors
/// What a look or a step refuses.
pub fn follow_on<T: Scalar, L: Training<T> + ?Sized, R>(
    training: &mut L,
    descent: &Descent<T>,
    watched: &Watched<'_>,
    mut look: impl FnMut(&mut L) -> Result<R, Ended>,
) -> Result<(Followed<R>, Stopped), Ended> {
    let (mut last, mut looking) = (Err(Ended::Interrupted), Duration::ZERO);
    let start = Instant::now();
    let stopped = run(training, descent, watched, Schedule::per_decade(POINTS_PER_DECADE), |training| {
        let pause = Instant::now();
        last = look(training);
        looking += pause.elapsed();
        if last.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    let seconds = (start.elapsed() - looking).as_secs_f64();
    Ok((Followed { last: last?, seconds }, stopped?))
}

/// Whether a run of so many steps has a point of its curve at a step.
pub fn is_point(step: u64, steps: u64) -> bool {
    let scheduled = |step: u64| Schedule::per_decade(POINTS_PER_DECADE).next_after(step) == step + 1;
    step == steps || step.checked_sub(1).is_none_or(scheduled)
}
