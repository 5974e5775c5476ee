//! Training a layer from pairs that the caller produced, its answers and its loss.

use tutee::gradient::samples::BatchLoss;
use tutee::layer::{LayerInput, LayerShape, Queries, Query};
use tutee::matrix::Rows;
use tutee::{Error, Scalar};

use crate::api::product;
use crate::environment;
use crate::layer_object::LayerObject;
use crate::layer_types::tutee_layer;
use crate::memory::{Input, Output, Span, disjoint, settings};
use crate::settings::descent;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::tutee_descent;

/// What a layer is shown of many samples, as pointers.
pub(crate) struct Shown<T> {
    pub(crate) count: usize,
    pub(crate) x: (*const T, usize),
    pub(crate) sets: (*const u32, usize),
    pub(crate) queries: (*const T, usize),
    pub(crate) codes: (*const T, usize),
}

/// What a layer is shown of many samples, of the right lengths.
struct Samples<T> {
    shape: LayerShape,
    x: Input<T>,
    sets: Input<u32>,
    queries: Input<T>,
    codes: Input<T>,
    /// Elements of the sets of one sample.
    set_len: usize,
}

impl<T: Scalar> Shown<T> {
    fn open(&self, shape: LayerShape) -> Outcome<Samples<T>> {
        let count = self.count;
        if count == 0 {
            return Err(TUTEE_ERROR_ZERO);
        }
        let outputs = shape.shape().outputs();
        let array = |(ptr, len), of_one: usize| match product(count, of_one)? {
            0 if len != 0 => Err(TUTEE_ERROR_LENGTH),
            0 => Input::any(ptr, 0),
            expected => Input::new(ptr, len, expected),
        };
        let of_queries = match shape.form().queries {
            Queries::Vectors { width } => product(outputs, width)?,
            Queries::Tokens | Queries::Sets => 0,
        };
        // Sets say by their number how large they are.
        let (ptr, n_sets) = self.sets;
        let sets = Input::any(ptr, n_sets)?;
        let set_len = n_sets.checked_div(count).unwrap_or(0);
        let asked = shape.form().queries == Queries::Sets;
        if asked == (n_sets == 0)
            || (asked && (set_len == 0 || set_len.checked_rem(outputs) != Some(0) || set_len * count != n_sets))
        {
            return Err(TUTEE_ERROR_LENGTH);
        }
        Ok(Samples {
            shape,
            x: Input::new(self.x.0, self.x.1, product(count, shape.shape().input_len())?)?,
            sets,
            queries: array(self.queries, of_queries)?,
            codes: array(self.codes, shape.fresh_codes_len())?,
            set_len,
        })
    }
}

impl<T: Scalar> Samples<T> {
    fn spans(&self) -> [Span; 4] {
        [self.x.span, self.sets.span, self.queries.span, self.codes.span]
    }

    /// The samples one after the other.
    ///
    /// # Safety
    /// The arrays keep the promises of the header, and nobody writes to them while the inputs live.
    unsafe fn each<'a>(&self) -> impl Iterator<Item = LayerInput<'a, T>> + Clone + use<'a, T> {
        // SAFETY: as promised.
        let (x, sets, queries, codes) =
            unsafe { (self.x.slice(), self.sets.slice(), self.queries.slice(), self.codes.slice()) };
        let (shape, set_len) = (self.shape, self.set_len);
        let asks = shape.form().queries;
        let query_len = shape.shape().outputs() * shape.query_width();
        // Whatever is not there has no rows.
        let (mut sets, mut queries, mut codes) =
            (Rows::new(sets, set_len), Rows::new(queries, query_len), Rows::new(codes, shape.fresh_codes_len()));
        Rows::new(x, shape.shape().input_len()).map(move |x| {
            let (sets, vectors) = (sets.next().unwrap_or_default(), queries.next().unwrap_or_default());
            let query = match asks {
                Queries::Tokens => Query::Tokens,
                Queries::Sets => Query::Sets(sets),
                Queries::Vectors { .. } => Query::Vectors(vectors),
            };
            LayerInput { x, query, codes: codes.next().unwrap_or_default() }
        })
    }
}

/// Begins a batch.
///
/// # Safety
/// The pointer keeps the promises of the header.
pub(crate) unsafe fn begin<T: Scalar>(layer: *mut tutee_layer<T>) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let opened = unsafe { LayerObject::open(layer)?.opened()? };
    tutee::gradient::layer::LayerSamples::new(opened.layer, opened.settings, opened.scratch)?;
    *opened.begun = 1;
    Ok(())
}

