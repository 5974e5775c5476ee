//! Whether a comparison holds in every lane of a register, and zeros where it does.

use pulp::bytemuck::cast;
use pulp::{Simd, f32x4, f64x2, m32x4, m64x2};

use super::kind::V128;
use super::operations::Operations;

#[inline(always)]
pub(super) fn f32_v128(v: V128, mask: m32x4) -> bool {
    v.all(cast(mask))
}

#[inline(always)]
pub(super) fn f64_v128(v: V128, mask: m64x2) -> bool {
    v.all(cast(mask))
}

/// Zeros where a comparison holds, and `x` elsewhere.
pub(super) mod zeros {
    use super::*;

    #[inline(always)]
    pub(in super::super) fn f32_v128(v: V128, mask: m32x4, x: f32x4) -> f32x4 {
        v.select_f32s(mask, v.splat_f32s(0.0), x)
    }

    #[inline(always)]
    pub(in super::super) fn f64_v128(v: V128, mask: m64x2, x: f64x2) -> f64x2 {
        v.select_f64s(mask, v.splat_f64s(0.0), x)
    }
}
