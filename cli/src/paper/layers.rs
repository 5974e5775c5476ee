//! Figure 1: which blocks of the whole layer move, by the runs of `tutee learn --student layer`.

use super::record::{Check, Figure, Matrices, MatrixRecord, Measured};
use crate::args::LearnArgs;
use crate::failure::Failure;
use crate::layer;
use crate::layer::record::LayerRecord;

/// A layer, at the paper's sizes but for the convolution merged, which at 36 tokens is not there after 15,000 steps; rates and steps are ours.
const FULL: [(&str, &str); 6] = [
    (
        "graph-relu, merged",
        "graph-relu --tokens 20 --group 3 --batch 100 --rate 0.05 --attention-rate 0.5 --steps 8000",
    ),
    (
        "token-selection, merged",
        "token-selection --tokens 20 --group 4 --batch 100 --rate 0.05 --attention-rate 0.3 --steps 9000",
    ),
    ("conv-relu, merged", "conv-relu --tokens 16 --group 4 --batch 100 --rate 0.11 --attention-rate 0.7 --steps 5000"),
    (
        "graph-relu, separate",
        "graph-relu --tokens 20 --group 3 --attention separate --batch 100 --rate 0.15 --attention-rate 1 --steps 4000",
    ),
    (
        "conv-relu, separate",
        "conv-relu --tokens 36 --group 4 --attention separate --batch 100 --rate 0.11 --attention-rate 1 --steps 2500",
    ),
    (
        "token-selection, separate",
        "token-selection --tokens 20 --group 4 --attention separate --batch 100 --rate 0.05 --attention-rate 0.1 --steps 1500",
    ),
];

/// Smaller ones.
const QUICK: [(&str, &str); 4] = [
    (
        "token-selection, merged",
        "token-selection --tokens 10 --group 3 --batch 50 --rate 0.05 --attention-rate 0.5 --steps 3000",
    ),
    ("conv-relu, merged", "conv-relu --tokens 8 --group 4 --batch 50 --rate 0.11 --attention-rate 0.4 --steps 2500"),
    (
        "graph-relu, separate",
        "graph-relu --tokens 10 --group 3 --attention separate --batch 50 --rate 0.15 --attention-rate 0.3 --steps 2000",
    ),
    (
        "token-selection, separate",
        "token-selection --tokens 10 --group 3 --attention separate --batch 50 --rate 0.05 --attention-rate 0.1 --steps 1000",
    ),
];

/// A layer that is to be trained.
pub struct LayerCourse {
    pub name: &'static str,
    /// What may follow `tutee learn`.
    pub words: String,
    pub plan: layer::Plan,
}

/// The runs.
///
/// # Errors
/// None: the settings are constants.
pub fn plans(quick: bool) -> Result<Vec<LayerCourse>, Failure> {
    let settings: &[_] = if quick { &QUICK } else { &FULL };
    let plan = |&(name, words): &(&'static str, &str)| {
        let words = format!("{words} --student layer --mode online");
        let plan = layer::plan(&LearnArgs::of(&words)?)?;
        Ok(LayerCourse { name, words, plan })
    };
    settings.iter().map(plan).collect()
}

/// Figure 1.
pub fn blocks(runs: &[(&'static str, LayerRecord)], quick: bool) -> Figure {
    let each = |of: fn(&LayerRecord) -> Option<f64>| {
        runs.iter().map(|(name, run)| Measured::plain(name, of(run))).collect::<Vec<_>>()
    };
    let checks = vec![
        Check::paper(
            "share of the squared norm of W_V in its columns for content",
            "only content of W_V has moved",
            (0.99, 1.0),
            each(|run| run.shares.value_content),
        ),
        Check::paper(
            "share of the squared norm of W_KQ, or W_K^T W_Q, in its block of positions against positions",
            "only this block has moved",
            (0.99, 1.0),
            each(|run| run.shares.position_position),
        ),
        Check::paper(
            "test loss over its start",
            "the layer learns",
            (0.0, 0.05),
            each(|run| Some(run.summary.excess_loss? / run.summary.excess_loss_start?)),
        ),
    ];
    let smaller = if quick { "Smaller than the paper's. " } else { "" };
    let setting = format!(
        "{smaller}Content and position codes concatenated, all blocks train, online; d = 6, M = 4, rates and steps are ours. Merged matrices \
         start from zero, separate ones from Gaussian numbers of standard deviation 0.1. The convolution merged has fewer tokens than theirs: until attention is \
         right W_V holds in its columns for position a bias of each filter, the mean of the ReLU answers that even attention misses, and at 36 \
         tokens .924 is in content after 15,000 steps with 7 % of the loss left."
    );
    let mut figure = Figure::new("1", "Blocks of the whole layer", setting, checks);
    figure.matrices = runs.iter().map(|(name, run)| matrices(name, run)).collect();
    figure
}

fn matrices(name: &str, run: &LayerRecord) -> Matrices {
    let content = run.summary.features;
    let matrix = |title: &str, rows: Vec<Vec<f64>>, borders| MatrixRecord {
        title: title.to_owned(),
        rows,
        signed: true,
        borders: Some(borders),
        frames: Vec::new(),
    };
    let product = || {
        let (Some(k), Some(q)) = (&run.w_k, &run.w_q) else { return Vec::new() };
        let width = k.first().map_or(0, Vec::len);
        let entry = |i: usize, j: usize| -> f64 {
            k.iter().zip(q).map(|(k, q)| k.get(i).unwrap_or(&0.0) * q.get(j).unwrap_or(&0.0)).sum()
        };
        (0..width).map(|i| (0..width).map(|j| entry(i, j)).collect()).collect()
    };
    let (title, key_query) = match &run.w_kq {
        Some(w_kq) => ("W_KQ", w_kq.clone()),
        None => ("W_K^T W_Q", product()),
    };
    Matrices {
        run: name.to_owned(),
        matrices: vec![
            matrix("W_V", run.value.clone(), (None, Some(content))),
            matrix(title, key_query, (Some(content), Some(content))),
        ],
    }
}
