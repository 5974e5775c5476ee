//! Matrices: [`Matrix`] owns its elements and knows its shape at compile time, [`MatrixView`] and [`MatrixViewMut`]
//! borrow and know it at run time. The algorithms see views only, so both kinds of caller run the same code.
//!
//! Storage is row-major without padding.

use core::ops::{Index, IndexMut};

use crate::error::Error;
use crate::scalar::Scalar;

/// A `ROWS x COLS` matrix that owns its elements, row-major.
#[derive(Clone, Debug, PartialEq)]
#[repr(transparent)]
pub struct Matrix<T, const ROWS: usize, const COLS: usize> {
    rows: [[T; COLS]; ROWS],
}

impl<T: Scalar, const ROWS: usize, const COLS: usize> Matrix<T, ROWS, COLS> {
    /// All elements zero. A constant, so that a `static` starts in `.bss` without passing through the stack.
    pub const ZERO: Self = Self { rows: [[T::ZERO; COLS]; ROWS] };

    /// Takes the rows as they are.
    pub const fn from_rows(rows: [[T; COLS]; ROWS]) -> Self {
        Self { rows }
    }

    /// The elements, row after row.
    #[inline]
    pub const fn as_slice(&self) -> &[T] {
        self.rows.as_flattened()
    }

    /// The elements, row after row.
    #[inline]
    pub const fn as_mut_slice(&mut self) -> &mut [T] {
        self.rows.as_flattened_mut()
    }

    /// The matrix as the algorithms see it.
    #[inline]
    pub const fn view(&self) -> MatrixView<'_, T> {
        MatrixView { elements: self.rows.as_flattened(), rows: ROWS, cols: COLS }
    }

    /// The matrix as the algorithms change it.
    #[inline]
    pub const fn view_mut(&mut self) -> MatrixViewMut<'_, T> {
        MatrixViewMut { elements: self.rows.as_flattened_mut(), rows: ROWS, cols: COLS }
    }
}

impl<T, const ROWS: usize, const COLS: usize> Index<usize> for Matrix<T, ROWS, COLS> {
    type Output = [T; COLS];

    /// Row `row`.
    ///
    /// # Panics
    /// When `row >= ROWS`, like the array underneath. Nothing inside this crate calls it.
    #[inline]
    fn index(&self, row: usize) -> &[T; COLS] {
        &self.rows[row]
    }
}

impl<T, const ROWS: usize, const COLS: usize> IndexMut<usize> for Matrix<T, ROWS, COLS> {
    #[inline]
    fn index_mut(&mut self, row: usize) -> &mut [T; COLS] {
        &mut self.rows[row]
    }
}

/// A matrix that borrows its elements, row-major. Copying it copies the borrow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatrixView<'a, T> {
    elements: &'a [T],
    rows: usize,
    cols: usize,
}

impl<'a, T: Scalar> MatrixView<'a, T> {
    /// Sees `elements` as `rows x cols`. `what` names the matrix in the error.
    ///
    /// # Errors
    /// [`Error::Zero`], [`Error::TooLarge`], or [`Error::Length`] unless there are exactly `rows * cols` elements.
    pub const fn new(what: &'static str, elements: &'a [T], rows: usize, cols: usize) -> Result<Self, Error> {
        match check_len(what, elements.len(), rows, cols) {
            Ok(()) => Ok(Self { elements, rows, cols }),
            Err(error) => Err(error),
        }
    }

    /// Number of rows.
    #[inline]
    pub const fn rows(self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[inline]
    pub const fn cols(self) -> usize {
        self.cols
    }

    /// The elements, row after row.
    #[inline]
    pub const fn as_slice(self) -> &'a [T] {
        self.elements
    }

    /// The element at `row`, `col`, or `None` outside the matrix.
    #[inline]
    pub fn get(self, row: usize, col: usize) -> Option<T> {
        self.row(row)?.get(col).copied()
    }

    /// One row, or `None` outside the matrix.
    #[inline]
    pub fn row(self, row: usize) -> Option<&'a [T]> {
        let start = row.checked_mul(self.cols)?;
        self.elements.get(start..)?.get(..self.cols)
    }

    /// The rows in order.
    #[inline]
    pub const fn iter_rows(self) -> Rows<'a, T> {
        Rows::new(self.elements, self.cols)
    }
}

/// A matrix that borrows its elements for change, row-major.
#[derive(Debug, PartialEq)]
pub struct MatrixViewMut<'a, T> {
    elements: &'a mut [T],
    rows: usize,
    cols: usize,
}

impl<'a, T: Scalar> MatrixViewMut<'a, T> {
    /// Sees `elements` as `rows x cols`. `what` names the matrix in the error.
    ///
    /// # Errors
    /// Those of [`MatrixView::new`].
    pub const fn new(what: &'static str, elements: &'a mut [T], rows: usize, cols: usize) -> Result<Self, Error> {
        match check_len(what, elements.len(), rows, cols) {
            Ok(()) => Ok(Self { elements, rows, cols }),
            Err(error) => Err(error),
        }
    }

    /// Number of rows.
    #[inline]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[inline]
    pub const fn cols(&self) -> usize {
        self.cols
    }

