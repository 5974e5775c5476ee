//! Pairs of one's own, and training on them.

use tutee::gradient::layer::LayerSamples;
use tutee::gradient::samples::Samples;
use tutee::layer::{LayerInput, Query};
use tutee::step::Descent;
use tutee::training::Training;
use tutee::{Error, Scalar};

use crate::failure::Ended;
use crate::memory::{Numbers, collected};

/// Pairs of inputs and answers, with what asks where that comes with an input.
#[derive(Debug)]
pub struct Pairs<T> {
    /// How many.
    pub count: usize,
    /// X: `count x tokens x features`.
    pub x: Vec<T>,
    /// Y: `count x outputs x filters`, or a label each.
    pub y: Vec<T>,
    /// Sets: `count x outputs x q`; none where no sets ask.
    pub sets: Vec<u32>,
    /// Vectors: `count x outputs x g`; none where no vectors ask.
    pub queries: Vec<T>,
}

impl<T: Scalar> Pairs<T> {
    fn part<'a, N>(&self, of: &'a [N], i: usize) -> &'a [N] {
        self.of(of, i, 1)
    }

    /// Some of them, from `first` on.
    ///
    /// # Errors
    /// [`Ended::Memory`].
    pub fn stretch(&self, first: usize, count: usize) -> Result<Self, Ended> {
        Ok(Self {
            count,
            x: self.stretched(&self.x, first, count)?,
            y: self.stretched(&self.y, first, count)?,
            sets: self.stretched(&self.sets, first, count)?,
            queries: self.stretched(&self.queries, first, count)?,
        })
    }

    /// All of them but some, from `first` on, in their order.
    ///
    /// # Errors
    /// [`Ended::Memory`].
    pub fn without(&self, first: usize, count: usize) -> Result<Self, Ended> {
        Ok(Self {
            count: self.count - count,
            x: self.rest(&self.x, first, count)?,
            y: self.rest(&self.y, first, count)?,
            sets: self.rest(&self.sets, first, count)?,
            queries: self.rest(&self.queries, first, count)?,
        })
    }

    fn rest<N: Copy>(&self, of: &[N], first: usize, count: usize) -> Result<Vec<N>, Ended> {
        let end = first + count;
        let (before, after) = (self.of(of, 0, first), self.of(of, end, self.count - end));
        collected(before.iter().chain(after).copied(), before.len() + after.len())
    }

    fn stretched<N: Copy>(&self, of: &[N], first: usize, count: usize) -> Result<Vec<N>, Ended> {
        let part = self.of(of, first, count);
        collected(part.iter().copied(), part.len())
    }

    /// What so many of them from `first` on have in one of the lists.
    pub fn of<'a, N>(&self, list: &'a [N], first: usize, count: usize) -> &'a [N] {
        let length = list.len() / self.count.max(1);
        list.get(first * length..(first + count) * length).unwrap_or_default()
    }

    /// The answer of one.
    pub fn answer(&self, i: usize) -> &[T] {
        self.part(&self.y, i)
    }

    /// One input.
    pub fn reading(&self, i: usize) -> &[T] {
        self.part(&self.x, i)
    }

    /// One input as a layer sees it.
    pub fn input(&self, i: usize) -> LayerInput<'_, T> {
        let query = if !self.sets.is_empty() {
            Query::Sets(self.part(&self.sets, i))
        } else if !self.queries.is_empty() {
            Query::Vectors(self.part(&self.queries, i))
        } else {
            Query::Tokens
        };
        LayerInput { x: self.part(&self.x, i), query, codes: &[] }
    }
}

/// What a student does with pairs, whichever it is.
pub trait Fitted<T: Scalar>: Training<T> {
    /// Mean loss over pairs, at the student as it stands.
    ///
    /// # Errors
    /// What the core refuses.
    fn mean_loss(&mut self, pairs: &Pairs<T>) -> Result<f64, Error>;
}

