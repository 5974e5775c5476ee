//! A run on images of digits.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::run::RunRecord;

/// What the digits run adds to the usual fields.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DigitsRecord {
    /// The usual fields.
    #[serde(flatten)]
    pub run: RunRecord,
    /// Mean cosine of the filters.
    pub value_cosine_mean: f64,
    /// Attention on the right patches, mean over the groups that do not touch the border of the image.
    pub interior_mass: f64,
    /// Mean attention mass over the groups that touch the border.
    pub border_mass: f64,
    /// Loss on unseen images, relative to that of the untrained student.
    pub relative_test_loss: f64,
    /// Share of the unseen images that the teacher's network classifies correctly.
    pub teacher_accuracy: f64,
    /// Images the teacher and the student were trained on, and images they were tested on.
    pub images: (usize, usize),
    /// Where the images came from, for the page's caption.
    pub source: String,
    /// Folder of the files; none of the sample that ships with the program.
    pub data: Option<PathBuf>,
    /// Patches a side of the patch grid.
    pub grid: usize,
    /// Patches a side of one pooling window.
    pub window: usize,
    /// Pixels a side of one patch.
    pub patch: usize,
    /// Pixels from one patch to the next.
    pub stride: usize,
    /// Share of the images with ink in each patch, row-major over the grid.
    pub ink: Vec<f64>,
    /// The first of the unseen images, as its patches show it, grey levels from 0 to 1.
    #[serde(default)]
    pub example: Vec<Vec<f64>>,
}
