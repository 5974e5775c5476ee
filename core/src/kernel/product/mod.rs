//! Products of matrices: every element of the result sums its terms in sequence, so that any blocking gives the same bits.
//!
//! ```text
//! C[i][j] = sum_k A[i][k] B[k][j]          or  C[i][j] += ..., going on with the sum that is there
//! ```
//!
//! Registers hold a tile of C, some rows of sixteen columns, while the terms go by: a row of B is loaded once for all rows
//! of the tile, and an element of A comes with its multiplication. Where enough rows use it, as many terms of B as leave
//! room in the first-level cache are copied together first, and all rows of C take these. Training without wide registers
//! does not come here: its loops need less memory.

mod factor;
pub(crate) mod outlined;
mod tile;
mod transpose;

pub(crate) use factor::{ByRows, ByTerms, Left, Strided, TermOrder, by};
pub(crate) use transpose::transpose;

use crate::error::Error;
use crate::matrix::check_length;
use crate::scalar::Scalar;
use crate::vector::lane::{LANES, Lanes};
use crate::vector::{Level, Vector, Work, dispatch};
use tile::tile;

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

/// Of these, as many are met at a time: turns of a loop and looks at the ends of rows take instructions, too.
const TOGETHER: usize = 4;

/// Terms that are few: most products of small students have no more.
const FEW: usize = 16;

/// Sixteen columns of so many terms; each row begins with a line of the cache.
#[repr(align(64))]
struct Packed<T, const N: usize>([[T; LANES]; N]);

impl<T: Scalar, const N: usize> Packed<T, N> {
    #[inline(always)]
    fn new() -> Self {
        Self([[T::ZERO; LANES]; N])
    }
}

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
        // Of few terms it takes longer to clear room for many than to multiply.
        let few = self.terms.1 - self.terms.0 <= FEW;
        let mut column = 0;
        if self.packs() {
            column = self.columns / LANES * LANES;
            if few {
                self.packed::<V, FEW>(vector, column);
            } else {
                self.packed::<V, PACKED>(vector, column);
            }
        } else {
            while column + LANES <= self.columns {
                let right = self.right.columns_from(column).from(self.terms.0).in_order();
                let right = right.map_while(
                    #[inline(always)]
                    |row| row.first_chunk().map(core::array::from_ref),
                );
                self.rows::<V, 4, 1>(vector, column, (right, self.terms), self.onward);
                column += LANES;
            }
        }
        if column < self.columns {
            if few {
                self.last_columns::<V, FEW>(vector, column);
            } else {
                self.last_columns::<V, PACKED>(vector, column);
            }
        }
    }
}

