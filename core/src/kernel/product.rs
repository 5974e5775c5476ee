//! Products of matrices: every element of the result sums its terms in sequence, so that any blocking gives the same bits.
//!
//! ```text
//! C[i][j] = sum_k A[i][k] B[k][j]          or  C[i][j] += ..., going on with the sum that is there
//! ```
//!
//! Registers hold a tile of C, a few rows of sixteen or thirty-two columns, while the terms go by: a row of B is loaded once
//! for all rows of the tile, an element of A once for all its columns. Training without wide registers does not come
//! here: its loops need less memory.

use super::reduce::LANES;
use crate::error::Error;
use crate::matrix::{Blocks, BlocksMut, RowsMut, check_length};
use crate::scalar::Scalar;
use crate::vector::lane::Lanes;
use crate::vector::{Level, Vector, Work, dispatch};

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

/// Terms of which the columns beyond the last sixteen are copied at a time.
const COPIED: usize = 16;

/// A matrix by rows: row `i` starts at `elements[i * stride]`.
#[derive(Clone, Copy)]
pub(crate) struct Strided<'a, T> {
    pub elements: &'a [T],
    pub stride: usize,
}

/// A left factor, which is met a few rows and one term at a time.
pub(crate) trait Left<T>: Copy {
    /// The terms from `first` to before `end`, in order; `None` unless there are `R` rows from `row` on with so many.
    fn terms<const R: usize>(self, row: usize, first: usize, end: usize) -> Option<impl Iterator<Item = impl Term<T>>>;
}

/// The elements of a few rows that belong to one term.
pub(crate) trait Term<T> {
    /// That of row `i` among them.
    fn element(&self, i: usize) -> T;
}

/// A factor stored by rows: `A[i][k]`.
#[derive(Clone, Copy)]
pub(crate) struct ByRows<'a, T>(pub Strided<'a, T>);

/// Element `k` of each row.
#[derive(Clone, Copy)]
struct Across<'a, T, const R: usize> {
    rows: [&'a [T]; R],
    k: usize,
}

impl<T: Scalar, const R: usize> Term<T> for Across<'_, T, R> {
    #[inline(always)]
    fn element(&self, i: usize) -> T {
        self.rows.get(i).and_then(|row| row.get(self.k)).copied().unwrap_or(T::ZERO)
    }
}

impl<T: Scalar> Left<T> for ByRows<'_, T> {
    #[inline(always)]
    fn terms<const R: usize>(self, row: usize, first: usize, end: usize) -> Option<impl Iterator<Item = impl Term<T>>> {
        let Strided { elements, stride } = self.0;
        let mut rows: [&[T]; R] = [&[]; R];
        for (i, to) in rows.iter_mut().enumerate() {
            *to = elements.get((row + i) * stride + first..)?.get(..end - first)?;
        }
        Some((0..end - first).map(
            #[inline(always)]
            move |k| Across { rows, k },
        ))
    }
}

/// A factor stored by terms, that is, transposed: `A'[k][i]`.
#[derive(Clone, Copy)]
pub(crate) struct ByTerms<'a, T>(pub Strided<'a, T>);

impl<T: Scalar, const R: usize> Term<T> for &[T; R] {
    #[inline(always)]
    fn element(&self, i: usize) -> T {
        self.get(i).copied().unwrap_or(T::ZERO)
    }
}

impl<T: Scalar> Left<T> for ByTerms<'_, T> {
    #[inline(always)]
    fn terms<const R: usize>(self, row: usize, first: usize, end: usize) -> Option<impl Iterator<Item = impl Term<T>>> {
        let Strided { elements, stride } = self.0;
        let from = elements.get(first * stride + row..)?;
        Some(Blocks::new(from, stride).take(end - first).map_while(
            #[inline(always)]
            |term| term.first_chunk::<R>(),
        ))
    }
}

/// The product of `left` (`rows` x `terms`) and `right` (`terms` x `columns`).
pub(crate) struct Multiply<'a, T, A> {
    pub left: A,
    pub right: Strided<'a, T>,
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
        Self { left, right, to, to_stride: columns, rows, terms: (0, terms), columns, onward: false }
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
        let mut column = 0;
        // Two loads for every element of A are too many where each is worth one register only.
        if const { T::Lanes::<V>::REGISTERS == 1 && V::REGISTERS >= 32 } {
            while column + 2 * LANES <= self.columns {
                self.column::<V, 2>(vector, column);
                column += 2 * LANES;
            }
        }
        while column + LANES <= self.columns {
            self.column::<V, 1>(vector, column);
            column += LANES;
        }
        if column < self.columns {
            self.last_columns(vector, column);
        }
    }
}

