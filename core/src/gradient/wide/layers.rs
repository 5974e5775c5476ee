//! What becomes of a microbatch of pairs (X, Y) in the student: its answers, and the error taken back to the hidden layer.
//!
//! ```text
//! H = W X    U = H S    G = (act(U) - Y) act'(U)    H' = G S^T
//! ```
//!
//! Rows are sorted by filters and then by pairs, so that `W X` is one product with all tokens as columns, and `H S` one
//! with all rows.

use crate::activation::Activation;
use crate::kernel::product::{ByRows, Multiply, by, transpose};
use crate::kernel::sequence::sums_in_sequence;
use crate::loss::squared_all;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::vector::Vector;

/// The student as it stands during a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network<'b, T> {
    pub(crate) shape: Shape,
    pub(crate) activation: Activation<T>,
    /// W.
    pub(crate) value: &'b [T],
    /// S by outputs, and by tokens.
    pub(crate) attention: &'b [T],
    pub(crate) by_token: &'b [T],
}

/// The matrices of a few pairs.
#[derive(Debug)]
pub(super) struct Layers<'s, T> {
    pub(super) pairs: usize,
    /// X as a right factor, `features x pairs x tokens`.
    pub(super) by_feature: &'s mut [T],
    /// H, and H': `filters x pairs x tokens`.
    pub(super) hidden: &'s mut [T],
    pub(super) d_hidden: &'s mut [T],
    /// U and then G, and Y and then the squared errors: `filters x pairs x outputs`.
    pub(super) outputs: &'s mut [T],
    pub(super) targets: &'s mut [T],
}

impl<T: Scalar> Layers<'_, T> {
    /// Takes the inputs, `pairs x tokens x features`.
    #[inline(always)]
    pub(super) fn take<V: Vector>(&mut self, vector: V, shape: Shape, x: &[T]) {
        transpose(vector, x, shape.features(), self.by_feature, self.pairs * shape.tokens());
    }

    /// Takes the targets of somebody else, `pairs x outputs x filters`.
    #[inline(always)]
    pub(super) fn take_targets<V: Vector>(&mut self, vector: V, shape: Shape, y: &[T]) {
        transpose(vector, y, shape.filters(), self.targets, self.pairs * shape.outputs());
    }

    /// From inputs and targets to H, G and H'.
    #[inline(always)]
    pub(super) fn respond<V: Vector>(&mut self, vector: V, student: &Network<'_, T>) {
        let shape = student.shape;
        let (filters, features, tokens, outputs) = (shape.filters(), shape.features(), shape.tokens(), shape.outputs());
        let (rows, all_tokens) = (filters * self.pairs, self.pairs * tokens);
        let Self { by_feature, hidden, d_hidden, outputs: u, targets, .. } = self;

        let (value, forward) = (ByRows(by(student.value, features)), (filters, features, all_tokens));
        vector.outline(Multiply::new(value, by(by_feature, all_tokens), hidden, forward));
        let average = (rows, tokens, outputs);
        vector.outline(Multiply::new(ByRows(by(hidden, tokens)), by(student.by_token, outputs), u, average));
        squared_all(student.activation, u, targets);
        let back = (rows, outputs, tokens);
        vector.outline(Multiply::new(ByRows(by(u, outputs)), by(student.attention, tokens), d_hidden, back));
    }

    /// Adds the losses of the pairs, `1/2 || Y - act(U) ||^2`, to `loss`: filter by filter of each pair. H' is lost.
    #[inline(always)]
    pub(super) fn add_losses(&mut self, shape: Shape, loss: &mut T) {
        let Self { pairs, d_hidden: sums, targets, .. } = self;
        sums_in_sequence(targets, shape.outputs(), sums);
        for pair in 0..*pairs {
            for sum in sums.iter().skip(pair).step_by(*pairs).take(shape.filters()) {
                *loss += *sum;
            }
        }
    }
}
