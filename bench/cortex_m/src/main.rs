//! Counts the instructions of an exact step and of a sample of online training, here and in plain C, and prints them as
//! rows of a table. Before that it trains with both and compares what they have learned: that it is the same work.
//!
//! Leaves with status 1 if the two differ.
#![no_std]
#![no_main]

mod clock;
mod plain;
mod workspace;

use clock::Clock;
use semihosting::{println, process};
use static_cell::ConstStaticCell;
use workspace::Workspace;

static D8: ConstStaticCell<Workspace<2, 4, 8, 8>> = ConstStaticCell::new(Workspace::ZERO);
static D16: ConstStaticCell<Workspace<4, 8, 16, 16>> = ConstStaticCell::new(Workspace::ZERO);

#[cortex_m_rt::entry]
fn main() -> ! {
    let done = match Clock::take() {
        Some(mut clock) => compare(&mut clock),
        None => Err("there is no clock"),
    };
    match done {
        Ok(()) => process::exit(0),
        Err(error) => {
            println!("{error}");
            process::exit(1)
        }
    }
}

fn compare(clock: &mut Clock) -> Result<(), &'static str> {
    D8.take().compare(&plain::D8, clock)?;
    D16.take().compare(&plain::D16, clock)
}
