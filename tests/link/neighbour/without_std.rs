//! A library in Rust beside tutee in one program, without the standard library and with what a program misses then.
#![no_std]

/// How many digits the numbers below `n` have together.
#[unsafe(no_mangle)]
pub extern "C" fn neighbour(n: u32) -> u32 {
    (0..n).map(|number| number.checked_ilog10().unwrap_or(0) + 1).sum()
}

/// An unwinder's question, answered as tutee does: nothing unwinds.
#[unsafe(no_mangle)]
pub extern "C" fn rust_eh_personality() -> i32 {
    3
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
