//! How evenly inputs fill the directions of a token: descent takes so many times as long along the least of them as along the largest.

use tutee::Scalar;

/// Above this, what is left of the loss may be along directions that readings hardly vary in.
pub const MUCH: f64 = 1e3;
/// A direction with less than this share of the largest power has none: what is there is rounding.
const NONE: f64 = 1e-12;
/// Turns of all pairs of features, each of which squares what is left beside the diagonal.
const SWEEPS: usize = 30;

/// Largest over smallest eigenvalue of the mean of `x_i x_i'` over tokens of so many features; none where a direction has no power.
pub fn condition<T: Scalar>(tokens: &[T], features: usize) -> Option<f64> {
    let mut moments = vec![vec![0.0; features]; features];
    for token in tokens.chunks(features) {
        for (row, x) in moments.iter_mut().zip(token) {
            row.iter_mut().zip(token).for_each(|(sum, y)| *sum += x.to_f64() * y.to_f64());
        }
    }
    let (values, _) = eigen(moments);
    let largest = values.iter().copied().fold(0.0, Scalar::larger);
    let smallest = values.iter().copied().fold(f64::INFINITY, Scalar::smaller);
    (smallest > NONE * largest).then(|| largest / smallest)
}

/// Eigenvalues of a symmetric matrix, and the vector of each of length one, by Jacobi's rotations (Golub and Van Loan, section 8.5).
pub fn eigen(mut a: Vec<Vec<f64>>) -> (Vec<f64>, Vec<Vec<f64>>) {
    let size = a.len();
    let mut vectors: Vec<Vec<f64>> =
        (0..size).map(|i| (0..size).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for _ in 0..SWEEPS {
        for p in 0..size {
            for q in p + 1..size {
                if a[p][q] == 0.0 {
                    continue;
                }
                let half = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
                let tangent = half.signum() / (half.abs() + (half * half + 1.0).sqrt());
                let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
                let sine = tangent * cosine;
                for row in &mut a {
                    (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
                }
                for rows in [&mut a, &mut vectors] {
                    let (above, below) = rows.split_at_mut(q);
                    for (x, y) in above[p].iter_mut().zip(below[0].iter_mut()) {
                        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
                    }
                }
            }
        }
    }
    ((0..size).map(|n| a[n][n]).collect(), vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_of_a_matrix_that_has_known_ones() {
        // 2 - 2 cos(k pi / 5), k from 1 to 4: (3 -+ sqrt 5) / 2 and (5 -+ sqrt 5) / 2.
        let matrix =
            (0..4_usize).map(|i| (0..4_usize).map(|j| [2.0, -1.0, 0.0, 0.0][i.abs_diff(j)]).collect()).collect();
        let matrix: Vec<Vec<f64>> = matrix;
        let (mut found, vectors) = eigen(matrix.clone());
        for (value, vector) in found.iter().zip(&vectors) {
            for (row, own) in matrix.iter().zip(vector) {
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
