//! Objects in the caller's memory.
//!
//! An object is a run of 64-bit words: a header, the state of its kind, and its scalars. There is no pointer in it, so
//! that its words can be copied to another place. The header is looked at by every call: its magic names kind,
//! precision and layout, and its check word ties magic and sizes together, so that sizes that were overwritten are not
//! followed into foreign memory. A kind can have wide objects, too, with more scalars, that are told by another magic.

use core::mem::size_of;

use tutee::activation::Activation;
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, sample_scratch_len, sample_scratch_wide_len};
use tutee::readings::{Whitened, WhitenerViewMut, whitener_len};
use tutee::student::{StudentView, StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::vector::MAY_BE_WIDE;
use tutee::{Scalar, Shape};

use crate::memory::{Input, Output, Span};
use crate::raw_types::tutee_whitener;
use crate::settings::{activation_from_words, activation_to_words};
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::{tutee_sampler, tutee_shape, tutee_student, tutee_teacher};

/// Changes with every change of what is in the words.
const LAYOUT: u8 = 2;

/// The first words of every object.
#[repr(C)]
#[derive(Clone, Copy)]
struct Header {
    magic: u64,
    shape: tutee_shape,
    check: u64,
}

/// Words of the header.
const HEADER_WORDS: usize = 4;
const _: () = assert!(size_of::<Header>() == HEADER_WORDS * 8);

/// A kind of object, in one precision.
pub(crate) trait Kind {
    type Scalar: Scalar;
    /// What stands between header and scalars.
    type State: Copy;
    const NAME: u8;
    /// The name of an object with more scalars than it needs, where there is one because they make for speed.
    const WIDE_NAME: Option<u8> = None;

    /// Number of scalars.
    fn scalars(shape: Shape) -> usize;

    /// Number of scalars of a wide object, also where there is none.
    fn wide_scalars(shape: Shape) -> usize {
        Self::scalars(shape)
    }

    /// Words of header and state.
    const FIRST_SCALAR: usize = HEADER_WORDS + size_of::<Self::State>().div_ceil(8);

    /// Names kind, precision and layout.
    const MAGIC: u64 = magic(Self::NAME, Self::Scalar::BITS);

    /// Names kind, precision and layout of a wide object.
    const WIDE_MAGIC: Option<u64> = match Self::WIDE_NAME {
        Some(name) => Some(magic(name, Self::Scalar::BITS)),
        None => None,
    };

    /// Words of an object.
    fn words(shape: Shape) -> Outcome<usize> {
        Self::words_around(Self::scalars(shape))
    }

    /// Words of a wide object.
    fn wide_words(shape: Shape) -> Outcome<usize> {
        Self::words_around(Self::wide_scalars(shape))
    }

    /// Words of an object with so many scalars.
    fn words_around(scalars: usize) -> Outcome<usize> {
        let bytes = scalars.checked_mul((Self::Scalar::BITS / 8) as usize).ok_or(TUTEE_ERROR_TOO_LARGE)?;
        let words = bytes.div_ceil(8).checked_add(Self::FIRST_SCALAR).ok_or(TUTEE_ERROR_TOO_LARGE)?;
        // As many bytes as one array can have.
        if words > isize::MAX as usize / 8 { Err(TUTEE_ERROR_TOO_LARGE) } else { Ok(words) }
    }
}

const fn magic(name: u8, bits: u32) -> u64 {
    u64::from_be_bytes([b't', b'u', b't', b'e', b'e', name, bits as u8, LAYOUT])
}

/// A teacher's activation, as [`activation_to_words`] writes it; its scalars are the value and the mixing.
pub(crate) type TeacherState = [u64; 2];

impl<T: Scalar> Kind for tutee_teacher<T> {
    type Scalar = T;
    type State = TeacherState;
    const NAME: u8 = b'T';

    fn scalars(shape: Shape) -> usize {
        shape.value_len() + shape.mixing_len()
    }
}

/// Beside its parameters and carries.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct StudentState {
    /// Other after every change; see [`identity`].
    pub(crate) identity: u64,
    pub(crate) steps: u64,
}

