//! What this machine can do at most, measured: multiplications and additions in registers, and memory at each distance.
//!
//! The library fuses nothing, so its peak is that of separate multiplications and additions. Each accumulator is a
//! chain of one of each; there are enough of them to hide the latency of both, and few enough to stay in registers.

use std::hint::black_box;

use tutee::Scalar;
use tutee::vector::lane::LANES;
use tutee::vector::lane::Lanes;
use tutee::vector::{Level, Vector};
use tutee_bench::level::{Loop, repeat};
use tutee_bench::loops::Number;

use crate::timing::Timer;

/// Independent accumulators: with two constants they fit sixteen registers.
const CHAINS: usize = 12;
/// Multiplications and additions of each chain in one call.
const TURNS: usize = 1_000;

/// Multiplications and additions a nanosecond.
pub(crate) fn arithmetic<T: Number>(timer: Timer, level: Level) -> f64 {
    let single = T::BITS == 32;
    let lanes = match (single, level) {
        (true, Level::Baseline | Level::Simd128) => registers::chains_f32x4 as fn() -> usize,
        (false, Level::Baseline | Level::Simd128) => registers::chains_f64x2,
        (true, Level::Avx2) => registers::chains_f32x8,
        (false, Level::Avx2) => registers::chains_f64x4,
        (true, Level::Avx512) => registers::chains_f32x16,
        (false, Level::Avx512) => registers::chains_f64x8,
    };
    let operations = lanes() * CHAINS * TURNS * 2;
    let nanoseconds = timer.nanoseconds(|| {
        black_box(lanes());
    });
    operations as f64 / nanoseconds
}

#[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
mod registers {
    use std::arch::x86_64::{_mm_add_pd, _mm_add_ps, _mm_mul_pd, _mm_mul_ps, _mm_set1_pd, _mm_set1_ps};
    use std::hint::black_box;

    use pulp::x86::{V3, V4};
    use pulp::{NullaryFnOnce, Simd};

    use super::{CHAINS, TURNS};

    /// The chains over registers that hold `$lanes` numbers; gives how many they hold.
    macro_rules! chains {
        ($name:ident, $lanes:literal, $splat:expr, $add:expr, $multiply:expr) => {{
            // Stays near two for ever: x <- x / 2 + 1.
            let (half, one) = ($splat(black_box(0.5)), $splat(black_box(1.0)));
            let mut chains = [one; CHAINS];
            for _ in 0..TURNS {
                for x in &mut chains {
                    *x = $add($multiply(*x, half), one);
                }
            }
            let mut sum = one;
            for x in chains {
                sum = $add(sum, x);
            }
            black_box(sum);
            $lanes
        }};
    }

    macro_rules! baseline {
        ($name:ident, $lanes:literal, $splat:ident, $add:ident, $multiply:ident) => {
            pub(super) fn $name() -> usize {
                // SAFETY: every x86-64 has SSE2; registers only.
                unsafe { chains!($name, $lanes, |x| $splat(x), |x, y| $add(x, y), |x, y| $multiply(x, y)) }
            }
        };
    }
    baseline!(chains_f32x4, 4, _mm_set1_ps, _mm_add_ps, _mm_mul_ps);
    baseline!(chains_f64x2, 2, _mm_set1_pd, _mm_add_pd, _mm_mul_pd);

    macro_rules! wide {
        ($name:ident, $vector:ident, $lanes:literal, $splat:ident, $add:ident, $multiply:ident) => {
            pub(super) fn $name() -> usize {
                struct Chains($vector);
                impl NullaryFnOnce for Chains {
                    type Output = usize;
                    #[inline(always)]
                    fn call(self) -> usize {
                        let v = self.0;
                        chains!($name, $lanes, |x| v.$splat(x), |x, y| v.$add(x, y), |x, y| v.$multiply(x, y))
                    }
                }
                let vector = $vector::try_new().expect("the level is one that this machine has");
                vector.vectorize(Chains(vector))
            }
        };
    }
    wide!(chains_f32x8, V3, 8, splat_f32s, add_f32s, mul_f32s);
    wide!(chains_f64x4, V3, 4, splat_f64s, add_f64s, mul_f64s);
    wide!(chains_f32x16, V4, 16, splat_f32s, add_f32s, mul_f32s);
    wide!(chains_f64x8, V4, 8, splat_f64s, add_f64s, mul_f64s);
}

