//! The oracle, the vectors, the list of sizes and the table of tolerances.

pub mod cases;
pub mod layer;
pub mod layer_vectors;
pub mod model;
pub mod oracle;
pub mod random;
pub mod rule_vectors;
pub mod sizes;
pub mod tolerance;
pub mod vectors;

/// Optimised as they are, the tests have what release code has not: an overflow ends them, and so does an assertion that is for them.
#[cfg(test)]
#[test]
#[cfg_attr(not(debug_assertions), ignore = "release code has neither")]
fn overflow_and_debug_assertions_are_seen() {
    use std::hint::black_box;
    use std::panic::catch_unwind;

    assert!(catch_unwind(|| black_box(u8::MAX) + black_box(1)).is_err());
    assert!(catch_unwind(|| debug_assert!(black_box(false))).is_err());
}

/// The README's programs are compiled and run like any other test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
