//! A batch that is laid aside and gone on with.

use super::{Paused, Samples};
use crate::activation::Activation;
use crate::error::Error;
use crate::gradient::sample_scratch::SampleScratchViewMut;
use crate::memory::Sizes;
use crate::scalar::Scalar;
use crate::student::StudentViewMut;

impl<'a, T: Scalar> Samples<'a, T> {
    /// Lays the batch aside: student and working memory are free to be looked at, and [`Samples::resume`] goes on with it.
    /// Costs a multiplication of integers for each number of student and batch.
    pub fn pause(self) -> Paused<T> {
        let Self { student, scratch, activation, .. } = self;
        Paused { seal: scratch.seal(student.view()), activation }
    }

    /// Goes on with a batch that was laid aside, in the working memory that holds it. What is beyond
    /// [`sample_scratch_len`](super::sample_scratch_len) elements may have been used for something else, or may not have been there.
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
    #[inline(always)] // Built where it stays: a copy out of the result takes a hundred bytes of stack.
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradient::batch_loss::BatchLoss;
    use crate::gradient::sample_scratch::{sample_scratch_len, sample_scratch_wide_len};
    use crate::shape::Shape;
    use crate::step::Descent;

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
}
