//! The parameters of a layer: where they start, in and out by block, what they have recovered.

use tutee::input::SampleStream;
use tutee::layer::{LayerView, Parameter, Start};
use tutee::matrix::{MatrixViewMut, check_finite};
use tutee::position::codes;
use tutee::{Scalar, digest, recovery};

use super::write_size;
use crate::api::teacher::copy;
use crate::environment;
use crate::layer_object::LayerObject;
use crate::layer_types::{
    tutee_code, tutee_codes_recovered, tutee_key_query_recovered, tutee_layer, tutee_layer_shape, tutee_recovered,
    tutee_start,
};
use crate::memory::{Input, Output, disjoint};
use crate::object::Object;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::tutee_block::*;
use crate::types::tutee_teacher;

/// Sets out anew.
///
/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn start<T: Scalar>(layer: *mut tutee_layer<T>, (start, deviation, seed): (i32, T, u64)) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let start = match start {
        i if i == tutee_start::TUTEE_START_ZERO as i32 => Start::Zero,
        i if i == tutee_start::TUTEE_START_GAUSSIAN as i32 => {
            if !deviation.is_finite() {
                return Err(TUTEE_ERROR_NOT_FINITE);
            }
            Start::Gaussian { deviation, seed }
        }
        i if i == tutee_start::TUTEE_START_IDENTITY as i32 => Start::Identity,
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    // SAFETY: as promised.
    let mut opened = unsafe { layer.opened()? };
    opened.layer.start(start, opened.settings.trained)?;
    *opened.begun = 0;
    Ok(())
}

/// Fills in the codes.
///
/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn encode<T: Scalar>(
    layer: *const tutee_layer_shape,
    (code, seed): (i32, u64),
    (out, n_out): (*mut T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let shape = crate::layer_settings::layer_shape_of(unsafe { crate::memory::settings(layer)? })?;
    if shape.code_width() == 0 {
        return Err(TUTEE_ERROR_OUT_OF_RANGE);
    }
    const CODES: [tutee_code; 5] = [
        tutee_code::TUTEE_CODE_IDENTITY,
        tutee_code::TUTEE_CODE_ORTHONORMAL,
        tutee_code::TUTEE_CODE_SINUSOIDAL,
        tutee_code::TUTEE_CODE_SINE,
        tutee_code::TUTEE_CODE_SIGNS,
    ];
    let name = CODES.into_iter().find(|&name| name as i32 == code).ok_or(TUTEE_ERROR_ENUM)?;
    let (tokens, width) = (shape.shape().tokens(), shape.code_width());
    let out = Output::new(out, n_out, tokens * width)?;
    // SAFETY: as promised; nothing else is borrowed.
    let matrix = MatrixViewMut::new("position codes", unsafe { out.slice() }, tokens, width)?;
    match name {
        tutee_code::TUTEE_CODE_IDENTITY => codes::identity(matrix)?,
        tutee_code::TUTEE_CODE_ORTHONORMAL => codes::orthonormal(matrix, seed)?,
        tutee_code::TUTEE_CODE_SINUSOIDAL => codes::sinusoidal(matrix),
        tutee_code::TUTEE_CODE_SINE => codes::sine(matrix),
        tutee_code::TUTEE_CODE_SIGNS => codes::signs(matrix, &mut SampleStream::new(seed).sample()),
    }
    Ok(())
}

/// Which numbers a block is.
enum Part {
    Parameter(Parameter),
    Attention,
}

fn part(block: i32) -> Outcome<Part> {
    Ok(Part::Parameter(match block {
        i if i == TUTEE_VALUE as i32 => Parameter::Value,
        i if i == TUTEE_KEY_QUERY as i32 => Parameter::KeyQuery,
        i if i == TUTEE_KEYS as i32 => Parameter::Key,
        i if i == TUTEE_QUERIES as i32 => Parameter::Query,
        i if i == TUTEE_CODES as i32 => Parameter::Codes,
        i if i == TUTEE_ATTENTION as i32 => return Ok(Part::Attention),
        _ => return Err(TUTEE_ERROR_ENUM),
    }))
}

/// A parameter that the layer has.
fn parameter(shape: tutee::layer::LayerShape, block: i32) -> Outcome<Parameter> {
    match part(block)? {
        Part::Attention => Err(TUTEE_ERROR_READ_ONLY),
        Part::Parameter(parameter) if shape.dimensions(parameter).is_none() => Err(TUTEE_ERROR_ENUM),
        Part::Parameter(parameter) => Ok(parameter),
    }
}

/// Elements of the block of this number.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn block_len(shape: *const tutee_layer_shape, block: i32, out: *mut usize) -> Outcome {
    let len = |shape: tutee::layer::LayerShape| match part(block)? {
        Part::Attention => Ok(shape.shape().mixing_len()),
        Part::Parameter(_) => Ok(shape.parameter_len(parameter(shape, block)?)),
    };
    // SAFETY: as promised.
    unsafe { write_size(shape, out, len) }
}

/// Writes a block to `out`.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn get<T: Scalar>(
    layer: *const tutee_layer<T>,
    block: i32,
    (out, n_out): (*mut T, usize),
) -> Outcome {
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    // SAFETY: as promised; nothing has been written yet.
    let elements = unsafe {
        match part(block)? {
            Part::Attention => layer.working().0,
            Part::Parameter(_) => layer.view()?.get(parameter(layer.shape, block)?),
        }
    };
    let out = Output::new(out, n_out, elements.len())?;
    disjoint(&[out.span], &[layer.span])?;
    // SAFETY: as promised; `out` is apart from the layer.
    copy(elements, unsafe { out.slice() });
    Ok(())
}

