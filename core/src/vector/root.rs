//! The square roots of `libm`, except where it does not know of the processor's instruction, and in Miri, which runs no
//! assembly. All round correctly.

#[cfg(miri)]
pub(crate) use crate::elementary::sqrt::{sqrt_f32 as sqrtf, sqrt_f64 as sqrt};
#[cfg(not(miri))]
pub(crate) use libm::sqrt;
#[cfg(not(any(miri, all(target_arch = "arm", target_abi = "eabihf", target_os = "none"))))]
pub(crate) use libm::sqrtf;
#[cfg(all(target_arch = "arm", target_abi = "eabihf", target_os = "none"))]
pub(crate) use tutee_vfp::sqrtf;
