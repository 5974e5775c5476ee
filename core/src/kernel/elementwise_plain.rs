//! [`elementwise`](super::elementwise) without wide registers: one element at a time, and no lane of a sum in memory.

use super::elementwise::Elementwise;
use crate::scalar::Scalar;
use crate::vector::lane::LANES;

/// A function of its own for every formula, so that a caller has it once, however often it asks.
#[inline(never)]
pub(super) fn one_by_one<T, F, const READS: usize, const WRITES: usize, const SUMS: usize>(
    formula: &F,
    read: [&[T]; READS],
    written: [&mut [T]; WRITES],
) -> [T; SUMS]
where
    T: Scalar,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    inlined::<T, F, READS, WRITES, SUMS, false>(formula, read, written)
}

/// [`one_by_one`] where it is asked for, which spares the call; of slices that are known to have no more than [`LANES`] elements
/// if `SHORT`. Beside a slice that is shorter than the first, which there is none, nothing is done.
#[inline(always)]
pub(super) fn inlined<T, F, const READS: usize, const WRITES: usize, const SUMS: usize, const SHORT: bool>(
    formula: &F,
    read: [&[T]; READS],
    written: [&mut [T]; WRITES],
) -> [T; SUMS]
where
    T: Scalar,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    let none = [T::ZERO; SUMS];
    let len = read.first().map_or(0, |x| x.len());
    // Cut to one length, elements before it need no test of their own.
    let mut from: [&[T]; READS] = [&[]; READS];
    for (from, x) in from.iter_mut().zip(read) {
        let Some(x) = x.get(..len) else { return none };
        *from = x;
    }
    let mut to = written;
    for x in &mut to {
        let Some(cut) = core::mem::take(x).get_mut(..len) else { return none };
        *x = cut;
    }
    if const { SUMS > 0 } {
        return in_lanes::<T, SUMS, SHORT>(
            len,
            #[inline(always)]
            |i| one(formula, i, &from, &mut to),
        );
    }
    if const { READS == 1 && WRITES == 1 } {
        if let ([from], [to]) = (from.as_slice(), to.as_mut_slice()) {
            for (from, to) in from.iter().zip(to.iter_mut()) {
                let (new, _) = formula.apply([*from; READS], [*to; WRITES]);
                if let [new, ..] = new.as_slice() {
                    *to = *new;
                }
            }
        }
    } else {
        by_fours(formula, len, from, to);
    }
    none
}

/// Four elements for one look at the ends of the slices, which are `len` long.
#[inline(always)]
fn by_fours<T, F, const READS: usize, const WRITES: usize, const SUMS: usize>(
    formula: &F,
    len: usize,
    from: [&[T]; READS],
    to: [&mut [T]; WRITES],
) where
    T: Scalar,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    let from = from.map(
        #[inline(always)]
        |x| x.as_chunks::<4>(),
    );
    let mut to = to.map(
        #[inline(always)]
        |x| x.as_chunks_mut::<4>(),
    );
    for k in 0..len / 4 {
        let zeros = [T::ZERO; 4];
        let mut now = [&zeros; READS];
        for (now, (from, _)) in now.iter_mut().zip(&from) {
            let Some(from) = from.get(k) else { return };
            *now = from;
        }
        let mut spare = [[T::ZERO; 4]; WRITES];
        let mut old = spare.each_mut();
        for (old, (to, _)) in old.iter_mut().zip(&mut to) {
            let Some(to) = to.get_mut(k) else { return };
            *old = to;
        }
        let (now, mut old) = (now.map(|x| x.as_slice()), old.map(|x| x.as_mut_slice()));
        for i in 0..4 {
            one(formula, i, &now, &mut old);
        }
    }
    let from = from.map(|(_, rest)| rest);
    let mut to = to.map(|(_, rest)| rest);
    for i in 0..len % 4 {
        one(formula, i, &from, &mut to);
    }
}

/// Adds up the terms of `len` elements as [`fold`](crate::vector::lane::fold) does it, one lane after the other in the order in which
/// it adds them, so that none is in memory. That a sum begins with a positive zero, and not each lane, makes no difference: sums of
/// zeros are the only ones that it could make one for.
#[inline(always)]
fn in_lanes<T: Scalar, const SUMS: usize, const SHORT: bool>(
    len: usize,
    mut terms: impl FnMut(usize) -> [T; SUMS],
) -> [T; SUMS] {
    let none = [T::ZERO; SUMS];
    // Of the lanes with even numbers and of those with odd ones, by turns.
    let (mut these, mut those) = (none, none);
    if SHORT || len <= LANES {
        for i in 0..4 {
            if i >= len {
                break;
            }
            let mut quarter = terms(i);
            if i + 8 < len {
                add(&mut quarter, &terms(i + 8));
            }
            if i + 4 < len {
                let mut other = terms(i + 4);
                if i + 12 < len {
                    add(&mut other, &terms(i + 12));
                }
                add(&mut quarter, &other);
            }
            add(&mut these, &quarter);
            (these, those) = (those, these);
        }
    } else {
        for i in 0..4 {
            let (mut quarter, mut half) = (none, i);
            while half < 8 {
                let (mut both, mut lane) = (none, half);
                while lane < LANES {
                    let (mut sum, mut at) = (none, lane);
                    while at < len {
                        add(&mut sum, &terms(at));
                        at += LANES;
                    }
                    add(&mut both, &sum);
                    lane += 8;
                }
                add(&mut quarter, &both);
                half += 4;
            }
            add(&mut these, &quarter);
            (these, those) = (those, these);
        }
    }
    add(&mut these, &those);
    these
}

/// Element `i` of every slice.
#[inline(always)]
fn one<T, F, const READS: usize, const WRITES: usize, const SUMS: usize>(
    formula: &F,
    i: usize,
    from: &[&[T]; READS],
    to: &mut [&mut [T]; WRITES],
) -> [T; SUMS]
where
    T: Scalar,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    let (mut now, mut old) = ([T::ZERO; READS], [T::ZERO; WRITES]);
    for (now, from) in now.iter_mut().zip(from) {
        *now = from.get(i).copied().unwrap_or(T::ZERO);
    }
    for (old, to) in old.iter_mut().zip(&*to) {
        *old = to.get(i).copied().unwrap_or(T::ZERO);
    }
    let (new, terms) = formula.apply(now, old);
    for (to, new) in to.iter_mut().zip(new) {
        if let Some(to) = to.get_mut(i) {
            *to = new;
        }
    }
    terms
}

/// Adds every term to its sum. Up to four without a loop, which where code is compiled for size would remain one.
#[inline(always)]
pub(super) fn add<T: Scalar>(sums: &mut [T], terms: &[T]) {
    match (sums, terms) {
        ([a], [x]) => *a += *x,
        ([a, b], [x, y]) => (*a, *b) = (*a + *x, *b + *y),
        ([a, b, c], [x, y, z]) => (*a, *b, *c) = (*a + *x, *b + *y, *c + *z),
        ([a, b, c, d], [w, x, y, z]) => (*a, *b, *c, *d) = (*a + *w, *b + *x, *c + *y, *d + *z),
        (sums, terms) => {
            for (sum, &term) in sums.iter_mut().zip(terms) {
                *sum += term;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::elementwise::elementwise;
    use super::super::elementwise_short::elementwise_row;
    use super::*;
    use crate::vector::Plain;
    use crate::vector::lane::Lane;
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
