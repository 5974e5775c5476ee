//! The gradient from pairs (X, Y) that somebody else produced: any number of them, accumulated, then one step.
//!
//! Per sample, with tokens as columns of X,
//!
//! ```text
//! H = W X          U = H S          G = (act(U) - Y) act'(U)          loss = 1/2 || Y - act(U) ||^2
//! dW += (G S^T) X^T                 dS += H^T G                       then through the row softmax to A
//! ```
//!
//! A step divides by the number of samples. With the least memory one filter is worked on at a time, so that two rows of
//! tokens and one of outputs are enough. With more, and where there are wide vector registers, a few pairs are worked on
//! together. **Order of summation**, of both: every element of H sums over features in sequence, of U over tokens, of
//! `G S^T` over outputs, of dS over samples and then filters, of dW over samples and then tokens; the loss of a filter sums
//! over outputs, that of the batch over samples and then filters.

mod pause;
mod step;

use super::narrow::{self, FilterRows, Layer, Sums};
use super::sample_scratch::NarrowScratchViewMut;
use super::wide::{self, ExternalBatch, Network, PairsViewMut};
use crate::activation::Activation;
use crate::digest::identity;
use crate::error::Error;
use crate::loss::Loss;
use crate::matrix::{Rows, check_finite, check_length};
use crate::memory::{Sizes, Spare};
use crate::predict::forward;
use crate::scalar::Scalar;
use crate::student::{Student, StudentView, StudentViewMut};
use crate::vector::Level;

pub use super::batch_loss::BatchLoss;
pub use super::sample_scratch::{SampleScratch, SampleScratchViewMut, sample_scratch_len, sample_scratch_wide_len};

/// A batch that was laid aside by [`Samples::pause`]: which batch of which student it is, and the activation it was begun
/// with. The sums are in the working memory.
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "the batch cannot be gone on with without it"]
pub struct Paused<T> {
    seal: u64,
    activation: Activation<T>,
}

/// Training a student from pairs (X, Y). While it lives nobody else can change the student, so the attention is computed
/// once a batch.
#[derive(Debug)]
pub struct Samples<'a, T> {
    student: StudentViewMut<'a, T>,
    scratch: NarrowScratchViewMut<'a, T>,
    pairs: Spare<PairsViewMut<'a, T>>,
    activation: Activation<T>,
}

impl<'a, T: Scalar> Samples<'a, T> {
    /// Sets out with an empty batch. Costs an exponential an element of the attention.
    ///
    /// # Errors
    /// [`Error::Length`] when student and scratch are not of one shape, [`Error::OutOfRange`] for the activation.
    #[inline(always)] // Built where it stays: a copy out of the result takes a hundred bytes of stack.
    pub fn new(
        student: StudentViewMut<'a, T>,
        activation: Activation<T>,
        scratch: SampleScratchViewMut<'a, T>,
    ) -> Result<Self, Error> {
        scratch.check(Sizes::of(student.shape()))?;
        Self::fitting(student, activation, scratch)
    }

    /// Sets out with an empty batch of a student and working memory whose types know their sizes; what does not fit does
    /// not compile. Costs an exponential an element of the attention.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for the activation.
    #[inline(always)] // Built where it stays: a copy out of the result takes a hundred bytes of stack.
    pub fn of<const FILTERS: usize, const FEATURES: usize, const TOKENS: usize, const OUTPUTS: usize>(
        student: &'a mut Student<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
        activation: Activation<T>,
        scratch: &'a mut SampleScratch<T, FILTERS, FEATURES, TOKENS, OUTPUTS>,
    ) -> Result<Self, Error> {
        Self::fitting(student.view_mut(), activation, scratch.view_mut())
    }

