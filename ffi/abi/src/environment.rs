//! Whether the thread's floating-point environment gives the bits that IEEE 754 prescribes by default.
//!
//! The environment belongs to the host program: a mode that flushes subnormal numbers to zero (linking with -ffast-math is
//! enough), or another direction of rounding, changes results without a word. The probe is arithmetic, so that it needs no knowledge of any processor:
//!
//! ```text
//! (3/2 m - m) + m = 3/2 m     m the smallest normal number: 3/2 m - m is subnormal, as a result and then as an operand
//! 1 + e/2 = 1                 e the distance from 1 to the next number: a tie goes to even, not up nor away from zero
//! 1 + 3/4 e = 1 + e           nearest, not down nor towards zero
//! ```
//!
//! Additions only: on some processors a product that is subnormal costs a hundred cycles, a sum does not.

use core::ptr::read_volatile;

use crate::status::Outcome;
use crate::status::tutee_status::TUTEE_ERROR_FLOAT_ENVIRONMENT;

macro_rules! probe {
    ($name:ident, $t:ident) => {
        #[inline]
        fn $name() -> bool {
            // Volatile, because the compiler evaluates constants in the default environment.
            static OPERANDS: [$t; 5] =
                [1.5 * $t::MIN_POSITIVE, $t::MIN_POSITIVE, 1.0, 0.5 * $t::EPSILON, 0.75 * $t::EPSILON];
            // SAFETY: a reference is valid for reading.
            let [above, smallest, one, half, most] = unsafe { read_volatile(&OPERANDS) };
            let through_subnormal = (above - smallest) + smallest;
            // Bits are compared: a comparison of numbers may flush, too.
            let expected = (1.5 * $t::MIN_POSITIVE).to_bits();
            through_subnormal.to_bits() == expected
                && (one + half).to_bits() == $t::to_bits(1.0)
                && (one + most).to_bits() == $t::to_bits(1.0 + $t::EPSILON)
        }
    };
}

probe!(f32_is_default, f32);
probe!(f64_is_default, f64);

/// Refuses an environment that could change a bit. Costs a few nanoseconds.
#[inline]
pub(crate) fn check() -> Outcome {
    // The widths can be set apart on some processors, and f32 training uses f64 constants.
    if f32_is_default() & f64_is_default() { Ok(()) } else { Err(TUTEE_ERROR_FLOAT_ENVIRONMENT) }
}

#[cfg(all(test, target_arch = "x86_64", not(miri)))]
mod tests {
    use core::arch::asm;

    use super::*;

    /// Runs `look` under another control word of the SSE unit, given by the bits that differ from the default.
    fn under(bits: u32, look: fn() -> bool) -> bool {
        let (default, changed) = (0x1F80_u32, 0x1F80 | bits);
        // SAFETY: the control word is loaded from memory, and is the default again before anything else happens.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const changed) };
        let seen = core::hint::black_box(look)();
        // SAFETY: as above.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const default) };
        seen
    }

    #[test]
    fn every_mode_but_the_default_is_seen_by_each_width() {
        let (down, up, to_zero, flush_results, flush_operands) = (0x2000, 0x4000, 0x6000, 0x8000, 0x0040);
        for look in [f32_is_default as fn() -> bool, f64_is_default, || check().is_ok()] {
            assert!(under(0, look));
            for bits in [down, up, to_zero, flush_results, flush_operands, flush_results | flush_operands] {
                assert!(!under(bits, look), "{bits:#x}");
            }
            assert!(under(0, look));
        }
    }
}
