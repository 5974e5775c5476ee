//! Excess loss, gradient norm and recovery.

use tutee::Scalar;
use tutee::gradient::population::{self, PopulationScratchViewMut, population_scratch_len};
use tutee::recovery;

use super::predict_scratch_len;
use crate::environment;
use crate::memory::{Output, disjoint};
use crate::object::Object;
use crate::status::Outcome;
use crate::types::{tutee_progress, tutee_recovery, tutee_student, tutee_teacher};

/// Where the student stands, exactly.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn measure<T: Scalar>(
    student: *const tutee_student<T>,
    teacher: *const tutee_teacher<T>,
    (scratch, n_scratch): (*mut T, usize),
    progress: *mut tutee_progress<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (student, teacher) = unsafe { (Object::open(student)?, Object::open(teacher)?) };
    student.same_shape(&teacher)?;
    let shape = student.shape;
    let scratch = Output::at_least(scratch, n_scratch, population_scratch_len(shape))?;
    let out = Output::one(progress)?;
    disjoint(&[scratch.span, out.span], &[student.span, teacher.span])?;
    // SAFETY: as promised; the scratch is apart from everything else.
    let (student, teacher, scratch) = unsafe { (student.view()?, teacher.view()?, scratch.slice()) };
    let measure = population::measure(student, teacher, PopulationScratchViewMut::new(shape, scratch)?)?;
    let progress = tutee_progress {
        steps: student.steps(),
        excess_loss: measure.excess_loss,
        gradient_norm: measure.gradient_norm,
    };
    // SAFETY: as promised; apart from everything else.
    unsafe { out.write(progress) };
    Ok(())
}

/// What the student has of its teacher.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn recovery<T: Scalar>(
    student: *const tutee_student<T>,
    teacher: *const tutee_teacher<T>,
    (scratch, n_scratch): (*mut T, usize),
    recovery: *mut tutee_recovery<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (student, teacher) = unsafe { (Object::open(student)?, Object::open(teacher)?) };
    student.same_shape(&teacher)?;
    let shape = student.shape;
    let scratch = Output::scratch(scratch, n_scratch, predict_scratch_len(shape), shape.tokens())?;
    let out = Output::one(recovery)?;
    disjoint(&[scratch.span, out.span], &[student.span, teacher.span])?;
    // SAFETY: as promised; the scratch is apart from everything else.
    let found = recovery::recovery(unsafe { student.view()? }, unsafe { teacher.view()? }, unsafe { scratch.slice() })?;
    let recovery = tutee_recovery {
        value_cosine_min: found.value_cosine_min.unwrap_or(T::ZERO),
        value_cosine_mean: found.value_cosine_mean.unwrap_or(T::ZERO),
        attention_error_max: found.attention_error_max,
        mass_mean: found.mass_mean,
        mass_min: found.mass_min,
        value_cosine_defined: i32::from(found.value_cosine_min.is_some()),
    };
    // SAFETY: as promised; apart from everything else.
    unsafe { out.write(recovery) };
    Ok(())
}
