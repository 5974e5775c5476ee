//! Operations and trainings whose results depend on numbers below the smallest normal one: a machine, or a run-time library,
//! that takes such numbers for zero or gives zero for them has other digests here, and perhaps here alone.

use tutee::activation::Activation;
use tutee::digest::{Digest, digest};
use tutee::gradient::online::{Online, OnlineScratchViewMut, Source, online_scratch_len};
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::{SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::input::SampleStream;
use tutee::kernel::compare::compare;
use tutee::kernel::reduce::{dot, sum};
use tutee::kernel::softmax::{d_softmax, softmax};
use tutee::kernel::update::advance;
use tutee::matrix::MatrixViewMut;
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::{TeacherView, convolution};
use tutee::training::Training;
use tutee::{Error, Scalar, Shape};

use crate::memory::{Part, part};
use crate::name::Name;

/// Longest vector.
const LONGEST: usize = 35;

/// The smallest normal number: two to an even power.
pub(crate) fn smallest<T: Scalar>() -> T {
    T::from_bits_u64(1 << if T::BITS == 32 { 23 } else { 52 })
}

/// A whole number whose exponential is a little above [`smallest`].
pub(crate) fn lowest<T: Scalar>() -> T {
    T::from_i32(if T::BITS == 32 { -87 } else { -708 })
}

/// Numbers around one, of both signs.
fn around_one<T: Scalar>() -> [T; LONGEST] {
    core::array::from_fn(|i| {
        let n = T::from_usize(i + 3);
        let x = T::ONE / n + T::from_usize(i % 5) / T::from_u32(7);
        if i % 3 == 1 { -x } else { x }
    })
}

/// All lines in one precision.
pub(crate) fn all<T: Scalar>(precision: &str, memory: &mut Part<T>, entry: &mut impl FnMut(Name<'_>, u64)) {
    let mut give = |what: &str, digest: u64| entry(Name([precision, what, ""]), digest);
    let (small, ones) = (smallest::<T>(), around_one::<T>());
    let root = small.sqrt();
    let (tiny, roots) = (ones.map(|x| x * small), ones.map(|x| x * root));

    // Each with the number alone, so that it is the first to differ.
    give("subnormal-product", of(|digest| ones.iter().for_each(|&x| digest.scalars(&[x * small, x * small * T::TWO]))));
    give(
        "subnormal-quotient",
        of(|digest| tiny.iter().for_each(|&x| digest.scalars(&[x / T::TWO, T::ONE / (T::ONE / x)]))),
    );
    give("subnormal-sqrt", of(|digest| tiny.iter().for_each(|&x| digest.scalars(&[x.abs().sqrt()]))));
    give("subnormal-ln", of(|digest| tiny.iter().for_each(|&x| digest.scalars(&[x.abs().ln()]))));
    give(
        "subnormal-exp",
        of(|digest| {
            ones.iter().for_each(|&x| digest.scalars(&[(lowest::<T>() + x).exp() * T::HALF, (-x * small).exp()]));
        }),
    );
    give(
        "subnormal-convert",
        of(|digest| {
            tiny.iter().for_each(|&x| digest.scalars(&[T::from_f64(x.to_f64()), T::from_f64(x.to_f64() * 0.5)]));
        }),
    );
    give(
        "subnormal-sum",
        of(|digest| {
            (0..=LONGEST)
                .filter_map(|n| tiny.get(..n))
                .for_each(|x| digest.scalars(&[sum(x), -sum(x) + T::HALF * small]));
        }),
    );
    give(
        "subnormal-dot",
        of(|digest| {
            (0..=LONGEST)
                .filter_map(|n| roots.get(..n))
                .for_each(|x| digest.scalars(&[dot(x, x), dot(x, &ones) * root]));
        }),
    );
    give(
        "subnormal-compare",
        of(|digest| {
            let halves = roots.map(|x| x * T::HALF);
            for n in 0..=LONGEST {
                if let (Some(x), Some(y)) = (roots.get(..n), halves.get(..n)) {
                    let found = compare(x, y);
                    digest.scalars(&[found.squared, found.inner, found.difference_inner, found.difference_squared]);
                }
            }
        }),
    );
    give(
        "subnormal-softmax",
        of(|digest| {
            // Every third weight is a normal exponential, and none when it has been divided by the sum.
            let logits: [T; LONGEST] = core::array::from_fn(|i| if i % 3 == 2 { lowest() } else { T::ZERO });
            for n in 1..=LONGEST {
                let mut weights = [T::ZERO; LONGEST];
                if let (Some(logits), Some(weights)) = (logits.get(..n), weights.get_mut(..n)) {
                    softmax(logits, weights);
                    digest.scalars(weights);
                    for (weight, &x) in weights.iter_mut().zip(&ones) {
                        *weight += x * small;
                    }
                    d_softmax(&ones, weights);
                    digest.scalars(weights);
                }
            }
        }),
    );
    give(
        "subnormal-advance",
        of(|digest| {
            let (mut parameter, mut carry) = (small * T::TWO, T::ZERO);
            let (mut large, mut below) = (T::ONE, T::ZERO);
            for (i, &x) in ones.iter().enumerate() {
                advance(&mut parameter, &mut carry, -x * small, i % 4 != 3);
                advance(&mut large, &mut below, x * small, true);
                digest.scalars(&[parameter, carry, large, below]);
            }
        }),
    );

    give("subnormal-population", Run::new(memory).and_then(|mut run| run.population()).unwrap_or_default());
    give("subnormal-samples", Run::new(memory).and_then(|mut run| run.samples()).unwrap_or_default());
    give("subnormal-online", Run::new(memory).and_then(|mut run| run.online()).unwrap_or_default());
}

fn of(feed: impl FnOnce(&mut Digest)) -> u64 {
    let mut digest = Digest::new();
    feed(&mut digest);
    digest.finish()
}

const SHAPE: Result<Shape, Error> = Shape::new(2, 3, 6, 2);
const STEPS: u64 = 6;

/// A student that pays next to no attention to some tokens, and learns with next to no rate.
struct Run<'m, T> {
    shape: Shape,
    teacher: TeacherView<'m, T>,
    student: StudentViewMut<'m, T>,
    scratch: &'m mut [T],
    batch_loss: &'m mut tutee::gradient::samples::BatchLoss<T>,
    descent: Descent<T>,
}

impl<'m, T: Scalar> Run<'m, T> {
    fn new(memory: &'m mut Part<T>) -> Result<Self, Error> {
        let shape = SHAPE?;
        let value = part(&mut memory.value, shape.value_len())?;
        let mixing = part(&mut memory.mixing, shape.mixing_len())?;
        SampleStream::at(0x7EAC_4E12, 1).sample().gaussian_fill(value);
        convolution::average_pooling(MatrixViewMut::new("mixing", mixing, shape.outputs(), shape.tokens())?, 3)?;
        let student = part(&mut memory.student, student_len(shape))?;
        student.fill(T::ZERO);
        memory.steps = 0;
        let mut student = StudentViewMut::new(shape, student, &mut memory.steps)?;
        let logits: [T; 12] = core::array::from_fn(|i| if i % 4 == 2 { lowest() } else { T::ZERO });
        student.set_logits(&logits)?;
        student.set_value(value)?;
        for w in value.iter_mut() {
            *w = *w * T::HALF + T::ONE;
        }
        Ok(Self {
            shape,
            teacher: TeacherView::new(shape, Activation::LeakyRelu(T::ONE / T::from_u32(8)), value, mixing)?,
            student,
            scratch: &mut memory.scratch,
            batch_loss: &mut memory.batch_loss,
            descent: Descent::new(T::ONE / T::from_u32(8)).with_attention_rate(smallest::<T>() * T::HALF),
        })
    }

    fn population(&mut self) -> Result<u64, Error> {
        let scratch = part(self.scratch, population_scratch_len(self.shape))?;
        let scratch = PopulationScratchViewMut::new(self.shape, scratch)?;
        let mut training = Population::new(self.student.reborrow(), self.teacher, scratch)?;
        for _ in 0..STEPS {
            training.step(&self.descent)?;
        }
        Ok(digest(training.student()))
    }

    /// Pairs so small that their products are subnormal.
    fn samples(&mut self) -> Result<u64, Error> {
        let needed = sample_scratch_len(self.shape);
        let (scratch, free) = self.scratch.split_at_mut_checked(needed).ok_or(Error::TooLarge { what: "a run" })?;
        let (x, free) = free.split_at_mut_checked(self.shape.input_len()).ok_or(Error::TooLarge { what: "a run" })?;
        let y = part(free, self.shape.output_len())?;
        let scratch = SampleScratchViewMut::new(self.shape, scratch, self.batch_loss)?;
        let mut samples = Samples::new(self.student.reborrow(), self.teacher.activation(), scratch)?;
        let (root, descent) = (smallest::<T>().sqrt(), Descent { attention_rate: T::ONE, ..self.descent });
        for step in 0..STEPS {
            for pair in 0..2 {
                let mut rng = SampleStream::at(6, 2 * step + pair).sample();
                rng.gaussian_fill(x);
                rng.gaussian_fill(y);
                x.iter_mut().chain(y.iter_mut()).for_each(|x| *x *= root);
                samples.accumulate(x, y)?;
            }
            samples.step(&descent)?;
        }
        Ok(digest(samples.student()))
    }

    fn online(&mut self) -> Result<u64, Error> {
        let scratch = part(self.scratch, online_scratch_len(self.shape))?;
        let scratch = OnlineScratchViewMut::new(self.shape, scratch, self.batch_loss)?;
        let mut training = Online::new(self.student.reborrow(), self.teacher, Source::gaussian(8, 3), scratch)?;
        for _ in 0..STEPS {
            training.step(&self.descent)?;
        }
        Ok(digest(training.student()))
    }
}
