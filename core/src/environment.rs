//! Whether arithmetic here is that of IEEE 754 in its default environment, which all bits of this library rest on.
//!
//! The library computes with the processor's own operations, or with those of a run-time library, and both can be set to
//! give other results without a word: a mode that flushes subnormal numbers to zero, another direction of rounding,
//! floating-point routines that flush (those in the ROM of an RP2040), a compiler told to contract products and sums
//! (`-fp-contract=fast`), registers that keep more digits than the type has. Nothing in this library looks by itself, since
//! that would cost every program; [`check`] is for a program to call once, at its start, and after whatever may have changed
//! the mode of a thread. The C ABI and the command line do.
//!
//! On a chip without a floating-point unit the routines are the compiler's own, which are right, unless another crate brings some under
//! their names: `rp2040-hal` does, unless its feature `disable-intrinsics` is on. A unit is in its default mode after a reset.
//!
//! The probes are arithmetic, so that they need no knowledge of any processor, on operands that the compiler cannot see
//! through. With `m` the smallest normal number and `e` the distance from 1 to the next number, sums are looked at by
//!
//! ```text
//! (3/2 m - m) + m = 3/2 m     3/2 m - m is subnormal, as a result and then as an operand
//! 1 + e/2 = 1                 a tie goes to even, not up nor away from zero
//! 1 + 3/4 e = 1 + e           nearest, not down nor towards zero
//! (1 + e/2) - 1 = 0           rounded to the digits of the type before it is used
//! x x - r = 0                 r the product of x and x, rounded; what is left is not zero if the product was not rounded
//! ```
//!
//! and products, quotients, roots, conversions and comparisons in the same way.

use core::hint::black_box;

use crate::error::{EnvironmentFault, Error};
use crate::scalar::Scalar;
use crate::vector::lane::Lanes;
use crate::vector::{Level, Vector, Work, dispatch};

/// Sees that arithmetic, in `f32` and in `f64`, is that of IEEE 754 in its default environment: rounding to nearest even,
/// subnormal numbers kept by every operation as operands and as results, every result rounded to its type before it is
/// used, nothing fused; on x86-64 the last in code for every [`Level`] that may be chosen, too. Where this is so a
/// training has the bits that it has everywhere.
///
/// It looks at the thread that calls it: modes belong to a thread, which has them from the thread that started it. Takes
/// less than a microsecond on a desktop machine.
///
/// # Errors
/// [`Error::Environment`], with the first fault found.
pub fn check() -> Result<(), Error> {
    // Modes first: under another rounding the other probes say nothing of their own.
    if !(single::sums_round() && double::sums_round()) {
        return Err(Error::Environment(EnvironmentFault::Rounding));
    }
    if !(single::sums_keep()
        && double::sums_keep()
        && single::rest_keeps()
        && double::rest_keeps()
        && conversions_keep())
    {
        return Err(Error::Environment(EnvironmentFault::Subnormals));
    }
    if !(single::is_rounded_at_once() && double::is_rounded_at_once()) {
        return Err(Error::Environment(EnvironmentFault::Contraction));
    }
    if !(single::rest_rounds() && double::rest_rounds()) {
        return Err(Error::Environment(EnvironmentFault::Rounding));
    }
    Ok(())
}

/// Whether this thread's modes are the default ones: sums round to nearest even and keep subnormal numbers, in both
/// precisions, which on some processors have modes of their own. The part of [`check`] that a program can change while it
/// runs, in a few nanoseconds.
///
/// Sums only: on some processors a product that is subnormal costs a hundred cycles, a sum does not.
#[inline(never)] // Every function of the C library that computes begins with it.
pub fn is_default() -> bool {
    // No short cut: four probes take less code than four jumps.
    single::sums_keep() & single::sums_round() & double::sums_keep() & double::sums_round()
}

