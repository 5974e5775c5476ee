//! Products of matrices: every element of the result sums its terms in sequence, so that any blocking gives the same bits.
//!
//! ```text
//! C[i][j] = sum_k A[i][k] B[k][j]          or  C[i][j] += ..., going on with the sum that is there
//! ```
//!
//! Registers hold a tile of C, some rows of sixteen columns, while the terms go by: a row of B is loaded once for all rows
//! of the tile, and an element of A comes with its multiplication. Where B is large, as many of its terms as leave
//! room in the first-level cache are copied together first, and all rows of C take these. Training without wide registers
//! does not come here: its loops need less memory.

mod factor;
pub(crate) mod outlined;
mod tile;
mod transpose;

pub(crate) use factor::{ByRows, ByTerms, Left, Strided, TermOrder, by};
pub(crate) use transpose::transpose;

use crate::error::Error;
use crate::matrix::{Blocks, check_length};
use crate::scalar::Scalar;
use crate::vector::lane::{LANES, Lanes};
use crate::vector::{Level, Vector, Work, dispatch};
use tile::{tile, tile_of};

/// `to = left right` for matrices stored by rows: `left` is `rows x terms`, `right` `terms x columns`, `to` `rows x columns`.
/// Costs `rows * terms * columns` multiplications and additions.
///
/// # Errors
/// [`Error::Length`], naming the slice; `to` is as it was then.
pub fn product<T: Scalar>(
    left: &[T],
    right: &[T],
    to: &mut [T],
    (rows, terms, columns): (usize, usize, usize),
) -> Result<(), Error> {
    // A product that does not fit is no length of a slice.
    let len = |rows: usize, columns: usize| rows.saturating_mul(columns);
    check_length("left", left, len(rows, terms))?;
    check_length("right", right, len(terms, columns))?;
    check_length("to", to, len(rows, columns))?;
    if to.is_empty() {
        return Ok(());
    }
    let left = ByRows(Strided { elements: left, stride: terms });
    let right = Strided { elements: right, stride: columns };
    dispatch(Level::best(), Multiply::new(left, right, to, (rows, terms, columns)));
    Ok(())
}

/// Terms whose elements of B are copied together.
const PACKED: usize = 128;

/// Sixteen columns of so many terms; each row begins with a line of the cache.
#[repr(align(64))]
struct Packed<T>([[T; LANES]; PACKED]);

/// The product of `left` (`rows` x `terms`) and `right` (`terms` x `columns`).
pub(crate) struct Multiply<'a, T, A> {
    pub left: A,
    pub right: Strided<'a, T>,
    /// The order in which the rows of `right` are the terms.
    pub order: TermOrder,
    /// Where the result goes: `rows` x `columns`.
    pub to: &'a mut [T],
    pub to_stride: usize,
    pub rows: usize,
    /// The first term and the one after the last.
    pub terms: (usize, usize),
    pub columns: usize,
    /// Whether to go on with the sums that are in `to`.
    pub onward: bool,
}

impl<'a, T, A> Multiply<'a, T, A> {
    /// The whole product, with the numbers of its rows, terms and columns.
    #[inline(always)]
    pub(crate) fn new(
        left: A,
        right: Strided<'a, T>,
        to: &'a mut [T],
        (rows, terms, columns): (usize, usize, usize),
    ) -> Self {
        let order = TermOrder::IN_ORDER;
        Self { left, right, order, to, to_stride: columns, rows, terms: (0, terms), columns, onward: false }
    }

    /// Goes on with the sums that are there.
    #[inline(always)]
    pub(crate) fn onward(self) -> Self {
        Self { onward: true, ..self }
    }
}

impl<T: Scalar, A: Left<T>> Work for Multiply<'_, T, A> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(mut self, vector: V) {
        if self.rows == 0 {
            return;
        }
        let mut column = 0;
        while column + LANES <= self.columns {
            self.columns(vector, column);
            column += LANES;
        }
        if column < self.columns {
            self.last_columns(vector, column);
        }
    }
}

