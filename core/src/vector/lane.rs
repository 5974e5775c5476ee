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
    /// The same for fewer elements, with zeros in the lanes beyond.
    fn load_first(vector: V, x: &[T]) -> Self;
    /// The same for fewer elements.
    fn store_first(self, x: &mut [T]);
    /// The first `count` lanes, and zeros.
    fn first(self, count: usize) -> Self;
    /// The largest lane, none being NaN; a zero of either sign when that is zero.
    fn largest(self) -> T;
    /// Adds the lanes, upper half to lower half until one is left.
    fn fold(self) -> T;
    /// What [`Self::fold`] has when one register is left of several.
    type Halved: Copy;
    /// Adds upper registers to lower ones until one is left.
    fn halved(self) -> Self::Halved;
    /// What [`Self::fold`] makes of each.
    fn fold_four(vector: V, each: [Self::Halved; 4]) -> [T; 4];
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
    fn load_first(_: V, x: &[T]) -> Self {
        let mut lanes = [T::ZERO; LANES];
        for (lane, &x) in lanes.iter_mut().zip(x) {
            *lane = x;
        }
        Self(lanes)
    }
    #[inline(always)]
    fn store_first(self, x: &mut [T]) {
        for (x, lane) in x.iter_mut().zip(self.0) {
            *x = lane;
        }
    }
    #[inline(always)]
    fn first(mut self, count: usize) -> Self {
        for lane in self.0.iter_mut().skip(count) {
            *lane = T::ZERO;
        }
        self
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
    type Halved = Self;
    #[inline(always)]
    fn halved(self) -> Self {
        self
    }
    #[inline(always)]
    fn fold_four(_: V, each: [Self; 4]) -> [T; 4] {
        each.map(|lanes| fold(lanes.0))
    }
}
