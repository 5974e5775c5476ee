//! What depends on the processor once it runs: the stack pointer, a call to the debugger.

use core::arch::asm;

/// The stack pointer.
#[inline(always)]
pub fn stack_pointer() -> usize {
    let pointer;
    // SAFETY: reads a register.
    unsafe {
        #[cfg(target_arch = "arm")]
        asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
        #[cfg(target_arch = "riscv32")]
        asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}

/// Asks the debugger for a service: `operation` of Arm's semihosting, with its one argument.
#[inline(never)]
pub fn semihosting(operation: usize, argument: usize) {
    // SAFETY: the debugger changes no memory for the operations that are used here.
    unsafe {
        #[cfg(target_arch = "arm")]
        asm!("bkpt 0xAB", inout("r0") operation => _, in("r1") argument);
        #[cfg(target_arch = "riscv32")]
        asm!(
            // The three instructions are the signal; they must be uncompressed and on one page.
            ".option push",
            ".option norvc",
            ".balign 16",
            "slli zero, zero, 0x1f",
            "ebreak",
            "srai zero, zero, 7",
            ".option pop",
            inout("a0") operation => _, in("a1") argument
        );
    }
}
