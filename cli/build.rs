//! Tells the program what built it and from what, for `tutee fingerprint` and for what results say of themselves.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let version = Command::new(variable("RUSTC")).arg("--version").output();
    let compiler = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    println!("cargo:rustc-env=TUTEE_COMPILER={}", compiler.unwrap_or_else(|_| "unknown".into()));
    // Sources that are no clone have no commit. The log has a line more after each.
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let tracked = git(&["ls-files", "--error-unmatch", "build.rs"]).is_some();
    let commit = tracked.then(|| git(&["rev-parse", "HEAD"])).flatten().unwrap_or_default();
    println!("cargo:rustc-env=TUTEE_COMMIT={commit}");
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]).filter(|log| Path::new(log).exists()) {
        println!("cargo:rerun-if-changed={log}");
    }
    println!("cargo:rustc-env=TUTEE_TARGET={}", variable("TARGET"));
    println!("cargo:rustc-env=TUTEE_PROFILE={}, optimisation {}", variable("PROFILE"), variable("OPT_LEVEL"));
}
