//! Numbers side by side: what a formula must be written in to run on one number or on a register of them.

use core::ops::{Add, Div, Mul, Sub};

/// Number of partial sums of every reduction.
pub const LANES: usize = 16;

/// Adds the lanes: upper half to lower half until one is left.
#[inline(always)]
pub fn fold<T: Copy + Add<Output = T>>(mut lanes: [T; LANES]) -> T {
    for i in 0..8 {
        lanes[i] = lanes[i] + lanes[i + 8];
    }
    for i in 0..4 {
        lanes[i] = lanes[i] + lanes[i + 4];
    }
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}

/// One number, or [`LANES`] numbers in vector registers. Every operation is that of IEEE 754 in each lane, so a formula
/// gives the same bits for a number wherever it stands.
pub trait Lane<T>: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    /// `x` in every lane.
    fn with(self, x: T) -> Self;
    /// The square root, correctly rounded.
    fn root(self) -> Self;
    /// `then` where `self < other`, else `otherwise`.
    fn if_less(self, other: Self, then: Self, otherwise: Self) -> Self;
    /// Zero where `self < other`, else `otherwise`.
    #[inline(always)]
    fn zero_if_less(self, other: Self, otherwise: Self) -> Self
    where
        T: Default,
    {
        self.if_less(other, self.with(T::default()), otherwise)
    }
    /// `then` where `self <= other`, else `otherwise`.
    fn if_at_most(self, other: Self, then: Self, otherwise: Self) -> Self;
    /// The larger of two numbers; `self` when they compare equal or are not in order.
    fn at_least(self, other: Self) -> Self;
    /// The smaller of two numbers; `self` when they compare equal or are not in order.
    fn at_most(self, other: Self) -> Self;
    /// Whether `self <= other` in every lane.
    fn all_at_most(self, other: Self) -> bool;
    /// `self + a b`, where `a b` takes no rounding: an instruction that rounds the sum alone has the same bits, and is used
    /// where there is one.
    #[inline(always)]
    fn plus_exact(self, a: Self, b: Self) -> Self {
        self + a * b
    }
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
    /// Lane `i` from `x[i]` where there is such an element, and zeros in the lanes beyond.
    fn load_first(vector: V, x: &[T]) -> Self;
    /// Lane `i` to `x[i]` where there is such an element.
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
    /// The columns of sixteen rows: lane `i` of column `j` is `rows[i][j]`.
    fn columns(vector: V, rows: [&[T; 8]; LANES]) -> [Self; 8];
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scalar::Scalar;
    use crate::vector::{Level, Vector, Work, dispatch};

    fn is_nan<T: Scalar>(x: T) -> bool {
        x.to_f64().is_nan()
    }

    /// Numbers of every kind, in an order of their own.
    fn numbers<T: Scalar>(turn: usize) -> [T; LANES] {
        let (nan, infinite) = (T::from_f64(f64::NAN), T::from_f64(f64::INFINITY));
        let some = [T::ZERO, -T::ZERO, T::ONE, -T::ONE, T::TWO, T::HALF, nan, -nan, infinite, T::EPSILON];
        core::array::from_fn(|i| {
            let i = (i * 7 + turn * 3 + i * turn) % 13;
            some.get(i).copied().unwrap_or(T::from_usize(i * i) * T::EPSILON - T::ONE)
        })
    }

    /// Every operation, lane by lane, as one number has it.
    struct Compare<T>(core::marker::PhantomData<T>);

    impl<T: Scalar + Lane<T>> Work for Compare<T> {
        type Output = ();

        #[inline(always)]
        fn run<V: Vector>(self, vector: V) {
            for turn in 0..50 {
                let (x, y, z) = (numbers::<T>(turn), numbers::<T>(turn / 7 + 1), numbers::<T>(turn * 5 + 2));
                let (a, b) = (T::Lanes::<V>::load(vector, &x), T::Lanes::<V>::load(vector, &y));
                let c = T::Lanes::<V>::load(vector, &z);
                let found = [a + b, a - b, a * b, a / b, a.root(), a.at_least(b), a.at_most(b)];
                let found = found.into_iter().chain([
                    a.if_less(b, c, a),
                    a.zero_if_less(b, c),
                    a.if_at_most(b, c, a),
                    a.low_bits_to_exponent(),
                ]);
                for (operation, found) in found.enumerate() {
                    let mut lanes = [T::ZERO; LANES];
                    found.store(&mut lanes);
                    for (i, found) in lanes.into_iter().enumerate() {
                        let (x, y, z) = (x[i], y[i], z[i]);
                        let operations = [x + y, x - y, x * y, x / y, x.root(), x.at_least(y), x.at_most(y)];
                        let choices =
                            [x.if_less(y, z, x), x.zero_if_less(y, z), x.if_at_most(y, z, x), x.low_bits_to_exponent()];
                        let expected = operations.into_iter().chain(choices).nth(operation).unwrap_or(T::ZERO);
                        // Which bits a NaN has that an operation makes is not fixed; a choice has those of what it chose.
                        let made = operation < 5 && is_nan(found) && is_nan(expected);
                        assert!(
                            made || found.to_bits_u64() == expected.to_bits_u64(),
                            "{operation}: {x} {y} {z}: {found}"
                        );
                    }
                }
                let all = x.iter().zip(&y).all(|(x, y)| x <= y);
                assert_eq!(a.all_at_most(b), all);
                assert_eq!(a.at_most(b).all_at_most(a), !x.iter().any(|x| is_nan(*x)));
            }
            let (whole, power) = (T::from_usize(12345), T::from_f64(0.125));
            let x = T::Lanes::<V>::splat(vector, T::ONE / T::from_usize(3));
            let mut lanes = [T::ZERO; LANES];
            x.plus_exact(x.with(whole), x.with(power)).store(&mut lanes);
            assert_eq!(lanes, [T::ONE / T::from_usize(3) + whole * power; LANES]);
        }
    }

    /// Slices that do not fill the lanes.
    struct Parts<T>(core::marker::PhantomData<T>);

    impl<T: Scalar + Lane<T>> Work for Parts<T> {
        type Output = ();

        #[inline(always)]
        fn run<V: Vector>(self, vector: V) {
            let x: [T; LANES] = core::array::from_fn(|i| T::from_usize(i + 1));
            for count in 0..=LANES {
                let expected: [T; LANES] = core::array::from_fn(|i| if i < count { x[i] } else { T::ZERO });
                let (mut loaded, mut cut) = ([T::ONE; LANES], [T::ONE; LANES]);
                T::Lanes::<V>::load_first(vector, &x[..count]).store(&mut loaded);
                T::Lanes::<V>::load(vector, &x).first(count).store(&mut cut);
                assert_eq!((loaded, cut), (expected, expected));
                let mut stored = [T::ZERO; LANES];
                T::Lanes::<V>::load(vector, &x).store_first(&mut stored[..count]);
                assert_eq!(stored, expected);
            }
        }
    }

    #[test]
    fn lanes_do_what_single_numbers_do() {
        for level in Level::ALL.into_iter().filter(|&level| level <= Level::best()) {
            dispatch(level, Compare::<f32>(core::marker::PhantomData));
            dispatch(level, Compare::<f64>(core::marker::PhantomData));
            dispatch(level, Parts::<f32>(core::marker::PhantomData));
            dispatch(level, Parts::<f64>(core::marker::PhantomData));
        }
    }
}
