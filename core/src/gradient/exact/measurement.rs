//! What the closed form says of a student without a step: its excess loss, and how long its gradient is.

use super::Exact;
use super::block::BlockGradient;
use super::formulas::FilterSquared;
use super::terms::FilterGradient;
use crate::kernel::elementwise::elementwise;
use crate::matrix::{Blocks, Rows};
use crate::pass::pass;
use crate::scalar::Scalar;
use crate::student::StudentView;
use crate::training::Measure;
use crate::vector::lane::LANES;
use crate::vector::{Vector, Work};

impl<T: Scalar> Exact<'_, T> {
    /// Excess loss, and the norm of the gradient with respect to W and W_KQ: `|dL/dW_KQ|^2 = |dL/dA|^2 / D` for an
    /// orthonormal position encoding.
    pub(crate) fn measure(&mut self, student: StudentView<'_, T>, weights: &mut [T]) -> Measure<T> {
        let mut found = Measure { excess_loss: T::ZERO, gradient_norm: T::ZERO };
        measurement(self.level, Measurement { exact: self, student, weights, found: &mut found });
        found
    }
}

pass! {
    fn measurement(Measurement<'e, 'a: 'e, 's: 'e>);
}

/// Excess loss and norm of the gradient.
#[derive(Debug)]
struct Measurement<'e, 'a, 's, T> {
    exact: &'e mut Exact<'a, T>,
    student: StudentView<'s, T>,
    weights: &'e mut [T],
    found: &'e mut Measure<T>,
}

impl<T: Scalar> Work for Measurement<'_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) {
        let Self { exact, student, weights, found } = self;
        let (features, tokens) = (exact.teacher.shape().features(), exact.teacher.shape().tokens());
        let sums = exact.filters(vector, student.value());
        let (mut pass, teacher) = exact.pass::<true>(sums);
        let mut squared = T::ZERO;
        let mut gradient = BlockGradient::ZERO;
        for (block, logits) in teacher.zip(Blocks::new(student.logits(), LANES * tokens)) {
            pass.block(vector, &mut gradient, block, (logits, weights));
            // As many rows as the teacher's: what follows in the working memory belongs to an earlier block.
            for &row in gradient.squared(vector, block, weights).iter().take(block.norms.len()) {
                squared += row;
            }
        }
        squared /= T::from_usize(tokens);
        let (constants, rows) = (pass.constants, pass.sums);
        let filters = Rows::new(student.value(), features).zip(Rows::new(exact.teacher.value(), features));
        for ((w, v), terms) in filters.zip(&*exact.terms.filters) {
            let gradient = FilterGradient::of(&constants, terms, &rows);
            let [filter] = elementwise(vector, &FilterSquared(&gradient), [v, w], []);
            squared += filter;
        }
        // sum_mj |Delta|^2; <v - w, w> <s*, s* - s> summed is -difference_inner * (difference_squared - difference_inner).
        let delta = sums.difference_squared * rows.teacher_squared
            - T::TWO * sums.difference_inner * (rows.difference_squared - rows.difference_inner)
            + sums.squared * rows.difference_squared;
        let excess = T::HALF * (constants.slope * delta + constants.kink * rows.kink_loss);
        // Rounding may leave a negative zero of the order of epsilon squared; infinite numbers may cancel to NaN.
        let infinite = T::from_f64(f64::INFINITY);
        let known = |x: T| if x < infinite { x } else { infinite };
        *found = Measure { excess_loss: known(excess.larger(T::ZERO)), gradient_norm: known(squared.sqrt()) };
    }
}
