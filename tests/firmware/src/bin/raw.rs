//! A recorded series on the chip, as the 12-bit counts of a converter: three years of weather are learned by default settings from what
//! four meters say of them, and the fourth year tells how well. Says what is left of the answers' variance there and what was
//! found inside the device, and what standardiser and rates from the data cost in bytes and instructions, beside the plain
//! steps of a student whose numbers a person has centred and scaled, and whose rates a person has chosen. Fails when more is left than a
//! thousandth, when a link is not found, or when a sample costs more than its bound.
#![no_std]
#![no_main]

// Brings what `take` needs on a Cortex-M0.
#[cfg(target_arch = "arm")]
use cortex_m as _;
use semihosting::{println, process};
use static_cell::ConstStaticCell;
use tutee_firmware::weather::{Memory, OBSERVED, SAMPLES, SAMPLES_BY_HAND};

#[path = "../machine/mod.rs"]
mod machine;

use machine::Machine;

/// Of the answers' variance, after training.
const LEFT: f32 = 1e-3;
/// The most instructions of a sample, with single precision in hardware; without, so many samples take too long to wait for.
const BOUND: u64 = if cfg!(target_arch = "arm") { 12_000 } else { 16_000 };

static MEMORY: ConstStaticCell<Memory> = ConstStaticCell::new(Memory::ZERO);

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let mut machine = Machine::take();
    let memory = MEMORY.take();
    let (plain, plain_cost) = machine.measure(|| memory.by_hand());
    let (looked, look_cost) = machine.measure(|| memory.observe());
    let (raw, raw_cost) = machine.measure(|| memory.from_counts());
    let (Ok(plain), Ok(()), Ok(raw), Ok(means)) = (plain, looked, raw, memory.from_means()) else {
        println!("refused");
        process::exit(1)
    };
    let [by_hand, beside] = Memory::BYTES;
    let sample = raw_cost.instructions / SAMPLES;
    println!("by hand: digest {plain:016x}");
    println!(
        "| {by_hand} bytes; {} instructions a sample, {} of stack",
        plain_cost.instructions / SAMPLES_BY_HAND,
        plain_cost.stack
    );
    println!("raw counts: {raw}");
    println!("| {beside} bytes more; {sample} instructions a sample, {} of stack", raw_cost.stack);
    println!("| {} instructions a pair that is looked at", look_cost.instructions / OBSERVED as u64);
    println!("by the mean of all eight days: left of the fourth year's variance {means:.3}");
    println!(
        "| deepest stack: {} bytes; searched: {}; all statics: {}",
        machine.deepest_stack(),
        machine::capacity(),
        machine::static_memory()
    );
    process::exit(if raw.left < LEFT && raw.found_all() && sample <= BOUND { 0 } else { 1 })
}
