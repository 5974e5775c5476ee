//! The C ABI of Tutee: what stands in `include/tutee.h`, and all unsafe code of the project.
//!
//! From the outside in:
//!
//! ```text
//! f64/, common.rs             the exported functions, thin
//! generated/f32/              those of f64/ for float, by tutee-generate
//! api/                        what they do, written once for both precisions
//! settings.rs                 numbers and structs of C  <->  settings of the core; layer_settings.rs those of a layer
//! object.rs                   teacher, student, sampler and whitener in the memory of the caller; layer_object.rs a whole layer,
//!                             raw_object.rs a student of raw readings
//! memory.rs                   pointers: NULL, alignment, length, overlap
//! environment.rs              flush-to-zero and rounding modes
//! status.rs, types.rs         what crosses the boundary; layer_types.rs for a layer, raw_types.rs for raw readings,
//!                             curve_types.rs for verdicts
//! ```
//!
//! Nothing here can panic, so nothing unwinds into C; nothing allocates, keeps a global or does I/O.
#![no_std]
#![deny(missing_docs)]
// The Rust names are the C names.
#![allow(non_camel_case_types)]
// What a C program must promise stands once, in the introduction of the header, and each function's documentation is
// the header's.
#![allow(clippy::missing_safety_doc)]

#[cfg(test)]
extern crate std;

mod api;
mod curve_types;
#[cfg(all(target_arch = "arm", target_os = "linux"))]
mod division;
mod environment;
mod layer_object;
mod layer_settings;
mod layer_types;
mod memory;
mod object;
mod raw_object;
mod raw_types;
mod settings;
mod status;
mod types;

mod common;
// In the order of the header, after the original its copy.
mod f64;

mod generated {
    pub mod f32;
}

pub use common::*;
pub use f64::*;

pub use generated::f32::*;

pub use curve_types::*;
pub use layer_types::*;
pub use raw_types::*;
pub use status::tutee_status;
pub use types::*;
