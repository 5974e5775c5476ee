//! What the exact gradient needs of an angle: the angle itself from its versine `v = 1 - cos(theta)`, and the part of the
//! loss that it costs a ReLU student. (The versine keeps all digits of a small angle; see [`crate::kernel::angle`].)
//!
//! Up to a right angle, with a polynomial `p`,
//!
//! ```text
//! theta = 2 asin(sqrt(v / 2)) = s + s v p(v),       s = sqrt(2 v)
//! ```
//!
//! and beyond it `theta(v) = pi - theta(2 - v)`, where `2 - v` is exact. There is no arc sine with its own reduction and
//! its own square root in between: `asin(sqrt(z)) / sqrt(z)` is smooth up to `z = 1`, and only `z <= 1/2` is needed. The
//! error is below 1.5 units in the last place, as is that of the sine.
//!
//! For the loss, `(sin(theta) - theta cos(theta)) / pi = theta^3 t(theta^2)`, with a polynomial `t` for all angles up to
//! `pi`: so it does not cancel where the angle is small, and what it is subtracted from is always the larger. The
//! error is below 5.5 units in the last place, most of it near straight angles, where the terms of `t` alternate.

use super::coefficients;
use super::polynomial;
use super::sqrt::{near_sqrt_f32, near_sqrt_f64};

macro_rules! angle {
    ($type:ident, $near_sqrt:ident, $angle:ident, $angle_and_sine:ident, $kink_loss:ident) => {
        const RIGHT: $type = core::$type::consts::FRAC_PI_2;

        /// The angle in `[0, pi]` whose versine, `1 - cos`, is given, in `[0, 2]`.
        #[inline(always)]
        pub fn $angle(versine: $type) -> $type {
            let acute = versine <= 1.0;
            let v = if acute { versine } else { 2.0 - versine };
            let s = $near_sqrt(v + v);
            let bend = s * (v * polynomial(v, &ANGLE));
            // Pi in halves: `pi - s` would be rounded to a coarser unit than a result below two has.
            let supplement = (RIGHT - s) + (RIGHT + (PI_LOW - bend));
            if acute { s + bend } else { supplement }
        }

        /// The same angle, and its sine, `sqrt(v (2 - v))`.
        #[inline(always)]
        pub fn $angle_and_sine(versine: $type) -> ($type, $type) {
            ($angle(versine), $near_sqrt(versine * (2.0 - versine)))
        }

        /// `1 - cos(theta) + (theta cos(theta) - sin(theta)) / pi` from the versine and the angle in `[0, pi]`. Not negative; like
        /// `theta^2 / 2` for small angles.
        #[inline(always)]
        pub fn $kink_loss(versine: $type, angle: $type) -> $type {
            let square = angle * angle;
            versine - (angle * square) * polynomial(square, &KINK)
        }
    };
}

mod single {
    use super::coefficients::f32::*;
    use super::near_sqrt_f32;
    use super::polynomial;
    angle!(f32, near_sqrt_f32, angle_f32, angle_and_sine_f32, kink_loss_f32);
}

mod double {
    use super::coefficients::f64::*;
    use super::near_sqrt_f64;
    use super::polynomial;
    angle!(f64, near_sqrt_f64, angle_f64, angle_and_sine_f64, kink_loss_f64);
}

pub use double::{angle_and_sine_f64, angle_f64, kink_loss_f64};
pub use single::{angle_and_sine_f32, angle_f32, kink_loss_f32};
