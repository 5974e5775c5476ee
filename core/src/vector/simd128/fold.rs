//! Sums of the lanes of four registers at once, with the additions of [`fold`](crate::vector::lane::fold): upper half to
//! lower half until one is left. What is left of two is brought into one register, so that an addition is one for both.

use pulp::bytemuck::cast;
use pulp::{Simd, f32x4, f64x2};

use super::kind::V128;
use super::operations::Operations;

/// The lower half of each plus its upper half.
#[inline(always)]
fn halves_f32(v: V128, a: f32x4, b: f32x4) -> f32x4 {
    v.add_f32s(cast(v.low(cast(a), cast(b))), cast(v.high(cast(a), cast(b))))
}

/// The lower number of each plus its upper one.
#[inline(always)]
fn halves_f64(v: V128, a: f64x2, b: f64x2) -> f64x2 {
    v.add_f64s(cast(v.low(cast(a), cast(b))), cast(v.high(cast(a), cast(b))))
}

#[inline(always)]
pub(super) fn f32_v128(v: V128, [a, b, c, d]: [f32x4; 4]) -> [f32; 4] {
    let (ab, cd) = (cast(halves_f32(v, a, b)), cast(halves_f32(v, c, d)));
    cast(v.add_f32s(cast(v.even(ab, cd)), cast(v.odd(ab, cd))))
}

#[inline(always)]
pub(super) fn f64_v128(v: V128, [a, b, c, d]: [f64x2; 4]) -> [f64; 4] {
    cast([halves_f64(v, a, b), halves_f64(v, c, d)])
}
