//! A student: its place, its parameters, its attention, its predictions.

use tutee::activation::Activation;
use tutee::digest;
use tutee::matrix::{MatrixView, MatrixViewMut, check_finite};
use tutee::position::{kq_to_logits, logits_to_kq};
use tutee::student::{StudentView, StudentViewMut};
use tutee::{Error, Scalar, Shape};

use super::teacher::{answers, copy};
use super::{predict_scratch_len, product, write_size};
use crate::environment;
use crate::memory::{Input, Output, disjoint, settings};
use crate::object::{Object, StudentState, changed, shape_of};
use crate::settings::activation;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::tutee_block::{self, *};
use crate::types::{tutee_shape, tutee_student};

/// Makes a student of zeros in the caller's memory.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn init<T: Scalar>(
    memory: *mut u64,
    words: usize,
    shape: *const tutee_shape,
    student: *mut *mut tutee_student<T>,
) -> Outcome {
    // SAFETY: as promised.
    let shape = shape_of(unsafe { settings(shape)? })?;
    let place = Object::<tutee_student<T>>::place(memory, words, shape)?;
    let out = Output::one(student)?;
    disjoint(&[place.span, out.span], &[])?;
    // SAFETY: as promised; the slice is used no more when the header is written.
    unsafe {
        place.scalars_mut().fill(T::ZERO);
        out.write(place.establish(StudentState::NEW));
    }
    Ok(())
}

/// Changes a student by what the core does to it, or leaves it when the core refuses.
///
/// # Safety
/// The pointer keeps the promises of the header.
unsafe fn change<T: Scalar>(
    student: &Object<tutee_student<T>>,
    change: impl FnOnce(StudentViewMut<'_, T>) -> Result<(), Error>,
) -> Outcome {
    // SAFETY: as promised.
    let (view, identity) = unsafe { student.view_mut()? };
    change(view)?;
    changed(identity);
    Ok(())
}

/// Back to zero.
///
/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn reset<T: Scalar>(student: *mut tutee_student<T>) -> Outcome {
    let all = |mut student: StudentViewMut<'_, T>| {
        student.reset();
        Ok(())
    };
    // SAFETY: as promised.
    unsafe { change(&Object::open(student)?, all) }
}

/// Writes one number about a student to `out`.
///
/// # Safety
/// The pointers keep the promises of the header.
unsafe fn number<T: Scalar>(
    student: *const tutee_student<T>,
    number: impl FnOnce(StudentView<'_, T>) -> u64,
    out: *mut u64,
) -> Outcome {
    // SAFETY: as promised.
    let student = unsafe { Object::open(student)? };
    let out = Output::one(out)?;
    disjoint(&[out.span], &[student.span])?;
    // SAFETY: as promised; `out` is apart from the student.
    unsafe { out.write(number(student.view()?)) };
    Ok(())
}

/// Steps taken.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn steps<T: Scalar>(student: *const tutee_student<T>, steps: *mut u64) -> Outcome {
    // SAFETY: as promised.
    unsafe { number(student, |student| student.steps(), steps) }
}

/// The digest of the parameters.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn digest<T: Scalar>(student: *const tutee_student<T>, digest: *mut u64) -> Outcome {
    // SAFETY: as promised.
    unsafe { number(student, digest::digest, digest) }
}

/// The block of this number.
fn block_named(block: i32) -> Outcome<tutee_block> {
    const BLOCKS: [tutee_block; 3] = [TUTEE_VALUE, TUTEE_LOGITS, TUTEE_ATTENTION];
    BLOCKS.into_iter().find(|&name| name as i32 == block).ok_or(TUTEE_ERROR_ENUM)
}

/// Elements of a block.
fn elements(shape: Shape, block: tutee_block) -> usize {
    match block {
        TUTEE_VALUE => shape.value_len(),
        TUTEE_LOGITS | TUTEE_ATTENTION => shape.mixing_len(),
        // A layer's; `block_named` does not name them.
        TUTEE_KEY_QUERY | TUTEE_KEYS | TUTEE_QUERIES | TUTEE_CODES => 0,
    }
}

/// Elements of the block of this number.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn block_len(shape: *const tutee_shape, block: i32, out: *mut usize) -> Outcome {
    let len = |shape| match elements(shape, block_named(block)?) {
        // As many doubles as one array can have.
        len if len > isize::MAX as usize / 8 => Err(TUTEE_ERROR_TOO_LARGE),
        len => Ok(len),
    };
    // SAFETY: as promised.
    unsafe { write_size(shape, out, len) }
}

/// Writes a block to `out`.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn get<T: Scalar>(
    student: *const tutee_student<T>,
    block: i32,
    (out, n_out): (*mut T, usize),
) -> Outcome {
    // SAFETY: as promised.
    let student = unsafe { Object::open(student)? };
    let (shape, block) = (student.shape, block_named(block)?);
    let out = Output::new(out, n_out, elements(shape, block))?;
    disjoint(&[out.span], &[student.span])?;
    // SAFETY: as promised; nothing has been written yet.
    let view = unsafe { student.view()? };
    match block {
        // SAFETY: as promised; `out` is apart from the student.
        TUTEE_VALUE => copy(view.value(), unsafe { out.slice() }),
        // SAFETY: as above.
        TUTEE_LOGITS => copy(view.logits(), unsafe { out.slice() }),
        TUTEE_ATTENTION => {
            environment::check()?;
            // SAFETY: as above.
            view.attention(unsafe { out.slice() })?;
        }
        TUTEE_KEY_QUERY | TUTEE_KEYS | TUTEE_QUERIES | TUTEE_CODES => return Err(TUTEE_ERROR_ENUM),
    }
    Ok(())
}

