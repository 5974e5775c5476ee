//! Sparse token selection: every output averages the same K chosen tokens.
//!
//! ```text
//! mixing[j][t] = 1/K   when t is chosen
//!                0     otherwise             for every output j
//! ```
//!
//! The chosen set belongs to the teacher and is the same for every input. All outputs are equal, so one (J = 1) says
//! everything; the paper has J = D.

use crate::error::Error;
use crate::matrix::MatrixViewMut;
use crate::scalar::Scalar;

/// Fills every row of `mixing` (`outputs x tokens`) with the average over the chosen `tokens`, in any order.
///
/// The search for a repeated token takes O(K^2) comparisons for K chosen tokens, and no memory.
///
/// # Errors
/// The mixing stays as it was:
/// * [`Error::Zero`]: nothing is chosen;
/// * [`Error::IndexOutOfRange`]: a chosen token does not exist;
/// * [`Error::Duplicate`]: a token is chosen twice.
pub fn select<T: Scalar>(mut mixing: MatrixViewMut<'_, T>, tokens: &[usize]) -> Result<(), Error> {
    if tokens.is_empty() {
        return Err(Error::Zero { what: "the number of chosen tokens" });
    }
    for (position, &token) in tokens.iter().enumerate() {
        if token >= mixing.cols() {
            return Err(Error::IndexOutOfRange { what: "chosen token", index: token, limit: mixing.cols() });
        }
        if tokens.iter().take(position).any(|&earlier| earlier == token) {
            return Err(Error::Duplicate { what: "chosen tokens", position });
        }
    }
    let share = T::ONE / T::from_usize(tokens.len());
    for row in mixing.iter_rows_mut() {
        row.fill(T::ZERO);
        for &token in tokens {
            if let Some(entry) = row.get_mut(token) {
                *entry = share;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Matrix;

    const OLD: f64 = 7.0;

    fn refused(tokens: &[usize], expected: Error) {
        let mut mixing = Matrix::from_rows([[OLD; 5]; 3]);
        assert_eq!(select(mixing.view_mut(), tokens), Err(expected));
        assert_eq!(mixing, Matrix::from_rows([[OLD; 5]; 3]));
    }

    #[test]
    fn every_output_averages_the_chosen_tokens() {
        let mut mixing = Matrix::from_rows([[OLD; 5]; 3]);
        select(mixing.view_mut(), &[3, 0, 4]).unwrap();
        let s = 1.0 / 3.0;
        assert_eq!(mixing, Matrix::from_rows([[s, 0.0, 0.0, s, s]; 3]));
    }

    #[test]
    fn one_output_and_all_tokens() {
        let mut mixing = Matrix::from_rows([[OLD as f32; 5]; 1]);
        select(mixing.view_mut(), &[4, 3, 2, 1, 0]).unwrap();
        assert_eq!(mixing, Matrix::from_rows([[1.0_f32 / 5.0; 5]]));
    }

    #[test]
    fn bad_sets_are_refused() {
        refused(&[], Error::Zero { what: "the number of chosen tokens" });
        refused(&[0, 5], Error::IndexOutOfRange { what: "chosen token", index: 5, limit: 5 });
        refused(&[usize::MAX], Error::IndexOutOfRange { what: "chosen token", index: usize::MAX, limit: 5 });
        refused(&[1, 4, 2, 4], Error::Duplicate { what: "chosen tokens", position: 3 });
    }
}
