//! Products and transposes in functions of their own, with wide registers or without.

use super::factor::{ByRows, ByTerms, Left};
use super::{Multiply, transpose};
use crate::matrix::RowsMut;
use crate::scalar::Scalar;
use crate::vector::{Vector, Work};

/// Columns of a row that are summed together without wide registers: as many as need few registers.
const TOGETHER: usize = 4;

/// A left factor that lies evenly: its elements, and how far it is from one row to the next and from one term to the next.
pub(crate) trait Even<'a, T>: Left<T> {
    fn steps(self) -> (&'a [T], usize, usize);
}

impl<'a, T: Scalar> Even<'a, T> for ByRows<'a, T> {
    #[inline(always)]
    fn steps(self) -> (&'a [T], usize, usize) {
        (self.0.elements, self.0.stride, 1)
    }
}

/// With terms in the order of their rows.
impl<'a, T: Scalar> Even<'a, T> for ByTerms<'a, T> {
    #[inline(always)]
    fn steps(self) -> (&'a [T], usize, usize) {
        (self.0.elements, 1, self.0.stride)
    }
}

/// The product, whose terms come in the order of their rows, from the first on: in tiles with wide registers, and without them
/// in loops that take the least code. Every element sums its terms in sequence either way.
#[inline(always)]
pub(crate) fn multiply<'a, T: Scalar, V: Vector, A: Even<'a, T>>(vector: V, product: Multiply<'a, T, A>) {
    if const { V::WIDE } {
        vector.outline(product);
    } else {
        let Multiply { left, right, to, to_stride, rows, terms, columns, onward, .. } = product;
        in_loops(left.steps(), (right.elements, right.stride), (to, to_stride), (rows, terms.1, columns), onward);
    }
}

/// All terms from the first on. Elements are met by their places, and sums have names: where code is made small, loops over slices of
/// slices and over four sums stay loops, and take three times the instructions.
#[inline(never)]
fn in_loops<T: Scalar>(
    (left, by_row, by_term): (&[T], usize, usize),
    (right, stride): (&[T], usize),
    (to, to_stride): (&mut [T], usize),
    (rows, terms, columns): (usize, usize, usize),
    onward: bool,
) {
    for row in 0..rows {
        let Some(to) = to.get_mut(row * to_stride..).and_then(|to| to.get_mut(..columns)) else { return };
        let (together, rest) = to.as_chunks_mut::<TOGETHER>();
        let mut column = 0;
        for to in together {
            let [mut s, mut t, mut u, mut v] = if onward { *to } else { [T::ZERO; TOGETHER] };
            let (mut at, mut beside) = (row * by_row, column);
            for _ in 0..terms {
                let (Some(&a), Some(&[b, c, d, e])) = (left.get(at), right.get(beside..).and_then(<[T]>::first_chunk))
                else {
                    return;
                };
                s += a * b;
                t += a * c;
                u += a * d;
                v += a * e;
                at += by_term;
                beside += stride;
            }
            *to = [s, t, u, v];
            column += TOGETHER;
        }
        for to in rest {
            let mut sum = if onward { *to } else { T::ZERO };
            let (mut at, mut beside) = (row * by_row, column);
            for _ in 0..terms {
                let (Some(&a), Some(&b)) = (left.get(at), right.get(beside)) else { return };
                sum += a * b;
                at += by_term;
                beside += stride;
            }
            *to = sum;
            column += 1;
        }
    }
}

/// `to[j][i] = from[i][j]`: `to` is `columns x rows`.
#[inline(always)]
pub(crate) fn transposed<T: Scalar, V: Vector>(vector: V, from: &[T], columns: usize, to: &mut [T], rows: usize) {
    if !to.is_empty() {
        vector.outline(Transpose { from, columns, to, rows });
    }
}

struct Transpose<'a, T> {
    from: &'a [T],
    columns: usize,
    to: &'a mut [T],
    rows: usize,
}

impl<T: Scalar> Work for Transpose<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) {
        let Self { from, columns, to, rows } = self;
        if const { V::WIDE } {
            transpose(vector, from, columns, to, rows);
        } else {
            for (j, to) in RowsMut::new(to, rows).enumerate().take(columns) {
                let mut at = j;
                for to in to {
                    let Some(&x) = from.get(at) else { return };
                    *to = x;
                    at += columns;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{TermOrder, by};
    use super::*;
    use crate::vector::{Level, dispatch};

    extern crate std;
    use std::vec;
    use std::vec::Vec;

    struct Both<'a, T> {
        left: &'a [T],
        right: &'a [T],
        to: &'a mut [T],
        sizes: (usize, usize, usize),
        by_terms: bool,
        onward: bool,
    }

    impl<T: Scalar> Work for Both<'_, T> {
        type Output = ();

        #[inline(always)]
        fn run<V: Vector>(self, vector: V) {
            let Self { left, right, to, sizes, by_terms, onward } = self;
            let (rows, terms, columns) = sizes;
            // Of larger matrices: what is beside them must not be touched.
            let (right, to_stride) = (by(right, columns + 1), columns + 2);
            if by_terms {
                let product = Multiply::new(ByTerms(by(left, rows + 3), TermOrder::IN_ORDER), right, to, sizes);
                multiply(vector, Multiply { to_stride, onward, ..product });
            } else {
                let product = Multiply::new(ByRows(by(left, terms + 3)), right, to, sizes);
                multiply(vector, Multiply { to_stride, onward, ..product });
            }
        }
    }

    /// Every level, both ways in which a left factor lies, from zero and onward, with strides.
    #[test]
    fn every_element_sums_in_sequence_at_every_level() {
        fn check<T: Scalar>(level: Level, (rows, terms, columns): (usize, usize, usize), by_terms: bool, onward: bool) {
            let numbers = |n: usize, seed| -> Vec<T> {
                let mut x = vec![T::ZERO; n];
                crate::input::SampleStream::new(seed).sample().gaussian_fill(&mut x);
                x
            };
            let left = numbers(if by_terms { terms * (rows + 3) } else { rows * (terms + 3) }, 1);
            let (right, before) = (numbers(terms * (columns + 1), 2), numbers(rows * (columns + 2), 3));
            let mut to = before.clone();
            let both =
                Both { left: &left, right: &right, to: &mut to, sizes: (rows, terms, columns), by_terms, onward };
            dispatch(level, both);
            for i in 0..rows {
                for j in 0..columns + 2 {
                    let at = i * (columns + 2) + j;
                    let mut sum = if onward || j >= columns { before[at] } else { T::ZERO };
                    for k in 0..if j < columns { terms } else { 0 } {
                        let a = if by_terms { left[k * (rows + 3) + i] } else { left[i * (terms + 3) + k] };
                        sum += a * right[k * (columns + 1) + j];
                    }
                    assert_eq!(to[at].to_bits_u64(), sum.to_bits_u64(), "{level:?} {rows} {terms} {columns}: {i} {j}");
                }
            }
        }
        for level in Level::ALL.into_iter().filter(|&level| level <= Level::best()) {
            for sizes in [(1, 1, 1), (3, 5, 7), (8, 16, 16), (5, 9, 18), (17, 33, 35), (2, 200, 21), (33, 70, 4)] {
                for (by_terms, onward) in [(false, false), (false, true), (true, false), (true, true)] {
                    check::<f32>(level, sizes, by_terms, onward);
                    check::<f64>(level, sizes, by_terms, onward);
                }
            }
        }
    }
}
