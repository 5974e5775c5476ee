//! A tile of a product, which stays in registers while its terms go by.

use super::factor::{Left, Terms};
use crate::matrix::BlocksMut;
use crate::scalar::Scalar;
use crate::vector::Vector;
use crate::vector::lane::{LANES, Lanes};

/// `R` rows and sixteen columns of `to`, which has rows of `stride` elements: rows of `left` from `row` on, their terms from
/// `first` to before `end`, with as many rows of `right`, `K` terms at a time as long as there are as many.
#[inline(always)]
pub(super) fn tile<'a, T: Scalar, V: Vector, A: Left<T>, const R: usize, const K: usize>(
    vector: V,
    (left, row, (first, end)): (A, usize, (usize, usize)),
    right: impl Iterator<Item = &'a [[T; LANES]; K]>,
    (to, stride): (&mut [T], usize),
    onward: bool,
) {
    let mut sums = [T::Lanes::<V>::splat(vector, T::ZERO); R];
    if onward {
        for (sum, from) in sums.iter_mut().zip(BlocksMut::new(to, stride)) {
            if let Some(from) = from.first_chunk() {
                *sum = T::Lanes::<V>::load(vector, from);
            }
        }
    }
    let Some(terms) = left.terms::<R, K>(row, first, end) else { return };
    for (a, b) in terms.zip(right) {
        for (k, b) in b.iter().enumerate() {
            let b = T::Lanes::<V>::load(vector, b);
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = *sum + T::Lanes::<V>::splat(vector, a.element(i, k)) * b;
            }
        }
    }
    for (sum, to) in sums.iter().zip(BlocksMut::new(to, stride)) {
        if let Some(to) = to.first_chunk_mut() {
            sum.store(to);
        }
    }
}
