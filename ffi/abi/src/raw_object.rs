//! A student of raw readings in the caller's memory: a header with its sizes, its state, what is known of the readings, its
//! parameters, and the working memory of its training with the batch in the making. Like every [object](crate::object) it is a run
//! of 64-bit words without a pointer.

use core::mem::size_of;

use tutee::activation::Activation;
use tutee::gradient::raw_samples::{Powers, RawSamples, RawScratchViewMut, raw_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::readings::{Observed, Preparation, StandardizerViewMut, standardizer_len};
use tutee::student::{StudentViewMut, student_len};
use tutee::{Scalar, Shape};

use crate::memory::{Input, Output, Span};
use crate::object::shape_of;
use crate::raw_types::{tutee_preparation, tutee_raw};
use crate::settings::{activation_from_words, activation_to_words};
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
    /// Sizes of the readings, two to a word.
    shape: [u64; 2],
    /// Sum of the [`tutee_preparation`].
    preparation: u64,
    check: u64,
}

/// What stands between header and scalars; words all of it, as C sees them.
#[repr(C)]
#[derive(Clone, Copy)]
struct State {
    steps: u64,
    /// 1 while there is a batch.
    begun: u64,
    /// What [`activation_to_words`] writes.
    activation: [u64; 2],
    /// The batch's [`BatchLoss`], [`Observed`] and [`Powers`], each of which is as large or smaller.
    batch_loss: [u64; 2],
    observed: [u64; 4],
    powers: [u64; 6],
}

const HEADER_WORDS: usize = size_of::<Header>() / 8;
/// Words before the scalars; the macros of the header have the number, too.
const FIRST_SCALAR: usize = HEADER_WORDS + size_of::<State>() / 8;
const _: () = assert!(FIRST_SCALAR == 21);
const _: () = assert!(size_of::<BatchLoss<f64>>() == 16 && size_of::<BatchLoss<f32>>() <= 16);
const _: () = assert!(size_of::<Observed<f64>>() == 32 && size_of::<Observed<f32>>() <= 32);
const _: () = assert!(size_of::<Powers<f64>>() == 48 && size_of::<Powers<f32>>() <= 48);

const fn magic<T: Scalar>() -> u64 {
    u64::from_be_bytes([b't', b'u', b't', b'e', b'e', b'R', T::BITS as u8, LAYOUT])
}

/// Changes with every flip of a bit of the header: a product with an odd number keeps all bits of a word, and of all products
/// only one has changed.
fn check_word(magic: u64, [a, b]: [u64; 2], preparation: u64) -> u64 {
    [a, b, preparation]
        .into_iter()
        .fold(magic, |check, word| check.rotate_left(11) ^ word.wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

/// What a sum of [`tutee_preparation`] says.
pub(crate) fn preparation_of(flags: i32) -> Outcome<Preparation> {
    let mut left = flags;
    let mut take = |flag: tutee_preparation| {
        let there = left & flag as i32 != 0;
        left &= !(flag as i32);
        there
    };
    let preparation = Preparation {
        intercept: take(tutee_preparation::TUTEE_INTERCEPT),
        spare: take(tutee_preparation::TUTEE_SPARE),
        signed: take(tutee_preparation::TUTEE_SIGNED),
    };
    if left == 0 { Ok(preparation) } else { Err(TUTEE_ERROR_ENUM) }
}

/// Sizes of readings, and of the student of them.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) readings: Shape,
    pub(crate) preparation: Preparation,
    student: Shape,
}

impl Sizes {
    pub(crate) fn of(readings: tutee_shape, preparation: i32) -> Outcome<Self> {
        let (readings, preparation) = (shape_of(readings)?, preparation_of(preparation)?);
        Ok(Self { readings, preparation, student: preparation.shape(readings)? })
    }

    /// Scalars of the parts of an object, in their order.
    fn parts(self) -> [usize; 4] {
        [
            standardizer_len(self.readings),
            student_len(self.student),
            sample_scratch_len(self.student),
            raw_scratch_len(self.student),
        ]
    }
}

/// Words of an object.
pub(crate) fn raw_words<T: Scalar>(sizes: Sizes) -> Outcome<usize> {
    let add = |sum: usize, part: usize| sum.checked_add(part).ok_or(TUTEE_ERROR_TOO_LARGE);
    let scalars = sizes.parts().into_iter().try_fold(0, add)?;
    let bytes = scalars.checked_mul((T::BITS / 8) as usize).ok_or(TUTEE_ERROR_TOO_LARGE)?;
    let words = add(bytes.div_ceil(8), FIRST_SCALAR)?;
    // As many bytes as one array can have.
    if words > isize::MAX as usize / 8 { Err(TUTEE_ERROR_TOO_LARGE) } else { Ok(words) }
}

/// An object that a call has been given, after its header has been checked; or the place for a new one.
pub(crate) struct RawObject<T> {
    base: *mut u64,
    scalar: core::marker::PhantomData<T>,
    pub(crate) sizes: Sizes,
    pub(crate) span: Span,
}

/// What outlives a batch, for change.
pub(crate) struct Lasting<'a, T> {
    /// What [`activation_to_words`] writes.
    activation: &'a mut [u64; 2],
    pub(crate) standardizer: StandardizerViewMut<'a, T>,
    pub(crate) student: StudentViewMut<'a, T>,
    pub(crate) powers: &'a mut Powers<T>,
    begun: &'a mut u64,
}

