//! Options of `tutee mnist`.

use std::path::PathBuf;

use clap::Args;

use super::numbers::{size_in, small};
use super::training::CheckpointArgs;
use crate::whole::{positive, whole};

/// Options of `tutee mnist`.
#[derive(Debug, Args)]
pub struct MnistArgs {
    /// Folder with the IDX files (train-images-idx3-ubyte and so on, plain or .gz, also as Kaggle names them)
    /// [default: the sample that ships with the program]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Gradient steps of the student [default: 20000, with --data 40000]
    #[arg(long, value_name = "N", allow_hyphen_values = true, value_parser = |text: &str| whole(text, 1, 1_000_000_000))]
    pub steps: Option<u64>,

    /// Images a step [default: 8]
    #[arg(long, value_name = "B", allow_hyphen_values = true, value_parser = |text: &str| small(text, 1, 100_000))]
    pub batch: Option<u32>,

    /// Rate for the value matrix [default: from the data]
    #[arg(long, value_name = "R", allow_hyphen_values = true, value_parser = positive)]
    pub rate: Option<f64>,

    /// Rate for W_KQ [default: from the data]
    #[arg(long, value_name = "R2", allow_hyphen_values = true, value_parser = positive)]
    pub attention_rate: Option<f64>,

    /// Filters of the network, M
    #[arg(long, value_name = "M", default_value_t = 8, allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, 1024))]
    pub filters: usize,

    /// Pixels a side of a patch; images get the smallest frame in which patches and windows come out even
    #[arg(long, value_name = "PIXELS", default_value_t = 3, allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, 28))]
    pub patch: usize,

    /// Pixels from one patch to the next [default: that of --patch]
    #[arg(long, value_name = "PIXELS", allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, 28))]
    pub stride: Option<usize>,

    /// Patches a side of a pooling window
    #[arg(long, value_name = "PATCHES", default_value_t = 3, allow_hyphen_values = true, value_parser = |text: &str| size_in(text, 1, 28))]
    pub window: usize,

    /// Seed of the network's start and of the order of the images
    #[arg(long, value_name = "S", default_value_t = 1, allow_hyphen_values = true, value_parser = |text: &str| whole(text, 0, u64::MAX))]
    pub seed: u64,

    #[command(flatten)]
    pub kept: CheckpointArgs,

    /// Machine-readable result, `-` for standard output
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// The matrices for other programs, in the format of safetensors: value, attention, logits, w_kq
    #[arg(long, value_name = "FILE.safetensors")]
    pub weights: Option<PathBuf>,

    /// Folder of these matrices in NumPy's format: value.npy and so on
    #[arg(long, value_name = "DIR")]
    pub npy: Option<PathBuf>,

    /// Pictures and tables, in place of those of an earlier run there [default: results, or none with --json]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
