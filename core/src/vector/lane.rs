//! Numbers side by side: what a formula must be written in to run on one number or on a register of them.

use core::ops::{Add, Div, Mul, Sub};

use crate::kernel::reduce::{LANES, fold};
use crate::scalar::Scalar;

/// One number, or [`LANES`] numbers in vector registers. Every operation is that of IEEE 754 in each lane, so a formula
/// gives the same bits for a number wherever it stands.
pub trait Lane<T>: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    /// `x` in every lane.
    fn with(self, x: T) -> Self;
    /// The square root, correctly rounded.
    fn root(self) -> Self;
    /// `then` where `self < other`, else `otherwise`.
    fn if_less(self, other: Self, then: Self, otherwise: Self) -> Self;
    /// `then` where `self <= other`, else `otherwise`.
    fn if_at_most(self, other: Self, then: Self, otherwise: Self) -> Self;
    /// The number whose exponent is the low bits of this one's significand.
    fn low_bits_to_exponent(self) -> Self;
}

/// [`LANES`] numbers in the registers of one kind of vector.
pub trait Lanes<T, V>: Lane<T> {
    /// How many registers they take.
    const REGISTERS: usize;
    /// `x` in every lane.
    fn splat(vector: V, x: T) -> Self;
    /// Lane `i` from `x[i]`.
    fn load(vector: V, x: &[T; LANES]) -> Self;
    /// Lane `i` to `x[i]`.
    fn store(self, x: &mut [T; LANES]);
    /// The largest lane, none being NaN; a zero of either sign when that is zero.
    fn largest(self) -> T;
    /// Adds the lanes, upper half to lower half until one is left.
    fn fold(self) -> T;
}

macro_rules! scalar {
    ($t:ident) => {
        impl Lane<$t> for $t {
            #[inline(always)]
            fn with(self, x: $t) -> Self {
                x
            }
            #[inline(always)]
            fn root(self) -> Self {
                Scalar::sqrt(self)
            }
            #[inline(always)]
            fn if_less(self, other: Self, then: Self, otherwise: Self) -> Self {
                if self < other { then } else { otherwise }
            }
            #[inline(always)]
            fn if_at_most(self, other: Self, then: Self, otherwise: Self) -> Self {
                if self <= other { then } else { otherwise }
            }
            #[inline(always)]
            fn low_bits_to_exponent(self) -> Self {
                $t::from_bits(self.to_bits() << ($t::MANTISSA_DIGITS - 1))
            }
        }
    };
}
scalar!(f32);
scalar!(f64);

/// [`LANES`] numbers without any register that the program knows of.
#[derive(Clone, Copy, Debug)]
pub struct Array<T>([T; LANES]);

macro_rules! operator {
    ($trait:ident, $method:ident, $operator:tt) => {
        impl<T: Scalar> $trait for Array<T> {
            type Output = Self;
            #[inline(always)]
            fn $method(mut self, other: Self) -> Self {
                for i in 0..LANES {
                    self.0[i] $operator other.0[i];
                }
                self
            }
        }
    };
}
operator!(Add, add, +=);
operator!(Sub, sub, -=);
operator!(Mul, mul, *=);
operator!(Div, div, /=);

impl<T: Scalar + Lane<T>> Lane<T> for Array<T> {
    #[inline(always)]
    fn with(self, x: T) -> Self {
        Self([x; LANES])
    }
    #[inline(always)]
    fn root(mut self) -> Self {
        for x in &mut self.0 {
            *x = Scalar::sqrt(*x);
        }
        self
    }
    #[inline(always)]
    fn if_less(self, other: Self, mut then: Self, otherwise: Self) -> Self {
        for i in 0..LANES {
            then.0[i] = if self.0[i] < other.0[i] { then.0[i] } else { otherwise.0[i] };
        }
        then
    }
    #[inline(always)]
    fn if_at_most(self, other: Self, mut then: Self, otherwise: Self) -> Self {
        for i in 0..LANES {
            then.0[i] = if self.0[i] <= other.0[i] { then.0[i] } else { otherwise.0[i] };
        }
        then
    }
    #[inline(always)]
    fn low_bits_to_exponent(mut self) -> Self {
        for x in &mut self.0 {
            *x = x.low_bits_to_exponent();
        }
        self
    }
}

impl<T: Scalar + Lane<T>, V> Lanes<T, V> for Array<T> {
    const REGISTERS: usize = LANES;
    #[inline(always)]
    fn splat(_: V, x: T) -> Self {
        Self([x; LANES])
    }
    #[inline(always)]
    fn load(_: V, x: &[T; LANES]) -> Self {
        Self(*x)
    }
    #[inline(always)]
    fn store(self, x: &mut [T; LANES]) {
        *x = self.0;
    }
    #[inline(always)]
    fn largest(self) -> T {
        let mut lanes = self.0;
        for half in [8, 4, 2, 1] {
            for i in 0..half {
                lanes[i] = lanes[i].larger(lanes[i + half]);
            }
        }
        lanes[0]
    }
    #[inline(always)]
    fn fold(self) -> T {
        fold(self.0)
    }
}
