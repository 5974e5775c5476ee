//! How wide the registers are that a program uses.

#[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
use super::processor::Processor;

/// Vector instructions that a program may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Level {
    /// What the compiler makes of code for one number after the other: with SSE2 on x86-64, with whatever the target features
    /// say elsewhere.
    Baseline,
    /// 128 bits: NEON on 64-bit ARM, SIMD in WebAssembly that is compiled for it.
    Simd128,
    /// 256 bits on x86-64.
    Avx2,
    /// 512 bits on x86-64.
    Avx512,
}

impl Level {
    /// All levels of this kind of processor, narrow to wide.
    #[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
    pub const ALL: [Self; 3] = [Self::Baseline, Self::Avx2, Self::Avx512];
    /// All levels of this kind of processor, narrow to wide.
    #[cfg(any(
        all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
        all(target_arch = "wasm32", target_feature = "simd128"),
    ))]
    pub const ALL: [Self; 2] = [Self::Baseline, Self::Simd128];
    /// All levels of this kind of processor, narrow to wide.
    #[cfg(not(any(
        all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")),
        all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
        all(target_arch = "wasm32", target_feature = "simd128"),
    )))]
    pub const ALL: [Self; 1] = [Self::Baseline];

    /// The widest of [`Level::ALL`], whether or not it is to be had.
    pub const WIDEST: Self = Self::ALL[Self::ALL.len() - 1];

    /// The widest level that processor and operating system have, and that [`Level::limit`] allows. Found out once, then
    /// an atomic load.
    #[inline]
    pub fn best() -> Self {
        #[cfg(any(
            all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")),
            all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
            all(target_arch = "wasm32", target_feature = "simd128"),
        ))]
        return chosen::best();
        #[cfg(not(any(
            all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")),
            all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
            all(target_arch = "wasm32", target_feature = "simd128"),
        )))]
        Self::Baseline
    }

    /// Whether code for this level takes [`LANES`](super::lane::LANES) elements at a time.
    #[inline]
    pub(crate) fn is_wide(self) -> bool {
        self > Self::Baseline
    }

    /// From now on no wider level than this one is chosen, anywhere in the program: to test a level, or to time it. Exact
    /// training that has been set out already keeps its own. The bits are those of every level.
    pub fn limit(self) {
        #[cfg(any(
            all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")),
            all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
            all(target_arch = "wasm32", target_feature = "simd128"),
        ))]
        chosen::limit(self);
    }

    /// The widest level that a processor has together with its operating system.
    #[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
    const fn of(processor: &Processor) -> Self {
        if processor.has_avx512() {
            Self::Avx512
        } else if processor.has_avx2() {
            Self::Avx2
        } else {
            Self::Baseline
        }
    }
}

/// The level that the program has chosen, for all of its threads.
#[cfg(any(
    all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")),
    all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
    all(target_arch = "wasm32", target_feature = "simd128"),
))]
mod chosen {
    use core::sync::atomic::{AtomicU8, Ordering};

    use super::Level;
    #[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
    use super::Processor;

    /// A [`number`]; zero before anybody asked.
    static BEST: AtomicU8 = AtomicU8::new(0);

    #[inline]
    pub(super) fn best() -> Level {
        match BEST.load(Ordering::Relaxed) {
            1 => Level::Baseline,
            2 => Level::Simd128,
            3 => Level::Avx2,
            4 => Level::Avx512,
            _ => find_best(),
        }
    }

    #[cold]
    fn find_best() -> Level {
        let widest = widest();
        match BEST.compare_exchange(0, number(widest), Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => widest,
            // Another thread was faster, and may have set a limit.
            Err(_) => best(),
        }
    }

    pub(super) fn limit(limit: Level) {
        let widest = widest();
        let allowed = |level: &Level| *level <= limit && *level <= widest;
        BEST.store(number(Level::ALL.into_iter().rfind(allowed).unwrap_or(Level::Baseline)), Ordering::Relaxed);
    }

    const fn number(level: Level) -> u8 {
        match level {
            Level::Baseline => 1,
            Level::Simd128 => 2,
            Level::Avx2 => 3,
            Level::Avx512 => 4,
        }
    }

    /// The widest level that there is. An interpreter of Rust has no CPUID to ask.
    #[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
    #[cold]
    fn widest() -> Level {
        if cfg!(miri) { Level::Baseline } else { Level::of(&Processor::here()) }
    }

    /// The widest level that there is: what the program was compiled for. An interpreter of Rust may not know its instructions.
    #[cfg(not(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi"))))]
    const fn widest() -> Level {
        if cfg!(miri) { Level::Baseline } else { Level::WIDEST }
    }
}

#[cfg(all(test, target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
mod tests {
    use super::super::processor::features::{AVX, FMA, POPCNT, SSE3, SSE4_1, SSE4_2, SSSE3};
    use super::super::processor::structured::{AVX2, AVX512BW, AVX512CD, AVX512DQ, AVX512F, AVX512VL, BMI1, BMI2};
    use super::super::processor::{LZCNT, Processor};
    use super::*;

    /// XCR0: x87 and SSE; with AVX; with AVX-512; and what stands beside them and says nothing of vectors.
    const SSE: u64 = 0x3;
    const YMM: u64 = 0x7;
    const ZMM: u64 = 0xE7;
    const PKRU: u64 = 1 << 9;
    const LBR: u64 = 1 << 15;
    const AMX: u64 = 3 << 17;

