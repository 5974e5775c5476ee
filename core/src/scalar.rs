//! The two number types, and the only door to elementary functions.
//!
//! IEEE 754 fixes the result of `+ - * /` and of the square root to the last bit; it does not fix `exp`, `ln` or
//! `asin`, and every platform's mathematics library rounds them in its own way. All elementary functions of the
//! project therefore come from this file, which takes them from [`crate::elementary`]. The square root, rounded correctly
//! everywhere, is that of the pure-Rust `libm`, which uses the processor's instruction where it knows one, the compiler's
//! for ARM's instruction, which `libm` does not know (`core/vfp`), and the processor's own for a register.

use crate::elementary::angle::Roots;
use crate::elementary::{angle, exp, ln, sin_cos, sqrt};
use crate::vector::lane::{Lane, Lanes};
use crate::vector::{Vector, root};
use core::fmt::{Debug, Display};
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// Types of one kind, one for each precision.
pub trait Family {
    /// The one for this precision.
    type Of<T: Scalar>;
}

/// Something of a family, with its precision known.
pub enum Which<F: Family> {
    /// In `f32`.
    Single(F::Of<f32>),
    /// In `f64`.
    Double(F::Of<f64>),
}

/// A floating-point type that the model can be trained in: `f32` or `f64`. Sealed.
pub trait Scalar:
    sealed::Sealed
    + Lane<Self>
    + Copy
    + PartialEq
    + PartialOrd
    + Debug
    + Display
    + Default
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// One half.
    const HALF: Self;
    /// Two.
    const TWO: Self;
    /// The circle number, rounded to nearest.
    const PI: Self;
    /// Distance from one to the next larger number.
    const EPSILON: Self;
    /// The smallest positive normal number.
    const MIN_POSITIVE: Self;
    /// Width of the type: 32 or 64.
    const BITS: u32;
    /// Sixteen numbers in the registers of a kind of vector.
    type Lanes<V: Vector>: Lanes<Self, V>;

    /// From generic code to code for one precision: which of the two this is, with what belongs to it.
    fn which<F: Family>(of: F::Of<Self>) -> Which<F>;
    /// The nearest value to `x`.
    fn from_f64(x: f64) -> Self;
    /// The nearest value to `x`.
    fn from_u32(x: u32) -> Self;
    /// The nearest value to `x`.
    fn from_i32(x: i32) -> Self;
    /// The nearest value to `x`; exact up to 2^24 (`f32`) or 2^53 (`f64`).
    fn from_u64(x: u64) -> Self;
    /// The nearest value to `x`; exact up to 2^24 (`f32`) or 2^53 (`f64`).
    fn from_usize(x: usize) -> Self;
    /// The integer part; the nearest integer there is where that is none, zero for NaN.
    fn to_usize(self) -> usize;
    /// This value as `f64`; exact.
    fn to_f64(self) -> f64;
    /// The IEEE 754 bit pattern, in the low [`Self::BITS`] bits.
    fn to_bits_u64(self) -> u64;
    /// The value whose bit pattern is the low [`Self::BITS`] bits of `bits`.
    fn from_bits_u64(bits: u64) -> Self;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
    /// Absolute value.
    fn abs(self) -> Self;
    /// Square root, correctly rounded. NaN below zero.
    fn sqrt(self) -> Self;
    /// Square root to less than one unit in the last place, of a number neither negative nor infinite; zero for
    /// subnormal numbers. Unlike [`Self::sqrt`] it becomes vector code.
    fn near_sqrt(self) -> Self;
    /// Natural exponential; zero where that is not a normal number.
    fn exp(self) -> Self;
    /// Natural exponential of a number, or of a register full, that is not positive, in fewer operations than [`Self::exp`].
    fn exp_not_positive<L: Lane<Self>>(x: L) -> L;
    /// Natural logarithm. NaN below zero.
    fn ln(self) -> Self;
    /// Natural logarithm of a positive normal number, in fewer operations than [`Self::ln`].
    fn ln_normal(self) -> Self;
    /// Sine and cosine of an angle in turns, within `2^20` turns of zero.
    fn sin_cos_turns(self) -> (Self, Self);
    /// Sine and cosine of `quarters / 4 + self` turns, `self` at most an eighth of a turn either way.
    fn sin_cos_beside(self, quarters: u32) -> (Self, Self);
    /// The sine of the angle in `[0, pi]` whose versine (`1 - cos`) is given, in `[0, 2]`, and what else has to be known for
    /// the angle.
    fn angle_roots<L: Lane<Self>>(versine: L) -> Roots<L>;
    /// That angle.
    fn angle<L: Lane<Self>>(roots: Roots<L>) -> L;
    /// The angle and its sine.
    #[inline(always)]
    fn angle_and_sine<L: Lane<Self>>(versine: L) -> (L, L) {
        let roots = Self::angle_roots(versine);
        (Self::angle(roots), roots.sine)
    }
    /// `1 - cos(angle) + (angle cos(angle) - sin(angle)) / pi` of the angle with this versine, which is given, too.
    fn kink_loss<L: Lane<Self>>(versine: L, angle: L) -> L;

    /// The larger of two numbers; `self` when they compare equal, so the sign of a zero never depends on the target.
    #[inline]
    fn larger(self, other: Self) -> Self {
        self.at_least(other)
    }

    /// The smaller of two numbers; `self` when they compare equal.
    #[inline]
    fn smaller(self, other: Self) -> Self {
        self.at_most(other)
    }
}

