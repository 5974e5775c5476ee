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
