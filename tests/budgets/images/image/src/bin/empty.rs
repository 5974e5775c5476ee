//! The frame of a program, without the library.
#![no_std]
#![no_main]

tutee_budget_image::image!(tutee_budget_image::session::session::<false, false, false>);
