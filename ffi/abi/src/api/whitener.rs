//! Features that say nearly the same, made uncorrelated before a student of raw readings sees them.

use tutee::matrix::{Rows, RowsMut, check_finite};
use tutee::readings::Centre;
use tutee::snapshot::{load_whitener, save_whitener, save_whitener_pieces, whitener_snapshot_len};
use tutee::{Scalar, Shape};

use super::sink::Sink;
use super::{product, write_size};
use crate::environment;
use crate::memory::{Input, Output, disjoint, settings};
use crate::object::{Object, shape_of};
use crate::raw_types::{tutee_whitened, tutee_whitener};
use crate::settings::activation;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_shape, tutee_sink};

/// Makes a whitener that has seen nothing.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn init<T: Scalar>(
    (memory, words): (*mut u64, usize),
    shape: *const tutee_shape,
    whitener: *mut *mut tutee_whitener<T>,
) -> Outcome {
    // SAFETY: as promised.
    let shape = shape_of(unsafe { settings(shape)? })?;
    let place = Object::<tutee_whitener<T>>::place(memory, words, shape)?;
    let out = Output::one(whitener)?;
    disjoint(&[place.span, out.span], &[])?;
    // SAFETY: as promised; the slice is used no more when the header is written.
    unsafe {
        place.scalars_mut().fill(T::ZERO);
        out.write(place.establish([0; 3]));
    }
    Ok(())
}

/// So many inputs, of which there is one at least.
fn inputs<T>(shape: Shape, inputs: usize, (x, n_x): (*const T, usize)) -> Outcome<Input<T>> {
    if inputs == 0 {
        return Err(TUTEE_ERROR_ZERO);
    }
    Input::new(x, n_x, product(inputs, shape.input_len())?)
}

/// Looks at inputs, at all of them or at none.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn observe<T: Scalar>(
    whitener: *mut tutee_whitener<T>,
    act: i32,
    count: usize,
    x: (*const T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let object = unsafe { Object::open(whitener)? };
    let centre = Centre::of(activation(act, T::ZERO)?);
    let x = inputs(object.shape, count, x)?;
    disjoint(&[object.span], &[x.span])?;
    // SAFETY: as promised; the object is apart from what is read.
    let (mut view, x) = unsafe { (object.view_mut()?, x.slice()) };
    let each = || Rows::new(x, object.shape.input_len());
    each().try_for_each(|x| view.check_reading(object.shape, x))?;
    // None is refused any more.
    each().try_for_each(|x| view.observe(object.shape, centre, x))?;
    Ok(())
}

/// Makes the matrix.
///
/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn settle<T: Scalar>(whitener: *mut tutee_whitener<T>) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let object = unsafe { Object::open(whitener)? };
    // SAFETY: as promised.
    Ok(unsafe { object.view_mut()? }.settle(object.shape)?)
}

/// How far it has come.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn condition<T: Scalar>(
    whitener: *mut tutee_whitener<T>,
    whitened: *mut tutee_whitened<T>,
) -> Outcome {
    // SAFETY: as promised.
    let object = unsafe { Object::open(whitener)? };
    let out = Output::one(whitened)?;
    disjoint(&[out.span], &[object.span])?;
    // SAFETY: as promised.
    let view = unsafe { object.view_mut()? };
    let (inputs, left_out, condition) = (view.inputs(), view.left_out(), view.condition());
    // SAFETY: as promised; apart from the object.
    unsafe { out.write(tutee_whitened { inputs, left_out, condition }) };
    Ok(())
}

