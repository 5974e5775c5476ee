//! What the library must not contain, one function each: the search of an image must find every one of them.
#![no_std]

use core::fmt::Write;
use core::hint::black_box;
use core::sync::atomic::{AtomicUsize, Ordering};

/// Indexes a slice by a number that the compiler does not know.
pub fn index(n: usize) -> u64 {
    black_box(&[1_u64, 2, 3])[n]
}

/// Writes a number as text.
pub fn format(n: usize) -> u64 {
    struct Sink(u64);
    impl Write for Sink {
        fn write_str(&mut self, text: &str) -> core::fmt::Result {
            self.0 += black_box(text).len() as u64;
            Ok(())
        }
    }
    let mut sink = Sink(0);
    // An error would be one of the sink's, which has none.
    let _ = write!(sink, "{n}");
    sink.0
}

unsafe extern "C" {
    fn malloc(bytes: usize) -> *mut u8;
    fn tutee_budget_missing() -> u64;
}

/// Takes memory from the C library's heap.
pub fn allocate(n: usize) -> u64 {
    // SAFETY: any size may be asked for; the pointer is only looked at.
    unsafe { malloc(n) as u64 }
}

/// Calls a function that nobody has.
pub fn undefined() -> u64 {
    // SAFETY: never linked, let alone called.
    unsafe { tutee_budget_missing() }
}

/// A heap, so that `allocate` can be linked: it takes nothing back. A function of its own, as any C library's would be.
#[inline(never)]
#[unsafe(export_name = "malloc")]
extern "C" fn heap(bytes: usize) -> *mut u8 {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    let start = TAKEN.load(Ordering::Relaxed);
    TAKEN.store(start.wrapping_add(bytes), Ordering::Relaxed);
    core::ptr::without_provenance_mut(start)
}
