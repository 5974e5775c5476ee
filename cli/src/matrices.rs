//! Matrices as results have them.

use tutee::Scalar;

use crate::failure::Ended;
use crate::memory::collected;

/// `|A - B| / |B|`, Frobenius; none where B is zero.
pub fn relative_error<T: Scalar>(a: &[T], b: &[T]) -> Option<f64> {
    let (mut apart, mut norm) = (0.0, 0.0);
    for (a, b) in a.iter().zip(b).map(|(a, b)| (a.to_f64(), b.to_f64())) {
        apart += (a - b) * (a - b);
        norm += b * b;
    }
    (norm > 0.0).then(|| Scalar::sqrt(apart / norm))
}

/// A matrix as JSON wants it.
///
/// # Errors
/// [`Ended::Memory`].
pub fn rows<T: Scalar>(matrix: &[T], cols: usize) -> Result<Vec<Vec<f64>>, Ended> {
    matrix.chunks(cols).map(|row| collected(row.iter().map(|x| x.to_f64()), row.len())).collect()
}

/// How many tokens every output weighs, where all weigh as many and all weights are alike, to rounding, whatever they add up to.
pub fn group(mixing: &[f64], tokens: usize) -> Option<usize> {
    let first = *mixing.iter().find(|&&s| s != 0.0)?;
    let alike = |s: f64| s == 0.0 || (s - first).abs() <= 4.0 * f64::EPSILON * first.abs();
    let mut groups = mixing.chunks(tokens.max(1)).map(|row| row.iter().filter(|&&s| s != 0.0).count());
    let group = groups.next()?;
    (group > 0 && mixing.iter().all(|&s| alike(s)) && groups.all(|other| other == group)).then_some(group)
}

#[cfg(test)]
mod tests {
    use super::group;

    #[test]
    fn a_group_is_of_equal_weights() {
        assert_eq!(group(&[2.0, 2.0, 0.0, 0.0, 2.0, 2.0], 3), Some(2));
        assert_eq!(group(&[0.5, 0.5, 0.0, 0.0, 2.0, 2.0], 3), None);
        assert_eq!(group(&[0.5, 0.5, 0.0, 0.0, 0.0, 2.0], 3), None);
        assert_eq!(group(&[0.5, 0.6, 0.0], 3), None);
        assert_eq!(group(&[-1.0, 0.0, 0.0], 3), Some(1));
        assert_eq!(group(&[-1.0, 1.0, 0.0], 3), None);
        assert_eq!(group(&[0.0, 0.0], 2), None);
        assert_eq!(group(&[], 2), None);
    }
}
