//! Memory of a program's own, outside of the stack.

use core::cell::UnsafeCell;

/// A variable that lives as long as the program.
#[derive(Debug)]
pub struct Place<T>(UnsafeCell<T>);

// SAFETY: there is one thread and no interrupt in these programs.
unsafe impl<T> Sync for Place<T> {}

impl<T> Place<T> {
    /// A variable with its first value.
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// The variable.
    ///
    /// # Safety
    /// Not while an earlier reference lives.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn take(&self) -> &mut T {
        // SAFETY: nobody else has it, as the caller promises.
        unsafe { &mut *self.0.get() }
    }
}
