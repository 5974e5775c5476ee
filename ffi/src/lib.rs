//! The C library: everything in it comes from `tutee-abi`, which also is a Rust library and therefore cannot bring a
//! panic handler of its own.
#![no_std]

pub use tutee_abi::*;

#[cfg(not(feature = "panic-handler"))]
extern crate std;

/// A program without a standard library must have one, even where nothing can panic.
#[cfg(feature = "panic-handler")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
