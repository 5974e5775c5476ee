//! A student is trained from pairs that come in, its attention by Adam.
#![no_std]
#![no_main]

tutee_budget_image::image!(tutee_budget_image::rules_session::session);
