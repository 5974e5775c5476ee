//! Angles between vectors, without cancellation.
//!
//! The exact gradient needs the angle `theta` between `v s*^T` and `w s^T`, whose cosine is the product of the cosine
//! between `v` and `w` and the cosine between `s*` and `s`. Late in training all three are nearly one, and `acos` of a
//! rounded cosine would keep half the digits; so the whole file works with `versine = 1 - cos(theta)`:
//!
//! ```text
//! sin^2 of the angle between x and y = |x - y|^2 / |y|^2 - ( <x - y, x> / (|x| |y|) )^2
//! versine = sin^2 / (1 + cos)                      (cos > 0;  else 1 - cos, which then does not cancel)
//! versine of a product of cosines = u + v - u v
//! theta   = 2 asin( sqrt(versine / 2) )            (up to a right angle; beyond it pi minus the same of 2 - versine)
//! sin     = sqrt( versine (2 - versine) )
//! ```

use super::reduce::Comparison;
use crate::scalar::Scalar;

/// `1 - cos` of the angle between the two compared vectors, whose norms are given. In `[0, 2]`; zero when a norm is.
#[inline]
pub fn versine<T: Scalar>(comparison: &Comparison<T>, norm: T, teacher_norm: T) -> T {
    let norms = norm * teacher_norm;
    // Catches a product that underflows, too.
    if norms <= T::ZERO {
        return T::ZERO;
    }
    let cosine = comparison.inner / norms;
    if cosine > T::ZERO {
        let along = comparison.difference_inner / norms;
        let across = comparison.difference_squared / (teacher_norm * teacher_norm) - along * along;
        across.larger(T::ZERO) / (T::ONE + cosine)
    } else {
        (T::ONE - cosine).smaller(T::TWO)
    }
}

/// `1 - cos(a) cos(b)` from `1 - cos(a)` and `1 - cos(b)`, each in `[0, 2]`; the result lies in `[0, 2]`.
#[inline]
pub fn versine_of_product<T: Scalar>(a: T, b: T) -> T {
    (a + (T::ONE - a) * b).larger(T::ZERO).smaller(T::TWO)
}

/// The angle in `[0, pi]` and its sine, from its versine in `[0, 2]`.
#[inline]
pub fn angle_and_sine<T: Scalar>(versine: T) -> (T, T) {
    let rest = T::TWO - versine;
    let sine = (versine * rest).sqrt();
    let angle = if versine <= T::ONE {
        T::TWO * (versine * T::HALF).sqrt().asin()
    } else {
        T::PI - T::TWO * (rest * T::HALF).sqrt().asin()
    };
    (angle, sine)
}

/// `1 - cos(theta) + (theta cos(theta) - sin(theta)) / pi`: the part of the excess loss that an angle of `theta` costs
/// a ReLU student. Not negative; like `theta^2 / 2` for small angles.
#[inline]
pub fn kink_loss<T: Scalar>(versine: T, angle: T, sine: T) -> T {
    let twist = if angle < T::from_f64(0.25) {
        // theta cos(theta) - sin(theta) = - theta^3 sum_n (-1)^n (2n+2) theta^(2n) / (2n+3)!; the first term left out is
        // below 6e-15 of the series and 3e-16 of the result for theta < 1/4.
        let x = angle * angle;
        let c = [1.0 / 3.0, -1.0 / 30.0, 1.0 / 840.0, -1.0 / 45360.0, 1.0 / 3_991_680.0];
        let mut series = T::ZERO;
        for &c in c.iter().rev() {
            series = series * x + T::from_f64(c);
        }
        -(angle * x) * series
    } else {
        angle * (T::ONE - versine) - sine
    };
    versine + twist / T::PI
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::reduce::{compare, dot};

    /// Angles from 1e-12 to just below pi, built so that the exact versine is known.
    #[test]
    fn angle_and_sine_keep_their_digits() {
        for exponent in 0..=120 {
            let theta = libm::pow(10.0, -12.0 + f64::from(exponent) * 0.1) * 3.1;
            let half = libm::sin(theta / 2.0);
            let (angle, sine) = angle_and_sine(2.0 * half * half);
            // Near pi the versine itself holds only sqrt(eps) of the angle's distance from pi.
            let tolerance = if theta < 3.0 { 1e-14 * theta } else { 1e-12 };
            assert!((angle - theta).abs() < tolerance, "{theta}: {angle}");
            assert!((sine - libm::sin(theta)).abs() < tolerance.larger(1e-15 * theta), "{theta}: {sine}");
        }
    }

    #[test]
    fn versine_keeps_its_digits_for_nearly_equal_vectors() {
        for scale in [1e-1, 1e-4, 1e-7] {
            let y = [3.0, 4.0, 0.0f64];
            let x = [3.0, 4.0, 5.0 * scale];
            let c = compare(&x, &y);
            let tangent: f64 = scale;
            let exact = 1.0 - 1.0 / libm::sqrt(1.0 + tangent * tangent);
            let series = tangent * tangent / 2.0 - 3.0 / 8.0 * tangent * tangent * tangent * tangent;
            let expected = if scale < 1e-3 { series } else { exact };
            let found = versine(&c, libm::sqrt(dot(&x, &x)), 5.0);
            assert!((found - expected).abs() <= 1e-13 * expected, "{scale}: {found} {expected}");
        }
    }

    #[test]
    fn versine_of_opposite_and_zero_vectors() {
        let c = compare(&[-2.0, 0.0], &[1.0, 0.0f64]);
        assert_eq!(versine(&c, 2.0, 1.0), 2.0);
        let c = compare(&[0.0, 0.0], &[1.0, 0.0f64]);
        assert_eq!(versine(&c, 0.0, 1.0), 0.0);
    }

    #[test]
    fn kink_loss_is_smooth_where_the_series_ends() {
        let at = |theta: f64| {
            let half = libm::sin(theta / 2.0);
            kink_loss(2.0 * half * half, theta, libm::sin(theta))
        };
        let (below, above) = (at(0.25 - 1e-13), at(0.25 + 1e-13));
        assert!((above - below).abs() < 1e-13);
        let theta: f64 = 1e-3;
        let expected = theta * theta / 2.0 - theta * theta * theta / (3.0 * core::f64::consts::PI);
        assert!((at(theta) - expected).abs() < 1e-6 * expected);
        let pi = core::f64::consts::PI;
        assert!((at(pi) - 1.0).abs() < 1e-12, "a student that points the other way: {}", at(pi));
    }
}
