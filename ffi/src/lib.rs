//! The C library: everything in it comes from `tutee-abi`, which also is a Rust library and therefore cannot bring a
//! panic handler of its own.
#![no_std]

pub use tutee_abi::*;

// A build that unwinds, as one for debugging does, needs the standard library for that.
#[cfg(any(not(feature = "panic-handler"), panic = "unwind"))]
extern crate std;

// Where object files are ELF.
#[cfg(all(
    feature = "panic-handler",
    not(panic = "unwind"),
    not(any(windows, target_os = "uefi", target_vendor = "apple", target_family = "wasm"))
))]
mod personality;

/// A program without a standard library must have one, even where nothing can panic.
#[cfg(all(feature = "panic-handler", not(panic = "unwind")))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
