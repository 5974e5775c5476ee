//! Tells the linker about the machine: where its memory is, and that the runtime crate lays out the image.
//!
//! Each target has machines that QEMU has. For a board of your own, add a folder with its `memory.x` and a line with the clock
//! that its SysTick counts. Of several machines of one target the first is taken, or the one that the environment names:
//! `MACHINE=board cargo run --release`.

use std::env;
use std::path::Path;

/// Name, target, folder of `machines`, hertz of the SysTick (RISC-V counts instructions without one).
const MACHINES: [(&str, &str, &str, u32); 8] = [
    ("microbit", "thumbv6m-none-eabi", "microbit", 16_000_000),
    ("mps2-an385", "thumbv7m-none-eabi", "mps2", 25_000_000),
    ("mps2-an386", "thumbv7em-none-eabihf", "mps2", 25_000_000),
    ("mps2-an500", "thumbv7em-none-eabihf", "mps2", 25_000_000),
    ("mps2-an505", "thumbv8m.main-none-eabihf", "mps2-secure", 20_000_000),
    ("virt", "riscv32imc-unknown-none-elf", "virt", 0),
    ("virt", "riscv32imac-unknown-none-elf", "virt", 0),
    ("virt", "riscv32imafc-unknown-none-elf", "virt", 0),
];

/// The machine that is built for, or in one sentence what is missing.
fn machine(target: &str, wanted: Option<&str>) -> Result<(&'static str, u32), String> {
    let of_target = || MACHINES.iter().filter(|(_, of, ..)| *of == target);
    let listed = |names: Vec<&str>| names.join(", ");
    if of_target().next().is_none() {
        let mut targets: Vec<_> = MACHINES.iter().map(|(_, target, ..)| *target).collect();
        targets.dedup();
        return Err(format!(
            "no machine of target {target}: add a line for it to MACHINES in build.rs, and a folder of machines with its \
             memory.x; there are lines for {}",
            listed(targets)
        ));
    }
    match of_target().find(|(name, ..)| wanted.is_none_or(|wanted| *name == wanted)) {
        Some((_, _, folder, hertz)) => Ok((folder, *hertz)),
        None => Err(format!(
            "no machine {} of target {target} in MACHINES of build.rs, which has {}",
            wanted.unwrap_or_default(),
            listed(of_target().map(|(name, ..)| *name).collect())
        )),
    }
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=MACHINE");
    println!("cargo::rustc-check-cfg=cfg(float_unit)");
    // The library and its example are built for the workstation, too.
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("none") {
        return;
    }
    let target = env::var("TARGET").unwrap_or_default();
    let (folder, hertz) = match machine(&target, env::var("MACHINE").ok().as_deref()) {
        Ok(found) => found,
        Err(missing) => {
            println!("cargo::error={missing}");
            return;
        }
    };
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
