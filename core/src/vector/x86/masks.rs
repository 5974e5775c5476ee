//! Whether a comparison holds in every lane of a register, and zeros where it does.

use pulp::bytemuck::cast;
use pulp::x86::{V3, V4};
use pulp::{Simd, b8, b16, f32x8, f32x16, f64x4, f64x8, m32x8, m64x4};

#[inline(always)]
pub(super) fn f64_v4(_: V4, mask: b8) -> bool {
    mask.0 == u8::MAX
}

#[inline(always)]
pub(super) fn f32_v4(_: V4, mask: b16) -> bool {
    mask.0 == u16::MAX
}

#[inline(always)]
pub(super) fn f64_v3(v: V3, mask: m64x4) -> bool {
    v.avx._mm256_movemask_pd(cast(mask)) == 0xF
}

#[inline(always)]
pub(super) fn f32_v3(v: V3, mask: m32x8) -> bool {
    v.avx._mm256_movemask_ps(cast(mask)) == 0xFF
}

/// Zeros where a comparison holds, and `x` elsewhere.
pub(super) mod zeros {
    use super::*;

    #[inline(always)]
    pub(in super::super) fn f64_v4(v: V4, mask: b8, x: f64x8) -> f64x8 {
        v.select_f64s(mask, v.splat_f64s(0.0), x)
    }

    #[inline(always)]
    pub(in super::super) fn f32_v4(v: V4, mask: b16, x: f32x16) -> f32x16 {
        v.select_f32s(mask, v.splat_f32s(0.0), x)
    }

    // Of a choice between zeros and something else the compiler makes one operation more, as it does not know that all bits of a lane
    // of the mask are equal.
    #[inline(always)]
    pub(in super::super) fn f64_v3(v: V3, mask: m64x4, x: f64x4) -> f64x4 {
        cast(v.avx._mm256_andnot_pd(cast(mask), cast(x)))
    }

    #[inline(always)]
    pub(in super::super) fn f32_v3(v: V3, mask: m32x8, x: f32x8) -> f32x8 {
        cast(v.avx._mm256_andnot_ps(cast(mask), cast(x)))
    }
}
