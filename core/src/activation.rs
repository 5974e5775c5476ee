//! The activation: identity, ReLU or leaky ReLU.
//!
//! All three are one function with slope `k` below zero: `act(u) = u` for `u >= 0` and `k u` below, with `k = 1` for
//! the identity and `k = 0` for ReLU. The derivative at zero is the right one, 1: with the left one a ReLU student that
//! starts at zero would never move.
//!
//! Gaussian moments, for `u`, `u'` jointly Gaussian with mean zero, standard deviations `a`, `b` and correlation
//! `cos(theta)`:
//!
//! ```text
//! E act(u)^2       = q a^2,                    q = (1 + k^2) / 2
//! E act(u) act(u') = k a b cos(theta) + r a b h(theta),   r = (1 - k)^2
//! h(theta)         = (sin(theta) + (pi - theta) cos(theta)) / (2 pi)      (Cho & Saul 2009, arc-cosine kernel of order 1)
//! ```

use crate::error::Error;
use crate::scalar::Scalar;

/// An activation of the class.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Activation<T> {
    /// `act(u) = u`.
    Identity,
    /// `act(u) = max(u, 0)`.
    Relu,
    /// `act(u) = u` from zero up, `slope * u` below. The slope lies in `[0, 1]`.
    LeakyRelu(
        /// The slope below zero.
        T,
    ),
}

impl<T: Scalar> Activation<T> {
    /// Refuses a leaky slope outside `[0, 1]`.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub fn check(self) -> Result<(), Error> {
        let slope = self.slope();
        if slope >= T::ZERO && slope <= T::ONE {
            Ok(())
        } else {
            Err(Error::OutOfRange { what: "the leaky slope must lie in [0, 1]" })
        }
    }

    /// This activation for another number type; a leaky slope is rounded to the nearest number there.
    #[inline]
    pub fn cast<U: Scalar>(self) -> Activation<U> {
        match self {
            Activation::Identity => Activation::Identity,
            Activation::Relu => Activation::Relu,
            Activation::LeakyRelu(slope) => Activation::LeakyRelu(U::from_f64(slope.to_f64())),
        }
    }

    /// The slope `k` below zero.
    #[inline]
    pub fn slope(self) -> T {
        match self {
            Activation::Identity => T::ONE,
            Activation::Relu => T::ZERO,
            Activation::LeakyRelu(slope) => slope,
        }
    }

    /// `act(u)`.
    #[inline]
    pub fn apply(self, u: T) -> T {
        if u >= T::ZERO { u } else { self.slope() * u }
    }

    /// `act(u)` in place of every `u`.
    #[inline(always)]
    pub(crate) fn apply_all(self, u: &mut [T]) {
        let slope = self.slope();
        for u in u {
            *u = answer_and_slope(slope, *u).0;
        }
    }

    /// `act'(u)`; at zero the right derivative, 1.
    #[inline]
    pub fn derivative(self, u: T) -> T {
        if u >= T::ZERO { T::ONE } else { self.slope() }
    }

    /// `q = (1 + k^2) / 2`, so that `E act(u)^2 = q` for a standard normal `u`.
    #[inline]
    pub fn second_moment(self) -> T {
        let k = self.slope();
        (T::ONE + k * k) * T::HALF
    }

    /// `r = (1 - k)^2`, the weight of the arc-cosine part; zero for the identity.
    #[inline]
    pub fn kink(self) -> T {
        let k = T::ONE - self.slope();
        k * k
    }
}

/// `act(u)` and `act'(u)` for the slope below zero. Found once for all of a loop, and both choices among numbers that are there:
/// so the loop is one over vector registers.
#[inline(always)]
pub(crate) fn answer_and_slope<T: Scalar>(below_zero: T, u: T) -> (T, T) {
    let below = below_zero * u;
    if u >= T::ZERO { (u, T::ONE) } else { (below, below_zero) }
}
