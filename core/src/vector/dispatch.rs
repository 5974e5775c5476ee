//! From a level to code that is compiled for it.

#[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
use pulp::x86::{V3, V4};

use super::level::Level;
use super::plain::Plain;
use super::work::Work;
#[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
use super::x86::Inlined;

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
        Level::Baseline => {}
    }
    work.run(Plain)
}

/// Does the work with the only instructions that there are.
#[cfg(not(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi"))))]
#[inline]
pub(crate) fn dispatch<W: Work>(_: Level, work: W) -> W::Output {
    work.run(Plain)
}
