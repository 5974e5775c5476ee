//! What has been recovered: how close the student's filters and attention are to the teacher's, and how fast.
//!
//! The exact excess loss is [`Measure::excess_loss`](crate::training::Measure::excess_loss); the excess loss under other
//! inputs than the student was trained on is in [`out_of_distribution`].

pub mod key_query;
pub mod laws;
pub mod layer;
pub mod least_loss;
pub mod out_of_distribution;
mod test_samples;
mod test_set;
pub mod verdict;

use crate::error::Error;
use crate::kernel::reduce::dot;
use crate::kernel::softmax::softmax;
use crate::matrix::{Rows, check_length};
use crate::scalar::Scalar;
use crate::student::StudentView;
use crate::teacher::TeacherView;

/// How much of a teacher a student has recovered.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Recovery<T> {
    /// Smallest cosine between a filter of the teacher and the student's row that imitates it. Filters that are zero
    /// are left out; `None` when a row of the student still is zero, or every filter is, or a square overflows.
    pub value_cosine_min: Option<T>,
    /// Mean of these cosines.
    pub value_cosine_mean: Option<T>,
    /// Largest entry of `|S - S*|`.
    pub attention_error_max: T,
    /// Attention on tokens that the teacher's output averages, mean over the outputs.
    pub mass_mean: T,
    /// Attention on tokens that the teacher's output averages, smallest over the outputs.
    pub mass_min: T,
}

/// Compares a student with a teacher of the same shape. `row` is working memory, one element a token.
/// Costs O(M d + J D), with an exponential an element of the attention.
///
/// # Errors
/// [`Error::Length`] when the shapes differ.
pub fn recovery<T: Scalar>(
    student: StudentView<'_, T>,
    teacher: TeacherView<'_, T>,
    row: &mut [T],
) -> Result<Recovery<T>, Error> {
    let shape = student.shape();
    shape.check_equal(teacher.shape())?;
    check_length("row", row, shape.tokens())?;

    let (mut sum, mut count, mut defined) = (T::ZERO, 0, true);
    let mut smallest = T::ONE;
    for (w, v) in Rows::new(student.value(), shape.features()).zip(Rows::new(teacher.value(), shape.features())) {
        if v.iter().all(|&v| v == T::ZERO) {
            continue;
        }
        match cosine(w, v) {
            Some(cosine) => {
                sum += cosine;
                smallest = smallest.smaller(cosine);
                count += 1;
            }
            None => defined = false,
        }
    }
    let defined = defined && count > 0;

    let (mut error, mut mass, mut mass_min) = (T::ZERO, T::ZERO, T::ONE);
    let targets = Rows::new(teacher.mixing(), shape.tokens());
    for (logits, target) in Rows::new(student.logits(), shape.tokens()).zip(targets) {
        softmax(logits, row);
        for (&s, &target) in row.iter().zip(target) {
            error = error.larger((s - target).abs());
        }
        let on_right = right_mass(row, target);
        mass += on_right;
        mass_min = mass_min.smaller(on_right);
    }
    Ok(Recovery {
        value_cosine_min: defined.then_some(smallest),
        value_cosine_mean: defined.then(|| sum / T::from_u32(count)),
        attention_error_max: error,
        mass_mean: mass / T::from_usize(shape.outputs()),
        mass_min,
    })
}

/// Cosine of the angle between two vectors; `None` when one of them is zero, or a square underflows to it or overflows.
pub fn cosine<T: Scalar>(x: &[T], y: &[T]) -> Option<T> {
    let norms = dot(x, x).sqrt() * dot(y, y).sqrt();
    // Rounding may carry the quotient an ulp past one.
    (norms > T::ZERO && norms.is_finite()).then(|| (dot(x, y) / norms).smaller(T::ONE).larger(-T::ONE))
}

/// Attention of one output on the tokens that the teacher's output averages (those with a mixing weight other than 0).
pub fn right_mass<T: Scalar>(attention: &[T], mixing: &[T]) -> T {
    let mut mass = T::ZERO;
    for (&s, &target) in attention.iter().zip(mixing) {
        if target != T::ZERO {
            mass += s;
        }
    }
    mass
}

/// Slope of `ln |y|` over `ln x` by least squares. Points with `x` or `y` zero have no logarithm and are left out; `None`
/// with fewer than two points, or all at one `x`.
pub fn log_log_slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    log_log_line(points).map(|line| line.slope)
}

/// A straight line through points on two logarithmic axes.
struct LogLogLine {
    /// Of `ln |y|` over `ln x`.
    slope: f64,
    /// Standard error of the slope, squared, by how far points are from the line; `None` with fewer than five points.
    squared_error: Option<f64>,
}

