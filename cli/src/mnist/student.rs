//! Training the student on the teacher's answers to real images.
//!
//! The labels are `f*(X)` itself, without noise, so the best possible loss is zero and the loss is the excess loss.

use std::ops::ControlFlow;

use tutee::Error;
use tutee::digest::digest;
use tutee::gradient::pair_training::PairTraining;
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_wide_len};
use tutee::predict::forward;
use tutee::recovery::{Recovery, recovery};
use tutee::snapshot::{load, save, snapshot_len};
use tutee::step::Descent;
use tutee::student::{StudentView, StudentViewMut, student_len};
use tutee::teacher::TeacherView;

use super::draws::Passes;
use super::rates::Rates;
use super::tokens::Tokens;
use crate::checkpoint::{Arrived, Kept, Way, snapshot};
use crate::failure::Ended;
use crate::matrices::relative_error;
use crate::memory::zeros;
use crate::record::CurvePoint;

/// Images with the teacher's answers to them.
pub struct Lesson {
    tokens: Tokens,
    answers: Vec<f32>,
    output_len: usize,
}

impl Lesson {
    /// Asks the teacher.
    ///
    /// # Errors
    /// [`Error::Length`] when the teacher's tokens are not of the images' shape.
    pub fn new(teacher: TeacherView<'_, f32>, tokens: Tokens) -> Result<Self, Error> {
        let shape = teacher.shape();
        let mut hidden = vec![0.0; shape.tokens()];
        let mut answers = vec![0.0; tokens.len() * shape.output_len()];
        for (image, y) in answers.chunks_exact_mut(shape.output_len()).enumerate() {
            let weights = (teacher.value(), teacher.mixing());
            forward(shape, teacher.activation(), weights, tokens.input(image), &mut hidden, y)?;
        }
        Ok(Self { tokens, answers, output_len: shape.output_len() })
    }

    /// The images.
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The answers to all images, `[image][output][filter]`.
    pub fn answers(&self) -> &[f32] {
        &self.answers
    }

    /// The answer to one image, `y[output][filter]`.
    fn answer(&self, image: usize) -> &[f32] {
        &self.answers[image * self.output_len..][..self.output_len]
    }
}

/// How the student is trained.
pub struct Course<'a> {
    /// Whom the student imitates.
    pub teacher: TeacherView<'a, f32>,
    /// What it learns from.
    pub train: &'a Lesson,
    /// What it is tested on.
    pub test: &'a Lesson,
    /// How fast it learns.
    pub rates: Rates,
    /// Gradient steps, at least 1.
    pub steps: u64,
    /// Images a step, at least 1.
    pub batch: usize,
    /// Where the student keeps what it has done, and what it goes on from.
    pub kept: Option<&'a Kept<CurvePoint>>,
}

/// What training leaves behind.
pub struct Trained {
    /// The history; its losses are those on the test images, relative to the first.
    pub curve: Vec<CurvePoint>,
    /// Loss on the test images before the first step.
    pub loss_start: f64,
    /// Loss on the test images after the last step.
    pub loss: f64,
    /// How much of the teacher is recovered.
    pub recovery: Recovery<f32>,
    /// W.
    pub value: Vec<f32>,
    /// S.
    pub attention: Vec<f32>,
    /// A.
    pub logits: Vec<f32>,
    /// Digest of the parameters' bits.
    pub digest: u64,
    /// Wall time of the gradient steps alone.
    pub seconds: f64,
}

