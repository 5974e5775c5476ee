//! Builds images and libraries, links, runs, and asks the tools about them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::machines::Machine;
use crate::stack::Program;
use crate::symbols::{Kind, findings};

/// Seconds after which a program is stopped; the slowest takes ten.
const PATIENCE: &str = "300";

/// A checkout, and folders for what is built from it.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    /// The one in which everybody's `cargo build --release` builds.
    pub(crate) target: PathBuf,
    /// One for what no other program builds.
    pub(crate) build: PathBuf,
}

/// What a program said when it had run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Bytes of stack that were found changed.
    pub(crate) stack: u32,
    /// What came out.
    pub(crate) number: u32,
}

/// Bytes of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// Code and constants.
    pub(crate) text: u32,
    /// Variables.
    pub(crate) ram: u32,
}

impl Project {
    /// Builds programs of `images/image` and gives the folder that they are in.
    pub(crate) fn images(&self, machine: &Machine, profile: &str, programs: &[&str]) -> Result<PathBuf, String> {
        self.programs(machine, "tutee-budget-image", profile, programs)
    }

    /// Builds the program of `images/faulted` with this fault.
    pub(crate) fn faulted(&self, machine: &Machine, fault: &str) -> Result<PathBuf, String> {
        Ok(self.programs(machine, "tutee-budget-faulted", "small", &[fault])?.join(fault))
    }

    fn programs(&self, machine: &Machine, package: &str, profile: &str, programs: &[&str]) -> Result<PathBuf, String> {
        // The large program needs more variables than the smallest board has memory, and is not run there.
        let memory = if programs.contains(&"every_function") && machine.memory == "microbit.ld" {
            "mps2.ld"
        } else {
            machine.memory
        };
        let mut cargo = self.cargo_for(machine, "tests/budgets/images", &self.flags(machine, memory));
        cargo.args(["--package", package, "--profile", profile]);
        for program in programs {
            cargo.args(["--bin", program]);
        }
        output(&mut cargo)?;
        Ok(self.built(machine).join(profile))
    }

    /// What rustc is told of programs for a machine, with this memory.
    fn flags(&self, machine: &Machine, memory: &str) -> String {
        let scripts = self.root.join("tests/firmware_c");
        format!("-Clink-arg=-L{} -Clink-arg=-T{memory} {}", scripts.display(), machine.flags)
    }

    /// Builds a static library: of `tutee-ffi`, or the faulty one beside the images.
    pub(crate) fn library(&self, machine: &Machine, optimised: &str, faulty: bool) -> Result<PathBuf, String> {
        let (folder, package, file) = if faulty {
            ("tests/budgets/images", "tutee-budget-faulty", "libtutee_budget_faulty.a")
        } else {
            (".", "tutee-ffi", "libtutee.a")
        };
        // Flags of the programs beside the faulty library, which change nothing in it: what it shares with them is built once.
        let flags = if faulty { self.flags(machine, machine.memory) } else { machine.flags.to_owned() };
        let mut cargo = self.cargo_for(machine, folder, &flags);
        // What `tests/firmware_c/run` builds, too, is built once.
        let shared = optimised == "release" && !faulty && machine.flags.is_empty();
        let build = if shared { self.target.clone() } else { self.build.join(machine.name) };
        cargo.env("CARGO_TARGET_DIR", &build).args(["--package", package, "--profile", optimised]);
        if optimised != "release" && !faulty {
            for setting in ["inherits='release'", "lto='fat'", "opt-level='s'"] {
                cargo.arg(format!("--config=profile.{optimised}.{setting}"));
            }
        }
        output(&mut cargo)?;
        Ok(build.join(machine.triple).join(optimised).join(file))
    }

    /// Links a library into an image of its own that keeps the functions of these names and what they need. An error that
    /// names a symbol is that of the linker.
    pub(crate) fn link(&self, machine: &Machine, library: &Path, keep: &[&str]) -> Result<PathBuf, String> {
        let image = library.with_extension("elf");
        let sysroot = text(&output(Command::new("rustc").args(["--print", "sysroot"]))?);
        let host = text(&output(Command::new("rustc").arg("-vV"))?);
        let host = host.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let linker = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin/rust-lld");
        let mut command = Command::new(linker);
        // Any machine's memory will do, for nothing is run; the largest holds every library.
        let memory = if machine.triple.starts_with("thumb") { "mps2.ld" } else { "virt.ld" };
        command.args(["-flavor", "gnu", "--gc-sections", "--fatal-warnings", "-e", "tutee_abi_version"]);
        command.arg("-L").arg(self.root.join("tests/firmware_c")).args(["-T", memory]);
        for name in keep {
            command.args(["-u", name]);
        }
        output(command.arg(library).arg("-o").arg(&image))?;
        Ok(image)
    }

