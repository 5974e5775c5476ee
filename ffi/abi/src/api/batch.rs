//! Training from pairs that the caller produced: begin, accumulate, step.

use tutee::gradient::samples::{BatchLoss, Samples};
use tutee::{Error, Scalar};

use super::product;
use crate::environment;
use crate::memory::{Input, Output, disjoint, settings};
use crate::object::{EMPTY_SAMPLER, NO_BATCH, Object, SamplerState, activation_of_batch, changed, identity, shape_of};
use crate::settings::{activation, activation_to_words, descent};
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_descent, tutee_sampler, tutee_shape, tutee_student};

/// Makes a sampler without a batch, a wide one if there are words for it.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn init<T: Scalar>(
    memory: *mut u64,
    words: usize,
    shape: *const tutee_shape,
    sampler: *mut *mut tutee_sampler<T>,
) -> Outcome {
    // SAFETY: as promised.
    let shape = shape_of(unsafe { settings(shape)? })?;
    let place = Object::<tutee_sampler<T>>::place(memory, words, shape)?;
    let out = Output::one(sampler)?;
    disjoint(&[place.span, out.span], &[])?;
    // SAFETY: as promised; the slice is used no more when the header is written.
    unsafe {
        place.scalars_mut().fill(T::ZERO);
        out.write(place.establish(EMPTY_SAMPLER));
    }
    Ok(())
}

type Objects<T> = (Object<tutee_student<T>>, Object<tutee_sampler<T>>);

/// The two objects of every call.
///
/// # Safety
/// The pointers keep the promises of the header.
#[inline(always)]
pub(super) unsafe fn open<T: Scalar>(
    student: *const tutee_student<T>,
    sampler: *mut tutee_sampler<T>,
) -> Outcome<Objects<T>> {
    // SAFETY: as promised.
    let (student, sampler) = unsafe { (Object::open(student)?, Object::open(sampler)?) };
    student.same_shape(&sampler)?;
    disjoint(&[sampler.span, student.span], &[])?;
    Ok((student, sampler))
}

/// Begins a batch.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn begin<T: Scalar>(
    student: *mut tutee_student<T>,
    sampler: *mut tutee_sampler<T>,
    (kind, slope): (i32, T),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (student, sampler) = unsafe { open(student, sampler)? };
    let activation = activation(kind, slope)?;
    // SAFETY: as promised; the two are apart.
    let (student, noted) = unsafe { student.view_mut()? };
    // SAFETY: as above.
    let (begun, words, scratch) = unsafe { sampler.view_mut()? };
    let now = identity(*noted, student.view());
    Samples::new(student, activation, scratch)?;
    (*noted, *begun, *words) = (now, now, activation_to_words(activation));
    Ok(())
}

/// Adds `pairs` pairs, all of them or none.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn accumulate<T: Scalar>(
    student: *mut tutee_student<T>,
    sampler: *mut tutee_sampler<T>,
    pairs: usize,
    (x, n_x): (*const T, usize),
    (y, n_y): (*const T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (student, sampler) = unsafe { open(student, sampler)? };
    let shape = student.shape;
    if pairs == 0 {
        return Err(TUTEE_ERROR_ZERO);
    }
    let x = Input::new(x, n_x, product(pairs, shape.input_len())?)?;
    let y = Input::new(y, n_y, product(pairs, shape.output_len())?)?;
    disjoint(&[sampler.span, student.span], &[x.span, y.span])?;
    // SAFETY: as promised; the objects are apart from each other and from the pairs.
    let (x, y) = unsafe { (x.slice(), y.slice()) };
    // SAFETY: as above.
    let (student, noted) = unsafe { student.view_mut()? };
    // SAFETY: as above.
    let (begun, words, scratch) = unsafe { sampler.view_mut()? };
    // A copy of the student that was made before the batch began goes through its numbers with every call: not a bit of it
    // is changed.
    let activation = activation_of_batch(*words, *begun, identity(*noted, student.view()))?;
    Ok(Samples::resume_unchecked(student, activation, scratch)?.accumulate_many(pairs, x, y)?)
}

/// Adds the batch of another sampler.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn merge<T: Scalar>(
    student: *const tutee_student<T>,
    sampler: *mut tutee_sampler<T>,
    other: *mut tutee_sampler<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let ((student, sampler), other) = unsafe { (open(student, sampler)?, Object::open(other.cast_const())?) };
    student.same_shape(&other)?;
    disjoint(&[sampler.span, other.span], &[student.span])?;
    // SAFETY: as promised; nothing of it is written.
    let now = unsafe { identity(student.state().identity, student.view()?) };
    // SAFETY: as promised; the two are apart.
    let ((begun, words, mut scratch), (others_begun, others_words, added)) =
        unsafe { (sampler.view_mut()?, other.view_mut()?) };
    activation_of_batch::<T>(*words, *begun, now)?;
    activation_of_batch::<T>(*others_words, *others_begun, now)?;
    if words != others_words {
        return Err(TUTEE_ERROR_BATCH);
    }
    Ok(scratch.merge_unchecked(&added)?)
}

/// How many pairs the batch holds, and their mean loss.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn batch_loss<T: Scalar>(
    sampler: *const tutee_sampler<T>,
    count: *mut u64,
    mean_loss: *mut T,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let sampler = unsafe { Object::open(sampler)? };
    let (count, mean_loss) = (Output::one(count)?, Output::one(mean_loss)?);
    disjoint(&[count.span, mean_loss.span], &[sampler.span])?;
    // SAFETY: as promised.
    let SamplerState { activation, batch_loss, .. } = unsafe { sampler.beside_batch() };
    if activation == NO_BATCH {
        return Err(TUTEE_ERROR_BATCH);
    }
    // SAFETY: as promised; the state was copied.
    unsafe {
        count.write(batch_loss.count());
        mean_loss.write(BatchLoss::mean_loss(&batch_loss).unwrap_or(T::ZERO));
    }
    Ok(())
}

/// One step along the mean gradient of the batch, and a new batch.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn step<T: Scalar>(
    student: *mut tutee_student<T>,
    sampler: *mut tutee_sampler<T>,
    settings_of_step: *const tutee_descent<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (student, sampler) = unsafe { open(student, sampler)? };
    // SAFETY: as promised.
    let descent = descent(unsafe { settings(settings_of_step)? })?;
    // SAFETY: as promised; the two are apart.
    unsafe { step_along(student, sampler, |samples| samples.step(&descent)) }
}

/// Has `step` step along the batch.
///
/// # Safety
/// The two are the caller's, and apart.
#[inline(always)]
pub(super) unsafe fn step_along<T: Scalar>(
    student: Object<tutee_student<T>>,
    sampler: Object<tutee_sampler<T>>,
    step: impl FnOnce(&mut Samples<'_, T>) -> Result<(), Error>,
) -> Outcome {
    // SAFETY: as promised.
    let (student, noted) = unsafe { student.view_mut()? };
    // SAFETY: as above.
    let (begun, words, scratch) = unsafe { sampler.view_mut()? };
    let activation = activation_of_batch(*words, *begun, identity(*noted, student.view()))?;
    let mut samples = Samples::resume_unchecked(student, activation, scratch)?;
    step(&mut samples)?;
    changed(noted);
    *noted = identity(*noted, samples.student());
    *begun = *noted;
    Ok(())
}