macro_rules! probes {
    ($module:ident, $t:ident, $long:expr, $root_of_three:literal, $root_of_five:literal) => {
        mod $module {
            use super::*;

            /// The smallest normal number, and half of it, which is subnormal.
            const SMALLEST: $t = $t::MIN_POSITIVE;
            const SUBNORMAL: $t = SMALLEST / 2.0;
            const E: $t = $t::EPSILON;
            /// Its square has more digits than the type, and a short number is nearest to it.
            const LONG: $t = $long;

            // Bits are compared throughout: a comparison of numbers may flush, too.

            #[inline]
            pub(super) fn sums_keep() -> bool {
                let [above, smallest] = black_box([1.5 * SMALLEST, SMALLEST]);
                ((above - smallest) + smallest).to_bits() == const { (1.5 * SMALLEST).to_bits() }
            }

            #[inline]
            pub(super) fn sums_round() -> bool {
                let [one, half, most] = black_box([1.0, 0.5 * E, 0.75 * E]);
                ((one + half).to_bits() == const { $t::to_bits(1.0) })
                    & ((one + most).to_bits() == const { $t::to_bits(1.0 + E) })
            }

            /// Whether products, quotients, roots and comparisons keep subnormal numbers, as results and as operands.
            pub(super) fn rest_keeps() -> bool {
                let [smallest, subnormal, quarter, two, half] =
                    black_box([SMALLEST, SUBNORMAL, SUBNORMAL / 2.0, 2.0, 0.5]);
                let root = Scalar::sqrt(quarter);
                (smallest * half).to_bits() == const { SUBNORMAL.to_bits() }
                    && (subnormal * two).to_bits() == const { SMALLEST.to_bits() }
                    && (smallest / two).to_bits() == const { SUBNORMAL.to_bits() }
                    && (subnormal / half).to_bits() == const { SMALLEST.to_bits() }
                    && (root * root).to_bits() == const { (SUBNORMAL / 2.0).to_bits() }
                    && subnormal > 0.0
                    && subnormal < smallest
                    && subnormal != quarter
            }

            /// Whether products, quotients and roots round to nearest even. Of each there are two, of which one is rounded
            /// up and one down.
            pub(super) fn rest_rounds() -> bool {
                let [one, three, five, above, odd, even] = black_box([1.0, 3.0, 5.0, 1.5, 1.0 + E, 1.0 + 3.0 * E]);
                (above * odd).to_bits() == const { (1.5 * (1.0 + E)).to_bits() }
                    && (above * even).to_bits() == const { (1.5 * (1.0 + 3.0 * E)).to_bits() }
                    && (one / three).to_bits() == const { $t::to_bits(1.0 / 3.0) }
                    && (five / three).to_bits() == const { $t::to_bits(5.0 / 3.0) }
                    && Scalar::sqrt(three).to_bits() == $root_of_three
                    && Scalar::sqrt(five).to_bits() == $root_of_five
            }

            /// Whether sums and products have the digits of their type before they are used.
            pub(super) fn is_rounded_at_once() -> bool {
                let [one, half, long, square] = black_box([1.0, 0.5 * E, LONG, LONG * LONG]);
                let best = Level::best();
                ((one + half) - one).to_bits() == 0
                    && (long * long - square).to_bits() == 0
                    && Level::ALL
                        .into_iter()
                        .filter(|&level| level <= best)
                        .all(|level| dispatch(level, Remainder { long, square }).to_bits() == 0)
            }
        }
    };
}

probes!(single, f32, 1.0 + 1.0 / (1u32 << 13) as f32, 0x3FDD_B3D7, 0x400F_1BBD);
probes!(double, f64, 1.0 + 1.0 / (1u64 << 27) as f64, 0x3FFB_B67A_E858_4CAA, 0x4001_E377_9B97_F4A8);

/// What is left of a square beside its rounded value, in vector registers: zero unless the two are fused there.
struct Remainder<T> {
    long: T,
    square: T,
}

impl<T: Scalar> Work for Remainder<T> {
    type Output = T;

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) -> T {
        let [long, square] = [self.long, self.square].map(|x| T::Lanes::<V>::splat(vector, x));
        (long * long - square).fold()
    }
}

/// Whether conversions between the two widths keep numbers that are subnormal in `f32`.
fn conversions_keep() -> bool {
    const SUBNORMAL: f32 = f32::MIN_POSITIVE / 2.0;
    let (narrow, wide) = black_box((SUBNORMAL, f32::MIN_POSITIVE as f64 / 2.0));
    f64::from(narrow).to_bits() == const { (f32::MIN_POSITIVE as f64 / 2.0).to_bits() }
        && (wide as f32).to_bits() == const { SUBNORMAL.to_bits() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn here_all_is_as_it_should_be() {
        assert_eq!(check(), Ok(()));
        assert!(is_default());
    }

    /// The probes of roots compare with constants, and mean something only if one is rounded up and one down.
    #[test]
    fn the_roots_are_right_and_on_either_side() {
        assert_eq!((libm::sqrtf(3.0).to_bits(), libm::sqrtf(5.0).to_bits()), (0x3FDD_B3D7, 0x400F_1BBD));
        assert_eq!(
            (libm::sqrt(3.0).to_bits(), libm::sqrt(5.0).to_bits()),
            (0x3FFB_B67A_E858_4CAA, 0x4001_E377_9B97_F4A8)
        );
        // Squares of f32 are exact in f64; those of f64 are exact by integers.
        let above = |root: u32, x: f64| f64::from(f32::from_bits(root)) * f64::from(f32::from_bits(root)) > x;
        assert_ne!(above(0x3FDD_B3D7, 3.0), above(0x400F_1BBD, 5.0));
        let above = |root: u64, x: u128, point: u32| {
            let digits = u128::from(root & 0xF_FFFF_FFFF_FFFF | 1 << 52);
            digits * digits > x << point
        };
        assert_ne!(above(0x3FFB_B67A_E858_4CAA, 3, 104), above(0x4001_E377_9B97_F4A8, 5, 102));
    }

    /// A remainder of a square that is not rounded is no zero.
    #[test]
    fn what_contraction_leaves_is_seen() {
        let (long, short) = (1.0 + 1.0 / f64::from(1 << 13), 1.0 + 1.0 / (1u32 << 13) as f32);
        let square = short * short;
        assert!((long * long - f64::from(square)) as f32 != 0.0);
        let long = 1.0 + 1.0 / (1u64 << 27) as f64;
        assert!(libm::fma(long, long, -(long * long)) != 0.0);
    }
}
