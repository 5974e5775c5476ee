//! A whole layer is trained from pairs that come in.
#![no_std]
#![no_main]

tutee_budget_image::image!(tutee_budget_image::layer_session::session);
