//! Sixteen numbers in registers.

use core::ops::{Add, Div, Mul, Sub};

use pulp::Simd;
use pulp::x86::{V3, V4};

use super::{columns, fold, masks};
use crate::vector::lane::{LANES, Lane, Lanes};

/// What is left of `x` from `first` on.
#[inline(always)]
fn beyond<T>(x: &[T], first: usize) -> &[T] {
    x.get(first..).unwrap_or_default()
}

/// Registers `$register` of `$vector`, numbered `$i`, as many as hold [`LANES`] numbers of type `$t`. Written out instead of
/// in loops, which would take the compiler minutes to unroll.
macro_rules! lanes {
    (
        $name:ident, $t:ident, $vector:ident, $register:ident, [$($i:literal)*],
        $add:ident $sub:ident $mul:ident $div:ident $sqrt:ident $splat:ident $less:ident $up_to:ident $select:ident
        $slices:ident $slices_mut:ident $to_bits:ident $from_bits:ident $shift:ident $amount:ident
        $mul_add:ident $reduce_sum:ident $max:ident $min:ident $reduce_max:ident
        $partial_load:ident $partial_store:ident $mask:ident $mask_t:ident $each:ident
    ) => {
        /// Sixteen numbers.
        #[derive(Clone, Copy, Debug)]
        pub struct $name {
            vector: $vector,
            registers: [<$vector as Simd>::$register; [$($i),*].len()],
        }

        impl $name {
            /// Numbers in each register.
            const WIDTH: usize = LANES / [$($i),*].len();

            /// The numbers there are, and zeros for the rest: parts of a register take a function of its own each.
            #[inline(always)]
            fn register(vector: $vector, x: &[$t]) -> <$vector as Simd>::$register {
                match $vector::$slices(x).0.first() {
                    Some(register) => *register,
                    None if x.is_empty() => vector.$splat(0.0),
                    None => vector.$partial_load(x),
                }
            }
        }

        impl Add for $name {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.$add(x[$i], y[$i])),*] }
            }
        }

        impl Sub for $name {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.$sub(x[$i], y[$i])),*] }
            }
        }

        impl Mul for $name {
            type Output = Self;
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.$mul(x[$i], y[$i])),*] }
            }
        }

        impl Div for $name {
            type Output = Self;
            #[inline(always)]
            fn div(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.$div(x[$i], y[$i])),*] }
            }
        }

        impl Lane<$t> for $name {
            #[inline(always)]
            fn with(self, x: $t) -> Self {
                Self::splat(self.vector, x)
            }
            #[inline(always)]
            fn root(self) -> Self {
                let (v, x) = (self.vector, self.registers);
                Self { vector: v, registers: [$(v.$sqrt(x[$i])),*] }
            }
            #[inline(always)]
            fn if_less(self, other: Self, then: Self, otherwise: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                let (a, b) = (then.registers, otherwise.registers);
                Self { vector: v, registers: [$(v.$select(v.$less(x[$i], y[$i]), a[$i], b[$i])),*] }
            }
            #[inline(always)]
            fn if_at_most(self, other: Self, then: Self, otherwise: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                let (a, b) = (then.registers, otherwise.registers);
                Self { vector: v, registers: [$(v.$select(v.$up_to(x[$i], y[$i]), a[$i], b[$i])),*] }
            }
            #[inline(always)]
            fn at_least(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                // The instruction yields its second operand where they compare equal or are not in order.
                Self { vector: v, registers: [$(v.$max(y[$i], x[$i])),*] }
            }
            #[inline(always)]
            fn at_most(self, other: Self) -> Self {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                Self { vector: v, registers: [$(v.$min(y[$i], x[$i])),*] }
            }
            #[inline(always)]
            fn all_at_most(self, other: Self) -> bool {
                let (v, x, y) = (self.vector, self.registers, other.registers);
                let mut all = true;
                $(all &= masks::$each(v, v.$up_to(x[$i], y[$i]));)*
                all
            }
            #[inline(always)]
            fn plus_exact(self, a: Self, b: Self) -> Self {
                let (v, x, a, b) = (self.vector, self.registers, a.registers, b.registers);
                Self { vector: v, registers: [$(v.$mul_add(a[$i], b[$i], x[$i])),*] }
            }
            #[inline(always)]
            fn low_bits_to_exponent(self) -> Self {
                const DIGITS: $amount = $t::MANTISSA_DIGITS as $amount - 1;
                let (v, x) = (self.vector, self.registers);
                Self { vector: v, registers: [$(v.$from_bits(v.$shift::<DIGITS>(v.$to_bits(x[$i])))),*] }
            }
        }

        impl Lanes<$t, $vector> for $name {
            const REGISTERS: usize = [$($i),*].len();
            #[inline(always)]
            fn splat(vector: $vector, x: $t) -> Self {
                Self { vector, registers: [vector.$splat(x); [$($i),*].len()] }
            }
            #[inline(always)]
            fn load(vector: $vector, x: &[$t; LANES]) -> Self {
                match $vector::$slices(x).0.first_chunk() {
                    Some(&registers) => Self { vector, registers },
                    None => Self::splat(vector, 0.0),
                }
            }
            #[inline(always)]
            fn store(self, x: &mut [$t; LANES]) {
                if let Some(registers) = $vector::$slices_mut(x).0.first_chunk_mut() {
                    *registers = self.registers;
                }
            }
            #[inline(always)]
            fn load_first(vector: $vector, x: &[$t]) -> Self {
                Self { vector, registers: [$(Self::register(vector, beyond(x, $i * Self::WIDTH))),*] }
            }
            #[inline(always)]
            fn store_first(self, x: &mut [$t]) {
                let mut rest = x;
                $(
                    let at = if rest.len() < Self::WIDTH { rest.len() } else { Self::WIDTH };
                    let (now, then) = rest.split_at_mut_checked(at).unwrap_or_default();
                    if let Some(register) = $vector::$slices_mut(now).0.first_mut() {
                        *register = self.registers[$i];
                    } else if !now.is_empty() {
                        self.vector.$partial_store(now, self.registers[$i]);
                    }
                    rest = then;
                )*
                let _ = rest;
            }
            #[inline(always)]
            fn first(self, count: usize) -> Self {
                let (v, x) = (self.vector, self.registers);
                let zero = v.$splat(0.0);
                let masks = [$(v.$mask(0, (count as $mask_t).saturating_sub($i * Self::WIDTH as $mask_t)).mask()),*];
                Self { vector: v, registers: [$(v.$select(masks[$i], x[$i], zero)),*] }
            }
            #[inline(always)]
            fn largest(self) -> $t {
                let (v, x) = (self.vector, self.registers);
                let mut largest = x[0];
                $(largest = v.$max(largest, x[$i]);)*
                v.$reduce_max(largest)
            }
            type Halved = <$vector as Simd>::$register;
            #[inline(always)]
            fn halved(self) -> Self::Halved {
                let (v, mut x) = (self.vector, self.registers);
                let mut count = x.len();
                while count > 1 {
                    count /= 2;
                    for i in 0..count {
                        x[i] = v.$add(x[i], x[i + count]);
                    }
                }
                x[0]
            }
            #[inline(always)]
            fn fold(self) -> $t {
                self.vector.$reduce_sum(self.halved())
            }
            #[inline(always)]
            fn fold_four(vector: $vector, each: [Self::Halved; 4]) -> [$t; 4] {
                fold::$each(vector, each)
            }
            #[inline(always)]
            fn columns(vector: $vector, rows: [&[$t; 8]; LANES]) -> [Self; 8] {
                columns::$each(vector, rows).map(
                    #[inline(always)]
                    |registers| Self { vector, registers },
                )
            }
        }
    };
}

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
