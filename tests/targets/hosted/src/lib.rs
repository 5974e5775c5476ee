//! Computes the reference list and hands every entry to a function of the program around it: `main.c` on targets with a C
//! library, `main.mjs` for WebAssembly. Without the standard library, because a target's may not be at hand; a build that
//! unwinds, which is none of these, would need it.
#![no_std]

use core::fmt::{self, Write};

use tutee_reference::{Memory, compute};

#[cfg_attr(target_arch = "wasm32", link(wasm_import_module = "env"))]
unsafe extern "C" {
    /// Takes an entry: `length` bytes of its name, and its digest.
    fn report(name: *const u8, length: usize, digest: u64);
}

/// Computes the list.
#[unsafe(no_mangle)]
pub extern "C" fn compute_reference_list() {
    if tutee_reference::environment().is_err() {
        // Is on no list.
        let name = "environment";
        // SAFETY: the pointer is to so many bytes, which live for ever.
        unsafe { report(name.as_ptr(), name.len(), 0) }
    }
    let mut memory = Memory::ZERO;
    compute(&mut memory, |name, digest| {
        let mut line = Line { bytes: [0; 64], length: 0 };
        // A name that does not fit is cut, and then is on no list.
        let _ = write!(line, "{name}");
        // SAFETY: the pointer is to the `length` bytes of `line` that were written, and lives as long as the call.
        unsafe { report(line.bytes.as_ptr(), line.length, digest) }
    });
}

// Linked as the C library is, by what links the C library.
#[cfg(all(target_arch = "arm", target_os = "linux"))]
#[path = "../../../../ffi/abi/src/division.rs"]
mod division;
#[cfg(all(not(panic = "unwind"), not(target_family = "wasm")))]
#[path = "../../../../ffi/src/personality.rs"]
mod personality;

struct Line {
    bytes: [u8; 64],
    length: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let free = self.bytes.get_mut(self.length..).and_then(|free| free.get_mut(..text.len())).ok_or(fmt::Error)?;
        free.copy_from_slice(text.as_bytes());
        self.length += text.len();
        Ok(())
    }
}

#[cfg(not(panic = "unwind"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    {
        unsafe extern "C" {
            safe fn abort() -> !;
        }
        abort()
    }
}
