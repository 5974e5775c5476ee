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

use super::narrow::{self, FilterRows, Layer, Sums};
use super::overflow::GRADIENT_TOO_LARGE;
use super::sample_scratch::{NarrowScratchViewMut, fault};
use super::wide::{self, ExternalBatch, Network, PairsViewMut};
use crate::activation::Activation;
use crate::digest::identity;
use crate::error::Error;
use crate::kernel::softmax::{d_logits, d_softmax};
use crate::loss::Loss;
use crate::matrix::{Rows, RowsMut, check_finite, check_length};
use crate::memory::{Sizes, Spare};
use crate::predict::forward;
use crate::scalar::Scalar;
use crate::step::ruled::{Beside, Known};
use crate::step::{Descent, Rule, RuleState};
use crate::student::{Student, StudentView, StudentViewMut};
use crate::vector::Level;

pub use super::batch_loss::BatchLoss;
pub use super::sample_scratch::{SampleScratch, SampleScratchViewMut, sample_scratch_len, sample_scratch_wide_len};

use super::batch_loss::samples_as_scalar;

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

    /// Lays the batch aside: student and working memory are free to be looked at, and [`Samples::resume`] goes on with it.
    /// Costs a multiplication of integers for each number of student and batch.
    pub fn pause(self) -> Paused<T> {
        let Self { student, scratch, activation, .. } = self;
        Paused { seal: scratch.seal(student.view()), activation }
    }

    /// Goes on with a batch that was laid aside, in the working memory that holds it. What is beyond
    /// [`sample_scratch_len`] elements may have been used for something else, or may not have been there.
    ///
    /// Everything else must be as [`Samples::pause`] left it, to the last bit: each parameter and carry of the student and
    /// its number of steps, or it is another student; attention, sums, count and loss of the batch, or it is another batch.
    /// A copy of either will do. Costs as much as [`Samples::pause`].
    ///
    /// # Errors
    /// [`Error::Length`] when student and scratch are not of one shape; [`Error::Batch`] for another student, a student
    /// that was changed, and another batch. Nothing has been changed then.
    pub fn resume(
        student: StudentViewMut<'a, T>,
        scratch: SampleScratchViewMut<'a, T>,
        paused: Paused<T>,
    ) -> Result<Self, Error> {
        let mut samples = Self::resume_unchecked(student, paused.activation, scratch)?;
        if samples.scratch.seal(samples.student.view()) != paused.seal {
            return Err(Error::Batch);
        }
        if let Some(Some(pairs)) = samples.pairs.first_mut() {
            pairs.attend(samples.student.shape(), samples.scratch.attention);
        }
        Ok(samples)
    }

    /// Goes on with the batch that `scratch` holds without looking whether it is this student's as it stands: for a program
    /// that sees to that by other means, as the C ABI does. With another student, another activation, or not all of the
    /// memory that the batch began with, the next step goes astray. Costs the same for every size.
    ///
    /// # Errors
    /// Those of [`Samples::new`].
    #[inline(always)] // As above.
    pub fn resume_unchecked(
        student: StudentViewMut<'a, T>,
        activation: Activation<T>,
        scratch: SampleScratchViewMut<'a, T>,
    ) -> Result<Self, Error> {
        activation.check()?;
        scratch.check(Sizes::of(student.shape()))?;
        let SampleScratchViewMut { narrow: scratch, pairs } = scratch;
        Ok(Self { student, scratch, pairs, activation })
    }

    /// Adds the batch of `other`, which another thread may have accumulated with a copy of this student: sum to sum, in the order in
    /// which batches are merged, whoever was done first. The batch then has the bits of that order, which are not those of all
    /// samples one after the other. `other` stays as it is. Costs an addition for each weight of the student.
    ///
    /// # Errors
    /// Nothing is changed then: what [`StudentView`]s of two shapes are refused for; [`Error::Batch`] unless both students have the same
    /// bits, steps and carries included, and the same activation.
    pub fn merge(&mut self, other: &Samples<'_, T>) -> Result<(), Error> {
        self.student.shape().check_equal(other.student.shape())?;
        if self.activation != other.activation || identity(self.student.view()) != identity(other.student.view()) {
            return Err(Error::Batch);
        }
        let (own, others) = (&mut self.scratch, &other.scratch);
        for (sums, added) in [(&mut *own.d_attention, &*others.d_attention), (&mut *own.d_value, &*others.d_value)] {
            for (sum, &added) in sums.iter_mut().zip(added) {
                *sum += added;
            }
        }
        own.batch_loss.count = own.batch_loss.count.saturating_add(others.batch_loss.count);
        own.batch_loss.loss += others.batch_loss.loss;
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

    /// The largest Euclidean norm of a row of dL/dA.
    pub(super) fn longest_row(&self) -> T {
        let (tokens, count) = (self.student.shape().tokens(), samples_as_scalar::<T>(self.scratch.batch_loss.count));
        let mut largest = T::ZERO;
        for (s, d) in Rows::new(self.scratch.attention, tokens).zip(Rows::new(self.scratch.d_attention, tokens)) {
            let squared = d_logits(s, d).fold(T::ZERO, |sum, g| sum + (g / count) * (g / count));
            largest = largest.larger(squared.sqrt());
        }
        largest
    }

    /// What the student answers to an input, of slices of the right lengths.
    pub(super) fn predict(&mut self, x: &[T], y: &mut [T]) -> Result<(), Error> {
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

    /// The gradient of the mean loss over the batch: `dL/dW` (`filters x features`) and `dL/dA` (`outputs x tokens`).
    /// The batch stays as it is, and every element written is finite.
    ///
    /// # Errors
    /// Nothing is written then:
    /// * [`Error::NoSamples`];
    /// * [`Error::Length`], naming the slice;
    /// * [`Error::OutOfRange`]: numbers so large that the gradient might overflow, or did.
    pub fn gradient(&self, d_value: &mut [T], d_logits: &mut [T]) -> Result<(), Error> {
        let shape = self.student.shape();
        check_length("d_value", d_value, shape.value_len())?;
        check_length("d_logits", d_logits, shape.mixing_len())?;
        if self.scratch.batch_loss.count == 0 {
            return Err(Error::NoSamples);
        }
        let count = samples_as_scalar::<T>(self.scratch.batch_loss.count);
        // The softmax takes from an element a mean of all, which may be as large with the other sign.
        let fits = |d: &T| (*d / count * (T::TWO * T::TWO)).is_finite();
        if !self.scratch.d_value.iter().chain(&*self.scratch.d_attention).all(fits) {
            return Err(GRADIENT_TOO_LARGE);
        }
        for (to, &from) in d_value.iter_mut().zip(&*self.scratch.d_value) {
            *to = from / count;
        }
        for (to, &from) in d_logits.iter_mut().zip(&*self.scratch.d_attention) {
            *to = from / count;
        }
        let tokens = shape.tokens();
        for (s, d) in Rows::new(self.scratch.attention, tokens).zip(RowsMut::new(d_logits, tokens)) {
            d_softmax(s, d);
        }
        Ok(())
    }

    /// One step along the mean gradient of the batch; then a new batch begins.
    ///
    /// # Errors
    /// [`Error::NoSamples`], what [`Descent::check`] refuses, [`Error::Diverged`], or [`Error::NotFinite`] where the batch is at fault
    /// and not the rate: its numbers, or the student's, are so large that their products overflowed. Student and batch are then
    /// unchanged, so that the same batch can be tried with a lower rate, or be dropped by [`Samples::begin`].
    #[inline(never)] // As above.
    pub fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        descent.check()?;
        if self.scratch.batch_loss.count == 0 {
            return Err(Error::NoSamples);
        }
        if let Err(refused) = self.scratch.descend(&mut self.student, descent) {
            return Err(fault(self.scratch.d_value, self.scratch.d_attention, refused));
        }
        self.begin();
        Ok(())
    }

    /// One step whose logits follow a rule of their own, W plain descent; then a new batch begins. Plain descent by this way is
    /// [`Samples::step`], to the bit. Costs the gradient through the softmax twice, with Adam three times.
    ///
    /// # Errors
    /// Those of [`Samples::step`], [`Error::Length`] for a rule of another shape, and [`Error::OutOfRange`] for Polyak's rule
    /// (see [`Samples::polyak_step`]) and for [`ValueRule::Projected`](crate::step::ValueRule::Projected), which takes tokens that are
    /// known to be white. Student, batch and rule are then unchanged.
    #[inline(never)] // As above.
    pub fn step_by(&mut self, descent: &Descent<T>, rule: &mut RuleState<'_, T>) -> Result<(), Error> {
        rule.check(self.student.shape())?;
        rule.check_for_pairs()?;
        self.step_beside(descent, T::ZERO, rule)
    }

    /// One step of the logits by Polyak's rule, W plain descent; then a new batch begins. `theta` is above 0 and at most 2;
    /// `least_loss` is the least mean loss of a sample that any student reaches, in units of the loss `1/2 abs(Y - f(X))^2`. The step
    /// goes so far that, were the loss linear, `theta` of what the batch's mean loss has above it would go, all rows together; but
    /// no further than `theta sqrt(J D) / 4`, and nowhere where the loss is not above the least. Costs the gradient through the
    /// softmax four times.
    ///
    /// # Errors
    /// Those of [`Samples::step`], and [`Error::OutOfRange`] for a theta outside its range and a least loss that is negative or
    /// not finite. Student and batch are then unchanged.
    #[inline(never)] // As above.
    pub fn polyak_step(&mut self, descent: &Descent<T>, theta: T, least_loss: T) -> Result<(), Error> {
        if !(least_loss >= T::ZERO && least_loss.is_finite()) {
            return Err(Error::OutOfRange { what: "the least loss must be finite and not negative" });
        }
        let mut rule = RuleState::new(self.student.shape(), Rule::Polyak { theta }, &mut [])?;
        let excess = self.scratch.batch_loss.mean_loss().map_or(T::ZERO, |loss| loss - least_loss);
        let known = Known { excess, curvature: None };
        let (shape, value) = (self.student.shape(), self.student.view().value());
        let polyak_rate = self.scratch.sums().polyak_rate(shape, theta, value, known);
        self.step_beside(descent, polyak_rate, &mut rule)
    }

    /// A step by rules that fit, W by descent.
    #[inline(always)]
    fn step_beside(&mut self, descent: &Descent<T>, polyak_rate: T, rule: &mut RuleState<'_, T>) -> Result<(), Error> {
        descent.check()?;
        if self.scratch.batch_loss.count == 0 {
            return Err(Error::NoSamples);
        }
        let beside = Beside { value_rate: descent.value_rate, polyak_rate };
        if let Err(refused) = self.student.descend_by((self.scratch.sums(), beside), descent, rule) {
            return Err(fault(self.scratch.d_value, self.scratch.d_attention, refused));
        }
        self.begin();
        Ok(())
    }

    /// Has `descend` step along a batch that is not empty, with settings that have been checked; no other batch begins, which would
    /// cost its attention.
    #[inline(always)]
    pub(super) fn last_step(
        mut self,
        descend: impl FnOnce(&NarrowScratchViewMut<'a, T>, &mut StudentViewMut<'a, T>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let stepped = descend(&self.scratch, &mut self.student);
        self.scratch.batch_loss.clear();
        stepped
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
    use crate::vector::SIDE_BY_SIDE;

    /// One filter of weight `value`, two tokens and two outputs of opposite answers.
    fn batch<R>(value: f32, y: [f32; 2], look: impl FnOnce(&mut Samples<'_, f32>) -> R) -> R {
        let (mut student, mut scratch) = (Student::<f32, 1, 1, 2, 2>::ZERO, SampleScratch::ZERO);
        student.view_mut().set_value(&[value]).unwrap();
        let mut samples = Samples::of(&mut student, Activation::Identity, &mut scratch).unwrap();
        samples.accumulate(&[1.0, -1.0], &y).unwrap();
        look(&mut samples)
    }

    fn refused(samples: &mut Samples<'_, f32>, descent: &Descent<f32>, error: Error) {
        let gradient = |samples: &Samples<'_, f32>| {
            let (mut d_value, mut d_logits) = ([0.0; 1], [0.0; 4]);
            let given = samples.gradient(&mut d_value, &mut d_logits);
            (given, d_value.map(f32::to_bits), d_logits.map(f32::to_bits))
        };
        let before = (digest(samples.student()), gradient(samples), *samples.batch_loss());
        assert_eq!(samples.step(descent), Err(error));
        assert_eq!((digest(samples.student()), gradient(samples), *samples.batch_loss()), before);
    }

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
        // Another student, which has moved, and another activation.
        assert_eq!(a.merge(&b), Err(Error::Batch));
        let mut other = make();
        let mut other = Samples::of(&mut other.0, Activation::Identity, &mut other.1).unwrap();
        assert_eq!(other.merge(&b), Err(Error::Batch));
        assert_eq!((other.batch_loss().count(), a.batch_loss().count()), (0, 0));
    }

    const OF_THE_BATCH: &str = "the gradient of the batch";

    #[test]
    fn a_refused_step_leaves_student_and_batch() {
        batch(1.0, [-1.0, 0.5], |samples| {
            refused(samples, &Descent { value_limit: 0.5, ..Descent::new(1.0) }, Error::Diverged);
            assert_eq!(samples.step(&Descent::new(0.1)), Ok(()));
            assert_eq!((samples.student().steps(), samples.batch_loss().count()), (1, 0));
        });
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

    /// What is beyond the least memory may be anything when a batch is gone on with.
    #[test]
    fn a_batch_needs_no_more_than_the_least_memory_to_go_on() {
        let shape = Shape::new(2, 3, 4, 5).unwrap();
        let run = |spoil: bool| {
            let (mut memory, mut steps) = (std::vec![0.5_f64; crate::student::student_len(shape)], 0);
            let (mut scratch, mut batch_loss) = (std::vec![7.0; sample_scratch_wide_len(shape)], BatchLoss::ZERO);
            let (least, x, y) = (sample_scratch_len(shape), [0.5; 12], [0.25; 10]);
            let mut student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
            student.set_value(&[0.5, -0.25, 1.0, 0.75, 0.5, -1.0]).unwrap();
            let begun = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
            let mut samples = Samples::new(student.reborrow(), Activation::Relu, begun).unwrap();
            samples.accumulate(&x, &y).unwrap();
            let paused = samples.pause();
            if spoil {
                scratch[least..].fill(f64::NAN);
            }
            let resumed = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
            let mut samples = Samples::resume(student, resumed, paused).unwrap();
            samples.accumulate(&x, &y).unwrap();
            let (mut d_value, mut d_logits) = ([0.0; 6], [0.0; 20]);
            samples.gradient(&mut d_value, &mut d_logits).unwrap();
            (d_value.map(f64::to_bits), d_logits.map(f64::to_bits), *samples.batch_loss())
        };
        assert_eq!(run(true), run(false));
    }

    /// A batch that was begun for one student was once stepped on another one of equal history.
    #[test]
    fn a_batch_is_gone_on_with_for_its_student_and_no_other() {
        fn check<T: Scalar>() {
            let shape = Shape::new(2, 2, 4, 2).unwrap();
            type Memory<T> = (std::vec::Vec<T>, u64);
            let student_of = |logits: [f64; 8]| -> Memory<T> {
                let (mut memory, mut steps) = (std::vec![T::ZERO; crate::student::student_len(shape)], 0);
                let mut student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
                student.set_value(&[T::ONE, T::HALF, T::TWO, T::ONE]).unwrap();
                student.set_logits(&logits.map(T::from_f64)).unwrap();
                (memory, steps)
            };
            let nine = |place: usize| core::array::from_fn(|i| if i == place { 9.0 } else { 0.0 });
            let begun = student_of(nine(1));
            let (mut scratch, mut batch_loss) = (std::vec![T::ZERO; sample_scratch_len(shape)], BatchLoss::ZERO);
            let (x, y) = ([T::ONE, T::TWO, T::HALF, T::ZERO, T::ONE, T::ONE, T::HALF, T::TWO], [T::ONE; 4]);
            let paused = {
                let (mut memory, mut steps) = begun.clone();
                let student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
                let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
                let mut samples = Samples::new(student, Activation::Relu, scratch).unwrap();
                samples.accumulate(&x, &y).unwrap();
                samples.pause()
            };
            // What comes of a step on this student, from this working memory; and neither has changed when it is refused.
            let step = |student: &Memory<T>, batch: &(std::vec::Vec<T>, BatchLoss<T>)| {
                let ((mut memory, mut steps), (mut scratch, mut batch_loss)) = (student.clone(), batch.clone());
                let stepped = {
                    let student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
                    let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss).unwrap();
                    Samples::resume(student, scratch, paused)
                        .and_then(|mut samples| samples.step(&Descent::new(T::HALF)))
                };
                if stepped.is_err() {
                    assert_eq!((&(memory, steps), &(scratch, batch_loss)), (student, batch));
                }
                stepped
            };
            let batch = (scratch, batch_loss);
            assert_eq!(step(&begun, &batch), Ok(()), "a copy is as good");

            let mut others: std::vec::Vec<(&str, Memory<T>)> = std::vec![("logits in the middle", student_of(nine(2)))];
            for place in 0..begun.0.len() {
                // Each parameter, and each carry.
                let mut other = begun.clone();
                other.0[place] += T::HALF;
                others.push(("one number", other));
            }
            others.push(("steps", (begun.0.clone(), 1)));
            others.push(("reset", (std::vec![T::ZERO; begun.0.len()], 0)));
            let mut stepped = begun.clone();
            StudentViewMut::new(shape, &mut stepped.0, &mut stepped.1).unwrap().count_step();
            others.push(("a step that moved nothing", stepped));
            for (name, other) in &others {
                assert_eq!(step(other, &batch), Err(Error::Batch), "{name}");
            }

            // Another batch of the same student, or what is left of it after a step.
            for place in 0..sample_scratch_len(shape) - 2 * shape.tokens() - shape.outputs() {
                let mut other = batch.clone();
                other.0[place] += T::ONE;
                assert_eq!(step(&begun, &other), Err(Error::Batch), "{place}");
            }
            let count = BatchLoss { count: 2, ..batch.1 };
            assert_eq!(step(&begun, &(batch.0.clone(), count)), Err(Error::Batch));
            let loss = BatchLoss { loss: batch.1.loss + T::ONE, ..batch.1 };
            assert_eq!(step(&begun, &(batch.0, loss)), Err(Error::Batch));
        }
        check::<f32>();
        check::<f64>();
    }

    /// The first row of the attention's gradient overflows and the second does not: what is not a number was once
    /// forgotten when the rows after it were fine, and the step was taken.
    #[test]
    fn an_overflow_in_one_row_is_refused() {
        let error = Error::NotFinite { what: OF_THE_BATCH, index: 0 };
        batch(1e6, [-1e33, 0.0], |samples| refused(samples, &Descent { value_limit: 1e7, ..Descent::new(0.1) }, error));
    }

    /// A reading of 1e30 among others was once told to be a matter of the rate, at every rate, until a new batch was begun.
    #[test]
    fn a_batch_that_overflows_is_told_from_a_rate_that_is_too_high_and_can_be_dropped() {
        batch(1.0, [-1.0, 0.5], |samples| {
            samples.accumulate(&[1e30, 1e30], &[1.0, 1.0]).unwrap();
            for rate in [1.0, 1e-30] {
                refused(samples, &Descent::new(rate), Error::NotFinite { what: OF_THE_BATCH, index: 0 });
            }
            samples.begin();
            samples.accumulate(&[1.0, -1.0], &[-1.0, 0.5]).unwrap();
            refused(samples, &Descent::new(1e30), Error::Diverged);
            assert_eq!(samples.step(&Descent::new(0.1)), Ok(()));
        });
    }

    /// What overflowed on the way is not handed out, and the loss, a square, is infinite and no NaN.
    #[test]
    fn a_gradient_is_finite_or_refused() {
        let gradient = |value, y, loss_is_finite: bool| {
            batch(value, y, |samples| {
                let (mut d_value, mut d_logits) = ([7.0; 1], [7.0; 4]);
                let given = samples.gradient(&mut d_value, &mut d_logits);
                let written = d_value.iter().chain(&d_logits);
                match given {
                    Ok(()) => assert!(written.clone().all(|d| d.is_finite()), "{value} {y:?}: {written:?}"),
                    Err(_) => assert!(written.clone().all(|&d| d == 7.0), "{value} {y:?}: {written:?}"),
                }
                let loss = samples.batch_loss().mean_loss().unwrap();
                assert_eq!((loss < f32::INFINITY, loss >= 0.0), (loss_is_finite, true), "{value} {y:?}: {loss}");
                given
            })
        };
        assert_eq!(gradient(1.0, [-1.0, 0.5], true), Ok(()));
        assert_eq!(gradient(1e10, [-1e27, 1e27], false), Ok(()));
        // A product overflows; a difference in the softmax may, of numbers that are finite.
        assert_eq!(gradient(1e6, [-1e33, 0.0], false), Err(GRADIENT_TOO_LARGE));
        assert_eq!(gradient(1e10, [-3e28, 3e28], false), Err(GRADIENT_TOO_LARGE));
        assert_eq!(gradient(f32::MAX, [-f32::MAX, f32::MAX], false), Err(GRADIENT_TOO_LARGE));
        assert_eq!(
            BatchLoss { count: 2, loss: f32::NAN }.mean_loss(),
            Some(f32::INFINITY),
            "of a prediction that is no number"
        );
    }
}
