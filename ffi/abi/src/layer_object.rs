//! A layer in the caller's memory: a header with its sizes and choices, its state, its parameters, and the working memory of its
//! training with the batch in the making. Like every [object](crate::object) it is a run of 64-bit words without a pointer.

use core::mem::size_of;

use tutee::Scalar;
use tutee::gradient::layer::{LayerSamples, LayerScratchViewMut, layer_scratch_len};
use tutee::gradient::samples::BatchLoss;
use tutee::layer::{LayerSettings, LayerShape, LayerView, LayerViewMut, layer_len};

use crate::layer_settings::{c_layer_settings, c_layer_shape, layer_settings, layer_shape_of};
use crate::layer_types::{tutee_layer, tutee_layer_settings, tutee_layer_shape};
use crate::memory::{Input, Output, Span};
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::tutee_shape;

/// Changes with every change of what is in the words.
const LAYOUT: u8 = 1;

/// The first words, which every call looks at.
#[repr(C)]
#[derive(Clone, Copy)]
struct Header {
    magic: u64,
    /// Sizes and choices, in the order of [`tutee_layer_shape`], two to a word.
    shape: [u64; 6],
    check: u64,
}

/// What stands between header and scalars; words all of it, as C sees them.
#[repr(C)]
#[derive(Clone, Copy)]
struct State {
    steps: u64,
    /// 1 while there is a batch.
    begun: u64,
    scale: u64,
    slope: u64,
    activation: u64,
    loss: u64,
    trained: u64,
    /// The batch's [`BatchLoss`], which is as large or smaller.
    batch_loss: [u64; 2],
}

const HEADER_WORDS: usize = size_of::<Header>() / 8;
const STATE_WORDS: usize = size_of::<State>() / 8;
/// Words before the scalars; the macros of the header have the number, too.
const FIRST_SCALAR: usize = HEADER_WORDS + STATE_WORDS;
const _: () = assert!(FIRST_SCALAR == 17);
const _: () = assert!(size_of::<BatchLoss<f64>>() == 16 && size_of::<BatchLoss<f32>>() <= 16);
/// Where the loss of the batch stands in the state.
const BATCH_LOSS: usize = HEADER_WORDS + STATE_WORDS - 2;

const fn magic<T: Scalar>() -> u64 {
    u64::from_be_bytes([b't', b'u', b't', b'e', b'e', b'L', T::BITS as u8, LAYOUT])
}

/// Changes with every flip of a bit of the header: a product with an odd number keeps all bits of a word, and of all products
/// only one has changed.
fn check_word(magic: u64, words: [u64; 6]) -> u64 {
    words.into_iter().fold(magic, |check, word| check.rotate_left(11) ^ word.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

fn to_words(shape: tutee_layer_shape) -> [u64; 6] {
    let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    let tutee_layer_shape { sizes, embedding, codes, key_query, queries, code_width, key_width, query_width } = shape;
    [
        pair(sizes.filters, sizes.features),
        pair(sizes.tokens, sizes.outputs),
        pair(embedding as u32, codes as u32),
        pair(key_query as u32, queries as u32),
        pair(code_width, key_width),
        pair(query_width, 0),
    ]
}

fn from_words(words: [u64; 6]) -> tutee_layer_shape {
    let [a, b, c, d, e, f] = words;
    let (low, high) = (|word: u64| word as u32, |word: u64| (word >> 32) as u32);
    tutee_layer_shape {
        sizes: tutee_shape { filters: low(a), features: high(a), tokens: low(b), outputs: high(b) },
        embedding: low(c) as i32,
        codes: high(c) as i32,
        key_query: low(d) as i32,
        queries: high(d) as i32,
        code_width: low(e),
        key_width: high(e),
        query_width: low(f),
    }
}

/// Words of a layer.
pub(crate) fn layer_words<T: Scalar>(shape: LayerShape) -> Outcome<usize> {
    let scalars = layer_len(shape).checked_add(layer_scratch_len(shape)).ok_or(TUTEE_ERROR_TOO_LARGE)?;
    let bytes = scalars.checked_mul((T::BITS / 8) as usize).ok_or(TUTEE_ERROR_TOO_LARGE)?;
    let words = bytes.div_ceil(8).checked_add(FIRST_SCALAR).ok_or(TUTEE_ERROR_TOO_LARGE)?;
    // As many bytes as one array can have.
    if words > isize::MAX as usize / 8 { Err(TUTEE_ERROR_TOO_LARGE) } else { Ok(words) }
}

/// A layer that a call has been given, after its header has been checked; or the place for a new one.
pub(crate) struct LayerObject<T> {
    base: *mut u64,
    scalar: core::marker::PhantomData<T>,
    pub(crate) shape: LayerShape,
    pub(crate) span: Span,
}

/// A layer that is being changed or trained.
pub(crate) struct Opened<'a, T> {
    pub(crate) layer: LayerViewMut<'a, T>,
    pub(crate) scratch: LayerScratchViewMut<'a, T>,
    pub(crate) settings: LayerSettings<T>,
    /// 1 while there is a batch. Whatever changes the layer otherwise than by a step of the batch ends it.
    pub(crate) begun: &'a mut u64,
}

impl<'a, T: Scalar> Opened<'a, T> {
    /// The training from pairs, and whether there is a batch.
    pub(crate) fn samples(self) -> Outcome<(LayerSamples<'a, T>, &'a mut u64)> {
        Ok((LayerSamples::resume_unchecked(self.layer, self.settings, self.scratch)?, self.begun))
    }

    /// The training from pairs, of a batch that was begun.
    pub(crate) fn batch(self) -> Outcome<LayerSamples<'a, T>> {
        match self.samples()? {
            (samples, 1) => Ok(samples),
            _ => Err(TUTEE_ERROR_BATCH),
        }
    }
}

