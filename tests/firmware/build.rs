//! Tells the linker about the machine: where its memory is, and that the runtime crate lays out the image.
//!
//! The target chooses a machine that QEMU has. For a board of your own, add a folder with its
//! `memory.x` and a line with the clock that its SysTick counts.

use std::env;
use std::path::Path;

/// Target, folder of `machines`, hertz of the SysTick (RISC-V counts instructions without one).
const MACHINES: [(&str, &str, u32); 7] = [
    ("thumbv6m-none-eabi", "microbit", 16_000_000),
    ("thumbv7m-none-eabi", "mps2", 25_000_000),
    ("thumbv7em-none-eabihf", "mps2", 25_000_000),
    ("thumbv8m.main-none-eabihf", "mps2-secure", 20_000_000),
    ("riscv32imc-unknown-none-elf", "virt", 0),
    ("riscv32imac-unknown-none-elf", "virt", 0),
    ("riscv32imafc-unknown-none-elf", "virt", 0),
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(float_unit)");
    let target = env::var("TARGET").unwrap_or_default();
    // The library and its example are built for the workstation, too.
    let Some((_, folder, hertz)) = MACHINES.iter().find(|(name, ..)| *name == target) else { return };
    let memory = Path::new("machines").join(folder);
    println!("cargo::rerun-if-changed={}", memory.display());
    println!("cargo::rustc-link-search={}", env::current_dir().unwrap_or_default().join(&memory).display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    println!("cargo::rustc-env=SYSTICK_HERTZ={hertz}");
    // Rust does not tell a program whether a RISC-V has the extension F.
    if target.ends_with("hf") || target.starts_with("riscv32imaf") {
        println!("cargo::rustc-cfg=float_unit");
    }
}
