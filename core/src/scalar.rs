//! The two number types, and the only door to elementary functions.
//!
//! IEEE 754 fixes the result of `+ - * /` and of the square root to the last bit; it does not fix `exp`, `ln` or
//! `asin`, and every platform's mathematics library rounds them in its own way. All elementary functions of the
//! project therefore come from this file, which takes them from one pinned version of the pure-Rust `libm`.

use core::fmt::{Debug, Display};
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// A floating-point type that the model can be trained in: `f32` or `f64`. Sealed.
pub trait Scalar:
    sealed::Sealed
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
    /// Width of the type: 32 or 64.
    const BITS: u32;

    /// The nearest value to `x`.
    fn from_f64(x: f64) -> Self;
    /// The nearest value to `x`.
    fn from_u32(x: u32) -> Self;
    /// The nearest value to `x`; exact up to 2^24 (`f32`) or 2^53 (`f64`).
    fn from_u64(x: u64) -> Self;
    /// The nearest value to `x`; exact up to 2^24 (`f32`) or 2^53 (`f64`).
    fn from_usize(x: usize) -> Self;
    /// The same value as `f64`; exact.
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
    /// Natural exponential.
    fn exp(self) -> Self;
    /// Natural logarithm. NaN below zero.
    fn ln(self) -> Self;
    /// Inverse sine, in `[-pi/2, pi/2]`. NaN outside `[-1, 1]`.
    fn asin(self) -> Self;
    /// Sine and cosine of an angle in radians.
    fn sin_cos(self) -> (Self, Self);

    /// The larger of two numbers; `self` when they compare equal, so the sign of a zero never depends on the target.
    #[inline]
    fn larger(self, other: Self) -> Self {
        if other > self { other } else { self }
    }

    /// The smaller of two numbers; `self` when they compare equal.
    #[inline]
    fn smaller(self, other: Self) -> Self {
        if other < self { other } else { self }
    }
}

macro_rules! impl_scalar {
    ($t:ident, $bits:literal, $exp:ident, $ln:ident, $sqrt:ident, $asin:ident, $sincos:ident) => {
        impl Scalar for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const HALF: Self = 0.5;
            const TWO: Self = 2.0;
            const PI: Self = core::$t::consts::PI;
            const EPSILON: Self = $t::EPSILON;
            const BITS: u32 = $bits;

            #[inline]
            fn from_f64(x: f64) -> Self {
                x as $t
            }
            #[inline]
            fn from_u32(x: u32) -> Self {
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
                libm::$sqrt(self)
            }
            #[inline]
            fn exp(self) -> Self {
                libm::$exp(self)
            }
            #[inline]
            fn ln(self) -> Self {
                libm::$ln(self)
            }
            #[inline]
            fn asin(self) -> Self {
                libm::$asin(self)
            }
            #[inline]
            fn sin_cos(self) -> (Self, Self) {
                libm::$sincos(self)
            }
        }
    };
}

impl_scalar!(f32, 32, expf, logf, sqrtf, asinf, sincosf);
impl_scalar!(f64, 64, exp, log, sqrt, asin, sincos);
