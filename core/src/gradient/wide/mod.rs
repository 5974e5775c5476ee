//! A batch worked on with wide registers: what [`samples`](super::samples) does one filter at a time, with the matrices of
//! some whole pairs (X, Y), so that each product can hold a tile of its result in registers. Pairs come from the caller, or
//! are drawn here and answered by the teacher; then an [`Executor`] can share the work.
//!
//! Samples that are drawn are taken in rounds of as many as there is room for. First every microbatch of a few draws them and
//! leaves H, G and H' of each, in memory of its own; then every shard of the gradient, some rows of dS and of dW, goes on
//! with its sums over all samples of the round:
//!
//! ```text
//! dS += H^T G     dW += H' X^T
//! ```
//!
//! The order of every sum is that of `samples`, however many samples a round or a microbatch has and whoever does the shards,
//! and so are the bits.

mod context;
mod drawn;
mod layers;
mod memory;

pub(crate) use memory::{
    Matrices, MatricesViewMut, Pairs, PairsViewMut, matrices_of_one_len, matrices_of_threads_len, pairs_of_one_len,
};

use super::batch_loss::BatchLoss;
use crate::executor::Executor;
use crate::input::SampleStream;
use crate::kernel::product::{ByRows, ByTerms, Multiply, TermOrder, by, transpose};
use crate::kernel::softmax::softmax_with;
use crate::matrix::{Blocks, BlocksMut, Rows, RowsMut, all_finite};
use crate::pass::pass;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::vector::{Level, Vector, Work};
pub(crate) use context::{BatchContext, SampledBatch};
use drawn::Microbatch;
use layers::Layers;
pub(crate) use layers::Network;
use memory::{LayersViewMut, samples_together};

/// Microbatches of a round, and shards of the gradient, at most.
const MOST_SHARDS: usize = 64;

/// Pairs of the caller's, which are of the right lengths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExternalBatch<'b, T> {
    pub(crate) student: Network<'b, T>,
    pub(crate) pairs: usize,
    pub(crate) x: &'b [T],
    pub(crate) y: &'b [T],
}

