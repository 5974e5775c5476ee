//! How deep the stack goes: free memory is painted, and later searched for the lowest word that has changed.

use core::arch::asm;
use core::ptr::{read_volatile, with_exposed_provenance, with_exposed_provenance_mut, write_volatile};

const PAINT: u32 = 0x5AFE_C0DE;
/// No more than this is painted where memory is plenty.
const FAR: usize = 16 * 1024;

// Linker symbols: their addresses are what they say.
unsafe extern "C" {
    /// First of the statics.
    static __sdata: u32;
    /// End of the statics; the stack grows down towards it.
    static __sheap: u32;
    /// Where the stack starts, at the end of the memory.
    static _stack_start: u32;
}

/// Bytes of all statics together.
pub fn static_memory() -> usize {
    (&raw const __sheap).addr() - (&raw const __sdata).addr()
}

fn start() -> usize {
    (&raw const _stack_start).addr()
}

/// The lowest address that is painted.
fn bottom() -> usize {
    let (statics, far) = ((&raw const __sheap).addr(), start() - FAR);
    if statics > far { statics } else { far }
}

/// Bytes that a stack can have without being lost to the search, or in the way of the statics.
pub fn capacity() -> usize {
    start() - bottom()
}

/// The stack pointer of the function that calls this.
#[inline(always)]
pub fn pointer() -> usize {
    let pointer: usize;
    // SAFETY: copies a register; touches neither memory nor flags.
    unsafe {
        #[cfg(target_arch = "arm")]
        asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
        #[cfg(target_arch = "riscv32")]
        asm!("mv {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
    }
    pointer
}

/// Paints everything below the frame of the function that calls this.
#[inline(always)]
pub fn paint() {
    for address in (bottom()..pointer()).step_by(size_of::<u32>()) {
        // SAFETY: between the statics and the stack pointer lies memory that belongs to nobody. An interrupt may use it
        // meanwhile, and has given it back when the loop goes on.
        unsafe { write_volatile(with_exposed_provenance_mut::<u32>(address), PAINT) };
    }
}

/// Bytes of stack between `top` and the lowest word that has changed since [`paint`].
pub fn depth_below(top: usize) -> usize {
    let changed = (bottom()..top).step_by(size_of::<u32>()).find(|&address| {
        // SAFETY: memory of the machine, aligned; nobody else writes to it while it is read.
        unsafe { read_volatile(with_exposed_provenance::<u32>(address)) != PAINT }
    });
    changed.map_or(0, |lowest| top - lowest)
}

/// Bytes of stack used since the first [`paint`], from the start of the stack.
pub fn depth() -> usize {
    depth_below(start())
}