impl Course<'_> {
    /// Trains a student from zero, or from its checkpoint, on images drawn by `passes`, which have drawn none yet. `progress` is told the
    /// steps done and their total, and may end the run.
    ///
    /// # Errors
    /// [`Error::Diverged`], or [`Ended::Interrupted`] where `progress` breaks off before the last step.
    pub fn run(&self, mut passes: Passes, progress: &dyn Fn(u64, u64) -> ControlFlow<()>) -> Result<Trained, Ended> {
        let shape = self.teacher.shape();
        let (mut memory, mut steps) = (zeros(student_len(shape))?, 0);
        let mut student = StudentViewMut::new(shape, &mut memory, &mut steps)?;
        let mut examiner = Examiner::new(self.teacher, self.test);
        let loss_start = examiner.loss(student.view())?;
        if let Some(earlier) = self.kept.and_then(Kept::earlier) {
            load(&earlier.snapshot, &mut student)?;
            // What was drawn for these steps.
            let drawn = usize::try_from(student.view().steps()).unwrap_or(usize::MAX).saturating_mul(self.batch);
            passes.by_ref().take(drawn).for_each(drop);
        }
        let (mut scratch, mut batch_loss) = (zeros(sample_scratch_wide_len(shape))?, BatchLoss::ZERO);
        let scratch = SampleScratchViewMut::new(shape, &mut scratch, &mut batch_loss)?;
        let samples = Samples::new(student, self.teacher.activation(), scratch)?;
        let mut training = PairTraining::new(samples, |samples| {
            passes
                .by_ref()
                .take(self.batch)
                .try_for_each(|image| samples.accumulate(self.train.tokens.input(image), self.train.answer(image)))
        });
        let descent = Descent::new(self.rates.value as f32).with_attention_rate(self.rates.attention as f32);

        let way =
            Way { steps: self.steps, descent: &descent, kept: self.kept, aside: None, has_kept: None, watch: progress };
        let arrived = way.follow(
            &mut training,
            &|_, _| None,
            &mut |training| {
                let student = training.student();
                let (loss, seen) = (examiner.loss(student)?, examiner.recovery(student)?);
                // A loss of zero has no ratio to itself.
                let relative = if student.steps() == 0 { 1.0 } else { loss / loss_start };
                Ok(Some(examiner.point(relative, &seen, student)?))
            },
            &|training| snapshot(snapshot_len::<f32>(shape), |bytes| save(training.student(), None, bytes)),
        )?;
        let Arrived { seconds, curve, .. } = arrived;

        let student = training.student();
        let (loss, seen) = (examiner.loss(student)?, examiner.recovery(student)?);
        student.attention(&mut examiner.attention)?;
        Ok(Trained {
            curve,
            loss_start,
            loss,
            recovery: seen,
            value: student.value().to_vec(),
            attention: examiner.attention,
            logits: student.logits().to_vec(),
            digest: digest(student),
            seconds,
        })
    }
}

/// Measures a student against the teacher on the test images.
struct Examiner<'a> {
    teacher: TeacherView<'a, f32>,
    test: &'a Lesson,
    attention: Vec<f32>,
    /// Working memory, one element a token.
    row: Vec<f32>,
    /// What the student says.
    prediction: Vec<f32>,
}

impl<'a> Examiner<'a> {
    fn new(teacher: TeacherView<'a, f32>, test: &'a Lesson) -> Self {
        let shape = teacher.shape();
        Self {
            teacher,
            test,
            attention: vec![0.0; shape.mixing_len()],
            row: vec![0.0; shape.tokens()],
            prediction: vec![0.0; shape.output_len()],
        }
    }

    /// What the curve has of a student.
    fn point(&mut self, loss: f64, seen: &Recovery<f32>, student: StudentView<'_, f32>) -> Result<CurvePoint, Error> {
        student.attention(&mut self.attention)?;
        Ok(CurvePoint {
            step: student.steps(),
            excess_loss: loss,
            ood_excess: None,
            ood_first_order: None,
            value_cosine_min: seen.value_cosine_min.map(f64::from),
            value_error: relative_error(student.value(), self.teacher.value()),
            attention_error: relative_error(&self.attention, self.teacher.mixing()),
            digest: digest(student),
        })
    }

    fn recovery(&mut self, student: StudentView<'_, f32>) -> Result<Recovery<f32>, Error> {
        recovery(student, self.teacher, &mut self.row)
    }

