//! The exponential.
//!
//! ```text
//! x = k ln 2 + r,  k whole,  |r| <= ln 2 / 2        e^x = 2^k e^r
//! e^r = 1 + (r + r^2 q(r)),                         q a polynomial
//! ```
//!
//! Adding `1.5 * 2^(digits - 1)` to `x / ln 2` leaves no bits below the units: the sum is that constant plus `k`, and its low bits
//! are `k` as an integer. The constant also carries the bias of the exponent, so that those low bits, moved up, are the
//! number `2^k`. `ln 2` is taken in two parts, the higher short enough for its product with `k` to be exact wherever the
//! result is not replaced in the end.
//!
//! The error is below 1 unit in the last place in `f32`, over all arguments. In `f64` it is at most 1.06: results just
//! below one, whose unit is the finer one, carry half of it from the last addition, 1/4 from the addition before, 0.18
//! from `r`, and the rest from `r^2 q`; the largest seen is 0.98.
//!
//! Results below the smallest normal number are zero. (To round them to subnormal numbers would take two more
//! operations on every element, for softmax weights that vanish beside the others.)

use super::coefficients;
use super::polynomial;
use crate::vector::lane::Lane;

macro_rules! exp {
    ($type:ident, $exp:ident, $exp_not_positive:ident, $digits:literal, $lowest:literal, $highest:literal) => {
        /// Below this the exponential is less than the smallest normal number.
        const LOWEST: $type = $lowest;
        /// Above this it is more than the largest number.
        const HIGHEST: $type = $highest;
        const EXPONENT_BIAS: $type = ($type::MAX_EXP - 1) as $type;
        const WHOLE: $type = 1.5 * (1u64 << ($digits - 1)) as $type + EXPONENT_BIAS;

        /// `e^r`, and the sum that has `k` and the bias in its low bits; right for `k` in `[MIN_EXP - 1, MAX_EXP - 1]`.
        #[inline(always)]
        fn parts<L: Lane<$type>>(x: L) -> (L, L) {
            let shifted = x * x.with(LOG2_E) + x.with(WHOLE);
            let k = shifted - x.with(WHOLE);
            let r = x.plus_exact(k, x.with(-LN_2_HIGH)) - k * x.with(LN_2_LOW);
            (x.with(1.0) + (r + (r * r) * polynomial(r, &EXP)), shifted)
        }

        /// `e^x` for `x <= 0`, as the softmax needs it; zero where it is not a normal number. NaN for NaN. The same bits
        /// as the exponential of any number; above zero not to be used.
        #[inline(always)]
        pub fn $exp_not_positive<L: Lane<$type>>(x: L) -> L {
            let (exp, shifted) = parts(x);
            x.zero_if_less(x.with(LOWEST), exp * shifted.low_bits_to_exponent())
        }

        /// `e^x`; zero where it is not a normal number, infinite where it overflows, NaN for NaN.
        #[inline(always)]
        pub fn $exp(x: $type) -> $type {
            let (exp, shifted) = parts(x);
            // Added to the exponent and not multiplied: 2^k itself overflows before 2^k e^r does.
            let power = shifted.low_bits_to_exponent().to_bits();
            let scaled = $type::from_bits(exp.to_bits().wrapping_add(power).wrapping_sub((1.0 as $type).to_bits()));
            let below = if x < LOWEST { 0.0 } else { scaled };
            if x <= HIGHEST { below } else { x + $type::INFINITY }
        }
    };
}

mod single {
    use super::coefficients::f32::*;
    use super::{Lane, polynomial};
    exp!(f32, exp_f32, exp_not_positive_f32, 24, -87.33654, 88.72283);
}

mod double {
    use super::coefficients::f64::*;
    use super::{Lane, polynomial};
    exp!(f64, exp_f64, exp_not_positive_f64, 53, -708.3964185322641, 709.782712893384);
}

pub use double::{exp_f64, exp_not_positive_f64};
pub use single::{exp_f32, exp_not_positive_f32};
