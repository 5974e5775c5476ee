//! The samples of a test with wide registers, a few at a time: what [`forward`](crate::predict::forward) does one
//! filter at a time, with sums in the same order.
//!
//! Rows of hidden layers and of answers are sorted by filters and then by samples, so that `W X` is one product with the
//! tokens of all samples as columns, and `H S` one with all rows.

use super::test_set::{Sums, TestSet};
use crate::activation::Activation;
use crate::input::SampleStream;
use crate::kernel::product::{ByRows, Multiply, by, transpose};
use crate::memory::{Cut, Sizes, layout};
use crate::pass::pass;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::vector::{Vector, Work};

/// Samples at a time.
const SAMPLES: usize = 8;

layout! {
    /// Working memory.
    struct Workspace: "test scratch" {
        /// S and S*.
        attention: matrix(TOKENS, OUTPUTS),
        mixing: matrix(TOKENS, OUTPUTS),
        /// X in natural order, and as a right factor.
        x: matrices(SAMPLES, TOKENS, FEATURES),
        by_feature: matrices(FEATURES, SAMPLES, TOKENS),
        hidden: matrices(FILTERS, SAMPLES, TOKENS),
        learnt: matrices(FILTERS, SAMPLES, OUTPUTS),
        taught: matrices(FILTERS, SAMPLES, OUTPUTS),
    }
}

/// Elements of the memory that the samples take.
#[inline]
pub(super) const fn test_samples_len(shape: Shape) -> usize {
    Workspace::<f32>::need(Sizes { shape, samples: SAMPLES }).elements()
}

/// One of the two who answer: `act(value X weights)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answers<'b, T> {
    /// `filters x features`
    pub(super) value: &'b [T],
    /// `outputs x tokens`
    pub(super) weights: &'b [T],
}

pass! {
    /// What the samples add up to; `None` where there are no wide registers, or not enough memory for them.
    pub(super) fn test_samples(TestSamples<'b>) -> Option<Sums>;
}

/// All samples of a test.
#[derive(Debug)]
pub(super) struct TestSamples<'b, T> {
    pub(super) shape: Shape,
    pub(super) activation: Activation<T>,
    pub(super) test: TestSet<T>,
    pub(super) student: Answers<'b, T>,
    pub(super) teacher: Answers<'b, T>,
    pub(super) memory: &'b mut [T],
}

impl<T: Scalar> Work for TestSamples<'_, T> {
    /// `None` where there are no wide registers, or not enough memory for them.
    type Output = Option<Sums>;

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) -> Option<Sums> {
        if const { !V::WIDE } {
            return None;
        }
        let Self { shape, activation, test, student, teacher, memory } = self;
        let (filters, features, tokens, outputs) = (shape.filters(), shape.features(), shape.tokens(), shape.outputs());
        let workspace = Workspace::cut(Sizes { shape, samples: SAMPLES }, &mut Cut::new(memory))?;
        transpose(vector, student.weights, tokens, workspace.attention, outputs);
        transpose(vector, teacher.weights, tokens, workspace.mixing, outputs);
        let (mut stream, mut sums) = (SampleStream::new(test.seed), Sums::new(test.noise_mean.to_f64()));
        let mut left = test.samples as usize;
        while left > 0 {
            let samples = if left < SAMPLES { left } else { SAMPLES };
            left -= samples;
            let drawn = workspace.x.get_mut(..samples * shape.input_len()).unwrap_or_default();
            test.input.fill_samples(vector, stream, (features, shape.input_len()), drawn, |_| ());
            stream = stream.after(samples as u64);
            transpose(vector, workspace.x, features, workspace.by_feature, SAMPLES * tokens);
            let both = [
                (student.value, &*workspace.attention, &mut *workspace.learnt),
                (teacher.value, workspace.mixing, workspace.taught),
            ];
            for (value, weights, answers) in both {
                let (all_tokens, rows) = (SAMPLES * tokens, filters * SAMPLES);
                let right = by(workspace.by_feature, all_tokens);
                let forward = (filters, features, all_tokens);
                vector.outline(Multiply::new(ByRows(by(value, features)), right, workspace.hidden, forward));
                let average = (rows, tokens, outputs);
                vector.outline(Multiply::new(
                    ByRows(by(workspace.hidden, tokens)),
                    by(weights, outputs),
                    answers,
                    average,
                ));
                activation.apply_all(answers);
            }
            for sample in 0..samples {
                let answers = |of: &[T], j: usize, m: usize| {
                    of.get((m * SAMPLES + sample) * outputs + j).copied().unwrap_or(T::ZERO)
                };
                let (taught, learnt) = (&*workspace.taught, &*workspace.learnt);
                sums.add((0..outputs).flat_map(|j| (0..filters).map(move |m| (j, m))).map(
                    #[inline(always)]
                    |(j, m)| (answers(taught, j, m) - answers(learnt, j, m)).to_f64(),
                ));
            }
        }
        Some(sums)
    }
}
