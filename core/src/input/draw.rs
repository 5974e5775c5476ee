//! From random bits to draws: pure functions of one word or of half a word.
//!
//! Angles are reduced on the integer, where it costs nothing and is exact: `l / 2^32` of a turn is the nearest of the
//! four quarter turns plus a signed rest of at most an eighth of a turn, and the four quadrants are rotations of each
//! other to the last bit. All draws are free of branches.

use crate::scalar::Scalar;

/// Uniform on `(0, 1]`: `(bits + 1/2) / 2^32`, exact in `f64`. In `f32` the integer is rounded to 24 bits and the top 128
/// of the 2^32 values become 1, so that a logarithm of the result is never positive; it is never infinite either.
#[inline(always)]
pub(super) fn unit<T: Scalar>(bits: u32) -> T {
    (T::from_u32(bits) + T::HALF) * T::from_f64(1.0 / 4_294_967_296.0)
}

/// A sign (true is minus) and a magnitude uniform on `(0, 1]`: the top bit, and `(m + 1/2) / 2^31` of the 31 bits `m`
/// below it.
#[inline]
fn signed_unit<T: Scalar>(bits: u32) -> (bool, T) {
    let magnitude = (T::from_u32(bits & 0x7FFF_FFFF) + T::HALF) * T::from_f64(1.0 / 2_147_483_648.0);
    (bits >> 31 == 1, magnitude)
}

#[inline]
fn with_sign<T: Scalar>(negative: bool, magnitude: T) -> T {
    if negative { -magnitude } else { magnitude }
}

/// High and low half of a word.
#[inline]
pub(super) fn halves(word: u64) -> (u32, u32) {
    ((word >> 32) as u32, word as u32)
}

/// One draw from each half of a word, the high half first.
#[inline]
pub(super) fn each_half<T>(word: u64, draw: impl Fn(u32) -> T) -> (T, T) {
    let (high, low) = halves(word);
    (draw(high), draw(low))
}

/// Exponential with mean 1: `-ln u`, from 0 to 22.9.
#[inline(always)]
pub(super) fn exponential<T: Scalar>(bits: u32) -> T {
    // A difference and not a negation: the smallest draw is then +0, not -0.
    T::ZERO - unit::<T>(bits).ln_normal()
}

/// One from each half of every word.
#[inline(always)]
pub(super) fn exponential_pairs_of<T: Scalar>((high, low): (&[u32], &[u32]), pairs: &mut [[T; 2]]) {
    for ((pair, &high), &low) in pairs.iter_mut().zip(high).zip(low) {
        *pair = [exponential(high), exponential(low)];
    }
}

/// Gumbel with mean 0 and variance 1: `-ln(-ln u)`, less its mean, over its deviation; from -2.9 to 17.4.
#[inline]
pub(super) fn gumbel<T: Scalar>(bits: u32) -> T {
    gumbel_inline(bits)
}

/// One from each half of every word.
#[inline(always)]
pub(super) fn gumbel_pairs_of<T: Scalar>((high, low): (&[u32], &[u32]), pairs: &mut [[T; 2]]) {
    for ((pair, &high), &low) in pairs.iter_mut().zip(high).zip(low) {
        *pair = [gumbel_inline(high), gumbel_inline(low)];
    }
}

#[inline(always)]
fn gumbel_inline<T: Scalar>(bits: u32) -> T {
    // The second logarithm asks for all digits of a small `-ln u`, of which `u` has kept none where it was rounded to one or next to
    // it. `1 - u` has them, out of the complement of the bits; `ln(u) / (1 - u)` hardly depends on `u` there and forgives the
    // rounding if it is in both (Kahan). In `f64` nothing is rounded, and the quotient is one.
    let (u, rest) = (unit::<T>(bits), unit::<T>(!bits));
    // A difference of zero is not to be divided by.
    let apart = if u == T::ONE { T::ONE } else { T::ONE - u };
    let corrected = exponential::<T>(bits) * (rest / apart);
    let exponential = if u == T::ONE { rest } else { corrected };
    // Euler's constant is the mean, pi over the square root of six the standard deviation.
    let centred = T::ZERO - exponential.ln_normal() - T::from_f64(0.577_215_664_901_532_9);
    centred * T::from_f64(2.449_489_742_783_178) / T::from_f64(core::f64::consts::PI)
}