/// The next batch, in stretches of `first..first + count`: all pairs, or so many in the order of the files and from their beginning
/// again after the end.
///
/// # Errors
/// What `accumulate` refuses.
pub fn batch(
    pairs: usize,
    size: usize,
    next: &mut usize,
    mut accumulate: impl FnMut(usize, usize) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut left = size;
    while left > 0 {
        let count = left.min(pairs - *next);
        accumulate(*next, count)?;
        left -= count;
        *next = (*next + count) % pairs;
    }
    Ok(())
}

/// A layer that trains on pairs.
pub struct LayerFit<'a, T> {
    /// The layer.
    pub samples: LayerSamples<'a, T>,
    /// The pairs.
    pub pairs: &'a Pairs<T>,
    /// Pairs a step.
    pub batch: usize,
    /// The first of the next batch.
    pub next: usize,
    /// The codes that it set out from, if it has any.
    pub codes: Numbers<T>,
}

impl<T: Scalar> Training<T> for LayerFit<'_, T> {
    fn steps(&self) -> u64 {
        self.samples.layer().steps()
    }

    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        let (samples, pairs) = (&mut self.samples, self.pairs);
        batch(pairs.count, self.batch, &mut self.next, |first, count| {
            (first..first + count).try_for_each(|i| samples.accumulate(&pairs.input(i), pairs.answer(i)))
        })?;
        samples.step(descent)
    }
}

impl<T: Scalar> Fitted<T> for LayerFit<'_, T> {
    fn mean_loss(&mut self, pairs: &Pairs<T>) -> Result<f64, Error> {
        let mut sum = 0.0;
        for i in 0..pairs.count {
            sum += self.samples.loss(&pairs.input(i), pairs.answer(i))?.to_f64();
        }
        Ok(sum / pairs.count as f64)
    }
}

/// A student of position-only attention that trains on pairs.
pub struct PositionFit<'a, T> {
    /// The student.
    pub samples: Samples<'a, T>,
    /// The pairs.
    pub pairs: &'a Pairs<T>,
    /// Pairs a step.
    pub batch: usize,
    /// The first of the next batch.
    pub next: usize,
}

impl<T: Scalar> Training<T> for PositionFit<'_, T> {
    fn steps(&self) -> u64 {
        self.samples.student().steps()
    }

    fn step(&mut self, descent: &Descent<T>) -> Result<(), Error> {
        let (samples, pairs) = (&mut self.samples, self.pairs);
        batch(pairs.count, self.batch, &mut self.next, |first, count| {
            samples.accumulate_many(count, pairs.of(&pairs.x, first, count), pairs.of(&pairs.y, first, count))
        })?;
        samples.step(descent)
    }
}

impl<T: Scalar> Fitted<T> for PositionFit<'_, T> {
    fn mean_loss(&mut self, pairs: &Pairs<T>) -> Result<f64, Error> {
        // Between two steps the batch is empty.
        let mut sum = 0.0;
        for i in 0..pairs.count {
            self.samples.accumulate(pairs.reading(i), pairs.answer(i))?;
            sum += self.samples.batch_loss().mean_loss().map_or(0.0, Scalar::to_f64);
            self.samples.begin();
        }
        Ok(sum / pairs.count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_what_is_left_without_them_keep_their_order() {
        let pairs = Pairs {
            count: 4,
            x: (0..8).map(f64::from).collect(),
            y: vec![0.0, 1.0, 2.0, 3.0],
            sets: vec![],
            queries: vec![],
        };
        let (part, rest) = (pairs.stretch(1, 2).unwrap(), pairs.without(1, 2).unwrap());
        assert_eq!((part.count, part.x, part.y), (2, vec![2.0, 3.0, 4.0, 5.0], vec![1.0, 2.0]));
        assert_eq!((rest.count, rest.x, rest.y, rest.sets), (2, vec![0.0, 1.0, 6.0, 7.0], vec![0.0, 3.0], vec![]));
        assert_eq!(pairs.without(0, 1).unwrap().y, [1.0, 2.0, 3.0]);
        assert_eq!(pairs.without(3, 1).unwrap().y, [0.0, 1.0, 2.0]);
    }
}
