//! Prints the reference list as this build computes it: a name and 16 hexadecimal digits a line. With an argument, the
//! position of a level in `Level::ALL`, no wider vector registers are used than those of that level. Prints nothing where
//! `tutee::environment::check` finds a fault.

use std::process::ExitCode;

use tutee::vector::Level;
use tutee_reference::{Memory, compute};

fn main() -> ExitCode {
    if let Some(argument) = std::env::args().nth(1) {
        let level = argument.parse().ok().and_then(|position: usize| Level::ALL.get(position));
        match level {
            Some(&level) if level <= Level::best() => level.limit(),
            _ => {
                eprintln!("digests: this processor has no level {argument:?}");
                return ExitCode::FAILURE;
            }
        }
    }
    if let Err(fault) = tutee::environment::check() {
        eprintln!("digests: {fault}");
        return ExitCode::FAILURE;
    }
    compute(&mut Box::new(Memory::ZERO), |name, digest| println!("{name} {digest:016x}"));
    ExitCode::SUCCESS
}
