//! The mean over the tokens that point farthest along a direction.

use super::filters::{Filters, score};
use crate::activation::Activation;
use crate::error::Error;
use crate::matrix::{check_finite, check_length};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::teacher::labels::Labels;

/// `y_j = act(V* mean of x_i over the k tokens with the largest <a, x_i>)`, for every output. Of equal tokens the earlier one
/// is larger.
#[derive(Clone, Copy, Debug)]
pub struct TopK<'a, T> {
    filters: Filters<'a, T>,
    direction: &'a [T],
    count: usize,
}

impl<'a, T: Scalar> TopK<'a, T> {
    /// A teacher of `value`, `filters x features`, that takes the `count` tokens farthest along `direction`.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`], [`Error::OutOfRange`] for the activation, or for a count that is not between one and
    /// the number of tokens.
    pub fn new(
        shape: Shape,
        activation: Activation<T>,
        value: &'a [T],
        direction: &'a [T],
        count: usize,
    ) -> Result<Self, Error> {
        let filters = Filters::new(shape, activation, value)?;
        check_length("direction", direction, shape.features())?;
        check_finite("direction", direction)?;
        if count == 0 || count > shape.tokens() {
            return Err(Error::OutOfRange { what: "between one and all tokens are chosen" });
        }
        Ok(Self { filters, direction, count })
    }
}

/// Costs `D d + k D + M k d` additions and multiplications an answer.
impl<T: Scalar> Labels<T> for TopK<'_, T> {
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
        // The last of the chosen in order of score, then of number.
        let mut last: Option<(T, usize)> = None;
        let comes_after =
            |(score, i): (T, usize), (before, j): (T, usize)| score < before || (score == before && i > j);
        for _ in 0..self.count {
            let mut next = None;
            for (i, &score) in hidden.iter().enumerate() {
                let left = last.is_none_or(|last| comes_after((score, i), last));
                if left && next.is_none_or(|next| comes_after(next, (score, i))) {
                    next = Some((score, i));
                }
            }
            last = next.or(last);
        }
        let share = T::ONE / T::from_usize(self.count);
        for (i, score) in hidden.iter_mut().enumerate() {
            let chosen = last.is_some_and(|last| !comes_after((*score, i), last));
            *score = if chosen { share } else { T::ZERO };
        }
        self.filters.answer_weighted(x, hidden, y);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_farthest_tokens_are_averaged() {
        let shape = Shape::new(1, 2, 5, 2).unwrap();
        let (value, direction) = ([1.0, 10.0], [0.0, -1.0]);
        // Scores 3, -1, 3, 4, 3.
        let x = [1.0, -3.0, 2.0, 1.0, 4.0, -3.0, 8.0, -4.0, 16.0, -3.0];
        let answer = |count| {
            let teacher = TopK::new(shape, Activation::Identity, &value, &direction, count).unwrap();
            let (mut hidden, mut y) = ([0.0; 5], [9.0; 2]);
            teacher.answer(&x, &(), &mut hidden, &mut y).unwrap();
            assert_eq!(y[0], y[1]);
            y[0]
        };
        assert_eq!(answer(1), 8.0 - 40.0);
        assert_eq!(answer(2), (9.0 - 70.0) / 2.0, "of equal ones the first");
        assert_eq!(answer(4), (29.0 - 130.0) / 4.0);
        assert!((answer(5) - (31.0 - 120.0) / 5.0).abs() < 1e-14);
        let refused = |count| TopK::new(shape, Activation::Identity, &value, &direction, count).is_err();
        assert!(refused(0) && refused(6));
    }
}
