//! The best value matrix for an attention as it stands, in closed form.
//!
//! For Gaussian tokens `F_mj` depends on `w_m` through its length and through `x`, the cosine of its angle to `v_m`, and the rest
//! of the loss through its length alone. `F_mj` is convex in `x`, because the arc-cosine kernel is convex: so the best
//! `w_m` lies at `x = 1` or `x = -1`, whatever the teacher, and there the loss is a parabola in its length. The same `c` is the
//! best for every filter:
//!
//! ```text
//! W = c V*       c = max over both signs of  sum_j F_j / ( q sum_j |s_j|^2 )
//! F_j = k <s*, s> + r |s*| |s| ( sin(theta) + (pi - theta) cos(theta) ) / (2 pi)        sign +
//! F_j = -k <s*, s> + r |s*| |s| ( sin(theta) - theta cos(theta) ) / (2 pi)              sign -
//! ```
//!
//! with theta the angle between `s*_j` and `s_j`; zero where neither sum is positive. Nothing of the present W enters.

use super::formulas::RowGeometry;
use super::terms::Constants;
use crate::kernel::compare::compare;
use crate::kernel::formula::Elementwise;
use crate::kernel::update::advance;
use crate::scalar::Scalar;

/// What the rows of the attention say of c, row after row. Sums are compensated: W is right to its last digits with any number
/// of outputs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Projection<T> {
    constants: Constants<T>,
    /// `sum_j F_j` for either sign, and `sum_j |s_j|^2`, each with its carry.
    sums: [[T; 2]; 3],
}

impl<T: Scalar> Projection<T> {
    /// Before the first row.
    pub(super) const fn new(constants: Constants<T>) -> Self {
        Self { constants, sums: [[T::ZERO; 2]; 3] }
    }

    /// Adds a row `s` of the attention beside the teacher's, of this norm.
    pub(super) fn add(&mut self, s: &[T], target: &[T], teacher_norm: T) {
        let c = compare(s, target);
        let Constants { slope, kink, turn, .. } = self.constants;
        let (mut along, mut against) = (slope * c.inner, -(slope * c.inner));
        if kink > T::ZERO {
            let statistics = [c.squared, c.difference_inner, c.difference_squared];
            let ([norm, versine, _], []) = RowGeometry.apply([c.inner, teacher_norm], statistics);
            let (theta, sine) = T::angle_and_sine(versine);
            let (cosine, weight) = (T::ONE - versine, turn * (teacher_norm * norm));
            along += weight * (sine + (T::PI - theta) * cosine);
            against += weight * (sine - theta * cosine);
        }
        for ([sum, carry], term) in self.sums.iter_mut().zip([along, against, c.squared]) {
            advance(sum, carry, term, true);
        }
    }

    /// `c`.
    pub(super) fn scale(&self) -> T {
        let [along, against, squared] = self.sums.map(|[sum, carry]| sum + carry);
        let (best, sign) = if along >= against { (along, T::ONE) } else { (against, -T::ONE) };
        // A softmax is never zero, nor is the sum of its squares.
        sign * (best.larger(T::ZERO) / (self.constants.second_moment * squared))
    }
}
