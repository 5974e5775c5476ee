//! Sensors whose readings moved from one stretch of a recording to another: a student of the one answers the other from a wrong mean.

use std::ops::Range;

use tutee::Scalar;

use super::pairs::Pairs;
use super::sensors::{FEWEST, moments, place};
use crate::text::several;

/// Standard deviations within the stretches by which means that differ are said to have moved.
const MOVED: f64 = 1.5;
/// So many standard errors it has to be, too, were pairs independent.
const ERRORS: f64 = 5.0;

/// Some of these pairs.
pub type Stretch<'a, T> = (&'a Pairs<T>, Range<usize>);

/// What moved most, in words; none where nothing did. `columns` are features of a token, and filters of an output; `between` says which
/// stretches these are.
pub fn moved<T: Scalar>(
    one: &Stretch<'_, T>,
    other: &Stretch<'_, T>,
    columns: (usize, usize),
    between: &str,
) -> Option<String> {
    let kinds = [("readings", ("token", "feature", columns.0)), ("answers", ("output", "filter", columns.1))];
    let all = kinds.into_iter().enumerate().flat_map(|(kind, (what, of))| {
        let width = if kind == 0 { one.0.x.len() } else { one.0.y.len() } / one.0.count.max(1);
        (0..width).filter_map(move |at| Some((what, of, at, distance(one, other, kind, at)?)))
    });
    let all: Vec<_> = all.collect();
    // The first of equal ones.
    let &(what, of, at, most) = all.iter().reduce(|most, next| if next.3 > most.3 { next } else { most })?;
    let more = all.len().saturating_sub(1);
    let others = if more > 0 { format!(" (so did {})", several(more, "more sensor")) } else { String::new() };
    Some(format!("{what} of {} moved by {most:.1} of their standard deviations {between}{others}", place(of, at)))
}

/// How far the means of one place are apart, in the standard deviation within the stretches; none where that is not far.
fn distance<T: Scalar>(one: &Stretch<'_, T>, other: &Stretch<'_, T>, kind: usize, at: usize) -> Option<f64> {
    let of = |(pairs, stretch): &Stretch<'_, T>| -> Vec<f64> {
        let numbers = |i| if kind == 0 { pairs.reading(i) } else { pairs.answer(i) };
        stretch.clone().filter_map(|i| numbers(i).get(at).map(|x| x.to_f64())).collect()
    };
    let (one, other) = (of(one), of(other));
    let unit = one.iter().chain(&other).map(|x| x.abs()).fold(0.0, Scalar::larger);
    let (n, m) = (one.len() as f64, other.len() as f64);
    if unit == 0.0 || one.len() + other.len() < FEWEST || one.is_empty() || other.is_empty() {
        return None;
    }
    // Of readings of 1e160 squares are none.
    let ((mean, spread), (other_mean, other_spread)) =
        (moments(one.iter().map(|x| x / unit)), moments(other.iter().map(|x| x / unit)));
    let deviation = Scalar::sqrt((n * spread * spread + m * other_spread * other_spread) / (n + m));
    let least = Scalar::larger(MOVED, ERRORS * Scalar::sqrt(1.0 / n + 1.0 / m));
    let apart = (mean - other_mean).abs();
    // Of one that never varies all of it is rounding.
    (deviation > 1e-9 * mean.abs() && apart > least * deviation).then(|| apart / deviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_that_moved_is_named_and_noise_is_not() {
        let drawn = |i: u64| {
            let bits = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            ((bits ^ bits >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
        };
        let pairs = |offset: f64, answer: f64| Pairs {
            count: 40,
            x: (0..120).map(|i| drawn(i) + if i % 3 == 1 && i >= 60 { offset } else { 0.0 }).collect::<Vec<f64>>(),
            y: (0..40).map(|i| drawn(1000 + i) + if i >= 20 { answer } else { 0.0 }).collect(),
            sets: vec![],
            queries: vec![],
        };
        let said = |pairs: &Pairs<f64>| moved(&(pairs, 0..20), &(pairs, 20..40), (1, 1), "then");
        assert_eq!(said(&pairs(0.0, 0.0)), None);
        let one = said(&pairs(6.0, 0.0)).unwrap();
        assert!(
            one.starts_with("readings of token 1, feature 0 moved by ") && one.ends_with("deviations then"),
            "{one}"
        );
        let both = said(&pairs(3.0, -9.0)).unwrap();
        assert!(both.starts_with("answers of output 0") && both.ends_with("(so did 1 more sensor)"), "{both}");
        // Of two pairs nothing is said.
        let few = pairs(6.0, 0.0);
        assert_eq!(moved(&(&few, 18..20), &(&few, 20..22), (1, 1), "then"), None);
    }
}
