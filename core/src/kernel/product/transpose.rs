//! Matrices with rows and columns exchanged.

use crate::matrix::{Blocks, RowsMut};
use crate::scalar::Scalar;

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

    #[test]
    fn a_transpose_has_its_elements_exchanged() {
        for (rows, columns) in [(1, 1), (3, 20), (17, 8), (16, 16), (5, 1)] {
            let mut a = vec![0.0; rows * columns];
            crate::input::SampleStream::new(3).sample().gaussian_fill(&mut a);
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
