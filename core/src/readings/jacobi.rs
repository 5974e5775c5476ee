//! Eigenvalues of small symmetric matrices, by Jacobi's rotations (Golub and Van Loan, section 8.5): no memory but that of the
//! result, and one order of operations, by rows of the upper triangle.

use crate::error::Error;
use crate::matrix::{RowsMut, check_length};
use crate::scalar::Scalar;

/// Turns of all pairs of rows, each of which squares what is left beside the diagonal.
const SWEEPS: usize = 30;

/// Turns two numbers.
#[inline]
fn turn<T: Scalar>(x: &mut T, y: &mut T, (cosine, sine): (T, T)) {
    (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
}

/// Turns two rows of a square matrix, the first before the second.
fn turn_rows<T: Scalar>(matrix: &mut [T], size: usize, (p, q): (usize, usize), by: (T, T)) {
    let (above, below) = matrix.split_at_mut_checked(q * size).unwrap_or_default();
    if let (Some(first), Some(second)) = (RowsMut::new(above, size).nth(p), RowsMut::new(below, size).next()) {
        first.iter_mut().zip(second).for_each(|(x, y)| turn(x, y, by));
    }
}

/// Makes a symmetric matrix, `size x size`, diagonal in place: its diagonal then has the eigenvalues, in no order, and the rows
/// of
/// `vectors` the eigenvectors of length one that belong to them. Of 1-by-1 it is the matrix itself. Costs up to thirty times `6 size^3`
/// multiplications, and thirty times `size^2` square roots.
///
/// # Errors
/// [`Error::Length`], naming the slice, unless both have `size^2` elements. Nothing is changed then.
pub fn diagonalize<T: Scalar>(size: usize, matrix: &mut [T], vectors: &mut [T]) -> Result<(), Error> {
    let elements = size.saturating_mul(size);
    check_length("matrix", matrix, elements)?;
    check_length("vectors", vectors, elements)?;
    for (i, row) in RowsMut::new(vectors, size).enumerate() {
        for (j, to) in row.iter_mut().enumerate() {
            *to = if i == j { T::ONE } else { T::ZERO };
        }
    }
    for _ in 0..SWEEPS {
        for p in 0..size {
            for q in p + 1..size {
                let at = |row: usize, column: usize| matrix.get(row * size + column).copied().unwrap_or(T::ZERO);
                let beside = at(p, q);
                if beside == T::ZERO {
                    continue;
                }
                let half = (at(q, q) - at(p, p)) / (T::TWO * beside);
                // A zero has a sign, too.
                let sign = if half.to_bits_u64() >> (T::BITS - 1) == 1 { -T::ONE } else { T::ONE };
                let tangent = sign / (half.abs() + (half * half + T::ONE).sqrt());
                let cosine = T::ONE / (tangent * tangent + T::ONE).sqrt();
                let by = (cosine, tangent * cosine);
                for row in RowsMut::new(&mut *matrix, size) {
                    if let Ok([x, y]) = row.get_disjoint_mut([p, q]) {
                        turn(x, y, by);
                    }
                }
                turn_rows(matrix, size, (p, q), by);
                turn_rows(vectors, size, (p, q), by);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_of_a_matrix_that_has_known_ones() {
        // 2 - 2 cos(k pi / 5), k from 1 to 4: (3 -+ sqrt 5) / 2 and (5 -+ sqrt 5) / 2.
        let mut matrix = [0.0; 16];
        for (at, to) in matrix.iter_mut().enumerate() {
            *to = [2.0, -1.0, 0.0, 0.0][(at / 4).abs_diff(at % 4)];
        }
        let (rows, mut vectors) = (matrix, [0.0; 16]);
        diagonalize(4, &mut matrix, &mut vectors).unwrap();
        let mut found = [0, 5, 10, 15].map(|at| matrix[at]);
        for (value, vector) in found.iter().zip(vectors.chunks(4)) {
            for (row, own) in rows.chunks(4).zip(vector) {
                let image: f64 = row.iter().zip(vector).map(|(a, v)| a * v).sum();
                assert!((image - value * own).abs() < 1e-14, "{value} {vector:?}");
            }
        }
        found.sort_unstable_by(f64::total_cmp);
        let root = 5.0_f64.sqrt();
        for (found, twice) in found.into_iter().zip([3.0 - root, 5.0 - root, 3.0 + root, 5.0 + root]) {
            assert!((found - 0.5 * twice).abs() < 1e-14, "{found} {twice}");
        }
        assert!(matches!(diagonalize(3, &mut matrix, &mut vectors), Err(Error::Length { .. })));
    }
}