impl<T: Scalar> LayerObject<T> {
    /// # Safety
    /// Unless it is NULL or misaligned, `layer` points to a layer that the init function made, or to a copy of its words, or at
    /// least to as many readable bytes as a header has; nobody writes to it meanwhile.
    pub(crate) unsafe fn open(layer: *const tutee_layer<T>) -> Outcome<Self> {
        let base = layer.cast::<u64>().cast_mut();
        // A header of another object is shorter: its magic comes first.
        Input::new(base, 1, 1)?;
        // SAFETY: neither NULL nor misaligned, as just checked; readable as promised.
        if unsafe { base.read() } != magic::<T>() {
            return Err(TUTEE_ERROR_OBJECT);
        }
        Input::new(base, HEADER_WORDS, HEADER_WORDS)?;
        // SAFETY: as above; every bit pattern is a header.
        let header = unsafe { base.cast::<Header>().read() };
        if header.check != check_word(header.magic, header.shape) {
            return Err(TUTEE_ERROR_OBJECT);
        }
        let shape = layer_shape_of(from_words(header.shape)).map_err(|_| TUTEE_ERROR_OBJECT)?;
        let words = layer_words::<T>(shape).map_err(|_| TUTEE_ERROR_OBJECT)?;
        let span = Input::new(base, words, words)?.span;
        Ok(Self { base, scalar: core::marker::PhantomData, shape, span })
    }

    /// The place for a new layer: the first of `words` words at `memory`.
    pub(crate) fn place(memory: *mut u64, words: usize, shape: LayerShape) -> Outcome<Self> {
        let span = Output::at_least(memory, words, layer_words::<T>(shape)?)?.span;
        Ok(Self { base: memory, scalar: core::marker::PhantomData, shape, span })
    }

    /// Makes it a layer of zeros, without a batch.
    ///
    /// # Safety
    /// The place is the caller's for writing, and no reference into it lives.
    pub(crate) unsafe fn establish(&self, settings: &LayerSettings<T>) -> *mut tutee_layer<T> {
        let (magic, shape) = (magic::<T>(), to_words(c_layer_shape(self.shape)));
        let header = Header { magic, shape, check: check_word(magic, shape) };
        let state =
            State { steps: 0, begun: 0, scale: 0, slope: 0, activation: 0, loss: 0, trained: 0, batch_loss: [0; 2] };
        // SAFETY: `place` has checked NULL, alignment and size; writing is allowed as promised.
        unsafe {
            self.scalars_mut().fill(T::ZERO);
            self.base.cast::<Header>().write(header);
            self.base.add(HEADER_WORDS).cast::<State>().write(state);
            self.set_settings(settings);
        }
        self.base.cast()
    }

    /// # Safety
    /// The layer is the caller's, and no mutable reference to its state lives.
    unsafe fn state(&self) -> State {
        // SAFETY: `open` has checked that a layer's state stands there.
        unsafe { self.base.add(HEADER_WORDS).cast::<State>().read() }
    }

