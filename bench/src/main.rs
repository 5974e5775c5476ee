//! Times tutee's inner loops beside what a user would pick instead, and prints tables. Figures are ratios of times taken
//! in the same run; nothing here is a test.

mod determinism;
mod timing;

use std::process::ExitCode;

use clap::Parser;

/// Times tutee's inner loops beside others.
#[derive(Parser)]
#[command(name = "bench", max_term_width = 100)]
enum Arguments {
    /// What the fixed order of sums costs, beside C that leaves order and fusing to the compiler (needs a C compiler)
    Determinism,
}

fn main() -> ExitCode {
    let done = match Arguments::parse() {
        Arguments::Determinism => determinism::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
