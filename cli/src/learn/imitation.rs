//! A student whose activation is not its teacher's. It learns from samples that the teacher answers, and no loss of it is known but means over
//! tests, unless it has none.
//!
//! The best that a student without an activation can do is known: of a teacher with slope `k` below zero, by Stein's lemma,
//!
//! ```text
//! E act(u) x = (1 + k)/2 E u x,   so that W X S with W = (1 + k)/2 V* and S = S* is the best linear function of X
//! ```
//!
//! and with it its gradient over all Gaussian inputs: it is that of a teacher with these filters and no activation, as what is left of the answers is
//! orthogonal to every linear function. That adds the same to the loss of every student,
//!
//! ```text
//! 1/2 |V*|^2 |S*|^2 (q - ((1 + k)/2)^2) = 1/8 |V*|^2 |S*|^2 (1 - k)^2
//! ```

use std::cell::Cell;

use tutee::activation::Activation;
use tutee::gradient::online::Source;
use tutee::gradient::pair_training::PairTraining;
use tutee::gradient::samples::Samples;
use tutee::input::SampleStream;
use tutee::predict::forward;
use tutee::recovery::least_loss::{self, attainable};
use tutee::recovery::out_of_distribution::{TestExcess, TestSet, test_excess, test_scratch_len};
use tutee::step::Descent;
use tutee::student::StudentView;
use tutee::teacher::TeacherView;
use tutee::training::{Measure, Measured, Training};
use tutee::{Error, Scalar};

use super::learning::Learning;
use crate::failure::Ended;
use crate::memory::{Numbers, zeros};

/// Samples that are accumulated together.
const TOGETHER: usize = 16;

/// Samples with the teacher's answers.
pub(super) struct Answered<'a, T> {
    teacher: TeacherView<'a, T>,
    source: Source<T>,
    x: Numbers<T>,
    y: Numbers<T>,
    hidden: Numbers<T>,
}

impl<'a, T: Scalar> Answered<'a, T> {
    /// From a source, whose stream is told at every batch.
    pub(super) fn new(teacher: TeacherView<'a, T>, source: Source<T>) -> Result<Self, Ended> {
        source.check()?;
        let shape = teacher.shape();
        Ok(Self {
            teacher,
            source,
            x: zeros(TOGETHER * shape.input_len())?,
            y: zeros(TOGETHER * shape.output_len())?,
            hidden: zeros(shape.tokens())?,
        })
    }

    /// Draws a batch, answers it, and leaves the stream at the next sample.
    pub(super) fn fill(&mut self, samples: &mut Samples<'_, T>, at: &Cell<SampleStream>) -> Result<(), Error> {
        let Source { input, noise, batch, .. } = self.source;
        let (teacher, shape, mut stream) = (self.teacher, self.teacher.shape(), at.get());
        let mut left = batch as usize;
        while left > 0 {
            let count = left.min(TOGETHER);
            left -= count;
            let pairs = self.x.chunks_mut(shape.input_len()).zip(self.y.chunks_mut(shape.output_len())).take(count);
            for (x, y) in pairs {
                let mut rng = stream.sample();
                input.fill(&mut rng, shape.features(), x);
                forward(shape, teacher.activation(), (teacher.value(), teacher.mixing()), x, &mut self.hidden, y)?;
                noise.add(&mut rng, y);
            }
            let (x, y) = (self.x.get(..count * shape.input_len()), self.y.get(..count * shape.output_len()));
            samples.accumulate_many(count, x.unwrap_or_default(), y.unwrap_or_default())?;
        }
        at.set(stream);
        Ok(())
    }
}

/// A training of such a student, with what tests say of it.
pub(super) struct Imitation<'a, T, P> {
    training: PairTraining<'a, T, P>,
    /// Where its samples come from, at the next one.
    stream: &'a Cell<SampleStream>,
    teacher: TeacherView<'a, T>,
    activation: Activation<T>,
    test: TestSet<T>,
    memory: Numbers<T>,
}