/// Uniform on `[-sqrt(3), sqrt(3)]`, unit variance.
#[inline]
pub(super) fn uniform<T: Scalar>(bits: u32) -> T {
    let (negative, magnitude) = signed_unit::<T>(bits);
    with_sign(negative, magnitude * T::from_f64(1.732_050_807_568_877_2))
}

/// Laplace with unit variance, at most 15.7 in magnitude.
#[inline]
pub(super) fn laplace<T: Scalar>(bits: u32) -> T {
    let (negative, magnitude) = signed_unit::<T>(bits);
    with_sign(negative, (T::ZERO - magnitude.ln_normal()) * T::from_f64(core::f64::consts::FRAC_1_SQRT_2))
}

/// The nearest quarter turn (0 to 3) to `bits / 2^32` of a turn, and what is left, in turns between -1/8 and 1/8.
#[inline(always)]
fn reduce_turn<T: Scalar>(bits: u32) -> (u32, T) {
    let quadrant = bits.wrapping_add(1 << 29) >> 30;
    // Without its two top bits the angle is a multiple of 2^-34 turns, as a two's complement number: the rounding to
    // the nearest quarter turn is already in its sign.
    let rest = (bits << 2).cast_signed();
    (quadrant, T::from_i32(rest) * T::from_f64(1.0 / 17_179_869_184.0))
}

/// Cosine and sine of `bits / 2^32` of a turn.
#[inline(always)]
fn turn<T: Scalar>(bits: u32) -> (T, T) {
    let (quadrant, rest) = reduce_turn::<T>(bits);
    let (sin, cos) = rest.sin_cos_beside(quadrant);
    (cos, sin)
}

/// Two independent standard normal draws. The largest magnitude is `sqrt(66 ln 2) = 6.764`.
#[inline]
pub(super) fn gaussian_pair<T: Scalar>(word: u64) -> (T, T) {
    let (high, low) = halves(word);
    let radius = (T::TWO * exponential(high)).near_sqrt();
    let (cos, sin) = turn::<T>(low);
    (radius * cos, radius * sin)
}

/// Two draws from the halves of each word, no more than so many pairs. In steps, each for all words: a processor looks
/// ahead by no more than one or two draws, which are long chains of operations, but by many steps.
#[inline(always)]
pub(super) fn gaussian_pairs_of<T: Scalar, const WORDS: usize>(
    (high, low): (&[u32; WORDS], &[u32; WORDS]),
    pairs: &mut [[T; 2]],
) {
    let mut radii = [T::ZERO; WORDS];
    // Loops are shorter where the number is known.
    match pairs.first_chunk_mut::<WORDS>() {
        Some(pairs) => in_steps((high, low), &mut radii, pairs),
        None => {
            let radius = radii.split_at_mut_checked(pairs.len()).map_or(&mut [][..], |(radius, _)| radius);
            in_steps((high, low), radius, pairs);
        }
    }
}

#[inline(always)]
fn in_steps<T: Scalar>((high, low): (&[u32], &[u32]), radius: &mut [T], pairs: &mut [[T; 2]]) {
    for (radius, &high) in radius.iter_mut().zip(high) {
        *radius = T::TWO * exponential(high);
    }
    for radius in &mut *radius {
        *radius = radius.near_sqrt();
    }
    for ((pair, &radius), &low) in pairs.iter_mut().zip(&*radius).zip(low) {
        let (cos, sin) = turn::<T>(low);
        *pair = [radius * cos, radius * sin];
    }
}

/// `e^x - 1` for `x >= 0` to a few units in the last place, from the rounded `e^x` alone: where the difference cancels,
/// the same rounding stands in `ln(e^x)`, and the quotient of the two is right (Kahan).
#[inline]
fn exp_minus_one<T: Scalar>(x: T) -> T {
    let exp = x.exp();
    // A logarithm of one is zero, and not to be divided by.
    let ln = if exp == T::ONE { T::ONE } else { exp.ln_normal() };
    let quotient = (exp - T::ONE) * (x / ln);
    if exp == T::ONE { x } else { quotient }
}