impl<T: Scalar, A: Left<T>> Multiply<'_, T, A> {
    /// `C` times sixteen columns.
    #[inline(always)]
    fn column<V: Vector, const C: usize>(&mut self, vector: V, column: usize) {
        let right = self.right.elements.get(column + self.terms.0 * self.right.stride..).unwrap_or_default();
        let panel = Panel { right: Strided { elements: right, ..self.right }, terms: self.terms };
        let (mut row, rows, stride) = (0, self.rows, self.to_stride);
        let to = self.to.split_at_mut_checked(column).map_or(&mut [][..], |(_, to)| to);
        // As many rows as leave registers for B and for products.
        if const { V::REGISTERS >= 32 } {
            while row + 8 <= rows {
                panel.tile::<V, A, 8, C>(vector, self.left, row, (to, stride), self.onward);
                row += 8;
            }
        }
        if const { V::REGISTERS >= 32 || T::Lanes::<V>::REGISTERS <= 2 } {
            while row + 4 <= rows {
                panel.tile::<V, A, 4, C>(vector, self.left, row, (to, stride), self.onward);
                row += 4;
            }
        }
        while row + 2 <= rows {
            panel.tile::<V, A, 2, C>(vector, self.left, row, (to, stride), self.onward);
            row += 2;
        }
        if row < rows {
            panel.tile::<V, A, 1, C>(vector, self.left, row, (to, stride), self.onward);
        }
    }

    /// Fewer than sixteen columns: B and C are copied to where there are sixteen.
    #[inline(always)]
    fn last_columns<V: Vector>(&mut self, vector: V, column: usize) {
        let count = self.columns - column;
        let (mut first, end) = self.terms;
        let mut onward = self.onward;
        while first < end || !onward {
            let terms = if end - first < COPIED { end - first } else { COPIED };
            let mut copied = [[T::ZERO; LANES]; COPIED];
            let right = self.right.elements.get(first * self.right.stride + column..).unwrap_or_default();
            for (to, from) in copied.iter_mut().zip(Blocks::new(right, self.right.stride)).take(terms) {
                copy(to, from.get(..count).unwrap_or(from));
            }
            let panel = Panel {
                right: Strided { elements: copied.as_flattened(), stride: LANES },
                terms: (first, first + terms),
            };
            for row in (0..self.rows).step_by(4) {
                let rows = if self.rows - row < 4 { self.rows - row } else { 4 };
                let mut tile = [[T::ZERO; LANES]; 4];
                if onward {
                    for (i, to) in tile.iter_mut().enumerate().take(rows) {
                        let from = self.to.get((row + i) * self.to_stride + column..).unwrap_or_default();
                        copy(to, from.get(..count).unwrap_or_default());
                    }
                }
                let to = (tile.as_flattened_mut(), LANES);
                if rows == 4 {
                    panel.tile_at::<V, A, 4, 1>(vector, self.left, row, 0, to, onward);
                } else {
                    for i in 0..rows {
                        panel.tile_at::<V, A, 1, 1>(vector, self.left, row + i, i, (&mut *to.0, LANES), onward);
                    }
                }
                for (i, from) in tile.iter().enumerate().take(rows) {
                    let start = (row + i) * self.to_stride + column;
                    let to = self.to.split_at_mut_checked(start).map_or(&mut [][..], |(_, to)| to);
                    for (to, &from) in to.iter_mut().zip(from).take(count) {
                        *to = from;
                    }
                }
            }
            first += terms;
            onward = true;
        }
    }
}

