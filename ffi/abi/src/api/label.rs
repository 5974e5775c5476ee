//! Training a classifier by the exact gradient of the mean logistic loss of a group's label.

use tutee::gradient::label::{GroupLabel, LabelPopulation, label_population_len};
use tutee::step::Descent;
use tutee::training::{StopRule, Training};
use tutee::{Error, Scalar};

use super::run::{Plan, segment};
use crate::environment;
use crate::memory::{Input, Output, Span, disjoint, settings};
use crate::object::{Object, changed};
use crate::settings::descent;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_descent, tutee_group_label, tutee_student};

/// What a call is given of a classifier and its label.
pub(crate) struct Labelled<T> {
    pub(crate) student: *mut tutee_student<T>,
    pub(crate) label: *const tutee_group_label<T>,
    pub(crate) direction: (*const T, usize),
    pub(crate) scratch: (*mut T, usize),
}

/// What a call is given, its settings copied: they may lie in memory that is written later.
struct Given<T> {
    student: *mut tutee_student<T>,
    label: tutee_group_label<T>,
    direction: (*const T, usize),
    scratch: (*mut T, usize),
}

/// Objects and arrays after they have been looked at.
struct Opened<T> {
    student: Object<tutee_student<T>>,
    direction: Input<T>,
    scratch: Output<T>,
}

impl<T: Scalar> Labelled<T> {
    /// # Safety
    /// The pointers keep the promises of the header.
    unsafe fn read(self) -> Outcome<Given<T>> {
        let Self { student, label, direction, scratch } = self;
        // SAFETY: as promised.
        let label = unsafe { settings(label)? };
        if !(label.deviation.is_finite() && label.flips.is_finite()) {
            return Err(TUTEE_ERROR_NOT_FINITE);
        }
        Ok(Given { student, label, direction, scratch })
    }
}

impl<T: Scalar> Given<T> {
    /// Checks all of it and that nothing overlaps, `also` included, which is to be written, too.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    unsafe fn open(&self, also: Option<Span>) -> Outcome<Opened<T>> {
        // SAFETY: as promised.
        let student = unsafe { Object::open(self.student)? };
        let direction = Input::new(self.direction.0, self.direction.1, student.shape.features())?;
        let scratch = Output::at_least(self.scratch.0, self.scratch.1, label_population_len(student.shape))?;
        disjoint(&[student.span, scratch.span], &[direction.span])?;
        if let Some(also) = also {
            disjoint(&[also], &[student.span, scratch.span, direction.span])?;
        }
        Ok(Opened { student, direction, scratch })
    }

    /// Steps that the student has taken.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    unsafe fn steps(&self) -> Outcome<u64> {
        // SAFETY: as promised; the reference is gone at once.
        Ok(unsafe { Object::open(self.student)?.view()? }.steps())
    }

    /// Lets `usage` at the training, and notes whether it took a step.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    unsafe fn train<R>(
        &self,
        also: Option<Span>,
        usage: impl FnOnce(&mut LabelPopulation<'_, T>) -> Result<R, Error>,
    ) -> Outcome<R> {
        // SAFETY: as promised.
        let Opened { student, direction, scratch } = unsafe { self.open(also)? };
        let tutee_group_label { deviation, flips, group } = self.label;
        let group = usize::try_from(group).map_err(|_| TUTEE_ERROR_INDEX)?;
        // SAFETY: as promised; what is written is apart from everything else.
        let ((student, identity), direction, scratch) =
            unsafe { (student.view_mut()?, direction.slice(), scratch.slice()) };
        let before = student.view().steps();
        let label = GroupLabel::new(direction, group, deviation, flips)?;
        let mut training = LabelPopulation::new(student, label, scratch)?;
        let used = usage(&mut training);
        // The number of steps ends at its largest value, the steps do not.
        if training.student().steps() != before || before == u64::MAX {
            changed(identity);
        }
        Ok(used?)
    }
}

/// One step.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn step<T: Scalar>(given: Labelled<T>, settings_of_step: *const tutee_descent<T>) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let descent = descent(unsafe { settings(settings_of_step)? })?;
    // SAFETY: as promised.
    unsafe { given.read()?.train(None, |training| training.step(&descent)) }
}

/// Many steps.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn run<T: Scalar>(
    given: Labelled<T>,
    settings_of_step: *const tutee_descent<T>,
    plan: Outcome<Plan<T>>,
) -> Outcome {
    // SAFETY: as promised.
    let (given, descent) = unsafe { (given.read()?, descent(settings(settings_of_step)?)?) };
    let plan = plan?;
    let result = plan.result().span;
    // SAFETY: as promised.
    unsafe { given.open(Some(result))? };
    let steps = |descent: &Descent<T>, rule: &StopRule<T>| {
        // The callback may have changed the environment.
        environment::check()?;
        // SAFETY: as promised.
        unsafe { given.train(Some(result), |training| segment(training, descent, rule)) }
    };
    // SAFETY: as promised; neither closure keeps a reference.
    unsafe { plan.carry_out(|| given.steps(), |rule| steps(&descent, rule)) }
}

/// The mean loss.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn loss<T: Scalar>(given: Labelled<T>, mean: *mut T) -> Outcome {
    environment::check()?;
    let out = Output::one(mean)?;
    // SAFETY: as promised.
    let loss = unsafe { given.read()?.train(Some(out.span), |training| training.loss())? };
    // SAFETY: as promised; apart from everything else.
    unsafe { out.write(loss) };
    Ok(())
}
