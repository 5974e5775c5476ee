//! Where the memory of the machine is, and which scripts lay out the image.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let folder = env::current_dir().unwrap_or_default();
    println!("cargo::rustc-link-search={}", folder.join("../../firmware/machines/mps2").display());
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    if env::var_os("CARGO_FEATURE_DEFMT").is_some() {
        println!("cargo::rustc-link-arg-bins=-Tdefmt.x");
    }
}
