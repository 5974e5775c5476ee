//! What the lanes need of registers, whichever they are.

use pulp::{f32x4, f64x2, u32x4, u64x2};

/// What `pulp` does not have under one name. Lanes count from zero.
pub(super) trait Operations: Copy {
    /// Lanes 0 of both, then lanes 1.
    fn interleave_low(self, a: u32x4, b: u32x4) -> u32x4;
    /// Lanes 2 of both, then lanes 3.
    fn interleave_high(self, a: u32x4, b: u32x4) -> u32x4;
    /// Lanes 0 and 2 of one, then of the other.
    fn even(self, a: u32x4, b: u32x4) -> u32x4;
    /// Lanes 1 and 3 of one, then of the other.
    fn odd(self, a: u32x4, b: u32x4) -> u32x4;
    /// The lower halves of both.
    fn low(self, a: u64x2, b: u64x2) -> u64x2;
    /// The upper halves of both.
    fn high(self, a: u64x2, b: u64x2) -> u64x2;
    /// The bits moved up.
    fn up_u32s<const BY: i32>(self, x: u32x4) -> u32x4;
    /// The bits moved up.
    fn up_u64s<const BY: i32>(self, x: u64x2) -> u64x2;
    /// `first` where it is the larger, else `second`, also where they are not in order.
    fn larger_f32s(self, first: f32x4, second: f32x4) -> f32x4;
    /// `first` where it is the larger, else `second`, also where they are not in order.
    fn larger_f64s(self, first: f64x2, second: f64x2) -> f64x2;
    /// `first` where it is the smaller, else `second`, also where they are not in order.
    fn smaller_f32s(self, first: f32x4, second: f32x4) -> f32x4;
    /// `first` where it is the smaller, else `second`, also where they are not in order.
    fn smaller_f64s(self, first: f64x2, second: f64x2) -> f64x2;
    /// `a b + c`, where `a b` takes no rounding.
    fn exact_product_and_f32s(self, a: f32x4, b: f32x4, c: f32x4) -> f32x4;
    /// `a b + c`, where `a b` takes no rounding.
    fn exact_product_and_f64s(self, a: f64x2, b: f64x2, c: f64x2) -> f64x2;
    /// Adds the upper half to the lower one, and its upper number to its lower one.
    #[inline(always)]
    fn sum_f32s(self, f32x4(a, b, c, d): f32x4) -> f32 {
        (a + c) + (b + d)
    }
    /// Adds the upper number to the lower one.
    #[inline(always)]
    fn sum_f64s(self, f64x2(a, b): f64x2) -> f64 {
        a + b
    }
    /// Whether every bit is set.
    fn all(self, mask: u32x4) -> bool;
    /// The bits moved down.
    fn down_u64s<const BY: i32>(self, x: u64x2) -> u64x2;
}
