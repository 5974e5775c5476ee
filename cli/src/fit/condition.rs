//! How evenly inputs fill the directions of a token: descent takes so many times as long along the least of them as along the largest.

use tutee::Scalar;
use tutee::readings::diagonalize;

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
    let mut vectors = vec![0.0; moments.len()];
    diagonalize(features, &mut moments, &mut vectors).ok()?;
    let values = || moments.iter().copied().step_by(features + 1);
    let largest = values().fold(0.0, Scalar::larger);
    let smallest = values().fold(f64::INFINITY, Scalar::smaller);
    (smallest > NONE * largest).then(|| largest / smallest)
}

#[cfg(test)]
mod tests {
    use super::*;

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
