//! The mean weighted by a softmax of what the tokens are.

use super::filters::{Filters, score, weigh};
use crate::activation::Activation;
use crate::error::Error;
use crate::matrix::{check_finite, check_length};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::teacher::labels::Labels;

/// `y_j = act(V* sum_i s_i x_i)` with `s = softmax(<a, x_i> / temperature)`, for every output.
#[derive(Clone, Copy, Debug)]
pub struct LearnedWeights<'a, T> {
    filters: Filters<'a, T>,
    direction: &'a [T],
    temperature: T,
}

impl<'a, T: Scalar> LearnedWeights<'a, T> {
    /// A teacher of `value`, `filters x features`, that weighs tokens along `direction`, sharply at a low temperature.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`], or [`Error::OutOfRange`] for the activation and for a temperature that is not
    /// positive and finite.
    pub fn new(
        shape: Shape,
        activation: Activation<T>,
        value: &'a [T],
        direction: &'a [T],
        temperature: T,
    ) -> Result<Self, Error> {
        let filters = Filters::new(shape, activation, value)?;
        check_length("direction", direction, shape.features())?;
        check_finite("direction", direction)?;
        if !(temperature > T::ZERO && temperature.is_finite()) {
            return Err(Error::OutOfRange { what: "the temperature must be positive and finite" });
        }
        Ok(Self { filters, direction, temperature })
    }
}

/// Costs `D d (M + 1)` additions and multiplications and an exponential a token an answer.
impl<T: Scalar> Labels<T> for LearnedWeights<'_, T> {
    type Query = ();

    fn shape(&self) -> Shape {
        self.filters.shape
    }

    fn activation(&self) -> Activation<T> {
        self.filters.activation
    }

    fn answer(&self, x: &[T], (): &(), hidden: &mut [T], y: &mut [T]) -> Result<(), Error> {
        self.filters.check_sample(x, hidden, y)?;
        score(self.direction, x, hidden);
        weigh(hidden, self.temperature);
        self.filters.answer_weighted(x, hidden, y);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_the_softmax_at_every_temperature() {
        let shape = Shape::new(1, 1, 3, 1).unwrap();
        let (value, direction, x) = ([2.0], [3.0], [0.5, -1.0, 0.25]);
        for temperature in [1e-3, 0.5, 1.0, 1e6] {
            let teacher = LearnedWeights::new(shape, Activation::Identity, &value, &direction, temperature).unwrap();
            let (mut hidden, mut y) = ([0.0; 3], [9.0; 1]);
            teacher.answer(&x, &(), &mut hidden, &mut y).unwrap();
            let weight = |x: f64| libm::exp(3.0 * (x - 0.5) / temperature);
            let (sum, mean) = x.iter().fold((0.0, 0.0), |(s, m), &x| (s + weight(x), m + weight(x) * x));
            assert!((y[0] - 2.0 * mean / sum).abs() < 1e-14, "{temperature}: {y:?}");
        }
        for temperature in [0.0, -1.0, f64::NAN] {
            assert!(LearnedWeights::new(shape, Activation::Identity, &value, &direction, temperature).is_err());
        }
    }
}
