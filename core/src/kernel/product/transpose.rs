//! Matrices with rows and columns exchanged.

use crate::matrix::{Blocks, RowsMut};
use crate::scalar::Scalar;
use crate::vector::Vector;
use crate::vector::lane::{LANES, Lanes};

/// `to[j][i] = from[i][j]`: `to` is `columns` x `rows`.
#[inline(always)]
pub(crate) fn transpose<T: Scalar, V: Vector>(vector: V, from: &[T], columns: usize, to: &mut [T], rows: usize) {
    let mut to = RowsMut::new(to, rows);
    let mut column = 0;
    while column < columns {
        let count = if columns - column < 8 { columns - column } else { 8 };
        let mut into: [&mut [T]; 8] = Default::default();
        for (into, to) in into.iter_mut().zip(to.by_ref().take(count)) {
            *into = to;
        }
        let from = from.get(column..).unwrap_or_default();
        let mut row = 0;
        if const { V::WIDE } && count == 8 {
            while row + LANES <= rows && tile(vector, from, columns, &mut into, row) {
                row += LANES;
            }
        }
        let rest = from.get(row * columns..).unwrap_or_default();
        for (i, from) in (row..).zip(Blocks::new(rest, columns)) {
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

/// Sixteen rows from `row` on, and eight columns. False if there are no such rows: nothing is done then.
#[inline(always)]
fn tile<T: Scalar, V: Vector>(vector: V, from: &[T], columns: usize, into: &mut [&mut [T]; 8], row: usize) -> bool {
    let none = [T::ZERO; 8];
    let mut rows = [&none; LANES];
    for (i, to) in rows.iter_mut().enumerate() {
        let Some(from) = from.get((row + i) * columns..).and_then(|from| from.first_chunk()) else { return false };
        *to = from;
    }
    for (into, column) in into.iter_mut().zip(T::Lanes::<V>::columns(vector, rows)) {
        if let Some(to) = into.get_mut(row..).and_then(|to| to.first_chunk_mut()) {
            column.store(to);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{Level, Work, dispatch};

    extern crate std;
    use std::vec;

    struct Transpose<'a, T> {
        from: &'a [T],
        to: &'a mut [T],
        shape: (usize, usize),
    }

    impl<T: Scalar> Work for Transpose<'_, T> {
        type Output = ();

        #[inline(always)]
        fn run<V: Vector>(self, vector: V) {
            let (rows, columns) = self.shape;
            transpose(vector, self.from, columns, self.to, rows);
        }
    }

    fn exchanges_elements<T: Scalar>(level: Level) {
        for (rows, columns) in [(1, 1), (3, 20), (17, 8), (16, 16), (5, 1), (16, 8), (35, 29), (64, 24), (15, 40)] {
            let mut a = vec![T::ZERO; rows * columns];
            crate::input::SampleStream::new(3).sample().gaussian_fill(&mut a);
            let mut b = vec![T::ZERO; rows * columns];
            dispatch(level, Transpose { from: &a, to: &mut b, shape: (rows, columns) });
            for i in 0..rows {
                for j in 0..columns {
                    assert_eq!(b[j * rows + i], a[i * columns + j], "{level:?}, {rows} x {columns}: {i}, {j}");
                }
            }
        }
    }

    #[test]
    fn a_transpose_has_its_elements_exchanged() {
        for level in Level::ALL.into_iter().filter(|&level| level <= Level::best()) {
            exchanges_elements::<f32>(level);
            exchanges_elements::<f64>(level);
        }
    }
}