impl<T: Scalar> Lasting<'_, T> {
    /// Other numbers stand there now: the batch ends, and the activation is another one.
    pub(crate) fn replaced(self, activation: Option<Activation<T>>) {
        *self.begun = 0;
        if let Some(activation) = activation {
            *self.activation = activation_to_words(activation);
        }
    }
}

/// An object with everything that belongs to it, for change.
pub(crate) struct Opened<'a, T> {
    sizes: Sizes,
    pub(crate) activation: Activation<T>,
    pub(crate) standardizer: StandardizerViewMut<'a, T>,
    student: StudentViewMut<'a, T>,
    scratch: SampleScratchViewMut<'a, T>,
    raw: RawScratchViewMut<'a, T>,
    /// 1 while there is a batch: from the beginning until other readings are looked at.
    pub(crate) begun: &'a mut u64,
}

impl<'a, T: Scalar> Opened<'a, T> {
    /// The training that was begun.
    pub(crate) fn training(self) -> Outcome<RawSamples<'a, T>> {
        let Self { sizes, activation, standardizer, student, scratch, raw, begun } = self;
        if *begun != 1 {
            return Err(TUTEE_ERROR_BATCH);
        }
        let samples = Samples::resume_unchecked(student, activation, scratch)?;
        Ok(RawSamples::resume_unchecked(sizes.readings, sizes.preparation, standardizer, samples, raw)?)
    }

    /// Begins the training.
    pub(crate) fn begin(self) -> Outcome {
        let Self { sizes, activation, standardizer, student, scratch, raw, begun } = self;
        // Nothing is written before the core has agreed.
        let samples = Samples::resume_unchecked(student, activation, scratch)?;
        RawSamples::new(sizes.readings, sizes.preparation, standardizer, samples, raw)?;
        *begun = 1;
        Ok(())
    }
}

