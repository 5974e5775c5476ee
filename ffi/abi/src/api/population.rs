//! Training by the exact population gradient.

use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::step::Descent;
use tutee::training::{StopRule, Training};
use tutee::{Error, Scalar, Shape};

use super::run::{Plan, segment};
use crate::environment;
use crate::memory::{Output, Span, disjoint, settings};
use crate::object::{Object, changed};
use crate::settings::descent;
use crate::status::Outcome;
use crate::types::{tutee_descent, tutee_student, tutee_teacher};

/// The objects of a training, as the caller names them.
pub(crate) struct Objects<T> {
    pub(crate) student: *mut tutee_student<T>,
    pub(crate) teacher: *const tutee_teacher<T>,
    pub(crate) scratch: *mut T,
    pub(crate) n_scratch: usize,
}

/// Elements of working memory that a function needs at least, and those beyond which it has no use for more.
pub(super) struct ScratchLen {
    pub(super) least: fn(Shape) -> usize,
    pub(super) most: fn(Shape) -> usize,
}

const SCRATCH_LEN: ScratchLen = ScratchLen { least: population_scratch_len, most: population_scratch_len };

/// Objects and working memory after they have been looked at.
pub(super) struct Opened<T> {
    pub(super) student: Object<tutee_student<T>>,
    pub(super) teacher: Object<tutee_teacher<T>>,
    pub(super) scratch: Output<T>,
}

impl<T: Scalar> Objects<T> {
    /// Checks the objects and that nothing overlaps, the spans of `also` included, which are to be written, too.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(super) unsafe fn open<const N: usize>(&self, scratch_len: ScratchLen, also: [Span; N]) -> Outcome<Opened<T>> {
        // SAFETY: as promised.
        let (student, teacher) = unsafe { (Object::open(self.student)?, Object::open(self.teacher)?) };
        student.same_shape(&teacher)?;
        let ScratchLen { least, most } = scratch_len;
        let (least, most) = (least(student.shape), most(student.shape));
        let scratch = Output::between(self.scratch, self.n_scratch, least, most)?;
        let spans = [student.span, scratch.span];
        disjoint(&spans, &[teacher.span])?;
        disjoint(&also, &[student.span, scratch.span, teacher.span])?;
        Ok(Opened { student, teacher, scratch })
    }

    /// Steps that the student has taken.
    ///
    /// # Safety
    /// The pointers keep the promises of the header.
    pub(super) unsafe fn steps(&self) -> Outcome<u64> {
        // SAFETY: as promised; the reference is gone at once.
        Ok(unsafe { Object::open(self.student)?.view()? }.steps())
    }
}

/// Lets `train` at the objects, and notes whether it took a step.
///
/// # Safety
/// The pointers keep the promises of the header.
unsafe fn train<T: Scalar, R>(
    objects: &Objects<T>,
    train: impl FnOnce(&mut Population<'_, T>) -> Result<R, Error>,
) -> Outcome<R> {
    // SAFETY: as promised.
    let Opened { student, teacher, scratch } = unsafe { objects.open(SCRATCH_LEN, [])? };
    let shape = student.shape;
    // SAFETY: as promised; what is written is apart from everything else.
    let (student, identity) = unsafe { student.view_mut()? };
    // SAFETY: as above.
    let (teacher, scratch) = unsafe { (teacher.view()?, scratch.slice()) };
    let before = student.view().steps();
    let mut training = Population::new(student, teacher, PopulationScratchViewMut::new(shape, scratch)?)?;
    let trained = train(&mut training);
    // The number of steps ends at its largest value, the steps do not.
    if training.student().steps() != before || before == u64::MAX {
        changed(identity);
    }
    Ok(trained?)
}

/// One step.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn step<T: Scalar>(objects: Objects<T>, settings_of_step: *const tutee_descent<T>) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let descent = descent(unsafe { settings(settings_of_step)? })?;
    // SAFETY: as promised.
    unsafe { train(&objects, |training| training.step(&descent)) }
}

/// Many steps.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn run<T: Scalar>(
    objects: Objects<T>,
    settings_of_step: *const tutee_descent<T>,
    plan: Outcome<Plan<T>>,
) -> Outcome {
    // SAFETY: as promised.
    let descent = descent(unsafe { settings(settings_of_step)? })?;
    let plan = plan?;
    // SAFETY: as promised.
    unsafe { objects.open(SCRATCH_LEN, [plan.result().span])? };
    let steps = |descent: &Descent<T>, rule: &StopRule<T>| {
        // The callback may have changed the environment.
        environment::check()?;
        // SAFETY: as promised.
        unsafe { train(&objects, |training| segment(training, descent, rule)) }
    };
    // SAFETY: as promised; neither closure keeps a reference.
    unsafe { plan.carry_out(|| objects.steps(), |rule| steps(&descent, rule)) }
}