impl<T: Scalar, A: Left<T>> Multiply<'_, T, A> {
    /// The columns before `end`, sixteen at a time.
    #[inline(always)]
    fn packed<V: Vector, const N: usize>(&mut self, vector: V, end: usize) {
        let mut packed = Packed::<T, N>::new();
        for column in (0..end).step_by(LANES) {
            self.packed_columns(vector, column, &mut packed);
        }
    }

    /// Sixteen columns, with those of B copied to `packed`, as many terms as fit at a time.
    #[inline(always)]
    fn packed_columns<V: Vector, const N: usize>(&mut self, vector: V, column: usize, packed: &mut Packed<T, N>) {
        let (mut first, end) = self.terms;
        let mut onward = self.onward;
        while first < end || !onward {
            let count = if end - first > N { N } else { end - first };
            let Some(packed) = packed.0.get_mut(..count) else { return };
            for (to, from) in packed.iter_mut().zip(self.right.columns_from(column).rows(self.order, first)) {
                let Some(from) = from.first_chunk() else { return };
                T::Lanes::<V>::load(vector, from).store(to);
            }
            let (together, rest) = packed.as_chunks::<TOGETHER>();
            let last = first + count - rest.len();
            self.rows::<V, 16, TOGETHER>(vector, column, (together.iter(), (first, last)), onward);
            if !rest.is_empty() {
                self.rows::<V, 4, 1>(vector, column, (rest.as_chunks().0.iter(), (last, first + count)), true);
            }
            first += count;
            onward = true;
        }
    }

    /// Whether sixteen columns of B are copied: where their order asks for it, or enough rows use them. Terms that are next to
    /// each other take the fewest instructions to meet, and do not compete for a few sets of the cache.
    #[inline(always)]
    fn packs(&self) -> bool {
        self.order != TermOrder::IN_ORDER || self.rows >= 8
    }

    /// All rows of some columns, at most `MOST` of them in a tile, `K` terms at a time.
    #[inline(always)]
    fn rows<'r, V: Vector, const MOST: usize, const K: usize>(
        &mut self,
        vector: V,
        column: usize,
        (right, terms): (impl Iterator<Item = &'r [[T; LANES]; K]> + Clone, (usize, usize)),
        onward: bool,
    ) where
        T: 'r,
    {
        let (left, mut row, rows, stride) = (self.left, 0, self.rows, self.to_stride);
        let to = self.to.split_at_mut_checked(column).map_or(&mut [][..], |(_, to)| to);
        if const { MOST >= 16 && fits::<T, V>(16) } {
            while row + 16 <= rows {
                let to = (from_row(to, row, stride), stride);
                tile::<T, V, A, 16, K>(vector, (left, row, terms), right.clone(), to, onward);
                row += 16;
            }
        }
        if const { MOST >= 8 && fits::<T, V>(8) } {
            while row + 8 <= rows {
                let to = (from_row(to, row, stride), stride);
                tile::<T, V, A, 8, K>(vector, (left, row, terms), right.clone(), to, onward);
                row += 8;
            }
        }
        if const { fits::<T, V>(4) } {
            while row + 4 <= rows {
                let to = (from_row(to, row, stride), stride);
                tile::<T, V, A, 4, K>(vector, (left, row, terms), right.clone(), to, onward);
                row += 4;
            }
        }
        while row + 2 <= rows {
            let to = (from_row(to, row, stride), stride);
            tile::<T, V, A, 2, K>(vector, (left, row, terms), right.clone(), to, onward);
            row += 2;
        }
        if row < rows {
            let to = (from_row(to, row, stride), stride);
            tile::<T, V, A, 1, K>(vector, (left, row, terms), right, to, onward);
        }
    }

    /// Fewer than sixteen columns: C is copied to where there are sixteen. What follows these columns of B in memory does no
    /// harm, it comes into columns that nobody reads; where nothing follows, B is copied, too.
    #[inline(always)]
    fn last_columns<V: Vector, const N: usize>(&mut self, vector: V, column: usize) {
        let packs = self.packs();
        let right = self.right.columns_from(column);
        let (mut first, end) = self.terms;
        let mut onward = self.onward;
        let mut packed = Packed::<T, N>::new();
        while first < end || !onward {
            let (left, direct) = (end - first, if packs { 0 } else { right.from(first).rows_of(LANES) });
            let terms = if direct > 0 {
                let terms = if left < direct { left } else { direct };
                let direct = right.from(first).in_order().map_while(
                    #[inline(always)]
                    |row| row.first_chunk().map(core::array::from_ref),
                );
                self.last_rows(vector, column, (first, terms), direct, onward);
                terms
            } else {
                let terms = if left < N { left } else { N };
                for (to, from) in packed.0.iter_mut().zip(right.rows(self.order, first)).take(terms) {
                    match from.first_chunk() {
                        Some(from) => T::Lanes::<V>::load(vector, from).store(to),
                        None => copy(to, from),
                    }
                }
                self.last_rows(vector, column, (first, terms), packed.0.as_chunks().0.iter(), onward);
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
        right: impl Iterator<Item = &'r [[T; LANES]; 1]> + Clone,
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
                tile::<T, V, A, 4, 1>(vector, left, right.clone(), (sums.as_flattened_mut(), LANES), onward);
            } else {
                for (i, sums) in sums.iter_mut().enumerate().take(rows) {
                    let left = (self.left, row + i, (first, first + terms));
                    tile::<T, V, A, 1, 1>(vector, left, right.clone(), (sums, LANES), onward);
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

/// Whether a tile of so many rows leaves registers for a row of B, an element of A and a product.
const fn fits<T: Scalar, V: Vector>(rows: usize) -> bool {
    (rows + 1) * T::Lanes::<V>::REGISTERS + 2 <= V::REGISTERS
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