    /// Mean of `1/2 || f*(X) - f(X) ||^2` over the test images.
    fn loss(&mut self, student: StudentView<'_, f32>) -> Result<f64, Error> {
        student.attention(&mut self.attention)?;
        let mut sum = 0.0;
        for image in 0..self.test.tokens.len() {
            let weights = (student.value(), self.attention.as_slice());
            let (shape, activation) = (student.shape(), self.teacher.activation());
            forward(shape, activation, weights, self.test.tokens.input(image), &mut self.row, &mut self.prediction)?;
            for (&y, &f) in self.test.answer(image).iter().zip(&self.prediction) {
                let error = f64::from(y) - f64::from(f);
                sum += 0.5 * error * error;
            }
        }
        Ok(sum / self.test.tokens.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use tutee::Shape;
    use tutee::activation::Activation;
    use tutee::matrix::MatrixViewMut;
    use tutee::teacher::convolution::window_pooling;

    use super::*;
    use crate::mnist::draws::Draws;
    use crate::mnist::sample::read_sample;
    use crate::mnist::tokens::Geometry;

    const GEOMETRY: Geometry = Geometry::FRAMED;
    const FEATURES: usize = GEOMETRY.features();
    const TOKENS: usize = GEOMETRY.tokens();
    const GROUPS: usize = GEOMETRY.groups();

    /// Trains against two filters drawn by hand, on the first images of the sample; at rates from the data if none are given.
    fn train(rates: Option<Rates>, steps: u64) -> Result<Trained, Ended> {
        let value = [1.0, 0.5, -0.5, 1.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, -1.0];
        let shape = Shape::new(2, FEATURES, TOKENS, GROUPS)?;
        let mut mixing = vec![0.0; shape.mixing_len()];
        window_pooling(MatrixViewMut::new("mixing", &mut mixing, GROUPS, TOKENS)?, &GEOMETRY.pooling())?;
        let teacher = TeacherView::new(shape, Activation::Relu, &value, &mixing)?;
        let (train, test) = read_sample((200, 50)).unwrap();
        let train = Lesson::new(teacher, Tokens::new(&train, GEOMETRY)?)?;
        let test = Lesson::new(teacher, Tokens::new(&test, GEOMETRY)?)?;
        let fitting = Rates::new(200, (train.tokens().pooled(), FEATURES), (train.answers(), 2), TOKENS);
        let rates = rates.unwrap_or(fitting);
        let course = Course { teacher, train: &train, test: &test, rates, steps, batch: 4, kept: None };
        course.run(Passes::new(Draws::new(1, 0), 200), &|_, _| ControlFlow::Continue(()))
    }

    #[test]
    fn the_loss_before_training_is_that_of_answering_zero() {
        let trained = train(Some(Rates { value: 0.0, attention: 0.0 }), 3).unwrap();
        assert!(trained.loss_start > 0.0);
        assert_eq!(trained.loss, trained.loss_start, "with rates of zero nothing moves");
        assert!(trained.value.iter().all(|&w| w == 0.0));
        assert!(trained.attention.iter().all(|&s| (s - 1.0 / TOKENS as f32).abs() < 1e-8));
        assert_eq!(trained.curve.iter().map(|point| point.step).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert!(trained.recovery.value_cosine_mean.is_none());
    }

    #[test]
    fn the_last_step_is_on_the_curve_and_the_loss_falls() {
        let trained = train(None, 333).unwrap();
        let last = trained.curve.last().unwrap();
        assert_eq!((last.step, last.excess_loss), (333, trained.loss / trained.loss_start));
        assert!(last.excess_loss < 0.1, "{}", last.excess_loss);
        assert_eq!(last.value_cosine_min, trained.recovery.value_cosine_min.map(f64::from));
    }

    #[test]
    fn a_rate_far_too_large_is_an_error_and_no_result() {
        assert_eq!(train(Some(Rates { value: 1e6, attention: 0.0 }), 100).err(), Some(Ended::Refused(Error::Diverged)));
    }
}
