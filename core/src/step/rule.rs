//! The step rule: how blocks of parameters move along their gradients, whatever model they belong to.
//!
//! ```text
//! p <- p - rate * g        g = dL/dp, or what the softmax makes of dL/dS where p are the logits of S
//! ```
//!
//! A step is looked at before anything moves: the numbers that would be stored are formed once to see how far they go, and,
//! if no block goes too far, once more to be stored. So a refused step leaves all blocks as they were, at no cost in memory.
//! Plain descent needs to remember nothing of a block but its carries.

use super::settings::{is_inside, is_short};
use crate::error::Error;
use crate::kernel::softmax::d_logits;
use crate::kernel::update::{advance, advanced};
use crate::matrix::{Rows, RowsMut};
use crate::scalar::Scalar;

/// The gradient of a block, and what bounds its step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gradient<'g, T> {
    /// With respect to the parameters themselves, element by element. The step is refused if their norm would be larger than
    /// `norm_limit`.
    Plain {
        /// dL/dp, as long as the block.
        gradient: &'g [T],
        /// Of which the square is a normal number.
        norm_limit: T,
    },
    /// The parameters are logits, in rows of `tokens`; the gradient is known with respect to their softmax. The step is refused
    /// if one of them would move further than [`LOGIT_STEP_LIMIT`](super::LOGIT_STEP_LIMIT).
    ThroughSoftmax {
        /// S, as long as the block.
        attention: &'g [T],
        /// dL/dS, as long as the block.
        d_attention: &'g [T],
        /// Length of a row.
        tokens: usize,
    },
}

/// Parameters that move together: a matrix, say.
#[derive(Debug)]
pub(crate) struct Block<'b, T> {
    pub(crate) parameters: &'b mut [T],
    /// What rounding has taken from each of them, see [`update`](crate::kernel::update).
    pub(crate) carries: &'b mut [T],
    pub(crate) gradient: Gradient<'b, T>,
    /// The step is the gradient times minus this. A sum over samples is divided by their number here.
    pub(crate) rate: T,
}

/// Several blocks that take a step together.
pub(crate) trait Blocks<T: Scalar> {
    /// Refuses a step that would go too far.
    fn check(&self, compensated: bool) -> Result<(), Error>;
    /// Moves all of them.
    fn advance(&mut self, compensated: bool);
}

/// Takes one step of plain descent with all blocks, compensated or not. Costs the gradients through the softmax twice.
///
/// # Errors
/// [`Error::Diverged`] if a block would go too far, or to numbers that are not finite; no block has moved then.
#[inline(always)]
pub(crate) fn take_step<T: Scalar>(blocks: &mut (impl Blocks<T> + ?Sized), compensated: bool) -> Result<(), Error> {
    blocks.check(compensated)?;
    blocks.advance(compensated);
    Ok(())
}

/// Any number, whatever their gradients are.
impl<T: Scalar> Blocks<T> for [Block<'_, T>] {
    #[inline]
    fn check(&self, compensated: bool) -> Result<(), Error> {
        self.iter().try_for_each(|block| block.check(compensated))
    }

    #[inline]
    fn advance(&mut self, compensated: bool) {
        for block in self {
            block.advance(compensated);
        }
    }
}

/// Two, each with code for the gradient that it is written with: small chips have none for others.
impl<T: Scalar> Blocks<T> for (Block<'_, T>, Block<'_, T>) {
    #[inline(always)]
    fn check(&self, compensated: bool) -> Result<(), Error> {
        self.0.check(compensated)?;
        self.1.check(compensated)
    }

    #[inline(always)]
    fn advance(&mut self, compensated: bool) {
        self.0.advance(compensated);
        self.1.advance(compensated);
    }
}