/// Adds pairs, all of them or none.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn accumulate<T: Scalar>(
    layer: *mut tutee_layer<T>,
    shown: Shown<T>,
    (y, n_y): (*const T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let given = shown.open(layer.shape)?;
    // SAFETY: as promised.
    let of_one = unsafe { layer.settings()? }.targets_len(layer.shape);
    let y = Input::new(y, n_y, product(shown.count, of_one)?)?;
    disjoint(&[layer.span], &given.spans())?;
    disjoint(&[layer.span], &[y.span])?;
    // SAFETY: as promised; the layer is apart from what is read.
    let (mut samples, inputs, y) = unsafe { (layer.opened()?.batch()?, given.each(), y.slice()) };
    let pairs = || inputs.clone().zip(Rows::new(y, of_one));
    pairs().try_for_each(|(input, y)| samples.check(&input, y))?;
    pairs().try_for_each(|(input, y)| samples.accumulate(&input, y))?;
    Ok(())
}

/// How many pairs the batch holds, and their mean loss.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn batch_loss<T: Scalar>(
    layer: *const tutee_layer<T>,
    count: *mut u64,
    mean_loss: *mut T,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let (count, mean_loss) = (Output::one(count)?, Output::one(mean_loss)?);
    disjoint(&[count.span, mean_loss.span], &[layer.span])?;
    // SAFETY: as promised; nothing has been written yet.
    let batch_loss = unsafe { layer.working() }.1.ok_or(TUTEE_ERROR_BATCH)?;
    // SAFETY: as promised; the batch_loss was copied.
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
pub(crate) unsafe fn step<T: Scalar>(layer: *mut tutee_layer<T>, settings_of_step: *const tutee_descent<T>) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let (layer, descent) = unsafe { (LayerObject::open(layer)?, descent(settings(settings_of_step)?)?) };
    // SAFETY: as promised.
    Ok(unsafe { layer.opened()? }.batch()?.step(&descent)?)
}

/// Answers to many inputs.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn predict<T: Scalar>(
    layer: *mut tutee_layer<T>,
    shown: Shown<T>,
    (y, n_y): (*mut T, usize),
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let given = shown.open(layer.shape)?;
    // SAFETY: as promised.
    let of_one = unsafe { layer.settings()? }.targets_len(layer.shape);
    let y = Output::new(y, n_y, product(shown.count, of_one)?)?;
    disjoint(&[y.span, layer.span], &given.spans())?;
    // SAFETY: as promised; what is written is apart from everything else.
    let ((mut samples, _), inputs, y) = unsafe { (layer.opened()?.samples()?, given.each(), y.slice()) };
    inputs.clone().try_for_each(|input| input.check(layer.shape))?;
    let answers = inputs.zip(tutee::matrix::RowsMut::new(y, of_one));
    for (input, y) in answers {
        samples.predict(&input, y)?;
    }
    Ok(())
}

/// The mean loss of many pairs.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn loss<T: Scalar>(
    layer: *mut tutee_layer<T>,
    shown: Shown<T>,
    (y, n_y): (*const T, usize),
    mean: *mut T,
) -> Outcome {
    environment::check()?;
    // SAFETY: as promised.
    let layer = unsafe { LayerObject::open(layer)? };
    let given = shown.open(layer.shape)?;
    // SAFETY: as promised.
    let of_one = unsafe { layer.settings()? }.targets_len(layer.shape);
    let y = Input::new(y, n_y, product(shown.count, of_one)?)?;
    let mean = Output::one(mean)?;
    disjoint(&[mean.span, layer.span], &given.spans())?;
    disjoint(&[mean.span, layer.span], &[y.span])?;
    // SAFETY: as promised; what is written is apart from everything else.
    let ((mut samples, _), inputs, y) = unsafe { (layer.opened()?.samples()?, given.each(), y.slice()) };
    let pairs = || inputs.clone().zip(Rows::new(y, of_one));
    pairs().try_for_each(|(input, y)| samples.check(&input, y))?;
    let sum = pairs().try_fold(T::ZERO, |sum, (input, y)| Ok::<_, Error>(sum + samples.loss(&input, y)?))?;
    // SAFETY: as promised.
    unsafe { mean.write(sum / T::from_usize(shown.count)) };
    Ok(())
}
