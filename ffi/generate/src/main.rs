//! Writes the generated files of the C interface: `ffi/abi/src/generated`, and `include/tutee.h`.
//!
//! ```text
//! cargo run -p tutee-generate
//! ```
//!
//! `tests/generated.rs` makes them, too, and compares.

use std::fs;

fn main() {
    tutee_generate::each(|path, text| {
        fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("{}", path.strip_prefix(tutee_generate::root()).unwrap().display());
    });
}
