//! Sine and cosine of an angle that is given in turns.
//!
//! In turns the reduction is exact: the nearest quarter turn and a rest `w` of at most an eighth of a turn either way.
//! With `y = w^2` and polynomials `s` and `c`
//!
//! ```text
//! sin(2 pi w) = 2pi w + w s(y)        2pi rounded to the type; s(0) is what it lacks
//! cos(2 pi w) = 1 + y c(y)
//! ```
//!
//! and the quarter turns exchange the two and turn their signs: bits, moved to the place of a sign. The error is below
//! 1.7 units in the last place for the smaller and 1.35 for the larger of the two.

use super::coefficients;
use super::polynomial;

macro_rules! sin_cos {
    ($type:ident, $bits:ident, $sin_cos:ident, $sin_cos_turns:ident, $digits:literal) => {
        const SIGN: $bits = 1 << ($bits::BITS - 1);
        const WHOLE: $type = 1.5 * (1u64 << ($digits - 1)) as $type;

        /// Sine and cosine of `quarters / 4 + rest` turns, `rest` at most an eighth of a turn either way. Whole turns
        /// in `quarters` do no harm.
        #[inline(always)]
        pub fn $sin_cos(quarters: u32, rest: $type) -> ($type, $type) {
            let y = rest * rest;
            let sin = (rest * TAU + rest * polynomial(y, &SIN)).to_bits();
            let cos = (1.0 + y * polynomial(y, &COS)).to_bits();

            let quarters = $bits::from(quarters);
            let exchanged = (sin ^ cos) & (quarters & 1).wrapping_neg();
            let sin_sign = (quarters << ($bits::BITS - 2)) & SIGN;
            let cos_sign = (quarters.wrapping_add(1) << ($bits::BITS - 2)) & SIGN;
            ($type::from_bits(sin ^ exchanged ^ sin_sign), $type::from_bits(cos ^ exchanged ^ cos_sign))
        }

        /// Sine and cosine of `turns` turns, which must lie within `2^20` turns of zero.
        #[inline(always)]
        pub fn $sin_cos_turns(turns: $type) -> ($type, $type) {
            let shifted = turns * 4.0 + WHOLE;
            let rest = turns - (shifted - WHOLE) * 0.25;
            // The low bits of the sum are the number of quarter turns; no more of them than two are looked at.
            $sin_cos(shifted.to_bits() as u32, rest)
        }
    };
}

mod single {
    use super::coefficients::f32::*;
    use super::polynomial;
    sin_cos!(f32, u32, sin_cos_f32, sin_cos_turns_f32, 24);
}

mod double {
    use super::coefficients::f64::*;
    use super::polynomial;
    sin_cos!(f64, u64, sin_cos_f64, sin_cos_turns_f64, 53);
}

pub use double::{sin_cos_f64, sin_cos_turns_f64};
pub use single::{sin_cos_f32, sin_cos_turns_f32};
