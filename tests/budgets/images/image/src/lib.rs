//! Programs for a bare processor. Each is a `body` that works and gives a number; [`start`] calls it, and tells the
//! debugger the number and how deep the stack was. Nothing here formats, panics or allocates, so that whatever an image
//! contains of these comes from the library.
#![no_std]

pub mod every_function;
pub mod exact;
pub mod exact_rules_session;
pub mod layer_session;
pub mod layers;
pub mod place;
pub mod processor;
pub mod reset;
pub mod rules;
pub mod rules_session;
pub mod session;
pub mod start;

/// Makes a program of a function `fn() -> Result<u32, tutee::Error>`.
#[macro_export]
macro_rules! image {
    ($body:expr) => {
        /// The worst stack is counted from here.
        #[unsafe(no_mangle)]
        #[inline(never)]
        extern "C" fn body() -> u32 {
            // No program's number is zero but that of one that was refused.
            $body().unwrap_or(0)
        }

        #[panic_handler]
        fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
            loop {
                core::hint::spin_loop();
            }
        }
    };
}
