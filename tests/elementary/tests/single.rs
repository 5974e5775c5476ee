//! The `f32` functions against `f64` ones: every 251st argument, or with `--ignored` every one (a few minutes).

use tutee::elementary::{angle, exp, ln, sin_cos};
use tutee_elementary::bounds;
use tutee_elementary::ulp::{Largest, single};

/// Prime, so that all low bits occur.
const STRIDE: usize = 251;

/// All numbers from `low` to `high`, of one sign, in steps of `stride` numbers.
fn numbers(low: f32, high: f32, stride: usize) -> impl Iterator<Item = f32> {
    let (low, high) = (low.to_bits(), high.to_bits());
    assert!(low >> 31 == high >> 31);
    (low.min(high)..=low.max(high)).step_by(stride).map(f32::from_bits)
}

fn exp_within(stride: usize) {
    let mut largest = Largest::default();
    let (lowest, highest) = (-87.336_54, 88.722_83);
    for x in numbers(0.0, highest, stride).chain(numbers(-0.0, lowest, stride)) {
        let found = exp::exp_f32(x);
        largest.take(x.into(), single(found, libm::exp(x.into())));
        if x <= 0.0 {
            assert_eq!(found.to_bits(), exp::exp_not_positive_f32(x).to_bits(), "{x:e}");
        }
    }
    largest.assert_within("exp f32", bounds::EXP.0);

    for x in numbers(highest.next_up(), f32::INFINITY, stride) {
        assert_eq!(exp::exp_f32(x), f32::INFINITY, "{x:e}");
    }
    for x in numbers(lowest.next_down(), f32::NEG_INFINITY, stride) {
        assert_eq!((exp::exp_f32(x).to_bits(), exp::exp_not_positive_f32(x).to_bits()), (0, 0), "{x:e}");
    }
    for bits in (0x7F80_0001..=0x7FFF_FFFF).step_by(stride) {
        for x in [f32::from_bits(bits), -f32::from_bits(bits)] {
            assert!(exp::exp_f32(x).is_nan() && exp::exp_not_positive_f32(x).is_nan(), "{bits:#x}");
        }
    }
}

fn ln_within(stride: usize) {
    let mut largest = Largest::default();
    for x in numbers(f32::from_bits(1), f32::MAX, stride) {
        let found = ln::ln_f32(x);
        if x == 1.0 {
            assert_eq!(found.to_bits(), 0);
            continue;
        }
        largest.take(x.into(), single(found, libm::log(x.into())));
        if x.is_normal() {
            assert_eq!(found.to_bits(), ln::ln_normal_f32(x).to_bits(), "{x:e}");
        }
    }
    largest.assert_within("ln f32", bounds::LN.0);

    for x in numbers((-0.0f32).next_down(), f32::NEG_INFINITY, stride) {
        assert!(ln::ln_f32(x).is_nan(), "{x:e}");
    }
    for bits in (0x7F80_0001..=0x7FFF_FFFF).step_by(stride) {
        assert!(ln::ln_f32(f32::from_bits(bits)).is_nan() && ln::ln_f32(-f32::from_bits(bits)).is_nan(), "{bits:#x}");
    }
}

fn sin_cos_within(stride: usize) {
    let (mut sines, mut cosines) = (Largest::default(), Largest::default());
    for w in numbers(f32::MIN_POSITIVE, 0.125, stride) {
        let (sin, cos) = sin_cos::sin_cos_f32(0, w);
        let (sin_exact, cos_exact) = libm::sincos(std::f64::consts::TAU * f64::from(w));
        sines.take(w.into(), single(sin, sin_exact));
        cosines.take(w.into(), single(cos, cos_exact));
        assert_eq!(sin_cos::sin_cos_f32(0, -w), (-sin, cos), "{w:e}");
    }
    sines.assert_within("sin f32", bounds::SIN.0);
    cosines.assert_within("cos f32", bounds::COS.0);
}

/// The loss of an angle; where its two parts cancel, by three terms of its series.
fn kink_loss_exact(versine: f64, angle: f64) -> f64 {
    let square = angle * angle;
    let twist = if angle < 0.01 {
        angle * square * (1.0 / 3.0 - square * (1.0 / 30.0 - square / 840.0))
    } else {
        libm::sin(angle) - angle * (1.0 - versine)
    };
    versine - twist / std::f64::consts::PI
}

fn angle_within(stride: usize) {
    let [mut angles, mut sines, mut losses] = [Largest::default(); 3];
    for v in numbers(f32::MIN_POSITIVE, 2.0, stride) {
        let wide = f64::from(v);
        let half = libm::asin(libm::sqrt(if v <= 1.0 { wide } else { 2.0 - wide } / 2.0));
        let exact = if v <= 1.0 { 2.0 * half } else { std::f64::consts::PI - 2.0 * half };
        let (found, sine) = angle::angle_and_sine_f32(v);
        if v < 2.0 {
            sines.take(wide, single(sine, libm::sqrt(wide * (2.0 - wide))));
        }
        angles.take(wide, single(found, exact));
        let loss = angle::kink_loss_f32(v, found);
        losses.take(wide, single(loss, kink_loss_exact(wide, exact)));
    }
    assert_eq!(angle::angle_and_sine_f32(0.0), (0.0, 0.0));
    assert_eq!(angle::angle_and_sine_f32(2.0).1, 0.0);
    sines.assert_within("sine f32", bounds::SINE.0);
    angles.assert_within("angle f32", bounds::ANGLE.0);
    losses.assert_within("kink loss f32", bounds::KINK_LOSS.0);
}

#[test]
fn some_arguments_of_exp() {
    exp_within(STRIDE);
}

#[test]
fn some_arguments_of_ln() {
    ln_within(STRIDE);
}

#[test]
fn some_arguments_of_sin_cos() {
    sin_cos_within(STRIDE);
}

#[test]
fn some_arguments_of_angle() {
    angle_within(STRIDE);
}

#[test]
#[ignore = "a minute"]
fn all_arguments_of_exp() {
    exp_within(1);
}

#[test]
#[ignore = "a minute"]
fn all_arguments_of_ln() {
    ln_within(1);
}

#[test]
#[ignore = "a minute"]
fn all_arguments_of_sin_cos() {
    sin_cos_within(1);
}

#[test]
#[ignore = "a minute"]
fn all_arguments_of_angle() {
    angle_within(1);
}
