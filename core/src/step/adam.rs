//! Adam: running means of gradient and squared gradient, each corrected for how little it has gathered yet.
//!
//! ```text
//! m <- b1 m + (1 - b1) g        v <- b2 v + (1 - b2) g^2        c1 <- b1 c1 + 1 - b1,  c2 likewise
//! p <- p - rate (m / c1) / (sqrt(v / c2) + 1e-8)
//! ```
//!
//! Kingma & Ba 2015. The weights `c = 1 - b^t` are gathered as the moments are, and not a power of the number of steps.

use crate::error::Error;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// Decays of the moments, and what stands beside the root.
const DECAYS: [f64; 2] = [0.9, 0.999];
const BESIDE_ROOT: f64 = 1e-8;

/// Adam's moments of the logits; empty slices for other rules.
#[derive(Debug)]
pub(crate) struct Adam<'s, T> {
    /// m and v, an element each logit.
    pub(super) first: &'s mut [T],
    pub(super) second: &'s mut [T],
    /// c1 and c2.
    gathered: &'s mut [T],
}

fn next<T: Scalar>(old: T, new: T, decay: f64) -> T {
    T::from_f64(decay) * old + T::from_f64(1.0 - decay) * new
}

/// The moments of one logit with one more gradient.
#[inline(always)]
pub(super) fn moments<T: Scalar>([m, v]: [T; 2], g: T) -> [T; 2] {
    let [decay, decay_squared] = DECAYS;
    [next(m, g, decay), next(v, g * g, decay_squared)]
}

/// What is added to a logit of these moments, of which so much has been gathered.
#[inline(always)]
pub(super) fn step<T: Scalar>([m, v]: [T; 2], [first, second]: [T; 2], rate: T) -> T {
    -(rate * (m / first / ((v / second).sqrt() + T::from_f64(BESIDE_ROOT))))
}

impl<'s, T: Scalar> Adam<'s, T> {
    /// Cuts the memory of a rule.
    pub(crate) fn of(state: &'s mut [T], shape: Shape) -> Self {
        let (first, rest) = state.split_at_mut_checked(shape.mixing_len()).unwrap_or_default();
        let (second, gathered) = rest.split_at_mut_checked(shape.mixing_len()).unwrap_or_default();
        Self { first, second, gathered }
    }

    /// What will have been gathered after one more step.
    pub(super) fn gathered_next(&self) -> [T; 2] {
        let mut next_of = DECAYS.map(|decay| next(T::ZERO, T::ONE, decay));
        for ((to, &gathered), decay) in next_of.iter_mut().zip(&*self.gathered).zip(DECAYS) {
            *to = next(gathered, T::ONE, decay);
        }
        next_of
    }

    /// Writes the steps along `gradient`; changes nothing else.
    ///
    /// # Errors
    /// [`Error::Diverged`] when a squared gradient overflows: its logit would never move again.
    pub(crate) fn steps(&self, rate: T, gradient: &[T], steps: &mut [T]) -> Result<(), Error> {
        let gathered = self.gathered_next();
        let kept = self.first.iter().zip(&*self.second);
        for ((to, &g), (&m, &v)) in steps.iter_mut().zip(gradient).zip(kept) {
            let new = moments([m, v], g);
            if !new.iter().all(|moment| moment.is_finite()) {
                return Err(Error::Diverged);
            }
            *to = step(new, gathered, rate);
        }
        Ok(())
    }

    /// Keeps what `gradient` makes of the moments.
    pub(crate) fn keep(&mut self, gradient: impl Iterator<Item = T>) {
        for ((m, v), g) in self.first.iter_mut().zip(&mut *self.second).zip(gradient) {
            [*m, *v] = moments([*m, *v], g);
        }
        let gathered = self.gathered_next();
        for (to, next) in self.gathered.iter_mut().zip(gathered) {
            *to = next;
        }
    }
}