/// Set in a student's identity when the student was changed since its numbers went into it.
const CHANGED: u64 = 1;

impl StudentState {
    /// Of a student that was just made.
    pub(crate) const NEW: Self = Self { identity: CHANGED, steps: 0 };
}

impl<T: Scalar> Kind for tutee_student<T> {
    type Scalar = T;
    type State = StudentState;
    const NAME: u8 = b'S';

    fn scalars(shape: Shape) -> usize {
        student_len(shape)
    }
}

/// Beside the batch, in the words of an [`EmptySampler`]. A number in single precision leaves half a word undefined where
/// such a state is moved as a whole; that is never done in an object, of which every word is a number to C.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) struct SamplerState<T> {
    /// [`identity`] of the student that the batch was begun for, as it was then.
    pub(crate) student: u64,
    /// The activation in the words of [`activation_to_words`]; [`NO_BATCH`] before the first batch.
    pub(crate) activation: [u64; 2],
    pub(crate) batch_loss: BatchLoss<T>,
}

/// Stands where no activation has its number.
pub(crate) const NO_BATCH: [u64; 2] = [u64::MAX, 0];

/// The words of a sampler's state.
pub(crate) type EmptySampler = [u64; 5];

/// Before the first batch: no student, no activation, and no samples of loss zero.
pub(crate) const EMPTY_SAMPLER: EmptySampler = [0, NO_BATCH[0], NO_BATCH[1], 0, 0];
// Smaller in single precision where a word may begin at any four bytes, as on 32-bit x86.
const _: () = assert!(size_of::<SamplerState<f64>>() == size_of::<EmptySampler>());
const _: () = assert!(size_of::<SamplerState<f32>>() <= size_of::<EmptySampler>());

impl<T: Scalar> Kind for tutee_sampler<T> {
    type Scalar = T;
    type State = EmptySampler;
    const NAME: u8 = b'B';
    /// Where there are never wide registers, nothing is compiled of what a wide sampler takes.
    const WIDE_NAME: Option<u8> = if MAY_BE_WIDE { Some(b'W') } else { None };

    fn scalars(shape: Shape) -> usize {
        sample_scratch_len(shape)
    }

    fn wide_scalars(shape: Shape) -> usize {
        sample_scratch_wide_len(shape)
    }
}

/// The words of how far a whitener has come, a [`Whitened`]; all zero before the first input.
pub(crate) type WhitenerState = [u64; 3];
const _: () = assert!(size_of::<Whitened<f64>>() == size_of::<WhitenerState>());
const _: () = assert!(size_of::<Whitened<f32>>() <= size_of::<WhitenerState>());

impl<T: Scalar> Kind for tutee_whitener<T> {
    type Scalar = T;
    type State = WhitenerState;
    const NAME: u8 = b'H';

    fn scalars(shape: Shape) -> usize {
        whitener_len(shape)
    }
}

const _: () = assert!(tutee_whitener::<f64>::FIRST_SCALAR == 7 && tutee_whitener::<f32>::FIRST_SCALAR == 7);
const _: () = assert!(tutee_teacher::<f64>::FIRST_SCALAR == 6 && tutee_teacher::<f32>::FIRST_SCALAR == 6);
const _: () = assert!(tutee_student::<f64>::FIRST_SCALAR == 6 && tutee_student::<f32>::FIRST_SCALAR == 6);
const _: () = assert!(tutee_sampler::<f64>::FIRST_SCALAR == 9 && tutee_sampler::<f32>::FIRST_SCALAR == 9);

