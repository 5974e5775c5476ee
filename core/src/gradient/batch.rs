//! A batch of fresh samples, drawn, answered and worked on with wide registers: what [`samples`](super::samples) does one
//! filter at a time, with the matrices of a whole sample, so that each product can hold a tile of its result in registers.
//!
//! ```text
//! H* = V X    Y = act(H* S*)    H = W X    U = H S    G = (act(U) - Y) act'(U)
//! H' = G S^T     dS += H^T G     dW += H' X^T
//! ```
//!
//! The order of every sum is that of `samples`, and so are the bits.

use super::samples::{SampleScratchViewMut, Tally};
use crate::activation::Activation;
use crate::input::{Input, LabelNoise, SampleStream};
use crate::kernel::product::{ByRows, ByTerms, Multiply, Strided, transpose};
use crate::kernel::reduce::LANES;
use crate::kernel::softmax::softmax_with;
use crate::kernel::sweep_rows::bounds;
#[cfg(target_arch = "x86_64")]
use crate::matrix::Matrix;
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::student::StudentView;
use crate::teacher::TeacherView;
use crate::vector::{Vector, Work};

/// Room for the matrices of a sample, with its sizes in its type.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Debug)]
pub(crate) struct Matrices<T, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    attention: Matrix<T, TOKENS, OUTPUTS>,
    mixing: Matrix<T, TOKENS, OUTPUTS>,
    x: Matrix<T, FEATURES, TOKENS>,
    hidden: Matrix<T, FILTERS, TOKENS>,
    d_hidden: Matrix<T, FILTERS, TOKENS>,
    outputs: Matrix<T, FILTERS, OUTPUTS>,
    targets: Matrix<T, FILTERS, OUTPUTS>,
}

#[cfg(target_arch = "x86_64")]
impl<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    Matrices<T, FILTERS, FEATURES, TOKENS, OUTPUTS>
{
    pub(crate) const ZERO: Self = Self {
        attention: Matrix::ZERO,
        mixing: Matrix::ZERO,
        x: Matrix::ZERO,
        hidden: Matrix::ZERO,
        d_hidden: Matrix::ZERO,
        outputs: Matrix::ZERO,
        targets: Matrix::ZERO,
    };

    #[inline]
    pub(crate) const fn view_mut(&mut self) -> MatricesViewMut<'_, T> {
        MatricesViewMut {
            attention: self.attention.as_mut_slice(),
            mixing: self.mixing.as_mut_slice(),
            x: self.x.as_mut_slice(),
            hidden: self.hidden.as_mut_slice(),
            d_hidden: self.d_hidden.as_mut_slice(),
            outputs: self.outputs.as_mut_slice(),
            targets: self.targets.as_mut_slice(),
        }
    }
}

/// Elements of the memory that [`MatricesViewMut::new`] takes.
#[inline]
pub(crate) const fn matrices_len(shape: Shape) -> usize {
    2 * shape.mixing_len()
        + shape.input_len()
        + 2 * shape.filters() * shape.tokens()
        + 2 * shape.filters() * shape.outputs()
}

/// Room for the matrices of a sample.
#[derive(Debug)]
pub(crate) struct MatricesViewMut<'a, T> {
    /// S^T and the teacher's, `tokens x outputs`.
    attention: &'a mut [T],
    mixing: &'a mut [T],
    /// `features x tokens`
    x: &'a mut [T],
    /// H* and then H, and H': `filters x tokens`.
    hidden: &'a mut [T],
    d_hidden: &'a mut [T],
    /// U and then G, and Y: `filters x outputs`.
    outputs: &'a mut [T],
    targets: &'a mut [T],
}

impl<'a, T: Scalar> MatricesViewMut<'a, T> {
    /// The beginning of `memory`; `None` if it is too short.
    pub(crate) fn new(shape: Shape, memory: &'a mut [T]) -> Option<Self> {
        let (by_token, by_output) = (shape.filters() * shape.tokens(), shape.filters() * shape.outputs());
        let (attention, memory) = memory.split_at_mut_checked(shape.mixing_len())?;
        let (mixing, memory) = memory.split_at_mut_checked(shape.mixing_len())?;
        let (x, memory) = memory.split_at_mut_checked(shape.input_len())?;
        let (hidden, memory) = memory.split_at_mut_checked(by_token)?;
        let (d_hidden, memory) = memory.split_at_mut_checked(by_token)?;
        let (outputs, memory) = memory.split_at_mut_checked(by_output)?;
        let (targets, _) = memory.split_at_mut_checked(by_output)?;
        Some(Self { attention, mixing, x, hidden, d_hidden, outputs, targets })
    }

    /// The same memory, borrowed for a shorter time.
    pub(crate) const fn reborrow(&mut self) -> MatricesViewMut<'_, T> {
        MatricesViewMut {
            attention: self.attention,
            mixing: self.mixing,
            x: self.x,
            hidden: self.hidden,
            d_hidden: self.d_hidden,
            outputs: self.outputs,
            targets: self.targets,
        }
    }
}

/// What a batch is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Draws<T> {
    pub(crate) input: Input<T>,
    pub(crate) noise: LabelNoise<T>,
    pub(crate) batch: u32,
}

