//! The natural logarithm.
//!
//! ```text
//! x = 2^k m,  k whole,  sqrt(1/2) <= m < sqrt(2)    ln x = k ln 2 + ln m
//! f = m - 1 (exact),  s = f / (2 + f)               ln m = ln((1 + s) / (1 - s)) = 2 s + s R,   R = s^2 l(s^2)
//!                                                        = f - (h - s (h + R)),                 h = f^2 / 2
//! ```
//!
//! with a polynomial `l`; the error is below 0.85 unit in the last place. The last form is that of Sun's fdlibm: 2 s
//! carries the rounding of a quotient, `f` carries none. `k` is made a floating-point number by writing it into the low
//! bits of `2^(digits - 1)`, because the processors' own conversion of 64-bit integers is not a vector operation
//! everywhere.

use super::coefficients;
use super::polynomial;

macro_rules! ln {
    ($type:ident, $bits:ident, $ln:ident, $ln_normal:ident, $digits:literal) => {
        const ONE: $bits = (1.0 as $type).to_bits();
        const ROOT_OF_HALF: $bits = core::$type::consts::FRAC_1_SQRT_2.to_bits();
        const SIGNIFICAND: $bits = (1 << ($digits - 1)) - 1;
        const WHOLE: $type = (1u64 << ($digits - 1)) as $type;
        const EXPONENT_BIAS: $type = ($type::MAX_EXP - 1) as $type;
        /// Makes every subnormal number normal.
        const LIFT: $type = (1u64 << $digits) as $type;

        /// `ln x - below * ln 2` for a positive normal number `x` and a whole number `below`.
        #[inline(always)]
        fn ln_of_normal(x: $type, below: $type) -> $type {
            // Moves the borders between exponents from the powers of two to sqrt(1/2) times them.
            let moved = x.to_bits().wrapping_add(ONE - ROOT_OF_HALF);
            let exponent = $type::from_bits(WHOLE.to_bits() | (moved >> ($digits - 1)));
            let k = exponent - (WHOLE + EXPONENT_BIAS) - below;
            let f = $type::from_bits((moved & SIGNIFICAND) + ROOT_OF_HALF) - 1.0;

            let s = f / (2.0 + f);
            let z = s * s;
            let rest = z * polynomial(z, &LN);
            let half_square = 0.5 * f * f;
            ((s * (half_square + rest) + k * LN_2_LOW) - half_square + f) + k * LN_2_HIGH
        }

        /// `ln x` of a positive normal number, as the draws need it. Of anything else some number or NaN.
        #[inline(always)]
        pub fn $ln_normal(x: $type) -> $type {
            ln_of_normal(x, 0.0)
        }

        /// `ln x`; minus infinity for zero of either sign, NaN below and for NaN. The same bits as
        #[doc = concat!("[`", stringify!($ln_normal), "`] for the numbers that are that one's domain.")]
        #[inline(always)]
        pub fn $ln(x: $type) -> $type {
            let subnormal = x < $type::MIN_POSITIVE;
            let lifted = if subnormal { x * LIFT } else { x };
            let below = if subnormal { $digits as $type } else { 0.0 };
            let ln = ln_of_normal(lifted, below);
            let finite = if x < $type::INFINITY { ln } else { x };
            let real = if x < 0.0 { $type::NAN } else { finite };
            if x == 0.0 { -$type::INFINITY } else { real }
        }
    };
}

mod single {
    use super::coefficients::f32::*;
    use super::polynomial;
    ln!(f32, u32, ln_f32, ln_normal_f32, 24);
}

mod double {
    use super::coefficients::f64::*;
    use super::polynomial;
    ln!(f64, u64, ln_f64, ln_normal_f64, 53);
}

pub use double::{ln_f64, ln_normal_f64};
pub use single::{ln_f32, ln_normal_f32};
