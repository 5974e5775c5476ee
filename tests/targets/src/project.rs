//! Builds and runs the program of a target, in a checkout of the project.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tutee::vector::Level;
use tutee_reference::list_digest;

use crate::targets::{Cpu, Kind, REFUSED, Target};

/// Seconds after which a program is stopped; the slowest takes five.
const PATIENCE: &str = "300";

/// A checkout, folders for what is built from it, and the folder in which tools are installed.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    /// The one in which everybody's `cargo build --release` builds.
    pub(crate) target: PathBuf,
    /// One for what no other program builds.
    pub(crate) build: PathBuf,
    pub(crate) cache: PathBuf,
}

impl Project {
    /// This project with a folder to build in for one of several workers.
    pub(crate) fn worker(&self, worker: usize) -> Self {
        Self { build: self.build.join(worker.to_string()), ..self.clone() }
    }

    /// What the target prints; an error is a sentence and the end of what the failed program had to say.
    pub(crate) fn print(&self, target: &Target) -> Result<String, String> {
        match target.kind {
            Kind::Native { arguments, cpu, level } => self.native(arguments, cpu, level),
            Kind::Hosted { triple, gcc, emulator, opt_level } => self.hosted(triple, gcc, emulator, opt_level),
            Kind::Bare { triple, flags, memory, emulator, parts: [] } => {
                self.bare(triple, (flags, memory), emulator, None)
            }
            Kind::Bare { triple, flags, memory, emulator, parts } => {
                let printed = parts.iter().map(|part| self.bare(triple, (flags, memory), emulator, Some(part)));
                let printed = printed.collect::<Result<String, _>>()?;
                let digest = list_digest(&printed).ok_or_else(|| format!("printed another line:\n{printed}"))?;
                Ok(format!("{printed}list {digest:016x}\n"))
            }
            Kind::Wasm { flags } => self.wasm(flags),
        }
    }

    fn native(&self, arguments: &[&str], cpu: Cpu, level: Level) -> Result<String, String> {
        // What is optimised as what is released.
        let released = arguments.contains(&"--release") && !arguments.iter().any(|more| more.contains("opt-level"));
        let project = if released { self.for_everybody(cpu) } else { self.clone() };
        let mut cargo = Command::new("cargo");
        cargo.args(["build", "--package=tutee-targets", "--bin=digests"]).args(arguments).current_dir(&project.root);
        project.cargo(&mut cargo, cpu.flags())?;
        let profile = if arguments.contains(&"--release") { "release" } else { "debug" };
        let program = project.build.join(profile).join("digests");
        let narrower = Level::ALL.iter().position(|&other| other == level && level < Level::best());
        run(with(program, narrower.map(|position| position.to_string())))
    }

    /// What `src/bin/environment.rs` says that was built to contract products and sums, for this processor. The compiler contracts
    /// where it makes machine code, which is all made as the program is linked: the library is that of the targets.
    pub(crate) fn contracted(&self, cpu: Cpu) -> Result<String, String> {
        let project = self.for_everybody(cpu);
        let mut cargo = Command::new("cargo");
        cargo.args(["rustc", "--package=tutee-targets", "--bin=environment", "--release", "--quiet", "--locked"]);
        cargo.args(["--", "-Cllvm-args=-fp-contract=fast"]).current_dir(&project.root);
        output(project.settings(&mut cargo, cpu.flags()))?;
        run(Command::new(project.build.join("release/environment")))
    }

    /// This project with the folder where released programs for this processor are built: what more than one of them needs is built
    /// once, for any processor by whoever comes first.
    fn for_everybody(&self, cpu: Cpu) -> Self {
        let build = if cpu == Cpu::Any { self.target.clone() } else { self.target.join(cpu.name()) };
        Self { build, ..self.clone() }
    }

    fn hosted(&self, triple: &str, gcc: &str, emulator: &str, opt_level: &str) -> Result<String, String> {
        let mut cargo = self.cargo_for_hosted(triple, "rustc");
        cargo.args(["--crate-type=staticlib", &format!("--config=profile.release.opt-level={opt_level}")]);
        // With the linker that `tests/link/run` names: told of another, cargo would build all anew.
        let name = triple.to_uppercase().replace('-', "_");
        cargo.env(format!("CARGO_TARGET_{name}_LINKER"), found(gcc)?);
        self.cargo(&mut cargo, "")?;
        let built = self.build.join(triple).join("release");
        let program = built.join("digests");
        let mut linker = Command::new(gcc);
        linker.args(["-O2", "-static", "-o"]).arg(&program);
        linker.arg(self.hosts().join("main.c")).arg(built.join("libtutee_targets_hosted.a"));
        output(&mut linker)?;
        run(with(emulator, [&program]))
    }

