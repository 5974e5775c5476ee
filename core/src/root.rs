//! The square roots of `libm`, except where it does not know of the processor's instruction. All round correctly.

pub(crate) use libm::sqrt;
#[cfg(not(all(target_arch = "arm", target_abi = "eabihf", target_os = "none")))]
pub(crate) use libm::sqrtf;
#[cfg(all(target_arch = "arm", target_abi = "eabihf", target_os = "none"))]
pub(crate) use tutee_vfp::sqrtf;