/// Replaces a block.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn set<T: Scalar>(
    layer: *mut tutee_layer<T>,
    block: i32,
    (from, n_from): (*const T, usize),
) -> Outcome {
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let parameter = parameter(layer.shape, block)?;
    let from = Input::new(from, n_from, layer.shape.parameter_len(parameter))?;
    disjoint(&[layer.span], &[from.span])?;
    // SAFETY: as promised; the layer is apart from `from`.
    let (mut opened, from) = unsafe { (layer.opened()?, from.slice()) };
    opened.layer.set(parameter, from)?;
    *opened.begun = 0;
    Ok(())
}

/// Writes one number about a layer to `out`.
///
/// # Safety
/// The pointers keep the promises of the header.
unsafe fn number<T: Scalar>(
    layer: *const tutee_layer<T>,
    number: impl FnOnce(LayerView<'_, T>) -> u64,
    out: *mut u64,
) -> Outcome {
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let out = Output::one(out)?;
    disjoint(&[out.span], &[layer.span])?;
    // SAFETY: as promised; `out` is apart from the layer.
    unsafe { out.write(number(layer.view()?)) };
    Ok(())
}

/// Steps taken.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn steps<T: Scalar>(layer: *const tutee_layer<T>, steps: *mut u64) -> Outcome {
    // SAFETY: as promised.
    unsafe { number(layer, |layer| layer.steps(), steps) }
}

/// The digest of the parameters.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn digest<T: Scalar>(layer: *const tutee_layer<T>, out: *mut u64) -> Outcome {
    // SAFETY: as promised.
    unsafe { number(layer, digest::layer_digest, out) }
}

/// Squared norms of the four quarters of a block.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn squares<T: Scalar>(
    layer: *const tutee_layer<T>,
    block: i32,
    (out, n_out): (*mut T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let parameter = parameter(layer.shape, block)?;
    let out = Output::new(out, n_out, 4)?;
    disjoint(&[out.span], &[layer.span])?;
    // SAFETY: as promised; `out` is apart from the layer.
    let (squares, out) = unsafe { (layer.view()?.block_squares(parameter), out.slice()) };
    copy(squares.as_flattened(), out);
    Ok(())
}

/// What the layer has of a teacher.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn recovery<T: Scalar>(
    layer: *const tutee_layer<T>,
    teacher: *const tutee_teacher<T>,
    out: *mut tutee_recovered<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (layer, teacher) = unsafe { (LayerObject::open(layer)?, Object::open(teacher)?) };
    if layer.shape.shape() != teacher.shape {
        return Err(TUTEE_ERROR_SHAPE);
    }
    let out = Output::one(out)?;
    disjoint(&[out.span], &[layer.span, teacher.span])?;
    // SAFETY: as promised; nothing has been written yet.
    let found = unsafe { recovery::layer::layer_recovery(layer.view()?, teacher.view()?, layer.working().0)? };
    let [[content_content, content_position], [position_content, position_position]] = found.shares.key_query;
    let recovery = tutee_recovered {
        value_cosine: known(found.value.cosine),
        value_error: known(found.value.error),
        attention_cosine: known(found.attention.cosine),
        attention_error: known(found.attention.error),
        value_share: known(found.shares.value_content()),
        position_share: known(position_position),
        content_content_share: known(content_content),
        content_position_share: known(content_position),
        position_content_share: known(position_content),
    };
    // SAFETY: as promised; apart from everything else.
    unsafe { out.write(recovery) };
    Ok(())
}

/// A number that may not exist.
fn known<T: Scalar>(number: Option<T>) -> T {
    number.unwrap_or(T::from_f64(f64::NAN))
}

/// Compares codes.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn codes_recovery<T: Scalar>(
    layer: *const tutee_layer<T>,
    (others, n_others): (*const T, usize),
    out: *mut tutee_codes_recovered<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let codes = layer.shape.parameter_len(Parameter::Codes);
    if codes == 0 {
        return Err(TUTEE_ERROR_OUT_OF_RANGE);
    }
    let others = Input::new(others, n_others, codes)?;
    let out = Output::one(out)?;
    disjoint(&[out.span], &[layer.span, others.span])?;
    // SAFETY: as promised; nothing has been written yet.
    let (layer, others) = unsafe { (layer.view()?, others.slice()) };
    check_finite("codes to compare with", others)?;
    let found = recovery::layer::codes_recovery(layer, others)?;
    let recovered = tutee_codes_recovered {
        codes_cosine: known(found.codes.cosine),
        codes_error: known(found.codes.error),
        products_cosine: known(found.products.cosine),
        products_error: known(found.products.error),
    };
    // SAFETY: as promised; apart from everything else.
    unsafe { out.write(recovered) };
    Ok(())
}

/// Compares W_KQ.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn key_query_recovery<T: Scalar>(
    layer: *const tutee_layer<T>,
    (teacher, n_teacher): (*const T, usize),
    out: *mut tutee_key_query_recovered<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let wanted = layer.shape.token_width().saturating_mul(layer.shape.query_width());
    let teacher = Input::new(teacher, n_teacher, wanted)?;
    let out = Output::one(out)?;
    disjoint(&[out.span], &[layer.span, teacher.span])?;
    // SAFETY: as promised; nothing has been written yet.
    let (layer, teacher) = unsafe { (layer.view()?, teacher.slice()) };
    check_finite("W_KQ to compare with", teacher)?;
    let found = recovery::key_query::key_query_recovery(layer, teacher)?;
    let recovered = tutee_key_query_recovered { cosine: known(found.cosine), error: known(found.error) };
    // SAFETY: as promised; apart from everything else.
    unsafe { out.write(recovered) };
    Ok(())
}
