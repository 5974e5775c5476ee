//! The softmax of every column of a matrix, and its derivative: sixteen columns side by side, so that no sum runs across a register.
//!
//! ```text
//! s_ij = exp(a_ij - max_i a_ij) / sum_k exp(a_kj - max_i a_ij),      a = scale * logits
//! dL/dlogit_ij = scale * s_ij (dL/ds_ij - sum_k s_kj dL/ds_kj)
//! ```
//!
//! Every sum runs over the rows in sequence.

use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;
use crate::vector::lane::{LANES, Lane, Lanes};
use crate::vector::{Vector, Work};

/// From logits to weights in their place; `columns` of them stand side by side.
#[inline(always)]
pub(crate) fn softmax_columns<T: Scalar, V: Vector>(vector: V, scale: T, columns: usize, weights: &mut [T]) {
    vector.outline(Softmax { scale, columns, weights });
}

/// From the gradient with respect to the weights to that with respect to the logits, in its place.
#[inline(always)]
pub(crate) fn d_softmax_columns<T: Scalar, V: Vector>(
    vector: V,
    scale: T,
    columns: usize,
    weights: &[T],
    gradient: &mut [T],
) {
    vector.outline(DSoftmax { scale, columns, weights, gradient });
}

struct Softmax<'a, T> {
    scale: T,
    columns: usize,
    weights: &'a mut [T],
}

struct DSoftmax<'a, T> {
    scale: T,
    columns: usize,
    weights: &'a [T],
    gradient: &'a mut [T],
}

/// How the columns from one on are taken out of a row and put back.
trait Columns<T>: Copy {
    type Lane: Lane<T>;
    fn load(self, row: &[T]) -> Self::Lane;
    fn store(self, lane: Self::Lane, row: &mut [T]);
}

/// One column.
#[derive(Clone, Copy)]
struct One;

/// Sixteen columns.
#[derive(Clone, Copy)]
struct Sixteen<V>(V);

/// The last columns, fewer than sixteen.
#[derive(Clone, Copy)]
struct Last<V>(V);

impl<T: Scalar> Columns<T> for One {
    type Lane = T;

    #[inline(always)]
    fn load(self, row: &[T]) -> T {
        row.first().copied().unwrap_or(T::ZERO)
    }

    #[inline(always)]
    fn store(self, lane: T, row: &mut [T]) {
        if let Some(to) = row.first_mut() {
            *to = lane;
        }
    }
}

impl<T: Scalar, V: Vector> Columns<T> for Sixteen<V> {
    type Lane = T::Lanes<V>;

    #[inline(always)]
    fn load(self, row: &[T]) -> Self::Lane {
        T::Lanes::<V>::load(self.0, row.first_chunk::<LANES>().unwrap_or(&[T::ZERO; LANES]))
    }

    #[inline(always)]
    fn store(self, lane: Self::Lane, row: &mut [T]) {
        if let Some(to) = row.first_chunk_mut::<LANES>() {
            lane.store(to);
        }
    }
}

impl<T: Scalar, V: Vector> Columns<T> for Last<V> {
    type Lane = T::Lanes<V>;

    #[inline(always)]
    fn load(self, row: &[T]) -> Self::Lane {
        T::Lanes::<V>::load_first(self.0, row)
    }

    #[inline(always)]
    fn store(self, lane: Self::Lane, row: &mut [T]) {
        lane.store_first(row);
    }
}

impl<T: Scalar> Work for Softmax<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) {
        let Self { scale, columns, weights } = self;
        let mut column = 0;
        if const { V::WIDE } {
            while column + LANES <= columns {
                softmax(Sixteen(vector), scale, (columns, column), weights);
                column += LANES;
            }
            if column < columns {
                softmax(Last(vector), scale, (columns, column), weights);
            }
        } else {
            while column < columns {
                softmax(One, scale, (columns, column), weights);
                column += 1;
            }
        }
    }
}

impl<T: Scalar> Work for DSoftmax<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) {
        let Self { scale, columns, weights, gradient } = self;
        let mut column = 0;
        if const { V::WIDE } {
            while column + LANES <= columns {
                d_softmax(Sixteen(vector), scale, (columns, column), weights, gradient);
                column += LANES;
            }
            if column < columns {
                d_softmax(Last(vector), scale, (columns, column), weights, gradient);
            }
        } else {
            while column < columns {
                d_softmax(One, scale, (columns, column), weights, gradient);
                column += 1;
            }
        }
    }
}

/// What every row has from a column on.
#[inline(always)]
fn from<T>((columns, column): (usize, usize), matrix: &[T]) -> impl Iterator<Item = &[T]> {
    Rows::new(matrix, columns).filter_map(
        #[inline(always)]
        move |row| row.get(column..),
    )
}

/// [`from`], to be changed.
#[inline(always)]
fn from_mut<T>((columns, column): (usize, usize), matrix: &mut [T]) -> impl Iterator<Item = &mut [T]> {
    RowsMut::new(matrix, columns).filter_map(
        #[inline(always)]
        move |row| row.get_mut(column..),
    )
}