/// Student-t with `degrees_of_freedom > 2`, scaled to unit variance.
///
/// The plane Student distribution has `P(R > r) = (1 + r^2 / nu)^(-nu / 2)`; setting that equal to `u` gives the radius,
/// and one coordinate of the point is Student-t. (The other is too, but not independently, and is not used.) There is
/// no division by a chi-square draw, which a coarse `u` would bring too close to zero.
#[inline]
pub(super) fn student_t<T: Scalar>(word: u64, degrees_of_freedom: T) -> T {
    let (high, low) = halves(word);
    let growth = exp_minus_one(T::TWO * exponential(high) / degrees_of_freedom);
    let radius = ((degrees_of_freedom - T::TWO) * growth).near_sqrt();
    let (cos, _) = turn::<T>(low);
    radius * cos
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAU: f64 = core::f64::consts::TAU;
    const EIGHTH: u32 = 1 << 29;

    /// Half words that walk over the whole range, with all borders of quadrants and octants and their neighbours.
    fn half_words() -> impl Iterator<Item = u32> {
        let walk = (0..100_000_u32).map(|i| i.wrapping_mul(0x9E37_79B9));
        let borders =
            (0..8_u32).flat_map(|eighth| (0..5).map(move |i| (eighth * EIGHTH).wrapping_add(i).wrapping_sub(2)));
        walk.chain(borders)
    }

    fn words() -> impl Iterator<Item = u64> {
        let walk = (0..200_000_u64).map(|i| i.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let corners = half_words()
            .skip(100_000)
            .flat_map(|h| half_words().skip(100_000).map(move |l| u64::from(h) << 32 | u64::from(l)));
        walk.chain(corners)
    }

    #[test]
    fn the_unit_interval_is_open_below_and_exact_in_f64() {
        for bits in half_words() {
            assert_eq!(unit::<f64>(bits) * 8_589_934_592.0, (2 * u64::from(bits) + 1) as f64);
            let single = unit::<f32>(bits);
            assert!(single > 0.0 && single <= 1.0, "{bits}: {single}");
            assert!((f64::from(single) - unit::<f64>(bits)).abs() <= unit::<f64>(bits) * f64::from(f32::EPSILON));
        }
        assert_eq!(unit::<f32>(0), f32::from_bits(94 << 23), "2^-33");
        // The top 128 values (the middle of the last interval rounds to even, and that is 2^32) are one.
        assert_eq!(unit::<f32>(u32::MAX - 127), 1.0);
        assert!(unit::<f32>(u32::MAX - 128) < 1.0);
    }

    #[test]
    fn signs_are_symmetric() {
        for bits in half_words() {
            let mirrored = bits ^ 0x8000_0000;
            assert_eq!(uniform::<f64>(bits), -uniform::<f64>(mirrored));
            assert_eq!(uniform::<f32>(bits), -uniform::<f32>(mirrored));
            assert_eq!(laplace::<f64>(bits), -laplace::<f64>(mirrored));
            assert_eq!(laplace::<f32>(bits), -laplace::<f32>(mirrored));
        }
    }

    #[test]
    fn angles_are_reduced_to_an_eighth_of_a_turn() {
        fn check<T: Scalar>(eighth: T) {
            for bits in half_words() {
                let (quadrant, rest) = reduce_turn::<T>(bits);
                assert!(quadrant < 4 && rest.abs() <= eighth, "{bits:#x}: {quadrant}, {rest}");
                let turns = f64::from(quadrant) * 0.25 + rest.to_f64();
                let away = (turns - f64::from(bits) / 4_294_967_296.0).abs();
                assert!(away < T::EPSILON.to_f64() || (1.0 - away).abs() < T::EPSILON.to_f64(), "{bits:#x}: {away}");
            }
            assert_eq!(reduce_turn::<T>(EIGHTH), (1, -eighth));
            assert_eq!(reduce_turn::<T>(7 * EIGHTH), (0, -eighth));
            assert_eq!(reduce_turn::<T>(2 * EIGHTH), (1, T::ZERO));
        }
        check(0.125f32);
        check(0.125f64);
    }

    #[test]
    fn cosine_and_sine_are_those_of_the_whole_angle() {
        fn check<T: Scalar>(tolerance: f64) {
            for bits in half_words() {
                let angle = TAU * (f64::from(bits) / 4_294_967_296.0);
                let (cos, sin) = turn::<T>(bits);
                assert!((cos.to_f64() - libm::cos(angle)).abs() <= tolerance, "{bits:#x}");
                assert!((sin.to_f64() - libm::sin(angle)).abs() <= tolerance, "{bits:#x}");
            }
        }
        // Half a unit in the last place of an angle below one, of pi, and of the result; in f64 the rounding of the
        // reference's own angle below 2 pi comes on top.
        check::<f32>(1.5e-7);
        check::<f64>(1.2e-15);
    }

    #[test]
    fn quadrants_are_rotations_of_each_other() {
        fn check<T: Scalar>() {
            for bits in half_words() {
                let (cos, sin) = turn::<T>(bits);
                assert_eq!(turn::<T>(bits.wrapping_add(2 * EIGHTH)), (-sin, cos), "{bits:#x}");
                assert_eq!(turn::<T>(bits.wrapping_add(4 * EIGHTH)), (-cos, -sin), "{bits:#x}");
            }
        }
        check::<f32>();
        check::<f64>();
        assert_eq!(turn::<f64>(0), (1.0, 0.0));
        assert_eq!(turn::<f32>(6 * EIGHTH), (0.0, -1.0));
    }

    #[test]
    fn gaussian_pairs_follow_box_and_muller() {
        for word in words() {
            let u = ((word >> 32) as f64 + 0.5) / 4_294_967_296.0;
            let angle = TAU * ((word & 0xFFFF_FFFF) as f64 / 4_294_967_296.0);
            let radius = libm::sqrt(-2.0 * libm::log(u));
            let (x, y) = (radius * libm::cos(angle), radius * libm::sin(angle));

            let double = gaussian_pair::<f64>(word);
            assert!((double.0 - x).abs() < 1e-14 && (double.1 - y).abs() < 1e-14, "{word:#x}: {double:?}, ({x}, {y})");

            // The rounding of u moves its logarithm by at most an ulp of one, and the radius by that over the radius.
            let single = gaussian_pair::<f32>(word);
            let tolerance = 1e-6 + 1.2e-7 / radius;
            let near = |a: f32, b: f64| (f64::from(a) - b).abs() < tolerance;
            assert!(near(single.0, x) && near(single.1, y), "{word:#x}: {single:?}, ({x}, {y})");
        }
    }

    #[test]
    fn the_other_draws_follow_their_formulas() {
        for bits in half_words() {
            let u = (f64::from(bits) + 0.5) / 4_294_967_296.0;
            let v = (f64::from(bits & 0x7FFF_FFFF) + 0.5) / 2_147_483_648.0;
            let sign = if bits < 1 << 31 { 1.0 } else { -1.0 };
            let cases = [
                (exponential::<f64>(bits), exponential::<f32>(bits), -libm::log(u)),
                (uniform::<f64>(bits), uniform::<f32>(bits), sign * v * libm::sqrt(3.0)),
                (laplace::<f64>(bits), laplace::<f32>(bits), -sign * libm::log(v) / libm::sqrt(2.0)),
                (gumbel::<f64>(bits), gumbel::<f32>(bits), standardised_gumbel(u)),
            ];
            for (double, single, expected) in cases {
                assert!((double - expected).abs() <= 1e-15 * (1.0 + expected.abs()), "{bits:#x}: {double}, {expected}");
                let near = 2.5e-7 * (1.0 + expected.abs());
                assert!((f64::from(single) - expected).abs() <= near, "{bits:#x}: {single}, {expected}");
            }
        }
        assert_eq!(exponential::<f32>(u32::MAX).to_bits(), 0, "+0");
        assert_eq!(each_half(0x0000_0001_FFFF_FFFE, |bits| bits), (1, 0xFFFF_FFFE));
    }

    /// `-ln(-ln u)`, less its mean, over its deviation; `u` and `1 - u` are exact.
    fn standardised_gumbel(u: f64) -> f64 {
        let log = if u < 0.5 { libm::log(u) } else { libm::log1p(u - 1.0) };
        (-libm::log(-log) - 0.577_215_664_901_532_9) * libm::sqrt(6.0) / core::f64::consts::PI
    }

    /// Where `u` is rounded to one, and where it stands next to it, `f32` keeps the digits of a Gumbel draw.
    #[test]
    fn the_upper_tail_of_gumbel_draws_is_as_fine_in_f32() {
        for bits in (0..300).chain((9..32).map(|shift| 1 << shift)).map(|down| u32::MAX - down) {
            let expected = standardised_gumbel((f64::from(bits) + 0.5) / 4_294_967_296.0);
            let (double, single) = (gumbel::<f64>(bits), f64::from(gumbel::<f32>(bits)));
            assert!((double - expected).abs() <= 1e-15 * (1.0 + expected.abs()), "{bits:#x}: {double}, {expected}");
            assert!((single - expected).abs() <= 2.5e-7 * (1.0 + expected.abs()), "{bits:#x}: {single}, {expected}");
        }
    }

    #[test]
    fn student_draws_follow_bailey() {
        for nu in [3.0, 4.0, 5.0, 8.0, 33.0, 64.0_f64] {
            for word in words() {
                let u = ((word >> 32) as f64 + 0.5) / 4_294_967_296.0;
                let angle = TAU * ((word & 0xFFFF_FFFF) as f64 / 4_294_967_296.0);
                // t = sqrt(nu (u^(-2/nu) - 1)) cos has variance nu / (nu - 2).
                let square = nu * libm::expm1(-2.0 / nu * libm::log(u));
                let radius = libm::sqrt(square * (nu - 2.0) / nu);
                let expected = radius * libm::cos(angle);
                let double = student_t(word, nu);
                let single = f64::from(student_t(word, nu as f32));
                let tolerance = |ulp: f64| ulp * (6.0 * radius + 1.0 / radius);
                assert!((double - expected).abs() <= tolerance(2.3e-16), "{nu} {word:#x}: {double}, {expected}");
                assert!((single - expected).abs() <= tolerance(1.2e-7), "{nu} {word:#x}: {single}, {expected}");
            }
        }
    }

    #[test]
    fn extremes_are_as_documented() {
        let close = |x: f64, y: f64| (x - y).abs() < 1e-3 * y;
        assert!(close(gaussian_pair::<f64>(0).0, 6.764) && close(gaussian_pair::<f32>(0).0.into(), 6.764));
        assert!(close(exponential::<f64>(0), 22.874) && close(exponential::<f32>(0).into(), 22.874));
        assert!(close(laplace::<f64>(0), 15.684) && close(laplace::<f32>(0).into(), 15.684));
        assert!(close(gumbel::<f64>(u32::MAX), 17.384) && close(gumbel::<f32>(u32::MAX).into(), 17.384));
        assert!(close(-gumbel::<f64>(0), 2.890) && close(-f64::from(gumbel::<f32>(0)), 2.890));
        assert!(close(student_t(0, 3.0_f64), 2048.0) && close(student_t(0, 3.0_f32).into(), 2048.0));
        assert_eq!(gaussian_pair::<f32>(u64::MAX << 32), (0.0, 0.0));
    }

    /// Where `u` nears one, its logarithm, the exponential and the square root all meet the edge of their domains.
    #[test]
    fn no_draw_is_ever_nan_or_infinite() {
        for i in 0..100_000_u64 {
            let word = ((u64::from(u32::MAX) - i) << 32) | ((i * 40_009) & 0xFFFF_FFFF);
            for nu in [3.0_f32, 4.0, 7.0, 31.0, 64.0] {
                assert!(student_t(word, nu).is_finite(), "{word:#x}");
                assert!(student_t(word, f64::from(nu)).is_finite(), "{word:#x}");
            }
            let (a, b) = gaussian_pair::<f32>(word);
            assert!(a.is_finite() && b.is_finite() && exponential::<f32>((word >> 32) as u32) >= 0.0, "{word:#x}");
            let near_one = (word >> 32) as u32;
            for bits in [near_one, !near_one] {
                assert!(gumbel::<f32>(bits).is_finite() && gumbel::<f64>(bits).is_finite(), "{bits:#x}");
            }
        }
    }
}