/// Elsewhere the compiler chooses registers for groups of numbers.
#[cfg(not(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi"))))]
mod registers {
    use std::hint::black_box;

    use super::{CHAINS, TURNS};

    macro_rules! chains {
        ($name:ident, $t:ty, $lanes:literal) => {
            pub(super) fn $name() -> usize {
                let (half, one) = (black_box::<$t>(0.5), black_box::<$t>(1.0));
                let mut chains = [[one; $lanes]; CHAINS];
                for _ in 0..TURNS {
                    for x in chains.as_flattened_mut() {
                        *x = *x * half + one;
                    }
                }
                black_box(chains);
                $lanes
            }
        };
    }
    chains!(chains_f32x4, f32, 4);
    chains!(chains_f64x2, f64, 2);
    chains!(chains_f32x8, f32, 8);
    chains!(chains_f64x4, f64, 4);
    chains!(chains_f32x16, f32, 16);
    chains!(chains_f64x8, f64, 8);
}

/// A part of the memory, by how near it is.
#[derive(Clone, Debug)]
pub(crate) struct Distance {
    pub(crate) name: &'static str,
    /// What fits.
    pub(crate) bytes: usize,
    /// What is gone through to measure it: of the last cache, which others may use, no more than is beyond the second.
    pub(crate) measured: usize,
}

/// The caches of the first processor, and the memory behind them.
pub(crate) fn distances() -> [Distance; 4] {
    let cache = |index: u32, otherwise: usize| {
        let path = format!("/sys/devices/system/cpu/cpu0/cache/index{index}/size");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let kilobytes = text.trim().strip_suffix('K').and_then(|k| k.parse::<usize>().ok());
        kilobytes.map_or(otherwise, |k| k * 1024)
    };
    // Index 1 is the cache of instructions.
    let [first, second, third] = [cache(0, 32 << 10), cache(2, 512 << 10), cache(3, 8 << 20)];
    [
        Distance { name: "L1", bytes: first, measured: first / 2 },
        Distance { name: "L2", bytes: second, measured: second / 2 },
        Distance { name: "L3", bytes: third, measured: (4 * second).min(third / 2) },
        Distance { name: "memory", bytes: usize::MAX, measured: 4 * third },
    ]
}

/// `a <- b + s c`: two numbers are read and one is written.
struct Triad<T> {
    a: Vec<T>,
    b: Vec<T>,
    c: Vec<T>,
}

impl<T: Scalar> Loop for Triad<T> {
    #[inline(always)]
    fn run<V: Vector>(&mut self, vector: V) {
        let (a, b, c) = (black_box(self.a.as_mut_slice()), self.b.as_slice(), self.c.as_slice());
        let s = black_box(T::HALF);
        if V::WIDE {
            let s = T::Lanes::<V>::splat(vector, s);
            let (b, c) = (b.as_chunks::<LANES>().0, c.as_chunks::<LANES>().0);
            for ((a, b), c) in a.as_chunks_mut::<LANES>().0.iter_mut().zip(b).zip(c) {
                (T::Lanes::<V>::load(vector, b) + s * T::Lanes::<V>::load(vector, c)).store(a);
            }
        } else {
            for ((a, &b), &c) in a.iter_mut().zip(b).zip(c) {
                *a = b + s * c;
            }
        }
    }
}

/// Bytes a nanosecond.
pub(crate) fn memory<T: Number>(timer: Timer, level: Level, distance: &Distance) -> f64 {
    let n = (distance.measured / (3 * size_of::<T>())).next_multiple_of(LANES);
    let mut triad = Triad { a: vec![T::ZERO; n], b: vec![T::ONE; n], c: vec![T::TWO; n] };
    let passes = if n < 1 << 16 { 16 } else { 1 };
    let nanoseconds = timer.nanoseconds(|| repeat(level, passes, &mut triad));
    let bytes = 3 * n * size_of::<T>() * passes as usize;
    bytes as f64 / nanoseconds
}
