//! A student is trained along the exact gradient by Polyak's steps, its value matrix solved for.
#![no_std]
#![no_main]

tutee_budget_image::image!(tutee_budget_image::exact_rules_session::session);
