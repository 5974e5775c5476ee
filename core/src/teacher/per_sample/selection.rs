//! The mean over a set of tokens that comes with the sample.

use super::filters::Filters;
use crate::activation::Activation;
use crate::error::Error;
use crate::input::SampleRng;
use crate::matrix::{Rows, RowsMut, check_length};
use crate::predict::project;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::teacher::labels::Labels;

/// `y_j = act(V* mean of x_i over set j)` (Sanford, Hsu and Telgarsky 2023; Wang et al. 2024). What comes with a sample is a list
/// of token numbers, the sets of all outputs one after the other, of one size.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a, T> {
    filters: Filters<'a, T>,
}

impl<'a, T: Scalar> Selection<'a, T> {
    /// A teacher of `value`, `filters x features`.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`], or [`Error::OutOfRange`] for the activation.
    pub fn new(shape: Shape, activation: Activation<T>, value: &'a [T]) -> Result<Self, Error> {
        Ok(Self { filters: Filters::new(shape, activation, value)? })
    }
}

/// Costs `M (D d + J q)` additions and multiplications an answer.
impl<T: Scalar> Labels<T> for Selection<'_, T> {
    type Query = [u32];

    fn shape(&self) -> Shape {
        self.filters.shape
    }

    fn activation(&self) -> Activation<T> {
        self.filters.activation
    }

    /// # Errors
    /// [`Error::Length`], naming the slice; [`Error::Zero`] without sets; [`Error::IndexOutOfRange`] for a token that does not
    /// exist.
    fn answer(&self, x: &[T], sets: &[u32], hidden: &mut [T], y: &mut [T]) -> Result<(), Error> {
        let Filters { shape, activation, value } = self.filters;
        self.filters.check_sample(x, hidden, y)?;
        let size = sets.len().checked_div(shape.outputs()).unwrap_or(0);
        if size == 0 {
            return Err(Error::Zero { what: "the size of a set" });
        }
        check_length("the sets of a sample", sets, size * shape.outputs())?;
        let numbers = || sets.iter().map(|&token| usize::try_from(token).unwrap_or(usize::MAX));
        if let Some(index) = numbers().find(|&index| index >= shape.tokens()) {
            return Err(Error::IndexOutOfRange { what: "token of a set", index, limit: shape.tokens() });
        }
        let share = T::ONE / T::from_usize(size);
        for (m, w) in Rows::new(value, shape.features()).enumerate() {
            project(w, x, hidden);
            for (set, y) in Rows::new(sets, size).zip(RowsMut::new(y, shape.filters())) {
                let of = |&token: &u32| usize::try_from(token).ok().and_then(|token| hidden.get(token)).copied();
                let sum = set.iter().filter_map(of).fold(T::ZERO, |sum, h| sum + h);
                if let Some(y) = y.get_mut(m) {
                    *y = activation.apply(sum * share);
                }
            }
        }
        Ok(())
    }
}

/// Draws a set of different tokens, uniformly among all sets of its size (Floyd's algorithm: a word of the generator for each
/// member, of which the high half counts). The order of the members is not uniform; that of their sum does not matter.
///
/// # Errors
/// [`Error::OutOfRange`] when there are fewer tokens than members, or more than `u32` counts; nothing is drawn then.
pub fn draw_set(rng: &mut SampleRng, tokens: usize, set: &mut [u32]) -> Result<(), Error> {
    let (Ok(tokens), Ok(size)) = (u32::try_from(tokens), u32::try_from(set.len())) else {
        return Err(Error::OutOfRange { what: "the tokens of a set must be counted by 32 bits" });
    };
    let Some(first) = tokens.checked_sub(size) else {
        return Err(Error::OutOfRange { what: "a set has at most as many members as there are tokens" });
    };
    for (done, last) in (0..set.len()).zip(first..tokens) {
        // Uniform on 0..=last, within 2^-32.
        let high = rng.uniform_bits() >> 32;
        let drawn = (high * (u64::from(last) + 1)) >> 32;
        let drawn = u32::try_from(drawn).unwrap_or(last);
        let taken = set.get(..done).is_some_and(|before| before.contains(&drawn));
        if let Some(member) = set.get_mut(done) {
            *member = if taken { last } else { drawn };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::SampleStream;

    #[test]
    fn an_answer_is_the_filters_of_a_mean() {
        let shape = Shape::new(2, 2, 3, 2).unwrap();
        let value = [1.0, 2.0, -1.0, 0.5];
        let teacher = Selection::new(shape, Activation::Relu, &value).unwrap();
        let x = [1.0, 3.0, -2.0, 5.0, 4.0, -7.0];
        let (mut hidden, mut y) = ([0.0; 3], [9.0; 4]);
        teacher.answer(&x, &[0, 2, 1, 2], &mut hidden, &mut y).unwrap();
        // Means (2.5, -2) and (1, -1): 2.5 - 4 and -2.5 - 1; 1 - 2 and -1 - 0.5: all below zero.
        assert_eq!(y, [0.0; 4]);
        let teacher = Selection::new(shape, Activation::Identity, &value).unwrap();
        teacher.answer(&x, &[0, 2, 1, 2], &mut hidden, &mut y).unwrap();
        assert_eq!(y, [-1.5, -3.5, -1.0, -1.5]);
        let refused = teacher.answer(&x, &[0, 1, 2, 3], &mut hidden, &mut y);
        assert_eq!(refused, Err(Error::IndexOutOfRange { what: "token of a set", index: 3, limit: 3 }));
        assert_eq!(teacher.answer(&x, &[], &mut hidden, &mut y), Err(Error::Zero { what: "the size of a set" }));
        assert!(teacher.answer(&x, &[0, 1, 2], &mut hidden, &mut y).is_err());
        assert_eq!(y, [-1.5, -3.5, -1.0, -1.5]);
    }

    #[test]
    fn every_set_is_as_likely() {
        let stream = SampleStream::new(6);
        let mut counts = [0_u32; 32];
        let n = 20_000;
        for sample in 0..n {
            let mut set = [9; 3];
            draw_set(&mut stream.rng(sample), 5, &mut set).unwrap();
            assert!(set.iter().all(|&token| token < 5));
            counts[set.iter().fold(0, |members, token| members | 1 << token)] += 1;
        }
        let sets = counts.iter().enumerate().filter(|(members, _)| members.count_ones() == 3);
        let mut seen = 0;
        for (members, &count) in sets {
            seen += count;
            // Four standard errors of a binomial count.
            let (mean, error) = (n as f64 / 10.0, libm::sqrt(n as f64 * 0.09));
            assert!((f64::from(count) - mean).abs() < 4.0 * error, "{members:05b}: {count}");
        }
        assert_eq!(u64::from(seen), n, "members differ");
        let mut all = [9; 5];
        draw_set(&mut stream.rng(0), 5, &mut all).unwrap();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4]);
        assert!(draw_set(&mut stream.rng(0), 4, &mut all).is_err());
    }
}