impl<T: Scalar> Block<'_, T> {
    #[inline(always)]
    pub(super) fn check(&self, compensated: bool) -> Result<(), Error> {
        let inside = match self.gradient {
            Gradient::Plain { gradient, norm_limit } => {
                let mut squared = T::ZERO;
                for ((&p, &carry), &g) in self.parameters.iter().zip(&*self.carries).zip(gradient) {
                    let [moved, _] = advanced(p, carry, -(self.rate * g), compensated);
                    squared += moved * moved;
                }
                is_inside(squared, norm_limit)
            }
            Gradient::ThroughSoftmax { attention, d_attention, tokens } => {
                let mut longest = T::ZERO;
                for (s, d) in Rows::new(attention, tokens).zip(Rows::new(d_attention, tokens)) {
                    for g in d_logits(s, d) {
                        let step = (self.rate * g).abs();
                        // Once it is not finite it stays so.
                        longest = if step <= longest || !longest.is_finite() { longest } else { step };
                    }
                }
                is_short(longest)
            }
        };
        if inside { Ok(()) } else { Err(Error::Diverged) }
    }

    #[inline(always)]
    pub(super) fn advance(&mut self, compensated: bool) {
        let Self { parameters, carries, gradient, rate } = self;
        match *gradient {
            Gradient::Plain { gradient, .. } => {
                for ((p, carry), &g) in parameters.iter_mut().zip(&mut **carries).zip(gradient) {
                    advance(p, carry, -(*rate * g), compensated);
                }
            }
            Gradient::ThroughSoftmax { attention, d_attention, tokens } => {
                let rows = RowsMut::new(parameters, tokens).zip(RowsMut::new(carries, tokens));
                let rows = rows.zip(Rows::new(attention, tokens).zip(Rows::new(d_attention, tokens)));
                for ((logits, carries), (s, d)) in rows {
                    for ((a, carry), g) in logits.iter_mut().zip(carries).zip(d_logits(s, d)) {
                        advance(a, carry, -(*rate * g), compensated);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parameters and carries of three blocks.
    const START: [[f64; 4]; 6] =
        [[1.0, -2.0, 0.5, 0.25], [0.0; 4], [3.0, 1.0, -1.0, 2.0], [0.0; 4], [0.0; 4], [0.125; 4]];

    /// Two matrices and the logits of two rows, each moved by its own gradient; whether it is refused, and what is left.
    fn step(rates: [f64; 3], norm_limit: f64) -> (Result<(), Error>, [[f64; 4]; 6]) {
        let mut memory = START;
        let [first, first_carry, second, second_carry, logits, logits_carry] = memory.each_mut();
        let [plain, other] = [[1.0, 1.0, -1.0, 2.0], [-1.0, 0.0, 2.0, 1.0]];
        let through = Gradient::ThroughSoftmax {
            attention: &[0.5, 0.5, 0.25, 0.75],
            d_attention: &[2.0, -2.0, 4.0, 0.0],
            tokens: 2,
        };
        let gradients = [
            Gradient::Plain { gradient: &plain, norm_limit },
            Gradient::Plain { gradient: &other, norm_limit: 1e6 },
            through,
        ];
        let block =
            |i: usize, (parameters, carries)| Block { parameters, carries, gradient: gradients[i], rate: rates[i] };
        let (first, second) = (block(0, (first, first_carry)), block(1, (second, second_carry)));
        let stepped = take_step([first, second, block(2, (logits, logits_carry))].as_mut_slice(), true);
        (stepped, memory)
    }

    #[test]
    fn every_block_moves_along_its_own_gradient() {
        let (stepped, [first, _, second, _, logits, carries]) = step([0.5, 0.25, 0.5], 1e6);
        assert_eq!(stepped, Ok(()));
        assert_eq!(first, [0.5, -2.5, 1.0, -0.75]);
        assert_eq!(second, [3.25, 1.0, -1.5, 1.75]);
        // Half of s (d - <s, d>), which are 1, -1, 3/4 and -3/4, and what was carried.
        assert_eq!(logits, [-0.375, 0.625, -0.25, 0.5]);
        assert_eq!(carries, [0.0; 4]);
    }

    #[test]
    fn a_block_that_goes_too_far_keeps_all_of_them() {
        // The norm of the first would be 2.84, and the farthest logit moves by the rate.
        for (rates, limit) in [
            ([0.5, 0.25, 0.5], 2.8),
            ([0.5, 0.25, 1.1e6], 1e6),
            ([0.5, f64::INFINITY, 0.5], 1e6),
            ([0.5, 0.25, f64::NAN], 1e6),
        ] {
            assert_eq!(step(rates, limit), (Err(Error::Diverged), START), "{rates:?}");
        }
        assert_eq!(step([0.5, 0.25, 0.9e6], 2.9).0, Ok(()));
    }
}
