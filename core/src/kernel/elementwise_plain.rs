//! [`elementwise`](super::elementwise) without wide registers: one element at a time, and no lane of a sum in memory.

use super::formula::Elementwise;
use crate::scalar::Scalar;
use crate::vector::by_functions;
use crate::vector::lane::LANES;
use core::hint::black_box;

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
    } else if const { by_functions(T::BITS) } {
        for i in 0..len {
            one(formula, i, &from, &mut to);
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
    if const { by_functions(T::BITS) } {
        return lane_by_lane(len, terms);
    }
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
        // How many turns there are is not said to the compiler, which would make one long piece of code of them.
        for i in 0..black_box(4) {
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

/// The order in which the lanes meet: each with the next, the sums of two with the next such, and so on.
const MEETING: [usize; LANES] = [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15];

/// [`in_lanes`] with the formula in one place, where each operation in it is the call of a function: nothing is added to lanes
/// without elements, nor a first term to a zero.
#[inline(always)]
fn lane_by_lane<T: Scalar, const SUMS: usize>(len: usize, mut terms: impl FnMut(usize) -> [T; SUMS]) -> [T; SUMS] {
    // Of one, two, four and eight lanes, those that wait for as many more; the last is what all of them come to.
    let mut waiting = [[T::ZERO; SUMS]; 5];
    for (turn, &lane) in MEETING.iter().enumerate() {
        let (mut sum, mut at) = ([T::ZERO; SUMS], lane);
        while at < len {
            let found = terms(at);
            // The very first, so that a sum of nothing but negative zeros is a positive one.
            if at == lane && at > 0 {
                sum = found;
            } else {
                add(&mut sum, &found);
            }
            at += LANES;
        }
        for (level, waiting) in waiting.iter_mut().enumerate() {
            if turn >> level & 1 == 0 {
                *waiting = sum;
                break;
            }
            let mut both = *waiting;
            // The lowest of the lanes that join: if that one has no element, none of them has.
            if lane & ((LANES >> level) - 1) < len {
                add(&mut both, &sum);
            }
            sum = both;
        }
    }
    let [.., all] = waiting;
    all
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
    let at = |x: &[T]| x.get(i).copied().unwrap_or(T::ZERO);
    let put = |to: &mut [T], new: T| {
        if let Some(to) = to.get_mut(i) {
            *to = new;
        }
    };
    // Up to two without a loop, which where code is compiled for size would remain one.
    match (now.as_mut_slice(), from.as_slice()) {
        ([x], [a]) => *x = at(a),
        ([x, y], [a, b]) => (*x, *y) = (at(a), at(b)),
        (now, from) => now.iter_mut().zip(from).for_each(|(x, a)| *x = at(a)),
    }
    match (old.as_mut_slice(), to.as_slice()) {
        ([x], [a]) => *x = at(a),
        ([x, y], [a, b]) => (*x, *y) = (at(a), at(b)),
        (old, to) => old.iter_mut().zip(to).for_each(|(x, a)| *x = at(a)),
    }
    let (new, terms) = formula.apply(now, old);
    match (to.as_mut_slice(), new.as_slice()) {
        ([a], [x]) => put(a, *x),
        ([a, b], [x, y]) => {
            put(a, *x);
            put(b, *y);
        }
        (to, new) => to.iter_mut().zip(new).for_each(|(a, x)| put(a, *x)),
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
    use super::*;

    /// Terms of which each sum has some of its own, and a sign that is lost where zeros are added up.
    #[test]
    fn lanes_meet_in_one_order() {
        fn check<T: Scalar>(len: usize) {
            let mut asked = std::vec![0; len];
            let mut term = |i: usize| {
                asked[i] += 1;
                let x = T::from_f64(1.0 / (1.0 + i as f64 * 0.37) - 0.21 * ((i % 3) as f64));
                [x, x * x, -T::ZERO]
            };
            let sums = lane_by_lane(len, &mut term);
            assert_eq!(sums.map(T::to_bits_u64), in_lanes::<T, 3, false>(len, &mut term).map(T::to_bits_u64), "{len}");
            assert!(asked.iter().all(|&times| times == 2), "{len}");
        }
        for len in (0..=36).chain([47, 48, 49, 64, 100]) {
            check::<f32>(len);
            check::<f64>(len);
        }
    }
}
