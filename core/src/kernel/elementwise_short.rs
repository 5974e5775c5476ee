//! [`elementwise`] for slices of at most sixteen elements, as small models have, on targets without wide registers; apart for 16, 8 and 4.

use super::elementwise::elementwise;
use super::elementwise_plain::{add, inlined};
use super::formula::Elementwise;
use crate::scalar::Scalar;
use crate::vector::{Vector, by_functions};

/// [`elementwise`] with code of its own for each of these lengths: each lane meets one term at most, and no sum needs memory.
#[inline(always)]
pub(crate) fn elementwise_short<T, V, F, const READS: usize, const WRITES: usize, const SUMS: usize>(
    vector: V,
    formula: &F,
    read: [&[T]; READS],
    written: [&mut [T]; WRITES],
) -> [T; SUMS]
where
    T: Scalar,
    V: Vector,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    match read.first().map_or(0, |x| x.len()) {
        16 if short_loops_pay::<T, V>() => few::<T, F, READS, WRITES, SUMS, 4>(formula, read, written),
        8 if short_loops_pay::<T, V>() => few::<T, F, READS, WRITES, SUMS, 2>(formula, read, written),
        4 if short_loops_pay::<T, V>() => few::<T, F, READS, WRITES, SUMS, 1>(formula, read, written),
        _ => elementwise(vector, formula, read, written),
    }
}

/// Of a length that is not known.
pub(crate) const ANY: usize = 0;

/// [`elementwise`] of rows with at most sixteen elements, without a call for each; `LENGTH` is how many they have, or [`ANY`].
#[inline(always)]
pub(crate) fn elementwise_row<
    T,
    V,
    F,
    const LENGTH: usize,
    const READS: usize,
    const WRITES: usize,
    const SUMS: usize,
>(
    vector: V,
    formula: &F,
    read: [&[T]; READS],
    written: [&mut [T]; WRITES],
) -> [T; SUMS]
where
    T: Scalar,
    V: Vector,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    if const { LENGTH == ANY } {
        inlined::<T, F, READS, WRITES, SUMS, true>(formula, read, written)
    } else {
        elementwise_short(vector, formula, read, written)
    }
}

/// Whether short loops are worth code of their own: on a microcontroller they are, but not where the arithmetic is that of
/// functions, as it nearly always is in double precision there.
#[inline(always)]
pub(crate) const fn short_loops_pay<T: Scalar, V: Vector>() -> bool {
    T::BITS == 32 && !V::WIDE && !by_functions(T::BITS)
}

/// Four times `QUADS` elements, in the order in which their lanes are folded. No element is behind a test of its own:
/// of slices that are not that long, which there are none, nothing is done.
#[inline(always)]
fn few<T, F, const READS: usize, const WRITES: usize, const SUMS: usize, const QUADS: usize>(
    formula: &F,
    read: [&[T]; READS],
    written: [&mut [T]; WRITES],
) -> [T; SUMS]
where
    T: Scalar,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    let none = &[[T::ZERO; 4]; QUADS];
    let mut from = [none; READS];
    for (from, x) in from.iter_mut().zip(read) {
        let Some(x) = x.as_chunks::<4>().0.first_chunk() else { return [T::ZERO; SUMS] };
        *from = x;
    }
    let mut spare = [[[T::ZERO; 4]; QUADS]; WRITES];
    let mut to = spare.each_mut();
    for (to, x) in to.iter_mut().zip(written) {
        let Some(x) = x.as_chunks_mut::<4>().0.first_chunk_mut() else { return [T::ZERO; SUMS] };
        *to = x;
    }
    // Of the lanes with even numbers and of those with odd ones. That they begin with a positive zero, and not each lane,
    // makes no difference: sums of zeros are the only ones that it could make one for.
    let (mut these, mut those) = ([T::ZERO; SUMS], [T::ZERO; SUMS]);
    for i in 0..4 {
        let terms = sum::<T, SUMS, QUADS>(
            #[inline(always)]
            |k| {
                let (mut now, mut old) = ([T::ZERO; READS], [T::ZERO; WRITES]);
                for (now, from) in now.iter_mut().zip(&from) {
                    *now = from[k][i];
                }
                for (old, to) in old.iter_mut().zip(&to) {
                    *old = to[k][i];
                }
                let (new, terms) = formula.apply(now, old);
                for (to, new) in to.iter_mut().zip(new) {
                    to[k][i] = new;
                }
                terms
            },
        );
        add(&mut these, &terms);
        (these, those) = (those, these);
    }
    add(&mut these, &those);
    these
}

