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
use crate::error::Error;
use crate::input::{Input, LabelNoise, SampleStream};
use crate::kernel::product::{ByRows, ByTerms, Left, Multiply, Strided, transpose};
use crate::kernel::reduce::LANES;
use crate::kernel::softmax::softmax_with;
use crate::matrix::{Matrix, Rows, RowsMut};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::student::StudentView;
use crate::teacher::TeacherView;
use crate::vector::{Vector, Work};

/// Room for the matrices of a sample, with its sizes in its type.
#[derive(Clone, Debug)]
pub(crate) struct Bench<T, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize> {
    attention: Matrix<T, TOKENS, OUTPUTS>,
    mixing: Matrix<T, TOKENS, OUTPUTS>,
    x: Matrix<T, FEATURES, TOKENS>,
    hidden: Matrix<T, FILTERS, TOKENS>,
    d_hidden: Matrix<T, FILTERS, TOKENS>,
    outputs: Matrix<T, FILTERS, OUTPUTS>,
    targets: Matrix<T, FILTERS, OUTPUTS>,
}

impl<T: Scalar, const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>
    Bench<T, FILTERS, FEATURES, TOKENS, OUTPUTS>
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
    pub(crate) const fn view_mut(&mut self) -> BenchViewMut<'_, T> {
        BenchViewMut {
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

/// Elements of the memory that [`BenchViewMut::new`] takes.
#[inline]
pub(crate) const fn bench_len(shape: Shape) -> usize {
    2 * shape.mixing_len()
        + shape.input_len()
        + 2 * shape.filters() * shape.tokens()
        + 2 * shape.filters() * shape.outputs()
}

/// Room for the matrices of a sample.
#[derive(Debug)]
pub(crate) struct BenchViewMut<'a, T> {
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

impl<'a, T: Scalar> BenchViewMut<'a, T> {
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
    pub(crate) const fn reborrow(&mut self) -> BenchViewMut<'_, T> {
        BenchViewMut {
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
    pub(crate) bench: BenchViewMut<'s, T>,
    /// Natural order: `tokens x features`, `outputs x filters`.
    pub(crate) x: &'b mut [T],
    pub(crate) y: &'b mut [T],
}

impl<T: Scalar> Work for Batch<'_, '_, T> {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn run<V: Vector>(mut self, vector: V) -> Result<(), Error> {
        let tokens = self.teacher.shape().tokens();
        let (attention, d_attention, d_value, tally) = self.samples.batch_mut();
        for (logits, weights) in Rows::new(self.student.logits(), tokens).zip(RowsMut::new(attention, tokens)) {
            softmax_with(vector, logits, weights);
        }
        d_attention.fill(T::ZERO);
        d_value.fill(T::ZERO);
        let outputs = self.teacher.shape().outputs();
        transpose(attention, tokens, self.bench.attention, outputs);
        transpose(self.teacher.mixing(), tokens, self.bench.mixing, outputs);
        *tally = Tally::of(self.draws.batch.into());
        for _ in 0..self.draws.batch {
            self.sample(vector);
        }
        Ok(())
    }
}

/// A product by rows.
#[inline(always)]
fn rows<T>(elements: &[T], stride: usize) -> Strided<'_, T> {
    Strided { elements, stride }
}

impl<T: Scalar> Batch<'_, '_, T> {
    #[inline(always)]
    fn sample<V: Vector>(&mut self, vector: V) {
        let shape = self.teacher.shape();
        let (filters, features, tokens, outputs) = (shape.filters(), shape.features(), shape.tokens(), shape.outputs());
        let activation = self.teacher.activation();
        let BenchViewMut { attention, mixing, x, hidden, d_hidden, outputs: u, targets } = &mut self.bench;
        let (natural_attention, d_attention, d_value, _) = self.samples.batch_mut();

        let mut rng = self.stream.sample();
        self.draws.input.fill_with(vector, &mut rng, features, self.x);
        transpose(self.x, features, x, tokens);

        // What the teacher answers.
        product(
            vector,
            ByRows(rows(self.teacher.value(), features)),
            (filters, features, tokens),
            rows(x, tokens),
            hidden,
        );
        for (block, stretches) in self.stretches.chunks(2 * LANES).enumerate() {
            let column = block * 2 * LANES;
            let all = union(stretches, tokens);
            vector.outline(Multiply {
                left: ByRows(rows(hidden, tokens)),
                right: rows(mixing.get(column..).unwrap_or_default(), outputs),
                to: targets.split_at_mut_checked(column).map_or(&mut [], |(_, to)| to),
                to_stride: outputs,
                rows: filters,
                terms: all,
                columns: stretches.len(),
                onward: false,
            });
        }
        respond(activation, targets);
        if self.draws.noise != LabelNoise::ZERO {
            transpose(targets, outputs, self.y, filters);
            self.draws.noise.add(&mut rng, self.y);
            transpose(self.y, filters, targets, outputs);
        }

        // What the student answers, and its error.
        product(
            vector,
            ByRows(rows(self.student.value(), features)),
            (filters, features, tokens),
            rows(x, tokens),
            hidden,
        );
        product(vector, ByRows(rows(hidden, tokens)), (filters, tokens, outputs), rows(attention, outputs), u);
        err(activation, u, targets);

        // The way back.
        let g = &**u;
        product(
            vector,
            ByRows(rows(g, outputs)),
            (filters, outputs, tokens),
            rows(natural_attention, tokens),
            d_hidden,
        );
        onward(vector, ByTerms(rows(g, outputs)), (outputs, filters, tokens), rows(hidden, tokens), d_attention);
        onward(vector, ByRows(rows(d_hidden, tokens)), (filters, tokens, features), rows(self.x, features), d_value);
    }
}

#[inline(always)]
fn product<T: Scalar, V: Vector, A: Left<T>>(
    vector: V,
    left: A,
    (rows, terms, columns): (usize, usize, usize),
    right: Strided<'_, T>,
    to: &mut [T],
) {
    let terms = (0, terms);
    vector.outline(Multiply { left, right, to, to_stride: columns, rows, terms, columns, onward: false });
}

#[inline(always)]
fn onward<T: Scalar, V: Vector, A: Left<T>>(
    vector: V,
    left: A,
    (rows, terms, columns): (usize, usize, usize),
    right: Strided<'_, T>,
    to: &mut [T],
) {
    let terms = (0, terms);
    vector.outline(Multiply { left, right, to, to_stride: columns, rows, terms, columns, onward: true });
}

/// The tokens that any of some outputs weighs.
#[inline(always)]
fn union<T: Scalar>(stretches: &[[T; 2]], tokens: usize) -> (usize, usize) {
    let (mut first, mut end) = (tokens, 0);
    for &[begin, stop] in stretches {
        let (begin, stop) = (begin.to_usize(), stop.to_usize());
        first = if begin < first { begin } else { first };
        end = if stop > end { stop } else { end };
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
fn err<T: Scalar>(activation: Activation<T>, u: &mut [T], y: &[T]) {
    let slope = activation.slope();
    for (u, &y) in u.iter_mut().zip(y) {
        let below = slope * *u;
        let (response, derivative) = if *u >= T::ZERO { (*u, T::ONE) } else { (below, slope) };
        *u = (response - y) * derivative;
    }
}
