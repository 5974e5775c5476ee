//! Sixteen numbers in registers of 128 bits.

use core::ops::{Add, Div, Mul, Sub};

use pulp::Simd;

use super::kind::V128;
use super::operations::Operations;
use super::{columns, fold, masks};
use crate::vector::lane::{LANES, Lane, Lanes};
use crate::vector::registers::lanes;

lanes!(F32V128, f32, V128, f32s, [0 1 2 3],
    add_f32s sub_f32s mul_f32s div_f32s sqrt_f32s splat_f32s less_than_f32s less_than_or_equal_f32s select_f32s
    as_simd_f32s as_mut_simd_f32s transmute_u32s_f32s transmute_f32s_u32s up_u32s i32 exact_product_and_f32s sum_f32s larger_f32s smaller_f32s reduce_max_f32s
    partial_load_f32s partial_store_f32s mask_between_m32s u32 f32_v128);
lanes!(F64V128, f64, V128, f64s, [0 1 2 3 4 5 6 7],
    add_f64s sub_f64s mul_f64s div_f64s sqrt_f64s splat_f64s less_than_f64s less_than_or_equal_f64s select_f64s
    as_simd_f64s as_mut_simd_f64s transmute_u64s_f64s transmute_f64s_u64s up_u64s i32 exact_product_and_f64s sum_f64s larger_f64s smaller_f64s reduce_max_f64s
    partial_load_f64s partial_store_f64s mask_between_m64s u64 f64_v128);
