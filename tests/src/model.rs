//! A teacher and a student whose sizes are known at run time, with all the memory that training them takes.

use tutee::activation::Activation;
use tutee::gradient::population::{Population, PopulationScratchViewMut, population_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_wide_len};
use tutee::student::{StudentView, StudentViewMut, student_len};
use tutee::teacher::TeacherView;
use tutee::training::{Measure, Measured};
use tutee::{Scalar, Shape};

use crate::oracle;

/// The three activations of the class, and a leaky one at each end.
pub const ACTIVATIONS: [Activation<f64>; 5] = [
    Activation::Identity,
    Activation::Relu,
    Activation::LeakyRelu(0.1),
    Activation::LeakyRelu(0.5),
    Activation::LeakyRelu(1.0),
];

/// See the module.
#[derive(Clone, Debug)]
pub struct Model<T> {
    shape: Shape,
    activation: Activation<T>,
    value: Vec<T>,
    mixing: Vec<T>,
    student: Vec<T>,
    steps: u64,
    population_scratch: Vec<T>,
    sample_scratch: Vec<T>,
    batch_loss: BatchLoss<T>,
}

impl<T: Scalar> Model<T> {
    /// A student at zero beside a teacher of `value` and `mixing`, whose elements are rounded to the type.
    ///
    /// # Panics
    /// When the teacher is refused: that is for the tests of the teachers to find, not for those that use a model.
    pub fn new(shape: Shape, activation: Activation<f64>, value: &[f64], mixing: &[f64]) -> Self {
        let model = Self {
            shape,
            activation: activation.cast(),
            value: rounded(value),
            mixing: rounded(mixing),
            student: vec![T::ZERO; student_len(shape)],
            steps: 0,
            // What the scratch holds before must not matter.
            population_scratch: vec![T::from_f64(7.0); population_scratch_len(shape)],
            sample_scratch: vec![T::from_f64(7.0); sample_scratch_wide_len(shape)],
            batch_loss: BatchLoss::ZERO,
        };
        if let Err(error) = TeacherView::new(shape, model.activation, &model.value, &model.mixing) {
            panic!("the teacher of a test is refused: {error}");
        }
        model
    }

    /// The sizes.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// The student as it stands.
    pub fn student(&mut self) -> StudentViewMut<'_, T> {
        StudentViewMut::new(self.shape, &mut self.student, &mut self.steps).expect("the memory has the right length")
    }

    /// Puts the student at `value` and `logits`, rounded to the type.
    pub fn place(&mut self, value: &[f64], logits: &[f64]) {
        let mut student = self.student();
        student.set_value(&rounded(value)).expect("the value matrix of a test is finite and has its size");
        student.set_logits(&rounded(logits)).expect("the logits of a test are finite and have their size");
    }

    /// Ready to train on the exact gradient.
    pub fn population(&mut self) -> Population<'_, T> {
        let student = StudentViewMut::new(self.shape, &mut self.student, &mut self.steps);
        let teacher = TeacherView::new(self.shape, self.activation, &self.value, &self.mixing);
        let scratch = PopulationScratchViewMut::new(self.shape, &mut self.population_scratch);
        Population::new(student.expect("length"), teacher.expect("checked by new"), scratch.expect("length"))
            .expect("all of one shape")
    }

    /// Ready to train on pairs (X, Y).
    pub fn samples(&mut self) -> Samples<'_, T> {
        let student = StudentViewMut::new(self.shape, &mut self.student, &mut self.steps);
        let scratch = SampleScratchViewMut::new(self.shape, &mut self.sample_scratch, &mut self.batch_loss);
        Samples::new(student.expect("length"), self.activation, scratch.expect("length")).expect("all of one shape")
    }

    /// Excess loss and gradient norm.
    pub fn measure(&mut self) -> Measure<T> {
        self.population().measure()
    }

    /// The exact gradient, `dL/dW` and `dL/dA`.
    pub fn population_gradient(&mut self) -> (Vec<T>, Vec<T>) {
        let (mut d_value, mut d_logits) = self.gradient_buffers();
        self.population().gradient(&mut d_value, &mut d_logits).expect("the slices have their lengths");
        (d_value, d_logits)
    }

    /// The gradient of the mean loss over pairs (X, Y), and that loss.
    pub fn sample_gradient(&mut self, pairs: &[(Vec<T>, Vec<T>)]) -> ((Vec<T>, Vec<T>), T) {
        let (mut d_value, mut d_logits) = self.gradient_buffers();
        let mut samples = self.samples();
        for (x, y) in pairs {
            samples.accumulate(x, y).expect("the pairs of a test are finite and have their sizes");
        }
        samples.gradient(&mut d_value, &mut d_logits).expect("there is at least one pair");
        let loss = samples.batch_loss().mean_loss().expect("there is at least one pair");
        ((d_value, d_logits), loss)
    }

    fn gradient_buffers(&self) -> (Vec<T>, Vec<T>) {
        (vec![T::ZERO; self.shape.value_len()], vec![T::ZERO; self.shape.mixing_len()])
    }

    /// The teacher as the oracle sees it.
    pub fn oracle_teacher(&self) -> oracle::Teacher {
        oracle::Teacher {
            slope: self.activation.slope().to_f64(),
            value: oracle::rows(&widened(&self.value), self.shape.features()),
            mixing: oracle::rows(&widened(&self.mixing), self.shape.tokens()),
        }
    }

    /// The student as the oracle sees it.
    pub fn oracle_student(&mut self) -> oracle::Student {
        let shape = self.shape;
        oracle_student(self.student().view(), shape)
    }

    /// This teacher and student in f64, every number as it is here.
    pub fn to_f64(&mut self) -> Model<f64> {
        let mut model = Model::new(self.shape, self.activation.cast(), &widened(&self.value), &widened(&self.mixing));
        let student = self.student();
        model.place(&widened(student.view().value()), &widened(student.view().logits()));
        model
    }
}

