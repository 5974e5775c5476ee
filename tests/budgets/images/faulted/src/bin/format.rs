//! Writes a number as text.
#![no_std]
#![no_main]

use core::hint::black_box;

tutee_budget_image::image!(|| tutee_budget_faulted::training_then(|| tutee_budget_faults::format(black_box(2))));
