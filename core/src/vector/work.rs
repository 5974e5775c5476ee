//! Work that is compiled for every kind of vector registers, and what such a kind is.

use super::lane::Lanes;
use super::words::Words;

/// Work that is compiled for every level.
pub trait Work {
    /// What comes of it.
    type Output;
    /// Does the work. Must be inlined, with all loops in it: `#[inline(always)]`.
    fn run<V: Vector>(self, vector: V) -> Self::Output;
}

/// A kind of vector registers.
pub trait Vector: Copy {
    /// Whether to take [`LANES`](super::lane::LANES) elements at a time; else one by one, which takes the least
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
    /// Does the work of one place in the program in a function of its own: compilers take much longer over one large
    /// function, and on small stacks its memory is free again afterwards.
    fn apart<R>(self, work: impl FnOnce(Self) -> R) -> R;
}
