//! Indexes a slice.
#![no_std]
#![no_main]

use core::hint::black_box;

tutee_budget_image::image!(|| tutee_budget_faulted::training_then(|| tutee_budget_faults::index(black_box(2))));
