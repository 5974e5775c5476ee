//! Numbers in the options, each with its bounds.

use tutee::vector::Level;

use crate::memory::LARGEST;
use crate::whole::{from_zero, whole};

/// A number from 0 to 1.
pub(super) fn probability(text: &str) -> Result<f64, String> {
    from_zero(text).ok().filter(|&p| p <= 1.0).ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

/// A side of a matrix.
pub(super) fn size(text: &str) -> Result<usize, String> {
    size_in(text, 1, LARGEST as u64)
}

/// A number of tokens, the side of a square matrix.
pub(super) fn tokens(text: &str) -> Result<usize, String> {
    size_in(text, 1, LARGEST.isqrt() as u64)
}

/// A level of vector registers that this processor has.
pub(super) fn level(text: &str) -> Result<Level, String> {
    let levels = || Level::ALL.into_iter().filter(|&level| level <= Level::best());
    let name = |level: Level| format!("{level:?}").to_ascii_lowercase();
    levels().find(|&level| name(level) == text).ok_or_else(|| {
        let names: Vec<_> = levels().map(name).collect();
        format!("expected {} on this processor", names.join(" or "))
    })
}

pub(super) fn size_in(text: &str, least: u64, most: u64) -> Result<usize, String> {
    let number = whole(text, least, most)?;
    usize::try_from(number).map_err(|_| format!("expected a whole number up to {}", usize::MAX))
}

pub(super) fn small(text: &str, least: u32, most: u32) -> Result<u32, String> {
    whole(text, u64::from(least), u64::from(most)).map(|number| number as u32)
}
