//! Angles between vectors, without cancellation.
//!
//! The exact gradient needs the angle `theta` between `v s*^T` and `w s^T`, whose cosine is the product of the cosine
//! between `v` and `w` and the cosine between `s*` and `s`. Late in training all three are nearly one, and `acos` of a
//! rounded cosine would keep half the digits; so the whole file works with `versine = 1 - cos(theta)`:
//!
//! ```text
//! sin^2 of the angle between x and y = |x - y|^2 / |y|^2 - ( <x - y, x> / (|x| |y|) )^2
//! versine = sin^2 / (1 + cos)                      (cos > 0 and |x| not many times |y|;  else 1 - cos)
//! versine of a product of cosines = u + v - u v
//! ```
//!
//! Beyond a right angle `1 - cos` does not cancel. Where `x` is many times as long as `y` the two squares above do, like
//! `(|x| / |y|)^2`, and `1 - cos` with its error of the order of epsilon is the better one; a student that far from its
//! teacher has no use for more digits. What is written of lengths holds for all numbers: a versine lies in `[0, 2]` even
//! where a quotient overflows or a square underflows, so that nothing infinite comes of an angle.
//!
//! The angle itself, its sine and its loss come from the versine by [`crate::elementary::angle`].

use super::compare::Comparison;
use crate::scalar::Scalar;
use crate::vector::lane::Lane;

/// Up to which `<x - y, x> / (|x| |y|)`, about `|x| / |y|`, the difference is looked at: squares of two numbers near it
/// cancel by its own square.
const LONGEST: f64 = 16.0;

/// `1 - cos` of the angle between the two compared vectors, whose norms are given. In `[0, 2]`; zero when a norm is.
#[inline(always)]
pub fn versine<T: Scalar>(comparison: &Comparison<T>, norm: T, teacher_norm: T) -> T {
    let norms = norm * teacher_norm;
    // Catches a product that underflows, too.
    if norms <= T::ZERO {
        return T::ZERO;
    }
    let cosine = comparison.inner / norms;
    let along = comparison.difference_inner / norms;
    if cosine > T::ZERO && along <= T::from_f64(LONGEST) {
        let across = comparison.difference_squared / (teacher_norm * teacher_norm) - along * along;
        in_range(across / (T::ONE + cosine))
    } else {
        in_range(T::ONE - cosine)
    }
}

/// [`versine`] without branches, from the parts of a comparison.
#[inline(always)]
pub(crate) fn versine_of_cosines<T: Scalar, L: Lane<T>>(
    inner: L,
    difference_inner: L,
    difference_squared: L,
    norm: L,
    teacher_norm: L,
) -> L {
    let (zero, one) = (norm.with(T::ZERO), norm.with(T::ONE));
    // Also of lanes that nothing stands in: nothing is divided by zero.
    let some = |norms: L| norms.if_at_most(zero, one, norms);
    let norms = norm * teacher_norm;
    let cosine = inner / some(norms);
    let along = difference_inner / some(norms);
    let across = difference_squared / some(teacher_norm * teacher_norm) - along * along;
    let near = zero.if_less(cosine, across / (one + cosine), one - cosine);
    let versine = along.if_at_most(norm.with(T::from_f64(LONGEST)), near, one - cosine);
    // Catches a product that underflows, too.
    norms.if_at_most(zero, zero, in_range(versine))
}

/// In `[0, 2]`; zero for NaN.
#[inline(always)]
fn in_range<T: Scalar, L: Lane<T>>(versine: L) -> L {
    let zero = versine.with(T::ZERO);
    zero.if_less(versine, versine, zero).at_most(versine.with(T::TWO))
}

