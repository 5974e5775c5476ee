//! The square root on 32-bit ARM processors with a floating-point unit, without an operating system.
//!
//! Rust offers no square root without its standard library, and there is no standard library for these targets; a
//! square root in Rust takes some fifty integer operations where the processor has one instruction. The compiler does put
//! that instruction in place of C's `sqrtf`, which it knows by its name, and leaves the call to the numbers whose root is
//! NaN. `sqrtf` itself is among the functions that come with the compiler; all of them round correctly, so there is
//! but one result, from whatever computes it.
//!
//! A crate of its own because a declaration of a C function is unsafe code, of which `tutee` has none: that this one is
//! safe to call is for whoever reads it to see.
#![no_std]

#[cfg(all(target_arch = "arm", target_abi = "eabihf", target_os = "none"))]
unsafe extern "C" {
    /// The square root, correctly rounded; NaN below zero.
    pub safe fn sqrtf(x: f32) -> f32;
}
