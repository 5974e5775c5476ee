//! SIMD in WebAssembly.

use pulp::bytemuck::cast;
use pulp::{Simd, f32x4, f64x2, u32x4, u64x2};

use super::operations::Operations;

pub use pulp::wasm::Simd128 as V128;

/// How many there are on most processors that run it.
pub(super) const COUNT: usize = 16;

impl Operations for V128 {
    #[inline(always)]
    fn interleave_low(self, a: u32x4, b: u32x4) -> u32x4 {
        cast(self.simd128.u32x4_shuffle::<0, 4, 1, 5>(cast(a), cast(b)))
    }
    #[inline(always)]
    fn interleave_high(self, a: u32x4, b: u32x4) -> u32x4 {
        cast(self.simd128.u32x4_shuffle::<2, 6, 3, 7>(cast(a), cast(b)))
    }
    #[inline(always)]
    fn even(self, a: u32x4, b: u32x4) -> u32x4 {
        cast(self.simd128.u32x4_shuffle::<0, 2, 4, 6>(cast(a), cast(b)))
    }
    #[inline(always)]
    fn odd(self, a: u32x4, b: u32x4) -> u32x4 {
        cast(self.simd128.u32x4_shuffle::<1, 3, 5, 7>(cast(a), cast(b)))
    }
    #[inline(always)]
    fn low(self, a: u64x2, b: u64x2) -> u64x2 {
        cast(self.simd128.u64x2_shuffle::<0, 2>(cast(a), cast(b)))
    }
    #[inline(always)]
    fn high(self, a: u64x2, b: u64x2) -> u64x2 {
        cast(self.simd128.u64x2_shuffle::<1, 3>(cast(a), cast(b)))
    }
    #[inline(always)]
    fn up_u32s<const BY: i32>(self, x: u32x4) -> u32x4 {
        cast(self.simd128.i32x4_shl(cast(x), BY as u32))
    }
    #[inline(always)]
    fn up_u64s<const BY: i32>(self, x: u64x2) -> u64x2 {
        cast(self.simd128.i64x2_shl(cast(x), BY as u32))
    }
    #[inline(always)]
    fn down_u64s<const BY: i32>(self, x: u64x2) -> u64x2 {
        cast(self.simd128.u64x2_shr(cast(x), BY as u32))
    }
    // The instructions yield their first operand where they compare equal or are not in order.
    #[inline(always)]
    fn larger_f32s(self, first: f32x4, second: f32x4) -> f32x4 {
        cast(self.simd128.f32x4_pmax(cast(second), cast(first)))
    }
    #[inline(always)]
    fn larger_f64s(self, first: f64x2, second: f64x2) -> f64x2 {
        cast(self.simd128.f64x2_pmax(cast(second), cast(first)))
    }
    #[inline(always)]
    fn smaller_f32s(self, first: f32x4, second: f32x4) -> f32x4 {
        cast(self.simd128.f32x4_pmin(cast(second), cast(first)))
    }
    #[inline(always)]
    fn smaller_f64s(self, first: f64x2, second: f64x2) -> f64x2 {
        cast(self.simd128.f64x2_pmin(cast(second), cast(first)))
    }
    // There is no instruction that rounds the sum alone.
    #[inline(always)]
    fn exact_product_and_f32s(self, a: f32x4, b: f32x4, c: f32x4) -> f32x4 {
        self.add_f32s(self.mul_f32s(a, b), c)
    }
    #[inline(always)]
    fn exact_product_and_f64s(self, a: f64x2, b: f64x2, c: f64x2) -> f64x2 {
        self.add_f64s(self.mul_f64s(a, b), c)
    }
    #[inline(always)]
    fn all(self, mask: u32x4) -> bool {
        self.simd128.i32x4_all_true(cast(mask))
    }
}
