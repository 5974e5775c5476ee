//! The random draws of the digits run: uniform numbers for the network's start, and shuffled passes over the images.

use tutee::input::{SampleRng, SampleStream};

/// Parts of one seed's stream lie this many samples apart, which is as far as four parts can.
const PART: u64 = 1 << 60;

/// A stream of uniform draws.
pub struct Draws {
    generator: SampleRng,
}

impl Draws {
    /// Part `part` of `seed`, 0 to 3. Each part of a run draws from its own, so that one can change how much it draws
    /// without changing what another sees.
    pub fn new(seed: u64, part: u32) -> Self {
        Self { generator: SampleStream::new(seed).rng(u64::from(part) * PART) }
    }

    /// Uniform in `[-bound, bound)`, on a grid of 2^53 points.
    pub fn symmetric(&mut self, bound: f64) -> f64 {
        let unit = (self.generator.uniform_bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64);
        bound * (2.0 * unit - 1.0)
    }

    /// Uniform below `end`, which is not zero. The bias is below `end / 2^64`.
    fn below(&mut self, end: u32) -> u32 {
        // The high half of the product; it is below `end`, so the cast keeps it whole.
        ((u128::from(self.generator.uniform_bits()) * u128::from(end)) >> 64) as u32
    }
}

/// The indices of a set in shuffled order, shuffled anew for every pass, without end.
pub struct Passes {
    draws: Draws,
    order: Vec<u32>,
    used: usize,
}

impl Passes {
    /// Passes over the indices below `count`, at least 1.
    pub fn new(draws: Draws, count: u32) -> Self {
        Self { draws, order: (0..count).collect(), used: count as usize }
    }
}

impl Iterator for Passes {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.used == self.order.len() {
            // Fisher and Yates, from the back.
            for last in (1..self.order.len()).rev() {
                let other = self.draws.below(last as u32 + 1);
                self.order.swap(last, other as usize);
            }
            self.used = 0;
        }
        let index = *self.order.get(self.used)?;
        self.used += 1;
        Some(index as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pass_holds_every_index_once_and_differs() {
        let mut passes = Passes::new(Draws::new(5, 0), 50);
        let mut pass = || passes.by_ref().take(50).collect::<Vec<_>>();
        let (first, second) = (pass(), pass());
        assert_ne!(first, second);
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, (0..50).collect::<Vec<_>>());
        }
        assert_eq!(Passes::new(Draws::new(5, 0), 1).take(3).collect::<Vec<_>>(), [0, 0, 0]);
    }

    #[test]
    fn seeds_and_streams_differ_and_repeat() {
        let draw = |seed, stream| Draws::new(seed, stream).symmetric(1.0);
        assert_eq!(draw(1, 1), draw(1, 1));
        assert_ne!(draw(1, 1), draw(1, 0));
        assert_ne!(draw(1, 1), draw(2, 1));
    }

    #[test]
    fn uniform_draws_fill_their_range_evenly() {
        let mut draws = Draws::new(9, 0);
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..10_000 {
            let x = draws.symmetric(3.0);
            assert!((-3.0..3.0).contains(&x));
            sum += x;
            squares += x * x;
        }
        // Mean 0 and variance 3, within five standard errors.
        assert!((sum / 1e4).abs() < 5.0 * 0.0174, "{sum}");
        assert!((squares / 1e4 - 3.0).abs() < 5.0 * 0.027, "{squares}");
        let mut seen = [0_u32; 7];
        for _ in 0..7000 {
            seen[draws.below(7) as usize] += 1;
        }
        assert!(seen.iter().all(|&n| (850..1150).contains(&n)), "{seen:?}");
    }
}
