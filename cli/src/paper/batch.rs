//! The paper's out-of-distribution test: on a batch of inputs from the exponential distribution, whose labels have Gaussian noise
//! with mean zero, the student's mean loss less the teacher's.
//!
//! With noise of standard deviation tau that is `L + xi`. L is the mean of `1/2 |f* - f|^2` over the batch, and falls like the
//! training loss; xi is the mean of `<E, f* - f>`, over draws of the noise normal with mean zero and variance `2 tau^2 L / N`
//! exactly. So xi falls like `sqrt(L)`, and rules once `L < 2 tau^2 / N`: [`crossover`].

use serde::{Deserialize, Serialize};
use tutee::activation::Activation;
use tutee::input::{Input, LabelNoise, SampleStream};
use tutee::predict::forward;
use tutee::teacher::TeacherView;
use tutee::{Error, Shape};

/// Batches of one size, drawn one after the other from one stream.
#[derive(Clone, Copy, Debug)]
pub struct Batches {
    pub seed: u64,
    /// N.
    pub samples: u32,
    /// Standard deviation of the noise, tau.
    pub deviation: f64,
}

/// What the test finds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Excess {
    /// The student's mean loss less the teacher's; either sign.
    pub excess: f64,
    /// L, what it would be without noise.
    pub clean: f64,
}

/// The L below which noise rules.
pub fn crossover(samples: u32, deviation: f64) -> f64 {
    2.0 * deviation * deviation / f64::from(samples)
}

/// A student as the test sees it.
#[derive(Clone, Copy, Debug)]
pub struct Student<'a> {
    pub value: &'a [f64],
    pub attention: &'a [f64],
}

impl Batches {
    /// Tests a student on the batch of this number.
    ///
    /// # Errors
    /// None: shapes agree.
    pub fn test(&self, number: u64, student: Student<'_>, teacher: TeacherView<'_, f64>) -> Result<Excess, Error> {
        let (shape, activation): (Shape, Activation<f64>) = (teacher.shape(), teacher.activation());
        let noise = LabelNoise { mean: 0.0, standard_deviation: self.deviation };
        let (mut x, mut hidden) = (vec![0.0; shape.input_len()], vec![0.0; shape.tokens()]);
        let [mut taught, mut label, mut learnt] = [(); 3].map(|()| vec![0.0; shape.output_len()]);
        let mut stream = SampleStream::at(self.seed, number * u64::from(self.samples));
        let half_squared = |a: &[f64], b: &[f64]| 0.5 * a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
        let mut sum = Excess { excess: 0.0, clean: 0.0 };
        for _ in 0..self.samples {
            let mut rng = stream.sample();
            Input::Exponential.fill(&mut rng, shape.features(), &mut x);
            forward(shape, activation, (teacher.value(), teacher.mixing()), &x, &mut hidden, &mut taught)?;
            forward(shape, activation, (student.value, student.attention), &x, &mut hidden, &mut learnt)?;
            label.copy_from_slice(&taught);
            noise.add(&mut rng, &mut label);
            sum.excess += half_squared(&label, &learnt) - half_squared(&label, &taught);
            sum.clean += half_squared(&taught, &learnt);
        }
        let count = f64::from(self.samples);
        Ok(Excess { excess: sum.excess / count, clean: sum.clean / count })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_part_has_its_variance_and_the_clean_part_is_that_without_noise() {
        let shape = Shape::new(2, 2, 3, 3).unwrap();
        let (value, mixing) = ([1.0, 0.0, 0.5, -1.0], [0.5, 0.5, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 1.0]);
        let teacher = TeacherView::new(shape, Activation::Relu, &value, &mixing).unwrap();
        let student = Student { value: &[0.9, 0.1, 0.5, -0.8], attention: &[1.0 / 3.0; 9] };
        let batches = Batches { seed: 5, samples: 20, deviation: 0.7 };
        let mut sum = 0.0;
        for number in 0..400 {
            let found = batches.test(number, student, teacher).unwrap();
            let silent = Batches { deviation: 0.0, ..batches }.test(number, student, teacher).unwrap();
            assert!((silent.excess - silent.clean).abs() < 1e-12);
            assert!(found.clean > 0.0);
            let xi = found.excess - found.clean;
            sum += xi * xi / (crossover(20, 0.7) * found.clean);
        }
        // The mean of 400 squares of standard normal numbers, within four standard errors.
        assert!((sum / 400.0 - 1.0).abs() < 4.0 * (2.0_f64 / 400.0).sqrt(), "{}", sum / 400.0);
    }
}
