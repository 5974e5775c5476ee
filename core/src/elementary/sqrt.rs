//! The square root, out of multiplications and additions.
//!
//! Processors have an instruction for it, but without the standard library stable Rust does not reach it in a way that
//! the compiler can turn into vector code: `libm` wraps one scalar instruction in assembly, and takes hundreds of integer
//! operations where it knows no instruction. A correctly rounded result is the same from every source, though; so
//! [`sqrt_f32`] and [`sqrt_f64`] may stand beside `libm`'s in one program, for the loops over slices.
//!
//! ```text
//! x = 4^k m,  k whole,  1/2 <= m < 2                sqrt x = 2^k sqrt m
//! y <- y (3/2 - m/2 y^2)                            Newton's iteration towards 1 / sqrt m
//! s = m y + y/2 (m - (m y)^2)                       off by less than a unit u in the last place
//! e = m - s^2                                       exact: s in two halves, whose products are exact
//! sqrt m > s + u/2   if  e >  s u                   e and s u are multiples of u^2, so that the u^2 / 4 which is
//! sqrt m < s - u/2   if  e <= -s u                  missing on the right does not matter
//! ```
//!
//! The iteration starts from a straight line in the bit pattern, `c - bits / 2`, which halves and negates the exponent.

use super::coefficients;

macro_rules! sqrt {
    ($type:ident, $bits:ident, $sqrt:ident, $near_sqrt:ident, $digits:literal, $steps:literal) => {
        /// The exponent but for its lowest bit, halved.
        const HALF_EXPONENT: $bits = (($type::INFINITY.to_bits() >> $digits) << ($digits - 1));
        /// The lowest bit of the exponent, and the significand.
        const REDUCED: $bits = (1 << $digits) - 1;
        const HALF: $bits = (0.5 as $type).to_bits();
        const HALF_OF_HALF: $bits = (HALF >> $digits) << ($digits - 1);
        const LOW_DIGITS: u32 = u32::div_ceil($digits, 2);
        const HIGH_PART: $bits = <$bits>::MAX << LOW_DIGITS;
        const HALF_OF_LOW_PART: $bits = 1 << (LOW_DIGITS - 1);
        /// The unit in the last place of numbers from one half to one.
        const UNIT: $type = $type::EPSILON / 2.0;

        /// `m` in `[1/2, 2)`, and the bits to add to those of `sqrt(m)`, for a positive normal number.
        #[inline(always)]
        fn reduce(x: $type) -> ($type, $bits) {
            let bits = x.to_bits();
            let power = ((bits >> 1) & HALF_EXPONENT).wrapping_sub(HALF_OF_HALF);
            ($type::from_bits((bits & REDUCED) + HALF), power)
        }

        /// `sqrt(m)` for `m` in `[1/2, 2)`, to less than one unit in the last place.
        #[inline(always)]
        fn near(m: $type) -> $type {
            let half = 0.5 * m;
            let mut y = $type::from_bits(ROOT_START - (m.to_bits() >> 1));
            for _ in 0..$steps {
                y *= 1.5 - half * (y * y);
            }
            let s = m * y;
            s + (0.5 * y) * (m - s * s)
        }

        /// The square root to less than one unit in the last place, for a number that is not negative and not infinite; zero
        /// for subnormal numbers.
        #[inline(always)]
        pub fn $near_sqrt(x: $type) -> $type {
            let (m, power) = reduce(x);
            let root = $type::from_bits(near(m).to_bits().wrapping_add(power));
            if x < $type::MIN_POSITIVE { 0.0 } else { root }
        }

        /// The square root, correctly rounded; NaN below zero and for NaN.
        #[inline(always)]
        pub fn $sqrt(x: $type) -> $type {
            // An even power of two, large enough to make every subnormal number normal.
            const LIFT: $type = (1u64 << ($digits + $digits % 2)) as $type;
            const LOWER: $type = 1.0 / (1u64 << (($digits + $digits % 2) / 2)) as $type;
            let subnormal = x < $type::MIN_POSITIVE;
            let (m, power) = reduce(if subnormal { x * LIFT } else { x });

            let s = near(m);
            // Rounded and not cut, which gains the bit that an odd number of digits cannot share out.
            let high = $type::from_bits((s.to_bits() + HALF_OF_LOW_PART) & HIGH_PART);
            let low = s - high;
            let e = ((m - high * high) - (high + high) * low) - low * low;
            // Below one the root is, too, and keeps the finer unit.
            let unit = if m < 1.0 { UNIT } else { 2.0 * UNIT };
            let border = s * unit;
            let up = if e > border { unit } else { 0.0 };
            let down = if e <= -border { unit } else { 0.0 };

            let root = $type::from_bits(((s + up) - down).to_bits().wrapping_add(power));
            let lowered = if subnormal { root * LOWER } else { root };
            // Zero of either sign, infinity and NaN are their own roots.
            let real = if x > 0.0 && x < $type::INFINITY { lowered } else { x };
            if x < 0.0 { $type::NAN } else { real }
        }
    };
}

mod single {
    use super::coefficients::f32::*;
    sqrt!(f32, u32, sqrt_f32, near_sqrt_f32, 24, 2);
}

mod double {
    use super::coefficients::f64::*;
    sqrt!(f64, u64, sqrt_f64, near_sqrt_f64, 53, 3);
}

pub use double::{near_sqrt_f64, sqrt_f64};
pub use single::{near_sqrt_f32, sqrt_f32};
