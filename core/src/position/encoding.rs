//! Five orthonormal position encodings, filled in place. Column t is the encoding of token t; each row is one
//! component of all of them.

use super::orthonormal::check_square;
use crate::error::Error;
use crate::input::SampleStream;
use crate::kernel::reduce::dot;
use crate::matrix::{MatrixViewMut, Rows};
use crate::scalar::Scalar;

/// P = I: token t is the unit vector t, and W_KQ is `sqrt(D)` times the transposed logits.
///
/// # Errors
/// [`Error::Length`] when `position` is not square; it stays as it was.
pub fn identity<T: Scalar>(mut position: MatrixViewMut<'_, T>) -> Result<(), Error> {
    check_square(position.view())?;
    for (component, row) in position.iter_rows_mut().enumerate() {
        for (token, entry) in row.iter_mut().enumerate() {
            *entry = if component == token { T::ONE } else { T::ZERO };
        }
    }
    Ok(())
}

/// The real Fourier basis: component 0 is constant, components `2k - 1` and `2k` are the cosine and the sine of
/// `2 pi k t / D`, and for an even D the last component alternates in sign.
///
/// # Errors
/// [`Error::Length`] when `position` is not square; it stays as it was.
pub fn sinusoidal<T: Scalar>(mut position: MatrixViewMut<'_, T>) -> Result<(), Error> {
    let tokens = check_square(position.view())?;
    let size = T::from_usize(tokens);
    for (component, row) in position.iter_rows_mut().enumerate() {
        let frequency = component.div_ceil(2);
        let sine = frequency > 0 && component % 2 == 0;
        let constant_square = frequency == 0 || 2 * frequency == tokens;
        let amplitude = (if constant_square { T::ONE } else { T::TWO } / size).sqrt();
        // The angle in units of 2 pi / D, reduced on the integer: exact for every token.
        let mut phase = 0;
        for entry in row {
            let (sin, cos) = (T::from_usize(phase) / size).sin_cos_turns();
            *entry = amplitude * if sine { sin } else { cos };
            phase += frequency;
            if phase >= tokens {
                phase -= tokens;
            }
        }
    }
    Ok(())
}

/// The Walsh-Hadamard basis in Sylvester's order: `P[i][t] = +-1 / sqrt(D)`, negative when i and t share an odd number
/// of one bits.
///
/// # Errors
/// [`Error::Length`] when `position` is not square, [`Error::OutOfRange`] when the number of tokens is not a power of
/// two; it stays as it was.
pub fn hadamard<T: Scalar>(mut position: MatrixViewMut<'_, T>) -> Result<(), Error> {
    let tokens = check_square(position.view())?;
    if !tokens.is_power_of_two() {
        return Err(Error::OutOfRange { what: "the tokens of a Hadamard encoding must be a power of two" });
    }
    let amplitude = (T::ONE / T::from_usize(tokens)).sqrt();
    for (component, row) in position.iter_rows_mut().enumerate() {
        for (token, entry) in row.iter_mut().enumerate() {
            *entry = if (component & token).count_ones() % 2 == 0 { amplitude } else { -amplitude };
        }
    }
    Ok(())
}

/// The cosine basis (DCT-II): `P[i][t] = c_i cos(pi i (2t + 1) / (2D))`, `c_0 = sqrt(1/D)`, all other
/// `c_i = sqrt(2/D)`.
///
/// # Errors
/// [`Error::Length`] when `position` is not square; it stays as it was.
pub fn cosine<T: Scalar>(mut position: MatrixViewMut<'_, T>) -> Result<(), Error> {
    let tokens = check_square(position.view())?;
    let size = T::from_usize(tokens);
    for (component, row) in position.iter_rows_mut().enumerate() {
        let amplitude = (if component == 0 { T::ONE } else { T::TWO } / size).sqrt();
        // The angle in units of pi / (2D), reduced on the integer: exact for every token.
        let mut phase = component;
        for entry in row {
            let (_, cos) = (T::from_usize(phase) / T::from_usize(4 * tokens)).sin_cos_turns();
            *entry = amplitude * cos;
            phase += 2 * component;
            if phase >= 4 * tokens {
                phase -= 4 * tokens;
            }
        }
    }
    Ok(())
}

/// A random orthonormal matrix, uniform over all of them (Haar): standard normal rows, drawn in order from sample 0 of
/// the [`SampleStream`] of `seed`, made orthonormal by Gram and Schmidt. Takes `O(D^3)`.
///
/// # Errors
/// [`Error::Length`] when `position` is not square; it stays as it was.
pub fn random_orthonormal<T: Scalar>(position: MatrixViewMut<'_, T>, seed: u64) -> Result<(), Error> {
    check_square(position.view())?;
    orthonormal_rows(position, seed);
    Ok(())
}