#[inline(always)]
fn copy<T: Copy>(to: &mut [T; LANES], from: &[T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

/// The first sixteen elements, or twice as many.
#[inline(always)]
fn load<T: Scalar, V: Vector, const C: usize>(vector: V, from: &[T]) -> Option<[T::Lanes<V>; C]> {
    let mut lanes = [T::Lanes::<V>::splat(vector, T::ZERO); C];
    match lanes.as_mut_slice() {
        [one] => *one = T::Lanes::<V>::load(vector, from.first_chunk()?),
        [one, two] => {
            let [first, second] = from.first_chunk::<{ 2 * LANES }>()?.as_chunks().0 else { return None };
            *one = T::Lanes::<V>::load(vector, first);
            *two = T::Lanes::<V>::load(vector, second);
        }
        _ => return None,
    }
    Some(lanes)
}

/// The terms of some columns of B, from the first term and the first of these columns on.
struct Panel<'a, T> {
    right: Strided<'a, T>,
    terms: (usize, usize),
}

impl<T: Scalar> Panel<'_, T> {
    #[inline(always)]
    fn tile<V: Vector, A: Left<T>, const R: usize, const C: usize>(
        &self,
        vector: V,
        left: A,
        row: usize,
        to: (&mut [T], usize),
        onward: bool,
    ) {
        self.tile_at::<V, A, R, C>(vector, left, row, row, to, onward);
    }

    /// `R` rows of C from `row` of A on, written from row `at` of `to` on.
    #[inline(always)]
    fn tile_at<V: Vector, A: Left<T>, const R: usize, const C: usize>(
        &self,
        vector: V,
        left: A,
        row: usize,
        at: usize,
        (to, stride): (&mut [T], usize),
        onward: bool,
    ) {
        let zero = T::Lanes::<V>::splat(vector, T::ZERO);
        let mut sums = [[zero; C]; R];
        let to = to.split_at_mut_checked(at * stride).map_or(&mut [][..], |(_, to)| to);
        if onward {
            for (sums, from) in sums.iter_mut().zip(Blocks::new(to, stride)) {
                if let Some(from) = load::<T, V, C>(vector, from) {
                    *sums = from;
                }
            }
        }
        let (first, end) = self.terms;
        let Some(terms) = left.terms::<R>(row, first, end) else { return };
        for (a, b) in terms.zip(Blocks::new(self.right.elements, self.right.stride)) {
            let Some(b) = load::<T, V, C>(vector, b) else { return };
            for (i, sums) in sums.iter_mut().enumerate() {
                let a = T::Lanes::<V>::splat(vector, a.element(i));
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum = *sum + a * b;
                }
            }
        }
        for (sums, to) in sums.iter().zip(BlocksMut::new(to, stride)) {
            match (sums.as_slice(), to.as_chunks_mut::<LANES>().0) {
                ([sum], [to, ..]) => sum.store(to),
                ([one, two], [to, next, ..]) => {
                    one.store(to);
                    two.store(next);
                }
                _ => {}
            }
        }
    }
}

/// `to[j][i] = from[i][j]`: `to` is `columns` x `rows`.
#[inline(always)]
pub(crate) fn transpose<T: Scalar>(from: &[T], columns: usize, to: &mut [T], rows: usize) {
    let mut to = RowsMut::new(to, rows);
    let mut column = 0;
    while column < columns {
        let count = if columns - column < 8 { columns - column } else { 8 };
        let mut into: [&mut [T]; 8] = Default::default();
        for (into, to) in into.iter_mut().zip(to.by_ref().take(count)) {
            *into = to;
        }
        for (i, from) in Blocks::new(from.get(column..).unwrap_or_default(), columns).enumerate() {
            // Written out for eight: the loop over a count that is not known takes three times as long.
            if let Some(from) = from.first_chunk::<8>()
                && count == 8
            {
                for (into, &x) in into.iter_mut().zip(from) {
                    if let Some(to) = into.get_mut(i) {
                        *to = x;
                    }
                }
            } else {
                for (into, &x) in into.iter_mut().zip(from).take(count) {
                    if let Some(to) = into.get_mut(i) {
                        *to = x;
                    }
                }
            }
        }
        column += count;
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

    #[test]
    fn a_transpose_has_its_elements_exchanged() {
        for (rows, columns) in [(1, 1), (3, 20), (17, 8), (16, 16), (5, 1)] {
            let a = numbers(rows * columns, 3);
            let mut b = vec![0.0; rows * columns];
            transpose(&a, columns, &mut b, rows);
            for i in 0..rows {
                for j in 0..columns {
                    assert_eq!(b[j * rows + i], a[i * columns + j]);
                }
            }
        }
    }
}