impl<T: Scalar> RawObject<T> {
    /// # Safety
    /// Unless it is NULL or misaligned, `raw` points to an object that the init function made, or to a copy of its words, or at
    /// least to as many readable bytes as a header has; nobody writes to it meanwhile.
    pub(crate) unsafe fn open(raw: *const tutee_raw<T>) -> Outcome<Self> {
        let base = raw.cast::<u64>().cast_mut();
        // A header of another object is shorter: its magic comes first.
        Input::new(base, 1, 1)?;
        // SAFETY: neither NULL nor misaligned, as just checked; readable as promised.
        if unsafe { base.read() } != magic::<T>() {
            return Err(TUTEE_ERROR_OBJECT);
        }
        Input::new(base, HEADER_WORDS, HEADER_WORDS)?;
        // SAFETY: as above; every bit pattern is a header.
        let Header { magic, shape, preparation, check } = unsafe { base.cast::<Header>().read() };
        if check != check_word(magic, shape, preparation) {
            return Err(TUTEE_ERROR_OBJECT);
        }
        let [a, b] = shape;
        let (low, high) = (|word: u64| word as u32, |word: u64| (word >> 32) as u32);
        let readings = tutee_shape { filters: low(a), features: high(a), tokens: low(b), outputs: high(b) };
        let flags = i32::try_from(preparation).map_err(|_| TUTEE_ERROR_OBJECT)?;
        let sizes = Sizes::of(readings, flags).map_err(|_| TUTEE_ERROR_OBJECT)?;
        let words = raw_words::<T>(sizes).map_err(|_| TUTEE_ERROR_OBJECT)?;
        let span = Input::new(base, words, words)?.span;
        Ok(Self { base, scalar: core::marker::PhantomData, sizes, span })
    }

    /// The place for a new object: the first of `words` words at `memory`.
    pub(crate) fn place(memory: *mut u64, words: usize, sizes: Sizes) -> Outcome<Self> {
        let span = Output::at_least(memory, words, raw_words::<T>(sizes)?)?.span;
        Ok(Self { base: memory, scalar: core::marker::PhantomData, sizes, span })
    }

    /// Makes it an object that has seen nothing, with a student that can move.
    ///
    /// # Safety
    /// The place is the caller's for writing, and no reference into it lives.
    pub(crate) unsafe fn establish(
        &self,
        readings: tutee_shape,
        preparation: i32,
        activation: Activation<T>,
    ) -> Outcome<*mut tutee_raw<T>> {
        let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let tutee_shape { filters, features, tokens, outputs } = readings;
        let (magic, shape) = (magic::<T>(), [pair(filters, features), pair(tokens, outputs)]);
        // No sum of flags is negative.
        let preparation = u64::from(preparation as u32);
        let header = Header { magic, shape, preparation, check: check_word(magic, shape, preparation) };
        let activation = activation_to_words(activation);
        let state = State { steps: 0, begun: 0, activation, batch_loss: [0; 2], observed: [0; 4], powers: [0; 6] };
        // SAFETY: `place` has checked NULL, alignment and size; writing is allowed as promised.
        unsafe {
            self.scalars_mut().fill(T::ZERO);
            self.base.cast::<Header>().write(header);
            self.base.add(HEADER_WORDS).cast::<State>().write(state);
        }
        if self.sizes.preparation.signed {
            // SAFETY: as above.
            let (scalars, mut steps) = (unsafe { self.scalars_mut() }, 0);
            let [known, of_student, ..] = self.sizes.parts();
            let (_, scalars) = scalars.split_at_mut_checked(known).ok_or(TUTEE_ERROR_INTERNAL)?;
            let (student, working) = scalars.split_at_mut_checked(of_student).ok_or(TUTEE_ERROR_INTERNAL)?;
            let start = working.get_mut(..self.sizes.student.value_len()).ok_or(TUTEE_ERROR_INTERNAL)?;
            start.fill(T::HALF);
            StudentViewMut::resume(self.sizes.student, student, &mut steps)?.set_value(start)?;
            start.fill(T::ZERO);
        }
        Ok(self.base.cast())
    }

    /// Forgets the powers of all batches.
    ///
    /// # Safety
    /// The object is the caller's for writing, and no reference to its state lives.
    pub(crate) unsafe fn forget_powers(&self) {
        // SAFETY: `open` has checked that a state stands there; alone as promised.
        unsafe { (*self.base.add(HEADER_WORDS).cast::<State>()).powers = [0; 6] }
    }

    /// # Safety
    /// The object is the caller's for writing, and nobody else reads or writes its scalars while the slice lives.
    unsafe fn scalars_mut<'a>(&self) -> &'a mut [T] {
        let len = self.sizes.parts().into_iter().sum();
        // SAFETY: so many words were counted behind header and state; a word is aligned for both scalars.
        unsafe { core::slice::from_raw_parts_mut(self.base.add(FIRST_SCALAR).cast::<T>(), len) }
    }

