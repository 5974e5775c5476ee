//! From a level to code that is compiled for it.

#[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
use pulp::x86::{V3, V4};

use super::level::Level;
use super::plain::Plain;
#[cfg(any(
    all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")),
    all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
    all(target_arch = "wasm32", target_feature = "simd128"),
))]
use super::registers::Inlined;
#[cfg(any(
    all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
    all(target_arch = "wasm32", target_feature = "simd128"),
))]
use super::simd128::V128;
use super::work::Work;

/// Does the work with the instructions of `level`, or with fewer where the processor lacks them.
#[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
#[inline]
pub(crate) fn dispatch<W: Work>(level: Level, work: W) -> W::Output {
    // The level is one that was chosen: the operating system keeps its registers.
    match level {
        Level::Avx512 => {
            if let Some(vector) = V4::try_new() {
                return vector.vectorize(Inlined { work, vector });
            }
        }
        Level::Avx2 => {
            if let Some(vector) = V3::try_new() {
                return vector.vectorize(Inlined { work, vector });
            }
        }
        Level::Simd128 | Level::Baseline => {}
    }
    work.run(Plain)
}

/// Does the work with the registers of `level` among those that the program is compiled for.
#[cfg(any(
    all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
    all(target_arch = "wasm32", target_feature = "simd128"),
))]
#[inline]
pub(crate) fn dispatch<W: Work>(level: Level, work: W) -> W::Output {
    if level.is_wide()
        && let Some(vector) = V128::try_new()
    {
        return vector.vectorize(Inlined { work, vector });
    }
    work.run(Plain)
}

/// Does the work with the only instructions that there are.
#[cfg(not(any(
    all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")),
    all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
    all(target_arch = "wasm32", target_feature = "simd128"),
)))]
#[inline]
pub(crate) fn dispatch<W: Work>(_: Level, work: W) -> W::Output {
    work.run(Plain)
}
