//! Two colour maps: viridis for quantities from zero up, blue - white - red for quantities of either sign.

use std::fmt;

/// Red, green and blue of 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rgb(u8, u8, u8);

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// Samples of matplotlib's `viridis` at equal distances: equal steps of the value look equally large, and lightness
/// alone tells the order.
const VIRIDIS: [u32; 20] = [
    0x44_01_54, 0x48_15_67, 0x48_26_77, 0x45_37_81, 0x40_47_88, 0x39_56_8c, 0x33_63_8d, 0x2d_70_8e, 0x28_7d_8e,
    0x23_8a_8d, 0x1f_96_8b, 0x20_a3_87, 0x29_af_7f, 0x3c_bb_75, 0x55_c6_67, 0x73_d0_55, 0x95_d8_40, 0xb8_de_29,
    0xdc_e3_19, 0xfd_e7_25,
];

/// ColorBrewer's `RdBu` from blue to red: neutral in the middle, equally dark at both ends.
const BLUE_RED: [u32; 11] = [
    0x05_30_61, 0x21_66_ac, 0x43_93_c3, 0x92_c5_de, 0xd1_e5_f0, 0xf7_f7_f7, 0xfd_db_c7, 0xf4_a5_82, 0xd6_60_4d,
    0xb2_18_2b, 0x67_00_1f,
];

/// How a value becomes a colour. Values beyond the ends take the colour of the end.
#[derive(Clone, Copy, Debug)]
pub enum Map {
    /// From 0 to the given top, in viridis.
    Amount(f64),
    /// From minus to plus the given bound, white at 0.
    Signed(f64),
}

impl Map {
    /// Colour of a value.
    pub fn colour(self, value: f64) -> Rgb {
        match self {
            Self::Amount(top) => along(&VIRIDIS, ratio(value, top)),
            Self::Signed(bound) => along(&BLUE_RED, 0.5 + 0.5 * ratio(value, bound)),
        }
    }

    /// Value at the lower end.
    pub fn low(self) -> f64 {
        match self {
            Self::Amount(_) => 0.0,
            Self::Signed(bound) => -bound,
        }
    }

    /// Value at the upper end.
    pub fn high(self) -> f64 {
        match self {
            Self::Amount(top) => top,
            Self::Signed(bound) => bound,
        }
    }
}

impl Rgb {
    /// Whether dark text reads better on this colour than white text.
    pub fn is_light(self) -> bool {
        self.luma() > 140.0
    }

    fn luma(self) -> f64 {
        0.299 * f64::from(self.0) + 0.587 * f64::from(self.1) + 0.114 * f64::from(self.2)
    }
}

/// A scale whose ends coincide shows its lower end or its middle.
fn ratio(value: f64, top: f64) -> f64 {
    if top > 0.0 { value / top } else { 0.0 }
}

/// Straight interpolation between the stops; `position` runs from 0 to 1.
fn along(stops: &[u32], position: f64) -> Rgb {
    let last = stops.len() - 1;
    let place = position.clamp(0.0, 1.0) * last as f64;
    let below = (place as usize).min(last);
    let above = (below + 1).min(last);
    let weight = place - below as f64;
    let channel = |shift: u32| {
        let of = |stop: u32| f64::from((stop >> shift) & 0xff);
        (of(stops[below]) * (1.0 - weight) + of(stops[above]) * weight).round() as u8
    };
    Rgb(channel(16), channel(8), channel(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_grow_lighter_all_the_way() {
        let lightness: Vec<f64> = (0..=100).map(|i| Map::Amount(100.0).colour(f64::from(i)).luma()).collect();
        assert!(lightness.windows(2).all(|pair| pair[0] < pair[1]), "{lightness:?}");
        assert_eq!(Map::Amount(0.25).colour(0.0).to_string(), "#440154");
        assert_eq!(Map::Amount(0.25).colour(0.3).to_string(), "#fde725");
    }

    #[test]
    fn signed_values_meet_in_a_neutral_middle() {
        let map = Map::Signed(2.0);
        assert_eq!(map.colour(0.0).to_string(), "#f7f7f7");
        assert!(map.colour(-1.0).2 > map.colour(-1.0).0, "negative is blue");
        assert!(map.colour(1.0).0 > map.colour(1.0).2, "positive is red");
        assert_eq!(Map::Signed(0.0).colour(0.0).to_string(), "#f7f7f7");
    }

    #[test]
    fn no_value_is_without_a_colour() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let _ = Map::Amount(1.0).colour(value);
            let _ = Map::Signed(1.0).colour(value);
        }
        assert_eq!(Map::Amount(0.0).colour(5.0), Map::Amount(1.0).colour(0.0));
    }
}
