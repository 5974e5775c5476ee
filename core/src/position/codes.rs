//! Position codes of a [whole layer](crate::layer), filled in place: a matrix `tokens x width` whose **row** i is the code of
//! token i. (The encodings of the [parent](super) are square, and have a code in each column.)
//!
//! | codes | entry `p_i[k]` |
//! |---|---|
//! | [`identity`] | 1 where `k = i` |
//! | [`orthonormal`] | rows of a random orthonormal matrix |
//! | [`sinusoidal`] | `sin(i / 10000^(k / c))`, `k` even, and `cos(i / 10000^((k - 1) / c))`, `k` odd |
//! | [`sine`] | `sin(pi (i + 1) (k + 1) / (D + 1))` |
//! | [`signs`] | `+-1/sqrt(c)`, drawn |
//!
//! Codes that are learned set out from any of these.

use super::encoding::orthonormal_rows;
use crate::error::Error;
use crate::input::SampleRng;
use crate::matrix::MatrixViewMut;
use crate::scalar::Scalar;

/// Token i is the unit vector i; entries beyond the number of tokens are zero.
///
/// # Errors
/// [`Error::OutOfRange`] when codes are narrower than there are tokens; `codes` stays as it was.
pub fn identity<T: Scalar>(mut codes: MatrixViewMut<'_, T>) -> Result<(), Error> {
    check_room(&codes)?;
    for (token, code) in codes.iter_rows_mut().enumerate() {
        for (k, entry) in code.iter_mut().enumerate() {
            *entry = if k == token { T::ONE } else { T::ZERO };
        }
    }
    Ok(())
}

/// Random orthonormal codes: standard normal rows, drawn in order from sample 0 of the
/// [`SampleStream`](crate::input::SampleStream) of `seed`, made orthonormal by Gram and Schmidt. Takes `O(D^2 c)`.
///
/// # Errors
/// [`Error::OutOfRange`] when codes are narrower than there are tokens; `codes` stays as it was.
pub fn orthonormal<T: Scalar>(codes: MatrixViewMut<'_, T>, seed: u64) -> Result<(), Error> {
    check_room(&codes)?;
    orthonormal_rows(codes, seed);
    Ok(())
}

/// The codes of *Attention Is All You Need*, positions from 0: pairs of sine and cosine of `i / 10000^(2n / c)` for pair n. An odd
/// width ends with a sine. Computed in `f64` and rounded, to 1e-12 for some thousands of tokens.
pub fn sinusoidal<T: Scalar>(mut codes: MatrixViewMut<'_, T>) {
    // ln(10000), and turns in a radian.
    const LN_BASE: f64 = 9.210_340_371_976_184;
    const TURNS: f64 = 1.0 / core::f64::consts::TAU;
    let width = f64::from_usize(codes.cols());
    for (position, code) in codes.iter_rows_mut().enumerate() {
        for (n, pair) in code.chunks_mut(2).enumerate() {
            let frequency = Scalar::exp(-(f64::from_usize(2 * n) / width * LN_BASE));
            let turns = f64::from_usize(position) * frequency * TURNS;
            // Whole turns are taken away first: the sine takes a million of them at most.
            let (sin, cos) = (turns - f64::from_usize(turns.to_usize())).sin_cos_turns();
            for (entry, value) in pair.iter_mut().zip([sin, cos]) {
                *entry = T::from_f64(value);
            }
        }
    }
}

/// The sine basis: `sin(pi j k / (D + 1))`, token j and entry k counted from 1. Not normalised: with as many entries as tokens
/// codes are orthogonal, of squared length `(D + 1) / 2`.
pub fn sine<T: Scalar>(mut codes: MatrixViewMut<'_, T>) {
    // The angle in units of pi / (D + 1), reduced on the integer: exact for every token.
    let turn = 2 * (codes.rows() + 1);
    let size = T::from_usize(turn);
    for (token, code) in codes.iter_rows_mut().enumerate() {
        let step = token + 1;
        let mut phase = 0;
        for entry in code {
            phase += step;
            if phase >= turn {
                phase -= turn;
            }
            let (sin, _) = (T::from_usize(phase) / size).sin_cos_turns();
            *entry = sin;
        }
    }
}

/// Signs `+-1/sqrt(c)` from the generator of a sample: codes of length one whose products are `1/sqrt(c)` in size. Entry n of
/// the matrix takes bit `n mod 64` of a word, one is minus; takes `ceil(D c / 64)` words.
pub fn signs<T: Scalar>(mut codes: MatrixViewMut<'_, T>, rng: &mut SampleRng) {
    let amplitude = T::ONE / T::from_usize(codes.cols()).sqrt();
    for entries in codes.as_mut_slice().chunks_mut(64) {
        let mut word = rng.uniform_bits();
        for entry in entries {
            *entry = if word & 1 == 1 { -amplitude } else { amplitude };
            word >>= 1;
        }
    }
}