impl<'a, T: Scalar, P: FnMut(&mut Samples<'a, T>) -> Result<(), Error>> Imitation<'a, T, P> {
    /// Of samples from a stream, tested on the set.
    pub(super) fn new(
        (training, stream): (PairTraining<'a, T, P>, &'a Cell<SampleStream>),
        teacher: TeacherView<'a, T>,
        activation: Activation<T>,
        test: TestSet<T>,
    ) -> Result<Self, Ended> {
        Ok(Self { training, stream, teacher, activation, test, memory: zeros(test_scratch_len(teacher.shape()))? })
    }
}

impl<'a, T: Scalar, P: FnMut(&mut Samples<'a, T>) -> Result<(), Error>> Training<T> for Imitation<'a, T, P> {
    fn steps(&self) -> u64 {
        self.training.steps()
    }

    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        self.training.step(descent)
    }
}

impl<'a, T: Scalar, P: FnMut(&mut Samples<'a, T>) -> Result<(), Error>> Measured<T> for Imitation<'a, T, P> {
    fn student(&self) -> StudentView<'_, T> {
        self.training.student()
    }

    /// The loss is the mean over the test, infinite where that is no number; of the gradient nothing is known.
    fn measure(&mut self) -> Measure<T> {
        let student = self.training.student();
        let tested = tested(student, self.teacher, Some(self.activation), &self.test, &mut self.memory);
        let excess_loss = tested.map_or(T::from_f64(f64::INFINITY), |(excess, _)| T::from_f64(excess));
        Measure { excess_loss, gradient_norm: T::from_f64(f64::INFINITY) }
    }
}

impl<'a, T: Scalar, P: FnMut(&mut Samples<'a, T>) -> Result<(), Error>> Learning<T> for Imitation<'a, T, P> {
    fn stream(&self) -> Option<SampleStream> {
        Some(self.stream.get())
    }
}

/// What a student without an activation sees of a teacher: its linear part.
pub(super) struct Linear<T> {
    value: Numbers<T>,
    /// What is left of the loss.
    rest: f64,
}

impl<T: Scalar> Linear<T> {
    /// That of a teacher.
    pub(super) fn new(teacher: TeacherView<'_, T>) -> Result<Self, Ended> {
        let slope = teacher.activation().slope();
        let part = (T::ONE + slope) * T::HALF;
        let mut value = zeros(teacher.value().len())?;
        value.iter_mut().zip(teacher.value()).for_each(|(w, &v)| *w = part * v);
        let power = |of: &[T]| of.iter().map(|x| x.to_f64() * x.to_f64()).sum::<f64>();
        let kink = teacher.activation().kink().to_f64();
        Ok(Self { value, rest: 0.125 * power(teacher.value()) * power(teacher.mixing()) * kink })
    }

    /// A teacher of its own, with the mixing of the one that it is of.
    pub(super) fn teacher<'a>(&'a self, of: TeacherView<'a, T>) -> Result<TeacherView<'a, T>, Error> {
        TeacherView::new(of.shape(), Activation::Identity, &self.value, of.mixing())
    }

    /// The least loss over all Gaussian inputs, which is known for every mixing.
    pub(super) fn least(&self, of: TeacherView<'_, T>) -> Result<Option<f64>, Error> {
        Ok(least_loss::best_loss(self.teacher(of)?).map(|least| least + self.rest))
    }

    /// A training on it, with the loss that is left beside the teacher itself.
    pub(super) const fn training<L>(&self, training: L) -> Beside<L> {
        Beside { training, rest: self.rest }
    }
}

/// A training whose loss is more than it knows of.
pub(super) struct Beside<L> {
    training: L,
    rest: f64,
}

impl<T: Scalar, L: Training<T>> Training<T> for Beside<L> {
    fn steps(&self) -> u64 {
        self.training.steps()
    }

    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        self.training.step(descent)
    }
}

impl<T: Scalar, L: Measured<T>> Measured<T> for Beside<L> {
    fn student(&self) -> StudentView<'_, T> {
        self.training.student()
    }

    fn measure(&mut self) -> Measure<T> {
        let Measure { excess_loss, gradient_norm } = self.training.measure();
        Measure { excess_loss: excess_loss + T::from_f64(self.rest), gradient_norm }
    }
}