    /// An empty batch of a student and a scratch that are known to be of one shape.
    #[inline(always)] // As above.
    fn fitting(
        student: StudentViewMut<'a, T>,
        activation: Activation<T>,
        scratch: SampleScratchViewMut<'a, T>,
    ) -> Result<Self, Error> {
        activation.check()?;
        let SampleScratchViewMut { narrow, mut pairs } = scratch;
        let NarrowScratchViewMut { attention, d_attention, d_value, hidden, d_hidden, d_output, batch_loss } = narrow;
        begin(student.view(), attention, (d_attention, d_value), (batch_loss, &mut pairs));
        let scratch = NarrowScratchViewMut { attention, d_attention, d_value, hidden, d_hidden, d_output, batch_loss };
        Ok(Self { student, scratch, pairs, activation })
    }

    /// Adds the batch of `other`, which another thread may have accumulated with a copy of this student, for a batch has its student
    /// for itself: sum to sum, in the order in which batches are merged, whoever was done first. The batch then has the bits of that
    /// order, which are not those of all samples one after the other. `other` stays as it is. Costs an addition for each weight of the
    /// student.
    ///
    /// # Errors
    /// Nothing is changed then: what [`StudentView`]s of two shapes are refused for; [`Error::Batch`] unless both students have the same
    /// bits, steps and carries included, and the same activation.
    pub fn merge(&mut self, other: &Samples<'_, T>) -> Result<(), Error> {
        self.student.shape().check_equal(other.student.shape())?;
        if self.activation != other.activation || identity(self.student.view()) != identity(other.student.view()) {
            return Err(Error::Batch);
        }
        self.scratch.add(&other.scratch);
        Ok(())
    }

