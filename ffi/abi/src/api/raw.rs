//! Training on readings as they are recorded.

use tutee::activation::Activation;
use tutee::gradient::raw_samples::{Cost, RawDescent};
use tutee::matrix::{Rows, RowsMut, check_finite};
use tutee::readings::{Centre, Explanation, Link, Strayed};
use tutee::snapshot::{RawHeader, inspect_raw, load_raw, raw_snapshot_len};
use tutee::{Error, Scalar, Shape};

use crate::api::product;
use crate::api::sink::Sink;
use crate::environment;
use crate::memory::{Input, Output, Span, disjoint, settings};
use crate::raw_object::{RawObject, Sizes, raw_words};
use crate::raw_types::{
    tutee_link, tutee_preparation, tutee_raw, tutee_raw_descent, tutee_raw_diagnosis, tutee_raw_fit, tutee_raw_info,
    tutee_raw_spread, tutee_raw_stepped,
};
use crate::settings::activation;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_activation, tutee_shape, tutee_sink};

// A list of links is written where the caller has it.
const _: () = assert!(size_of::<tutee_link<f64>>() == size_of::<Link<f64>>());
const _: () = assert!(size_of::<tutee_link<f32>>() == size_of::<Link<f32>>());

/// Recorded pairs, as pointers.
pub(crate) struct Recorded<T> {
    pub(crate) pairs: usize,
    pub(crate) x: (*const T, usize),
    pub(crate) y: (*const T, usize),
}

/// Recorded pairs, of the right lengths.
struct Pairs<T> {
    readings: Shape,
    x: Input<T>,
    y: Input<T>,
}

impl<T: Scalar> Recorded<T> {
    fn open(&self, readings: Shape) -> Outcome<Pairs<T>> {
        if self.pairs == 0 {
            return Err(TUTEE_ERROR_ZERO);
        }
        let array = |(ptr, len), of_one| Input::new(ptr, len, product(self.pairs, of_one)?);
        Ok(Pairs { readings, x: array(self.x, readings.input_len())?, y: array(self.y, readings.output_len())? })
    }
}

impl<T: Scalar> Pairs<T> {
    fn spans(&self) -> [Span; 2] {
        [self.x.span, self.y.span]
    }

    /// The pairs one after the other.
    ///
    /// # Safety
    /// The arrays keep the promises of the header, and nobody writes to them while the pairs live.
    unsafe fn each<'a>(&self) -> impl Iterator<Item = (&'a [T], &'a [T])> + Clone + use<'a, T> {
        // SAFETY: as promised.
        let (x, y) = unsafe { (self.x.slice(), self.y.slice()) };
        Rows::new(x, self.readings.input_len()).zip(Rows::new(y, self.readings.output_len()))
    }
}

/// How well answers are met, unless a number overflowed.
fn fit<T: Scalar>(cost: Cost<T>) -> Outcome<tutee_raw_fit<T>> {
    if !(cost.loss.is_finite() && cost.nothing.is_finite()) {
        return Err(TUTEE_ERROR_NOT_FINITE);
    }
    Ok(tutee_raw_fit { loss: cost.loss, nothing: cost.nothing, explained: cost.explained() })
}

/// The settings that a C program gave.
fn descent_of<T: Scalar>(descent: tutee_raw_descent<T>) -> Outcome<RawDescent<T>> {
    let tutee_raw_descent { value_share, attention_share, row_limit, loss_limit, compensated } = descent;
    if ![value_share, attention_share, row_limit, loss_limit].iter().all(|number| number.is_finite()) {
        return Err(TUTEE_ERROR_NOT_FINITE);
    }
    let compensated = match compensated {
        0 => false,
        1 => true,
        _ => return Err(TUTEE_ERROR_ENUM),
    };
    let descent = RawDescent { value_share, attention_share, row_limit, loss_limit, compensated };
    descent.check()?;
    Ok(descent)
}

/// Words of an object.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn words<T: Scalar>(shape: *const tutee_shape, preparation: i32, words: *mut usize) -> Outcome {
    // SAFETY: as promised.
    let sizes = Sizes::of(unsafe { settings(shape)? }, preparation)?;
    let out = Output::one(words)?;
    let words = raw_words::<T>(sizes)?;
    // SAFETY: as promised; the shape was copied.
    unsafe { out.write(words) };
    Ok(())
}

