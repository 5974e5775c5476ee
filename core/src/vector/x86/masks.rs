//! Whether a comparison holds in every lane of a register.

use pulp::bytemuck::cast;
use pulp::x86::{V3, V4};
use pulp::{b8, b16, m32x8, m64x4};

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
