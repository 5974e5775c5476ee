//! Pictures that belong together.

use super::drawing::Drawing;

/// One figure of the page.
pub(super) struct Picture {
    /// What it is, in a few words.
    pub(super) title: String,
    /// What it shows and what to look for.
    pub(super) caption: String,
    /// Its drawings, side by side where there is room.
    pub(super) drawings: Vec<Drawing>,
}

/// Rank of a section.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Level {
    /// A part of the page.
    Part,
    /// One of several alike within the part before it.
    Entry,
}

/// Pictures that belong together, in the order of the page.
pub(super) struct Section {
    /// Its anchor on the page.
    pub(super) id: String,
    pub(super) heading: String,
    /// A paragraph before the pictures.
    pub(super) introduction: String,
    pub(super) level: Level,
    pub(super) pictures: Vec<Picture>,
}
