//! Sums one term after the other, of many rows at a time: the order in which pairs are gone through.

use crate::matrix::{Blocks, Rows, RowsMut};
use crate::scalar::Scalar;
use crate::vector::by_functions;

/// `to_r = sum_i x[r][i]`, one term after the other, for all rows of `x`, of `length` elements. Eight rows at a time, whose
/// sums do not wait for each other.
#[inline(always)]
pub(crate) fn sums_in_sequence<T: Scalar>(x: &[T], length: usize, to: &mut [T]) {
    for (x, to) in Blocks::new(x, 8 * length).zip(to.chunks_mut(8)) {
        if let Ok(to) = <&mut [T; 8]>::try_from(&mut *to)
            && x.len() == 8 * length
        {
            let mut rows = Rows::new(x, length);
            let rows: [&[T]; 8] = core::array::from_fn(|_| rows.next().unwrap_or_default());
            let mut sums = [T::ZERO; 8];
            for i in 0..length {
                for (sum, row) in sums.iter_mut().zip(rows) {
                    *sum += row.get(i).copied().unwrap_or(T::ZERO);
                }
            }
            *to = sums;
        } else {
            for (to, x) in to.iter_mut().zip(Rows::new(x, length)) {
                *to = x.iter().fold(T::ZERO, |sum, &x| sum + x);
            }
        }
    }
}

/// `sum_i x_i y[r][i]`, one term after the other, for all rows of `y`, which are as long as `x`. Each goes to `to` with
/// its number.
#[inline(always)]
pub(crate) fn dots_in_sequence<T: Scalar>(x: &[T], y: &[T], mut to: impl FnMut(usize, T)) {
    match x.len() {
        16 if lengths_pay::<T>() => dots::<T, 16>(x, y, to),
        8 if lengths_pay::<T>() => dots::<T, 8>(x, y, to),
        4 if lengths_pay::<T>() => dots::<T, 4>(x, y, to),
        length => {
            for (r, y) in Rows::new(y, length).enumerate() {
                let mut sum = T::ZERO;
                for (&x, &y) in x.iter().zip(y) {
                    sum += x * y;
                }
                to(r, sum);
            }
        }
    }
}

/// Whether a length that is known is worth a loop of its own.
const fn lengths_pay<T: Scalar>() -> bool {
    T::BITS == 32 && !by_functions(T::BITS)
}

/// [`dots_in_sequence`] for a length that is known: on a microcontroller the turns of a short loop cost as much as what is
/// done in them, in single precision. Four rows at a time share what is loaded.
#[inline(always)]
fn dots<T: Scalar, const LENGTH: usize>(x: &[T], y: &[T], mut to: impl FnMut(usize, T)) {
    let Some(x) = x.first_chunk::<LENGTH>() else { return };
    let (fours, rest) = y.as_chunks::<LENGTH>().0.as_chunks::<4>();
    let mut r = 0;
    for [a, b, c, d] in fours {
        let [mut e, mut f, mut g, mut h] = [T::ZERO; 4];
        for i in 0..LENGTH {
            e += x[i] * a[i];
            f += x[i] * b[i];
            g += x[i] * c[i];
            h += x[i] * d[i];
        }
        for sum in [e, f, g, h] {
            to(r, sum);
            r += 1;
        }
    }
    for a in rest {
        let mut sum = T::ZERO;
        for i in 0..LENGTH {
            sum += x[i] * a[i];
        }
        to(r, sum);
        r += 1;
    }
}

/// `to_i += sum_r factor_r x[r][i]`, one row of `x` after the other, which are as long as `to`.
#[inline(always)]
pub(crate) fn add_multiples<T: Scalar>(factors: &[T], x: &[T], to: &mut [T]) {
    match to.len() {
        16 if lengths_pay::<T>() => multiples::<T, 16>(factors, x, to),
        8 if lengths_pay::<T>() => multiples::<T, 8>(factors, x, to),
        4 if lengths_pay::<T>() => multiples::<T, 4>(factors, x, to),
        length => {
            for (&factor, x) in factors.iter().zip(Rows::new(x, length)) {
                add_multiple(factor, x, to);
            }
        }
    }
}

