//! Integer division on 32-bit ARM Linux, where it is a function.
//!
//! Rust's library of the compiler's helpers keeps quotient (`__aeabi_uidiv`), and quotient with remainder
//! (`__aeabi_uidivmod`), in two object files, `libgcc` both in one. Linked statically, a program that took the first from
//! here and the second, for the C library, from there had the first twice. So who takes one takes all from here.

use core::arch::global_asm;

// References without a byte of code.
global_asm!(
    ".reloc 0, R_ARM_NONE, __aeabi_uidiv",
    ".reloc 0, R_ARM_NONE, __aeabi_uidivmod",
    ".reloc 0, R_ARM_NONE, __aeabi_idiv",
    ".reloc 0, R_ARM_NONE, __aeabi_idivmod",
);