impl<T: Scalar, A: Left<T>> Multiply<'_, T, A> {
    /// Sixteen columns.
    #[inline(always)]
    fn columns<V: Vector>(&mut self, vector: V, column: usize) {
        let packs = self.packs();
        let (mut first, end) = self.terms;
        let mut onward = self.onward;
        while first < end || !onward {
            let count = if packs && end - first > PACKED { PACKED } else { end - first };
            let direct = self.right.columns_from(column);
            let mut packed;
            let right = if packs {
                packed = Packed([[T::ZERO; LANES]; PACKED]);
                for (to, from) in packed.0.iter_mut().zip(direct.rows(self.order, first)).take(count) {
                    let Some(from) = from.first_chunk() else { return };
                    T::Lanes::<V>::load(vector, from).store(to);
                }
                Strided { elements: packed.0.as_flattened(), stride: LANES }
            } else {
                direct.from(first)
            };
            self.rows(vector, column, (right, (first, first + count)), onward);
            first += count;
            onward = true;
        }
    }

    /// Whether sixteen columns of B are copied: where their order asks for it; and, if enough rows use them, where they fill
    /// the first-level cache by half, or stand so far from each other that they would compete for a few of its sets.
    #[inline(always)]
    fn packs(&self) -> bool {
        let terms = self.terms.1 - self.terms.0;
        let bytes = T::BITS as usize / 8;
        let (large, far) = (terms * LANES * bytes > 16 * 1024, self.right.stride * bytes >= 512);
        self.order != TermOrder::IN_ORDER || self.rows >= 16 && (large || far && terms >= 32)
    }

    /// All rows of some columns.
    #[inline(always)]
    fn rows<V: Vector>(
        &mut self,
        vector: V,
        column: usize,
        (right, terms): (Strided<'_, T>, (usize, usize)),
        onward: bool,
    ) {
        let (left, mut row, rows, stride) = (self.left, 0, self.rows, self.to_stride);
        let to = self.to.split_at_mut_checked(column).map_or(&mut [][..], |(_, to)| to);
        // As many rows as leave registers for B and for products.
        if const { V::REGISTERS >= 32 && T::Lanes::<V>::REGISTERS == 1 } {
            while row + 16 <= rows {
                let to = (from_row(to, row, stride), stride);
                tile::<T, V, A, 16>(vector, (left, row, terms), right, to, onward);
                row += 16;
            }
        }
        if const { V::REGISTERS >= 32 } {
            while row + 8 <= rows {
                let to = (from_row(to, row, stride), stride);
                tile::<T, V, A, 8>(vector, (left, row, terms), right, to, onward);
                row += 8;
            }
        }
        if const { V::REGISTERS >= 32 || T::Lanes::<V>::REGISTERS <= 2 } {
            while row + 4 <= rows {
                let to = (from_row(to, row, stride), stride);
                tile::<T, V, A, 4>(vector, (left, row, terms), right, to, onward);
                row += 4;
            }
        }
        while row + 2 <= rows {
            let to = (from_row(to, row, stride), stride);
            tile::<T, V, A, 2>(vector, (left, row, terms), right, to, onward);
            row += 2;
        }
        if row < rows {
            let to = (from_row(to, row, stride), stride);
            tile::<T, V, A, 1>(vector, (left, row, terms), right, to, onward);
        }
    }

    /// Fewer than sixteen columns: C is copied to where there are sixteen. What follows these columns of B in memory does no
    /// harm, it comes into columns that nobody reads; where nothing follows, B is copied, too.
    #[inline(always)]
    fn last_columns<V: Vector>(&mut self, vector: V, column: usize) {
        let packs = self.packs();
        let right = self.right.columns_from(column);
        let (mut first, end) = self.terms;
        let mut onward = self.onward;
        let mut packed = Packed([[T::ZERO; LANES]; PACKED]);
        while first < end || !onward {
            let (left, direct) = (end - first, if packs { 0 } else { right.from(first).rows_of(LANES) });
            let terms = if direct > 0 {
                let terms = if left < direct { left } else { direct };
                self.last_rows(vector, column, (first, terms), right.from(first).in_order(), onward);
                terms
            } else {
                let terms = if left < PACKED { left } else { PACKED };
                for (to, from) in packed.0.iter_mut().zip(right.rows(self.order, first)).take(terms) {
                    match from.first_chunk() {
                        Some(from) => T::Lanes::<V>::load(vector, from).store(to),
                        None => copy(to, from),
                    }
                }
                let packed = Blocks::new(packed.0.as_flattened(), LANES);
                self.last_rows(vector, column, (first, terms), packed, onward);
                terms
            };
            first += terms;
            onward = true;
        }
    }

    /// All rows of fewer than sixteen columns, with some terms and the sixteen columns of B that belong to them.
    #[inline(always)]
    fn last_rows<'r, V: Vector>(
        &mut self,
        vector: V,
        column: usize,
        (first, terms): (usize, usize),
        right: impl Iterator<Item = &'r [T]> + Clone,
        onward: bool,
    ) where
        T: 'r,
    {
        let count = self.columns - column;
        for row in (0..self.rows).step_by(4) {
            let rows = if self.rows - row < 4 { self.rows - row } else { 4 };
            let mut sums = [[T::ZERO; LANES]; 4];
            if onward {
                for (i, to) in sums.iter_mut().enumerate().take(rows) {
                    let from = self.to.get((row + i) * self.to_stride + column..).unwrap_or_default();
                    copy(to, from.get(..count).unwrap_or_default());
                }
            }
            if rows == 4 {
                let left = (self.left, row, (first, first + terms));
                tile_of::<T, V, A, 4>(vector, left, right.clone(), (sums.as_flattened_mut(), LANES), onward);
            } else {
                for (i, sums) in sums.iter_mut().enumerate().take(rows) {
                    let left = (self.left, row + i, (first, first + terms));
                    tile_of::<T, V, A, 1>(vector, left, right.clone(), (sums, LANES), onward);
                }
            }
            for (i, from) in sums.iter().enumerate().take(rows) {
                let start = (row + i) * self.to_stride + column;
                let to = self.to.split_at_mut_checked(start).map_or(&mut [][..], |(_, to)| to);
                for (to, &from) in to.iter_mut().zip(from).take(count) {
                    *to = from;
                }
            }
        }
    }
}