/// The sizes that a C program gave.
pub(crate) fn shape_of(shape: tutee_shape) -> Outcome<Shape> {
    let tutee_shape { filters, features, tokens, outputs } = shape;
    let size = |size: u32| usize::try_from(size).map_err(|_| TUTEE_ERROR_TOO_LARGE);
    Ok(Shape::new(size(filters)?, size(features)?, size(tokens)?, size(outputs)?)?)
}

/// Changes with every flip of a bit of a size: a product with an odd number keeps all of them, and of the two products
/// only one has changed.
#[inline]
fn check_word(magic: u64, shape: tutee_shape) -> u64 {
    let tutee_shape { filters, features, tokens, outputs } = shape;
    let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    let value = pair(filters, features).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixing = pair(tokens, outputs).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    magic ^ value ^ mixing.rotate_left(32)
}

/// An object of kind `K` that a call has been given, after its header has been checked; or the place for a new one.
pub(crate) struct Object<K> {
    base: *mut u64,
    kind: core::marker::PhantomData<K>,
    pub(crate) shape: Shape,
    /// The object's words; of a place, all that there are.
    pub(crate) span: Span,
}

impl<K: Kind> Object<K> {
    /// # Safety
    /// Unless it is NULL or misaligned, `object` points to an object that an init function made, or to a copy of its
    /// words, or at least to as many readable bytes as a header has; nobody writes to it meanwhile.
    #[inline]
    pub(crate) unsafe fn open(object: *const K) -> Outcome<Self> {
        let base = object.cast::<u64>().cast_mut();
        Input::new(base, HEADER_WORDS, HEADER_WORDS)?;
        // SAFETY: neither NULL nor misaligned, as just checked; readable as promised; every bit pattern is a header.
        let header = unsafe { base.cast::<Header>().read() };
        let wide = K::WIDE_MAGIC == Some(header.magic);
        if !(wide || header.magic == K::MAGIC) || header.check != check_word(header.magic, header.shape) {
            return Err(TUTEE_ERROR_OBJECT);
        }
        let shape = shape_of(header.shape).map_err(|_| TUTEE_ERROR_OBJECT)?;
        let words = if wide { K::wide_words(shape) } else { K::words(shape) }.map_err(|_| TUTEE_ERROR_OBJECT)?;
        let span = Input::new(base, words, words)?.span;
        Ok(Self { base, kind: core::marker::PhantomData, shape, span })
    }

    /// The place for a new object: `words` words at `memory`, of which as many are taken as are needed, or as a wide object
    /// takes if there are so many.
    pub(crate) fn place(memory: *mut u64, words: usize, shape: Shape) -> Outcome<Self> {
        let place = Output::at_least(memory, words, K::words(shape)?)?;
        Ok(Self { base: memory, kind: core::marker::PhantomData, shape, span: place.span })
    }

    /// Whether there are words for a wide object. Nothing else says so: one more member would make the calls of processors
    /// that have no wide objects larger by two kilobytes.
    #[inline]
    fn is_wide(&self) -> bool {
        K::WIDE_NAME.is_some() && K::wide_words(self.shape).is_ok_and(|words| self.span.bytes() / 8 >= words)
    }

    /// Writes header and state: from here on it is an object.
    ///
    /// # Safety
    /// The place is the caller's for writing, and no reference into it lives.
    pub(crate) unsafe fn establish(&self, state: K::State) -> *mut K {
        let size = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        let shape = tutee_shape {
            filters: size(self.shape.filters()),
            features: size(self.shape.features()),
            tokens: size(self.shape.tokens()),
            outputs: size(self.shape.outputs()),
        };
        let magic = K::WIDE_MAGIC.filter(|_| self.is_wide()).unwrap_or(K::MAGIC);
        // SAFETY: `place` has checked NULL, alignment and size; writing is allowed as promised.
        unsafe {
            self.base.cast::<Header>().write(Header { magic, shape, check: check_word(magic, shape) });
            self.base.add(HEADER_WORDS).cast::<K::State>().write(state);
        }
        self.base.cast()
    }

