//! One number at a time, and arrays of them: what there is without registers that the program knows of.

use core::ops::{Add, Div, Mul, Sub};

use super::lane::{LANES, Lane, Lanes, fold};
use super::root;
use super::words::WORDS;
use super::work::{Vector, Work};

/// No registers beyond those that the compiler finds a use for.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Vector for Plain {
    const WIDE: bool = false;
    const REGISTERS: usize = 0;
    type F32 = Array<f32>;
    type F64 = Array<f64>;
    type U64 = [u64; WORDS];
    #[inline(never)]
    fn outline<W: Work>(self, work: W) -> W::Output {
        work.run(self)
    }
    #[inline(never)]
    fn apart<R>(self, work: impl FnOnce(Self) -> R) -> R {
        work(self)
    }
}

macro_rules! scalar {
    ($t:ident, $sqrt:ident) => {
        impl Lane<$t> for $t {
            #[inline(always)]
            fn with(self, x: $t) -> Self {
                x
            }
            #[inline(always)]
            fn root(self) -> Self {
                root::$sqrt(self)
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
            fn at_least(self, other: Self) -> Self {
                if other > self { other } else { self }
            }
            #[inline(always)]
            fn at_most(self, other: Self) -> Self {
                if other < self { other } else { self }
            }
            #[inline(always)]
            fn all_at_most(self, other: Self) -> bool {
                self <= other
            }
            #[inline(always)]
            fn low_bits_to_exponent(self) -> Self {
                $t::from_bits(self.to_bits() << ($t::MANTISSA_DIGITS - 1))
            }
        }
    };
}
scalar!(f32, sqrtf);
scalar!(f64, sqrt);

/// A type of numbers, one of which is a lane.
pub trait Number: Lane<Self> + PartialOrd + Default {}
impl<T: Lane<T> + PartialOrd + Default> Number for T {}

/// [`LANES`] numbers without any register that the program knows of.
#[derive(Clone, Copy, Debug)]
pub struct Array<T>([T; LANES]);

macro_rules! operator {
    ($trait:ident, $method:ident, $operator:tt) => {
        impl<T: Number> $trait for Array<T> {
            type Output = Self;
            #[inline(always)]
            fn $method(mut self, other: Self) -> Self {
                for i in 0..LANES {
                    self.0[i] = self.0[i] $operator other.0[i];
                }
                self
            }
        }
    };
}
operator!(Add, add, +);
operator!(Sub, sub, -);
operator!(Mul, mul, *);
operator!(Div, div, /);

impl<T: Number> Lane<T> for Array<T> {
    #[inline(always)]
    fn with(self, x: T) -> Self {
        Self([x; LANES])
    }
    #[inline(always)]
    fn root(mut self) -> Self {
        for x in &mut self.0 {
            *x = x.root();
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
    fn at_least(mut self, other: Self) -> Self {
        for i in 0..LANES {
            self.0[i] = self.0[i].at_least(other.0[i]);
        }
        self
    }
    #[inline(always)]
    fn at_most(mut self, other: Self) -> Self {
        for i in 0..LANES {
            self.0[i] = self.0[i].at_most(other.0[i]);
        }
        self
    }
    #[inline(always)]
    fn all_at_most(self, other: Self) -> bool {
        self.0.iter().zip(&other.0).all(|(x, y)| x <= y)
    }
    #[inline(always)]
    fn low_bits_to_exponent(mut self) -> Self {
        for x in &mut self.0 {
            *x = x.low_bits_to_exponent();
        }
        self
    }
}

impl<T: Number, V> Lanes<T, V> for Array<T> {
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
        let mut lanes = [T::default(); LANES];
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
            *lane = T::default();
        }
        self
    }
    #[inline(always)]
    fn largest(self) -> T {
        let mut lanes = self.0;
        for half in [8, 4, 2, 1] {
            for i in 0..half {
                lanes[i] = lanes[i].at_least(lanes[i + half]);
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
    #[inline(always)]
    fn columns(_: V, rows: [&[T; 8]; LANES]) -> [Self; 8] {
        let mut columns = [Self([T::default(); LANES]); 8];
        for (i, row) in rows.iter().enumerate() {
            for (column, &x) in columns.iter_mut().zip(*row) {
                column.0[i] = x;
            }
        }
        columns
    }
}