/// Makes an object that has seen nothing.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn init<T: Scalar>(
    (memory, words): (*mut u64, usize),
    shape: *const tutee_shape,
    preparation: i32,
    (act, slope): (i32, T),
    raw: *mut *mut tutee_raw<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let shape = unsafe { settings(shape)? };
    let (sizes, activation) = (Sizes::of(shape, preparation)?, activation(act, slope)?);
    let place = RawObject::<T>::place(memory, words, sizes)?;
    let out = Output::one(raw)?;
    disjoint(&[place.span, out.span], &[])?;
    // SAFETY: as promised.
    unsafe { out.write(place.establish(shape, preparation, activation)?) };
    Ok(())
}

/// Adds the batch of another object.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn merge<T: Scalar>(raw: *mut tutee_raw<T>, other: *mut tutee_raw<T>) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (raw, other) = unsafe { (RawObject::open(raw)?, RawObject::open(other)?) };
    let of = |sizes: Sizes| (sizes.readings, sizes.preparation);
    if of(raw.sizes) != of(other.sizes) {
        return Err(TUTEE_ERROR_SHAPE);
    }
    disjoint(&[raw.span, other.span], &[])?;
    // SAFETY: as promised; the two are apart.
    let (mut training, other) = unsafe { (raw.opened()?.training()?, other.opened()?.training()?) };
    Ok(training.merge(&other)?)
}

/// The usual settings.
///
/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn descent_default<T: Scalar>(out: *mut tutee_raw_descent<T>) -> Outcome {
    let out = Output::one(out)?;
    let RawDescent { value_share, attention_share, row_limit, loss_limit, compensated } = RawDescent::default();
    let compensated = i32::from(compensated);
    // SAFETY: as promised.
    unsafe { out.write(tutee_raw_descent { value_share, attention_share, row_limit, loss_limit, compensated }) };
    Ok(())
}

/// Looks at pairs, at all of them or at none; the batch ends.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn observe<T: Scalar>(raw: *mut tutee_raw<T>, recorded: Recorded<T>) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    let readings = raw.sizes.readings;
    let pairs = recorded.open(readings)?;
    disjoint(&[raw.span], &pairs.spans())?;
    // SAFETY: as promised; the object is apart from what is read.
    let (opened, pairs) = unsafe { (raw.opened()?, pairs.each()) };
    let mut standardizer = opened.standardizer;
    let centre = Centre::of(opened.activation);
    pairs.clone().try_for_each(|(x, y)| standardizer.check_pair(readings, x, y))?;
    // None is refused any more.
    *opened.begun = 0;
    pairs.clone().try_for_each(|(x, y)| standardizer.observe(readings, centre, x, y))?;
    Ok(())
}

/// Lets what is known of the readings weigh less; the batch ends.
///
/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn forget<T: Scalar>(raw: *mut tutee_raw<T>, pairs: u64) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    // SAFETY: as promised.
    let mut opened = unsafe { raw.opened()? };
    *opened.begun = 0;
    opened.standardizer.forget(pairs);
    Ok(())
}

/// Begins the training, or drops the batch.
///
/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn begin<T: Scalar>(raw: *mut tutee_raw<T>) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    // SAFETY: as promised; views live no longer than a line.
    unsafe {
        if raw.has_begun() {
            raw.opened()?.training()?.begin();
        } else {
            raw.opened()?.begin()?;
            // Those of readings that were scaled in another way.
            raw.forget_powers();
        }
    }
    Ok(())
}

/// Adds pairs to the batch, all of them or none.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn accumulate<T: Scalar>(raw: *mut tutee_raw<T>, recorded: Recorded<T>) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    let pairs = recorded.open(raw.sizes.readings)?;
    disjoint(&[raw.span], &pairs.spans())?;
    // SAFETY: as promised; the object is apart from what is read.
    let (mut training, pairs) = unsafe { (raw.opened()?.training()?, pairs.each()) };
    pairs.clone().try_for_each(|(x, y)| training.check_pair(x, y))?;
    pairs.clone().try_for_each(|(x, y)| training.accumulate(x, y))?;
    Ok(())
}