/// [`add_multiples`] for a length that is known, four rows at a time.
#[inline(always)]
fn multiples<T: Scalar, const LENGTH: usize>(factors: &[T], x: &[T], to: &mut [T]) {
    let Some(to) = to.first_chunk_mut::<LENGTH>() else { return };
    let ((fours, rest), (factors, factors_rest)) =
        (x.as_chunks::<LENGTH>().0.as_chunks::<4>(), factors.as_chunks::<4>());
    for (&[e, f, g, h], [a, b, c, d]) in factors.iter().zip(fours) {
        for i in 0..LENGTH {
            to[i] = (((to[i] + e * a[i]) + f * b[i]) + g * c[i]) + h * d[i];
        }
    }
    for (&factor, x) in factors_rest.iter().zip(rest) {
        add_multiple(factor, x, to);
    }
}

/// `to_i += factor x_i`.
#[inline(always)]
fn add_multiple<T: Scalar>(factor: T, x: &[T], to: &mut [T]) {
    for (to, &x) in to.iter_mut().zip(x) {
        *to += factor * x;
    }
}

/// `to[r][i] += factor_r x_i`, for all rows of `to`, which are as long as `x`.
#[inline(always)]
pub(crate) fn add_outer<T: Scalar>(factors: &[T], x: &[T], to: &mut [T]) {
    match x.len() {
        16 if lengths_pay::<T>() => outer::<T, 16>(factors, x, to),
        8 if lengths_pay::<T>() => outer::<T, 8>(factors, x, to),
        4 if lengths_pay::<T>() => outer::<T, 4>(factors, x, to),
        length => {
            for (&factor, to) in factors.iter().zip(RowsMut::new(to, length)) {
                add_multiple(factor, x, to);
            }
        }
    }
}

/// [`add_outer`] for a length that is known, four rows at a time.
#[inline(always)]
fn outer<T: Scalar, const LENGTH: usize>(factors: &[T], x: &[T], to: &mut [T]) {
    let Some(x) = x.first_chunk::<LENGTH>() else { return };
    let ((fours, rest), (factors, factors_rest)) =
        (to.as_chunks_mut::<LENGTH>().0.as_chunks_mut::<4>(), factors.as_chunks::<4>());
    for (&[e, f, g, h], [a, b, c, d]) in factors.iter().zip(fours) {
        for i in 0..LENGTH {
            a[i] += e * x[i];
            b[i] += f * x[i];
            c[i] += g * x[i];
            d[i] += h * x[i];
        }
    }
    for (&factor, to) in factors_rest.iter().zip(rest) {
        add_multiple(factor, x, to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Values whose sum depends on the order, so that a changed order shows.
    fn awkward<T: Scalar>(n: usize, seed: f64) -> Vec<T> {
        let value = |i: usize| (1.0 + seed) / (1.0 + i as f64 * 0.37) - 0.21 * ((i % 3) as f64);
        (0..n).map(|i| T::from_f64(value(i))).collect()
    }

    /// All numbers of rows, and lengths with loops of their own and without.
    #[test]
    fn rows_are_summed_in_sequence() {
        fn check<T: Scalar>(rows: usize, length: usize) {
            let (x, y) = (awkward::<T>(length, 0.1), awkward::<T>(rows * length, 0.7));
            let factors = awkward::<T>(rows, 0.3);

            let mut dots = std::vec![T::ZERO; rows];
            dots_in_sequence(&x, &y, |r, sum| dots[r] = sum);
            let dot = |y: &[T]| x.iter().zip(y).fold(T::ZERO, |sum, (&x, &y)| sum + x * y);
            assert!(dots.iter().copied().eq(y.chunks(length).map(dot)), "{rows} x {length}");

            let mut to = x.clone();
            add_multiples(&factors, &y, &mut to);
            let terms = |t: usize| factors.iter().zip(y.chunks(length)).map(move |(&factor, y)| factor * y[t]);
            let expected = x.iter().enumerate().map(|(t, &x)| terms(t).fold(x, |sum, term| sum + term));
            assert!(to.iter().copied().eq(expected), "{rows} x {length}");

            let mut to = y.clone();
            add_outer(&factors, &x, &mut to);
            let expected = y.iter().enumerate().map(|(i, &y)| y + factors[i / length] * x[i % length]);
            assert!(to.iter().copied().eq(expected), "{rows} x {length}");
        }
        for rows in [0, 1, 3, 4, 5, 8, 9] {
            for length in [1, 3, 4, 5, 8, 9, 16, 17] {
                check::<f32>(rows, length);
                check::<f64>(rows, length);
            }
        }
    }
}
