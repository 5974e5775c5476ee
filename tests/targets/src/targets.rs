//! The list of targets: what runs where, and how.

use tutee::vector::Level;

/// One row of the matrix.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// How the program ran, for the table.
    pub(crate) how: &'static str,
    pub(crate) kind: Kind,
}

impl Target {
    /// Whether the two are one program, which is only told something else.
    pub(crate) fn is_built_as(&self, other: &Self) -> bool {
        match (self.kind, other.kind) {
            (Kind::Native { arguments, cpu, .. }, Kind::Native { arguments: others, cpu: another, .. }) => {
                arguments == others && cpu == another
            }
            _ => false,
        }
    }
}

/// How a program is built and run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// `src/bin/digests.rs` on this machine: with more arguments for cargo, compiled for `cpu`, and told to use no wider
    /// registers than those of `level`.
    Native { arguments: &'static [&'static str], cpu: Cpu, level: Level },
    /// `hosted` linked with a C program, under QEMU's user mode.
    Hosted { triple: &'static str, gcc: &'static str, emulator: &'static str, opt_level: &'static str },
    /// `runners/bare`, on an emulated machine whose memory is described in a folder of `runners/bare/machines`.
    /// The list comes from one program for each of `parts`, features of that crate, or from one alone if there are none.
    Bare {
        triple: &'static str,
        flags: &'static str,
        memory: &'static str,
        emulator: &'static [&'static str],
        parts: &'static [&'static str],
    },
    /// `hosted` as a WebAssembly module in Node.js.
    Wasm { flags: &'static str },
}

/// What a native program needs of the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cpu {
    Any,
    /// One with fused instructions, for which no target is compiled.
    Fma,
    V4,
}

impl Cpu {
    /// For messages and folders.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Any => "x86-64",
            Self::Fma => "x86-64-fma",
            Self::V4 => "x86-64-v4",
        }
    }

    /// What rustc is told; it compiles for any processor unless it is told otherwise.
    pub(crate) const fn flags(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Fma => "-Ctarget-feature=+fma",
            Self::V4 => "-Ctarget-cpu=x86-64-v4",
        }
    }

    /// Whether this machine has it.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn is_here(self) -> bool {
        let avx2 = || is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = || {
            is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512cd")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
        };
        match self {
            Self::Any => true,
            Self::Fma => is_x86_feature_detected!("fma"),
            Self::V4 => avx2() && avx512(),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn is_here(self) -> bool {
        false
    }
}

const fn native(name: &'static str, how: &'static str, arguments: &'static [&'static str], cpu: Cpu) -> Target {
    Target { name, how, kind: Kind::Native { arguments, cpu, level: Level::WIDEST } }
}

/// The first target with registers chosen at run time that are not the widest of this processor.
const fn limited(name: &'static str, level: Level) -> Target {
    let kind = Kind::Native { arguments: &["--release"], cpu: Cpu::Any, level };
    Target { name, how: "natively, release", kind }
}

const fn hosted(name: &'static str, triple: &'static str, gcc: &'static str, emulator: &'static str) -> Target {
    Target { name, how: "QEMU, user mode", kind: Kind::Hosted { triple, gcc, emulator, opt_level: "3" } }
}

const fn bare(
    name: &'static str,
    how: &'static str,
    triple: &'static str,
    flags: &'static str,
    memory: &'static str,
    emulator: &'static [&'static str],
) -> Target {
    Target { name, how, kind: Kind::Bare { triple, flags, memory, emulator, parts: &[] } }
}

const ARM: &str = "qemu-system-arm";
const RISCV: &str = "qemu-system-riscv32";

