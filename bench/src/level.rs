//! Loops compiled for each vector level, as the library compiles its own.

use tutee::vector::{Level, Plain, Vector};

/// A loop. Must be inlined with everything in it: `#[inline(always)]`.
pub trait Loop {
    /// Goes through the loop once.
    fn run<V: Vector>(&mut self, vector: V);
}

/// The levels that this machine has, narrow to wide.
pub fn levels() -> impl Iterator<Item = Level> {
    Level::WIDEST.limit();
    let widest = Level::best();
    Level::ALL.into_iter().filter(move |level| *level <= widest)
}

/// What tables call a level.
pub const fn name(level: Level) -> &'static str {
    match level {
        Level::Baseline => "baseline",
        Level::Simd128 if cfg!(target_arch = "aarch64") => "NEON",
        Level::Simd128 => "SIMD",
        Level::Avx2 => "AVX2",
        Level::Avx512 => "AVX-512",
    }
}

/// Goes through `work` so many times, compiled for `level`, which this machine must have.
#[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
pub fn repeat(level: Level, times: u32, work: &mut impl Loop) {
    use pulp::NullaryFnOnce;
    use pulp::x86::{V3, V4};

    struct Inlined<'w, W, V> {
        work: &'w mut W,
        times: u32,
        vector: V,
    }

    impl<W: Loop, V: Vector> NullaryFnOnce for Inlined<'_, W, V> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            for _ in 0..self.times {
                self.work.run(self.vector);
            }
        }
    }

    let missing = "the level is one that levels() names";
    match level {
        // The second is of other kinds of processor; levels() names none here.
        Level::Baseline | Level::Simd128 => Inlined { work, times, vector: Plain }.call(),
        Level::Avx2 => {
            let vector = V3::try_new().expect(missing);
            vector.vectorize(Inlined { work, times, vector });
        }
        Level::Avx512 => {
            let vector = V4::try_new().expect(missing);
            vector.vectorize(Inlined { work, times, vector });
        }
    }
}

/// Goes through `work` so many times.
#[cfg(not(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi"))))]
pub fn repeat(_: Level, times: u32, work: &mut impl Loop) {
    for _ in 0..times {
        work.run(Plain);
    }
}
