//! Sixteen numbers in registers of x86-64.

use core::ops::{Add, Div, Mul, Sub};

use pulp::Simd;
use pulp::x86::{V3, V4};

use super::{columns, fold, masks};
use crate::vector::lane::{LANES, Lane, Lanes};
use crate::vector::registers::lanes;

lanes!(F32V3, f32, V3, f32s, [0 1],
    add_f32s sub_f32s mul_f32s div_f32s sqrt_f32s splat_f32s less_than_f32s less_than_or_equal_f32s select_f32s
    as_simd_f32s as_mut_simd_f32s transmute_u32s_f32s transmute_f32s_u32s shl_const_u32x8 i32 mul_add_f32s reduce_sum_f32s max_f32s min_f32s reduce_max_f32s
    partial_load_f32s partial_store_f32s mask_between_m32s u32 f32_v3);
lanes!(F64V3, f64, V3, f64s, [0 1 2 3],
    add_f64s sub_f64s mul_f64s div_f64s sqrt_f64s splat_f64s less_than_f64s less_than_or_equal_f64s select_f64s
    as_simd_f64s as_mut_simd_f64s transmute_u64s_f64s transmute_f64s_u64s shl_const_u64x4 i32 mul_add_f64s reduce_sum_f64s max_f64s min_f64s reduce_max_f64s
    partial_load_f64s partial_store_f64s mask_between_m64s u64 f64_v3);
lanes!(F32V4, f32, V4, f32s, [0],
    add_f32s sub_f32s mul_f32s div_f32s sqrt_f32s splat_f32s less_than_f32s less_than_or_equal_f32s select_f32s
    as_simd_f32s as_mut_simd_f32s transmute_u32s_f32s transmute_f32s_u32s shl_const_u32x16 u32 mul_add_f32s reduce_sum_f32s max_f32s min_f32s reduce_max_f32s
    partial_load_f32s partial_store_f32s mask_between_m32s u32 f32_v4);
lanes!(F64V4, f64, V4, f64s, [0 1],
    add_f64s sub_f64s mul_f64s div_f64s sqrt_f64s splat_f64s less_than_f64s less_than_or_equal_f64s select_f64s
    as_simd_f64s as_mut_simd_f64s transmute_u64s_f64s transmute_f64s_u64s shl_const_u64x8 u32 mul_add_f64s reduce_sum_f64s max_f64s min_f64s reduce_max_f64s
    partial_load_f64s partial_store_f64s mask_between_m64s u64 f64_v4);
