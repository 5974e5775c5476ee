//! Many steps, in segments: between two calls of the callback nothing of the caller's is borrowed, so that the callback may
//! use every object of the run by calls of its own.

use core::num::NonZeroU64;
use core::ops::ControlFlow;

use tutee::step::Descent;
use tutee::trace::Schedule;
use tutee::training::{Measure, Measured, StopRule, Stopped, run as core_run};
use tutee::{Error, Scalar};

use crate::memory::{Output, settings};
use crate::settings::{stop, stopped};
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_observer, tutee_progress, tutee_result, tutee_stop, tutee_stopped};

/// Where a segment of a run ended, and why.
pub(crate) struct Segment<T> {
    stopped: Stopped,
    started: u64,
    steps: u64,
    measure: Measure<T>,
}

/// Takes the steps of one segment and measures.
pub(crate) fn segment<T: Scalar, L: Measured<T>>(
    training: &mut L,
    descent: &Descent<T>,
    rule: &StopRule<T>,
) -> Result<Segment<T>, Error> {
    let started = training.student().steps();
    let stopped = core_run(training, descent, rule, Schedule::NEVER, |_| ControlFlow::Continue(()))?;
    let measure = training.measure().check()?;
    Ok(Segment { stopped, started, steps: training.student().steps(), measure })
}

/// The caller's rules and callback, copied.
pub(crate) struct Plan<T> {
    rule: StopRule<T>,
    observer: Option<(tutee_observer<T>, NonZeroU64)>,
    result: Output<tutee_result<T>>,
}

impl<T: Scalar> Plan<T> {
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(crate) unsafe fn new(
        rule: *const tutee_stop<T>,
        observer: *const tutee_observer<T>,
        result: *mut tutee_result<T>,
    ) -> Outcome<Self> {
        // SAFETY: as promised.
        let rule = stop(unsafe { settings(rule)? })?;
        let observer = if observer.is_null() {
            None
        } else {
            // SAFETY: as promised.
            let observer = unsafe { settings(observer)? };
            if observer.call.is_none() {
                return Err(TUTEE_ERROR_NULL);
            }
            Some((observer, NonZeroU64::new(observer.every).ok_or(TUTEE_ERROR_ZERO)?))
        };
        Ok(Self { rule, observer, result: Output::one(result)? })
    }

    pub(crate) const fn result(&self) -> &Output<tutee_result<T>> {
        &self.result
    }

    /// Carries the plan out. `steps` tells where the student stands, `segment` takes the steps of one segment; neither keeps
    /// a reference into the caller's memory.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(crate) unsafe fn carry_out(
        &self,
        steps: impl Fn() -> Outcome<u64>,
        mut segment: impl FnMut(&StopRule<T>) -> Outcome<Segment<T>>,
    ) -> Outcome {
        loop {
            let next = match self.observer {
                // The first multiple above where the student stands.
                Some((_, every)) => {
                    let steps = steps()?;
                    (steps - steps % every).saturating_add(every.get())
                }
                None => u64::MAX,
            };
            let last = self.rule.steps <= next;
            let rule = if last { self.rule } else { StopRule { steps: next, ..self.rule } };
            let Segment { stopped: reason, started, steps, measure } = segment(&rule)?;
            let end = tutee_progress { steps, excess_loss: measure.excess_loss, gradient_norm: measure.gradient_norm };
            let mut stopped = stopped(reason);
            let mut ended = last || reason != Stopped::Steps;
            if let Some((observer, every)) = self.observer
                && steps > started
                && steps % every == 0
                && let Some(call) = observer.call
            {
                // SAFETY: the callback is the caller's; nothing of the caller's memory is borrowed here.
                if unsafe { call(observer.user, &raw const end) } != 0 {
                    (stopped, ended) = (tutee_stopped::TUTEE_STOPPED_CALLBACK, true);
                }
            }
            if ended {
                // SAFETY: as promised; no reference to it lives.
                unsafe { self.result.write(tutee_result { end, stopped: stopped as i32 }) };
                return Ok(());
            }
        }
    }
}
