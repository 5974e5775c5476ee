//! Compiles plain C for every size that `src/plain.rs` knows, and tells the linker about the machine.
//!
//! What the C needs of its library is linked with it here and made invisible, so that it calls newlib's functions and
//! not what happens to have the same names in Rust's.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Filters, features, tokens, outputs, and the end of the functions' names.
const SIZES: [(usize, usize, usize, usize, &str); 2] = [(2, 4, 8, 8, "d8"), (4, 8, 16, 16, "d16")];
const PROCESSOR: [&str; 4] = ["-mthumb", "-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"];

fn main() {
    for file in ["build.rs", "memory.x", "plain"] {
        println!("cargo::rerun-if-changed={file}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where files go"));
    let mut objects = vec![];
    for (filters, features, tokens, outputs, name) in SIZES {
        let object = out.join(format!("{name}.o"));
        let mut gcc = gcc();
        gcc.args(["-O3", "-std=c11", "-Wall", "-Wextra", "-Werror", "-c", "plain/steps.c", "-o"]).arg(&object);
        gcc.args([format!("-DFILTERS={filters}"), format!("-DFEATURES={features}")]);
        gcc.args([
            format!("-DTOKENS={tokens}"),
            format!("-DOUTPUTS={outputs}"),
            format!("-DNAME(x)=plain_##x##_{name}"),
        ]);
        run(&mut gcc);
        objects.push(object);
    }
    let linked = out.join("plain.o");
    run(gcc().args(["-r", "-nostdlib"]).args(&objects).args(["-lm", "-lc", "-lgcc", "-o"]).arg(&linked));
    run(Command::new("arm-none-eabi-objcopy").args(["--wildcard", "--keep-global-symbol=plain_*"]).arg(&linked));

    println!("cargo::rustc-link-arg-bins={}", linked.display());
    println!(
        "cargo::rustc-link-search={}",
        Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo says where we are")).display()
    );
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
}

fn gcc() -> Command {
    let mut gcc = Command::new("arm-none-eabi-gcc");
    gcc.args(PROCESSOR);
    gcc
}

fn run(command: &mut Command) {
    match command.status() {
        Ok(status) if status.success() => {}
        other => panic!("{command:?}: {other:?}"),
    }
}
