//! What `tutee::environment::check` says on a chip: first of its arithmetic as it is, where a program begins; then of one that
//! was spoilt. A floating-point unit is told to flush subnormal numbers and to round upwards. A chip without one gets routines
//! for sums that flush, as a chip maker's crate puts those of its ROM in place of the compiler's: they stand in this program
//! under the names that compilers call, as such a crate has them.
#![no_std]
#![no_main]

// Brings the interrupt vectors.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use semihosting::{println, process};
use tutee::Error;
use tutee::environment::check;
use tutee::error::EnvironmentFault;

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let mut wrong = !matches!(said("as it starts", check()), Ok(()));
    for (name, mode, fault) in arithmetic::SPOILT {
        arithmetic::set(mode);
        let seen = check();
        arithmetic::set(arithmetic::DEFAULT);
        wrong |= said(name, seen) != Err(Error::Environment(fault));
    }
    wrong |= said("as it was", check()).is_err();
    process::exit(i32::from(wrong))
}

fn said(name: &str, seen: Result<(), Error>) -> Result<(), Error> {
    match seen {
        Ok(()) => println!("{name}: IEEE 754"),
        Err(error) => println!("{name}: {error}"),
    }
    seen
}

/// A unit with a register that says how it computes.
#[cfg(float_unit)]
mod arithmetic {
    use core::arch::asm;

    use super::EnvironmentFault;

    #[cfg(target_arch = "arm")]
    pub const SPOILT: [(&str, u32, EnvironmentFault); 2] = [
        ("a unit that flushes", 1 << 24, EnvironmentFault::Subnormals),
        ("a unit that rounds upwards", 1 << 22, EnvironmentFault::Rounding),
    ];
    #[cfg(target_arch = "riscv32")]
    pub const SPOILT: [(&str, u32, EnvironmentFault); 1] =
        [("a unit that rounds upwards", 3, EnvironmentFault::Rounding)];
    pub const DEFAULT: u32 = 0;

    /// Writes FPSCR, or the mode of rounding of RISC-V.
    #[inline(never)]
    pub fn set(mode: u32) {
        // SAFETY: writes a register of the unit, which every piece of code that computes is told about: `check` is made to
        // be called under it, and nothing else computes before it is the default again.
        unsafe {
            #[cfg(target_arch = "arm")]
            asm!("vmsr fpscr, {}", in(reg) mode);
            #[cfg(target_arch = "riscv32")]
            asm!("csrw frm, {}", in(reg) mode);
        }
    }
}

/// Routines of one's own, by way of `f64`, in which a sum of two `f32` has all its digits that matter to rounding. Without the black box a compiler
/// would make of the two conversions and the sum a sum of `f32`: the routine would call itself.
#[cfg(not(float_unit))]
mod arithmetic {
    use core::hint::black_box;
    use core::sync::atomic::{AtomicU32, Ordering};

    use super::EnvironmentFault;

    pub const SPOILT: [(&str, u32, EnvironmentFault); 1] = [("routines that flush", 1, EnvironmentFault::Subnormals)];
    pub const DEFAULT: u32 = 0;

    static FLUSHING: AtomicU32 = AtomicU32::new(DEFAULT);

    pub fn set(mode: u32) {
        FLUSHING.store(mode, Ordering::Relaxed);
    }

    fn of(exact: f64) -> f32 {
        let bits = (exact as f32).to_bits();
        let subnormal = bits & 0x7F80_0000 == 0;
        f32::from_bits(if subnormal && FLUSHING.load(Ordering::Relaxed) != DEFAULT { bits & 0x8000_0000 } else { bits })
    }

    // SAFETY: what these names stand for, in a program that has no other; with the flag they differ from it on purpose.
    #[cfg_attr(target_arch = "arm", unsafe(export_name = "__aeabi_fadd"))]
    #[cfg_attr(target_arch = "riscv32", unsafe(export_name = "__addsf3"))]
    extern "C" fn add(a: f32, b: f32) -> f32 {
        of(black_box(f64::from(a)) + f64::from(b))
    }

    // SAFETY: as above.
    #[cfg_attr(target_arch = "arm", unsafe(export_name = "__aeabi_fsub"))]
    #[cfg_attr(target_arch = "riscv32", unsafe(export_name = "__subsf3"))]
    extern "C" fn subtract(a: f32, b: f32) -> f32 {
        of(black_box(f64::from(a)) - f64::from(b))
    }
}
