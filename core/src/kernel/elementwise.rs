//! One pass over slices of equal length: a formula is applied to the elements that stand in one place, results are
//! written, and terms are summed in [`LANES`] lanes, element `i` in lane `i mod LANES`.
//!
//! Wide vectors take sixteen elements at a time, other targets one; sums and results have the same bits, because each
//! lane meets the same terms in the same order. (Where the last sixteen are not complete, the missing terms are zeros.)

use super::elementwise_plain::one_by_one;
use super::formula::Elementwise;
use crate::scalar::Scalar;
use crate::vector::Vector;
use crate::vector::lane::{LANES, Lanes};

/// Applies `formula` everywhere, and adds up its terms.
#[inline(always)]
pub(crate) fn elementwise<T, V, F, const READS: usize, const WRITES: usize, const SUMS: usize>(
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
    if read.first().is_none_or(|x| x.is_empty()) {
        return [T::ZERO; SUMS];
    }
    if const { !V::WIDE } {
        return one_by_one(formula, read, written);
    }
    let mut folded = [T::ZERO; SUMS];
    for (folded, sum) in folded.iter_mut().zip(gather(vector, formula, read, written)) {
        *folded = sum.fold();
    }
    folded
}

/// [`elementwise`] with wide registers, which hold the sums in the end, lane by lane.
#[inline(always)]
pub(super) fn gather<T, V, F, const READS: usize, const WRITES: usize, const SUMS: usize>(
    vector: V,
    formula: &F,
    read: [&[T]; READS],
    written: [&mut [T]; WRITES],
) -> [T::Lanes<V>; SUMS]
where
    T: Scalar,
    V: Vector,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    let zero = T::Lanes::<V>::splat(vector, T::ZERO);
    let mut sums = [zero; SUMS];
    let none: (&[[T; LANES]], &[T]) = (&[], &[]);
    let mut chunks = [none; READS];
    for (chunks, read) in chunks.iter_mut().zip(read) {
        *chunks = read.as_chunks();
    }
    let read = chunks;
    let mut written = written.map(|x| x.as_chunks_mut::<LANES>());
    // Zipped, slices are known to be of equal length and nothing is left to check for each. The constants spare the
    // compiler all arms but one.
    let (all, to) = (read.as_slice(), written.as_mut_slice());
    if const { READS == 1 && WRITES == 0 } {
        if let [(a, _)] = all {
            for a in *a {
                step(vector, formula, &[a], &mut [], &mut sums);
            }
        }
    } else if const { READS == 1 && WRITES == 1 } {
        if let ([(a, _)], [(x, _)]) = (all, to) {
            for (a, x) in a.iter().zip(x.iter_mut()) {
                step(vector, formula, &[a], &mut [x], &mut sums);
            }
        }
    } else if const { READS == 1 && WRITES == 2 } {
        if let ([(a, _)], [(x, _), (y, _)]) = (all, to) {
            for (a, (x, y)) in a.iter().zip(x.iter_mut().zip(y.iter_mut())) {
                step(vector, formula, &[a], &mut [x, y], &mut sums);
            }
        }
    } else if const { READS == 2 && WRITES == 0 } {
        if let [(a, _), (b, _)] = all {
            for (a, b) in a.iter().zip(*b) {
                step(vector, formula, &[a, b], &mut [], &mut sums);
            }
        }
    } else if const { READS == 2 && WRITES == 1 } {
        if let ([(a, _), (b, _)], [(x, _)]) = (all, to) {
            for ((a, b), x) in a.iter().zip(*b).zip(x.iter_mut()) {
                step(vector, formula, &[a, b], &mut [x], &mut sums);
            }
        }
    } else if const { READS == 2 && WRITES == 2 } {
        if let ([(a, _), (b, _)], [(x, _), (y, _)]) = (all, to) {
            for ((a, b), (x, y)) in a.iter().zip(*b).zip(x.iter_mut().zip(y.iter_mut())) {
                step(vector, formula, &[a, b], &mut [x, y], &mut sums);
            }
        }
    } else {
        for i in 0..all.first().map_or(0, |(chunks, _)| chunks.len()) {
            let none = &[T::ZERO; LANES];
            let mut from = [none; READS];
            for (from, (chunks, _)) in from.iter_mut().zip(all) {
                *from = chunks.get(i).unwrap_or(none);
            }
            let mut spare = [[T::ZERO; LANES]; WRITES];
            let mut into = spare.each_mut();
            for (into, (chunks, _)) in into.iter_mut().zip(to.iter_mut()) {
                if let Some(chunk) = chunks.get_mut(i) {
                    *into = chunk;
                }
            }
            step(vector, formula, &from, &mut into, &mut sums);
        }
    }
    let left = read.first().map_or(0, |(_, rest)| rest.len());
    if left > 0 {
        let (mut now, mut old) = ([zero; READS], [zero; WRITES]);
        for (now, (_, rest)) in now.iter_mut().zip(&read) {
            *now = T::Lanes::<V>::load_first(vector, rest);
        }
        for (old, (_, rest)) in old.iter_mut().zip(&written) {
            *old = T::Lanes::<V>::load_first(vector, rest);
        }
        let (new, terms) = formula.apply(now, old);
        for ((_, rest), new) in written.iter_mut().zip(new) {
            new.store_first(rest);
        }
        for (sum, term) in sums.iter_mut().zip(terms) {
            *sum = *sum + if const { F::NO_TERMS_OF_ZEROS } { term } else { term.first(left) };
        }
    }
    sums
}

/// [`gather`] of sixteen elements: the terms are not added to zero first, so that a sum of negative zeros is one, too.
#[inline(always)]
pub(super) fn gather_one<T, V, F, const READS: usize, const WRITES: usize, const SUMS: usize>(
    vector: V,
    formula: &F,
    read: [&[T; LANES]; READS],
    mut written: [&mut [T; LANES]; WRITES],
) -> [T::Lanes<V>; SUMS]
where
    T: Scalar,
    V: Vector,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    let zero = T::Lanes::<V>::splat(vector, T::ZERO);
    let (mut now, mut old) = ([zero; READS], [zero; WRITES]);
    for (now, from) in now.iter_mut().zip(read) {
        *now = T::Lanes::<V>::load(vector, from);
    }
    for (old, to) in old.iter_mut().zip(&written) {
        *old = T::Lanes::<V>::load(vector, to);
    }
    let (new, terms) = formula.apply(now, old);
    for (to, new) in written.iter_mut().zip(new) {
        new.store(to);
    }
    terms
}

/// Sixteen elements of every slice.
#[inline(always)]
fn step<T, V, F, const READS: usize, const WRITES: usize, const SUMS: usize>(
    vector: V,
    formula: &F,
    from: &[&[T; LANES]],
    to: &mut [&mut [T; LANES]],
    sums: &mut [T::Lanes<V>; SUMS],
) where
    T: Scalar,
    V: Vector,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    let zero = T::Lanes::<V>::splat(vector, T::ZERO);
    let (mut now, mut old) = ([zero; READS], [zero; WRITES]);
    for (now, from) in now.iter_mut().zip(from) {
        *now = T::Lanes::<V>::load(vector, from);
    }
    for (old, to) in old.iter_mut().zip(&*to) {
        *old = T::Lanes::<V>::load(vector, to);
    }
    let (new, terms) = formula.apply(now, old);
    for (to, new) in to.iter_mut().zip(new) {
        new.store(to);
    }
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum = *sum + term;
    }
}
