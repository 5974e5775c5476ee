//! The least that firmware does with an error: one call that may be refused, and its reason told.
#![no_std]
#![no_main]

use core::hint::black_box;

use semihosting::process;
use tutee::Shape;
use tutee_defmt_image::{start, tell};

#[cortex_m_rt::entry]
fn main() -> ! {
    start();
    if let Err(error) = Shape::new(black_box(2), 4, black_box(0), 8) {
        tell(error);
    }
    process::exit(0)
}
