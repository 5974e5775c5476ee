//! What the image trains, apart from the machine it trains on: no interrupt, no register, no output.
//!
//! `main.rs` runs it on a microcontroller, `examples/host.rs` on a workstation; both must arrive at the same bits.
#![no_std]
#![forbid(unsafe_code)]

pub mod lesson;
pub mod report;
pub mod tasks;
pub mod train;
pub mod weather;
