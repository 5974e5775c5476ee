//! [`elementwise`](super::elementwise) for a block of up to sixteen rows, each with coefficients and sums of its own.
//!
//! With wide registers, lanes are added up for four rows together: that takes about as many operations as for one.

use super::elementwise::{gather, gather_one};
use super::elementwise_plain::one_by_one;
use super::formula::Elementwise;
use super::support::bounds;
use crate::scalar::Scalar;
use crate::vector::Vector;
use crate::vector::lane::{LANES, Lanes};

/// One number a row of a block.
pub(crate) type PerRow<T> = [T; LANES];

/// Which columns of every row.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'b, T> {
    /// Elements of a row.
    pub stride: usize,
    /// Each row's [support](super::support::support); one that ends beyond the row ends with it.
    pub supports: &'b [[T; 2]],
    pub part: Part,
    /// Whether the part is the whole of every row.
    pub whole: bool,
}

/// A whole row; before its support, in it, and after it.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Whole,
    Before,
    Within,
    After,
}

impl<T: Scalar> Columns<'_, T> {
    /// Those of row `row`, as a range of the elements of all rows; an empty one if there is no such row.
    #[inline(always)]
    fn of(&self, row: usize) -> (usize, usize) {
        let Some(&support) = self.supports.get(row) else { return (0, 0) };
        let (begin, end) = bounds(support);
        let within = |column| if column < self.stride { column } else { self.stride };
        let first = row * self.stride;
        let (from, to) = match self.part {
            Part::Whole => (0, self.stride),
            Part::Before => (0, within(begin)),
            Part::Within => (within(begin), within(end)),
            Part::After => (within(end), self.stride),
        };
        (first + from, first + to)
    }
}

/// Applies each row's formula to its columns, and adds what the terms add up to to the row's element of `sums`, which must not be a
/// negative zero: then it makes no difference whether terms that are negative zeros are added to zeros first.
#[inline(always)]
pub(crate) fn elementwise_rows<T, V, F, const READS: usize, const WRITES: usize, const SUMS: usize>(
    vector: V,
    columns: Columns<'_, T>,
    formula: impl Fn(usize) -> F,
    read: [&[T]; READS],
    mut written: [&mut [T]; WRITES],
    mut sums: [&mut PerRow<T>; SUMS],
) where
    T: Scalar,
    V: Vector,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    let rows = columns.supports.len();
    if const { !V::WIDE } {
        for row in 0..rows {
            let (read, written) = slices(columns.of(row), &read, &mut written);
            if read.first().is_some_and(|x| !x.is_empty()) {
                let found = one_by_one(&formula(row), read, written);
                for (sums, found) in sums.iter_mut().zip(found) {
                    if let Some(sum) = sums.get_mut(row) {
                        *sum += found;
                    }
                }
            }
        }
        return;
    }
    let none = T::Lanes::<V>::splat(vector, T::ZERO);
    if columns.stride == LANES && columns.whole {
        // Nothing to cut out of the rows, and nothing left over.
        let read = read.map(
            #[inline(always)]
            |x| x.as_chunks().0,
        );
        let mut written = written.each_mut().map(
            #[inline(always)]
            |x| x.as_chunks_mut().0,
        );
        by_fours(
            vector,
            rows,
            sums,
            #[inline(always)]
            |row| {
                let read = read.map(
                    #[inline(always)]
                    |x| x.get(row),
                );
                let written = written.each_mut().map(
                    #[inline(always)]
                    |x| x.get_mut(row),
                );
                one(vector, &formula(row), read, written).unwrap_or([none; SUMS])
            },
        );
    } else {
        by_fours(
            vector,
            rows,
            sums,
            #[inline(always)]
            |row| {
                let (read, mut written) = slices(columns.of(row), &read, &mut written);
                let chunks = read.map(
                    #[inline(always)]
                    |x| match x.as_chunks() {
                        ([chunk], []) => Some(chunk),
                        _ => None,
                    },
                );
                let places = written.each_mut().map(
                    #[inline(always)]
                    |x| match x.as_chunks_mut() {
                        ([chunk], []) => Some(chunk),
                        _ => None,
                    },
                );
                match one(vector, &formula(row), chunks, places) {
                    Some(sums) => sums,
                    None => gather(vector, &formula(row), read, written),
                }
            },
        );
    }
}

/// The terms of sixteen elements, if these are such.
#[inline(always)]
fn one<T, V, F, const READS: usize, const WRITES: usize, const SUMS: usize>(
    vector: V,
    formula: &F,
    read: [Option<&[T; LANES]>; READS],
    written: [Option<&mut [T; LANES]>; WRITES],
) -> Option<[T::Lanes<V>; SUMS]>
where
    T: Scalar,
    V: Vector,
    F: Elementwise<T, READS, WRITES, SUMS>,
{
    let zeros = [T::ZERO; LANES];
    let mut now = [&zeros; READS];
    for (now, read) in now.iter_mut().zip(read) {
        *now = read?;
    }
    let mut spare = [[T::ZERO; LANES]; WRITES];
    let mut places = spare.each_mut();
    for (place, written) in places.iter_mut().zip(written) {
        *place = written?;
    }
    Some(gather_one(vector, formula, now, places))
}

/// Adds up the lanes that every row gathers.
#[inline(always)]
fn by_fours<T: Scalar, V: Vector, const SUMS: usize>(
    vector: V,
    rows: usize,
    mut sums: [&mut PerRow<T>; SUMS],
    mut gather: impl FnMut(usize) -> [T::Lanes<V>; SUMS],
) {
    if const { SUMS == 0 } {
        for row in 0..rows {
            gather(row);
        }
        return;
    }
    let zero = T::Lanes::<V>::splat(vector, T::ZERO).halved();
    for first in (0..rows).step_by(4) {
        let mut lanes = [[zero; 4]; SUMS];
        for row in 0..4 {
            for (lanes, found) in lanes.iter_mut().zip(gather(first + row)) {
                if let Some(lanes) = lanes.get_mut(row) {
                    *lanes = found.halved();
                }
            }
        }
        for (lanes, sums) in lanes.into_iter().zip(&mut sums) {
            let sums = sums.get_mut(first..).and_then(|sums| sums.first_chunk_mut::<4>());
            if let Some(sums) = sums {
                let found = T::Lanes::<V>::fold_four(vector, lanes);
                for (sum, found) in sums.iter_mut().zip(found) {
                    *sum += found;
                }
            }
        }
    }
}

/// What each of the slices has in a range.
#[inline(always)]
fn slices<'s, T, const READS: usize, const WRITES: usize>(
    (from, to): (usize, usize),
    read: &[&'s [T]; READS],
    written: &'s mut [&mut [T]; WRITES],
) -> ([&'s [T]; READS], [&'s mut [T]; WRITES]) {
    (
        read.map(
            #[inline(always)]
            |x| x.get(from..to).unwrap_or_default(),
        ),
        written.each_mut().map(
            #[inline(always)]
            |x| x.get_mut(from..to).unwrap_or_default(),
        ),
    )
}