/// Some rows of the gradient.
#[derive(Debug)]
struct GradientShard<'s, T> {
    /// Rows of dL/dS from the first on, and of dL/dW.
    d_attention: (usize, &'s mut [T]),
    d_value: (usize, &'s mut [T]),
}

/// A part of the work on a batch.
#[derive(Debug)]
struct Batch<'b, 's, T>(Share<'b, 's, T>);

#[derive(Debug)]
enum Share<'b, 's, T> {
    /// The attention of the student to the first slice; its transpose and that of the mixing to the others.
    Attention(&'b BatchContext<'b, T>, [&'b mut [T]; 3]),
    Microbatch(&'b BatchContext<'b, T>, &'b mut Microbatch<'s, T>),
    GradientShard(&'b BatchContext<'b, T>, &'b [Microbatch<'s, T>], &'b mut GradientShard<'s, T>),
    /// Pairs, room for microbatches of them, the whole gradient, and the loss.
    ExternalBatch(ExternalBatch<'b, T>, LayersViewMut<'s, T>, GradientShard<'s, T>, &'b mut T),
}

impl<T: Scalar> Work for Batch<'_, '_, T> {
    /// Whether it was done.
    type Output = bool;

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) -> bool {
        // Where there are no wide registers, `samples` does this; nothing is compiled of it here.
        if const { V::WIDE } {
            match self.0 {
                Share::Attention(context, to) => attend(vector, context, to),
                Share::Microbatch(context, microbatch) => microbatch.fill(vector, context),
                Share::GradientShard(context, microbatches, shard) => {
                    for microbatch in microbatches {
                        shard.add(vector, context.labels.teacher.shape(), (microbatch.x, &microbatch.layers));
                    }
                }
                Share::ExternalBatch(external, layers, mut whole, loss) => {
                    return external.add(vector, layers, &mut whole, loss);
                }
            }
        }
        V::WIDE
    }
}

pass! {
    fn work_on(Batch<'b, 's: 'b>) -> bool;
}

/// Draws a batch and leaves the attention, and the sums of its gradient. The stream is then behind the
/// last sample. False if there are no wide registers: nothing has been done then.
#[inline(never)]
pub(crate) fn draw<T: Scalar, C: Executor>(
    (level, executor): (Level, &C),
    context: &BatchContext<'_, T>,
    stream: &mut SampleStream,
    (attention, d_attention, d_value, batch_loss): (&mut [T], &mut [T], &mut [T], &mut BatchLoss<T>),
    matrices: MatricesViewMut<'_, T>,
) -> bool {
    let MatricesViewMut { by_token, mixing, x, mut layers } = matrices;
    let shape = context.labels.teacher.shape();
    let (capacity, threads) = (layers.samples(shape), at_least_one(executor.size()));
    let begin = Batch(Share::Attention(context, [&mut *attention, &mut *by_token, &mut *mixing]));
    if capacity == 0 || !work_on(level, begin) {
        return false;
    }
    d_attention.fill(T::ZERO);
    d_value.fill(T::ZERO);
    *batch_loss = BatchLoss::of(context.draws.batch.into());
    let context = &BatchContext { student: Network { attention, by_token, ..context.student }, mixing, ..*context };
    let mut left = usize::try_from(context.draws.batch).unwrap_or(usize::MAX);
    while left > 0 {
        // A round of microbatches as large as is good for products, but enough of them for everybody.
        let round = if left < capacity { left } else { capacity };
        let (share, most) = (share_of(round, threads), samples_together(shape));
        let together = if share < most { share } else { most };
        let mut microbatches: heapless::Vec<Microbatch<'_, T>, MOST_SHARDS> = heapless::Vec::new();
        let (layers, mut next) = (layers.reborrow().microbatches(shape, (round, together)), *stream);
        for (layers, x) in layers.zip(BlocksMut::new(x, together * shape.input_len())).take(MOST_SHARDS) {
            let (stream, samples) = (next, layers.pairs);
            let Some(x) = x.get_mut(..samples * shape.input_len()) else { break };
            // There is room for so many.
            let _ = microbatches.push(Microbatch { stream, x, layers });
            next = next.after(samples as u64);
        }
        executor.for_each(&mut microbatches, |microbatch| {
            work_on(level, Batch(Share::Microbatch(context, microbatch)));
        });
        let mut shards = shards(shape, d_attention, d_value, threads);
        executor.for_each(&mut shards, |shard| {
            work_on(level, Batch(Share::GradientShard(context, &microbatches, shard)));
        });
        let done: usize = microbatches.iter().map(|microbatch| microbatch.layers.pairs).sum();
        *stream = stream.after(done as u64);
        left -= done;
    }
    true
}

/// Adds pairs to the sums of a batch. False if there are no wide registers, or a number is not finite: nothing has been done
/// then.
#[inline(always)]
pub(crate) fn accumulate<T: Scalar>(
    level: Level,
    external: ExternalBatch<'_, T>,
    PairsViewMut { by_token, mut layers }: PairsViewMut<'_, T>,
    (d_attention, d_value, loss): (&mut [T], &mut [T], &mut T),
) -> bool {
    let whole = GradientShard { d_attention: (0, d_attention), d_value: (0, d_value) };
    let external = ExternalBatch { student: Network { by_token, ..external.student }, ..external };
    work_on(level, Batch(Share::ExternalBatch(external, layers.reborrow(), whole, loss)))
}

const fn at_least_one(count: usize) -> usize {
    if count < 1 { 1 } else { count }
}

/// What one of `parts` takes of `total`, rounded up; everything if there are no parts.
fn share_of(total: usize, parts: usize) -> usize {
    let share = total.checked_div(parts).unwrap_or(total);
    if share * parts < total { share + 1 } else { share }
}

/// The gradient in shards of equally many rows, but for the last: one for each thread, or fewer.
fn shards<'s, T: Scalar>(
    shape: Shape,
    d_attention: &'s mut [T],
    d_value: &'s mut [T],
    threads: usize,
) -> heapless::Vec<GradientShard<'s, T>, MOST_SHARDS> {
    let count = if threads < MOST_SHARDS { threads } else { MOST_SHARDS };
    // Rows of dS that fill tiles of a product.
    let rows = (share_of(shape.outputs(), count).next_multiple_of(8), share_of(shape.filters(), count));
    let mut d_attention = BlocksMut::new(d_attention, rows.0 * shape.tokens());
    let mut d_value = BlocksMut::new(d_value, rows.1 * shape.features());
    let shard = |i: usize| GradientShard {
        d_attention: (i * rows.0, d_attention.next().unwrap_or_default()),
        d_value: (i * rows.1, d_value.next().unwrap_or_default()),
    };
    let mut shards = heapless::Vec::new();
    for shard in (0..count).map(shard) {
        let _ = shards.push(shard);
    }
    shards
}