    const NEHALEM: Processor =
        Processor { features: SSE3 | SSSE3 | SSE4_1 | SSE4_2 | POPCNT, structured: 0, extended: 0, xcr0: 0 };
    const SANDY_BRIDGE: Processor = Processor { features: NEHALEM.features | AVX, xcr0: YMM, ..NEHALEM };
    const HASWELL: Processor =
        Processor { features: SANDY_BRIDGE.features | FMA, structured: BMI1 | AVX2 | BMI2, extended: LZCNT, xcr0: YMM };
    const SKYLAKE_X: Processor = Processor {
        structured: HASWELL.structured | AVX512F | AVX512CD | AVX512BW | AVX512DQ | AVX512VL,
        xcr0: ZMM | PKRU,
        ..HASWELL
    };
    const XEON_PHI: Processor = Processor { structured: HASWELL.structured | AVX512F | AVX512CD, xcr0: ZMM, ..HASWELL };

    /// Processors and operating systems, and the widest level of each.
    #[test]
    fn a_level_needs_its_instructions_and_its_registers() {
        let on = |processor: Processor, xcr0: u64| Processor { xcr0, ..processor };
        let without =
            |processor: Processor, feature: u32| Processor { features: processor.features & !feature, ..processor };
        let lacking =
            |processor: Processor, feature: u32| Processor { structured: processor.structured & !feature, ..processor };
        for (name, processor, level) in [
            ("nothing at all", on(Processor { features: 0, ..NEHALEM }, 0), Level::Baseline),
            ("Nehalem: no AVX", NEHALEM, Level::Baseline),
            ("Sandy Bridge: AVX alone", SANDY_BRIDGE, Level::Baseline),
            ("Haswell, Zen", HASWELL, Level::Avx2),
            ("Zen 3, Alder Lake: protection keys beside AVX2", on(HASWELL, YMM | PKRU), Level::Avx2),
            ("Alder Lake with its branch records", on(HASWELL, YMM | PKRU | LBR), Level::Avx2),
            ("Skylake-X, Zen 4", SKYLAKE_X, Level::Avx512),
            ("Sapphire Rapids", on(SKYLAKE_X, ZMM | PKRU | LBR | AMX), Level::Avx512),
            // CPUID still names AVX2 and AVX-512: Linux with `clearcpuid=avx`, some hypervisors.
            ("an operating system that keeps SSE alone", on(SKYLAKE_X, SSE), Level::Baseline),
            ("that keeps SSE and protection keys", on(HASWELL, SSE | PKRU), Level::Baseline),
            ("that cannot be asked", on(SKYLAKE_X, 0), Level::Baseline),
            ("that keeps AVX's upper halves and not SSE", on(HASWELL, YMM & !0x2), Level::Baseline),
            ("that keeps AVX alone", on(SKYLAKE_X, YMM), Level::Avx2),
            // Much state, and none of it AVX-512's: sizes of the save area do not tell.
            ("that keeps AMX and not AVX-512", on(SKYLAKE_X, YMM | PKRU | LBR | AMX), Level::Avx2),
            ("without the mask registers", on(SKYLAKE_X, ZMM & !(1 << 5)), Level::Avx2),
            ("without the upper halves of ZMM", on(SKYLAKE_X, ZMM & !(1 << 6)), Level::Avx2),
            ("without the upper sixteen", on(SKYLAKE_X, ZMM & !(1 << 7)), Level::Avx2),
            ("registers without instructions", on(NEHALEM, ZMM), Level::Baseline),
            ("Xeon Phi: AVX-512F without BW, DQ and VL", XEON_PHI, Level::Avx2),
            ("AVX-512 without BW", lacking(SKYLAKE_X, AVX512BW), Level::Avx2),
            ("AVX-512 without CD", lacking(SKYLAKE_X, AVX512CD), Level::Avx2),
            ("AVX-512 without DQ", lacking(SKYLAKE_X, AVX512DQ), Level::Avx2),
            ("AVX-512 without VL", lacking(SKYLAKE_X, AVX512VL), Level::Avx2),
            ("AVX-512 without F", lacking(SKYLAKE_X, AVX512F), Level::Avx2),
            ("AVX-512 without AVX2", lacking(SKYLAKE_X, AVX2), Level::Baseline),
            ("AVX2 without BMI1", lacking(HASWELL, BMI1), Level::Baseline),
            ("AVX2 without BMI2", lacking(HASWELL, BMI2), Level::Baseline),
            ("AVX2 without LZCNT", Processor { extended: 0, ..HASWELL }, Level::Baseline),
            ("AVX2 without FMA", without(HASWELL, FMA), Level::Baseline),
            ("AVX2 without AVX", without(HASWELL, AVX), Level::Baseline),
            ("AVX2 without POPCNT", without(HASWELL, POPCNT), Level::Baseline),
            ("AVX2 without SSE4.2", without(HASWELL, SSE4_2), Level::Baseline),
        ] {
            assert_eq!(Level::of(&processor), level, "{name}");
        }
    }

    /// On this machine, whichever it is, the standard library finds the same.
    #[cfg(not(miri))]
    #[test]
    fn the_registers_are_read_where_they_stand() {
        let avx2 = std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("fma")
            && std::is_x86_feature_detected!("bmi1")
            && std::is_x86_feature_detected!("bmi2")
            && std::is_x86_feature_detected!("lzcnt")
            && std::is_x86_feature_detected!("popcnt");
        let avx512 = avx2
            && std::is_x86_feature_detected!("avx512f")
            && std::is_x86_feature_detected!("avx512bw")
            && std::is_x86_feature_detected!("avx512cd")
            && std::is_x86_feature_detected!("avx512dq")
            && std::is_x86_feature_detected!("avx512vl");
        let here = Processor::here();
        assert_eq!((here.has_avx2(), here.has_avx512()), (avx2, avx512), "{here:x?}");
    }
}
