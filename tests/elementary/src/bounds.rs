//! Every bound that the documentation of the functions states, in units in the last place. The largest error that was
//! found is a little smaller: over all arguments for `f32`, over the points of the tests for `f64`.

/// For `f32` and for `f64`.
pub type Bound = (f64, f64);

/// The exponential, both functions.
pub const EXP: Bound = (1.0, 1.0);
/// The logarithm, both functions.
pub const LN: Bound = (1.0, 1.0);
/// The sine of at most an eighth of a turn.
pub const SIN: Bound = (1.7, 1.7);
/// The cosine of at most an eighth of a turn.
pub const COS: Bound = (1.3, 1.3);
/// The angle of a versine.
pub const ANGLE: Bound = (1.6, 1.6);
/// The loss of an angle, from the versine alone.
pub const KINK_LOSS: Bound = (5.2, 5.2);