/// Computes the attention of the student and its transpose, and the transpose of the mixing.
#[inline(always)]
fn attend<T: Scalar, V: Vector>(
    vector: V,
    context: &BatchContext<'_, T>,
    [attention, by_token, mixing]: [&mut [T]; 3],
) {
    let (tokens, outputs) = (context.labels.teacher.shape().tokens(), context.labels.teacher.shape().outputs());
    for (logits, weights) in Rows::new(context.logits, tokens).zip(RowsMut::new(attention, tokens)) {
        softmax_with(vector, logits, weights);
    }
    transpose(vector, attention, tokens, by_token, outputs);
    transpose(vector, context.labels.teacher.mixing(), tokens, mixing, outputs);
}

impl<T: Scalar> ExternalBatch<'_, T> {
    /// Takes the pairs in microbatches; none if a number is not finite.
    #[inline(always)]
    fn add<V: Vector>(
        self,
        vector: V,
        mut workspace: LayersViewMut<'_, T>,
        whole: &mut GradientShard<'_, T>,
        loss: &mut T,
    ) -> bool {
        if !(all_finite(self.x) && all_finite(self.y)) {
            return false;
        }
        let shape = self.student.shape;
        let (most, capacity) = (samples_together(shape), workspace.samples(shape));
        let together = if capacity < most { capacity } else { most };
        if together == 0 {
            return false;
        }
        let x = Blocks::new(self.x, together * shape.input_len());
        let y = Blocks::new(self.y, together * shape.output_len());
        let mut left = self.pairs;
        for (x, y) in x.zip(y) {
            let count = if left < together { left } else { together };
            let Some(mut layers) = workspace.reborrow().microbatches(shape, (count, together)).next() else {
                return false;
            };
            layers.take(vector, shape, x);
            layers.take_targets(vector, shape, y);
            layers.respond(vector, &self.student);
            whole.add(vector, shape, (x, &layers));
            layers.add_losses(shape, loss);
            left -= count;
        }
        true
    }
}

impl<T: Scalar> GradientShard<'_, T> {
    /// Goes on with the sums over the pairs of a microbatch, with these inputs.
    #[inline(always)]
    fn add<V: Vector>(&mut self, vector: V, shape: Shape, (x, layers): (&[T], &Layers<'_, T>)) {
        let (filters, features, tokens, outputs) = (shape.filters(), shape.features(), shape.tokens(), shape.outputs());
        let (rows, all_tokens) = (filters * layers.pairs, layers.pairs * tokens);

        let (first, to) = (self.d_attention.0, &mut *self.d_attention.1);
        let count = to.len().checked_div(tokens).unwrap_or(0);
        let order = TermOrder::by_samples(filters, layers.pairs);
        let left = ByTerms(by(layers.outputs.get(first..).unwrap_or_default(), outputs), order);
        let product = Multiply::new(left, by(layers.hidden, tokens), to, (count, rows, tokens));
        vector.outline(Multiply { order, ..product.onward() });

        let (first, to) = (self.d_value.0, &mut *self.d_value.1);
        let count = to.len().checked_div(features).unwrap_or(0);
        let left = ByRows(by(layers.d_hidden.get(first * all_tokens..).unwrap_or_default(), all_tokens));
        vector.outline(Multiply::new(left, by(x, features), to, (count, all_tokens, features)).onward());
    }
}
