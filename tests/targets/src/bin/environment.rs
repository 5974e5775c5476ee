//! Says whether this build's arithmetic is what `tutee::environment::check` demands: nothing if it is, else one line, and it fails.

use std::process::ExitCode;

fn main() -> ExitCode {
    match tutee::environment::check() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("environment: {fault}");
            ExitCode::FAILURE
        }
    }
}