/// `1 - cos(a) cos(b)` from `1 - cos(a)` and `1 - cos(b)`, each in `[0, 2]`; the result lies in `[0, 2]`.
#[inline(always)]
pub fn versine_of_product<T: Scalar, L: Lane<T>>(a: L, b: L) -> L {
    let (zero, two) = (a.with(T::ZERO), a.with(T::TWO));
    let both = a + (a.with(T::ONE) - a) * b;
    both.at_least(zero).at_most(two)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::compare::compare;
    use crate::kernel::reduce::dot;

    /// Angles from 1e-12 to just below pi, built so that the exact versine is known.
    #[test]
    fn angle_and_sine_keep_their_digits() {
        for exponent in 0..=120 {
            let theta = libm::pow(10.0, -12.0 + f64::from(exponent) * 0.1) * 3.1;
            let half = libm::sin(theta / 2.0);
            let (angle, sine) = f64::angle_and_sine(2.0 * half * half);
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
            let exact = 1.0 - 1.0 / Scalar::sqrt(1.0 + tangent * tangent);
            let series = tangent * tangent / 2.0 - 3.0 / 8.0 * tangent * tangent * tangent * tangent;
            let expected = if scale < 1e-3 { series } else { exact };
            let found = versine(&c, Scalar::sqrt(dot(&x, &x)), 5.0);
            assert!((found - expected).abs() <= 1e-13 * expected, "{scale}: {found} {expected}");
        }
    }

    /// Where `x` is thousands of times as long, the squares of the differences have no digit left of the angle.
    #[test]
    fn versine_of_a_vector_thousands_of_times_as_long_keeps_the_digits_of_a_cosine() {
        for length in [10.0, 16.5, 17.5, 100.0, 1e3, 6e3, 1e5_f32] {
            for theta in [0.05, 0.3, 1.0, 1.5, 1.6, 3.0] {
                let (x, y) = ([length * libm::cosf(theta), length * libm::sinf(theta)], [1.0, 0.0_f32]);
                let found = versine(&compare(&x, &y), Scalar::sqrt(dot(&x, &x)), 1.0);
                let expected = 1.0 - libm::cosf(theta);
                // Up to sixteen times as long by differences, which cancel by its square.
                let tolerance = f32::EPSILON * if length < 17.0 { 2.0 * length * length } else { 4.0 };
                assert!((found - expected).abs() <= tolerance, "{length} {theta}: {found} {expected}");
            }
        }
    }

    /// A versine of any finite numbers lies in `[0, 2]`, and one by one as in lanes.
    #[test]
    fn versines_of_the_whole_range_of_exponents_lie_in_their_range() {
        fn check<T: Scalar>(lowest: i32, highest: i32) {
            let mut state = 1_u64;
            let mut bits = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state >> 33
            };
            let range = (highest - lowest) as u64;
            for _ in 0..20_000 {
                let mut number = || {
                    let magnitude =
                        libm::exp2(f64::from(lowest) + (bits() % range) as f64) * (1.0 + (bits() % 8) as f64 / 8.0);
                    T::from_f64(if bits() % 2 == 0 { magnitude } else { -magnitude })
                };
                let (x, y) = ([number(), number()], [number(), number()]);
                let c = compare(&x, &y);
                let (norm, teacher_norm) = (Scalar::sqrt(c.squared), Scalar::sqrt(dot(&y, &y)));
                let one = versine(&c, norm, teacher_norm);
                assert!(one >= T::ZERO && one <= T::TWO, "{x:?} {y:?}: {one}");
                let lanes = versine_of_cosines(c.inner, c.difference_inner, c.difference_squared, norm, teacher_norm);
                assert!(lanes.to_bits_u64() == one.to_bits_u64(), "{x:?} {y:?}: {lanes} {one}");
            }
        }
        check::<f32>(-149, 127);
        check::<f64>(-1074, 1023);
    }

    #[test]
    fn versine_of_opposite_and_zero_vectors() {
        let c = compare(&[-2.0, 0.0], &[1.0, 0.0f64]);
        assert_eq!(versine(&c, 2.0, 1.0), 2.0);
        let c = compare(&[0.0, 0.0], &[1.0, 0.0f64]);
        assert_eq!(versine(&c, 0.0, 1.0), 0.0);
    }

    #[test]
    fn kink_loss_of_small_and_of_straight_angles() {
        let at = |theta: f64| {
            let half = libm::sin(theta / 2.0);
            f64::kink_loss(2.0 * half * half, theta)
        };
        let theta: f64 = 1e-3;
        let expected = theta * theta / 2.0 - theta * theta * theta / (3.0 * core::f64::consts::PI);
        assert!((at(theta) - expected).abs() < 1e-6 * expected);
        let pi = core::f64::consts::PI;
        assert!((at(pi) - 1.0).abs() < 1e-12, "a student that points the other way: {}", at(pi));
    }
}
