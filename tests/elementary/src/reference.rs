//! The functions to about 100 bits, by Taylor's series in double-double arithmetic.
//!
//! `tests/reference.rs` compares them with values that another program computed.

use crate::double_double::Dd;

/// The sine (`first` is 1) or cosine (0): `x^n / n!` over `n = first, first + 2, ...`, the terms alternating in sign.
fn alternating(x: Dd, first: u32) -> Dd {
    let square = x * x;
    let mut term = if first == 0 { Dd::ONE } else { x };
    let mut sum = term;
    let mut n = first;
    // (pi / 4)^30 / 30! is below 2^-118.
    while n < 30 {
        term = -(term * square) / f64::from((n + 1) * (n + 2)).into();
        sum = sum + term;
        n += 2;
    }
    sum
}

/// `e^x` for `x` whose exponential is a normal number, in units of `2^k`: the value is `.0 * 2^.1`.
pub fn exp(x: f64) -> (Dd, i32) {
    let k = (x / std::f64::consts::LN_2).round();
    // Squared eight times at the end, so that the series is short; its error grows by 2^8.
    let r = (Dd::from(x) - Dd::LN_2 * k.into()).scale(1.0 / 256.0);
    let mut sum = Dd::ONE;
    for n in (1..=13).rev() {
        sum = Dd::ONE + sum * r / f64::from(n).into();
    }
    for _ in 0..8 {
        sum = sum * sum;
    }
    (sum, k as i32)
}

/// `ln x` for a positive number, subnormal ones included.
pub fn ln(x: f64) -> Dd {
    let (x, below) = if x < f64::MIN_POSITIVE { (x * libm::ldexp(1.0, 54), 54) } else { (x, 0) };
    let mut k = (x.to_bits() >> 52) as i32 - 1023;
    let mut m = f64::from_bits(x.to_bits() & ((1 << 52) - 1) | 1023 << 52);
    if m > std::f64::consts::SQRT_2 {
        (k, m) = (k + 1, m / 2.0);
    }
    let s = (Dd::from(m) - Dd::ONE) / (Dd::from(m) + Dd::ONE);
    let z = s * s;
    let mut sum = Dd::ZERO;
    for n in (0..24).rev() {
        sum = sum * z + Dd::ONE / f64::from(2 * n + 1).into();
    }
    s.scale(2.0) * sum + Dd::LN_2 * f64::from(k - below).into()
}

/// Sine and cosine of `w` turns, `w` at most a quarter turn either way.
pub fn sin_cos_turns(w: f64) -> (Dd, Dd) {
    let angle = Dd::PI.scale(2.0) * w.into();
    (alternating(angle, 1), alternating(angle, 0))
}

/// The angle in `[0, pi]` with versine `v`.
pub fn angle(v: f64) -> Dd {
    if v > 1.0 {
        return Dd::PI - angle(2.0 - v);
    }
    let sine = Dd::from(v / 2.0).sqrt();
    // One step of Newton's from 53 bits.
    let half = libm::asin(sine.high);
    let (sin, cos) = (alternating(half.into(), 1), alternating(half.into(), 0));
    (Dd::from(half) + (sine - sin) / cos).scale(2.0)
}

/// `1 - cos(theta) + (theta cos(theta) - sin(theta)) / pi` of the angle with versine `v`.
pub fn kink_loss(v: f64) -> Dd {
    let (angle, v) = (angle(v), Dd::from(v));
    let square = angle * angle;
    let twist = if angle.high < 0.5 {
        // sin(theta) - theta cos(theta) = theta^3 sum_n (-1)^n (2n + 2) theta^(2n) / (2n + 3)!, each term found from the
        // one before; the difference itself would cancel.
        let mut term = Dd::ONE / 3.0.into();
        let mut sum = term;
        for n in 1..14 {
            let n = f64::from(n);
            let ratio = Dd::from(n + 1.0) / (n * (2.0 * n + 2.0) * (2.0 * n + 3.0)).into();
            term = -(term * square * ratio);
            sum = sum + term;
        }
        angle * square * sum
    } else {
        (v * (Dd::from(2.0) - v)).sqrt() - angle * (Dd::ONE - v)
    };
    v - twist / Dd::PI
}