/// Replaces a block.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn set<T: Scalar>(
    student: *mut tutee_student<T>,
    block: i32,
    (from, n_from): (*const T, usize),
) -> Outcome {
    // SAFETY: as promised.
    let student = unsafe { Object::open(student)? };
    let (shape, block) = (student.shape, block_named(block)?);
    let from = Input::new(from, n_from, elements(shape, block))?;
    disjoint(&[student.span], &[from.span])?;
    match block {
        // SAFETY: as promised; the student is apart from `from`.
        TUTEE_VALUE => unsafe { change(&student, |mut student| student.set_value(from.slice())) },
        // SAFETY: as above.
        TUTEE_LOGITS => unsafe { change(&student, |mut student| student.set_logits(from.slice())) },
        TUTEE_ATTENTION => Err(TUTEE_ERROR_READ_ONLY),
        TUTEE_KEY_QUERY | TUTEE_KEYS | TUTEE_QUERIES | TUTEE_CODES => Err(TUTEE_ERROR_ENUM),
    }
}

fn square<'a, T: Scalar>(what: &'static str, elements: &'a [T], shape: Shape) -> Outcome<MatrixView<'a, T>> {
    Ok(MatrixView::new(what, elements, shape.tokens(), shape.tokens())?)
}

/// Writes the smallest W_KQ that has the student's logits to `out`.
///
/// Apart from [`get`]: it multiplies matrices, and a program that reads other blocks alone is not to hold the code for it.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn get_key_query<T: Scalar>(
    student: *const tutee_student<T>,
    (position, n_position): (*const T, usize),
    (out, n_out): (*mut T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let student = unsafe { Object::open(student)? };
    let shape = student.shape;
    let len = product(shape.tokens(), shape.tokens())?;
    let position = Input::new(position, n_position, len)?;
    let out = Output::new(out, n_out, len)?;
    disjoint(&[out.span], &[student.span, position.span])?;
    // SAFETY: as promised; `out` is apart from everything else.
    let (view, position, kq) = unsafe { (student.view()?, position.slice(), out.slice()) };
    let logits = MatrixView::new("logits", view.logits(), shape.outputs(), shape.tokens())?;
    let kq = MatrixViewMut::new("W_KQ", kq, shape.tokens(), shape.tokens())?;
    Ok(logits_to_kq(square("position encoding", position, shape)?, logits, kq)?)
}

/// Replaces the logits by those of a W_KQ.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn set_key_query<T: Scalar>(
    student: *mut tutee_student<T>,
    (position, n_position): (*const T, usize),
    (from, n_from): (*const T, usize),
    (scratch, n_scratch): (*mut T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let student = unsafe { Object::open(student)? };
    let shape = student.shape;
    let len = product(shape.tokens(), shape.tokens())?;
    let position = Input::new(position, n_position, len)?;
    let from = Input::new(from, n_from, len)?;
    let scratch = Output::scratch(scratch, n_scratch, predict_scratch_len(shape), shape.mixing_len())?;
    disjoint(&[student.span, scratch.span], &[position.span, from.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (position, kq, logits) = unsafe { (position.slice(), from.slice(), scratch.slice()) };
    let place = MatrixViewMut::new("logits", &mut *logits, shape.outputs(), shape.tokens())?;
    kq_to_logits(square("position encoding", position, shape)?, square("W_KQ", kq, shape)?, place)?;
    // SAFETY: as promised.
    unsafe { change(&student, |mut student| student.set_logits(logits)) }
}

/// The student's predictions for `inputs` inputs.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn predict<T: Scalar>(
    student: *const tutee_student<T>,
    (kind, slope): (i32, T),
    inputs: usize,
    (x, n_x): (*const T, usize),
    (scratch, n_scratch): (*mut T, usize),
    (y, n_y): (*mut T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let student = unsafe { Object::open(student)? };
    let shape = student.shape;
    let activation: Activation<T> = activation(kind, slope)?;
    if inputs == 0 {
        return Err(TUTEE_ERROR_ZERO);
    }
    let x = Input::new(x, n_x, product(inputs, shape.input_len())?)?;
    let scratch = Output::at_least(scratch, n_scratch, predict_scratch_len(shape))?;
    let y = Output::new(y, n_y, product(inputs, shape.output_len())?)?;
    disjoint(&[y.span, scratch.span], &[x.span, student.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (x, scratch, y, student) = unsafe { (x.slice(), scratch.slice(), y.slice(), student.view()?) };
    check_finite("x", x)?;
    let (attention, hidden) = scratch.split_at_mut_checked(shape.mixing_len()).ok_or(TUTEE_ERROR_INTERNAL)?;
    student.attention(attention)?;
    answers(shape, activation, (student.value(), attention), x, hidden, y)
}
