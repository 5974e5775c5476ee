//! Seeded inputs: the frozen random stream, the distributions of the input and the noise of the labels.
//!
//! # The stream
//!
//! A [`SampleStream`] is a seed and a number: it hands out sample `n = 0, 1, 2, ...`, and each sample has a generator of
//! its own. The generator is xoshiro256++; its four words of state are outputs `4n + 1` to `4n + 4` of the one
//! SplitMix64 sequence that starts at the seed. Any sample can therefore be drawn first, on any thread or lane, in any
//! order, and the whole state to save is two integers.
//!
//! SplitMix64 has period 2^64, so a seed has 2^62 samples, after which they repeat: sample numbers count modulo 2^62.
//! Parts of one run that must not share samples (filters, training, evaluation) can start at numbers far apart, for
//! example at multiples of 2^60. Two different seeds walk the same circle at an offset. Because its stride is the
//! golden ratio, nearby seeds stand far apart on it: two seeds that differ by less than 2^20 have none of their first
//! 3 * 10^12 samples in common.
//!
//! # A sample
//!
//! Within a sample the input comes first, `x[token][feature]` token by token, then the label noise, `y[output][filter]`
//! output by output. The generator is read in whole 64-bit words, high half `h` and low half `l`; no half is kept for
//! later. For `n` elements:
//!
//! | what | words | from one word |
//! |---|---|---|
//! | Gaussian, correlated, shifted | `ceil(n / 2)` | elements `2i` (cosine) and `2i + 1` (sine) of one Box-Muller pair |
//! | exponential, uniform, Laplace, Gumbel | `ceil(n / 2)` | element `2i` from `h`, `2i + 1` from `l` |
//! | Student-t | `n` | one element: its radius from `h`, its angle from `l` |
//! | label noise | `ceil(n / 2)`, or none without a deviation | as Gaussian |
//!
//! An odd last element takes the first half of a fresh pair, and the second half is dropped.
//!
//! With `u(h) = (h + 1/2) / 2^32`, which lies in `(0, 1]`, and `phi = 2 pi l / 2^32`:
//!
//! ```text
//! Gaussian     r (cos phi, sin phi),   r^2 = -2 ln u(h)                               (Box & Muller 1958)
//! Student-t    r cos phi,              r^2 = (nu - 2) (u(h)^(-2 / nu) - 1)            (Bailey 1994, to unit variance)
//! exponential  -ln u
//! uniform      +- sqrt(3) v            the top bit is the sign (1 is minus), the 31 bits m below it v = (m + 1/2) / 2^31
//! Laplace      -+ ln(v) / sqrt(2)      likewise
//! Gumbel       (-ln(-ln u) - gamma) sqrt(6) / pi     gamma Euler's constant
//! correlated   x_0 = z_0, x_i = c x_(i-1) + sqrt((1 - c)(1 + c)) z_i     z Gaussian, i over the features of one token
//! ```
//!
//! Everything is computed in the scalar type. In `f32` the integers are rounded to 24 bits on the way, so that `u` is 1,
//! and the radius zero, once in 2^25 words. Both types draw from the same words, and differ by that rounding alone: by
//! a few units in the last place, and up to 1e-7 over the radius near zero. A Gumbel draw, which asks for the digits of a
//! small `-ln u`, has them in `f32` too: from `1 - u`, out of the complement of the bits.
//!
//! This stream is part of the interface. Whatever changes one bit of it is a new version of the library.

mod correlated;
mod distribution;
mod draw;
#[cfg(test)]
mod golden;
mod interleaved;
mod noise;
#[cfg(test)]
mod statistics;
mod stream;

pub use distribution::{Input, Moments};
pub use noise::LabelNoise;
pub use stream::{SampleRng, SampleStream};
