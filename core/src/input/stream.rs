//! The addressable stream of samples and the generator of one sample.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::draw;
use crate::pass::pass;
use crate::scalar::Scalar;
use crate::vector::{Level, Vector, Work};

/// What SplitMix64 adds to its state for each output: 2^64 divided by the golden ratio, made odd.
const SPLITMIX_STRIDE: u64 = 0x9E37_79B9_7F4A_7C15;

/// Words of state of one sample's generator.
const WORDS_PER_SAMPLE: u64 = 4;

/// Words that are drawn before any is used, where draws are made side by side.
const WORDS_AT_ONCE: usize = 128;

/// A stream of samples: a seed and the number of the next sample. Both together are its whole state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleStream {
    seed: u64,
    next: u64,
}

impl SampleStream {
    /// The stream of `seed`, from sample 0.
    pub const fn new(seed: u64) -> Self {
        Self::at(seed, 0)
    }

    /// The stream of `seed`, from sample `index` on. Takes the same time for every index.
    pub const fn at(seed: u64, index: u64) -> Self {
        Self { seed, next: index }
    }

    /// The seed.
    #[inline]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// The number of the sample that [`Self::sample`] hands out next.
    #[inline]
    pub const fn index(&self) -> u64 {
        self.next
    }

    /// The generator of the next sample; the stream moves on by one.
    #[inline]
    pub fn sample(&mut self) -> SampleRng {
        let rng = self.rng(self.next);
        self.next = self.next.wrapping_add(1);
        rng
    }

    /// The generator of sample `index`, wherever the stream stands; the stream does not move.
    #[inline]
    pub fn rng(&self, index: u64) -> SampleRng {
        // Seeding takes the next four outputs of SplitMix64 from the given state.
        SampleRng { generator: Xoshiro256PlusPlus::seed_from_u64(self.splitmix_state(index)) }
    }

    /// This stream at the sample that comes `count` after the next.
    #[inline]
    pub(crate) const fn after(self, count: u64) -> Self {
        Self { next: self.next.wrapping_add(count), ..self }
    }

    /// The state of SplitMix64 before the outputs that belong to sample `index`: it is a counter, so that the outputs of
    /// all samples before this one are skipped by one multiplication.
    #[inline]
    pub(super) const fn splitmix_state(&self, index: u64) -> u64 {
        self.seed.wrapping_add(index.wrapping_mul(WORDS_PER_SAMPLE.wrapping_mul(SPLITMIX_STRIDE)))
    }
}

pass! {
    fn gaussian_fill(GaussianFill<'x>);
}

/// Draws for every element.
#[derive(Debug)]
struct GaussianFill<'x, T> {
    rng: &'x mut SampleRng,
    x: &'x mut [T],
}

impl<T: Scalar> Work for GaussianFill<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<V: Vector>(self, vector: V) {
        self.rng.gaussian_fill_with(vector, self.x);
    }
}

/// The generator of one sample, from [`SampleStream::sample`] or [`SampleStream::rng`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleRng {
    generator: Xoshiro256PlusPlus,
}