/// Random orthonormal rows, of which there are no more than each has elements.
#[inline]
pub(super) fn orthonormal_rows<T: Scalar>(mut matrix: MatrixViewMut<'_, T>, seed: u64) {
    let mut rng = SampleStream::new(seed).sample();
    let (rows, width) = (matrix.rows(), matrix.cols());
    let elements = matrix.as_mut_slice();
    for done in 0..rows {
        if let Some((above, rest)) = elements.split_at_mut_checked(done * width)
            && let Some(row) = rest.get_mut(..width)
        {
            rng.gaussian_fill(row);
            while !orthonormalise(above, row) {
                rng.gaussian_fill(row);
            }
        }
    }
}

/// Makes `row` orthogonal to the orthonormal rows `above` and of length one. False when rounding errors are all that
/// would be left of it; a random row meets that once in a million or less.
fn orthonormalise<T: Scalar>(above: &[T], row: &mut [T]) -> bool {
    let mut remove = || {
        for other in Rows::new(above, row.len()) {
            let share = dot(row, other);
            for (entry, &other) in row.iter_mut().zip(other) {
                *entry -= share * other;
            }
        }
        dot(row, row)
    };
    // Cancellation in the first pass leaves an error along `above`; the second takes it away. If that shortens the row
    // by more than half, there was little else (Kahan's and Parlett's "twice is enough").
    let (once, twice) = (remove(), remove());
    let usable = twice > T::ZERO && twice * T::from_u32(4) >= once;
    if usable {
        let length = twice.sqrt();
        for entry in row {
            *entry /= length;
        }
    }
    usable
}

#[cfg(test)]
mod tests {
    use super::super::orthonormality_error;
    use super::*;
    use crate::matrix::{Matrix, MatrixView};
    use std::{vec, vec::Vec};

