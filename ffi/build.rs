//! Names the shared library after its interface, so that a program that was linked with one version of it is not run with
//! another that it does not fit. Programs find it under that name: `libtutee.so.2` where there is ELF.

use std::env;
use std::fs;

/// Where the number of the interface has its home, from the folder of this package.
const HEADER: &str = "../include/tutee.h";

fn main() {
    println!("cargo::rerun-if-changed={HEADER}");
    println!("cargo::rerun-if-changed=build.rs");
    let of = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    let families = of("FAMILY");
    let has = |family: &str| families.split(',').any(|found| found == family);
    if has("wasm") || !has("unix") {
        return;
    }
    let name = match of("VENDOR").as_str() {
        "apple" => String::from("-install_name,@rpath/libtutee.dylib"),
        _ => format!("-soname,libtutee.so.{}", abi_version()),
    };
    println!("cargo::rustc-cdylib-link-arg=-Wl,{name}");
}

/// `TUTEE_ABI_VERSION` of the header.
fn abi_version() -> u32 {
    let text = fs::read_to_string(HEADER).unwrap_or_else(|error| panic!("{HEADER}: {error}"));
    let number = text.lines().find_map(|line| line.strip_prefix("#define TUTEE_ABI_VERSION "));
    number.and_then(|number| number.trim().parse().ok()).unwrap_or_else(|| panic!("{HEADER} has no TUTEE_ABI_VERSION"))
}
