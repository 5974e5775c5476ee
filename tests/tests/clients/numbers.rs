//! The numbers that the programs in C train on, made as they make them.

use tutee::Scalar;

/// Sixteen bits of a linear congruential generator, from -2 to 2.
pub fn simulate<T: Scalar>(state: &mut u64) -> T {
    *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
    T::from_f64((*state >> 48) as f64 / 16384.0 - 2.0)
}
