//! A frame with two axes: where a value lies, the grid, the ticks and their labels.

use tutee::scalar::Scalar;

use super::number::{extent, fixed, log10};
use super::svg::{Anchor, Svg};

/// How values are laid along an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Equal factors are equally long; from ten to the power `low` to ten to the power `high`.
    Decades { low: f64, high: f64 },
    /// Equal differences are equally long. Ticks stand at every multiple of `step` above `low`.
    Even { low: f64, high: f64, step: f64, decimals: usize },
}

/// More decades than this are cut off at the small end: a curve that has met the rounding error of its own numbers, or
/// crossed zero, would otherwise press the rest of the picture flat.
const MOST_DECADES: f64 = 12.0;

impl Scale {
    /// Whole decades around the positive ones of the values; one decade from 1 where there is none.
    pub fn decades(values: impl IntoIterator<Item = f64>) -> Self {
        let positive = values.into_iter().filter(|&v| v > 0.0);
        let Some((least, most)) = extent(positive) else { return Self::Decades { low: 0.0, high: 1.0 } };
        // The tolerance keeps 1000 at 10^3 although its computed logarithm may lie an ulp beside 3.
        let high = (log10(most) - 1e-9).ceil();
        let low = (log10(least) + 1e-9).floor().clamp(high - MOST_DECADES, high - 1.0);
        Self::Decades { low, high }
    }

    /// From the least to the most of the positive values, at least a decade.
    pub fn from_least_to_most(values: impl IntoIterator<Item = f64>) -> Self {
        let positive = values.into_iter().filter(|&v| v > 0.0);
        let (low, high) = extent(positive).map_or((0.0, 1.0), |(least, most)| (log10(least), log10(most)));
        Self::Decades { low, high: Scalar::larger(high, low + 1.0) }
    }

    /// Place of a value, 0 at the lower end and 1 at the upper one; `None` for a value that has no logarithm. Values
    /// beyond an end lie at that end.
    pub fn place(self, value: f64) -> Option<f64> {
        let place = match self {
            Self::Decades { .. } if value > 0.0 => self.place_of_log(log10(value)),
            Self::Decades { .. } => return None,
            Self::Even { low, high, .. } => (value - low) / (high - low),
        };
        place.is_finite().then(|| place.clamp(0.0, 1.0))
    }

    /// Place of ten to the given power on an axis of decades, not held to the ends; NaN on an even axis.
    fn place_of_log(self, log: f64) -> f64 {
        match self {
            Self::Decades { low, high } => (log - low) / (high - low),
            Self::Even { .. } => f64::NAN,
        }
    }

    /// Logarithm of the value at a place; the inverse of [`Self::place_of_log`].
    fn log_at(self, place: f64) -> f64 {
        match self {
            Self::Decades { low, high } => low + place * (high - low),
            Self::Even { .. } => f64::NAN,
        }
    }

    /// Places and labels of the ticks, at most about eight of them on an axis of decades.
    fn ticks(self) -> Vec<(f64, Tick)> {
        match self {
            Self::Decades { low, high } => {
                let (first, last) = Self::whole_powers(low, high);
                let stride = (last - first - 1) / 8 + 1;
                (first..=last)
                    .filter(|n| n.rem_euclid(stride) == 0)
                    .map(|n| (self.place_of_log(f64::from(n)), Tick::Power(n)))
                    .collect()
            }
            Self::Even { low, high, step, decimals } => (0..)
                .map(|n| low + step * f64::from(n))
                .take_while(|&v| v <= high + 1e-9 * step)
                .map(|v| ((v - low) / (high - low), Tick::Plain(fixed(v, decimals))))
                .collect(),
        }
    }

