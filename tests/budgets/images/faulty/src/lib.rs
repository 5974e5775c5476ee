//! The C library, packed as `tutee-ffi` packs it, with one more function for everything that it must not contain. A link
//! that keeps one of them must be found out; a link that keeps none is as clean as the library.
#![no_std]

pub use tutee_abi::*;

use tutee_budget_faults as faults;

#[unsafe(no_mangle)]
extern "C" fn fault_index(n: usize) -> u64 {
    faults::index(n)
}

#[unsafe(no_mangle)]
extern "C" fn fault_format(n: usize) -> u64 {
    faults::format(n)
}

#[unsafe(no_mangle)]
extern "C" fn fault_allocate(n: usize) -> u64 {
    faults::allocate(n)
}

#[unsafe(no_mangle)]
extern "C" fn fault_undefined() -> u64 {
    faults::undefined()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
