//! The bare processors.

/// A processor, and the machine with it that QEMU emulates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    pub(crate) name: &'static str,
    pub(crate) triple: &'static str,
    /// What rustc is told beside the triple.
    pub(crate) flags: &'static str,
    /// The linker's script in `tests/firmware_c`.
    pub(crate) memory: &'static str,
    pub(crate) emulator: &'static [&'static str],
}

impl Machine {
    /// How Debian's binutils for it are called.
    pub(crate) fn tools(&self) -> &'static str {
        if self.triple.starts_with("thumb") { "arm-none-eabi-" } else { "riscv64-unknown-elf-" }
    }
}

const fn arm(
    name: &'static str,
    triple: &'static str,
    flags: &'static str,
    memory: &'static str,
    emulator: &'static [&'static str],
) -> Machine {
    Machine { name, triple, flags, memory, emulator }
}

const fn riscv(name: &'static str, triple: &'static str) -> Machine {
    let emulator = &["qemu-system-riscv32", "-M", "virt", "-bios", "none"];
    Machine { name, triple, flags: "", memory: "virt.ld", emulator }
}

const ARM: &str = "qemu-system-arm";

/// Every processor.
pub(crate) const MACHINES: [Machine; 7] = [
    arm("Cortex-M0", "thumbv6m-none-eabi", "", "microbit.ld", &[ARM, "-M", "microbit"]),
    arm("Cortex-M3", "thumbv7m-none-eabi", "", "mps2.ld", &[ARM, "-M", "mps2-an385"]),
    arm("Cortex-M4F", "thumbv7em-none-eabihf", "", "mps2.ld", &[ARM, "-M", "mps2-an386"]),
    // Alone among these its f64 is in hardware.
    arm("Cortex-M7", "thumbv7em-none-eabihf", "-Ctarget-cpu=cortex-m7", "mps2.ld", &[ARM, "-M", "mps2-an500"]),
    arm("Cortex-M33", "thumbv8m.main-none-eabihf", "", "mps2-secure.ld", &[ARM, "-M", "mps2-an505"]),
    riscv("RV32IMAC", "riscv32imac-unknown-none-elf"),
    riscv("RV32IMAFC", "riscv32imafc-unknown-none-elf"),
];
