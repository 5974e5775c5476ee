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

/// Applies each row's formula to its columns, and adds what the terms add up to to the row's element of `sums`.
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
    if columns.stride == LANES && columns.whole {
        // Nothing to cut out of the rows, and nothing left over.
        let read = read.map(
            #[inline(always)]
            |x| x.as_chunks::<LANES>().0,
        );
        let mut written = written.each_mut().map(
            #[inline(always)]
            |x| x.as_chunks_mut::<LANES>().0,
        );
        by_fours(
            vector,
            rows,
            sums,
            #[inline(always)]
            |row| gather_one(vector, &formula(row), row, read, &mut written),
        );
    } else {
        by_fours(
            vector,
            rows,
            sums,
            #[inline(always)]
            |row| {
                let (read, written) = slices(columns.of(row), &read, &mut written);
                gather(vector, &formula(row), read, written)
            },
        );
    }
}

/// Adds up the lanes that every row gathers.
#[inline(always)]
fn by_fours<T: Scalar, V: Vector, const SUMS: usize>(
    vector: V,
    rows: usize,
    mut sums: [&mut PerRow<T>; SUMS],
    mut gather: impl FnMut(usize) -> [T::Lanes<V>; SUMS],
) {
    // Of the last four rows, the oldest first.
    let mut lanes = [[T::Lanes::<V>::splat(vector, T::ZERO).halved(); 4]; SUMS];
    let turns = if const { SUMS == 0 } { rows } else { rows.next_multiple_of(4) };
    for row in 0..turns {
        for (lanes, found) in lanes.iter_mut().zip(gather(row)) {
            let [_, a, b, c] = *lanes;
            *lanes = [a, b, c, found.halved()];
        }
        if row % 4 == 3 {
            for (&lanes, sums) in lanes.iter().zip(&mut sums) {
                let sums = sums.get_mut(row - 3..).and_then(|sums| sums.first_chunk_mut::<4>());
                for (sum, found) in sums.into_iter().flatten().zip(T::Lanes::<V>::fold_four(vector, lanes)) {
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
