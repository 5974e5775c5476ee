//! NEON, on 64-bit ARM.

use pulp::bytemuck::cast;
use pulp::{Simd, f32x4, f64x2, u32x4, u64x2};

use super::operations::Operations;

pub use pulp::aarch64::Neon as V128;

/// How many there are.
pub(super) const COUNT: usize = 32;

impl Operations for V128 {
    #[inline(always)]
    fn interleave_low(self, a: u32x4, b: u32x4) -> u32x4 {
        cast(self.neon.vzip1q_u32(cast(a), cast(b)))
    }
    #[inline(always)]
    fn interleave_high(self, a: u32x4, b: u32x4) -> u32x4 {
        cast(self.neon.vzip2q_u32(cast(a), cast(b)))
    }
    #[inline(always)]
    fn even(self, a: u32x4, b: u32x4) -> u32x4 {
        cast(self.neon.vuzp1q_u32(cast(a), cast(b)))
    }
    #[inline(always)]
    fn odd(self, a: u32x4, b: u32x4) -> u32x4 {
        cast(self.neon.vuzp2q_u32(cast(a), cast(b)))
    }
    #[inline(always)]
    fn low(self, a: u64x2, b: u64x2) -> u64x2 {
        cast(self.neon.vzip1q_u64(cast(a), cast(b)))
    }
    #[inline(always)]
    fn high(self, a: u64x2, b: u64x2) -> u64x2 {
        cast(self.neon.vzip2q_u64(cast(a), cast(b)))
    }
    #[inline(always)]
    fn up_u32s<const BY: i32>(self, x: u32x4) -> u32x4 {
        cast(self.neon.vshlq_n_u32::<BY>(cast(x)))
    }
    #[inline(always)]
    fn up_u64s<const BY: i32>(self, x: u64x2) -> u64x2 {
        cast(self.neon.vshlq_n_u64::<BY>(cast(x)))
    }
    #[inline(always)]
    fn down_u64s<const BY: i32>(self, x: u64x2) -> u64x2 {
        cast(self.neon.vshrq_n_u64::<BY>(cast(x)))
    }
    // The instruction for the larger of two numbers is another: it knows that one zero is less than the other.
    #[inline(always)]
    fn larger_f32s(self, first: f32x4, second: f32x4) -> f32x4 {
        self.select_f32s(self.greater_than_f32s(first, second), first, second)
    }
    #[inline(always)]
    fn larger_f64s(self, first: f64x2, second: f64x2) -> f64x2 {
        self.select_f64s(self.greater_than_f64s(first, second), first, second)
    }
    #[inline(always)]
    fn smaller_f32s(self, first: f32x4, second: f32x4) -> f32x4 {
        self.select_f32s(self.less_than_f32s(first, second), first, second)
    }
    #[inline(always)]
    fn smaller_f64s(self, first: f64x2, second: f64x2) -> f64x2 {
        self.select_f64s(self.less_than_f64s(first, second), first, second)
    }
    #[inline(always)]
    fn exact_product_and_f32s(self, a: f32x4, b: f32x4, c: f32x4) -> f32x4 {
        self.mul_add_f32s(a, b, c)
    }
    #[inline(always)]
    fn exact_product_and_f64s(self, a: f64x2, b: f64x2, c: f64x2) -> f64x2 {
        self.mul_add_f64s(a, b, c)
    }
    #[inline(always)]
    fn all(self, mask: u32x4) -> bool {
        self.neon.vminvq_u32(cast(mask)) == u32::MAX
    }
}
