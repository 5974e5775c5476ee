//! Options of the commands that show or repeat what is known: `rerun`, `paper`, `atlas`.

use std::path::PathBuf;

use clap::Args;
use tutee::vector::Level;

use super::numbers::{level, size_in};

/// Options of `tutee rerun`.
#[derive(Debug, Args)]
pub struct RerunArgs {
    /// What `--json` wrote, of `learn`, `mnist`, `fit`, `paper` or `atlas`
    #[arg(value_name = "RESULT.json")]
    pub result: PathBuf,

    /// No wider vector registers than those of this level: baseline, on x86-64 avx2 or avx512, elsewhere simd128; every level gives the
    /// same bits [default: the widest that there is]
    #[arg(long, value_name = "LEVEL", allow_hyphen_values = true, value_parser = level)]
    pub level: Option<Level>,

    /// Threads; every number gives the same bits [default: all cores]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, u64::MAX))]
    pub threads: Option<usize>,
}

/// Options of `tutee paper`.
#[derive(Debug, Args)]
pub struct PaperArgs {
    /// Smaller runs, in less than half a minute: a look at what the command does, not the paper's sizes
    #[arg(long)]
    pub quick: bool,

    /// Folder with the IDX files of MNIST [default: the sample that ships with the program]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Folder to keep every run in that has ended, a file each, to go on from with --resume
    #[arg(long, value_name = "DIR")]
    pub checkpoint: Option<PathBuf>,

    /// Go on from the runs that are there, and make the others
    #[arg(long)]
    pub resume: bool,

    /// Threads, over runs; every number gives the same bits [default: all cores]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, u64::MAX))]
    pub threads: Option<usize>,

    /// Machine-readable result, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Folder of the page, paper.html [default: results, or none with --json]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Options of `tutee atlas`.
#[derive(Debug, Args)]
pub struct AtlasArgs {
    /// Cells to measure; none means all
    #[arg(value_name = "CELL")]
    pub cells: Vec<String>,

    /// Threads, over cells; every number gives the same bits [default: all cores]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, u64::MAX))]
    pub threads: Option<usize>,

    /// Machine-readable result, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Folder of the page, atlas.html [default: results, or none with --json]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
