//! Whether a comparison holds in every lane of a register.

use pulp::bytemuck::cast;
use pulp::{m32x4, m64x2};

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
