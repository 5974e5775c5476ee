//! Samples that follow each other in the stream, drawn side by side and answered by a teacher of one mixing.
//!
//! ```text
//! H* = V X    Y = act(H* S*)
//! ```

use super::scratch::MOST_SAMPLES;
use crate::input::{Input, LabelNoise, SampleRng, SampleStream};
use crate::kernel::product::outlined::{multiply, transposed};
use crate::kernel::product::{ByRows, Multiply, by};
use crate::layer::{Forward, from};
use crate::matrix::{Rows, RowsMut, all_finite};
use crate::pass::pass;
use crate::scalar::Scalar;
use crate::teacher::TeacherView;
use crate::vector::lane::LANES;
use crate::vector::{Vector, Work};

pass! {
    pub(super) fn draw(Draw<'b, 's: 'b>) -> bool;
}

/// Draws the first `samples` samples, whose tokens are the input as it is, and their targets. False where there are no wide
/// registers, and where a number is not finite: what has been drawn is then worth nothing, and one sample after the other says
/// which it is.
#[derive(Debug)]
pub(super) struct Draw<'b, 's, T> {
    pub(super) teacher: TeacherView<'b, T>,
    pub(super) input: Input<T>,
    pub(super) noise: LabelNoise<T>,
    pub(super) stream: SampleStream,
    pub(super) samples: usize,
    /// Tokens stay; the rest lends its room.
    pub(super) forward: &'b mut Forward<'s, T>,
    /// Of all samples, one after the other: `outputs x filters` each.
    pub(super) targets: &'b mut [T],
}

impl<T: Scalar> Work for Draw<'_, '_, T> {
    /// Whether it was done.
    type Output = bool;

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) -> bool {
        if const { V::WIDE } { self.draw(vector) } else { false }
    }
}

impl<T: Scalar> Draw<'_, '_, T> {
    #[inline(always)]
    fn draw<V: Vector>(self, vector: V) -> bool {
        let Self { teacher, input, noise, stream, samples, forward, targets } = self;
        let shape = teacher.shape();
        let (filters, features) = (shape.filters(), shape.features());
        let (tokens, outputs) = (shape.tokens(), shape.outputs());
        let all_tokens = samples * tokens;
        let Forward { tokens: x, by_entry, hidden, weights, outputs: u, .. } = forward;
        let x = x.get_mut(..samples * shape.input_len()).unwrap_or_default();
        let mut generators: heapless::Vec<SampleRng, MOST_SAMPLES> = heapless::Vec::new();
        input.fill_samples(
            vector,
            stream,
            (features, shape.input_len()),
            x,
            #[inline(always)]
            |rng| {
                let _ = generators.push(rng);
            },
        );

        transposed(vector, x, features, by_entry, all_tokens);
        let value = ByRows(by(teacher.value(), features));
        let hidden = hidden.get_mut(..filters * all_tokens).unwrap_or_default();
        multiply(vector, Multiply::new(value, by(by_entry, all_tokens), &mut *hidden, (filters, features, all_tokens)));
        transposed(vector, teacher.mixing(), tokens, weights, outputs);
        // What zero times an infinite answer makes must count.
        let finite = all_finite(hidden);
        let mut column = 0;
        while column < outputs {
            let count = if outputs - column < LANES { outputs - column } else { LANES };
            let rows = from(teacher.mixing(), column * tokens);
            let terms = if finite { weighed(rows, tokens, count) } else { (0, tokens) };
            for (sample, y) in RowsMut::new(targets, shape.output_len()).enumerate().take(samples) {
                let left = ByRows(by(from(hidden, sample * tokens), all_tokens));
                let right = by(from(weights, column), outputs);
                let product = Multiply::new(left, right, u, (filters, tokens, count));
                vector.outline(Multiply { terms, ..product });
                let y = RowsMut::new(y, filters).skip(column);
                for (j, y) in y.enumerate().take(count) {
                    for (y, u) in y.iter_mut().zip(Rows::new(u, count)) {
                        if let Some(&u) = u.get(j) {
                            *y = teacher.activation().apply(u);
                        }
                    }
                }
            }
            column += count;
        }
        if noise != LabelNoise::ZERO {
            for (rng, y) in generators.iter_mut().zip(RowsMut::new(targets, shape.output_len())) {
                noise.add(rng, y);
            }
        }
        all_finite(x) && all_finite(targets.get(..samples * shape.output_len()).unwrap_or_default())
    }
}

/// The tokens from the first to before the last that any of the first `count` outputs weighs.
#[inline(always)]
fn weighed<T: Scalar>(mixing: &[T], tokens: usize, count: usize) -> (usize, usize) {
    let (mut first, mut end) = (tokens, 0);
    for row in Rows::new(mixing, tokens).take(count) {
        if let (Some(begin), Some(last)) =
            (row.iter().position(|&s| s != T::ZERO), row.iter().rposition(|&s| s != T::ZERO))
        {
            first = if begin < first { begin } else { first };
            end = if last >= end { last + 1 } else { end };
        }
    }
    (if first < end { first } else { end }, end)
}
