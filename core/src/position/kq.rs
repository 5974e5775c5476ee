//! From logits to W_KQ and back, as the [parent](super) writes them.
//!
//! Sums of products of two rows are those of [`kernel::reduce`](crate::kernel::reduce); all others run in the order of
//! the index.

use super::orthonormal::{check_square, orthonormality_error, orthonormality_tolerance};
use crate::error::Error;
use crate::kernel::reduce::dot;
use crate::matrix::{MatrixView, MatrixViewMut, check_finite};
use crate::scalar::Scalar;

/// Writes to `kq` (`tokens x tokens`) the smallest W_KQ whose logits under `position` (`tokens x tokens`) are `logits`
/// (`outputs x tokens`).
///
/// Takes `O(J D^2)`, and `O(D^3)` for the check of `position`; no memory. Every element written is finite.
///
/// # Errors
/// `kq` stays as it was:
/// * [`Error::Length`] or [`Error::OutOfRange`]: the sizes do not fit, or there are more outputs than tokens;
/// * [`Error::NotFinite`]: an element of `logits` is not;
/// * [`Error::OutOfRange`]: a logit so large that W_KQ might overflow;
/// * [`Error::NotOrthonormal`]: `position` exceeds the [`orthonormality_tolerance`], or is not finite.
pub fn logits_to_kq<T: Scalar>(
    position: MatrixView<'_, T>,
    logits: MatrixView<'_, T>,
    mut kq: MatrixViewMut<'_, T>,
) -> Result<(), Error> {
    let tokens = check_sizes(position, kq.view(), logits)?;
    let size = T::from_usize(tokens);
    check_magnitude("logits", logits.as_slice(), size * T::from_usize(logits.rows()))?;
    let error = orthonormality_error(position);
    if !error.is_finite() || error > orthonormality_tolerance(tokens) {
        return Err(Error::NotOrthonormal);
    }
    let root = size.sqrt();
    for (position_row, kq_row) in position.iter_rows().zip(kq.iter_rows_mut()) {
        kq_row.fill(T::ZERO);
        for (output, logits_row) in logits.iter_rows().enumerate() {
            let key = root * dot(position_row, logits_row);
            for (entry, query) in kq_row.iter_mut().zip(position.iter_rows()) {
                if let Some(&query) = query.get(output) {
                    *entry += key * query;
                }
            }
        }
    }
    Ok(())
}

/// Writes to `logits` (`outputs x tokens`) the logits of `kq` (`tokens x tokens`) under `position` (`tokens x tokens`),
/// which need not be orthonormal.
///
/// Takes `O(J D^2)` and no memory. Every element written is finite.
///
/// # Errors
/// `logits` stays as it was:
/// * [`Error::Length`] or [`Error::OutOfRange`]: the sizes do not fit, or there are more outputs than tokens;
/// * [`Error::NotFinite`]: an element of `position` or `kq` is not;
/// * [`Error::OutOfRange`]: elements so large that a logit might overflow.
pub fn kq_to_logits<T: Scalar>(
    position: MatrixView<'_, T>,
    kq: MatrixView<'_, T>,
    mut logits: MatrixViewMut<'_, T>,
) -> Result<(), Error> {
    let tokens = check_sizes(position, kq, logits.view())?;
    let size = T::from_usize(tokens);
    check_finite("position encoding", position.as_slice())?;
    let largest = position.as_slice().iter().fold(T::ZERO, |largest, entry| largest.larger(entry.abs()));
    check_magnitude("W_KQ", kq.as_slice(), (size * largest) * (size * largest).larger(T::ONE))?;
    let root = size.sqrt();
    for (output, logits_row) in logits.iter_rows_mut().enumerate() {
        logits_row.fill(T::ZERO);
        for (keys, kq_row) in position.iter_rows().zip(kq.iter_rows()) {
            let mut query = T::ZERO;
            for (&entry, components) in kq_row.iter().zip(position.iter_rows()) {
                if let Some(&component) = components.get(output) {
                    query += entry * component;
                }
            }
            query /= root;
            for (logit, &key) in logits_row.iter_mut().zip(keys) {
                *logit += query * key;
            }
        }
    }
    Ok(())
}