fn oracle_student<T: Scalar>(student: StudentView<'_, T>, shape: Shape) -> oracle::Student {
    oracle::Student {
        value: oracle::rows(&widened(student.value()), shape.features()),
        logits: oracle::rows(&widened(student.logits()), shape.tokens()),
    }
}

/// Every element rounded to the type.
pub fn rounded<T: Scalar>(elements: &[f64]) -> Vec<T> {
    elements.iter().map(|&x| T::from_f64(x)).collect()
}

/// Every element as f64; exact.
pub fn widened<T: Scalar>(elements: &[T]) -> Vec<f64> {
    elements.iter().map(|x| x.to_f64()).collect()
}

/// The largest magnitude of a slice.
pub fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |largest, x| if x.abs() > largest { x.abs() } else { largest })
}

/// The largest difference between two slices of one length, over the largest magnitude of `expected`. Zero for equal
/// slices, zero ones too; NaN when an element is.
pub fn relative_distance(found: &[f64], expected: &[f64]) -> f64 {
    let scale = largest(expected);
    worst(found, expected, |_| scale)
}

/// The largest relative difference of an element of `found` from its own in `expected`. Elements below a hundred
/// thousandth of the largest count as that: zero need not be met exactly. NaN when an element is.
pub fn entrywise_distance(found: &[f64], expected: &[f64]) -> f64 {
    let floor = 1e-5 * largest(expected);
    worst(found, expected, |expected| if expected.abs() > floor { expected.abs() } else { floor })
}

fn worst(found: &[f64], expected: &[f64], scale: impl Fn(f64) -> f64) -> f64 {
    assert_eq!(found.len(), expected.len());
    let mut worst = 0.0;
    for (&found, &expected) in found.iter().zip(expected) {
        let difference = (found - expected).abs();
        let distance = if difference == 0.0 { 0.0 } else { difference / scale(expected) };
        // Written so that NaN wins, and stays.
        worst = if distance <= worst || f64::is_nan(worst) { worst } else { distance };
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_is_relative_and_never_hides_a_nan() {
        assert_eq!(relative_distance(&[1.0, 2.5], &[1.0, 2.0]), 0.25);
        assert_eq!(entrywise_distance(&[1.5, 2.5], &[1.0, 2.0]), 0.5);
        assert_eq!(entrywise_distance(&[1e-5, 2.0], &[0.0, 2.0]), 0.5);
        for distance in [relative_distance, entrywise_distance] {
            assert_eq!(distance(&[0.0, 0.0], &[0.0, 0.0]), 0.0);
            assert_eq!(distance(&[1e-300], &[0.0]), f64::INFINITY);
            assert!(distance(&[f64::NAN, 2.0, 7.0], &[1.0, 2.0, 3.0]).is_nan());
        }
    }
}
