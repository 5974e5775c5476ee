//! Computes the reference list on a bare machine and prints it over semihosting, a name and 16 hexadecimal digits a line.
//! The linker finds the machine's memory in `machines/NAME/memory.x`.
#![no_std]
#![no_main]

use tutee_reference::{
    Memory, Name, compute, compute_exact, compute_layers, compute_programs, compute_rules, compute_trainings,
};

#[cfg_attr(target_arch = "arm", cortex_m_rt::entry)]
#[cfg_attr(not(target_arch = "arm"), riscv_rt::entry)]
fn main() -> ! {
    if let Err(fault) = tutee_reference::environment() {
        semihosting::println!("{fault}");
    }
    let mut memory = Memory::ZERO;
    let print = |name: Name<'_>, digest: u64| semihosting::println!("{name} {digest:016x}");
    if cfg!(feature = "trainings") {
        compute_trainings(&mut memory, print);
    } else if cfg!(feature = "programs") {
        compute_programs(&mut memory, print);
    } else if cfg!(feature = "layers") {
        compute_layers(&mut memory, print);
    } else if cfg!(feature = "rules") {
        compute_rules(&mut memory, print);
    } else if cfg!(feature = "exact") {
        compute_exact(&mut memory, print);
    } else {
        compute(&mut memory, print);
    }
    semihosting::process::exit(0)
}
