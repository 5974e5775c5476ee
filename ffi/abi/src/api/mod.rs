//! What the exported functions do, once for both precisions.
//!
//! Every function has the same shape: open the objects and check the pointers, compare all of them, read the settings;
//! then make references and call the core; write outputs last. Whatever fails before the core is called has changed
//! nothing, and what the core refuses changes nothing either.

pub(crate) mod batch;
pub(crate) mod check;
pub(crate) mod curve;
pub(crate) mod defaults;
pub(crate) mod label;
pub(crate) mod layer;
pub(crate) mod measure;
pub(crate) mod mixing;
pub(crate) mod online;
pub(crate) mod population;
pub(crate) mod position;
pub(crate) mod raw;
pub(crate) mod ruled;
pub(crate) mod run;
pub(crate) mod self_test;
pub(crate) mod sink;
pub(crate) mod slots;
pub(crate) mod snapshot;
pub(crate) mod student;
pub(crate) mod teacher;
pub(crate) mod whitener;

use tutee::Shape;
use tutee::gradient::label::label_population_len;
use tutee::gradient::online::{online_scratch_len, online_scratch_wide_len};
use tutee::gradient::population::population_scratch_len;
use tutee::gradient::ruled::ruled_scratch_len;
use tutee::step::RuleKind;

use crate::memory::{Output, settings};
use crate::object::{Kind, shape_of};
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::tutee_shape;

/// A checked product of counts.
#[inline]
fn product(a: usize, b: usize) -> Outcome<usize> {
    a.checked_mul(b).ok_or(TUTEE_ERROR_TOO_LARGE)
}

/// Elements of the working memory that prediction takes: the attention and one filter's answers.
pub(crate) fn predict_scratch_len(shape: Shape) -> usize {
    shape.mixing_len() + shape.tokens()
}

/// Elements of the working memory of an exact step by another rule than gradient descent.
pub(crate) fn ruled_population_len(shape: Shape) -> usize {
    population_scratch_len(shape).saturating_add(ruled_scratch_len(shape))
}

/// Writes what `size` says of a shape.
///
/// # Safety
/// The pointers keep the promises of the header.
unsafe fn write_size(
    shape: *const tutee_shape,
    out: *mut usize,
    size: impl FnOnce(Shape) -> Outcome<usize>,
) -> Outcome {
    // SAFETY: as promised.
    let shape = shape_of(unsafe { settings(shape)? })?;
    let out = Output::one(out)?;
    let size = size(shape)?;
    // SAFETY: as promised; the settings were copied.
    unsafe { out.write(size) };
    Ok(())
}

/// Words of an object of kind `K`.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn words<K: Kind>(shape: *const tutee_shape, words: *mut usize) -> Outcome {
    // SAFETY: as promised.
    unsafe { write_size(shape, words, K::words) }
}

/// Words of a wide object of kind `K`.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn wide_words<K: Kind>(shape: *const tutee_shape, words: *mut usize) -> Outcome {
    // SAFETY: as promised.
    unsafe { write_size(shape, words, K::wide_words) }
}

/// Which working memory a size is asked for.
pub(crate) enum Scratch {
    Population,
    Online,
    OnlineWide,
    Predict,
    /// Of the exact gradient of a group's label.
    Label,
    /// Of an exact step by a rule, and what Adam keeps, which is handed over likewise.
    Ruled,
    Adam,
}

/// Elements of working memory.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn scratch(scratch: Scratch, shape: *const tutee_shape, elements: *mut usize) -> Outcome {
    let size = |shape| {
        let elements = match scratch {
            Scratch::Population => population_scratch_len(shape),
            Scratch::Online => online_scratch_len(shape),
            Scratch::OnlineWide => online_scratch_wide_len(shape),
            Scratch::Predict => predict_scratch_len(shape),
            Scratch::Label => label_population_len(shape),
            Scratch::Ruled => ruled_population_len(shape),
            Scratch::Adam => RuleKind::Adam.state_len(shape),
        };
        // As many doubles as one array can have.
        if elements > isize::MAX as usize / 8 { Err(TUTEE_ERROR_TOO_LARGE) } else { Ok(elements) }
    };
    // SAFETY: as promised.
    unsafe { write_size(shape, elements, size) }
}
