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

/// What [`angle_and_sine`](angle_and_sine_f32) has found of an angle when the square roots are taken, which is what it waits
/// for longest: who needs many angles can take the roots of the next before the rest of one.
#[derive(Clone, Copy, Debug)]
pub struct Roots<L> {
    /// `1 - cos` of the angle.
    pub versine: L,
    /// Of the angle, or of its supplement if that is the smaller.
    acute: L,
    /// `sqrt(2 acute)`
    root: L,
    /// The sine of the angle.
    pub sine: L,
}

macro_rules! angle {
    ($type:ident, $roots:ident, $angle:ident, $angle_and_sine:ident, $kink_loss:ident) => {
        const RIGHT: $type = core::$type::consts::FRAC_PI_2;

        /// The roots that the angle in `[0, pi]` and its sine, `sqrt(v (2 - v))`, take, from the versine, `1 - cos`, in `[0, 2]`.
        #[inline(always)]
        pub fn $roots<L: Lane<$type>>(versine: L) -> Roots<L> {
            let supplement = versine.with(2.0) - versine;
            let acute = supplement.at_most(versine);
            Roots { versine, acute, root: (acute + acute).root(), sine: (versine * supplement).root() }
        }

        /// The angle that these roots were taken for.
        #[inline(always)]
        pub fn $angle<L: Lane<$type>>(Roots { versine, acute: v, root: s, .. }: Roots<L>) -> L {
            let bend = s * (v * polynomial(v, &ANGLE));
            // Late in training no angle is a wide one.
            if versine.all_at_most(versine.with(1.0)) {
                return s + bend;
            }
            // Pi in halves: `pi - s` would be rounded to a coarser unit than a result below two has.
            let right = versine.with(RIGHT);
            let supplement = (right - s) + (right + (versine.with(PI_LOW) - bend));
            versine.if_at_most(versine.with(1.0), s + bend, supplement)
        }

        /// The angle in `[0, pi]` whose versine is given, and its sine.
        #[inline(always)]
        pub fn $angle_and_sine<L: Lane<$type>>(versine: L) -> (L, L) {
            let roots = $roots(versine);
            ($angle(roots), roots.sine)
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
    use super::{Lane, Roots, polynomial};
    angle!(f32, roots_f32, angle_f32, angle_and_sine_f32, kink_loss_f32);
}

mod double {
    use super::coefficients::f64::*;
    use super::{Lane, Roots, polynomial};
    angle!(f64, roots_f64, angle_f64, angle_and_sine_f64, kink_loss_f64);
}

pub use double::{angle_and_sine_f64, angle_f64, kink_loss_f64, roots_f64};
pub use single::{angle_and_sine_f32, angle_f32, kink_loss_f32, roots_f32};