#[inline(always)]
fn softmax<T: Scalar, C: Columns<T>>(side: C, scale: T, at: (usize, usize), weights: &mut [T]) {
    let mut rows = from(at, weights);
    let Some(first) = rows.next() else { return };
    let first = side.load(first);
    let scale = first.with(scale);
    let mut largest = scale * first;
    for row in rows {
        largest = largest.at_least(scale * side.load(row));
    }
    let mut sum = first.with(T::ZERO);
    for row in from_mut(at, weights) {
        let exponential = T::exp_not_positive(scale * side.load(row) - largest);
        side.store(exponential, row);
        sum = sum + exponential;
    }
    // At least one term is exp(0) = 1, so the sum is not zero.
    let normalise = first.with(T::ONE) / sum;
    for row in from_mut(at, weights) {
        side.store(side.load(row) * normalise, row);
    }
}

#[inline(always)]
fn d_softmax<T: Scalar, C: Columns<T>>(side: C, scale: T, at: (usize, usize), weights: &[T], gradient: &mut [T]) {
    let mut rows = from(at, weights).zip(from(at, gradient));
    let Some((s, g)) = rows.next() else { return };
    let zero = side.load(s).with(T::ZERO);
    let mut mean = zero + side.load(s) * side.load(g);
    for (s, g) in rows {
        mean = mean + side.load(s) * side.load(g);
    }
    let scale = zero.with(scale);
    for (s, g) in from(at, weights).zip(from_mut(at, gradient)) {
        side.store(scale * (side.load(s) * (side.load(g) - mean)), g);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{Level, dispatch};

    extern crate std;
    use std::vec;
    use std::vec::Vec;

    struct Both<'a, T> {
        columns: usize,
        scale: T,
        weights: &'a mut [T],
        gradient: &'a mut [T],
    }

    impl<T: Scalar> Work for Both<'_, T> {
        type Output = ();

        #[inline(always)]
        fn run<V: Vector>(self, vector: V) {
            softmax_columns(vector, self.scale, self.columns, self.weights);
            d_softmax_columns(vector, self.scale, self.columns, self.weights, self.gradient);
        }
    }

    /// Element by element, in the written order.
    fn check<T: Scalar>(level: Level, rows: usize, columns: usize) {
        let numbers = |seed| -> Vec<T> {
            let mut x = vec![T::ZERO; rows * columns];
            crate::input::SampleStream::new(seed).sample().gaussian_fill(&mut x);
            x
        };
        let (logits, outer, scale) = (numbers(1), numbers(2), T::from_f64(1.7));
        let (mut weights, mut gradient) = (logits.clone(), outer.clone());
        dispatch(level, Both { columns, scale, weights: &mut weights, gradient: &mut gradient });
        for j in 0..columns {
            let of = |matrix: &[T]| -> Vec<T> { (0..rows).map(|i| matrix[i * columns + j]).collect() };
            let (a, g) = (of(&logits), of(&outer));
            let largest = a.iter().map(|&a| scale * a).fold(scale * a[0], |x, y| x.larger(y));
            let exponentials: Vec<T> = a.iter().map(|&a| T::exp_not_positive(scale * a - largest)).collect();
            let share = T::ONE / exponentials.iter().fold(T::ZERO, |sum, &x| sum + x);
            let s: Vec<T> = exponentials.iter().map(|&x| x * share).collect();
            assert_eq!(of(&weights), s, "{level:?} {rows} x {columns}: {j}");
            let mean = s.iter().zip(&g).fold(T::ZERO, |sum, (&s, &g)| sum + s * g);
            let d: Vec<T> = s.iter().zip(&g).map(|(&s, &g)| scale * (s * (g - mean))).collect();
            assert_eq!(of(&gradient), d, "{level:?} {rows} x {columns}: {j}");
        }
    }

    #[test]
    fn every_column_is_summed_in_sequence_at_every_level() {
        for level in Level::ALL.into_iter().filter(|&level| level <= Level::best()) {
            for (rows, columns) in [(1, 1), (5, 3), (16, 16), (17, 15), (33, 34), (40, 50)] {
                check::<f32>(level, rows, columns);
                check::<f64>(level, rows, columns);
            }
        }
    }

    #[test]
    fn weights_add_up_and_survive_large_logits() {
        // Beside the first logit instead of the largest, the exponential of the second would overflow.
        let mut weights = [-800.0, 710.0, 700.0, 709.0, 0.0];
        let mut gradient = [1.0; 5];
        dispatch(Level::best(), Both { columns: 1, scale: 1.0, weights: &mut weights, gradient: &mut gradient });
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        assert!((weights[1] / weights[3] - libm::exp(1.0)).abs() < 1e-14);
        assert_eq!(weights[0], 0.0);
    }
}
