//! What rules that divide by a gradient do to a row of it.

use crate::scalar::Scalar;

/// The largest magnitude.
pub(crate) fn largest<T: Scalar>(row: impl Iterator<Item = T>) -> T {
    row.fold(T::ZERO, |largest, x| largest.larger(x.abs()))
}

/// Divides a row by its largest magnitude, which is returned with the sum of the squares of what is left: no square
/// underflows that counts.
pub(crate) fn scaled<T: Scalar>(row: &mut [T]) -> (T, T) {
    let largest = largest(row.iter().copied());
    if largest > T::ZERO {
        for x in row.iter_mut() {
            *x /= largest;
        }
    }
    (largest, row.iter().fold(T::ZERO, |sum, &x| sum + x * x))
}

/// Multiplies all by one number.
pub(crate) fn multiply<T: Scalar>(row: &mut [T], factor: T) {
    for x in row {
        *x = factor * *x;
    }
}
