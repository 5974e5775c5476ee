//! What a report is made of.

use crate::failure::Unfinished;
use crate::fit::record::FitRecord;
use crate::layer::record::LayerRecord;
use crate::record::{DigitsRecord, RunRecord, Summary};

/// What the page tells of.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The tasks' runs.
    pub runs: &'a [RunRecord],
    /// The layers' runs.
    pub layers: &'a [LayerRecord],
    /// Fits on pairs of one's own.
    pub fits: &'a [FitRecord],
    /// The digits' run.
    pub digits: Option<&'a DigitsRecord>,
    /// What was asked for and has no result.
    pub unfinished: &'a [&'a Unfinished],
    /// The table as CSV, where there is one.
    pub table: Option<&'a str>,
}

impl<'a> Report<'a> {
    /// Names of all runs but the digits', in the order of the page.
    pub fn tasks(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.summaries().map(|run| run.task.as_str()).chain(self.fits.iter().map(|fit| fit.task.as_str()))
    }

    /// What all runs but fits and the digits' have in common, in the order of the page.
    pub fn summaries(&self) -> impl Iterator<Item = &'a Summary> + use<'a> {
        self.runs.iter().map(|run| &run.summary).chain(self.layers.iter().map(|run| &run.summary))
    }
}
