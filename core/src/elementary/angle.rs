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
use crate::vector::lane::Lane;

macro_rules! angle {
    ($type:ident, $angle:ident, $angle_and_sine:ident, $kink_loss:ident) => {
        const RIGHT: $type = core::$type::consts::FRAC_PI_2;

        /// The angle in `[0, pi]` whose versine, `1 - cos`, is given, in `[0, 2]`.
        #[inline(always)]
        pub fn $angle<L: Lane<$type>>(versine: L) -> L {
            let one = versine.with(1.0);
            let v = versine.if_at_most(one, versine, versine.with(2.0) - versine);
            let s = (v + v).root();
            let bend = s * (v * polynomial(v, &ANGLE));
            // Pi in halves: `pi - s` would be rounded to a coarser unit than a result below two has.
            let right = versine.with(RIGHT);
            let supplement = (right - s) + (right + (versine.with(PI_LOW) - bend));
            versine.if_at_most(one, s + bend, supplement)
        }

        /// The same angle, and its sine, `sqrt(v (2 - v))`.
        #[inline(always)]
        pub fn $angle_and_sine<L: Lane<$type>>(versine: L) -> (L, L) {
            ($angle(versine), (versine * (versine.with(2.0) - versine)).root())
        }

        /// `1 - cos(theta) + (theta cos(theta) - sin(theta)) / pi` from the versine and the angle in `[0, pi]`. Not negative; like
        /// `theta^2 / 2` for small angles.
        #[inline(always)]
        pub fn $kink_loss<L: Lane<$type>>(versine: L, angle: L) -> L {
            let square = angle * angle;
            versine - (angle * square) * polynomial(square, &KINK)
        }
    };
}

mod single {
    use super::coefficients::f32::*;
    use super::{Lane, polynomial};
    angle!(f32, angle_f32, angle_and_sine_f32, kink_loss_f32);
}

mod double {
    use super::coefficients::f64::*;
    use super::{Lane, polynomial};
    angle!(f64, angle_f64, angle_and_sine_f64, kink_loss_f64);
}

pub use double::{angle_and_sine_f64, angle_f64, kink_loss_f64};
pub use single::{angle_and_sine_f32, angle_f32, kink_loss_f32};