    /// Places of the unlabelled ticks: 2 to 9 times each power, where there is room for them.
    fn minor_ticks(self) -> Vec<f64> {
        match self {
            Self::Decades { low, high } if high - low <= 8.0 => {
                let (first, last) = Self::whole_powers(low, high);
                (first - 1..=last)
                    .flat_map(|n| (2..10).map(move |digit| f64::from(n) + log10(f64::from(digit))))
                    .map(|log| self.place_of_log(log))
                    .filter(|place| (0.0..=1.0).contains(place))
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// The first and the last whole number between two.
    fn whole_powers(low: f64, high: f64) -> (i32, i32) {
        ((low - 1e-9).ceil() as i32, (high + 1e-9).floor() as i32)
    }
}

enum Tick {
    Power(i32),
    Plain(String),
}

/// A rectangle of the drawing with a scale along each side.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Upper left corner.
    pub corner: (f64, f64),
    /// Width and height.
    pub size: (f64, f64),
    /// Left to right.
    pub across: Scale,
    /// Bottom to top.
    pub up: Scale,
}

impl Frame {
    /// Where a point of the data lies in the drawing.
    pub fn point(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        Some(self.at(self.across.place(x)?, self.up.place(y)?))
    }

    fn at(&self, across: f64, up: f64) -> (f64, f64) {
        (self.corner.0 + across * self.size.0, self.corner.1 + (1.0 - up) * self.size.1)
    }

    /// The part of `y = c x^exponent` that lies inside and at `since` or to the right of it, as the ends of a straight
    /// line; both axes are of decades. `log_c` is the decimal logarithm of `c`.
    pub fn power_law(&self, log_c: f64, exponent: f64, since: f64) -> Option<[(f64, f64); 2]> {
        let height = |across: f64| self.up.place_of_log(log_c + exponent * self.across.log_at(across));
        let (left, right) = (height(0.0), height(1.0));
        if !(left.is_finite() && right.is_finite()) {
            return None;
        }
        // The line is straight in places, so it meets the bottom and the top where its height is 0 and 1.
        let (mut from, mut to) = (self.across.place(since).unwrap_or(0.0), 1.0);
        if left == right {
            if !(0.0..=1.0).contains(&left) {
                return None;
            }
        } else {
            let meets = |level: f64| (level - left) / (right - left);
            let (enters, leaves) = if left < right { (meets(0.0), meets(1.0)) } else { (meets(1.0), meets(0.0)) };
            from = if enters > from { enters } else { from };
            to = if leaves < to { leaves } else { to };
        }
        (from < to).then(|| [self.at(from, height(from)), self.at(to, height(to))])
    }

    /// Draws the grid, the border, the ticks and their labels.
    pub fn draw(&self, svg: &mut Svg) {
        for (place, tick) in self.across.ticks() {
            let (x, bottom) = self.at(place, 0.0);
            svg.line("grid", (x, self.corner.1), (x, bottom));
            label(svg, Anchor::Middle, (x, bottom + 19.0), &tick);
        }
        for (place, tick) in self.up.ticks() {
            let (left, y) = self.at(0.0, place);
            svg.line("grid", (left, y), (left + self.size.0, y));
            label(svg, Anchor::End, (left - 8.0, y + 4.0), &tick);
        }
        for place in self.across.minor_ticks() {
            let (x, bottom) = self.at(place, 0.0);
            svg.line("minor", (x, bottom), (x, bottom - 3.0));
        }
        for place in self.up.minor_ticks() {
            let (left, y) = self.at(0.0, place);
            svg.line("minor", (left, y), (left + 3.0, y));
        }
        svg.rect("frame", self.corner, self.size);
    }
}

fn label(svg: &mut Svg, anchor: Anchor, point: (f64, f64), tick: &Tick) {
    match tick {
        Tick::Power(exponent) => svg.power_of_ten("tick", anchor, point, *exponent),
        Tick::Plain(text) => svg.text("tick", anchor, point, text),
    }
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
    }

    #[test]
    fn an_axis_of_steps_ends_with_the_last_step_and_labels_whole_powers() {
        let scale = Scale::from_least_to_most([1.0, 3500.0]);
        assert_eq!(scale.place(3500.0), Some(1.0));
        let ticks = scale.ticks();
        assert_eq!(ticks.len(), 4);
        assert!(ticks.iter().all(|(place, _)| (0.0..1.0).contains(place)));
        assert_eq!(scale.minor_ticks().len(), 3 * 8 + 2);
        assert_eq!(Scale::from_least_to_most([1.0]), Scale::Decades { low: 0.0, high: 1.0 });
    }

    #[test]
    fn places_run_from_end_to_end() {
        let decades = Scale::Decades { low: -2.0, high: 2.0 };
        assert_eq!(decades.place(0.0), None);
        assert_eq!(decades.place(-1.0), None);
        assert_eq!(decades.place(1e-9), Some(0.0));
        assert!((decades.place(1.0).unwrap() - 0.5).abs() < 1e-12);
        let even = Scale::Even { low: 0.5, high: 1.0, step: 0.1, decimals: 1 };
        assert!((even.place(0.75).unwrap() - 0.5).abs() < 1e-12);
        assert_eq!(even.place(f64::NAN), None);
        assert_eq!(even.ticks().len(), 6);
    }

    #[test]
    fn long_axes_label_every_second_power() {
        let ticks = Scale::Decades { low: -7.0, high: 5.0 }.ticks();
        let powers: Vec<i32> =
            ticks.iter().map(|(_, tick)| if let Tick::Power(n) = tick { *n } else { i32::MAX }).collect();
        assert_eq!(powers, [-6, -4, -2, 0, 2, 4]);
    }

    #[test]
    fn a_power_law_is_cut_at_the_border() {
        let scale = Scale::Decades { low: 0.0, high: 2.0 };
        let frame = Frame { corner: (10.0, 20.0), size: (200.0, 100.0), across: scale, up: scale };
        // y = 1000 / x enters through the top at x = 10 and leaves through the right side at y = 10.
        let [from, to] = frame.power_law(3.0, -1.0, 0.0).unwrap();
        assert!((from.0 - 110.0).abs() < 1e-9 && (from.1 - 20.0).abs() < 1e-9, "{from:?}");
        assert!((to.0 - 210.0).abs() < 1e-9 && (to.1 - 70.0).abs() < 1e-9, "{to:?}");
        let [late, _] = frame.power_law(3.0, -1.0, 100.0 / 10.0_f64.sqrt()).unwrap();
        assert!((late.0 - 160.0).abs() < 1e-9 && (late.1 - 45.0).abs() < 1e-9, "{late:?}");
        assert_eq!(frame.power_law(9.0, -1.0, 0.0), None);
        assert_eq!(frame.power_law(-1.0, 0.0, 0.0), None);
        assert_eq!(frame.power_law(f64::NAN, -1.0, 0.0), None);
        assert!(frame.power_law(1.0, 0.0, 0.0).is_some());
    }
}
