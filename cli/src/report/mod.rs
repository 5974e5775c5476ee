//! The report: one page a person can read, and each of its pictures as an SVG file.
//!
//! From records to files in three layers: [`curves`], [`matrices`] and [`digits`] decide what to show and in which
//! words; [`chart`] and [`heatmap`] draw; [`axes`], [`colour`] and [`svg`] place, tint and write. The look is in
//! [`style`] alone. The files depend on the records only: no clock, no random number, no font measured.

mod axes;
mod chart;
mod colour;
mod curves;
mod digits;
mod heatmap;
mod matrices;
mod number;
mod page;
mod section;
mod style;
mod svg;

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::record::{DigitsRecord, RunRecord};

/// Writes `index.html` and the pictures into `dir`, which is made where it is missing; files of the same names are
/// replaced. Returns what was written, the page first.
///
/// # Errors
///
/// A directory or file that cannot be written, by name.
pub fn write(dir: &Path, runs: &[RunRecord], digits: Option<&DigitsRecord>) -> Result<Vec<PathBuf>, Failure> {
    let slugs = slugs(runs);
    let mut sections = curves::sections(runs);
    sections.extend(matrices::sections(runs, &slugs));
    sections.extend(digits.map(digits::section));

    let trouble = |path: &Path, error| Failure::usage(format!("{}: cannot be written: {error}", path.display()));
    fs::create_dir_all(dir).map_err(|error| trouble(dir, error))?;
    let mut written = Vec::new();
    let mut put = |name: String, text: String| {
        let path = dir.join(name);
        fs::write(&path, text).map_err(|error| trouble(&path, error))?;
        written.push(path);
        Ok(())
    };
    put("index.html".to_owned(), page::html(runs, &slugs, digits, &sections))?;
    for picture in sections.iter().flat_map(|section| &section.pictures) {
        put(format!("{}.svg", picture.name), picture.svg.file(&picture.title, &picture.caption))?;
    }
    Ok(written)
}

/// A name for each run that suits a file and an anchor: a teacher's file may be called anything, and two runs may share
/// a task.
fn slugs(runs: &[RunRecord]) -> Vec<String> {
    let mut slugs: Vec<String> = Vec::new();
    for run in runs {
        let words: Vec<String> = run
            .task
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let plain: String =
            if words.is_empty() { "run".to_owned() } else { words.join("-").chars().take(60).collect() };
        let numbered = (2..).map(|n| format!("{plain}-{n}"));
        let slug = std::iter::once(plain.clone()).chain(numbered).find(|slug| !slugs.contains(slug));
        slugs.extend(slug);
    }
    slugs
}

#[cfg(test)]
mod tests;
