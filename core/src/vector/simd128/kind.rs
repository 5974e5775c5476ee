//! The registers that a program is compiled for, and how many there are.

#[cfg(target_arch = "aarch64")]
pub use super::neon::V128;
#[cfg(target_arch = "wasm32")]
pub use super::wasm::V128;

#[cfg(target_arch = "aarch64")]
pub(super) use super::neon::COUNT;
#[cfg(target_arch = "wasm32")]
pub(super) use super::wasm::COUNT;
