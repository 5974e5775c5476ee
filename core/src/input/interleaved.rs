//! The generators of several samples side by side.
//!
//! The words of one generator follow one upon the other, each a few cycles after the one before; those of several samples
//! can be made in the lanes of a vector register, all at the same time.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::SplitMix64;

use super::draw;
use super::stream::{SampleRng, SampleStream};
use crate::matrix::RowsMut;
use crate::scalar::Scalar;
use crate::vector::Vector;
use crate::vector::words::{WORDS, Words};

/// Samples side by side.
pub(super) const GENERATORS: usize = WORDS;

/// Words of each sample that are made before any is used.
const AT_ONCE: usize = 64;

/// xoshiro256++ in lanes: `state[i][lane]` is word `i` of a sample's state.
#[derive(Clone, Debug)]
pub(super) struct Interleaved {
    state: [[u64; GENERATORS]; 4],
}

impl Interleaved {
    /// The generators of the samples from the next of `stream` on.
    #[inline(always)]
    pub(super) fn new(stream: SampleStream) -> Self {
        let mut state = [[0; GENERATORS]; 4];
        for lane in 0..GENERATORS {
            let index = stream.index().wrapping_add(lane as u64);
            let mut words = SplitMix64::seed_from_u64(stream.splitmix_state(index));
            for state in &mut state {
                state[lane] = words.next_u64();
            }
        }
        Self { state }
    }

    /// The next `count` words of every sample, [`AT_ONCE`] at most.
    #[inline(always)]
    fn fill<V: Vector>(&mut self, vector: V, words: &mut [[u64; AT_ONCE]; GENERATORS], count: usize) {
        let mut state = self.state.each_ref().map(
            #[inline(always)]
            |words| V::U64::load(vector, words),
        );
        let mut first = 0;
        while first + WORDS <= count {
            let mut rows = [state[0]; WORDS];
            for row in &mut rows {
                (*row, state) = advanced::<V>(state);
            }
            for (words, column) in words.iter_mut().zip(V::U64::columns(vector, rows)) {
                if let Some(to) = words.get_mut(first..).and_then(|words| words.first_chunk_mut()) {
                    column.store(to);
                }
            }
            first += WORDS;
        }
        for i in first..count {
            let (row, next) = advanced::<V>(state);
            state = next;
            let mut each = [0; GENERATORS];
            row.store(&mut each);
            for (to, word) in words.iter_mut().filter_map(|words| words.get_mut(i)).zip(each) {
                *to = word;
            }
        }
        for (to, word) in self.state.iter_mut().zip(state) {
            word.store(to);
        }
    }

    /// The generator of one of the samples, as it stands.
    #[inline(always)]
    fn sample(&self, lane: usize) -> SampleRng {
        SampleRng::from_state(self.state.map(
            #[inline(always)]
            |words| words.get(lane).copied().unwrap_or_default(),
        ))
    }

    /// Standard normal inputs of `len` elements for the first samples, as many as `x` has room for, and the generator of
    /// each to `done` when it has made its input: as [`SampleRng::gaussian_fill`] does one sample after the other.
    #[inline(always)]
    pub(super) fn gaussian_fill<T: Scalar, V: Vector>(
        mut self,
        vector: V,
        len: usize,
        x: &mut [T],
        mut done: impl FnMut(SampleRng),
    ) {
        let mut words = [[0; AT_ONCE]; GENERATORS];
        let (mut high, mut low) = ([0; AT_ONCE], [0; AT_ONCE]);
        for start in (0..len / 2).step_by(AT_ONCE) {
            let count = if len / 2 - start < AT_ONCE { len / 2 - start } else { AT_ONCE };
            self.fill(vector, &mut words, count);
            for (words, x) in words.iter().zip(RowsMut::new(x, len)) {
                for ((high, low), &word) in high.iter_mut().zip(&mut low).zip(words) {
                    (*high, *low) = draw::halves(word);
                }
                let pairs = x.as_chunks_mut().0.get_mut(start..).unwrap_or_default();
                draw::gaussian_pairs_of((&high, &low), pairs.get_mut(..count).unwrap_or_default());
            }
        }
        for (lane, x) in RowsMut::new(x, len).take(GENERATORS).enumerate() {
            let mut rng = self.sample(lane);
            rng.gaussian_last(x.as_chunks_mut::<2>().1);
            done(rng);
        }
    }
}

/// The next word of xoshiro256++, and its state after that.
#[inline(always)]
fn advanced<V: Vector>([mut a, mut b, mut c, mut d]: [V::U64; 4]) -> (V::U64, [V::U64; 4]) {
    let word = a.add(d).rotate_23().add(a);
    let up = b.up_17();
    c = c.xor(a);
    d = d.xor(b);
    b = b.xor(c);
    a = a.xor(d);
    (word, [a, b, c.xor(up), d.rotate_45()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector::{Level, Work, dispatch};

    extern crate std;
    use std::vec;
    use std::vec::Vec;

    struct Fill<'a, T> {
        stream: SampleStream,
        len: usize,
        x: &'a mut [T],
        rngs: &'a mut Vec<SampleRng>,
    }

    impl<T: Scalar> Work for Fill<'_, T> {
        type Output = ();

        #[inline(always)]
        fn run<V: Vector>(self, vector: V) {
            Interleaved::new(self.stream).gaussian_fill(vector, self.len, self.x, |rng| self.rngs.push(rng));
        }
    }

    fn same_draws<T: Scalar>(level: Level) {
        for (len, samples) in [(1, 3), (2, 8), (7, 5), (128, 8), (129, 1), (300, 2), (513, 8)] {
            let stream = SampleStream::at(11, u64::MAX - 2);
            let (mut x, mut rngs) = (vec![T::ZERO; len * samples], Vec::new());
            let fill = Fill { stream, len, x: &mut x, rngs: &mut rngs };
            dispatch(level, fill);
            assert_eq!(rngs.len(), samples);
            for (n, (x, rng)) in x.chunks(len).zip(rngs).enumerate() {
                let (mut alone, mut expected) = (stream.after(n as u64).sample(), vec![T::ZERO; len]);
                alone.gaussian_fill(&mut expected);
                assert_eq!((x, rng), (&expected[..], alone), "sample {n} of {samples}, {len} elements");
            }
        }
    }

    #[test]
    fn side_by_side_and_one_after_the_other_are_the_same() {
        for level in Level::ALL.into_iter().filter(|&level| level <= Level::best()) {
            same_draws::<f32>(level);
            same_draws::<f64>(level);
        }
    }
}