    /// Whether a training was begun.
    ///
    /// # Safety
    /// The object is the caller's, and no mutable reference to its state lives.
    pub(crate) unsafe fn has_begun(&self) -> bool {
        // SAFETY: `open` has checked that a state stands there.
        unsafe { (*self.base.add(HEADER_WORDS).cast::<State>()).begun == 1 }
    }

    /// Gradient steps taken.
    ///
    /// # Safety
    /// The object is the caller's, and no mutable reference to its state lives.
    pub(crate) unsafe fn steps(&self) -> u64 {
        // SAFETY: `open` has checked that a state stands there.
        unsafe { (*self.base.add(HEADER_WORDS).cast::<State>()).steps }
    }

    /// The object with everything that belongs to it.
    ///
    /// # Safety
    /// The object is the caller's for writing, and nobody else reads or writes it while the views live.
    pub(crate) unsafe fn opened<'a>(&self) -> Outcome<Opened<'a, T>> {
        // SAFETY: as promised.
        let (Lasting { activation, standardizer, student, powers, begun }, scratch, raw) = unsafe { self.parts()? };
        Ok(Opened {
            sizes: self.sizes,
            activation: activation_from_words(*activation).ok_or(TUTEE_ERROR_OBJECT)?,
            standardizer,
            student,
            scratch,
            raw: RawScratchViewMut::new(self.sizes.student, raw, powers)?,
            begun,
        })
    }

    /// What of it outlives a batch.
    ///
    /// # Safety
    /// The object is the caller's for writing, and nobody else reads or writes it while the views live.
    pub(crate) unsafe fn lasting<'a>(&self) -> Outcome<Lasting<'a, T>> {
        // SAFETY: as promised.
        let (lasting, ..) = unsafe { self.parts()? };
        Ok(lasting)
    }

    /// What outlives a batch, the scratch of samples, and the memory of the scratch of readings.
    ///
    /// # Safety
    /// The object is the caller's for writing, and nobody else reads or writes it while the views live.
    #[inline(always)]
    unsafe fn parts<'a>(&self) -> Outcome<(Lasting<'a, T>, SampleScratchViewMut<'a, T>, &'a mut [T])> {
        // SAFETY: as promised; state and scalars are apart.
        let (state, scalars) = unsafe { (&mut *self.base.add(HEADER_WORDS).cast::<State>(), self.scalars_mut()) };
        let State { steps, begun, activation, batch_loss, observed, powers } = state;
        // SAFETY: each is of that many words or fewer, aligned as they are, and of numbers alone, so that every bit pattern is one.
        let (batch_loss, observed, powers) = unsafe {
            (
                &mut *batch_loss.as_mut_ptr().cast::<BatchLoss<T>>(),
                &mut *observed.as_mut_ptr().cast::<Observed<T>>(),
                &mut *powers.as_mut_ptr().cast::<Powers<T>>(),
            )
        };
        let Sizes { readings, student, .. } = self.sizes;
        let [known, of_student, of_samples, _] = self.sizes.parts();
        let (known, scalars) = scalars.split_at_mut_checked(known).ok_or(TUTEE_ERROR_INTERNAL)?;
        let (parameters, scalars) = scalars.split_at_mut_checked(of_student).ok_or(TUTEE_ERROR_INTERNAL)?;
        let (scratch, raw) = scalars.split_at_mut_checked(of_samples).ok_or(TUTEE_ERROR_INTERNAL)?;
        let lasting = Lasting {
            activation,
            // What was overwritten is no object any more.
            standardizer: StandardizerViewMut::new(readings, known, observed).map_err(|_| TUTEE_ERROR_OBJECT)?,
            student: StudentViewMut::resume(student, parameters, steps)?,
            powers,
            begun,
        };
        Ok((lasting, SampleScratchViewMut::new(student, scratch, batch_loss)?, raw))
    }
}
