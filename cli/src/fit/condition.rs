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

/// What is said where features depend on one another: much, or so that some are made of others; features that are always zero, of which
/// each is told by itself, do not count. `whitened` says that they were made uncorrelated, and what is left over is left out.
pub fn note<T: Scalar>(tokens: &[T], features: usize, whitened: bool) -> Option<String> {
    let moves = |feature: &usize| tokens.iter().skip(*feature).step_by(features).any(|&x| x != T::ZERO);
    let moving: Vec<usize> = (0..features).filter(moves).collect();
    let those: Vec<T> = tokens
        .chunks(features)
        .flat_map(|token| moving.iter().filter_map(|&feature| token.get(feature)).copied())
        .collect();
    match condition(&those, moving.len().max(1)) {
        _ if whitened || moving.is_empty() => None,
        None => Some(
            "features depend on one another: some are sums of others, as far as can be told, and which of them W takes is chance; expected each \
             said once, or --whiten, which leaves out what is said twice"
                .to_owned(),
        ),
        Some(condition) => (condition > MUCH).then(|| {
            format!(
                "features depend on one another: the condition of what the student sees is {condition:.1e}, and what is learned along the least \
                 of its directions takes that many times the steps of the largest; --whiten may help"
            )
        }),
    }
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

    #[test]
    fn features_that_are_made_of_others_are_told_and_those_that_never_move_are_not() {
        let note = |tokens: &[f64], features| note(tokens, features, false);
        let twice = note(&[1.0, 2.0, 2.0, 4.0], 2).unwrap();
        assert!(twice.contains("--whiten") && twice.contains("sums of others"), "{twice}");
        assert_eq!(note(&[1.0, 0.0, 2.0, 0.0], 2), None);
        assert_eq!(note(&[3.0, 3.0, 1.0, -1.0], 2), None);
        let much = note(&[1.0, 1.0, 1.0, 1.001], 2).unwrap();
        assert!(much.contains("--whiten may help"), "{much}");
        assert_eq!(super::note(&[1.0, 2.0, 2.0, 4.0], 2, true), None);
    }
}
