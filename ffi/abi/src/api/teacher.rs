//! Making a teacher, and asking it.

use tutee::Scalar;
use tutee::matrix::{Rows, RowsMut, check_finite};
use tutee::predict::forward;
use tutee::teacher::TeacherView;

use super::{predict_scratch_len, product};
use crate::environment;
use crate::memory::{Input, Output, disjoint, settings};
use crate::object::{Object, shape_of, teacher_state};
use crate::settings::activation;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_shape, tutee_teacher};

/// What a teacher is made of.
pub(crate) struct Parts<T> {
    pub(crate) memory: *mut u64,
    pub(crate) words: usize,
    pub(crate) shape: *const tutee_shape,
    pub(crate) activation: i32,
    pub(crate) slope: T,
    pub(crate) value: *const T,
    pub(crate) n_value: usize,
    pub(crate) mixing: *const T,
    pub(crate) n_mixing: usize,
}

/// Makes a teacher.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn init<T: Scalar>(parts: Parts<T>, teacher: *mut *mut tutee_teacher<T>) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let shape = shape_of(unsafe { settings(parts.shape)? })?;
    let place = Object::<tutee_teacher<T>>::place(parts.memory, parts.words, shape)?;
    let value = Input::new(parts.value, parts.n_value, shape.value_len())?;
    let mixing = Input::new(parts.mixing, parts.n_mixing, shape.mixing_len())?;
    let out = Output::one(teacher)?;
    disjoint(&[place.span, out.span], &[value.span, mixing.span])?;
    let activation = activation(parts.activation, parts.slope)?;
    // SAFETY: as promised; `place` is apart from what is read.
    let (value, mixing, scalars) = unsafe { (value.slice(), mixing.slice(), place.scalars_mut()) };
    check_finite("value", value)?;
    check_finite("mixing", mixing)?;
    let (value_place, mixing_place) = scalars.split_at_mut_checked(shape.value_len()).ok_or(TUTEE_ERROR_INTERNAL)?;
    copy(value, value_place);
    copy(mixing, mixing_place);
    // SAFETY: as promised; the slices into the place are used no more.
    unsafe { out.write(place.establish(teacher_state(activation))) };
    Ok(())
}

/// For slices of equal length; unlike `copy_from_slice` it has no panicking path.
pub(crate) fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

/// Writes a part of a teacher to `out`.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn get<'a, T: Scalar>(
    teacher: *const tutee_teacher<T>,
    part: impl FnOnce(TeacherView<'a, T>) -> &'a [T],
    out: *mut T,
    n_out: usize,
) -> Outcome {
    // SAFETY: as promised.
    let teacher = unsafe { Object::open(teacher)? };
    // SAFETY: as promised; nothing has been written yet.
    let part = part(unsafe { teacher.view()? });
    let out = Output::new(out, n_out, part.len())?;
    disjoint(&[out.span], &[teacher.span])?;
    // SAFETY: as promised; `out` is apart from the teacher.
    copy(part, unsafe { out.slice() });
    Ok(())
}

/// The teacher's answers to `inputs` inputs.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn answer<T: Scalar>(
    teacher: *const tutee_teacher<T>,
    inputs: usize,
    (x, n_x): (*const T, usize),
    (scratch, n_scratch): (*mut T, usize),
    (y, n_y): (*mut T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let teacher = unsafe { Object::open(teacher)? };
    let shape = teacher.shape;
    if inputs == 0 {
        return Err(TUTEE_ERROR_ZERO);
    }
    let x = Input::new(x, n_x, product(inputs, shape.input_len())?)?;
    let scratch = Output::scratch(scratch, n_scratch, predict_scratch_len(shape), shape.tokens())?;
    let y = Output::new(y, n_y, product(inputs, shape.output_len())?)?;
    disjoint(&[y.span, scratch.span], &[x.span, teacher.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (x, hidden, y, teacher) = unsafe { (x.slice(), scratch.slice(), y.slice(), teacher.view()?) };
    check_finite("x", x)?;
    answers(teacher.shape(), teacher.activation(), (teacher.value(), teacher.mixing()), x, hidden, y)
}

/// `forward` for every input of `x`.
pub(crate) fn answers<T: Scalar>(
    shape: tutee::Shape,
    activation: tutee::activation::Activation<T>,
    parts: (&[T], &[T]),
    x: &[T],
    hidden: &mut [T],
    y: &mut [T],
) -> Outcome {
    for (x, y) in Rows::new(x, shape.input_len()).zip(RowsMut::new(y, shape.output_len())) {
        forward(shape, activation, parts, x, hidden, y)?;
    }
    Ok(())
}