    /// This matrix, read only.
    #[inline]
    pub const fn view(&self) -> MatrixView<'_, T> {
        MatrixView { elements: self.elements, rows: self.rows, cols: self.cols }
    }

    /// Lends this matrix for a shorter time.
    #[inline]
    pub const fn reborrow(&mut self) -> MatrixViewMut<'_, T> {
        MatrixViewMut { elements: self.elements, rows: self.rows, cols: self.cols }
    }

    /// The elements, row after row.
    #[inline]
    pub const fn as_mut_slice(&mut self) -> &mut [T] {
        self.elements
    }

    /// One row, or `None` outside the matrix.
    #[inline]
    pub fn row_mut(&mut self, row: usize) -> Option<&mut [T]> {
        let start = row.checked_mul(self.cols)?;
        self.elements.get_mut(start..)?.get_mut(..self.cols)
    }

    /// The rows in order.
    #[inline]
    pub const fn iter_rows_mut(&mut self) -> RowsMut<'_, T> {
        RowsMut::new(self.elements, self.cols)
    }
}

const fn check_len(what: &'static str, found: usize, rows: usize, cols: usize) -> Result<(), Error> {
    if rows == 0 || cols == 0 {
        return Err(Error::Zero { what });
    }
    match rows.checked_mul(cols) {
        None => Err(Error::TooLarge { what }),
        Some(expected) if expected != found => Err(Error::Length { what, expected, found }),
        Some(_) => Ok(()),
    }
}

/// Consecutive pieces of equal length. Unlike `chunks_exact` it has no panicking path: a length of zero, or a last
/// piece that is too short, ends it.
#[derive(Clone, Debug)]
pub struct Rows<'a, T> {
    rest: &'a [T],
    cols: usize,
}

impl<'a, T> Rows<'a, T> {
    /// Pieces of `cols` elements.
    #[inline]
    pub const fn new(elements: &'a [T], cols: usize) -> Self {
        Self { rest: elements, cols }
    }
}

impl<'a, T> Iterator for Rows<'a, T> {
    type Item = &'a [T];

    #[inline]
    fn next(&mut self) -> Option<&'a [T]> {
        if self.cols == 0 {
            return None;
        }
        let (row, rest) = self.rest.split_at_checked(self.cols)?;
        self.rest = rest;
        Some(row)
    }
}

/// Consecutive pieces of equal length, for change; see [`Rows`].
#[derive(Debug)]
pub struct RowsMut<'a, T> {
    rest: &'a mut [T],
    cols: usize,
}

impl<'a, T> RowsMut<'a, T> {
    /// Pieces of `cols` elements.
    #[inline]
    pub const fn new(elements: &'a mut [T], cols: usize) -> Self {
        Self { rest: elements, cols }
    }
}

impl<'a, T> Iterator for RowsMut<'a, T> {
    type Item = &'a mut [T];

    #[inline]
    fn next(&mut self) -> Option<&'a mut [T]> {
        if self.cols == 0 {
            return None;
        }
        let (row, rest) = core::mem::take(&mut self.rest).split_at_mut_checked(self.cols)?;
        self.rest = rest;
        Some(row)
    }
}

/// Consecutive pieces of equal length, but for the last, which may be shorter.
#[derive(Clone, Debug)]
pub(crate) struct Blocks<'a, T> {
    rest: &'a [T],
    len: usize,
}

impl<'a, T> Blocks<'a, T> {
    /// Pieces of `len` elements.
    #[inline]
    pub(crate) const fn new(elements: &'a [T], len: usize) -> Self {
        Self { rest: elements, len }
    }
}

impl<'a, T> Iterator for Blocks<'a, T> {
    type Item = &'a [T];

    #[inline]
    fn next(&mut self) -> Option<&'a [T]> {
        if self.len == 0 || self.rest.is_empty() {
            return None;
        }
        let (block, rest) = self.rest.split_at_checked(self.len).unwrap_or((self.rest, &[]));
        self.rest = rest;
        Some(block)
    }
}

/// Consecutive pieces of equal length for change, but for the last, which may be shorter.
#[derive(Debug)]
pub(crate) struct BlocksMut<'a, T> {
    rest: &'a mut [T],
    len: usize,
}

impl<'a, T> BlocksMut<'a, T> {
    /// Pieces of `len` elements.
    #[inline]
    pub(crate) const fn new(elements: &'a mut [T], len: usize) -> Self {
        Self { rest: elements, len }
    }
}

impl<'a, T> Iterator for BlocksMut<'a, T> {
    type Item = &'a mut [T];

    #[inline]
    fn next(&mut self) -> Option<&'a mut [T]> {
        if self.len == 0 || self.rest.is_empty() {
            return None;
        }
        let rest = core::mem::take(&mut self.rest);
        let len = if self.len < rest.len() { self.len } else { rest.len() };
        let (block, rest) = rest.split_at_mut_checked(len)?;
        self.rest = rest;
        Some(block)
    }
}

/// Copies what both have room for, without the panic that a copy between slices of different lengths has.
#[inline(always)]
pub(crate) fn copy<T: Copy>(from: &[T], to: &mut [T]) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = from;
    }
}

/// Refuses a slice with an element that is infinite or not a number.
///
/// # Errors
/// [`Error::NotFinite`] with the index of the first such element.
pub fn check_finite<T: Scalar>(what: &'static str, elements: &[T]) -> Result<(), Error> {
    match elements.iter().position(|x| !x.is_finite()) {
        Some(index) => Err(Error::NotFinite { what, index }),
        None => Ok(()),
    }
}

/// Refuses a slice of the wrong length.
///
/// # Errors
/// [`Error::Length`].
#[inline]
pub const fn check_length<T>(what: &'static str, elements: &[T], expected: usize) -> Result<(), Error> {
    if elements.len() == expected { Ok(()) } else { Err(Error::Length { what, expected, found: elements.len() }) }
}

/// Whether all elements are finite: looks at all of them, which takes less time than to look for the first that is not.
#[inline(always)]
pub(crate) fn all_finite<T: Scalar>(x: &[T]) -> bool {
    x.iter().fold(
        true,
        #[inline(always)]
        |finite, x| finite & x.is_finite(),
    )
}
