//! Options of the commands about machines and shells: `budget`, `fingerprint`, `completions`, `man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use super::names::Precision;
use super::numbers::{size, tokens};

/// Options of `tutee budget`.
#[derive(Debug, Args)]
pub struct BudgetArgs {
    /// Tokens of an input, D
    #[arg(long, value_name = "D", allow_hyphen_values = true, value_parser = tokens)]
    pub tokens: usize,

    /// Entries of a token, d
    #[arg(long, value_name = "d", allow_hyphen_values = true, value_parser = size)]
    pub features: usize,

    /// Filters, M
    #[arg(long, value_name = "M", allow_hyphen_values = true, value_parser = size)]
    pub filters: usize,

    /// Outputs, J [default: as many as tokens]
    #[arg(long, value_name = "J", allow_hyphen_values = true, value_parser = tokens)]
    pub outputs: Option<usize>,

    /// Number type
    #[arg(long, value_enum, default_value_t = Precision::F32, allow_hyphen_values = true)]
    pub scalar: Precision,
}

/// Options of `tutee fingerprint`.
#[derive(Debug, Args)]
pub struct FingerprintArgs {
    /// Machine-readable result, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

/// Options of `tutee completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Options of `tutee man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The command that the page is about; none means the program
    #[arg(value_name = "COMMAND")]
    pub command: Option<String>,
}