/// One step along the mean gradient of the batch, and a new batch.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn step<T: Scalar>(
    raw: *mut tutee_raw<T>,
    descent: *const tutee_raw_descent<T>,
    stepped: *mut tutee_raw_stepped<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (raw, descent) = unsafe { (RawObject::open(raw)?, descent_of(settings(descent)?)?) };
    let out = Output::one(stepped)?;
    disjoint(&[raw.span, out.span], &[])?;
    // SAFETY: as promised; the settings were copied.
    let stepped = unsafe { raw.opened()? }.training()?.step(&descent)?;
    let cost = Cost { loss: stepped.loss, nothing: stepped.nothing };
    let stepped = tutee_raw_stepped {
        // The core takes no step from a loss that is not finite.
        fit: tutee_raw_fit { loss: cost.loss, nothing: cost.nothing, explained: cost.explained() },
        value_rate: stepped.descent.value_rate,
        attention_rate: stepped.descent.attention_rate,
    };
    // SAFETY: as promised; `out` is apart from the object.
    unsafe { out.write(stepped) };
    Ok(())
}

/// What the batch says of the student.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn diagnose<T: Scalar>(raw: *mut tutee_raw<T>, diagnosis: *mut tutee_raw_diagnosis<T>) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    let out = Output::one(diagnosis)?;
    disjoint(&[out.span], &[raw.span])?;
    // SAFETY: as promised; the number is copied before views are made.
    let (steps, training) = unsafe { (raw.steps(), raw.opened()?.training()?) };
    let found = training.diagnose()?;
    let diagnosis = tutee_raw_diagnosis {
        pairs: training.count(),
        steps,
        fit: fit(Cost { loss: found.loss, nothing: found.nothing })?,
        beside_uniform: found.attention_beside_uniform,
        // No size exceeds 2^24.
        dead_filter: found.dead_filter.map_or(-1, |filter| i32::try_from(filter).unwrap_or(i32::MAX)),
    };
    // SAFETY: as promised; `out` is apart from the object.
    unsafe { out.write(diagnosis) };
    Ok(())
}

/// How well pairs are answered that are not in the batch.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn held_out<T: Scalar>(
    raw: *mut tutee_raw<T>,
    recorded: Recorded<T>,
    out: *mut tutee_raw_fit<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    let (count, pairs) = (recorded.pairs, recorded.open(raw.sizes.readings)?);
    let out = Output::one(out)?;
    disjoint(&[out.span, raw.span], &pairs.spans())?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (mut training, pairs) = unsafe { (raw.opened()?.training()?, pairs.each()) };
    pairs.clone().try_for_each(|(x, y)| training.check_pair(x, y))?;
    let mut sum = Cost::<T>::default();
    pairs.clone().try_for_each(|(x, y)| {
        let cost = training.cost(x, y)?;
        (sum.loss, sum.nothing) = (sum.loss + cost.loss, sum.nothing + cost.nothing);
        Ok::<_, Error>(())
    })?;
    let count = T::from_usize(count);
    let fit = fit(Cost { loss: sum.loss / count, nothing: sum.nothing / count })?;
    // SAFETY: as promised.
    unsafe { out.write(fit) };
    Ok(())
}

