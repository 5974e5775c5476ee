//! One step of plain descent along the exact gradient, in one pass over the rows of the attention.

use super::Exact;
use super::block::BlockGradient;
use super::formulas::DescendFilter;
use super::terms::FilterGradient;
use crate::error::Error;
use crate::kernel::elementwise::elementwise;
use crate::matrix::{BlocksMut, Rows, RowsMut};
use crate::pass::pass;
use crate::scalar::Scalar;
use crate::step::Descent;
use crate::student::StudentViewMut;
use crate::vector::lane::LANES;
use crate::vector::{Vector, Work};

impl<T: Scalar> Exact<'_, T> {
    /// One step, in one pass: each row's softmax, statistics, gradient and update while it is at hand. `weights` is room
    /// for sixteen rows, or as many as there are.
    pub(crate) fn step(
        &mut self,
        student: &mut StudentViewMut<'_, T>,
        descent: &Descent<T>,
        weights: &mut [T],
    ) -> Result<(), Error> {
        step(self.level, Step { exact: self, student, descent, weights })
    }
}

pass! {
    fn step(Step<'e, 'a: 'e, 's: 'e>) -> Result<(), Error>;
}

/// One step of descent.
#[derive(Debug)]
struct Step<'e, 'a, 's, T> {
    exact: &'e mut Exact<'a, T>,
    student: &'e mut StudentViewMut<'s, T>,
    descent: &'e Descent<T>,
    weights: &'e mut [T],
}

impl<T: Scalar> Work for Step<'_, '_, '_, T> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) -> Result<(), Error> {
        let Self { exact, student, descent, weights } = self;
        let shape = exact.teacher.shape();
        let (features, tokens) = (shape.features(), shape.tokens());
        let (value_rate, logits_rate) = (descent.value_rate, descent.logits_rate(shape));
        let sums = exact.filters(vector, student.view().value());
        let (value, value_carry, logits, logits_carry) = student.parameters_mut();
        exact.check_bounds(&sums, value_carry, descent)?;
        let (mut pass, teacher) = exact.pass::<false>(sums);
        let student_rows = BlocksMut::new(logits, LANES * tokens).zip(BlocksMut::new(logits_carry, LANES * tokens));
        let mut gradient = BlockGradient::ZERO;
        for (block, (logits, carry)) in teacher.zip(student_rows) {
            pass.block(vector, &mut gradient, block, (logits, weights));
            gradient.descend(vector, (block, weights), (logits_rate, descent.compensated), (logits, carry));
        }
        let (constants, row_sums) = (pass.constants, pass.sums);
        let filters = RowsMut::new(value, features).zip(RowsMut::new(value_carry, features));
        let filters = filters.zip(Rows::new(exact.teacher.value(), features)).zip(&*exact.terms.filters);
        for (((w, carry), v), terms) in filters {
            let filter = &FilterGradient::of(&constants, terms, &row_sums);
            let formula = DescendFilter { filter, rate: value_rate, compensated: descent.compensated };
            elementwise(vector, &formula, [v], [w, carry]);
        }
        student.count_step();
        Ok(())
    }
}
