//! Every bound that the documentation of the functions states, in units in the last place: a little above the largest
//! error over all arguments in `f32`. In `f64`, where only some can be looked at, the largest that was found is below
//! that of `f32` everywhere, the two being the same operations; the exponential's bound there is by analysis.

/// For `f32` and for `f64`.
pub type Bound = (f64, f64);

/// The exponential, both functions.
pub const EXP: Bound = (1.0, 1.06);
/// The logarithm, both functions.
pub const LN: Bound = (0.85, 0.85);
/// The sine of at most an eighth of a turn.
pub const SIN: Bound = (1.7, 1.7);
/// The cosine of at most an eighth of a turn.
pub const COS: Bound = (1.35, 1.35);
/// The angle of a versine.
pub const ANGLE: Bound = (1.5, 1.5);
/// The loss of an angle, from the versine alone.
pub const KINK_LOSS: Bound = (5.5, 5.5);
/// The square root that is not correctly rounded.
pub const NEAR_SQRT: Bound = (0.9, 0.9);
/// The sine of the angle of a versine.
pub const SINE: Bound = (1.5, 1.5);