    /// # Safety
    /// The object is the caller's, and no mutable reference to its state lives.
    #[inline]
    pub(crate) unsafe fn state(&self) -> K::State {
        // SAFETY: `open` has checked that the words are an object of kind K, whose state stands there.
        unsafe { self.base.add(HEADER_WORDS).cast::<K::State>().read() }
    }

    /// # Safety
    /// The object is the caller's for writing, and nobody else reads or writes its state while the reference lives.
    #[inline]
    unsafe fn state_mut<'a>(&self) -> &'a mut K::State {
        // SAFETY: as in `state`; alone as promised.
        unsafe { &mut *self.base.add(HEADER_WORDS).cast::<K::State>() }
    }

    /// Number of its scalars, for which `open` or `place` has seen words.
    #[inline]
    fn len(&self) -> usize {
        if self.is_wide() { K::wide_scalars(self.shape) } else { K::scalars(self.shape) }
    }

    /// # Safety
    /// The object is the caller's, its scalars are initialised, and nobody writes to them while the slice lives.
    #[inline]
    pub(crate) unsafe fn scalars<'a>(&self) -> &'a [K::Scalar] {
        // SAFETY: so many words were counted behind header and state; a word is aligned for both scalars.
        unsafe { core::slice::from_raw_parts(self.base.add(K::FIRST_SCALAR).cast::<K::Scalar>(), self.len()) }
    }

    /// # Safety
    /// The object is the caller's for writing, and nobody else reads or writes its scalars while the slice lives.
    #[inline]
    pub(crate) unsafe fn scalars_mut<'a>(&self) -> &'a mut [K::Scalar] {
        // SAFETY: as in `scalars`; alone as promised.
        unsafe { core::slice::from_raw_parts_mut(self.base.add(K::FIRST_SCALAR).cast::<K::Scalar>(), self.len()) }
    }

    /// Refuses an object of another shape.
    #[inline]
    pub(crate) fn same_shape<L>(&self, other: &Object<L>) -> Outcome {
        if self.shape == other.shape { Ok(()) } else { Err(TUTEE_ERROR_SHAPE) }
    }
}

impl<T: Scalar> Object<tutee_teacher<T>> {
    /// # Safety
    /// The object is the caller's, and nobody writes its scalars while the view lives.
    #[inline]
    pub(crate) unsafe fn view<'a>(&self) -> Outcome<TeacherView<'a, T>> {
        // SAFETY: as promised.
        let (state, scalars) = unsafe { (self.state(), self.scalars()) };
        let activation = activation_from_words(state).ok_or(TUTEE_ERROR_OBJECT)?;
        let (value, mixing) = scalars.split_at_checked(self.shape.value_len()).ok_or(TUTEE_ERROR_INTERNAL)?;
        Ok(TeacherView::resume(self.shape, activation, value, mixing)?)
    }
}

impl<T: Scalar> Object<tutee_student<T>> {
    /// # Safety
    /// The object is the caller's, and nobody writes its scalars while the view lives.
    #[inline]
    pub(crate) unsafe fn view<'a>(&self) -> Outcome<StudentView<'a, T>> {
        // SAFETY: as promised.
        let (state, scalars) = unsafe { (self.state(), self.scalars()) };
        Ok(StudentView::resume(self.shape, scalars, state.steps)?)
    }

    /// The student for change, and its identity, which whoever changes the student renews by [`changed`].
    ///
    /// # Safety
    /// The object is the caller's for writing, and nobody else reads or writes its state or scalars while the view lives.
    #[inline]
    pub(crate) unsafe fn view_mut<'a>(&self) -> Outcome<(StudentViewMut<'a, T>, &'a mut u64)> {
        // SAFETY: as promised; state and scalars are apart.
        let (state, scalars) = unsafe { (self.state_mut(), self.scalars_mut()) };
        let StudentState { identity, steps } = state;
        Ok((StudentViewMut::resume(self.shape, scalars, steps)?, identity))
    }
}

