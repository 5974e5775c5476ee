//! One pair after the other, one filter at a time: the least memory, and the least code.
//!
//! With tokens as columns of Z, and loss and slope as [`loss`](crate::loss) has them,
//!
//! ```text
//! H = W Z       U = H S           G = dL/dU       H' = G S^T
//! dW += H' Z^T      dS += H^T G       dZ += W^T H', where tokens are learned
//! ```
//!
//! Nothing here asks where S comes from. Where it is the whole batch's, dS is the sum over its samples; where each sample has
//! its own, its memory is emptied before every one.

use crate::activation::Activation;
use crate::kernel::sequence::{add_multiples, add_outer};
use crate::loss::Loss;
use crate::matrix::{Rows, RowsMut};
use crate::predict::project;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// A layer as the sums of one sample see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layer<'l, T> {
    pub(crate) shape: Shape,
    pub(crate) activation: Activation<T>,
    pub(crate) loss: Loss,
    /// W_V, `filters x features`.
    pub(crate) value: &'l [T],
    /// S, `outputs x tokens`.
    pub(crate) attention: &'l [T],
}

/// Sums over samples, to be gone on with.
#[derive(Debug)]
pub(crate) struct Sums<'s, T> {
    /// dL/dW_V, `filters x features`.
    pub(crate) d_value: &'s mut [T],
    /// dL/dS, `outputs x tokens`.
    pub(crate) d_attention: &'s mut [T],
    /// dL/dZ, `tokens x features`, for whoever asks.
    pub(crate) d_tokens: Option<&'s mut [T]>,
    pub(crate) loss: &'s mut T,
}

/// Rows of one filter: H and dL/dH, an element a token, and dL/dU, one an output.
#[derive(Debug)]
pub(crate) struct FilterRows<'r, T> {
    pub(crate) hidden: &'r mut [T],
    pub(crate) d_hidden: &'r mut [T],
    pub(crate) d_output: &'r mut [T],
}

/// Adds one sample, of slices of the right length, to the sums: tokens Z, `tokens x features`, and what the loss takes for
/// targets, `outputs x filters` or one label. Costs `2 M D (d + J)` additions and multiplications forward, twice that
/// back, and `2 M D d` more for dL/dZ.
#[inline(always)] // So that a caller has no code for what it does not ask for.
pub(crate) fn accumulate<T: Scalar>(
    Layer { shape, activation, loss, value, attention }: Layer<'_, T>,
    FilterRows { hidden, d_hidden, d_output }: FilterRows<'_, T>,
    Sums { d_value, d_attention, mut d_tokens, loss: sum }: Sums<'_, T>,
    (tokens, targets): (&[T], &[T]),
) {
    let features = shape.features();
    let filters = Rows::new(value, features).zip(RowsMut::new(d_value, features));
    for (m, (w, d_w)) in filters.enumerate() {
        project(w, tokens, hidden);
        project(hidden, attention, d_output);
        *sum += loss.respond(activation, d_output, targets, (m, shape.filters()));
        d_hidden.fill(T::ZERO);
        add_multiples(d_output, attention, d_hidden);
        add_outer(d_output, hidden, d_attention);
        add_multiples(d_hidden, tokens, d_w);
        if let Some(d_tokens) = &mut d_tokens {
            add_outer(d_hidden, w, d_tokens);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [usize; 4] = [2, 3, 4, 5];

    /// The loss of a sample as a function of W, S and Z, one after the other in one slice, and with it all three gradients.
    fn sample(loss: Loss, filters: usize, all: &[f64]) -> (f64, std::vec::Vec<f64>) {
        let [_, features, tokens, outputs] = SIZES;
        let shape = Shape::new(filters, features, tokens, outputs).unwrap();
        let (value, rest) = all.split_at(shape.value_len());
        let (attention, z) = rest.split_at(shape.mixing_len());
        let targets = std::vec![1.0; loss.targets_len(shape)];
        let layer = Layer { shape, activation: Activation::LeakyRelu(0.25), loss, value, attention };
        let (mut gradient, mut sum) = (std::vec![0.0; all.len()], 0.0);
        let (d_value, rest) = gradient.split_at_mut(shape.value_len());
        let (d_attention, d_tokens) = rest.split_at_mut(shape.mixing_len());
        let (mut hidden, mut d_hidden, mut d_output) = ([7.0; SIZES[2]], [7.0; SIZES[2]], [7.0; SIZES[3]]);
        let rows = FilterRows { hidden: &mut hidden, d_hidden: &mut d_hidden, d_output: &mut d_output };
        let sums = Sums { d_value, d_attention, d_tokens: Some(d_tokens), loss: &mut sum };
        accumulate(layer, rows, sums, (z, &targets));
        (sum, gradient)
    }

    #[test]
    fn every_gradient_is_the_difference_of_losses() {
        for (loss, filters) in [(Loss::Squared, SIZES[0]), (Loss::Logistic, 1)] {
            let [_, features, tokens, outputs] = SIZES;
            let parameters = filters * features + outputs * tokens + tokens * features;
            let mut all: std::vec::Vec<_> = (0..parameters).map(|i| 0.9 - 0.7 * ((i * i) % 11) as f64 / 3.0).collect();
            let (_, gradient) = sample(loss, filters, &all);
            assert!(gradient.iter().all(|g| g.abs() > 1e-6), "nothing is zero, and would hide what is left out");
            for (i, found) in gradient.into_iter().enumerate() {
                let x = all[i];
                let mut beside = |step: f64| {
                    all[i] = x + step;
                    let (loss, _) = sample(loss, filters, &all);
                    all[i] = x;
                    loss
                };
                let expected = (beside(1e-5) - beside(-1e-5)) / 2e-5;
                // Central differences at 1e-5 of losses up to some hundreds: truncation 1e-9, rounding 1e-8 relative.
                assert!((found - expected).abs() < 1e-6 * (1.0 + expected.abs()), "{loss:?} {i}: {found} {expected}");
            }
        }
    }
}