/// The terms of one, two or four elements, added as `fold` does it.
#[inline(always)]
fn sum<T: Scalar, const SUMS: usize, const TERMS: usize>(mut terms: impl FnMut(usize) -> [T; SUMS]) -> [T; SUMS] {
    let mut sums = terms(0);
    if const { TERMS == 2 } {
        add(&mut sums, &terms(1));
    } else if const { TERMS == 4 } {
        add(&mut sums, &terms(2));
        let mut other = terms(1);
        add(&mut other, &terms(3));
        add(&mut sums, &other);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::Plain;
    use crate::vector::lane::{LANES, Lane};
    use std::vec::Vec;

    /// Terms whose sum depends on the order, and results that say of which elements they are.
    struct Formula;

    impl<T: Scalar, const READS: usize, const WRITES: usize, const SUMS: usize> Elementwise<T, READS, WRITES, SUMS>
        for Formula
    {
        fn apply<L: Lane<T>>(&self, read: [L; READS], old: [L; WRITES]) -> ([L; WRITES], [L; SUMS]) {
            let all = read.into_iter().skip(1).fold(read[0], |all, x| all * x);
            let mut factor = T::ONE;
            let terms = core::array::from_fn(|_| {
                factor += T::HALF;
                all * all.with(factor)
            });
            (old.map(|x| x * all + all), terms)
        }
    }

    fn awkward<T: Scalar>(len: usize, seed: f64) -> Vec<T> {
        let value = |i: usize| (1.0 + seed) / (1.0 + i as f64 * 0.37) - 0.21 * ((i % 3) as f64);
        (0..len).map(|i| T::from_f64(value(i))).collect()
    }

    /// Of the order that the reductions' documentation states, and of every element by itself.
    fn check<T: Scalar, const READS: usize, const WRITES: usize, const SUMS: usize>(len: usize) {
        let read: [Vec<T>; READS] = core::array::from_fn(|k| awkward(len, 0.3 + k as f64));
        let before: [Vec<T>; WRITES] = core::array::from_fn(|k| awkward(len, 2.3 + k as f64));
        let (mut after, mut lanes) = (before.clone(), [[T::ZERO; SUMS]; LANES]);
        for i in 0..len {
            let (new, terms): (_, [T; SUMS]) =
                Formula.apply(read.each_ref().map(|x| x[i]), before.each_ref().map(|x| x[i]));
            for (after, new) in after.iter_mut().zip(new) {
                after[i] = new;
            }
            for (lane, term) in lanes[i % LANES].iter_mut().zip(terms) {
                *lane += term;
            }
        }
        for half in [8, 4, 2, 1] {
            let (lower, upper) = lanes.split_at_mut(half);
            for (lower, upper) in lower.iter_mut().zip(upper) {
                lower.iter_mut().zip(upper).for_each(|(lower, upper)| *lower += *upper);
            }
        }
        type Pass<T, const R: usize, const W: usize, const S: usize> = fn([&[T]; R], [&mut [T]; W]) -> [T; S];
        let passes: [Pass<T, READS, WRITES, SUMS>; 2] = [
            |read, written| elementwise(Plain, &Formula, read, written),
            |read, written| elementwise_row::<T, Plain, _, 0, READS, WRITES, SUMS>(Plain, &Formula, read, written),
        ];
        for pass in &passes[..if len <= LANES { 2 } else { 1 }] {
            let mut written = before.clone();
            let sums = pass(read.each_ref().map(|x| x.as_slice()), written.each_mut().map(|x| x.as_mut_slice()));
            assert_eq!(written, after, "{READS} read, {WRITES} written, {SUMS} sums of {len}");
            assert_eq!(sums, lanes[0], "{READS} read, {WRITES} written, {SUMS} sums of {len}");
        }
    }

    #[test]
    fn every_length_has_the_order_and_the_elements() {
        fn all<T: Scalar>() {
            for len in (0..=36).chain([47, 48, 49, 64, 100]) {
                check::<T, 1, 0, 1>(len);
                check::<T, 2, 0, 1>(len);
                check::<T, 2, 0, 4>(len);
                check::<T, 1, 1, 0>(len);
                check::<T, 1, 1, 1>(len);
                check::<T, 1, 1, 4>(len);
                check::<T, 1, 2, 0>(len);
                check::<T, 2, 2, 0>(len);
                check::<T, 2, 3, 0>(len);
                check::<T, 5, 2, 3>(len);
            }
        }
        all::<f32>();
        all::<f64>();
    }
}
