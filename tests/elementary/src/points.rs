//! Arguments for the `f64` functions: many at random, and those where a function that is wrong somewhere is likely to
//! be wrong.

/// A plain sequence of random words (Vigna's SplitMix64).
pub fn words() -> impl Iterator<Item = u64> {
    (1u64..).map(|i| {
        let z = i.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    })
}

/// Uniform on `[low, high)`.
pub fn uniform(low: f64, high: f64) -> impl Iterator<Item = f64> {
    words().map(move |word| low + (high - low) * ((word >> 11) as f64 / libm::ldexp(1.0, 53)))
}

/// Positive numbers of random bits with exponents in `low..high`.
pub fn of_exponents(low: i32, high: i32) -> impl Iterator<Item = f64> {
    words().map(move |word| {
        let exponent = 1023 + low + ((word >> 52) % (high - low) as u64) as i32;
        f64::from_bits(word & ((1 << 52) - 1) | (exponent as u64) << 52)
    })
}

/// A number and its eight nearest neighbours of the same sign.
pub fn neighbours(x: f64) -> impl Iterator<Item = f64> {
    (0..9u64).map(move |i| f64::from_bits(x.to_bits().saturating_add(i).saturating_sub(4)))
}

/// Powers of two with exponents in `low..=high`, times each of `factors`, and their neighbours.
pub fn near_powers(low: i32, high: i32, factors: &[f64]) -> impl Iterator<Item = f64> {
    (low..=high).flat_map(move |exponent| {
        factors.iter().flat_map(move |factor| neighbours(factor * libm::ldexp(1.0, exponent)))
    })
}