/// Draws a batch and leaves its gradient in the samples' working memory, with the attention.
#[derive(Debug)]
pub struct Batch<'b, 's, T> {
    pub(crate) student: StudentView<'b, T>,
    pub(crate) teacher: TeacherView<'b, T>,
    /// See [`stretch_of`](super::exact).
    pub(crate) stretches: &'b [[T; 2]],
    pub(crate) draws: Draws<T>,
    pub(crate) stream: &'b mut SampleStream,
    pub(crate) samples: SampleScratchViewMut<'s, T>,
    pub(crate) matrices: MatricesViewMut<'s, T>,
    /// Natural order: `tokens x features`, `outputs x filters`.
    pub(crate) x: &'b mut [T],
    pub(crate) y: &'b mut [T],
}

impl<T: Scalar> Work for Batch<'_, '_, T> {
    /// Whether it was done.
    type Output = bool;

    #[inline(always)]
    fn run<V: Vector>(mut self, vector: V) -> bool {
        // Where there are no wide registers, `samples` does this; nothing is compiled of it here.
        if const { V::WIDE } {
            self.draw(vector);
        }
        V::WIDE
    }
}

impl<T: Scalar> Batch<'_, '_, T> {
    /// Draws all samples.
    #[inline(always)]
    fn draw<V: Vector>(&mut self, vector: V) {
        let tokens = self.teacher.shape().tokens();
        let (attention, d_attention, d_value, tally) = self.samples.batch_mut();
        for (logits, weights) in Rows::new(self.student.logits(), tokens).zip(RowsMut::new(attention, tokens)) {
            softmax_with(vector, logits, weights);
        }
        d_attention.fill(T::ZERO);
        d_value.fill(T::ZERO);
        let outputs = self.teacher.shape().outputs();
        transpose(attention, tokens, self.matrices.attention, outputs);
        transpose(self.teacher.mixing(), tokens, self.matrices.mixing, outputs);
        *tally = Tally::of(self.draws.batch.into());
        for _ in 0..self.draws.batch {
            self.sample(vector);
        }
    }

    #[inline(always)]
    fn sample<V: Vector>(&mut self, vector: V) {
        let shape = self.teacher.shape();
        let (filters, features, tokens, outputs) = (shape.filters(), shape.features(), shape.tokens(), shape.outputs());
        let activation = self.teacher.activation();
        let MatricesViewMut { attention, mixing, x, hidden, d_hidden, outputs: u, targets } = &mut self.matrices;
        let (natural_attention, d_attention, d_value, _) = self.samples.batch_mut();
        // Rows and terms of the left factor, columns of the right one.
        let forward = (filters, features, tokens);
        let average = (filters, tokens, outputs);

        let mut rng = self.stream.sample();
        self.draws.input.fill_with(vector, &mut rng, features, self.x);
        transpose(self.x, features, x, tokens);

        // What the teacher answers. Only tokens count that some of the outputs weighs, unless what zero times an
        // infinite answer makes must count, too.
        vector.outline(Multiply::new(ByRows(by(self.teacher.value(), features)), by(x, tokens), hidden, forward));
        let finite = hidden.iter().all(|h| h.is_finite());
        for (block, stretches) in self.stretches.chunks(2 * LANES).enumerate() {
            let column = block * 2 * LANES;
            let right = by(mixing.get(column..).unwrap_or_default(), outputs);
            let to = targets.split_at_mut_checked(column).map_or(&mut [][..], |(_, to)| to);
            let product = Multiply::new(ByRows(by(hidden, tokens)), right, to, (filters, tokens, stretches.len()));
            let terms = if finite { union(stretches, tokens) } else { (0, tokens) };
            vector.outline(Multiply { to_stride: outputs, terms, ..product });
        }
        respond(activation, targets);
        if self.draws.noise != LabelNoise::ZERO {
            // It is drawn in the order in which a label is handed over.
            transpose(targets, outputs, self.y, filters);
            self.draws.noise.add(&mut rng, self.y);
            transpose(self.y, filters, targets, outputs);
        }

        // What the student answers, and its error.
        vector.outline(Multiply::new(ByRows(by(self.student.value(), features)), by(x, tokens), hidden, forward));
        vector.outline(Multiply::new(ByRows(by(hidden, tokens)), by(attention, outputs), u, average));
        d_respond(activation, u, targets);

        // The way back.
        let (back, d_s, d_w) = ((filters, outputs, tokens), (outputs, filters, tokens), (filters, tokens, features));
        vector.outline(Multiply::new(ByRows(by(u, outputs)), by(natural_attention, tokens), d_hidden, back));
        vector.outline(Multiply::new(ByTerms(by(u, outputs)), by(hidden, tokens), d_attention, d_s).onward());
        vector.outline(Multiply::new(ByRows(by(d_hidden, tokens)), by(self.x, features), d_value, d_w).onward());
    }
}

/// A matrix with rows of `stride` elements.
#[inline(always)]
fn by<T>(elements: &[T], stride: usize) -> Strided<'_, T> {
    Strided { elements, stride }
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

/// `act(u)` in place of `u`.
#[inline(always)]
fn respond<T: Scalar>(activation: Activation<T>, u: &mut [T]) {
    let slope = activation.slope();
    for u in u {
        let below = slope * *u;
        *u = if *u >= T::ZERO { *u } else { below };
    }
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
