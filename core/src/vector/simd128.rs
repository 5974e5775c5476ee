//! Registers of 128 bits that a program is compiled for: NEON on 64-bit ARM, SIMD in WebAssembly. What the two call
//! differently is in a file for each.

mod columns;
mod fold;
mod kind;
mod lanes;
mod masks;
#[cfg(target_arch = "aarch64")]
mod neon;
mod operations;
#[cfg(target_arch = "wasm32")]
mod wasm;
mod words;

pub use self::kind::V128;
use self::lanes::{F32V128, F64V128};
use self::words::U64V128;
use super::work::{Vector, Work};

impl Vector for V128 {
    const WIDE: bool = true;
    const REGISTERS: usize = kind::COUNT;
    type F32 = F32V128;
    type F64 = F64V128;
    type U64 = U64V128;
    #[inline(never)]
    fn outline<W: Work>(self, work: W) -> W::Output {
        work.run(self)
    }
    #[inline(never)]
    fn apart<R>(self, work: impl FnOnce(Self) -> R) -> R {
        work(self)
    }
}