impl SampleRng {
    /// The next word: 64 independent random bits.
    #[inline]
    pub fn uniform_bits(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// Fills `x` with independent draws from the standard normal distribution, none larger than 6.77 in magnitude.
    /// Takes `ceil(x.len() / 2)` words.
    #[inline]
    pub fn gaussian_fill<T: Scalar>(&mut self, x: &mut [T]) {
        gaussian_fill(Level::best(), GaussianFill { rng: self, x });
    }

    /// [`Self::gaussian_fill`] with the registers at hand.
    #[inline(always)]
    pub(crate) fn gaussian_fill_with<T: Scalar, V: Vector>(&mut self, vector: V, x: &mut [T]) {
        self.pairs_with(
            vector,
            x,
            draw::gaussian_pair,
            #[inline(always)]
            |halves, pairs| draw::gaussian_pairs_of(halves, pairs),
        );
    }

    /// [`Self::pairs`] with the registers at hand: `draw` takes one word, and `draw_all` the halves of many, for as many
    /// pairs as there are; it must be one to inline always.
    #[inline(always)]
    pub(super) fn pairs_with<T: Scalar, V: Vector>(
        &mut self,
        _: V,
        x: &mut [T],
        draw: impl Fn(u64) -> (T, T),
        draw_all: impl Fn((&[u32; WORDS_AT_ONCE], &[u32; WORDS_AT_ONCE]), &mut [[T; 2]]),
    ) {
        if const { !V::WIDE } {
            self.pairs(x, draw, |x, z| *x = z);
            return;
        }
        // All words of a block first, which follow one upon the other, and then its draws, which do not.
        let (mut high, mut low) = ([0; WORDS_AT_ONCE], [0; WORDS_AT_ONCE]);
        let (pairs, last) = x.as_chunks_mut::<2>();
        for pairs in pairs.chunks_mut(WORDS_AT_ONCE) {
            for ((high, low), _) in high.iter_mut().zip(&mut low).zip(&*pairs) {
                (*high, *low) = draw::halves(self.uniform_bits());
            }
            draw_all((&high, &low), pairs);
        }
        self.pairs(last, draw, |x, z| *x = z);
    }

    /// One draw from a fresh word for each element, of which there is one at most: what follows the last pair.
    #[inline]
    pub(super) fn gaussian_last<T: Scalar>(&mut self, last: &mut [T]) {
        self.pairs(last, draw::gaussian_pair, |x, z| *x = z);
    }

    /// The generator in a given state, which must not be all zeros.
    #[inline]
    pub(super) fn from_state(words: [u64; 4]) -> Self {
        let mut state = [0; 32];
        for (bytes, word) in state.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
        Self { generator: Xoshiro256PlusPlus::from_seed(state) }
    }

    /// Makes two draws from each word and hands them, in order, to the elements of `x`. An odd last element takes the
    /// first draw of a fresh word.
    #[inline]
    pub(super) fn pairs<T>(&mut self, x: &mut [T], draw: impl Fn(u64) -> (T, T), put: impl Fn(&mut T, T)) {
        let (pairs, last) = x.as_chunks_mut::<2>();
        for [even, odd] in pairs {
            let (first, second) = draw(self.uniform_bits());
            put(even, first);
            put(odd, second);
        }
        for even in last {
            let (first, _) = draw(self.uniform_bits());
            put(even, first);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand_xoshiro::SplitMix64;

    use super::super::statistics::assert_uncorrelated;
    use super::*;

    extern crate std;
    use std::vec::Vec;

    const SEEDS: [u64; 5] = [0, 1, 42, 0x0123_4567_89AB_CDEF, u64::MAX];

    /// The published finaliser of SplitMix64, written out: output number `k` (from 1) of the sequence from `seed`.
    fn splitmix_output(seed: u64, k: u128) -> u64 {
        let position = u128::from(seed).wrapping_add(k.wrapping_mul(u128::from(SPLITMIX_STRIDE))) as u64;
        let z = (position ^ (position >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// xoshiro256++ as published, written out.
    fn xoshiro_next(s: &mut [u64; 4]) -> u64 {
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    #[test]
    fn consecutive_samples_take_consecutive_words_of_one_splitmix_sequence() {
        for seed in SEEDS {
            let mut splitmix = SplitMix64::seed_from_u64(seed);
            let mut stream = SampleStream::new(seed);
            for n in 0..100 {
                let mut state = [0; 32];
                for bytes in state.as_chunks_mut::<8>().0 {
                    *bytes = splitmix.next_u64().to_le_bytes();
                }
                assert_eq!(stream.sample().generator, Xoshiro256PlusPlus::from_seed(state), "seed {seed}, sample {n}");
            }
        }
    }

    #[test]
    fn a_sample_is_xoshiro_over_its_own_splitmix_words() {
        for seed in SEEDS {
            for n in [0, 1, 7, 1 << 20, (1 << 40) + 3, (1 << 62) - 1, u64::MAX] {
                let first = 4 * u128::from(n) + 1;
                let mut state = [0, 1, 2, 3].map(|k| splitmix_output(seed, first + k));
                let mut rng = SampleStream::at(seed, n).sample();
                for _ in 0..20 {
                    assert_eq!(rng.uniform_bits(), xoshiro_next(&mut state), "seed {seed}, sample {n}");
                }
            }
        }
    }

    #[test]
    fn seeking_equals_walking() {
        let mut walker = SampleStream::new(9);
        for n in 0..50 {
            assert_eq!((walker.seed(), walker.index()), (9, n));
            let sought = SampleStream::at(9, n);
            assert_eq!(sought, walker);
            let sample = walker.sample();
            assert_eq!(sought.rng(n), sample);
            assert_eq!(walker.rng(n), sample, "drawing one sample does not depend on where the stream stands");
            assert_ne!(walker.rng(n + 1), sample);
        }
    }

    #[test]
    fn sample_numbers_count_modulo_two_to_the_62() {
        let mut stream = SampleStream::at(5, u64::MAX);
        let last = stream.sample();
        assert_eq!(stream.index(), 0, "the number wraps");
        assert_eq!(last, stream.rng((1 << 62) - 1));
        assert_ne!(last, stream.rng((1 << 61) - 1));
    }

    /// Seeds that differ by `4 STRIDE k` modulo 2^64 share samples, `k` apart. The smallest such differences belong to
    /// the convergents of STRIDE / 2^62, which Euclid's algorithm lists.
    #[test]
    fn nearby_seeds_share_no_early_sample() {
        const CIRCLE: u64 = 1 << 62;
        let (mut a, mut b) = (CIRCLE, SPLITMIX_STRIDE % CIRCLE);
        let (mut before, mut k) = (0_u64, 1_u64);
        let mut nearest_below_limit = None;
        while b != 0 {
            // Invariant: `b` is the distance of k * STRIDE from a multiple of 2^62, smaller than for any lesser k.
            let product = (u128::from(k) * u128::from(SPLITMIX_STRIDE) % u128::from(CIRCLE)) as u64;
            assert!(product == b || CIRCLE - product == b);
            if 4 * b < 1 << 20 {
                nearest_below_limit.get_or_insert(k);
            }
            (before, k) = (k, (a / b).checked_mul(k).and_then(|x| x.checked_add(before)).unwrap_or(u64::MAX));
            (a, b) = (b, a % b);
        }
        assert!(nearest_below_limit.is_some_and(|k| k > 3_000_000_000_000), "{nearest_below_limit:?}");
    }

    #[test]
    fn an_odd_fill_is_a_prefix_of_the_even_one() {
        let stream = SampleStream::new(3);
        let mut whole = [0.0_f64; 12];
        stream.rng(0).gaussian_fill(&mut whole);
        for n in 0..12 {
            let mut part = [9.0; 12];
            let mut rng = stream.rng(0);
            rng.gaussian_fill(&mut part[..n]);
            assert_eq!(part[..n], whole[..n]);
            assert!(part[n..].iter().all(|&x| x == 9.0));
            let mut counted = stream.rng(0);
            for _ in 0..n.div_ceil(2) {
                counted.uniform_bits();
            }
            assert_eq!(rng, counted, "{n} elements take ceil({n} / 2) words");
        }
    }

    #[test]
    fn different_samples_and_seeds_are_uncorrelated() {
        const LENGTH: usize = 50;
        const SAMPLES: u64 = 10_000;
        let draw = |seed: u64, n: u64| {
            let mut x = [0.0_f64; LENGTH];
            SampleStream::new(seed).rng(n).gaussian_fill(&mut x);
            x
        };
        let columns =
            |seed: u64, offset: u64| -> Vec<f64> { (0..SAMPLES).flat_map(|n| draw(seed, n + offset)).collect() };
        let here = columns(1, 0);
        assert_uncorrelated("neighbouring samples", &here, &columns(1, 1), 3.0);
        assert_uncorrelated("samples far apart", &here, &columns(1, 1 << 60), 3.0);
        assert_uncorrelated("neighbouring seeds", &here, &columns(2, 0), 3.0);
        assert_uncorrelated("seeds that differ in the top bit", &here, &columns(1 | 1 << 63, 0), 3.0);
        // The first word of each sample alone, in case only the start is poorly mixed.
        let first = |seed: u64| -> Vec<f64> { (0..500_000).flat_map(|n| draw_two(seed, n)).collect() };
        let starts = first(1);
        assert_uncorrelated("first words of neighbouring samples", &starts[2..], &starts[..starts.len() - 2], 3.0);
        assert_uncorrelated("first words of neighbouring seeds", &starts, &first(2), 3.0);
    }

    fn draw_two(seed: u64, n: u64) -> [f64; 2] {
        let mut x = [0.0; 2];
        SampleStream::at(seed, n).sample().gaussian_fill(&mut x);
        x
    }
}
