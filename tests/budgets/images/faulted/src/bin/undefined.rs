//! Calls a function that nobody has.
#![no_std]
#![no_main]

tutee_budget_image::image!(|| tutee_budget_faulted::training_then(tutee_budget_faults::undefined));