impl<T: Scalar> Object<tutee_whitener<T>> {
    /// # Safety
    /// The object is the caller's for writing, and nobody else reads or writes its state or scalars while the view lives.
    pub(crate) unsafe fn view_mut<'a>(&self) -> Outcome<WhitenerViewMut<'a, T>> {
        // SAFETY: as promised; state and scalars are apart. A `Whitened` is of that many words or fewer, aligned as they are, and of
        // numbers alone, so that every bit pattern is one.
        let (state, scalars) = unsafe { (&mut *self.base.add(HEADER_WORDS).cast::<Whitened<T>>(), self.scalars_mut()) };
        // What was overwritten is no object any more.
        WhitenerViewMut::new(self.shape, scalars, state).map_err(|_| TUTEE_ERROR_OBJECT)
    }
}

/// Notes that the student with this identity was changed: it has another one from here on, even if its numbers come to be
/// what they were.
#[inline]
pub(crate) fn changed(identity: &mut u64) {
    // For all changes in a row alike: an odd number, so that no two identities become one.
    *identity = (*identity | CHANGED).wrapping_mul(0x9E37_79B9_7F4A_7C15);
}

/// The identity of a student as it stands, by which a batch knows it. Other after every change, and other for two students
/// with different numbers whatever their histories, but for one chance in 2^63; that of a copy is that of its original.
///
/// `noted` is what the student's state holds. The student's numbers go into it when it is asked for first after a change,
/// which costs as much as reading them; what begins a batch or steps notes the answer there.
#[inline]
pub(crate) fn identity<T: Scalar>(noted: u64, student: StudentView<'_, T>) -> u64 {
    if noted & CHANGED == 0 {
        return noted;
    }
    let mixed = (noted.rotate_left(32) ^ tutee::digest::identity(student)).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
    // The highest bits are the best mixed.
    (mixed ^ mixed >> 32) & !CHANGED
}

impl<T: Scalar> Object<tutee_sampler<T>> {
    /// A copy of what stands beside the batch.
    ///
    /// # Safety
    /// The object is the caller's, and no mutable reference to its state lives.
    #[inline]
    pub(crate) unsafe fn beside_batch(&self) -> SamplerState<T> {
        // SAFETY: as in `state`; every bit pattern of the words is one of these.
        unsafe { self.base.add(HEADER_WORDS).cast::<SamplerState<T>>().read() }
    }

    /// The batch: its student's identity, its activation and its working memory.
    ///
    /// # Safety
    /// The object is the caller's for writing, and nobody else reads or writes its state or scalars while the view lives.
    #[inline(always)]
    pub(crate) unsafe fn view_mut<'a>(&self) -> Outcome<(&'a mut u64, &'a mut [u64; 2], SampleScratchViewMut<'a, T>)> {
        // SAFETY: as promised; state and scalars are apart, and every bit pattern of the words is a sampler's state.
        let (state, scalars) =
            unsafe { (&mut *self.base.add(HEADER_WORDS).cast::<SamplerState<T>>(), self.scalars_mut()) };
        let SamplerState { student, activation, batch_loss } = state;
        Ok((student, activation, SampleScratchViewMut::new(self.shape, scalars, batch_loss)?))
    }
}

/// The state of a new teacher.
pub(crate) fn teacher_state<T: Scalar>(activation: Activation<T>) -> TeacherState {
    activation_to_words(activation)
}

/// The activation of a batch that was begun for the student with the identity `begun`, if that is `now`; refuses every other
/// batch.
#[inline]
pub(crate) fn activation_of_batch<T: Scalar>(words: [u64; 2], begun: u64, now: u64) -> Outcome<Activation<T>> {
    let activation = activation_from_words(words).ok_or(TUTEE_ERROR_BATCH)?;
    if now == begun { Ok(activation) } else { Err(TUTEE_ERROR_BATCH) }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
