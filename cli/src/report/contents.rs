//! What a report is made of.

use crate::failure::Unfinished;
use crate::layer::record::LayerRecord;
use crate::record::{DigitsRecord, RunRecord, Summary};

/// What the page tells of.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The tasks' runs.
    pub runs: &'a [RunRecord],
    /// The layers' runs.
    pub layers: &'a [LayerRecord],
    /// The digits' run.
    pub digits: Option<&'a DigitsRecord>,
    /// What was asked for and has no result.
    pub unfinished: &'a [&'a Unfinished],
    /// The table as CSV, where there is one.
    pub table: Option<&'a str>,
}

impl<'a> Report<'a> {
    /// What all runs but the digits' have in common, in the order of the page.
    pub fn summaries(&self) -> impl Iterator<Item = &'a Summary> + use<'a> {
        self.runs.iter().map(|run| &run.summary).chain(self.layers.iter().map(|run| &run.summary))
    }
}
