//! The caller's memory: checked pointers first, references last.
//!
//! A call first turns every pointer into an [`Input`] or an [`Output`] (not NULL, aligned, long enough, within the
//! address space), then lets [`disjoint`] compare all of them, and only then makes references. That order is what makes
//! the references legal: nothing that is written can be seen through another one.

use core::marker::PhantomData;
use core::mem::{align_of, size_of};

use crate::status::Outcome;
use crate::status::tutee_status::*;

/// Where some memory of a call lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// How long it is.
    pub(crate) const fn bytes(self) -> usize {
        self.end.saturating_sub(self.start)
    }
}

/// Checks `len` elements at `ptr`, whatever they are to be used for.
#[inline]
fn span<T>(ptr: *const T, len: usize) -> Outcome<Span> {
    if ptr.is_null() {
        return Err(TUTEE_ERROR_NULL);
    }
    if !ptr.is_aligned() {
        return Err(TUTEE_ERROR_MISALIGNED);
    }
    let bytes = len.checked_mul(size_of::<T>()).ok_or(TUTEE_ERROR_TOO_LARGE)?;
    let start = ptr.addr();
    let end = start.checked_add(bytes).ok_or(TUTEE_ERROR_TOO_LARGE)?;
    // No Rust reference is longer than that.
    if bytes > isize::MAX as usize {
        return Err(TUTEE_ERROR_TOO_LARGE);
    }
    Ok(Span { start, end })
}

/// Memory that a call reads.
pub(crate) struct Input<T> {
    ptr: *const T,
    len: usize,
    pub(crate) span: Span,
}

impl<T> Input<T> {
    /// `len` elements at `ptr`, where `expected` are wanted.
    #[inline]
    pub(crate) fn new(ptr: *const T, len: usize, expected: usize) -> Outcome<Self> {
        let span = span(ptr, len)?;
        if len != expected {
            return Err(TUTEE_ERROR_LENGTH);
        }
        Ok(Self { ptr, len, span })
    }

    /// So many elements, whatever the caller says; none at all may be at NULL.
    #[inline]
    pub(crate) fn any(ptr: *const T, len: usize) -> Outcome<Self> {
        if len == 0 && ptr.is_null() {
            return Self::new(core::ptr::without_provenance(align_of::<T>()), 0, 0);
        }
        Self::new(ptr, len, len)
    }

    /// # Safety
    /// The memory is the caller's for reading, initialised, and nobody writes to it as long as the slice lives.
    #[inline]
    pub(crate) unsafe fn slice<'a>(&self) -> &'a [T] {
        // SAFETY: `new` has checked NULL, alignment and length; the rest is promised.
        unsafe { core::slice::from_raw_parts(self.ptr, self.len) }
    }
}

/// Memory that a call writes.
pub(crate) struct Output<T> {
    ptr: *mut T,
    len: usize,
    pub(crate) span: Span,
}

impl<T> Output<T> {
    /// `len` elements at `ptr`, where `expected` are wanted.
    #[inline]
    pub(crate) fn new(ptr: *mut T, len: usize, expected: usize) -> Outcome<Self> {
        let span = span(ptr, len)?;
        if len != expected {
            return Err(TUTEE_ERROR_LENGTH);
        }
        Ok(Self { ptr, len, span })
    }

    /// The first `wanted` of `len` elements at `ptr`.
    #[inline]
    pub(crate) fn at_least(ptr: *mut T, len: usize, wanted: usize) -> Outcome<Self> {
        let span = span(ptr, len)?;
        if len < wanted {
            return Err(TUTEE_ERROR_LENGTH);
        }
        Ok(Self { ptr, len: wanted, span })
    }

    /// The first `most` of `len` elements at `ptr`, or all of them when there are fewer, but not below `least`.
    #[inline]
    pub(crate) fn between(ptr: *mut T, len: usize, least: usize, most: usize) -> Outcome<Self> {
        let whole = Self::at_least(ptr, len, least)?;
        Ok(Self { len: if len < most { len } else { most }, ..whole })
    }

    /// The first `used` of `len` elements at `ptr`, of which the header asks for `wanted`: no fewer are taken, so that a
    /// program which is right today stays right when a call comes to use all of them.
    #[inline]
    pub(crate) fn scratch(ptr: *mut T, len: usize, wanted: usize, used: usize) -> Outcome<Self> {
        let whole = Self::at_least(ptr, len, wanted)?;
        if whole.len < used { Err(TUTEE_ERROR_INTERNAL) } else { Ok(Self { len: used, ..whole }) }
    }

    /// No elements, of an array that a call does not take.
    #[inline]
    pub(crate) const fn nothing() -> Self {
        Self { ptr: core::ptr::without_provenance_mut(align_of::<T>()), len: 0, span: Span { start: 0, end: 0 } }
    }

    /// Room for one value.
    #[inline]
    pub(crate) fn one(ptr: *mut T) -> Outcome<Self> {
        Self::new(ptr, 1, 1)
    }

    /// # Safety
    /// The memory is the caller's for writing, and nobody else reads or writes it as long as the slice lives;
    /// [`disjoint`] has seen it.
    #[inline]
    pub(crate) unsafe fn slice<'a>(&self) -> &'a mut [T] {
        // SAFETY: `new` has checked NULL, alignment and length; the rest is promised.
        unsafe { core::slice::from_raw_parts_mut(self.ptr, self.len) }
    }

    /// Where it lies.
    #[inline]
    pub(crate) const fn as_ptr(&self) -> *mut T {
        self.ptr
    }

    /// Writes the one value.
    ///
    /// # Safety
    /// The memory is the caller's for writing, and no reference to it lives.
    #[inline]
    pub(crate) unsafe fn write(&self, value: T) {
        // SAFETY: `one` has checked NULL and alignment; the rest is promised.
        unsafe { self.ptr.write(value) }
    }
}

/// Refuses memory to be written that overlaps anything else of the call.
#[inline(always)]
pub(crate) fn disjoint(written: &[Span], read: &[Span]) -> Outcome {
    let mut rest = written;
    while let Some((&span, others)) = rest.split_first() {
        if others.iter().chain(read).any(|&other| span.overlaps(other)) {
            return Err(TUTEE_ERROR_OVERLAP);
        }
        rest = others;
    }
    Ok(())
}

/// A copy of the caller's settings.
///
/// # Safety
/// Unless it is NULL or misaligned, `ptr` points to a `T` that nobody writes to meanwhile.
#[inline]
pub(crate) unsafe fn settings<T: Copy>(ptr: *const T) -> Outcome<T> {
    span(ptr, 1)?;
    // SAFETY: not NULL and aligned, as just checked; the rest is promised.
    Ok(unsafe { ptr.read() })
}

/// What an opaque C type holds on the Rust side.
pub(crate) type Opaque<T> = PhantomData<T>;
