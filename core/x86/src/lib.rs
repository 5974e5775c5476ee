//! Which registers the operating system keeps when it goes from one thread to another, on x86-64.
//!
//! CPUID says what the processor could do. An instruction on registers that the operating system has not switched on is an
//! illegal one all the same, and which are on stands in XCR0, the extended control register 0. A program reads it by the
//! instruction XGETBV, which is illegal itself unless CPUID says that the operating system has switched on XSAVE.
//!
//! A crate of its own because the compiler has that instruction as an unsafe function, and `tutee` has no unsafe code.
#![no_std]

/// XCR0: bit 1 for the registers of SSE, 2 for the upper halves of those of AVX, 5 to 7 for what AVX-512 adds. `None` where
/// the operating system has not switched on XSAVE, and keeps the registers of SSE alone.
#[cfg(target_arch = "x86_64")]
pub fn xcr0() -> Option<u64> {
    /// Bit of ECX in leaf 1 of CPUID: the operating system has set CR4.OSXSAVE.
    const OSXSAVE: u32 = 1 << 27;
    let on = raw_cpuid::native_cpuid::cpuid_count(1, 0).ecx & OSXSAVE != 0;
    // SAFETY: XGETBV reads a register, and no memory. It is legal where CR4.OSXSAVE is set, which has just been seen, and
    // every processor that has it has number 0.
    on.then(|| unsafe { core::arch::x86_64::_xgetbv(0) })
}
