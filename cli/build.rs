//! Tells the program what built it, for `tutee fingerprint`.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let version = Command::new(variable("RUSTC")).arg("--version").output();
    let compiler = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    println!("cargo:rustc-env=TUTEE_COMPILER={}", compiler.unwrap_or_else(|_| "unknown".into()));
    println!("cargo:rustc-env=TUTEE_TARGET={}", variable("TARGET"));
    println!("cargo:rustc-env=TUTEE_PROFILE={}, optimisation {}", variable("PROFILE"), variable("OPT_LEVEL"));
}
