//! How far numbers spread, without a square that leaves the range of the type.

use crate::scalar::Scalar;

/// Squares of deviations in the unit of the largest of them: `sum of squares = unit^2 squares`. Readings of 1e-30 or 1e30 have
/// squares that an `f32` cannot hold (Blue 1978; the same form as LAPACK's `lassq`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Spread<T> {
    pub(super) unit: T,
    pub(super) squares: T,
}

impl<T: Scalar> Spread<T> {
    /// Nothing yet.
    pub(super) const ZERO: Self = Self { unit: T::ZERO, squares: T::ZERO };

    /// Adds the square of a finite deviation.
    #[inline]
    pub(super) fn add(&mut self, deviation: T) {
        let size = deviation.abs();
        if size > self.unit {
            let ratio = self.unit / size;
            self.squares = self.squares * (ratio * ratio) + T::ONE;
            self.unit = size;
        } else if size > T::ZERO {
            let ratio = size / self.unit;
            self.squares += ratio * ratio;
        }
    }

    /// The root of the mean square of `count` deviations; zero if all were.
    #[inline]
    pub(super) fn root_mean_square(self, count: T) -> T {
        self.unit * (self.squares / count).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_mean_square_of_any_magnitude() {
        for magnitude in [1e-36_f32, 1e-20, 1.0, 1e15, 1e36] {
            let mut spread = Spread::ZERO;
            for x in [0.0, -1.0, 2.0, 0.5, -3.0] {
                spread.add(x * magnitude);
            }
            let ratio = spread.root_mean_square(5.0) / magnitude;
            assert!((ratio - (14.25_f32 / 5.0).sqrt()).abs() < 4e-7, "{magnitude}: {ratio}");
        }
        assert_eq!(Spread::<f64>::ZERO.root_mean_square(3.0), 0.0);
    }
}