/// Which sensors lie farthest from those pairs that were looked at, and how far.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn strayed<T: Scalar>(
    raw: *mut tutee_raw<T>,
    recorded: Recorded<T>,
    out: *mut tutee_raw_spread<T>,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    let readings = raw.sizes.readings;
    let Pairs { x, y, .. } = recorded.open(readings)?;
    let out = Output::one(out)?;
    disjoint(&[out.span, raw.span], &[x.span, y.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (standardizer, x, y) = unsafe { (raw.lasting()?.standardizer, x.slice(), y.slice()) };
    let Strayed { input, token, feature, answer, output, filter } = standardizer.strayed(readings, x, y)?;
    if !(input.is_finite() && answer.is_finite()) {
        return Err(TUTEE_ERROR_NOT_FINITE);
    }
    // No size exceeds tutee::shape::MAX_DIMENSION.
    let [token, feature, output, filter] = [token, feature, output, filter].map(|place| place as u32);
    // SAFETY: as promised.
    unsafe { out.write(tutee_raw_spread { input, answer, token, feature, output, filter }) };
    Ok(())
}

/// Answers to many inputs, in the units of the readings.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn predict<T: Scalar>(
    raw: *mut tutee_raw<T>,
    inputs: usize,
    (x, n_x): (*const T, usize),
    (y, n_y): (*mut T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    let readings = raw.sizes.readings;
    if inputs == 0 {
        return Err(TUTEE_ERROR_ZERO);
    }
    let x = Input::new(x, n_x, product(inputs, readings.input_len())?)?;
    let y = Output::new(y, n_y, product(inputs, readings.output_len())?)?;
    disjoint(&[y.span, raw.span], &[x.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (mut training, x, y) = unsafe { (raw.opened()?.training()?, x.slice(), y.slice()) };
    check_finite("x", x)?;
    for (x, y) in Rows::new(x, readings.input_len()).zip(RowsMut::new(y, readings.output_len())) {
        training.predict(x, y)?;
    }
    Ok(())
}

/// W, bias and S in the units of the readings.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn explain<T: Scalar>(
    raw: *mut tutee_raw<T>,
    (value, n_value): (*mut T, usize),
    (bias, n_bias): (*mut T, usize),
    (mixing, n_mixing): (*mut T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    let readings = raw.sizes.readings;
    let value = Output::new(value, n_value, readings.value_len())?;
    let bias = Output::new(bias, n_bias, readings.output_len())?;
    let mixing = Output::new(mixing, n_mixing, readings.mixing_len())?;
    disjoint(&[value.span, bias.span, mixing.span], &[raw.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let (training, to) = unsafe {
        let training = raw.opened()?.training()?;
        (training, Explanation { value: value.slice(), bias: bias.slice(), mixing: mixing.slice() })
    };
    Ok(training.explain(to)?)
}

/// The largest entries of S.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn links<T: Scalar>(
    raw: *mut tutee_raw<T>,
    (links, n_links): (*mut tutee_link<T>, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    let links = Output::new(links.cast::<Link<T>>(), n_links, n_links)?;
    if n_links == 0 || n_links > raw.sizes.readings.mixing_len() {
        return Err(TUTEE_ERROR_LENGTH);
    }
    disjoint(&[links.span], &[raw.span])?;
    // SAFETY: as promised; both structs are of the same numbers in the same order, and apart from the object.
    let (training, links) = unsafe { (raw.opened()?.training()?, links.slice()) };
    Ok(training.links(links)?)
}

/// What is known of the readings.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn moments<T: Scalar>(
    raw: *mut tutee_raw<T>,
    (mean, n_mean): (*mut T, usize),
    (scale, n_scale): (*mut T, usize),
    (answer_mean, n_answer_mean): (*mut T, usize),
    answer_scale: *mut T,
) -> Outcome {
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    let readings = raw.sizes.readings;
    let mean = Output::new(mean, n_mean, readings.input_len())?;
    let scale = Output::new(scale, n_scale, readings.features())?;
    let answer_mean = Output::new(answer_mean, n_answer_mean, readings.output_len())?;
    let answer_scale = Output::one(answer_scale)?;
    disjoint(&[mean.span, scale.span, answer_mean.span, answer_scale.span], &[raw.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let standardizer = unsafe { raw.opened()? }.standardizer;
    // SAFETY: as above.
    let to = unsafe { [mean.slice(), scale.slice(), answer_mean.slice()] };
    for (to, from) in to.into_iter().zip([standardizer.means(), standardizer.scales(), standardizer.answer_means()]) {
        for (to, &from) in to.iter_mut().zip(from) {
            *to = from;
        }
    }
    // SAFETY: as above.
    unsafe { answer_scale.write(standardizer.answer_scale()) };
    Ok(())
}

/// Bytes of a snapshot.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn snapshot_bytes<T: Scalar>(
    shape: *const tutee_shape,
    preparation: i32,
    bytes: *mut usize,
) -> Outcome {
    // SAFETY: as promised.
    let sizes = Sizes::of(unsafe { settings(shape)? }, preparation)?;
    let out = Output::one(bytes)?;
    let len = raw_snapshot_len::<T>(sizes.readings, sizes.preparation);
    if len > isize::MAX as usize {
        return Err(TUTEE_ERROR_TOO_LARGE);
    }
    // SAFETY: as promised; the shape was copied.
    unsafe { out.write(len) };
    Ok(())
}

/// Saves all but the batch.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn save<T: Scalar>(raw: *mut tutee_raw<T>, (bytes, n_bytes): (*mut u8, usize)) -> Outcome {
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    let Sizes { readings, preparation, .. } = raw.sizes;
    let bytes = Output::new(bytes, n_bytes, raw_snapshot_len::<T>(readings, preparation))?;
    disjoint(&[bytes.span], &[raw.span])?;
    // SAFETY: as promised; the bytes are apart from the object.
    let (training, bytes) = unsafe { (raw.opened()?.training()?, bytes.slice()) };
    Ok(training.save(None, bytes)?)
}

/// Hands all but the batch to a callback.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn save_to<T: Scalar>(raw: *mut tutee_raw<T>, sink: *const tutee_sink) -> Outcome {
    // SAFETY: as promised.
    let (raw, sink) = unsafe { (RawObject::open(raw)?, Sink::new(sink)?) };
    let Sizes { readings, preparation, .. } = raw.sizes;
    // SAFETY: as promised.
    let training = unsafe { raw.opened()? }.training()?;
    // SAFETY: as promised; the callback writes nothing that is read here.
    unsafe { sink.take(raw_snapshot_len::<T>(readings, preparation), |hand| training.save_pieces(None, hand)) }
}

/// Loads all of it, and begins a batch.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn load<T: Scalar>(raw: *mut tutee_raw<T>, (bytes, n_bytes): (*const u8, usize)) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let raw = unsafe { RawObject::open(raw)? };
    let bytes = Input::any(bytes, n_bytes)?;
    disjoint(&[raw.span], &[bytes.span])?;
    // SAFETY: as promised; the object is apart from the bytes.
    let (mut to, bytes) = unsafe { (raw.lasting()?, bytes.slice()) };
    let found = load_raw(bytes, raw.sizes.preparation, &mut to.student, &mut to.standardizer, to.powers)?;
    to.replaced(found.activation);
    // SAFETY: as promised; the views are gone. What cannot begin is there all the same, and is asked to begin by the caller.
    unsafe { raw.opened()? }.begin().or(Ok(()))
}

/// What a snapshot says of itself.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn inspect(bytes: *const u8, n_bytes: usize, info: *mut tutee_raw_info) -> Outcome {
    let bytes = Input::any(bytes, n_bytes)?;
    let out = Output::one(info)?;
    disjoint(&[out.span], &[bytes.span])?;
    // SAFETY: as promised; nothing is written yet.
    let RawHeader { header, preparation, readings, pairs, batches } = inspect_raw(unsafe { bytes.slice() })?;
    let flag = |is: bool, flag: tutee_preparation| if is { flag as i32 } else { 0 };
    // No size exceeds tutee::shape::MAX_DIMENSION.
    let size = |size: usize| size as u32;
    let (activation, slope) = match header.activation() {
        None => (tutee_activation::TUTEE_NO_ACTIVATION, 0.0),
        Some(Activation::Identity) => (tutee_activation::TUTEE_IDENTITY, 0.0),
        Some(Activation::Relu) => (tutee_activation::TUTEE_RELU, 0.0),
        Some(Activation::LeakyRelu(slope)) => (tutee_activation::TUTEE_LEAKY_RELU, slope),
    };
    let info = tutee_raw_info {
        steps: header.steps,
        pairs,
        batches,
        slope,
        shape: tutee_shape {
            filters: size(readings.filters()),
            features: size(readings.features()),
            tokens: size(readings.tokens()),
            outputs: size(readings.outputs()),
        },
        preparation: flag(preparation.intercept, tutee_preparation::TUTEE_INTERCEPT)
            + flag(preparation.spare, tutee_preparation::TUTEE_SPARE)
            + flag(preparation.signed, tutee_preparation::TUTEE_SIGNED),
        activation: activation as i32,
        scalar_bits: header.scalar_bits,
        version: header.version.into(),
    };
    // SAFETY: as promised; apart from the bytes.
    unsafe { out.write(info) };
    Ok(())
}