/// The number of tokens, when all three matrices agree on it and have no more outputs.
fn check_sizes<T: Scalar>(
    position: MatrixView<'_, T>,
    kq: MatrixView<'_, T>,
    logits: MatrixView<'_, T>,
) -> Result<usize, Error> {
    let tokens = check_square(position)?;
    for (what, found) in
        [("a column of W_KQ", kq.rows()), ("a row of W_KQ", kq.cols()), ("a row of the logits", logits.cols())]
    {
        if found != tokens {
            return Err(Error::Length { what, expected: tokens, found });
        }
    }
    if logits.rows() > tokens {
        return Err(Error::OutOfRange { what: "outputs must not exceed tokens" });
    }
    Ok(tokens)
}

/// Refuses elements that are not finite, or not any more after they have grown by `growth` and a factor for rounding.
fn check_magnitude<T: Scalar>(what: &'static str, elements: &[T], growth: T) -> Result<(), Error> {
    check_finite(what, elements)?;
    if elements.iter().all(|&x| (x * growth * T::TWO).is_finite()) {
        Ok(())
    } else {
        Err(Error::OutOfRange { what: "logits or W_KQ so large that the other might overflow" })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{cosine, hadamard, identity, random_orthonormal, sinusoidal};
    use super::*;
    use crate::matrix::Matrix;

    const D: usize = 6;
    const J: usize = 4;
    type Square = Matrix<f64, D, D>;
    type Logits = Matrix<f64, J, D>;

    /// Nothing symmetric, nothing regular.
    fn awkward<const ROWS: usize, const COLS: usize>(seed: u64) -> Matrix<f64, ROWS, COLS> {
        let mut matrix = Matrix::<f64, ROWS, COLS>::ZERO;
        crate::input::SampleStream::new(seed).sample().gaussian_fill(matrix.as_mut_slice());
        matrix
    }

    fn random_position() -> Square {
        let mut position = Square::ZERO;
        random_orthonormal(position.view_mut(), 5).unwrap();
        position
    }

    fn assert_close<const ROWS: usize>(found: &Matrix<f64, ROWS, D>, expected: &Matrix<f64, ROWS, D>) {
        for (a, b) in found.as_slice().iter().zip(expected.as_slice()) {
            assert!((a - b).abs() < 1e-13, "{found:?} {expected:?}");
        }
    }

    /// `A[j][t] = <p_t, W_KQ p_j> / sqrt(D)`, element by element.
    fn logits_of(position: &Square, kq: &Square) -> Logits {
        let mut logits = Logits::ZERO;
        for j in 0..J {
            for t in 0..D {
                for i in 0..D {
                    for k in 0..D {
                        logits[j][t] += position[i][t] * kq[i][k] * position[k][j] / Scalar::sqrt(D as f64);
                    }
                }
            }
        }
        logits
    }

    #[test]
    fn logits_are_those_of_the_definition() {
        // Any P, not only an orthonormal one.
        let (position, kq) = (awkward(1), awkward(2));
        let mut logits = Logits::from_rows([[9.0; D]; J]);
        kq_to_logits(position.view(), kq.view(), logits.view_mut()).unwrap();
        assert_close(&logits, &logits_of(&position, &kq));
    }

    #[test]
    fn there_and_back() {
        let (position, logits) = (random_position(), awkward::<J, D>(3));
        let (mut kq, mut back) = (Square::from_rows([[9.0; D]; D]), Logits::ZERO);
        logits_to_kq(position.view(), logits.view(), kq.view_mut()).unwrap();
        kq_to_logits(position.view(), kq.view(), back.view_mut()).unwrap();
        assert_close(&back, &logits);

        // With as many outputs as tokens the logits fix W_KQ.
        let kq = awkward::<D, D>(4);
        let (mut logits, mut back) = (Square::ZERO, Square::ZERO);
        kq_to_logits(position.view(), kq.view(), logits.view_mut()).unwrap();
        logits_to_kq(position.view(), logits.view(), back.view_mut()).unwrap();
        assert_close(&back, &kq);
    }

    #[test]
    fn the_smallest_kq_answers_nothing_to_other_queries() {
        let (position, logits) = (random_position(), awkward::<J, D>(3));
        let (mut kq, mut all) = (Square::ZERO, Square::from_rows([[9.0; D]; D]));
        logits_to_kq(position.view(), logits.view(), kq.view_mut()).unwrap();
        kq_to_logits(position.view(), kq.view(), all.view_mut()).unwrap();
        assert!(all.view().iter_rows().skip(J).flatten().all(|logit| logit.abs() < 1e-14), "{all:?}");
    }

    #[test]
    fn under_the_identity_kq_is_the_transposed_logits() {
        let logits = Matrix::from_rows([[1.0_f32, 2.0, 3.0, 4.0]]);
        let (mut position, mut kq) = (Matrix::<f32, 4, 4>::ZERO, Matrix::<f32, 4, 4>::ZERO);
        identity(position.view_mut()).unwrap();
        logits_to_kq(position.view(), logits.view(), kq.view_mut()).unwrap();
        let column = |x| [x, 0.0, 0.0, 0.0];
        assert_eq!(kq, Matrix::from_rows([column(2.0), column(4.0), column(6.0), column(8.0)]));
    }

    /// The claim that lets training hold the logits: one step on W_KQ, its gradient by the chain rule, moves the
    /// logits by -(rate / D) times their own gradient.
    #[test]
    fn a_step_on_kq_is_a_step_on_the_logits() {
        type Fill = fn(MatrixViewMut<'_, f64>) -> Result<(), Error>;
        let fills: [Fill; 4] = [identity, sinusoidal, cosine, |position| random_orthonormal(position, 8)];
        let rate = 0.7;
        for fill in fills {
            let mut position = Square::ZERO;
            fill(position.view_mut()).unwrap();
            let (mut kq, d_logits) = (awkward::<D, D>(6), awkward::<J, D>(7));
            let (mut before, mut after) = (Logits::ZERO, Logits::ZERO);
            kq_to_logits(position.view(), kq.view(), before.view_mut()).unwrap();
            for i in 0..D {
                for k in 0..D {
                    let mut d_kq = 0.0;
                    for j in 0..J {
                        for t in 0..D {
                            d_kq += d_logits[j][t] * position[i][t] * position[k][j] / Scalar::sqrt(D as f64);
                        }
                    }
                    kq[i][k] -= rate * d_kq;
                }
            }
            kq_to_logits(position.view(), kq.view(), after.view_mut()).unwrap();
            let mut expected = before;
            for (logit, d_logit) in expected.as_mut_slice().iter_mut().zip(d_logits.as_slice()) {
                *logit -= rate / D as f64 * d_logit;
            }
            assert_close(&after, &expected);
        }
    }

    const OLD: f64 = 9.0;

    /// Both directions refuse these sizes, each in its own row of the error's name, and change nothing.
    fn sizes_refused<const P: usize, const Q: usize, const K: usize, const L: usize, const R: usize, const C: usize>(
        error: Error,
    ) {
        let (position, kq, logits) = (Matrix::<f64, P, Q>::ZERO, [[OLD; L]; K], [[OLD; C]; R]);
        let (mut kq, mut logits) = (Matrix::from_rows(kq), Matrix::from_rows(logits));
        assert_eq!(logits_to_kq(position.view(), logits.view(), kq.view_mut()), Err(error));
        assert_eq!(kq_to_logits(position.view(), kq.view(), logits.view_mut()), Err(error));
        assert_eq!((kq, logits), (Matrix::from_rows([[OLD; L]; K]), Matrix::from_rows([[OLD; C]; R])));
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        let length = |what, expected, found| Error::Length { what, expected, found };
        sizes_refused::<3, 4, 4, 4, 2, 4>(length("a column of the position encoding", 4, 3));
        sizes_refused::<4, 4, 5, 4, 2, 4>(length("a column of W_KQ", 4, 5));
        sizes_refused::<4, 4, 4, 3, 2, 4>(length("a row of W_KQ", 4, 3));
        sizes_refused::<4, 4, 4, 4, 2, 5>(length("a row of the logits", 4, 5));
        sizes_refused::<4, 4, 4, 4, 5, 4>(Error::OutOfRange { what: "outputs must not exceed tokens" });
    }

    const TOO_LARGE: Error = Error::OutOfRange { what: "logits or W_KQ so large that the other might overflow" };

    #[test]
    fn logits_without_a_kq_are_refused() {
        let refused = |position: &Square, logits: &Logits, error: Error| {
            let mut kq = Square::from_rows([[OLD; D]; D]);
            assert_eq!(logits_to_kq(position.view(), logits.view(), kq.view_mut()), Err(error));
            assert_eq!(kq, Square::from_rows([[OLD; D]; D]));
        };
        let (position, logits) = (random_position(), awkward::<J, D>(3));

        let mut broken = logits.clone();
        broken[1][2] = f64::NAN;
        refused(&position, &broken, Error::NotFinite { what: "logits", index: D + 2 });
        broken[1][2] = -f64::MAX / 40.0;
        refused(&position, &broken, TOO_LARGE);

        for entry in [f64::NAN, f64::INFINITY, f64::MAX, position[2][3] + 1e-12] {
            let mut broken = position.clone();
            broken[2][3] = entry;
            refused(&broken, &logits, Error::NotOrthonormal);
        }
        let mut close = position.clone();
        close[2][3] += 0.25 * orthonormality_tolerance::<f64>(D);
        let mut kq = Square::ZERO;
        assert_eq!(logits_to_kq(close.view(), logits.view(), kq.view_mut()), Ok(()));
    }

    #[test]
    fn a_kq_without_logits_is_refused() {
        let refused = |position: &Square, kq: &Square, error: Error| {
            let mut logits = Logits::from_rows([[OLD; D]; J]);
            assert_eq!(kq_to_logits(position.view(), kq.view(), logits.view_mut()), Err(error));
            assert_eq!(logits, Logits::from_rows([[OLD; D]; J]));
        };
        let (position, kq) = (random_position(), awkward::<D, D>(3));

        let mut broken = kq.clone();
        broken[2][1] = f64::INFINITY;
        refused(&position, &broken, Error::NotFinite { what: "W_KQ", index: 2 * D + 1 });
        broken[2][1] = f64::MAX / 20.0;
        refused(&position, &broken, TOO_LARGE);

        let mut broken = position.clone();
        broken[0][4] = f64::NAN;
        refused(&broken, &kq, Error::NotFinite { what: "position encoding", index: 4 });
        for entry in [1e200, -1e200] {
            broken[0][4] = entry;
            refused(&broken, &kq, TOO_LARGE);
        }
    }

    /// The largest elements that are accepted, all with the worst sign, give finite results.
    #[test]
    fn nothing_accepted_overflows() {
        const N: usize = 8;
        let mut position = Matrix::<f32, N, N>::ZERO;
        hadamard(position.view_mut()).unwrap();
        let size = N as f32;
        let logits = Matrix::from_rows([[f32::MAX / (size * size * 2.01); N]; N]);
        let (mut kq, mut back) = (Matrix::<f32, N, N>::ZERO, Matrix::<f32, N, N>::ZERO);
        logits_to_kq(position.view(), logits.view(), kq.view_mut()).unwrap();
        assert!(kq.as_slice().iter().all(|x| x.is_finite()));

        let worst = Matrix::from_rows([[0.9_f32; N]; N]);
        let kq = Matrix::from_rows([[f32::MAX / (0.9 * 0.9 * size * size * 2.01); N]; N]);
        kq_to_logits(worst.view(), kq.view(), back.view_mut()).unwrap();
        assert!(back.as_slice().iter().all(|x| x.is_finite() && *x > 1e37));
    }
}
