//! The `f64` functions against double-double arithmetic.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, SQRT_2};
use tutee::elementary::{angle, exp, ln, sin_cos};
use tutee_elementary::double_double::Dd;
use tutee_elementary::points::{near_powers, neighbours, of_exponents, uniform};
use tutee_elementary::ulp::{Largest, double};
use tutee_elementary::{bounds, reference};

const MANY: usize = 1_000_000;
/// Factors of a power of two that land on, or beside, the borders of binades and of reductions.
const FACTORS: [f64; 5] = [1.0, 1.5, SQRT_2, LN_2, 1.999_999_999];

fn exp_error(x: f64, found: f64) -> f64 {
    let (exact, k) = reference::exp(x);
    // In two steps, for neither power nor value to leave the range.
    let (first, second) = (k / 2, k - k / 2);
    double(found * libm::ldexp(1.0, -first) * libm::ldexp(1.0, -second), exact)
}

#[test]
fn exp_of_any_number() {
    let mut largest = Largest::default();
    let half_multiples = (-2044..=2047).flat_map(|i| neighbours(f64::from(i) * (LN_2 / 2.0)));
    let small = near_powers(-80, 9, &FACTORS).flat_map(|x| [x, -x]);
    let arguments = uniform(-708.396, 709.782).take(MANY).chain(uniform(-1.0, 1.0).take(MANY)).chain(half_multiples);
    for x in arguments.chain(small).filter(|x| (-708.396..709.782).contains(x)) {
        let found = exp::exp_f64(x);
        largest.take(x, exp_error(x, found));
        if x <= 0.0 {
            assert_eq!(found.to_bits(), exp::exp_not_positive_f64(x).to_bits(), "{x:e}");
        }
    }
    largest.assert_within("exp f64", bounds::EXP.1);
}

#[test]
fn ln_of_positive_numbers() {
    let mut largest = Largest::default();
    let borders = near_powers(-1022, 1023, &[1.0, SQRT_2, FRAC_1_SQRT_2 * 2.0, 1.9]);
    let near_one = near_powers(-53, -2, &FACTORS).flat_map(|x| [1.0 - x, 1.0 + x]);
    let units = (0..MANY as u64).map(|i| ((i * 4_294_967_291) as u32 as f64 + 0.5) / 4_294_967_296.0);
    let arguments = of_exponents(-1022, 1023).take(MANY).chain(uniform(0.5, 2.0).take(MANY)).chain(units);
    for x in arguments.chain(borders).chain(near_one).filter(|x| x.is_normal() && *x != 1.0) {
        let found = ln::ln_f64(x);
        largest.take(x, double(found, reference::ln(x)));
        assert_eq!(found.to_bits(), ln::ln_normal_f64(x).to_bits(), "{x:e}");
    }
    for x in (0..MANY as u64).map(|i| f64::from_bits(1 + i * 4_503_599_627)).chain((1..100).map(f64::from_bits)) {
        assert!(!x.is_normal());
        largest.take(x, double(ln::ln_f64(x), reference::ln(x)));
    }
    largest.assert_within("ln f64", bounds::LN.1);
}

#[test]
fn sin_cos_of_an_eighth_of_a_turn() {
    let (mut sin_largest, mut cos_largest) = (Largest::default(), Largest::default());
    let small = near_powers(-400, -4, &FACTORS).flat_map(|w| [w, -w]).chain(neighbours(0.125));
    for w in uniform(-0.125, 0.125).take(MANY).chain(small).filter(|w| w.abs() <= 0.125 && *w != 0.0) {
        let (sin, cos) = sin_cos::sin_cos_f64(0, w);
        let (sin_exact, cos_exact) = reference::sin_cos_turns(w);
        sin_largest.take(w, double(sin, sin_exact));
        cos_largest.take(w, double(cos, cos_exact));
    }
    sin_largest.assert_within("sin f64", bounds::SIN.1);
    cos_largest.assert_within("cos f64", bounds::COS.1);
}

#[test]
fn angle_and_its_loss() {
    let [mut angles, mut sines, mut losses] = [Largest::default(); 3];
    let near_two = near_powers(-52, 0, &FACTORS).map(|v| 2.0 - v);
    let borders =
        near_powers(-300, 0, &FACTORS).chain([0.031_087_578_289_355_27, 1.0].into_iter().flat_map(neighbours));
    let arguments =
        uniform(0.0, 2.0).take(MANY).chain(of_exponents(-100, 0).take(MANY / 4)).chain(borders).chain(near_two);
    for v in arguments.filter(|&v| v > 0.0 && v <= 2.0) {
        let (found, sine) = angle::angle_and_sine_f64(v);
        if v < 2.0 {
            sines.take(v, double(sine, (Dd::from(v) * (Dd::from(2.0) - Dd::from(v))).sqrt()));
        }
        angles.take(v, double(found, reference::angle(v)));
        let loss = angle::kink_loss_f64(v, found);
        losses.take(v, double(loss, reference::kink_loss(v)));
    }
    assert_eq!(angle::angle_and_sine_f64(0.0), (0.0, 0.0));
    assert_eq!(angle::angle_and_sine_f64(2.0).1, 0.0);
    sines.assert_within("sine f64", bounds::SINE.1);
    angles.assert_within("angle f64", bounds::ANGLE.1);
    losses.assert_within("kink loss f64", bounds::KINK_LOSS.1);
}