impl<T: Scalar, L: Learning<T>> Learning<T> for Beside<L> {
    fn stream(&self) -> Option<SampleStream> {
        self.training.stream()
    }

    fn kept(&self) -> &[T] {
        self.training.kept()
    }
}

/// Excess loss over a test of a student with the teacher's activation, or with its own, and the part of it that is first order in the mean
/// of the label noise. `memory` has at least [`test_scratch_len`] elements.
///
/// # Errors
/// What [`test_excess`] refuses.
pub(super) fn tested<T: Scalar>(
    student: StudentView<'_, T>,
    teacher: TeacherView<'_, T>,
    own: Option<Activation<T>>,
    test: &TestSet<T>,
    memory: &mut [T],
) -> Result<(f64, f64), Error> {
    let Some(activation) = own else {
        let TestExcess { excess, first_order, .. } = test_excess(student, teacher, test, memory)?;
        return Ok((excess, first_order));
    };
    let (attention, memory) = memory.split_at_mut_checked(student.shape().mixing_len()).unwrap_or_default();
    student.attention(attention)?;
    compared(teacher, (activation, student.value(), attention), test, memory)
}

/// That excess loss of the best student without an activation; none of other students, and of teachers whose attention no student has.
pub(super) fn best_loss<T: Scalar>(
    teacher: TeacherView<'_, T>,
    own: Activation<T>,
    test: &TestSet<T>,
) -> Result<Option<f64>, Ended> {
    if own != Activation::Identity || !attainable(teacher) {
        return Ok(None);
    }
    let linear = Linear::new(teacher)?;
    let mut memory = zeros(test_scratch_len(teacher.shape()))?;
    Ok(Some(compared(teacher, (own, &linear.value, teacher.mixing()), test, &mut memory)?.0))
}

/// Excess loss over a test of a student with this W and S, and its part of first order.
fn compared<T: Scalar>(
    teacher: TeacherView<'_, T>,
    (activation, value, weights): (Activation<T>, &[T], &[T]),
    test: &TestSet<T>,
    memory: &mut [T],
) -> Result<(f64, f64), Error> {
    let shape = teacher.shape();
    let (x, memory) = memory.split_at_mut_checked(shape.input_len()).unwrap_or_default();
    let (hidden, memory) = memory.split_at_mut_checked(shape.tokens()).unwrap_or_default();
    let (taught, memory) = memory.split_at_mut_checked(shape.output_len()).unwrap_or_default();
    let learnt = memory.get_mut(..shape.output_len()).unwrap_or_default();
    let (mut stream, mut squares, mut sums) = (SampleStream::new(test.seed), 0.0, 0.0);
    for _ in 0..test.samples {
        test.input.fill(&mut stream.sample(), shape.features(), x);
        forward(shape, teacher.activation(), (teacher.value(), teacher.mixing()), x, hidden, taught)?;
        forward(shape, activation, (value, weights), x, hidden, learnt)?;
        for (&y, &f) in taught.iter().zip(&*learnt) {
            let error = (y - f).to_f64();
            squares += 0.5 * error * error;
            sums += error;
        }
    }
    let count = f64::from(test.samples);
    let first_order = test.noise_mean.to_f64() * sums / count;
    let excess = squares / count + first_order;
    if excess.is_finite() {
        Ok((excess, first_order))
    } else {
        Err(Error::NotFinite { what: "the excess loss of a test", index: 0 })
    }
}

