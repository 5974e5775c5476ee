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
//! Training does not use them yet: [`crate::scalar`] takes its functions from `libm`, whose bits are others.
//!
//! | function | arguments | error below, `f32` | `f64` |
//! |---|---|---|---|
//! | [`exp`](exp::exp_f32), [`exp_not_positive`](exp::exp_not_positive_f32) | whose result is normal; below, zero | 1.0 | 1.06 |
//! | [`ln`](ln::ln_f32), [`ln_normal`](ln::ln_normal_f32) | all; normal | 0.85 | 0.85 |
//! | [`sin_cos`](sin_cos::sin_cos_f32) | an eighth of a turn beside any quarter turn | 1.7, 1.35 | 1.7, 1.35 |
//! | [`angle_and_sine`](angle::angle_and_sine_f32) | versines | 1.5, 1.5 | 1.5, 1.5 |
//! | [`kink_loss`](angle::kink_loss_f32) | versines, with the angle from above | 5.5 | 5.5 |
//! | [`sqrt`](sqrt::sqrt_f32) | all | 0.5 | 0.5 |
//! | [`near_sqrt`](sqrt::near_sqrt_f32) | normal | 0.9 | 0.9 |
//!
//! Errors are in units in the last place (ULP) of the binade of the exact value; correct rounding is 0.5. Those in `f32`
//! are seen over every argument. Those in `f64` are seen over many millions, random ones and those beside every
//! border; the exponential's is by analysis, and 0.98 the largest seen. The polynomials are in `coefficients.rs`;
//! `tests/elementary` has the program that finds them, and the tests.

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
