//! What an x86-64 processor and its operating system say of vector registers.

/// A few registers, as they were read. What follows from them is a function of these numbers alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Processor {
    /// CPUID leaf 1, ECX.
    pub features: u32,
    /// CPUID leaf 7, subleaf 0, EBX.
    pub structured: u32,
    /// CPUID leaf 0x8000_0001, ECX.
    pub extended: u32,
    /// The registers that the operating system keeps. Zero where it cannot be asked: CPUID may still say what it likes.
    pub xcr0: u64,
}

/// Bits of [`Processor::features`].
pub(super) mod features {
    pub(in super::super) const SSE3: u32 = 1 << 0;
    pub(in super::super) const SSSE3: u32 = 1 << 9;
    pub(in super::super) const FMA: u32 = 1 << 12;
    pub(in super::super) const SSE4_1: u32 = 1 << 19;
    pub(in super::super) const SSE4_2: u32 = 1 << 20;
    pub(in super::super) const POPCNT: u32 = 1 << 23;
    pub(in super::super) const AVX: u32 = 1 << 28;
}

/// Bits of [`Processor::structured`].
pub(super) mod structured {
    pub(in super::super) const BMI1: u32 = 1 << 3;
    pub(in super::super) const AVX2: u32 = 1 << 5;
    pub(in super::super) const BMI2: u32 = 1 << 8;
    pub(in super::super) const AVX512F: u32 = 1 << 16;
    pub(in super::super) const AVX512DQ: u32 = 1 << 17;
    pub(in super::super) const AVX512CD: u32 = 1 << 28;
    pub(in super::super) const AVX512BW: u32 = 1 << 30;
    pub(in super::super) const AVX512VL: u32 = 1 << 31;
}

/// The bit of [`Processor::extended`] that matters here.
pub(super) const LZCNT: u32 = 1 << 5;

/// XMM registers, and the upper halves that make YMM registers of them.
const YMM: u64 = 1 << 1 | 1 << 2;
/// With them mask registers, the upper halves that make ZMM registers, and the sixteen registers that only AVX-512 has.
const ZMM: u64 = YMM | 1 << 5 | 1 << 6 | 1 << 7;

impl Processor {
    /// The one that the program runs on.
    #[cold]
    pub(super) fn here() -> Self {
        let leaf = raw_cpuid::native_cpuid::cpuid_count;
        // A leaf beyond the last one has what another leaf has.
        let has = |number: u32| leaf(number & 0x8000_0000, 0).eax >= number;
        Self {
            features: leaf(1, 0).ecx,
            structured: if has(7) { leaf(7, 0).ebx } else { 0 },
            extended: if has(0x8000_0001) { leaf(0x8000_0001, 0).ecx } else { 0 },
            xcr0: tutee_x86::xcr0().unwrap_or(0),
        }
    }

    /// Whether there are the instructions of the level x86-64-v3 that [`pulp::x86::V3`] uses, and the registers for them.
    pub(super) const fn has_avx2(&self) -> bool {
        use features::{AVX, FMA, POPCNT, SSE3, SSE4_1, SSE4_2, SSSE3};
        use structured::{AVX2, BMI1, BMI2};
        self.has(SSE3 | SSSE3 | FMA | SSE4_1 | SSE4_2 | POPCNT | AVX, BMI1 | AVX2 | BMI2, YMM)
            && self.extended & LZCNT != 0
    }

    /// Whether there are the instructions of the level x86-64-v4, too, that [`pulp::x86::V4`] uses, and their registers.
    pub(super) const fn has_avx512(&self) -> bool {
        use structured::{AVX512BW, AVX512CD, AVX512DQ, AVX512F, AVX512VL};
        self.has_avx2() && self.has(0, AVX512F | AVX512DQ | AVX512CD | AVX512BW | AVX512VL, ZMM)
    }

    const fn has(&self, features: u32, structured: u32, registers: u64) -> bool {
        self.features & features == features
            && self.structured & structured == structured
            && self.xcr0 & registers == registers
    }
}
