//! The elementary functions: written here once, with the same bits on every target and at every vector width.
//!
//! IEEE 754 fixes `+ - * /` and the square root to the last bit, and nothing else. Each function is therefore a fixed
//! sequence of those operations, of comparisons whose result selects one of two finished values, and of integer
//! operations on bit patterns. There is no branch, no table, no fused operation and no wider type in any of them, so
//! a plain loop over a slice becomes vector code of whatever width the target has, and an element's result does not
//! depend on its neighbours, its position or that width. An `f32` function needs no more than an `f32` unit.
//!
//! The arithmetic must be the default one: rounding to nearest, subnormal numbers kept.
//!
//! | function | domain | largest error, `f32` | `f64` |
//! |---|---|---|---|
//! | [`exp`] | all numbers | | |
//!
//! Errors are in units in the last place (ULP) of the exact value's binade, one half being the best possible. The
//! polynomials are in `coefficients.rs`; `tests/elementary` has the program that finds them and the tests that show
//! the errors.

#[rustfmt::skip]
mod coefficients;

pub mod angle;
pub mod exp;
pub mod ln;
pub mod sin_cos;
pub mod sqrt;

use core::ops::{Add, Mul};

/// `sum_i c_i x^i`, in pairs of terms from the highest: half as long a chain of operations as one by one, for one
/// multiplication more.
#[inline(always)]
fn polynomial<T, const N: usize>(x: T, coefficients: &[T; N]) -> T
where
    T: Copy + Default + Add<Output = T> + Mul<Output = T>,
{
    let (pairs, rest) = coefficients.as_chunks::<2>();
    let (highest, pairs) = match (rest, pairs) {
        ([last, ..], _) => (*last, pairs),
        ([], [lower @ .., [c, d]]) => (*c + *d * x, lower),
        ([], []) => (T::default(), pairs),
    };
    let square = x * x;
    pairs.iter().rev().fold(highest, |sum, &[c, d]| sum * square + (c + d * x))
}
