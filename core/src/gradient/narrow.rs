//! One pair after the other, one filter at a time: the least memory, and the least code.

use super::sample_scratch::SampleScratchViewMut;
use crate::activation::Activation;
use crate::kernel::sequence::{add_multiples, add_outer};
use crate::matrix::{Rows, RowsMut};
use crate::predict::project;
use crate::scalar::Scalar;
use crate::student::StudentView;

/// Adds one pair, of slices of the right length, to the sums of the batch.
#[inline(always)] // Its one caller is the function that exists once.
pub(super) fn accumulate<T: Scalar>(
    student: StudentView<'_, T>,
    activation: Activation<T>,
    scratch: &mut SampleScratchViewMut<'_, T>,
    (x, y): (&[T], &[T]),
) {
    let (shape, value) = (student.shape(), student.value());
    let features = shape.features();
    let SampleScratchViewMut { attention, d_attention, d_value, hidden, d_hidden, d_output, tally, .. } = scratch;
    let filters = Rows::new(value, features).zip(RowsMut::new(d_value, features));
    for (m, (w, d_w)) in filters.enumerate() {
        project(w, x, hidden);
        project(hidden, attention, d_output);
        let mut loss = T::ZERO;
        for (d_u, y) in d_output.iter_mut().zip(Rows::new(y, shape.filters())) {
            let Some(&y) = y.get(m) else { return };
            let u = *d_u;
            let error = activation.apply(u) - y;
            loss += T::HALF * error * error;
            *d_u = error * activation.derivative(u);
        }
        tally.loss += loss;
        d_hidden.fill(T::ZERO);
        add_multiples(d_output, attention, d_hidden);
        add_outer(d_output, hidden, d_attention);
        add_multiples(d_hidden, x, d_w);
    }
    tally.count = tally.count.saturating_add(1);
}
