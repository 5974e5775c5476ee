//! The elementary functions: written here once, with the same bits on every target and at every vector width.
//!
//! IEEE 754 fixes `+ - * /` and the square root to the last bit, and nothing else. Each function is therefore a fixed
//! sequence of those operations, of comparisons whose result selects one of two finished values, and of integer
//! operations on bit patterns. There is no branch, no table, no fused operation and no wider type in any of them, so
//! a plain loop over a slice becomes vector code of whatever width the target has, and an element's result does not
//! depend on its neighbours, its position or that width. Those that the exact step needs are written for a [`Lane`], one
//! number or a register full, because it must not depend on what a compiler makes of a loop. An `f32` function needs
//! no more than an `f32` unit.
//!
//! The arithmetic must be the default one: rounding to nearest, subnormal numbers kept.
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

use crate::vector::lane::Lane;

/// `sum_i c_i x^i`, in pairs of terms from the highest: half as long a chain of operations as one by one, for one
/// multiplication more.
#[inline(always)]
fn polynomial<T: Copy + Default, L: Lane<T>, const N: usize>(x: L, coefficients: &[T; N]) -> L {
    let (pairs, rest) = coefficients.as_chunks::<2>();
    let (mut sum, pairs) = match (rest, pairs) {
        ([last, ..], _) => (x.with(*last), pairs),
        ([], [lower @ .., highest]) => (pair(x, highest), lower),
        ([], []) => (x.with(T::default()), pairs),
    };
    let square = x * x;
    for c in pairs.iter().rev() {
        sum = sum * square + pair(x, c);
    }
    sum
}

/// `c + d x`. No closure: that would be a function to call where code is compiled for size.
#[inline(always)]
fn pair<T: Copy, L: Lane<T>>(x: L, &[c, d]: &[T; 2]) -> L {
    x.with(c) + x.with(d) * x
}
