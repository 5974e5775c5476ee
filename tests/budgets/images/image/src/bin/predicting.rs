//! A student is trained from pairs that come in, and predicts.
#![no_std]
#![no_main]

tutee_budget_image::image!(tutee_budget_image::session::session::<false, true, true>);
