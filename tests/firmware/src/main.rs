//! Trains on the chip: six teachers, from the exact gradient and from fresh samples, in single and in double precision.
//! Prints over semihosting what was recovered and what it cost. Leaves with status 0, or 1 if anything is missing.
#![no_std]
#![no_main]

mod machine;

use machine::Machine;
use semihosting::{println, process};
use static_cell::ConstStaticCell;
use tutee::Scalar;
use tutee_firmware::lesson::{SHOWN, lessons};
use tutee_firmware::report::{HEAD, Line};
use tutee_firmware::train::Classroom;

// Students, teachers and working memory. The linker places them; nothing large ever passes through the stack.
static SINGLE: ConstStaticCell<Classroom<f32>> = ConstStaticCell::new(Classroom::ZERO);
static DOUBLE: ConstStaticCell<Classroom<f64>> = ConstStaticCell::new(Classroom::ZERO);

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(target_arch = "riscv32", riscv_rt::entry)]
fn main() -> ! {
    let mut machine = Machine::take();
    let (single, double) = (SINGLE.take(), DOUBLE.take());

    println!("{HEAD} | instructions  stack");
    let mut failed = teach(single, &mut machine) + teach(double, &mut machine);

    let outcome = single.train(SHOWN);
    println!("\n{}\n{}", Line::<f32>::new(SHOWN, &outcome), single.findings());

    let (deepest, capacity) = (machine.deepest_stack(), machine::capacity());
    println!(
        "| f32: {} bytes, f64: {} bytes, all statics: {} bytes",
        size_of_val(single),
        size_of_val(double),
        machine::static_memory()
    );
    println!("| deepest stack: {deepest} bytes; searched: {capacity}");
    failed += u32::from(deepest >= capacity);
    process::exit(i32::from(failed > 0))
}

/// Trains a student of every task in both modes and prints a line for each; gives the number of those that failed.
fn teach<T: Scalar>(room: &mut Classroom<T>, machine: &mut Machine) -> u32 {
    let mut failed = 0;
    for lesson in lessons() {
        let (outcome, cost) = machine.measure(|| room.train(lesson));
        let line = Line::<T>::new(lesson, &outcome);
        println!("{line} | {:>12} {:>6}", cost.instructions, cost.stack);
        failed += u32::from(!line.passed());
    }
    failed
}