    /// The student as it stands.
    pub fn student(&self) -> StudentView<'_, T> {
        self.student.view()
    }

    /// The batch so far: its samples and their mean loss.
    pub const fn batch_loss(&self) -> &BatchLoss<T> {
        self.scratch.batch_loss
    }

    /// Room for one element a token, free between two pairs.
    pub(crate) const fn hidden_mut(&mut self) -> &mut [T] {
        self.scratch.hidden
    }

    /// The student, for a change after which another batch begins.
    pub(super) const fn student_mut(&mut self) -> &mut StudentViewMut<'a, T> {
        &mut self.student
    }

    /// What the student applies to its outputs.
    pub(super) const fn activation(&self) -> Activation<T> {
        self.activation
    }

    /// S of the batch, and dL/dW times the samples.
    pub(super) const fn attention_and_d_value(&self) -> (&[T], &[T]) {
        (self.scratch.attention, self.scratch.d_value)
    }

    /// Writes what the student answers to one input, as it stands: `y[output][filter]` of `x[token][feature]`. The batch stays as it is,
    /// whose attention and working memory this takes. Where a sum of products overflows, an element may be infinite or NaN. Costs about
    /// `M D (d + J)` additions and multiplications.
    ///
    /// # Errors
    /// [`Error::Length`], naming the slice; nothing is written then.
    pub fn predict(&mut self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        let (shape, weights) = (self.student.shape(), (self.student.view().value(), &*self.scratch.attention));
        forward(shape, self.activation, weights, x, self.scratch.hidden, y)
    }

    /// Empties the batch: no samples, no loss, a gradient of zero. The student stays as it is.
    pub fn begin(&mut self) {
        let NarrowScratchViewMut { attention, d_attention, d_value, batch_loss, .. } = &mut self.scratch;
        begin(self.student.view(), attention, (d_attention, d_value), (batch_loss, &mut self.pairs));
    }

    /// Adds one pair: `x[token][feature]`, `y[output][filter]`. Costs about `6 M D (d + J)` additions and
    /// multiplications.
    ///
    /// Finite numbers so large that their products overflow are noticed by [`Samples::step`], which then refuses: at no rate is there
    /// a step along them, and [`Samples::begin`] drops them.
    ///
    /// # Errors
    /// [`Error::Length`] or [`Error::NotFinite`], naming the slice; nothing is added then.
    pub fn accumulate(&mut self, x: &[T], y: &[T]) -> Result<(), Error> {
        let shape = self.student.shape();
        check_length("x", x, shape.input_len())?;
        check_length("y", y, shape.output_len())?;
        if !self.accumulate_together(1, x, y) {
            check_finite("x", x)?;
            check_finite("y", y)?;
            self.accumulate_checked(x, y);
        }
        Ok(())
    }

    /// Adds `pairs` pairs: `x[pair][token][feature]`, `y[pair][output][filter]`. The sums are those of one pair after the
    /// other; with memory for it a few together take less time.
    ///
    /// # Errors
    /// Those of [`Samples::accumulate`], and [`Error::Zero`] if there are none.
    pub fn accumulate_many(&mut self, pairs: usize, x: &[T], y: &[T]) -> Result<(), Error> {
        if pairs == 0 {
            return Err(Error::Zero { what: "the number of pairs" });
        }
        let shape = self.student.shape();
        // A length that does not fit is no length of a slice.
        check_length("x", x, pairs.saturating_mul(shape.input_len()))?;
        check_length("y", y, pairs.saturating_mul(shape.output_len()))?;
        if self.accumulate_together(pairs, x, y) {
            return Ok(());
        }
        check_finite("x", x)?;
        check_finite("y", y)?;
        for (x, y) in Rows::new(x, shape.input_len()).zip(Rows::new(y, shape.output_len())) {
            self.accumulate_checked(x, y);
        }
        Ok(())
    }

    /// Adds pairs with wide registers. False, and nothing done, without them, or if a number is not finite.
    #[inline]
    fn accumulate_together(&mut self, pairs: usize, x: &[T], y: &[T]) -> bool {
        let level = Level::best();
        let NarrowScratchViewMut { attention, d_attention, d_value, batch_loss, .. } = &mut self.scratch;
        let (true, Some(Some(workspace))) = (level.is_wide(), self.pairs.first_mut()) else { return false };
        let (shape, activation) = (self.student.shape(), self.activation);
        let value = self.student.view().value();
        let student = Network { shape, activation, value, attention, by_token: &[] };
        let sums = (&mut **d_attention, &mut **d_value, &mut batch_loss.loss);
        let added = wide::accumulate(level, ExternalBatch { student, pairs, x, y }, workspace.reborrow(), sums);
        if added {
            batch_loss.count = batch_loss.count.saturating_add(pairs as u64);
        }
        added
    }

    /// Adds one pair, of slices of the right length that are known to be finite.
    #[inline(never)] // On small stacks its frame must not add to the caller's.
    pub(crate) fn accumulate_checked(&mut self, x: &[T], y: &[T]) {
        let (shape, value, activation) = (self.student.shape(), self.student.view().value(), self.activation);
        let NarrowScratchViewMut { attention, d_attention, d_value, hidden, d_hidden, d_output, batch_loss } =
            &mut self.scratch;
        let layer = Layer { shape, activation, loss: Loss::Squared, value, attention };
        let rows = FilterRows { hidden, d_hidden, d_output };
        narrow::accumulate(
            layer,
            rows,
            Sums { d_value, d_attention, d_tokens: None, loss: &mut batch_loss.loss },
            (x, y),
        );
        batch_loss.count = batch_loss.count.saturating_add(1);
    }
}

