//! Training on batches that the library draws.

use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len, online_scratch_wide_len};
use tutee::gradient::samples::BatchLoss;
use tutee::input::SampleStream;
use tutee::training::{StopRule, Training};
use tutee::{Error, Scalar};

use super::population::{Objects, Opened, ScratchLen};
use super::run::{Plan, segment};
use crate::environment;
use crate::memory::{Output, Span, disjoint, settings};
use crate::object::changed;
use crate::settings::{descent, source};
use crate::status::Outcome;
use crate::types::{tutee_descent, tutee_source};

pub(super) const SCRATCH_LEN: ScratchLen = ScratchLen { least: online_scratch_len, most: online_scratch_wide_len };

/// The caller's source: its settings, copied, and the place where its index stands.
pub(super) struct Place<T> {
    settings: Source<T>,
    source: Output<tutee_source<T>>,
}

impl<T: Scalar> Place<T> {
    /// # Safety
    /// The pointer keeps the promises of the header.
    pub(super) unsafe fn new(ptr: *mut tutee_source<T>) -> Outcome<Self> {
        // SAFETY: as promised.
        let copy = unsafe { settings(ptr)? };
        Ok(Self { settings: source(copy)?, source: Output::one(ptr)? })
    }

    /// Lets `train` at the objects, notes whether it took a step, and moves the index along. The spans of `also` are to be
    /// written, too, and have to be apart from everything else.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(super) unsafe fn train<R, const N: usize>(
        &mut self,
        objects: &Objects<T>,
        also: [Span; N],
        train: impl FnOnce(&mut Online<'_, T>) -> Result<R, Error>,
    ) -> Outcome<R> {
        // SAFETY: as promised.
        let Opened { student, teacher, scratch } = unsafe { objects.open(SCRATCH_LEN, [self.source.span])? };
        disjoint(&also, &[student.span, teacher.span, scratch.span, self.source.span])?;
        let shape = student.shape;
        // SAFETY: as promised; what is written is apart from everything else.
        let (student, identity) = unsafe { student.view_mut()? };
        // SAFETY: as above.
        let (teacher, scratch) = unsafe { (teacher.view()?, scratch.slice()) };
        let before = student.view().steps();
        let mut batch_loss = BatchLoss::ZERO;
        let scratch = OnlineScratchViewMut::new(shape, scratch, &mut batch_loss)?;
        let mut training = Online::new(student, teacher, self.settings, scratch)?;
        let trained = train(&mut training);
        // The number of steps ends at its largest value, the steps do not.
        if training.student().steps() != before || before == u64::MAX {
            changed(identity);
        }
        self.settings.stream = training.stream();
        // SAFETY: as promised; no reference to the source lives, and it is apart from everything else.
        unsafe { self.source.write_index(self.settings.stream) };
        Ok(trained?)
    }
}

impl<T> Output<tutee_source<T>> {
    /// # Safety
    /// The source is the caller's for writing, and no reference to it lives.
    pub(crate) unsafe fn write_index(&self, stream: SampleStream) {
        // SAFETY: `one` has checked NULL and alignment; the rest is promised.
        unsafe { (&raw mut (*self.as_ptr()).index).write(stream.index()) }
    }
}

/// One step.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn step<T: Scalar>(
    objects: Objects<T>,
    source: *mut tutee_source<T>,
    settings_of_step: *const tutee_descent<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (descent, mut place) = unsafe { (descent(settings(settings_of_step)?)?, Place::new(source)?) };
    // SAFETY: as promised.
    unsafe { place.train(&objects, [], |training| training.step(&descent)) }
}

/// Many steps.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn run<T: Scalar>(
    objects: Objects<T>,
    source: *mut tutee_source<T>,
    settings_of_step: *const tutee_descent<T>,
    plan: Outcome<Plan<T>>,
) -> Outcome {
    // SAFETY: as promised.
    let (descent, mut place) = unsafe { (descent(settings(settings_of_step)?)?, Place::new(source)?) };
    let plan = plan?;
    // SAFETY: as promised.
    unsafe { objects.open(SCRATCH_LEN, [plan.result().span, place.source.span])? };
    let steps = |rule: &StopRule<T>| {
        // The callback may have changed the environment.
        environment::check()?;
        // SAFETY: as promised.
        unsafe { place.train(&objects, [], |training| segment(training, &descent, rule)) }
    };
    // SAFETY: as promised; neither closure keeps a reference.
    unsafe { plan.carry_out(|| objects.steps(), steps) }
}
