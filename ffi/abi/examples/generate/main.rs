//! Writes the generated files of the C interface: `src/generated`, and `include/tutee.h`.
//!
//! ```text
//! cargo run -p tutee-abi --example generate
//! ```
//!
//! `tests/generated.rs` makes them, too, and compares.

use std::fs;

mod files;

fn main() {
    files::each(|path, text| {
        fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("{}", path.strip_prefix(files::root()).unwrap().display());
    });
}