#[cfg(test)]
mod tests {
    use tutee::Shape;
    use tutee::digest::digest;
    use tutee::gradient::online::{Online, OnlineScratchViewMut, online_scratch_len};
    use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
    use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, sample_scratch_wide_len};
    use tutee::input::{Input, LabelNoise};
    use tutee::recovery::out_of_distribution::test_scratch_wide_len;
    use tutee::student::{StudentViewMut, student_len};

    use super::*;

    const SLOPE: f64 = 0.25;
    const VALUE: [f64; 6] = [1.0, 0.5, -0.3, 0.2, -1.0, 0.7];
    const MIXING: [f64; 8] = [0.5, 0.5, 0.0, 0.0, 0.0, 0.25, 0.25, 0.5];

    fn shape() -> Shape {
        Shape::new(2, 3, 4, 2).unwrap()
    }

    fn source(batch: u32) -> Source<f64> {
        let noise = LabelNoise { mean: 0.1, standard_deviation: 0.2 };
        Source { stream: SampleStream::new(5), input: Input::Gaussian, noise, batch }
    }

    fn test(samples: u32, noise_mean: f64) -> TestSet<f64> {
        TestSet { input: Input::Gaussian, seed: 3, samples, noise_mean }
    }

    /// What a student with this activation learned in so many steps, and what tests say of it.
    fn imitated(
        activation: Activation<f64>,
        (steps, descent): (u64, Descent<f64>),
        with: impl FnOnce(StudentView<'_, f64>, f64),
    ) {
        let teacher = TeacherView::new(shape(), Activation::LeakyRelu(SLOPE), &VALUE, &MIXING).unwrap();
        let (mut memory, mut taken) = (zeros(student_len(shape())).unwrap(), 0);
        let student = StudentViewMut::new(shape(), &mut memory, &mut taken).unwrap();
        let (mut scratch, mut batch_loss) = (zeros(sample_scratch_wide_len(shape())).unwrap(), BatchLoss::ZERO);
        let scratch = SampleScratchViewMut::new(shape(), &mut scratch, &mut batch_loss).unwrap();
        let samples = Samples::new(student, activation, scratch).unwrap();
        let (mut answered, at) = (Answered::new(teacher, source(37)).unwrap(), Cell::new(source(37).stream));
        let training = PairTraining::new(samples, |samples| answered.fill(samples, &at));
        let mut training = Imitation::new((training, &at), teacher, activation, test(2_000, 0.0)).unwrap();
        (0..steps).for_each(|_| training.step(&descent).unwrap());
        let excess = training.measure().excess_loss;
        with(training.student(), excess);
    }

    #[test]
    fn with_the_activation_of_the_teacher_it_is_the_training_that_is_known() {
        let teacher = TeacherView::new(shape(), Activation::LeakyRelu(SLOPE), &VALUE, &MIXING).unwrap();
        let (mut memory, mut taken) = (zeros(student_len(shape())).unwrap(), 0);
        let student = StudentViewMut::new(shape(), &mut memory, &mut taken).unwrap();
        let (mut scratch, mut batch_loss) = (zeros(online_scratch_len(shape())).unwrap(), BatchLoss::ZERO);
        let scratch = OnlineScratchViewMut::new(shape(), &mut scratch, &mut batch_loss).unwrap();
        let mut online = Online::new(student, teacher, source(37), scratch).unwrap();
        (0..9).for_each(|_| online.step(&Descent::new(0.3)).unwrap());
        let mut memory = zeros::<f64>(test_scratch_wide_len(shape())).unwrap();
        imitated(teacher.activation(), (9, Descent::new(0.3)), |student, excess| {
            assert_eq!(digest(student), digest(online.student()));
            let known = tested(student, teacher, None, &test(2_000, 0.0), &mut memory).unwrap().0;
            assert!((excess - known).abs() < 1e-12 * known, "{excess} {known}");
            // With the part that is first order in the mean of the noise, too.
            let [known, own] = [None, Some(teacher.activation())]
                .map(|own| tested(student, teacher, own, &test(500, -2.0), &mut memory).unwrap());
            assert!((known.0 - own.0).abs() < 1e-12 && (known.1 - own.1).abs() < 1e-12, "{known:?} {own:?}");
            assert!(own.1.abs() > 1e-3);
        });
    }

    #[test]
    fn a_student_without_an_activation_ends_at_the_best_linear_function() {
        let teacher = TeacherView::new(shape(), Activation::LeakyRelu(SLOPE), &VALUE, &MIXING).unwrap();
        let set = test(2_000, 0.0);
        let best = best_loss(teacher, Activation::Identity, &set).unwrap().unwrap();
        // 1/2 sum |v|^2 |s|^2 (q - c^2), of the kink alone.
        let power = |of: &[f64]| of.iter().map(|x| x * x).sum::<f64>();
        let kink = (1.0 + SLOPE * SLOPE) / 2.0 - (1.0 + SLOPE) * (1.0 + SLOPE) / 4.0;
        let closed = 0.5 * power(&VALUE) * power(&MIXING) * kink;
        assert!((best / closed - 1.0).abs() < 0.05, "{best} {closed}");
        // A low rate, as what the activation cannot say is noise of the samples.
        let descent = Descent::new(0.01).with_attention_rate(0.5);
        imitated(Activation::Identity, (6_000, descent), |student, excess| {
            for (w, v) in student.value().iter().zip(&VALUE) {
                assert!((w - (1.0 + SLOPE) / 2.0 * v).abs() < 0.06, "{w} {v}");
            }
            assert!(excess > 0.98 * best && excess < 1.1 * best, "{excess} {best}");
        });
        assert_eq!(best_loss(teacher, Activation::Relu, &set), Ok(None));
        assert!((Linear::new(teacher).unwrap().least(teacher).unwrap().unwrap() - closed).abs() < 1e-12 * closed);
        let signed = [0.5, -0.5, 0.0, 0.0, 0.0, 0.25, 0.25, 0.5];
        let teacher = TeacherView::new(shape(), Activation::Relu, &VALUE, &signed).unwrap();
        assert_eq!(best_loss(teacher, Activation::Identity, &set), Ok(None));
        // Over all inputs it is known, as the best attention beside a linear teacher is.
        let linear = Linear::new(teacher).unwrap();
        let least = linear.least(teacher).unwrap().unwrap();
        assert!(
            least > linear.rest
                && least == linear.rest + least_loss::best_loss(linear.teacher(teacher).unwrap()).unwrap()
        );
    }

    /// The exact training of a student without an activation is that of the linear part, and its loss is what tests find.
    #[test]
    fn over_all_inputs_a_linear_student_sees_a_linear_teacher() {
        let teacher = TeacherView::new(shape(), Activation::LeakyRelu(SLOPE), &VALUE, &MIXING).unwrap();
        let linear = Linear::new(teacher).unwrap();
        let (mut memory, mut taken) = (zeros(student_len(shape())).unwrap(), 0);
        let student = StudentViewMut::new(shape(), &mut memory, &mut taken).unwrap();
        let mut scratch = zeros(population_scratch_len(shape())).unwrap();
        let scratch = PopulationScratchViewMut::new(shape(), &mut scratch).unwrap();
        let exact = Population::new(student, linear.teacher(teacher).unwrap(), scratch).unwrap();
        let mut exact = linear.training(exact);
        let descent = Descent::new(0.4).with_attention_rate(0.8);
        let (mut memory, set) = (zeros(test_scratch_len(shape())).unwrap(), test(200_000, 0.0));
        for steps in [1, 3, 60] {
            (0..steps).for_each(|_| exact.step(&descent).unwrap());
            let sampled = tested(exact.student(), teacher, Some(Activation::Identity), &set, &mut memory).unwrap().0;
            let Measure { excess_loss, .. } = exact.measure();
            // Of 200,000 samples the mean has an error of some two in a thousand.
            assert!((excess_loss / sampled - 1.0).abs() < 0.01, "{excess_loss} {sampled}");
        }
        assert_eq!(exact.steps(), 64);
        // And the gradient: samples drift about the same way from zero.
        imitated(Activation::Identity, (3, Descent::new(0.1)), |student, _| {
            let (mut memory, mut taken) = (zeros(student_len(shape())).unwrap(), 0);
            let known = StudentViewMut::new(shape(), &mut memory, &mut taken).unwrap();
            let mut scratch = zeros(population_scratch_len(shape())).unwrap();
            let scratch = PopulationScratchViewMut::new(shape(), &mut scratch).unwrap();
            let mut known = Population::new(known, linear.teacher(teacher).unwrap(), scratch).unwrap();
            (0..3).for_each(|_| known.step(&Descent::new(0.1)).unwrap());
            let cosine = tutee::recovery::cosine(student.value(), known.student().value()).unwrap();
            assert!(cosine > 0.95, "{cosine}");
        });
    }
}