fn check_room<T: Scalar>(codes: &MatrixViewMut<'_, T>) -> Result<(), Error> {
    if codes.cols() < codes.rows() {
        return Err(Error::OutOfRange { what: "orthonormal codes have at least as many entries as there are tokens" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::SampleStream;
    use crate::kernel::reduce::dot;
    use crate::matrix::Matrix;
    use crate::position::random_orthonormal;

    #[test]
    fn identity_and_orthonormal_codes_are_orthonormal() {
        let mut codes = Matrix::from_rows([[7.0_f64; 5]; 3]);
        identity(codes.view_mut()).unwrap();
        assert_eq!(codes[1], [0.0, 1.0, 0.0, 0.0, 0.0]);
        orthonormal(codes.view_mut(), 5).unwrap();
        for i in 0..3 {
            for j in 0..3 {
                let expected = if i == j { 1.0 } else { 0.0 };
                assert!((dot(&codes[i], &codes[j]) - expected).abs() < 1e-15, "{codes:?}");
            }
        }
        let mut narrow = Matrix::from_rows([[7.0_f64; 2]; 3]);
        let refused =
            Err(Error::OutOfRange { what: "orthonormal codes have at least as many entries as there are tokens" });
        assert_eq!(identity(narrow.view_mut()), refused);
        assert_eq!(orthonormal(narrow.view_mut(), 5), refused);
        assert_eq!(narrow, Matrix::from_rows([[7.0; 2]; 3]));
    }

    /// Square ones are those of the parent, whose rows are components.
    #[test]
    fn square_orthonormal_codes_are_the_rows_of_the_encoding() {
        let (mut codes, mut position) = (Matrix::from_rows([[0.0_f32; 6]; 6]), Matrix::from_rows([[0.0_f32; 6]; 6]));
        orthonormal(codes.view_mut(), 9).unwrap();
        random_orthonormal(position.view_mut(), 9).unwrap();
        assert_eq!(codes, position);
    }

    #[test]
    fn sinusoidal_codes_are_the_formula() {
        fn check<T: Scalar, const C: usize>(tolerance: f64) {
            let mut elements = std::vec![T::ZERO; 40 * C];
            sinusoidal(MatrixViewMut::new("codes", &mut elements, 40, C).unwrap());
            for (i, code) in elements.chunks(C).enumerate() {
                for (k, entry) in code.iter().enumerate() {
                    let angle = i as f64 / libm::pow(10000.0, (2 * (k / 2)) as f64 / C as f64);
                    let expected = if k % 2 == 0 { libm::sin(angle) } else { libm::cos(angle) };
                    assert!((entry.to_f64() - expected).abs() <= tolerance, "{C}: {i} {k}");
                }
            }
        }
        check::<f64, 6>(1e-13);
        check::<f64, 7>(1e-13);
        check::<f32, 6>(3e-8);
        // Far out, where whole turns have to go.
        let mut far = std::vec![0.0_f64; 2 * 8_000_000];
        sinusoidal(MatrixViewMut::new("codes", &mut far, 8_000_000, 2).unwrap());
        let last = far.last_chunk::<2>().unwrap();
        assert!((last[0] - libm::sin(7_999_999.0)).abs() < 1e-8 && (last[1] - libm::cos(7_999_999.0)).abs() < 1e-8);
    }

    #[test]
    fn sine_codes_are_the_formula_and_orthogonal() {
        let mut codes = Matrix::from_rows([[0.0_f64; 9]; 7]);
        sine(codes.view_mut());
        for i in 0..7 {
            for k in 0..9 {
                let expected = libm::sin(core::f64::consts::PI * ((i + 1) * (k + 1)) as f64 / 8.0);
                assert!((codes[i][k] - expected).abs() < 1e-14, "{i} {k}");
            }
        }
        let mut square = Matrix::from_rows([[0.0_f64; 7]; 7]);
        sine(square.view_mut());
        for i in 0..7 {
            for j in 0..7 {
                let expected = if i == j { 4.0 } else { 0.0 };
                assert!((dot(&square[i], &square[j]) - expected).abs() < 1e-14, "{i} {j}");
            }
        }
    }

    #[test]
    fn signs_are_the_bits_of_the_stream() {
        let stream = SampleStream::new(3);
        let mut codes = Matrix::from_rows([[0.0_f32; 16]; 5]);
        signs(codes.view_mut(), &mut stream.rng(4));
        let mut rng = stream.rng(4);
        let words = [rng.uniform_bits(), rng.uniform_bits()];
        for (n, &entry) in codes.as_slice().iter().enumerate() {
            let minus = words[n / 64] >> (n % 64) & 1 == 1;
            assert_eq!(entry, if minus { -0.25 } else { 0.25 }, "{n}");
        }
        let before = codes.clone();
        signs(codes.view_mut(), &mut rng);
        assert_ne!(codes, before, "another sample has other signs");
    }
}