/// The rows from `row` on.
#[inline(always)]
fn from_row<T>(to: &mut [T], row: usize, stride: usize) -> &mut [T] {
    to.split_at_mut_checked(row * stride).map_or(&mut [], |(_, to)| to)
}

#[inline(always)]
fn copy<T: Copy>(to: &mut [T; LANES], from: &[T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    extern crate std;
    use std::vec;
    use std::vec::Vec;

    fn numbers(n: usize, seed: u64) -> Vec<f64> {
        let mut x = vec![0.0; n];
        crate::input::SampleStream::new(seed).sample().gaussian_fill(&mut x);
        x
    }

    /// Element by element, in the written order.
    #[test]
    fn every_element_sums_in_sequence() {
        for (rows, terms, columns) in
            [(1, 1, 1), (3, 5, 7), (8, 16, 16), (9, 17, 33), (13, 40, 31), (2, 0, 20), (4, 3, 0), (17, 70, 50)]
                .into_iter()
                .chain([(31, 300, 17), (18, 40, 150), (16, 129, 130)])
        {
            let (a, b) = (numbers(rows * terms, 1), numbers(terms * columns, 2));
            let mut c = vec![f64::NAN; rows * columns];
            product(&a, &b, &mut c, (rows, terms, columns)).unwrap();
            for i in 0..rows {
                for j in 0..columns {
                    let mut sum = 0.0;
                    for k in 0..terms {
                        sum += a[i * terms + k] * b[k * columns + j];
                    }
                    assert_eq!(c[i * columns + j].to_bits(), f64::to_bits(sum), "{rows} {terms} {columns}: {i} {j}");
                }
            }
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let mut c = [0.0; 4];
        let wrong = product(&[1.0; 4], &[1.0; 3], &mut c, (2, 2, 2));
        assert_eq!(wrong, Err(Error::Length { what: "right", expected: 4, found: 3 }));
        assert!(product(&[1.0; 4], &[1.0; 4], &mut [0.0; 3], (2, 2, 2)).is_err());
        assert!(product(&[1.0; 4], &[1.0; 4], &mut c, (usize::MAX, 2, 2)).is_err());
        assert_eq!(c, [0.0; 4]);
        // Nothing, however wide it is.
        assert_eq!(product::<f32>(&[], &[], &mut [], (0, 0, usize::MAX)), Ok(()));
    }
}
