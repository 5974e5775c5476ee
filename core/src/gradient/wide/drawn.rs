//! A microbatch: a few samples that follow each other in the stream, drawn and answered by the teacher.
//!
//! ```text
//! H* = V X    Y = act(H* S*)
//! ```

use super::context::BatchContext;
use super::layers::Layers;
use super::memory::MOST_SAMPLES;
use crate::input::{LabelNoise, SampleRng, SampleStream};
use crate::kernel::product::{ByRows, Multiply, by};
use crate::kernel::support::bounds;
use crate::matrix::{Blocks, BlocksMut, Rows, RowsMut, all_finite};
use crate::scalar::Scalar;
use crate::vector::Vector;
use crate::vector::lane::LANES;

/// A few samples that follow each other in the stream.
#[derive(Debug)]
pub(super) struct Microbatch<'s, T> {
    /// At the first of the samples.
    pub(super) stream: SampleStream,
    /// X, `samples x tokens x features`.
    pub(super) x: &'s mut [T],
    pub(super) layers: Layers<'s, T>,
}

impl<T: Scalar> Microbatch<'_, T> {
    /// Draws the samples and leaves X and all layers of each.
    #[inline(always)]
    pub(super) fn fill<V: Vector>(&mut self, vector: V, context: &BatchContext<'_, T>) {
        let shape = context.labels.teacher.shape();
        let (filters, features) = (shape.filters(), shape.features());
        let Self { x, layers, .. } = self;
        let mut generators: heapless::Vec<SampleRng, MOST_SAMPLES> = heapless::Vec::new();
        context.draws.input.fill_samples(
            vector,
            self.stream,
            (features, shape.input_len()),
            x,
            #[inline(always)]
            |rng| {
                let _ = generators.push(rng);
            },
        );
        layers.take(vector, shape, x);

        let Layers { pairs, by_feature, d_hidden, outputs, targets, .. } = layers;
        let (rows, all_tokens) = (filters * *pairs, *pairs * shape.tokens());
        let forward = (filters, features, all_tokens);
        let value = ByRows(by(context.labels.teacher.value(), features));
        vector.outline(Multiply::new(value, by(by_feature, all_tokens), d_hidden, forward));
        average_sparsely(vector, context, d_hidden, targets, rows);
        context.labels.teacher.activation().apply_all(targets);
        if context.draws.noise != LabelNoise::ZERO {
            // U is not there yet, and lends its room.
            add_noise(context, &mut generators, (outputs, targets), *pairs);
        }
        layers.respond(vector, &context.student);
    }
}

/// `H* S*`. Only tokens count that some of the outputs weighs, unless what zero times an infinite answer makes must count,
/// too.
#[inline(always)]
fn average_sparsely<T: Scalar, V: Vector>(
    vector: V,
    context: &BatchContext<'_, T>,
    hidden: &[T],
    targets: &mut [T],
    rows: usize,
) {
    let (tokens, outputs) = (context.labels.teacher.shape().tokens(), context.labels.teacher.shape().outputs());
    let finite = all_finite(hidden);
    for (block, supports) in context.labels.supports.chunks(LANES).enumerate() {
        let column = block * LANES;
        let right = by(context.mixing.get(column..).unwrap_or_default(), outputs);
        let to = targets.split_at_mut_checked(column).map_or(&mut [][..], |(_, to)| to);
        let product = Multiply::new(ByRows(by(hidden, tokens)), right, to, (rows, tokens, supports.len()));
        let terms = if finite { union(supports, tokens) } else { (0, tokens) };
        vector.outline(Multiply { to_stride: outputs, terms, ..product });
    }
}

/// Adds noise to the targets of every sample, in the order in which a label is handed over, output by output.
fn add_noise<T: Scalar>(
    context: &BatchContext<'_, T>,
    generators: &mut [SampleRng],
    (workspace, targets): (&mut [T], &mut [T]),
    samples: usize,
) {
    let shape = context.labels.teacher.shape();
    let Some(label) = workspace.get_mut(..shape.output_len()) else { return };
    for (n, rng) in generators.iter_mut().enumerate() {
        for (filter, row) in of_sample(targets, (n, samples), shape.outputs()).enumerate() {
            for (to, &y) in RowsMut::new(label, shape.filters()).filter_map(|label| label.get_mut(filter)).zip(row) {
                *to = y;
            }
        }
        context.draws.noise.add(rng, label);
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
fn union<T: Scalar>(supports: &[[T; 2]], tokens: usize) -> (usize, usize) {
    let (mut first, mut end) = (tokens, 0);
    for &support in supports {
        let (begin, stop) = bounds(support);
        // A support that is empty, of an output that weighs nothing, begins and ends at zero.
        if begin < stop {
            first = if begin < first { begin } else { first };
            end = if stop > end { stop } else { end };
        }
    }
    let end = if end < tokens { end } else { tokens };
    (if first < end { first } else { end }, end)
}