/// Computes the attention and empties the batch.
#[inline(never)] // Over slices: what calls it need not be in memory for that.
fn begin<T: Scalar>(
    student: StudentView<'_, T>,
    attention: &mut [T],
    (d_attention, d_value): (&mut [T], &mut [T]),
    (batch_loss, pairs): (&mut BatchLoss<T>, &mut Spare<PairsViewMut<'_, T>>),
) {
    student.attention_rows(attention);
    // Whether or not there are wide registers now: what goes on with the batch may have them.
    if let Some(Some(pairs)) = pairs.first_mut() {
        pairs.attend(student.shape(), attention);
    }
    d_attention.fill(T::ZERO);
    d_value.fill(T::ZERO);
    batch_loss.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::digest;
    use crate::shape::Shape;
    use crate::step::Descent;
    use crate::vector::SIDE_BY_SIDE;

    #[test]
    fn merged_batches_have_the_bits_of_the_order_of_merging() {
        const PAIRS: [([f32; 6], [f32; 6]); 4] = [
            ([0.1, -0.7, 0.3, 1.3, -0.2, 0.9], [0.5, 0.1, -0.3, 0.2, 0.7, -1.1]),
            ([1.1, 0.4, -0.6, 0.2, 0.8, -0.5], [0.3, -0.9, 0.6, 0.4, -0.1, 0.2]),
            ([-0.3, 0.6, 0.9, -1.2, 0.1, 0.5], [-0.7, 0.2, 0.1, 0.8, 0.3, 0.4]),
            ([0.7, 0.2, -0.8, 0.6, 1.5, -0.4], [0.9, 0.5, -0.2, -0.6, 0.1, 0.3]),
        ];
        type Memory = (Student<f32, 2, 2, 3, 3>, SampleScratch<f32, 2, 2, 3, 3>);
        let make = || {
            let mut memory: Memory = (Student::ZERO, SampleScratch::ZERO);
            memory.0.view_mut().set_value(&[0.3, -0.5, 0.7, 0.2]).unwrap();
            memory
        };
        fn part<'a>(memory: &'a mut Memory, pairs: &[([f32; 6], [f32; 6])]) -> Samples<'a, f32> {
            let mut samples = Samples::of(&mut memory.0, Activation::Relu, &mut memory.1).unwrap();
            pairs.iter().for_each(|(x, y)| samples.accumulate(x, y).unwrap());
            samples
        }
        // Whoever is first: the parts are summed in the order of merging.
        let merged = |last_first: bool| {
            let mut memory = [make(), make(), make()];
            let [a, b, c] = &mut memory;
            let (mut a, b, c) = if last_first {
                let (c, b) = (part(c, &PAIRS[3..]), part(b, &PAIRS[1..3]));
                (part(a, &PAIRS[..1]), b, c)
            } else {
                (part(a, &PAIRS[..1]), part(b, &PAIRS[1..3]), part(c, &PAIRS[3..]))
            };
            a.merge(&b).unwrap();
            a.merge(&c).unwrap();
            let loss = a.batch_loss().mean_loss().unwrap();
            assert_eq!((a.batch_loss().count(), b.batch_loss().count()), (4, 2));
            a.step(&Descent::new(0.5)).unwrap();
            (digest(a.student()), loss)
        };
        assert_eq!(merged(false), merged(true));
        let mut memory = make();
        let mut whole = part(&mut memory, &PAIRS);
        let loss = whole.batch_loss().mean_loss().unwrap();
        whole.step(&Descent::new(0.5)).unwrap();
        assert!((merged(true).1 - loss).abs() < 1e-6);
        let (mut memory, mut one) = (make(), make());
        let (b, mut a) = (part(&mut memory, &PAIRS[1..]), part(&mut one, &PAIRS[..1]));
        a.merge(&b).unwrap();
        a.step(&Descent::new(0.5)).unwrap();
        for (a, whole) in a.student().value().iter().zip(whole.student().value()) {
            assert!((a - whole).abs() < 1e-6 && *a != 0.3, "{a} {whole}");
        }
        for (a, whole) in a.student().logits().iter().zip(whole.student().logits()) {
            assert!((a - whole).abs() < 1e-6 && *a != 0.0, "{a} {whole}");
        }
        // Another student, which has moved, and another activation.
        assert_eq!(a.merge(&b), Err(Error::Batch));
        let mut other = make();
        let mut other = Samples::of(&mut other.0, Activation::Identity, &mut other.1).unwrap();
        assert_eq!(other.merge(&b), Err(Error::Batch));
        assert_eq!((other.batch_loss().count(), a.batch_loss().count()), (0, 0));
        // Another shape.
        let mut wide = (Student::<f32, 2, 2, 3, 4>::ZERO, SampleScratch::ZERO);
        let wide = Samples::of(&mut wide.0, Activation::Relu, &mut wide.1).unwrap();
        assert!(matches!(a.merge(&wide), Err(error) if error != Error::Batch));
        let (mut little, mut much) = (SampleScratch::<f32, 2, 2, 3, 3>::ZERO, SampleScratch::<f32, 2, 2, 3, 4>::ZERO);
        let length = Error::Length { what: "sample scratch", expected: 9, found: 12 };
        assert_eq!(little.view_mut().merge_unchecked(&much.view_mut()), Err(length));
    }

    /// With memory for wide registers and without.
    #[test]
    fn many_pairs_are_added_or_none() {
        fn check<T: Scalar>(memory: usize) {
            let shape = Shape::new(2, 3, 4, 5).unwrap();
            let (mut student, mut steps) = (std::vec![T::ONE; crate::student::student_len(shape)], 0);
            let student = StudentViewMut::new(shape, &mut student, &mut steps).unwrap();
            let (mut scratch, mut batch_loss) = (std::vec![T::ONE; memory], BatchLoss::ZERO);
            let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
            let mut samples = Samples::new(student, Activation::Relu, scratch).unwrap();
            let (mut x, mut y) = (std::vec![T::HALF; 36], std::vec![T::ONE; 30]);
            samples.accumulate_many(3, &x, &y).unwrap();

            let look = |samples: &Samples<'_, T>| {
                let (mut d_value, mut d_logits) = ([T::ZERO; 6], [T::ZERO; 20]);
                samples.gradient(&mut d_value, &mut d_logits).unwrap();
                (d_value.map(T::to_bits_u64), d_logits.map(T::to_bits_u64), *samples.batch_loss())
            };
            let before = look(&samples);
            assert_eq!(before.2.count(), 3);
            y[29] = T::ONE / T::ZERO;
            assert_eq!(samples.accumulate_many(3, &x, &y), Err(Error::NotFinite { what: "y", index: 29 }));
            x[17] = -y[29];
            assert_eq!(samples.accumulate_many(3, &x, &y), Err(Error::NotFinite { what: "x", index: 17 }));
            assert_eq!(samples.accumulate_many(0, &[], &[]), Err(Error::Zero { what: "the number of pairs" }));
            let wrong = Err(Error::Length { what: "x", expected: 24, found: 36 });
            assert_eq!(samples.accumulate_many(2, &x, &y), wrong);
            let wrong = Err(Error::Length { what: "x", expected: usize::MAX, found: 36 });
            assert_eq!(samples.accumulate_many(usize::MAX, &x, &y), wrong);
            assert_eq!(look(&samples), before);
        }
        let shape = Shape::new(2, 3, 4, 5).unwrap();
        for memory in [sample_scratch_len(shape), sample_scratch_wide_len(shape)] {
            check::<f32>(memory);
            check::<f64>(memory);
        }
    }

    /// Values and hidden layer of the two shapes have as many elements each, of the parts for pairs they have not: where
    /// there are none of those, one memory fits both.
    #[test]
    fn scratch_of_another_shape_is_refused() {
        for (filters, features) in [(64, 1), (1, 64), (128, 64), (2, 1)] {
            let [shape, other] =
                [(filters, features), (features, filters)].map(|(m, d)| Shape::new(m, d, 3, 3).unwrap());
            let mut memory = std::vec![0.0; crate::student::student_len(shape)];
            let mut steps = 0;
            let student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
            let (mut scratch, mut batch_loss) = (std::vec![0.0; sample_scratch_wide_len(other)], BatchLoss::ZERO);
            let scratch = SampleScratchViewMut::new(other, &mut scratch, &mut batch_loss).unwrap();
            let refused = Samples::new(student, Activation::Relu, scratch).err();
            let named = matches!(refused, Some(Error::Length { what: "a part of the sample scratch", .. }));
            assert!(if SIDE_BY_SIDE > 0 { named } else { refused.is_none() }, "{refused:?}");
        }
    }
}
