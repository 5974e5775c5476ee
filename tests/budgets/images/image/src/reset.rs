//! The first instructions of a processor, and where it goes when it meets a fault.

use core::arch::global_asm;

// The table that a Cortex-M starts from: the stack, the first function, and the processor's own exceptions.
#[cfg(target_arch = "arm")]
global_asm!(".section .vectors, \"a\"", ".word stack_top", ".word start", ".rept 14", ".word fault", ".endr", ".text",);

/// The first function on a Cortex-M.
#[cfg(target_arch = "arm")]
#[unsafe(no_mangle)]
extern "C" fn start() -> ! {
    #[cfg(target_abi = "eabihf")]
    {
        // Full access to coprocessors 10 and 11, the floating-point unit, before the first of its instructions.
        const ACCESS: *mut u32 = 0xE000_ED88 as *mut u32;
        // SAFETY: this register is there on every Cortex-M with such a unit.
        unsafe { ACCESS.write_volatile(ACCESS.read_volatile() | 0xF << 20) };
        // SAFETY: barriers, after which the unit is on.
        unsafe { core::arch::asm!("dsb", "isb") };
    }
    crate::start::begin()
}

// The first instructions on RISC-V: stack, trap, and the floating-point unit in its initial state.
#[cfg(target_arch = "riscv32")]
global_asm!(
    ".section .vectors, \"ax\"",
    ".option push",
    ".option norelax",
    ".global start",
    "start:",
    "la sp, stack_top",
    "la t0, 1f",
    "csrw mtvec, t0",
    // Without such a unit these bits are not there to be set.
    "li t0, 0x2000",
    "csrs mstatus, t0",
    "j begin",
    // Where traps go must be a multiple of four.
    ".balign 4",
    "1: j fault",
    ".option pop",
    ".text",
);

/// After the first instructions on RISC-V.
#[cfg(target_arch = "riscv32")]
#[unsafe(no_mangle)]
extern "C" fn begin() -> ! {
    crate::start::begin()
}

/// Ends the program, which has met a fault.
#[unsafe(no_mangle)]
extern "C" fn fault() -> ! {
    crate::start::end(false)
}
