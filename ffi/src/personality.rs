//! The function that an unwinder asks what to do at a frame of Rust.
//!
//! The `core` and the compiler's helpers that come with Rust are compiled to unwind, and some of their functions name it,
//! so that a program does not link where the standard library, which has it, is missing. Here nothing unwinds: it says so.

use core::arch::global_asm;
use core::ffi::c_int;

// Weak, for a program may also link a library in Rust that has the standard library's; hidden, for it is no interface.
global_asm!(
    ".weak rust_eh_personality",
    ".hidden rust_eh_personality",
    ".set rust_eh_personality, {}",
    sym nothing_unwinds,
);

/// The unwinder's word for a frame that it cannot pass: 9 in ARM's ABI for exceptions, 3 in the ABI of all others.
extern "C" fn nothing_unwinds() -> c_int {
    if cfg!(target_arch = "arm") { 9 } else { 3 }
}