    /// # Safety
    /// The layer is the caller's, and no mutable reference to its state lives.
    pub(crate) unsafe fn settings(&self) -> Outcome<LayerSettings<T>> {
        // SAFETY: as promised.
        let state = unsafe { self.state() };
        let number = |word: u64| i32::try_from(word).map_err(|_| TUTEE_ERROR_OBJECT);
        let settings = tutee_layer_settings {
            scale: T::from_bits_u64(state.scale),
            slope: T::from_bits_u64(state.slope),
            activation: number(state.activation)?,
            loss: number(state.loss)?,
            trained: number(state.trained)?,
        };
        layer_settings(settings, self.shape).map_err(|_| TUTEE_ERROR_OBJECT)
    }

    /// Replaces the settings, and ends the batch.
    ///
    /// # Safety
    /// The layer is the caller's for writing, and no reference to its state lives.
    pub(crate) unsafe fn set_settings(&self, settings: &LayerSettings<T>) {
        let tutee_layer_settings { scale, slope, activation, loss, trained } = c_layer_settings(settings);
        // None of these numbers is negative.
        let word = |number: i32| u64::from(number as u32);
        // SAFETY: `open` or `place` has checked the words; alone as promised.
        let state = unsafe { &mut *self.base.add(HEADER_WORDS).cast::<State>() };
        (state.begun, state.scale, state.slope) = (0, scale.to_bits_u64(), slope.to_bits_u64());
        (state.activation, state.loss, state.trained) = (word(activation), word(loss), word(trained));
    }

    /// Parameters and working memory.
    fn len(&self) -> usize {
        layer_len(self.shape) + layer_scratch_len(self.shape)
    }

    /// # Safety
    /// The layer is the caller's for writing, and nobody else reads or writes its scalars while the slice lives.
    unsafe fn scalars_mut<'a>(&self) -> &'a mut [T] {
        // SAFETY: so many words were counted behind header and state; a word is aligned for both scalars.
        unsafe { core::slice::from_raw_parts_mut(self.base.add(FIRST_SCALAR).cast::<T>(), self.len()) }
    }

    /// # Safety
    /// The layer is the caller's, its scalars are initialised, and nobody writes to them while the slice lives.
    unsafe fn scalars<'a>(&self) -> &'a [T] {
        // SAFETY: as in `scalars_mut`.
        unsafe { core::slice::from_raw_parts(self.base.add(FIRST_SCALAR).cast::<T>(), self.len()) }
    }

    /// # Safety
    /// The layer is the caller's, and nobody writes to it while the view lives.
    pub(crate) unsafe fn view<'a>(&self) -> Outcome<LayerView<'a, T>> {
        // SAFETY: as promised.
        let (state, scalars) = unsafe { (self.state(), self.scalars()) };
        let memory = scalars.get(..layer_len(self.shape)).ok_or(TUTEE_ERROR_INTERNAL)?;
        Ok(LayerView::resume(self.shape, memory, state.steps)?)
    }

    /// The attention of the last sample, and what the batch has come to, if there is one.
    ///
    /// # Safety
    /// The layer is the caller's, and nobody writes to it while the slice lives.
    pub(crate) unsafe fn working<'a>(&self) -> (&'a [T], Option<BatchLoss<T>>) {
        // SAFETY: as promised; every bit pattern of the words is a batch_loss.
        let (state, scalars, batch_loss) =
            unsafe { (self.state(), self.scalars(), self.base.add(BATCH_LOSS).cast::<BatchLoss<T>>().read()) };
        let scratch = scalars.get(layer_len(self.shape)..).unwrap_or_default();
        (LayerScratchViewMut::attention_in(self.shape, scratch), (state.begun == 1).then_some(batch_loss))
    }

    /// The layer with everything that belongs to it, for change.
    ///
    /// # Safety
    /// The layer is the caller's for writing, and nobody else reads or writes it while the views live.
    pub(crate) unsafe fn opened<'a>(&self) -> Outcome<Opened<'a, T>> {
        // SAFETY: as promised; the settings are copied.
        let settings = unsafe { self.settings()? };
        // SAFETY: as promised; steps, mark, batch_loss and scalars are apart, and every bit pattern of the words is a batch_loss.
        let (steps, begun, batch_loss, scalars) = unsafe {
            let state = self.base.add(HEADER_WORDS);
            (
                &mut *state,
                &mut *state.add(1),
                &mut *self.base.add(BATCH_LOSS).cast::<BatchLoss<T>>(),
                self.scalars_mut(),
            )
        };
        let (memory, scratch) = scalars.split_at_mut_checked(layer_len(self.shape)).ok_or(TUTEE_ERROR_INTERNAL)?;
        Ok(Opened {
            layer: LayerViewMut::resume(self.shape, memory, steps)?,
            scratch: LayerScratchViewMut::new(self.shape, scratch, batch_loss)?,
            settings,
            begun,
        })
    }
}