    /// Runs an image on the machine.
    pub(crate) fn run(&self, machine: &Machine, image: &Path) -> Result<Said, String> {
        let (emulator, arguments) = machine.emulator.split_first().ok_or("no emulator is given")?;
        let mut command = Command::new("timeout");
        command.args([PATIENCE, emulator]).args(arguments).args(["-nographic", "-semihosting-config"]);
        command.args(["enable=on,target=native", "-kernel"]).arg(image);
        let found = output(&mut command)?;
        // QEMU's console is the error stream.
        let said = text(&found) + &String::from_utf8_lossy(&found.stderr);
        let number = |what: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(what));
            line.and_then(|digits| u32::from_str_radix(digits.trim(), 16).ok())
        };
        let found = number("stack ").zip(number("number ")).map(|(stack, number)| Said { stack, number });
        found.ok_or_else(|| format!("{}: says {said:?}", image.display()))
    }

    /// Bytes of an image.
    pub(crate) fn sizes(&self, machine: &Machine, image: &Path) -> Result<Sizes, String> {
        let listed = self.ask(machine, "size", &["-A"], image)?;
        let bytes = |section: &str| {
            let row = listed.lines().find(|line| line.split_whitespace().next() == Some(section));
            row.and_then(|line| line.split_whitespace().nth(1)?.parse::<u32>().ok()).unwrap_or(0)
        };
        // What variables start from is in both memories.
        Ok(Sizes { text: bytes(".text") + bytes(".data"), ram: bytes(".data") + bytes(".bss") })
    }

    /// What has no place in an image.
    pub(crate) fn search(&self, machine: &Machine, image: &Path) -> Result<Vec<(Kind, String)>, String> {
        let symbols = self.ask(machine, "nm", &["-C"], image)?;
        if symbols.lines().count() < 20 {
            return Err(format!("{}: has hardly a symbol to search", image.display()));
        }
        Ok(findings(&symbols))
    }

    /// The functions of an image.
    pub(crate) fn program(&self, machine: &Machine, image: &Path) -> Result<Program, String> {
        Ok(Program::read(&self.ask(machine, "objdump", &["-d", "-C"], image)?))
    }

    /// The compiler that made an image, as it says there.
    pub(crate) fn compiler(&self, machine: &Machine, image: &Path) -> Result<String, String> {
        let comments = self.ask(machine, "readelf", &["-p", ".comment"], image)?;
        let line = comments.lines().find_map(|line| line.split_once("rustc version ").map(|(_, version)| version));
        let version = line.and_then(|version| version.split_whitespace().next());
        version.map(ToOwned::to_owned).ok_or_else(|| format!("{}: names no compiler", image.display()))
    }

    fn ask(&self, machine: &Machine, tool: &str, arguments: &[&str], image: &Path) -> Result<String, String> {
        output(Command::new(format!("{}{tool}", machine.tools())).args(arguments).arg(image)).map(|found| text(&found))
    }

    fn cargo_for(&self, machine: &Machine, folder: &str, flags: &str) -> Command {
        let mut cargo = Command::new(self.root.join("tests/targets/cargo-for"));
        cargo.args([machine.triple, "build", "--quiet", "--locked"]).current_dir(self.root.join(folder));
        cargo.env("CARGO_TARGET_DIR", self.build.join(machine.name));
        cargo.env("RUSTFLAGS", flags).env_remove("CARGO_ENCODED_RUSTFLAGS");
        cargo
    }

    fn built(&self, machine: &Machine) -> PathBuf {
        self.build.join(machine.name).join(machine.triple)
    }
}

fn text(found: &Output) -> String {
    String::from_utf8_lossy(&found.stdout).into_owned()
}

/// What a command printed; an error is its name and the end of what it had to say.
fn output(command: &mut Command) -> Result<Output, String> {
    let name = Path::new(command.get_program()).file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
    let found = command.output().map_err(|error| format!("{name}: {error}"))?;
    if found.status.success() {
        return Ok(found);
    }
    let said = [found.stdout.as_slice(), found.stderr.as_slice()].concat();
    let said = String::from_utf8_lossy(&said);
    let from = said.lines().count().saturating_sub(30);
    Err(format!("{name}: {}\n{}", found.status, said.lines().skip(from).collect::<Vec<_>>().join("\n")))
}
