//! A student is trained from pairs that a teacher answers, and predicts: the smallest useful program.
#![no_std]
#![no_main]

tutee_budget_image::image!(tutee_budget_image::session::session::<true, true, true>);
