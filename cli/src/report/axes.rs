//! What an axis shows: its title, and from where to where.

use tutee::scalar::Scalar;

use super::number::{extent, log10};

/// How values are laid along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Equal factors are equally long; from ten to the power `low` to ten to the power `high`.
    Decades { low: f64, high: f64 },
    /// Equal differences are equally long. A line of the grid stands at every multiple of `step`.
    Even { low: f64, high: f64, step: f64 },
}

/// More decades than this are cut off at the small end: a curve that has met the rounding error of its own numbers, or
/// crossed zero, would otherwise press the rest of the picture flat.
pub const MOST_DECADES: f64 = 12.0;

impl Scale {
    /// Whole decades around the positive ones of the values; one decade from 1 where there is none.
    pub fn decades(values: impl IntoIterator<Item = f64>) -> Self {
        Self::decades_down(values, MOST_DECADES)
    }

    /// Whole decades around the positive ones of the values, `most_decades` at most: the small end is cut off.
    pub fn decades_down(values: impl IntoIterator<Item = f64>, most_decades: f64) -> Self {
        let positive = values.into_iter().filter(|&v| v > 0.0);
        let Some((least, most)) = extent(positive) else { return Self::Decades { low: 0.0, high: 1.0 } };
        // The tolerance keeps 1000 at 10^3 although its computed logarithm may lie an ulp beside 3.
        let high = (log10(most) - 1e-9).ceil();
        let low = (log10(least) + 1e-9).floor().clamp(high - most_decades, high - 1.0);
        Self::Decades { low, high }
    }

    /// Whole decades around the positive ones of the values; a fifth of one on either side where they are close to one another.
    pub fn close(values: impl Iterator<Item = f64> + Clone) -> Self {
        let positive = values.clone().filter(|&v| v > 0.0);
        match extent(positive).map(|(low, high)| (log10(low), log10(high))) {
            Some((low, high)) if high - low <= 0.7 => Self::Decades { low: low - 0.2, high: high + 0.2 },
            _ => Self::decades(values),
        }
    }

    /// From the least to the most of the positive values, at least a decade.
    pub fn from_least_to_most(values: impl IntoIterator<Item = f64>) -> Self {
        let positive = values.into_iter().filter(|&v| v > 0.0);
        let (low, high) = extent(positive).map_or((0.0, 1.0), |(least, most)| (log10(least), log10(most)));
        Self::Decades { low, high: Scalar::larger(high, low + 1.0) }
    }

    /// Around all of the values, with zero in the middle and a line of the grid there.
    pub fn around_zero(values: impl IntoIterator<Item = f64>) -> Self {
        let most = extent(values.into_iter().map(f64::abs)).map_or(0.0, |(_, high)| high);
        let high = if most > 0.0 { 1.1 * most } else { 1.0 };
        Self::Even { low: -high, high, step: step(2.0 * high) }
    }
}

/// A step of 1, 2 or 5 times a power of ten that goes four to ten times into a length.
pub fn step(length: f64) -> f64 {
    let coarse = length / 4.0;
    let power = Scalar::exp((log10(coarse) + 1e-9).floor() * Scalar::ln(10.0));
    // Powers come out with an ulp or two too many, which would show beside an axis.
    let power: f64 = format!("{power:.6e}").parse().unwrap_or(power);
    [5.0, 2.0].into_iter().map(|digit| digit * power).find(|&step| step <= coarse * (1.0 + 1e-9)).unwrap_or(power)
}

/// One axis.
#[derive(Clone, Copy, Debug)]
pub struct Axis<'a> {
    /// What it counts.
    pub title: &'a str,
    /// From where to where.
    pub scale: Scale,
}

/// The axes of a frame.
#[derive(Clone, Copy, Debug)]
pub struct Axes<'a> {
    /// Left to right.
    pub across: Axis<'a>,
    /// Bottom to top.
    pub up: Axis<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decades_surround_the_values_without_a_spare_one() {
        assert_eq!(Scale::decades([1.0, 1000.0]), Scale::Decades { low: 0.0, high: 3.0 });
        assert_eq!(Scale::decades([0.02, 0.5]), Scale::Decades { low: -2.0, high: 0.0 });
        assert_eq!(Scale::decades([10.0]), Scale::Decades { low: 0.0, high: 1.0 });
        assert_eq!(Scale::decades([0.0, -4.0, f64::NAN]), Scale::Decades { low: 0.0, high: 1.0 });
        assert_eq!(Scale::decades([1e-300, 1.0]), Scale::Decades { low: -MOST_DECADES, high: 0.0 });
        assert_eq!(Scale::decades_down([1e-300, 1.0], 30.0), Scale::Decades { low: -30.0, high: 0.0 });
        assert_eq!(Scale::from_least_to_most([1.0]), Scale::Decades { low: 0.0, high: 1.0 });
    }

    #[test]
    fn a_level_curve_has_room_on_either_side() {
        let Scale::Decades { low, high } = Scale::close([2.0, 2.0].into_iter()) else { panic!() };
        assert!((high - low - 0.4).abs() < 1e-9 && low < log10(2.0) && log10(2.0) < high);
        assert_eq!(Scale::close([1.0, 300.0].into_iter()), Scale::Decades { low: 0.0, high: 3.0 });
        assert_eq!(Scale::close([0.0].into_iter()), Scale::Decades { low: 0.0, high: 1.0 });
    }

    #[test]
    fn grids_are_of_round_steps() {
        for (length, expected) in [(0.08, 0.02), (0.04, 0.01), (1.0, 0.2), (3.9, 0.5), (8.0, 2.0), (40.0, 10.0)] {
            assert_eq!(step(length), expected, "{length}");
        }
        assert_eq!(Scale::around_zero([]), Scale::Even { low: -1.0, high: 1.0, step: 0.5 });
        let Scale::Even { low, high, .. } = Scale::around_zero([-2.0, 1.0, f64::NAN]) else { panic!() };
        assert!(low < -2.0 && high == -low);
    }
}
