//! Prints the reference list as this build computes it: a name and 16 hexadecimal digits a line.

use tutee_reference::{Memory, compute};

fn main() {
    compute(&mut Box::new(Memory::ZERO), |name, digest| println!("{name} {digest:016x}"));
}