macro_rules! impl_scalar {
    (
        $t:ident, $bits:literal, $sqrt:ident, $near_sqrt:ident, $exp:ident, $exp_not_positive:ident, $ln:ident,
        $ln_normal:ident, $sin_cos_turns:ident, $sin_cos:ident, $angle_roots:ident, $angle:ident, $kink_loss:ident, $lanes:ident,
        $which:ident
    ) => {
        impl Scalar for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const HALF: Self = 0.5;
            const TWO: Self = 2.0;
            const PI: Self = core::$t::consts::PI;
            const EPSILON: Self = $t::EPSILON;
            const MIN_POSITIVE: Self = $t::MIN_POSITIVE;
            const BITS: u32 = $bits;
            type Lanes<V: Vector> = V::$lanes;

            #[inline(always)]
            fn which<F: Family>(of: F::Of<Self>) -> Which<F> {
                Which::$which(of)
            }
            #[inline]
            fn from_f64(x: f64) -> Self {
                x as $t
            }
            #[inline]
            fn from_u32(x: u32) -> Self {
                x as $t
            }
            #[inline]
            fn from_i32(x: i32) -> Self {
                x as $t
            }
            #[inline]
            fn from_u64(x: u64) -> Self {
                x as $t
            }
            #[inline]
            fn from_usize(x: usize) -> Self {
                x as $t
            }
            #[inline]
            fn to_usize(self) -> usize {
                self as usize
            }
            #[inline]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline]
            fn to_bits_u64(self) -> u64 {
                u64::from(self.to_bits())
            }
            #[inline]
            fn from_bits_u64(bits: u64) -> Self {
                $t::from_bits(bits as _)
            }
            #[inline]
            fn is_finite(self) -> bool {
                $t::is_finite(self)
            }
            #[inline]
            fn abs(self) -> Self {
                $t::abs(self)
            }
            #[inline]
            fn sqrt(self) -> Self {
                root::$sqrt(self)
            }
            // Inlined always: a call would keep its caller from vectors, and have none of the caller's width.
            #[inline(always)]
            fn near_sqrt(self) -> Self {
                sqrt::$near_sqrt(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                exp::$exp(self)
            }
            #[inline(always)]
            fn exp_not_positive<L: Lane<Self>>(x: L) -> L {
                exp::$exp_not_positive(x)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                ln::$ln(self)
            }
            #[inline(always)]
            fn ln_normal(self) -> Self {
                ln::$ln_normal(self)
            }
            #[inline(always)]
            fn sin_cos_turns(self) -> (Self, Self) {
                sin_cos::$sin_cos_turns(self)
            }
            #[inline(always)]
            fn sin_cos_beside(self, quarters: u32) -> (Self, Self) {
                sin_cos::$sin_cos(quarters, self)
            }
            #[inline(always)]
            fn angle_roots<L: Lane<Self>>(versine: L) -> Roots<L> {
                angle::$angle_roots(versine)
            }
            #[inline(always)]
            fn angle<L: Lane<Self>>(roots: Roots<L>) -> L {
                angle::$angle(roots)
            }
            #[inline(always)]
            fn kink_loss<L: Lane<Self>>(versine: L, angle: L) -> L {
                angle::$kink_loss(versine, angle)
            }
        }
    };
}

impl_scalar!(
    f32,
    32,
    sqrtf,
    near_sqrt_f32,
    exp_f32,
    exp_not_positive_f32,
    ln_f32,
    ln_normal_f32,
    sin_cos_turns_f32,
    sin_cos_f32,
    roots_f32,
    angle_f32,
    kink_loss_f32,
    F32,
    Single
);
impl_scalar!(
    f64,
    64,
    sqrt,
    near_sqrt_f64,
    exp_f64,
    exp_not_positive_f64,
    ln_f64,
    ln_normal_f64,
    sin_cos_turns_f64,
    sin_cos_f64,
    roots_f64,
    angle_f64,
    kink_loss_f64,
    F64,
    Double
);
