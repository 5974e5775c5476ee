//! Numbers of about 106 significant bits: unevaluated sums of two `f64` (Dekker 1971), the first the sum rounded.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// `high + low`, where `high` is the sum rounded to nearest.
#[derive(Clone, Copy, Debug)]
pub struct Dd {
    /// The number rounded to `f64`.
    pub high: f64,
    /// What the rounding left.
    pub low: f64,
}

/// `a + b` exactly.
fn two_sum(a: f64, b: f64) -> Dd {
    let high = a + b;
    let from_b = high - a;
    Dd { high, low: (a - (high - from_b)) + (b - from_b) }
}

/// `a + b` exactly, where `a` is not the smaller in magnitude.
fn quick_two_sum(a: f64, b: f64) -> Dd {
    let high = a + b;
    Dd { high, low: b - (high - a) }
}

/// `a b` exactly, of numbers below 2^996 whose product's last bits do not underflow.
fn two_product(a: f64, b: f64) -> Dd {
    let split = |x: f64| {
        let scaled = 134_217_729.0 * x;
        let high = scaled - (scaled - x);
        (high, x - high)
    };
    let ((a_high, a_low), (b_high, b_low)) = (split(a), split(b));
    let high = a * b;
    Dd { high, low: ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low }
}

impl Dd {
    /// Zero.
    pub const ZERO: Dd = Dd { high: 0.0, low: 0.0 };
    /// One.
    pub const ONE: Dd = Dd { high: 1.0, low: 0.0 };
    /// The circle number.
    pub const PI: Dd = Dd { high: std::f64::consts::PI, low: 1.2246467991473532e-16 };
    /// The natural logarithm of two.
    pub const LN_2: Dd = Dd { high: std::f64::consts::LN_2, low: 2.3190468138462996e-17 };

    /// The square root.
    pub fn sqrt(self) -> Dd {
        let root = self.high.sqrt();
        if root == 0.0 {
            return Dd::ZERO;
        }
        let left = self - two_product(root, root);
        quick_two_sum(root, left.high / (2.0 * root))
    }

    /// Times a power of two.
    pub fn scale(self, power: f64) -> Dd {
        Dd { high: self.high * power, low: self.low * power }
    }
}

impl From<f64> for Dd {
    fn from(x: f64) -> Dd {
        Dd { high: x, low: 0.0 }
    }
}

impl Neg for Dd {
    type Output = Dd;
    fn neg(self) -> Dd {
        Dd { high: -self.high, low: -self.low }
    }
}

impl Add for Dd {
    type Output = Dd;
    fn add(self, other: Dd) -> Dd {
        let (high, low) = (two_sum(self.high, other.high), two_sum(self.low, other.low));
        let sum = quick_two_sum(high.high, high.low + low.high);
        quick_two_sum(sum.high, sum.low + low.low)
    }
}

impl Sub for Dd {
    type Output = Dd;
    fn sub(self, other: Dd) -> Dd {
        self + -other
    }
}

impl Mul for Dd {
    type Output = Dd;
    fn mul(self, other: Dd) -> Dd {
        let product = two_product(self.high, other.high);
        quick_two_sum(product.high, product.low + (self.high * other.low + self.low * other.high))
    }
}

impl Div for Dd {
    type Output = Dd;
    fn div(self, other: Dd) -> Dd {
        let first = self.high / other.high;
        let left = self - other * first.into();
        let second = left.high / other.high;
        let left = left - other * second.into();
        let third = left.high / other.high;
        quick_two_sum(first, second) + third.into()
    }
}
