//! Vector registers: which the processor has, and code compiled for each kind of them.
//!
//! Loops are written once, without a word about vectors, and inlined into a function that is compiled for each [`Level`].
//! The order of every sum is fixed by the source, so all levels give the same bits; they differ in speed alone. On x86-64
//! the level is chosen at run time; on other processors it is the widest that the program is compiled for.

#[cfg(all(target_arch = "x86", not(target_feature = "sse2")))]
compile_error!("x87 arithmetic rounds twice and cannot give the same bits; build for a CPU with SSE2");

pub(crate) mod dispatch;
pub mod lane;
pub(crate) mod level;
pub(crate) mod plain;
#[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
mod processor;
#[cfg(any(
    all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")),
    all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
    all(target_arch = "wasm32", target_feature = "simd128"),
))]
mod registers;
pub(crate) mod root;
#[cfg(any(
    all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
    all(target_arch = "wasm32", target_feature = "simd128"),
))]
mod simd128;
pub mod words;
pub(crate) mod work;
#[cfg(all(target_arch = "x86_64", not(target_os = "none"), not(target_os = "uefi")))]
mod x86;

pub(crate) use dispatch::dispatch;
pub use level::Level;
pub use plain::Plain;
pub use work::{Vector, Work};

/// Bytes of a line of the cache on most processors with wide registers. Students and working memory that begin with one make
/// exact steps some 5 % faster there; nothing else depends on it.
pub const LINE: usize = 64;

/// Takes no memory; what has one begins with a line of the cache, where [`LINE`] says that it is of use.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(target_arch = "x86_64", repr(align(64)))]
pub(crate) struct Line;

/// Samples that types which know their sizes hold side by side for wide registers: none where there are no such registers.
pub(crate) const SIDE_BY_SIDE: usize = if MAY_BE_WIDE { 4 } else { 0 };

/// Whether a program for this target may find registers wider than those of [`Level::Baseline`]. Where it never does, nothing
/// is compiled of what they would need.
pub const MAY_BE_WIDE: bool = cfg!(any(
    target_arch = "x86_64",
    all(target_arch = "aarch64", target_feature = "neon", target_endian = "little"),
    all(target_arch = "wasm32", target_feature = "simd128"),
));

/// Whether the processor has no unit for numbers of so many bits, as far as a program can know before it runs: functions do
/// their arithmetic then, beside which a loop costs nothing, and code is what is scarce. Microcontrollers with double precision
/// in hardware are taken for ones without, for nothing tells them apart.
pub(crate) const fn by_functions(bits: u32) -> bool {
    let microcontroller = cfg!(all(target_os = "none", any(target_arch = "arm", target_arch = "riscv32")));
    // The registers that a floating-point unit of RISC-V is set by; whether it has one is not told.
    let single = cfg!(any(target_abi = "eabihf", target_feature = "zicsr"));
    microcontroller && (bits == 64 || !single)
}
