//! Vector registers: which the processor has, and code compiled for each kind of them.
//!
//! Loops are written once, without a word about vectors, and inlined into a function that is compiled for each [`Level`].
//! The order of every sum is fixed by the source, so all levels give the same bits; they differ in speed alone. On x86-64
//! the level is chosen at run time; on other processors it is the one that the program is compiled for.

pub mod lane;
mod level;
#[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
mod processor;
pub mod words;
#[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
mod x86;

pub use level::Level;

use lane::{Array, Lanes};
use words::{WORDS, Words};

/// Bytes of a line of the cache on most processors with wide registers. Students and working memory that begin with one make
/// exact steps some 5 % faster there; nothing else depends on it.
pub const LINE: usize = 64;

/// Work that is compiled for every level.
pub trait Work {
    /// What comes of it.
    type Output;
    /// Does the work. Must be inlined, with all loops in it: `#[inline(always)]`.
    fn run<V: Vector>(self, vector: V) -> Self::Output;
}

/// A kind of vector registers.
pub trait Vector: Copy {
    /// Whether to take [`LANES`](crate::kernel::reduce::LANES) elements at a time; else one by one, which takes the least
    /// code and is fastest where there are no registers for more.
    const WIDE: bool;
    /// How many registers there are.
    const REGISTERS: usize;
    /// Registers full of `f32`.
    type F32: Lanes<f32, Self>;
    /// Registers full of `f64`.
    type F64: Lanes<f64, Self>;
    /// Registers full of 64-bit integers.
    type U64: Words<Self>;
    /// Does the work in a function of its own, compiled for this kind of registers.
    fn outline<W: Work>(self, work: W) -> W::Output;
    /// The same for one place in the program: compilers take much longer over one large function, and on small stacks its
    /// memory is free again afterwards.
    fn apart<R>(self, work: impl FnOnce(Self) -> R) -> R;
}

/// No registers beyond those that the compiler finds a use for.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl Vector for Plain {
    const WIDE: bool = false;
    const REGISTERS: usize = 0;
    type F32 = Array<f32>;
    type F64 = Array<f64>;
    type U64 = [u64; WORDS];
    #[inline(never)]
    fn outline<W: Work>(self, work: W) -> W::Output {
        work.run(self)
    }
    #[inline(never)]
    fn apart<R>(self, work: impl FnOnce(Self) -> R) -> R {
        work(self)
    }
}

/// Does the work with the instructions of `level`, or with fewer where the processor lacks them.
#[inline]
pub(crate) fn dispatch<W: Work>(level: Level, work: W) -> W::Output {
    #[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
    return x86::dispatch(level, work);
    #[cfg(not(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi"))))]
    {
        let _ = level;
        work.run(Plain)
    }
}