/// Every target.
pub(crate) const TARGETS: [Target; 22] = [
    native("x86-64", "natively, release", &["--release"], Cpu::Any),
    limited("x86-64, SSE2 alone", Level::Baseline),
    limited("x86-64, up to AVX2", Level::Avx2),
    native("x86-64-v4", "natively, release", &["--release"], Cpu::V4),
    native("x86-64, unoptimised", "natively, debug", &["--config=profile.dev.opt-level=0"], Cpu::Any),
    native("x86-64, smallest", "natively, `z`", &["--release", "--config=profile.release.opt-level='z'"], Cpu::Any),
    native("x86-64, LTO", "natively, fat LTO", &["--release", "--config=profile.release.lto='fat'"], Cpu::Any),
    hosted("i686, SSE2", "i686-unknown-linux-gnu", "i686-linux-gnu-gcc", "qemu-i386"),
    hosted("aarch64", "aarch64-unknown-linux-gnu", "aarch64-linux-gnu-gcc", "qemu-aarch64"),
    hosted("armv7, hard float", "armv7-unknown-linux-gnueabihf", "arm-linux-gnueabihf-gcc", "qemu-arm"),
    hosted("riscv64", "riscv64gc-unknown-linux-gnu", "riscv64-linux-gnu-gcc", "qemu-riscv64"),
    hosted("powerpc64le", "powerpc64le-unknown-linux-gnu", "powerpc64le-linux-gnu-gcc", "qemu-ppc64le"),
    // QEMU before 8.1 computes `mdebr`, the product of two f32 in f64, without widening its first operand. Optimised code
    // has that instruction in the recovery and comes out wrong there; unoptimised code never runs it.
    Target {
        name: "s390x, big-endian",
        how: "QEMU, user mode, debug",
        kind: Kind::Hosted {
            triple: "s390x-unknown-linux-gnu",
            gcc: "s390x-linux-gnu-gcc",
            emulator: "qemu-s390x",
            opt_level: "0",
        },
    },
    Target { name: "wasm32", how: "Node.js", kind: Kind::Wasm { flags: "" } },
    Target { name: "wasm32, SIMD", how: "Node.js", kind: Kind::Wasm { flags: "-Ctarget-feature=+simd128" } },
    // Its 256 KB do not hold the program of the whole list.
    Target {
        name: "Cortex-M0",
        how: "QEMU `microbit`, in five programs",
        kind: Kind::Bare {
            triple: "thumbv6m-none-eabi",
            flags: "",
            memory: "microbit",
            emulator: &[ARM, "-M", "microbit"],
            parts: &["trainings", "programs", "layers", "rules", "exact"],
        },
    },
    bare("Cortex-M3", "QEMU `mps2-an385`", "thumbv7m-none-eabi", "", "mps2", &[ARM, "-M", "mps2-an385"]),
    bare("Cortex-M4F", "QEMU `mps2-an386`", "thumbv7em-none-eabihf", "", "mps2", &[ARM, "-M", "mps2-an386"]),
    // Alone among these its f64 is in hardware.
    bare(
        "Cortex-M7",
        "QEMU `mps2-an500`",
        "thumbv7em-none-eabihf",
        "-Ctarget-cpu=cortex-m7",
        "mps2",
        &[ARM, "-M", "mps2-an500"],
    ),
    bare("Cortex-M33", "QEMU `mps2-an505`", "thumbv8m.main-none-eabihf", "", "mps2-secure", &[ARM, "-M", "mps2-an505"]),
    bare(
        "RV32IMAC",
        "QEMU `virt`",
        "riscv32imac-unknown-none-elf",
        "",
        "virt",
        &[RISCV, "-M", "virt", "-bios", "none"],
    ),
    bare(
        "RV32IMAFC",
        "QEMU `virt`",
        "riscv32imafc-unknown-none-elf",
        "",
        "virt",
        &[RISCV, "-M", "virt", "-bios", "none"],
    ),
];

/// A target without IEEE arithmetic, for which the library must not compile.
pub(crate) const REFUSED: &str = "i586-unknown-linux-gnu";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The name by which rustc knows the target, where it is not this machine's.
    fn triple(target: &Target) -> Option<&'static str> {
        match target.kind {
            Kind::Native { .. } => None,
            Kind::Hosted { triple, .. } | Kind::Bare { triple, .. } => Some(triple),
            Kind::Wasm { .. } => Some("wasm32-unknown-unknown"),
        }
    }

    /// A processor that cannot compare and swap, on which the firmware alone runs.
    const FIRMWARE: &str = "riscv32imc-unknown-none-elf";

    /// A convention of calls for which packages have a library (`ffi/chips/list`), and which runs what Cortex-M4F does.
    const PACKAGED: &str = "thumbv7em-none-eabi";

    #[test]
    fn names_are_unique_and_rust_is_installed_for_exactly_these() {
        assert_eq!(TARGETS.iter().map(|target| target.name).collect::<BTreeSet<_>>().len(), TARGETS.len());
        let installed: BTreeSet<_> = include_str!("../triples").lines().filter(|line| !line.starts_with('#')).collect();
        let needed = TARGETS.iter().filter_map(triple).chain([REFUSED, FIRMWARE, PACKAGED]).collect::<BTreeSet<_>>();
        assert_eq!(installed, needed);
    }
}
