//! How evenly inputs fill the directions of a token: descent takes so many times as long along the least of them as along the largest.

use tutee::readings::diagonalize;
use tutee::{Error, Scalar};

/// Above this, what is left of the loss may be along directions that readings hardly vary in.
pub const MUCH: f64 = 1e3;
/// A direction with less than this share of the largest power has none: what is there is rounding.
const NONE: f64 = 1e-12;

/// Largest over smallest eigenvalue of the mean of `x_i x_i'` over tokens of so many features; none where a direction has no power.
pub fn condition<T: Scalar>(tokens: &[T], features: usize) -> Option<f64> {
    let mut moments = vec![0.0; features * features];
    for token in tokens.chunks(features) {
        for (row, x) in moments.chunks_mut(features).zip(token) {
            row.iter_mut().zip(token).for_each(|(sum, y)| *sum += x.to_f64() * y.to_f64());
        }
    }
    let (values, _) = eigen(features, moments).ok()?;
    let largest = values.iter().copied().fold(0.0, Scalar::larger);
    let smallest = values.iter().copied().fold(f64::INFINITY, Scalar::smaller);
    (smallest > NONE * largest).then(|| largest / smallest)
}

/// Eigenvalues of a symmetric matrix of so many rows, and the vector of each of length one, as rows in their order.
///
/// # Errors
/// [`Error::Length`] unless the matrix is square.
pub fn eigen(size: usize, mut matrix: Vec<f64>) -> Result<(Vec<f64>, Vec<f64>), Error> {
    let mut vectors = vec![0.0; matrix.len()];
    diagonalize(size, &mut matrix, &mut vectors)?;
    Ok((matrix.into_iter().step_by(size + 1).collect(), vectors))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_of_a_matrix_that_has_known_ones() {
        // 2 - 2 cos(k pi / 5), k from 1 to 4: (3 -+ sqrt 5) / 2 and (5 -+ sqrt 5) / 2.
        let matrix: Vec<f64> = (0..16_usize).map(|at| [2.0, -1.0, 0.0, 0.0][(at / 4).abs_diff(at % 4)]).collect();
        let (mut found, vectors) = eigen(4, matrix.clone()).unwrap();
        for (value, vector) in found.iter().zip(vectors.chunks(4)) {
            for (row, own) in matrix.chunks(4).zip(vector) {
                let image: f64 = row.iter().zip(vector).map(|(a, v)| a * v).sum();
                assert!((image - value * own).abs() < 1e-14, "{value} {vector:?}");
            }
        }
        found.sort_unstable_by(f64::total_cmp);
        let root = 5.0_f64.sqrt();
        for (found, twice) in found.into_iter().zip([3.0 - root, 5.0 - root, 3.0 + root, 5.0 + root]) {
            let expected = 0.5 * twice;
            assert!((found - expected).abs() < 1e-14, "{found} {expected}");
        }
        assert!(matches!(eigen(3, matrix), Err(Error::Length { .. })));
    }

    #[test]
    fn the_condition_is_that_of_the_tokens() {
        // Two directions of powers 9 and 1, turned by 45 degrees.
        assert!((condition(&[3.0, 3.0, 1.0, -1.0], 2).unwrap() - 9.0).abs() < 1e-12);
        assert_eq!(condition(&[2.0_f32], 1), Some(1.0));
        // One direction alone.
        assert_eq!(condition(&[1.0, 2.0, 2.0, 4.0], 2), None);
        assert_eq!(condition(&[0.0, 0.0], 2), None);
    }
}
