//! How far an encoding is from orthonormal.

use crate::error::Error;
use crate::matrix::MatrixView;
use crate::scalar::Scalar;

/// How far the columns of `position` are from orthonormal: the largest magnitude in `P^T P - I`. Not finite when an
/// entry of that is not. Takes `O(D^3)`.
pub fn orthonormality_error<T: Scalar>(position: MatrixView<'_, T>) -> T {
    let mut worst = T::ZERO;
    for a in 0..position.cols() {
        for b in 0..=a {
            let mut inner = T::ZERO;
            for row in position.iter_rows() {
                if let (Some(&x), Some(&y)) = (row.get(a), row.get(b)) {
                    inner += x * y;
                }
            }
            let error = (inner - if a == b { T::ONE } else { T::ZERO }).abs();
            if !error.is_finite() {
                return error;
            }
            worst = worst.larger(error);
        }
    }
    worst
}

/// The largest [`orthonormality_error`] of a `tokens x tokens` encoding that [`logits_to_kq`](super::logits_to_kq) accepts:
/// `64 D EPSILON`, well above what rounding makes of the encodings in this folder and well below any mistake.
pub fn orthonormality_tolerance<T: Scalar>(tokens: usize) -> T {
    T::from_u32(64) * T::from_usize(tokens) * T::EPSILON
}

/// The number of tokens of a square encoding.
pub(super) fn check_square<T: Scalar>(position: MatrixView<'_, T>) -> Result<usize, Error> {
    let (found, expected) = (position.rows(), position.cols());
    if found == expected {
        Ok(expected)
    } else {
        Err(Error::Length { what: "a column of the position encoding", expected, found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Matrix;

    #[test]
    fn the_orthonormality_error_is_the_largest_of_all_entries() {
        let error = |rows| orthonormality_error(Matrix::from_rows(rows).view());
        assert_eq!(error([[1.0, 0.0], [0.0, 1.0]]), 0.0);
        assert_eq!(error([[1.0, 0.0], [0.0, 2.0]]), 3.0, "a long column");
        assert_eq!(error([[0.0, 0.0], [0.0, 1.0]]), 1.0, "a column that is missing");
        assert_eq!(error([[1.0, 0.25], [0.0, 1.0]]), 0.25, "columns that are not orthogonal");
        for broken in [f64::NAN, f64::INFINITY] {
            assert!(!error([[broken, 0.0], [0.0, 1.0]]).is_finite());
            assert!(!error([[1.0, 0.0], [broken, 1.0]]).is_finite());
        }
    }
}
