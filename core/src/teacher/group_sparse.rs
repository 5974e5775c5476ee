//! The group-sparse linear predictor: the label depends on one group of variables alone.
//!
//! The variables come in groups, and a group is a token: `x[g]` holds the variables of group g. With one filter v and
//! the identity activation the teacher is linear and sees only the label-relevant group:
//!
//! ```text
//! y = <v, x[g]>,    mixing[j][t] = 1 when t = g, else 0    for every output j
//! ```
//!
//! It is token selection with K = 1: a sparse predictor is a matter of which token, not of which entry. The paper has
//! J = D equal outputs; one (J = 1) says everything.

use crate::error::Error;
use crate::matrix::MatrixViewMut;
use crate::scalar::Scalar;

/// Fills every row of `mixing` (`outputs x tokens`) so that it reads `group` alone, the label-relevant group.
///
/// # Errors
/// [`Error::IndexOutOfRange`] when there is no such group; the mixing stays as it was.
pub fn select_group<T: Scalar>(mut mixing: MatrixViewMut<'_, T>, group: usize) -> Result<(), Error> {
    if group >= mixing.cols() {
        return Err(Error::IndexOutOfRange { what: "label-relevant group", index: group, limit: mixing.cols() });
    }
    for row in mixing.iter_rows_mut() {
        for (token, entry) in row.iter_mut().enumerate() {
            *entry = if token == group { T::ONE } else { T::ZERO };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Matrix;

    const OLD: f64 = 7.0;

    #[test]
    fn every_output_reads_the_group() {
        let mut mixing = Matrix::from_rows([[OLD; 4]; 3]);
        select_group(mixing.view_mut(), 2).unwrap();
        assert_eq!(mixing, Matrix::from_rows([[0.0, 0.0, 1.0, 0.0]; 3]));
    }

    #[test]
    fn first_and_last_group_of_a_single_output() {
        for (group, expected) in [(0, [1.0_f32, 0.0, 0.0]), (2, [0.0, 0.0, 1.0])] {
            let mut mixing = Matrix::from_rows([[OLD as f32; 3]; 1]);
            select_group(mixing.view_mut(), group).unwrap();
            assert_eq!(mixing, Matrix::from_rows([expected]));
        }
    }

    #[test]
    fn a_group_that_does_not_exist_is_refused() {
        for group in [4, usize::MAX] {
            let mut mixing = Matrix::from_rows([[OLD; 4]; 3]);
            let expected = Error::IndexOutOfRange { what: "label-relevant group", index: group, limit: 4 };
            assert_eq!(select_group(mixing.view_mut(), group), Err(expected));
            assert_eq!(mixing, Matrix::from_rows([[OLD; 4]; 3]));
        }
    }
}