/// The line whose slope is [`log_log_slope`].
fn log_log_line(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<LogLogLine> {
    let usable = points.filter(|&(x, y)| x > 0.0 && y != 0.0).map(|(x, y)| (Scalar::ln(x), Scalar::ln(y.abs())));
    let (mut n, mut mean_x, mut mean_y) = (0.0, 0.0, 0.0);
    for (x, y) in usable.clone() {
        n += 1.0;
        mean_x += x;
        mean_y += y;
    }
    mean_x /= n;
    mean_y /= n;
    let (mut variance, mut covariance, mut spread) = (0.0, 0.0, 0.0);
    for (x, y) in usable {
        variance += (x - mean_x) * (x - mean_x);
        covariance += (x - mean_x) * (y - mean_y);
        spread += (y - mean_y) * (y - mean_y);
    }
    (n >= 2.0 && variance > 0.0).then(|| {
        let slope = covariance / variance;
        let squared_error = (n >= 5.0).then(|| (spread / variance - slope * slope).larger(0.0) / (n - 2.0));
        LogLogLine { slope, squared_error }
    })
}

/// The asymptotic law of the excess loss for a regular teacher trained from zero with one rate,
/// `K J (D - K) / (4 rate T)`: whatever the filters, their number and the activation. The approach takes
/// `T >> D^2 (D - K) / rate` steps or so. A number only for a positive rate and a positive number of steps.
pub fn law(group: usize, outputs: usize, tokens: usize, attention_rate: f64, steps: u64) -> f64 {
    let (k, j, d) = (f64::from_usize(group), f64::from_usize(outputs), f64::from_usize(tokens));
    k * j * (d - k) / (4.0 * attention_rate * steps as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::shape::Shape;
    use crate::student::StudentViewMut;

    #[test]
    fn slope_of_a_power_and_of_its_negative() {
        let points = (1..50).map(|i| f64::from(i * i)).map(|x| (x, 3.0 / (x * Scalar::sqrt(x))));
        assert!((log_log_slope(points.clone()).unwrap() + 1.5).abs() < 1e-12);
        assert!((log_log_slope(points.map(|(x, y)| (x, -y))).unwrap() + 1.5).abs() < 1e-12);
        assert_eq!(log_log_slope([(1.0, 1.0)].into_iter()), None);
        let error = |factors: &[f64]| {
            let at = |(i, factor): (usize, &f64)| (Scalar::exp(i as f64), factor * Scalar::exp(-2.0 * i as f64));
            log_log_line(factors.iter().enumerate().map(at)).and_then(|line| line.squared_error)
        };
        assert!(error(&[1.0; 6]).is_some_and(|error| error < 1e-15));
        // Residuals of a line through 0, 0, 1, 0, 0 at 0 to 4: -1/5 four times, 4/5; over three degrees of freedom and ten.
        let jump = error(&[1.0, 1.0, std::f64::consts::E, 1.0, 1.0]);
        assert!(jump.is_some_and(|error| (error - 0.8 / 3.0 / 10.0).abs() < 1e-12), "{jump:?}");
        assert_eq!(error(&[1.0; 4]), None);
        assert_eq!(log_log_slope([(2.0, 1.0), (2.0, 3.0)].into_iter()), None);
        assert_eq!(log_log_slope([(1.0, 1.0), (10.0, 0.0), (0.0, 1.0), (100.0, 0.01)].into_iter()), Some(-1.0));
    }

    #[test]
    fn recovery_names_what_is_missing() {
        let shape = Shape::new(2, 2, 4, 1).unwrap();
        let mixing = [0.5, 0.5, 0.0, 0.0];
        let teacher = TeacherView::new(shape, Activation::Relu, &[1.0, 0.0, 0.0, 2.0], &mixing).unwrap();
        let (mut memory, mut steps) = ([0.0; 16], 0);
        let mut student = StudentViewMut::new(shape, &mut memory[..16], &mut steps).unwrap();
        let mut row = [0.0; 4];
        let untrained = recovery(student.view(), teacher, &mut row).unwrap();
        assert_eq!(untrained.value_cosine_min, None);
        assert_eq!(untrained.attention_error_max, 0.25);
        assert_eq!((untrained.mass_mean, untrained.mass_min), (0.5, 0.5));
        student.set_value(&[3.0, 0.0, 1.0, 1.0]).unwrap();
        student.set_logits(&[40.0, 40.0, 0.0, 0.0]).unwrap();
        let trained = recovery(student.view(), teacher, &mut row).unwrap();
        assert!((trained.value_cosine_min.unwrap() - Scalar::sqrt(0.5)).abs() < 1e-15);
        assert!((trained.value_cosine_mean.unwrap() - (1.0 + Scalar::sqrt(0.5)) / 2.0).abs() < 1e-15);
        assert!(trained.attention_error_max < 1e-15 && trained.mass_min > 1.0 - 1e-15);
        assert!(recovery(student.view(), teacher, &mut row[..3]).is_err());
    }

    #[test]
    fn law_of_the_default_convolution() {
        assert!((law(4, 16, 16, 0.25, 1_000_000) - 7.68e-4).abs() < 1e-12);
    }
}
