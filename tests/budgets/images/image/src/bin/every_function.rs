//! Everything that the library has for Rust, in both precisions.
#![no_std]
#![no_main]

tutee_budget_image::image!(tutee_budget_image::every_function::all);