/// What is taken from readings, and by what they are multiplied then.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn matrix<T: Scalar>(
    whitener: *mut tutee_whitener<T>,
    (mean, n_mean): (*mut T, usize),
    (matrix, n_matrix): (*mut T, usize),
) -> Outcome {
    // SAFETY: as promised.
    let object = unsafe { Object::open(whitener)? };
    let features = object.shape.features();
    let mean = Output::new(mean, n_mean, object.shape.input_len())?;
    let matrix = Output::new(matrix, n_matrix, product(features, features)?)?;
    disjoint(&[mean.span, matrix.span], &[object.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (view, mean, matrix) = unsafe { (object.view_mut()?, mean.slice(), matrix.slice()) };
    for (to, from) in [(mean, view.means()), (matrix, view.matrix())] {
        to.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
    }
    Ok(())
}

/// Writes inputs as standardizer and student are to see them.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn whiten<T: Scalar>(
    whitener: *mut tutee_whitener<T>,
    count: usize,
    x: (*const T, usize),
    (whitened, n_whitened): (*mut T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let object = unsafe { Object::open(whitener)? };
    let shape = object.shape;
    let x = inputs(shape, count, x)?;
    let whitened = Output::new(whitened, n_whitened, product(count, shape.input_len())?)?;
    disjoint(&[whitened.span, object.span], &[x.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (view, x, whitened) = unsafe { (object.view_mut()?, x.slice(), whitened.slice()) };
    check_finite("x", x)?;
    let mut each = Rows::new(x, shape.input_len()).zip(RowsMut::new(whitened, shape.input_len()));
    Ok(each.try_for_each(|(x, to)| view.whiten(shape, x, to))?)
}

/// Makes a model of whitened readings one of readings as they come.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn restore<T: Scalar>(
    whitener: *mut tutee_whitener<T>,
    (value, n_value): (*mut T, usize),
    (bias, n_bias): (*mut T, usize),
    (mixing, n_mixing): (*const T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let object = unsafe { Object::open(whitener)? };
    let shape = object.shape;
    let value = Output::new(value, n_value, shape.value_len())?;
    let bias = Output::new(bias, n_bias, shape.output_len())?;
    let mixing = Input::new(mixing, n_mixing, shape.mixing_len())?;
    disjoint(&[value.span, bias.span, object.span], &[mixing.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (mut view, value, bias, mixing) = unsafe { (object.view_mut()?, value.slice(), bias.slice(), mixing.slice()) };
    for (what, numbers) in [("value", &*value), ("bias", bias), ("mixing", mixing)] {
        check_finite(what, numbers)?;
    }
    Ok(view.restore(shape, value, bias, mixing)?)
}

/// Bytes of a snapshot.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn snapshot_bytes<T: Scalar>(shape: *const tutee_shape, bytes: *mut usize) -> Outcome {
    let len = |shape| match whitener_snapshot_len::<T>(shape) {
        len if len > isize::MAX as usize => Err(TUTEE_ERROR_TOO_LARGE),
        len => Ok(len),
    };
    // SAFETY: as promised.
    unsafe { write_size(shape, bytes, len) }
}

/// Saves it.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn save<T: Scalar>(whitener: *mut tutee_whitener<T>, (bytes, n_bytes): (*mut u8, usize)) -> Outcome {
    // SAFETY: as promised.
    let object = unsafe { Object::open(whitener)? };
    let bytes = Output::new(bytes, n_bytes, whitener_snapshot_len::<T>(object.shape))?;
    disjoint(&[bytes.span], &[object.span])?;
    // SAFETY: as promised; the bytes are apart from the object.
    let (view, bytes) = unsafe { (object.view_mut()?, bytes.slice()) };
    Ok(save_whitener(object.shape, &view, bytes)?)
}

/// Hands it to a callback.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn save_to<T: Scalar>(whitener: *mut tutee_whitener<T>, sink: *const tutee_sink) -> Outcome {
    // SAFETY: as promised.
    let (object, sink) = unsafe { (Object::open(whitener)?, Sink::new(sink)?) };
    // SAFETY: as promised.
    let view = unsafe { object.view_mut()? };
    let save = |hand: &mut dyn FnMut(&[u8]) -> Outcome| save_whitener_pieces(object.shape, &view, hand);
    // SAFETY: as promised; the callback writes nothing that is read here.
    unsafe { sink.take(whitener_snapshot_len::<T>(object.shape), save) }
}

/// Replaces it by a snapshot.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn load<T: Scalar>(
    whitener: *mut tutee_whitener<T>,
    (bytes, n_bytes): (*const u8, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let object = unsafe { Object::open(whitener)? };
    let bytes = Input::any(bytes, n_bytes)?;
    disjoint(&[object.span], &[bytes.span])?;
    // SAFETY: as promised; the object is apart from the bytes.
    let (mut view, bytes) = unsafe { (object.view_mut()?, bytes.slice()) };
    Ok(load_whitener(bytes, object.shape, &mut view)?)
}