    fn bare(
        &self,
        triple: &str,
        (flags, memory): (&str, &str),
        emulator: &[&str],
        part: Option<&str>,
    ) -> Result<String, String> {
        let mut cargo = self.cargo_for(triple, "build");
        cargo.args(["--package=tutee-targets-bare", "--profile=small"]).current_dir(self.runners());
        cargo.args(part.map(|part| format!("--features={part}")));
        let folder = self.runners().join("bare/machines").join(memory);
        self.cargo(&mut cargo, &format!("-Clink-arg=-L{} -Clink-arg=-Tlink.x {flags}", folder.display()))?;
        let (machine, arguments) = emulator.split_first().ok_or("no emulator is given")?;
        let mut command = with(machine, arguments);
        command.args(["-nographic", "-semihosting-config", "enable=on,target=native", "-kernel"]);
        command.arg(self.build.join(triple).join("small/tutee-targets-bare"));
        run(command)
    }

    fn wasm(&self, flags: &str) -> Result<String, String> {
        let triple = "wasm32-unknown-unknown";
        let mut cargo = self.cargo_for_hosted(triple, "rustc");
        cargo.arg("--crate-type=cdylib");
        self.cargo(&mut cargo, flags)?;
        let module = self.build.join(triple).join("release/tutee_targets_hosted.wasm");
        run(with("node", [&self.hosts().join("main.mjs"), &module]))
    }

    /// That the library does not compile where arithmetic is not that of IEEE 754, and says why.
    pub(crate) fn refused(&self) -> Result<(), String> {
        let mut cargo = self.cargo_for_hosted(REFUSED, "check");
        match self.cargo(&mut cargo, "") {
            Ok(()) => Err(format!("{REFUSED}: compiles, although its arithmetic rounds twice")),
            Err(error) if error.contains("x87") => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn runners(&self) -> PathBuf {
        self.root.join("tests/targets/runners")
    }

    fn hosts(&self) -> PathBuf {
        self.root.join("tests/targets/hosted")
    }

    fn cargo_for(&self, triple: &str, command: &str) -> Command {
        let mut cargo = Command::new(self.root.join("tests/targets/cargo-for"));
        cargo.args([triple, command]);
        cargo
    }

    /// The crates that it is made of are those of the C library, for which others build them, too: what is between source and
    /// program is in the folder that all have.
    fn cargo_for_hosted(&self, triple: &str, command: &str) -> Command {
        let mut cargo = self.cargo_for(triple, command);
        cargo.args(["--package=tutee-targets-hosted", "--profile=release"]).current_dir(&self.root);
        cargo.env("CARGO_BUILD_BUILD_DIR", &self.target);
        cargo
    }

    fn cargo(&self, cargo: &mut Command, flags: &str) -> Result<(), String> {
        cargo.args(["--quiet", "--locked"]);
        output(self.settings(cargo, flags)).map(drop)
    }

    fn settings<'c>(&self, cargo: &'c mut Command, flags: &str) -> &'c mut Command {
        cargo.env("CARGO_TARGET_DIR", &self.build).env("TUTEE_CACHE", &self.cache);
        cargo.env("RUSTFLAGS", flags).env_remove("CARGO_ENCODED_RUSTFLAGS")
    }
}

/// Where a program is.
fn found(program: &str) -> Result<PathBuf, String> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file());
    found.ok_or_else(|| format!("{program} is missing; tests/targets/install installs it"))
}

fn with<A: AsRef<OsStr>>(program: impl AsRef<OsStr>, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Runs a program that may hang.
fn run(command: Command) -> Result<String, String> {
    let mut patient = Command::new("timeout");
    patient.arg(PATIENCE).arg(command.get_program()).args(command.get_args());
    let found = output(&mut patient)?;
    String::from_utf8(found.stdout).map_err(|_| format!("{}: printed what is no text", name(&command)))
}

fn output(command: &mut Command) -> Result<Output, String> {
    let found =
        command.output().map_err(|error| format!("{}: {error}; tests/targets/install installs it", name(command)))?;
    if found.status.success() {
        return Ok(found);
    }
    let said = [found.stdout.as_slice(), found.stderr.as_slice()].concat();
    let said = String::from_utf8_lossy(&said);
    let last: Vec<_> = said.lines().rev().take(30).collect();
    let last: Vec<_> = last.into_iter().rev().collect();
    Err(format!("{}: {}\n{}", name(command), found.status, last.join("\n")))
}

fn name(command: &Command) -> String {
    Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned()
}
