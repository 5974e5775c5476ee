//! A stack of samples: drawn, answered by teacher and student, and the error taken back to the hidden layer.
//!
//! ```text
//! H* = V X    Y = act(H* S*)    H = W X    U = H S    G = (act(U) - Y) act'(U)    H' = G S^T
//! ```
//!
//! Rows are sorted by filters and then by samples, so that `W X` is one product with all tokens as columns, and `H S` one
//! with all rows.

use super::memory::MOST_SAMPLES;
use super::{Common, by};
use crate::activation::Activation;
use crate::input::{LabelNoise, SampleRng, SampleStream};
use crate::kernel::product::{ByRows, Multiply, transpose};
use crate::kernel::reduce::LANES;
use crate::kernel::sweep_rows::bounds;
use crate::matrix::{Blocks, BlocksMut, Rows, RowsMut};
use crate::scalar::Scalar;
use crate::vector::Vector;

/// The matrices of a few samples that follow each other in the stream.
#[derive(Debug)]
pub(super) struct Stack<'s, T> {
    /// At the first of the samples.
    pub(super) stream: SampleStream,
    pub(super) samples: usize,
    /// X in natural order, `samples x tokens x features`, and as a right factor, `features x samples x tokens`.
    pub(super) x: &'s mut [T],
    pub(super) by_feature: &'s mut [T],
    /// H, and H* and then H': `filters x samples x tokens`.
    pub(super) hidden: &'s mut [T],
    pub(super) d_hidden: &'s mut [T],
    /// U and then G, and Y: `filters x samples x outputs`.
    pub(super) outputs: &'s mut [T],
    pub(super) targets: &'s mut [T],
}

impl<T: Scalar> Stack<'_, T> {
    /// Draws the samples and leaves X, H, G and H' of each.
    #[inline(always)]
    pub(super) fn fill<V: Vector>(&mut self, vector: V, common: &Common<'_, T>) {
        let shape = common.teacher.shape();
        let (filters, features, tokens, outputs) = (shape.filters(), shape.features(), shape.tokens(), shape.outputs());
        let activation = common.teacher.activation();
        let Self { samples, x, by_feature, hidden, d_hidden, outputs: u, targets, .. } = self;
        let (rows, all_tokens) = (filters * *samples, *samples * tokens);

        let mut generators: heapless::Vec<SampleRng, MOST_SAMPLES> = heapless::Vec::new();
        common.draws.input.fill_samples(
            vector,
            self.stream,
            (features, shape.input_len()),
            x,
            #[inline(always)]
            |rng| {
                let _ = generators.push(rng);
            },
        );
        transpose(x, features, by_feature, all_tokens);

        // What the teacher answers.
        let (right, forward) = (by(by_feature, all_tokens), (filters, features, all_tokens));
        vector.outline(Multiply::new(ByRows(by(common.teacher.value(), features)), right, d_hidden, forward));
        average_sparsely(vector, common, d_hidden, targets, rows);
        activation.apply_all(targets);
        if common.draws.noise != LabelNoise::ZERO {
            // U is not there yet, and lends its room.
            add_noise(common, &mut generators, (u, targets), *samples);
        }

        // What the student answers, and its error.
        vector.outline(Multiply::new(ByRows(by(common.student.value(), features)), right, hidden, forward));
        let average = (rows, tokens, outputs);
        vector.outline(Multiply::new(ByRows(by(hidden, tokens)), by(common.by_token, outputs), u, average));
        d_respond(activation, u, targets);

        // The way back.
        let back = (rows, outputs, tokens);
        vector.outline(Multiply::new(ByRows(by(u, outputs)), by(common.attention, tokens), d_hidden, back));
    }
}

/// `H* S*`. Only tokens count that some of the outputs weighs, unless what zero times an infinite answer makes must count,
/// too.
#[inline(always)]
fn average_sparsely<T: Scalar, V: Vector>(
    vector: V,
    common: &Common<'_, T>,
    hidden: &[T],
    targets: &mut [T],
    rows: usize,
) {
    let (tokens, outputs) = (common.teacher.shape().tokens(), common.teacher.shape().outputs());
    // All of them, which takes less time than to look for the first.
    let finite = hidden.iter().fold(
        true,
        #[inline(always)]
        |finite, h| finite & h.is_finite(),
    );
    for (block, stretches) in common.stretches.chunks(2 * LANES).enumerate() {
        let column = block * 2 * LANES;
        let right = by(common.mixing.get(column..).unwrap_or_default(), outputs);
        let to = targets.split_at_mut_checked(column).map_or(&mut [][..], |(_, to)| to);
        let product = Multiply::new(ByRows(by(hidden, tokens)), right, to, (rows, tokens, stretches.len()));
        let terms = if finite { union(stretches, tokens) } else { (0, tokens) };
        vector.outline(Multiply { to_stride: outputs, terms, ..product });
    }
}

/// Adds noise to the targets of every sample, in the order in which a label is handed over, output by output.
fn add_noise<T: Scalar>(
    common: &Common<'_, T>,
    generators: &mut [SampleRng],
    (room, targets): (&mut [T], &mut [T]),
    samples: usize,
) {
    let shape = common.teacher.shape();
    let Some(label) = room.get_mut(..shape.output_len()) else { return };
    for (n, rng) in generators.iter_mut().enumerate() {
        for (filter, row) in of_sample(targets, (n, samples), shape.outputs()).enumerate() {
            for (to, &y) in RowsMut::new(label, shape.filters()).filter_map(|label| label.get_mut(filter)).zip(row) {
                *to = y;
            }
        }
        common.draws.noise.add(rng, label);
        let targets = targets.get_mut(n * shape.outputs()..).unwrap_or_default();
        for (filter, row) in BlocksMut::new(targets, samples * shape.outputs()).enumerate() {
            let from = Rows::new(label, shape.filters()).filter_map(|label| label.get(filter));
            for (y, &from) in row.iter_mut().zip(from) {
                *y = from;
            }
        }
    }
}

/// The rows of sample `n` of `samples`, each of `len` elements, of a matrix that is sorted by filters and then by samples.
#[inline(always)]
fn of_sample<T>(matrix: &[T], (n, samples): (usize, usize), len: usize) -> impl Iterator<Item = &[T]> {
    Blocks::new(matrix.get(n * len..).unwrap_or_default(), samples * len).map_while(
        #[inline(always)]
        move |row| row.get(..len),
    )
}

/// The tokens that any of some outputs weighs.
#[inline(always)]
fn union<T: Scalar>(stretches: &[[T; 2]], tokens: usize) -> (usize, usize) {
    let (mut first, mut end) = (tokens, 0);
    for &stretch in stretches {
        let (begin, stop) = bounds(stretch);
        // A stretch that is empty, of an output that weighs nothing, begins and ends at zero.
        if begin < stop {
            first = if begin < first { begin } else { first };
            end = if stop > end { stop } else { end };
        }
    }
    let end = if end < tokens { end } else { tokens };
    (if first < end { first } else { end }, end)
}

/// `(act(u) - y) act'(u)` in place of `u`.
#[inline(always)]
fn d_respond<T: Scalar>(activation: Activation<T>, u: &mut [T], y: &[T]) {
    let slope = activation.slope();
    for (u, &y) in u.iter_mut().zip(y) {
        let below = slope * *u;
        let (response, derivative) = if *u >= T::ZERO { (*u, T::ONE) } else { (below, slope) };
        *u = (response - y) * derivative;
    }
}