    type Fill<T> = fn(MatrixViewMut<'_, T>) -> Result<(), Error>;

    /// All encodings, by name; the random one with some seed.
    fn encodings<T: Scalar>() -> [(&'static str, Fill<T>); 5] {
        [
            ("identity", identity),
            ("sinusoidal", sinusoidal),
            ("hadamard", hadamard),
            ("cosine", cosine),
            ("random", |position| random_orthonormal(position, 3)),
        ]
    }

    fn assert_close<const D: usize>(fill: Fill<f64>, expected: [[f64; D]; D]) {
        let mut position = Matrix::from_rows([[9.0; D]; D]);
        fill(position.view_mut()).unwrap();
        for (found, expected) in position.as_slice().iter().zip(expected.as_flattened()) {
            assert!((found - expected).abs() <= 4.0 * f64::EPSILON, "{position:?}");
        }
    }

    #[test]
    fn all_are_orthonormal() {
        // Rounding alone makes up to 4 EPSILON, measured; a wrong entry makes at least 1/31.
        fn check<T: Scalar>() {
            for tokens in [1, 2, 3, 5, 8, 16, 31] {
                for (name, fill) in encodings::<T>() {
                    if name == "hadamard" && ![1, 2, 8, 16].contains(&tokens) {
                        continue;
                    }
                    let mut elements = vec![T::TWO; tokens * tokens];
                    fill(MatrixViewMut::new("P", &mut elements, tokens, tokens).unwrap()).unwrap();
                    let error = orthonormality_error(MatrixView::new("P", &elements, tokens, tokens).unwrap());
                    assert!(error <= T::from_u32(8) * T::EPSILON, "{name} {tokens}: {error}");
                }
            }
        }
        check::<f64>();
        check::<f32>();
    }

    #[test]
    fn sinusoidal_is_the_fourier_basis() {
        let (h, r) = (0.5, core::f64::consts::FRAC_1_SQRT_2);
        assert_close(sinusoidal, [[h, h, h, h], [r, 0.0, -r, 0.0], [0.0, r, 0.0, -r], [h, -h, h, -h]]);
        let (third, most, half) = (Scalar::sqrt(1.0 / 3.0), Scalar::sqrt(2.0 / 3.0), Scalar::sqrt(1.0 / 6.0));
        assert_close(sinusoidal, [[third, third, third], [most, -half, -half], [0.0, r, -r]]);
    }

    #[test]
    fn sinusoidal_turns_by_a_fixed_angle_from_token_to_token() {
        // <p_t, p_u> of one frequency depends on t - u alone, round the end too; that fails if a phase drifts.
        let mut position = Matrix::from_rows([[0.0_f64; 31]; 31]);
        sinusoidal(position.view_mut()).unwrap();
        for k in 1..=15 {
            let similarity =
                |t: usize, u: usize| (2 * k - 1..=2 * k).map(|i| position[i][t] * position[i][u]).sum::<f64>();
            for t in 0..31 {
                for lag in 0..31 {
                    assert!((similarity(t, (t + lag) % 31) - similarity(0, lag)).abs() < 1e-15, "{k} {t} {lag}");
                }
            }
        }
    }

    #[test]
    fn hadamard_is_in_sylvesters_order() {
        let h = 0.5;
        assert_close(hadamard, [[h, h, h, h], [h, -h, h, -h], [h, h, -h, -h], [h, -h, -h, h]]);
    }

    #[test]
    fn cosine_is_the_second_kind() {
        let r = core::f64::consts::FRAC_1_SQRT_2;
        assert_close(cosine, [[r, r], [r, -r]]);
        let (third, most, half) = (Scalar::sqrt(1.0 / 3.0), Scalar::sqrt(2.0 / 3.0), Scalar::sqrt(1.0 / 6.0));
        assert_close(cosine, [[third, third, third], [r, 0.0, -r], [half, -most, half]]);
    }

    #[test]
    fn identity_is_exact() {
        let mut position = Matrix::from_rows([[9.0; 2]; 2]);
        identity(position.view_mut()).unwrap();
        assert_eq!(position, Matrix::from_rows([[1.0, 0.0], [0.0, 1.0]]));
    }

    /// Gram's and Schmidt's triangle: row i of the draws is a combination of rows 0 to i, with a positive last part.
    #[test]
    fn random_is_the_gram_schmidt_of_the_stream() {
        const D: usize = 5;
        let mut position = Matrix::from_rows([[0.0_f64; D]; D]);
        random_orthonormal(position.view_mut(), 11).unwrap();
        let mut rng = SampleStream::new(11).sample();
        for i in 0..D {
            let mut draws = [0.0_f64; D];
            rng.gaussian_fill(&mut draws);
            let parts: Vec<f64> = position.view().iter_rows().map(|row| dot(&draws, row)).collect();
            assert!(parts[i] > 0.0);
            assert!(parts[i + 1..].iter().all(|part| part.abs() < 1e-14), "{parts:?}");
        }
    }

    #[test]
    fn random_is_frozen() {
        let mut wide = Matrix::from_rows([[0.0_f64; 2]; 2]);
        random_orthonormal(wide.view_mut(), 1).unwrap();
        let mut narrow = Matrix::from_rows([[0.0_f32; 2]; 2]);
        random_orthonormal(narrow.view_mut(), 1).unwrap();
        // An independent program gives the same numbers to within 2 EPSILON of their type.
        let golden = [0xBFED_4267_1127_BB8B_u64, 0x3FD9_EA12_D105_C3DC, 0xBFD9_EA12_D105_C3DD, 0xBFED_4267_1127_BB8B];
        let golden_narrow = [0xBF6A_1339_u32, 0x3ECF_5095, 0xBECF_5094, 0xBF6A_1338];
        assert!(wide.as_slice().iter().map(|x| x.to_bits()).eq(golden), "{wide:?}");
        assert!(narrow.as_slice().iter().map(|x| x.to_bits()).eq(golden_narrow), "{narrow:?}");
        let mut other = Matrix::from_rows([[0.0_f64; 2]; 2]);
        random_orthonormal(other.view_mut(), 2).unwrap();
        assert_ne!(wide, other);
    }

    #[test]
    fn a_row_that_depends_on_those_above_is_drawn_again() {
        let (c, s) = (0.6, 0.8);
        let above = [c, s, 0.0, -s, c, 0.0];
        assert!(!orthonormalise(&above, &mut [2.0 * c - s, 2.0 * s + c, 0.0]));
        assert!(!orthonormalise(&above, &mut [2.0 * c - s, 2.0 * s + c, 1e-30]));
        assert!(!orthonormalise(&[], &mut [0.0_f64, 0.0]));
        let mut row = [3.0, 4.0, 2e-9];
        assert!(orthonormalise(&above, &mut row));
        assert!(row[0].abs() < 1e-15 && row[1].abs() < 1e-15 && row[2] == 1.0, "{row:?}");
    }

    #[test]
    fn bad_sizes_are_refused() {
        for (name, fill) in encodings::<f64>() {
            let mut oblong = Matrix::from_rows([[9.0; 4]; 2]);
            let error = Error::Length { what: "a column of the position encoding", expected: 4, found: 2 };
            assert_eq!(fill(oblong.view_mut()), Err(error), "{name}");
            assert_eq!(oblong, Matrix::from_rows([[9.0; 4]; 2]));
        }
        let mut position = Matrix::from_rows([[9.0; 6]; 6]);
        let error = Error::OutOfRange { what: "the tokens of a Hadamard encoding must be a power of two" };
        assert_eq!(hadamard(position.view_mut()), Err(error));
        assert_eq!(position, Matrix::from_rows([[9.0; 6]; 6]));
    }
}
