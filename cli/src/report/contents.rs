//! What a report is made of.

use crate::failure::Unfinished;
use crate::record::{DigitsRecord, RunRecord};

/// What the page tells of.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The tasks' runs.
    pub runs: &'a [RunRecord],
    /// The digits' run.
    pub digits: Option<&'a DigitsRecord>,
    /// What was asked for and has no result.
    pub unfinished: &'a [&'a Unfinished],
    /// The table as CSV, where there is one.
    pub table: Option<&'a str>,
}
