//! The report: one page a person can read, and the table beside it.
//!
//! From records to files in three layers: [`curves`], [`matrices`], [`layers`], [`fits`] and [`digits`] decide what to show and in which
//! words; [`plot`] and [`cells`] say it as plotly.js reads it, which draws in the browser; [`page`] and [`markup`] write. The files depend on the records
//! only: no clock, no random number, no font measured.

pub mod axes;
pub mod cells;
mod contents;
mod curves;
mod digits;
pub mod drawing;
mod fits;
mod layers;
mod lines;
pub mod markup;
mod matrices;
pub mod number;
mod page;
pub mod plot;
mod section;
pub mod style;

use std::fs;
use std::path::{Path, PathBuf};

pub use self::contents::Report;
use crate::failure::Failure;
use crate::files::Pending;

/// Name of the page.
pub const PAGE: &str = "index.html";
/// Name of the table that programs read.
const TABLE: &str = "table.csv";
/// How names of pictures beside pages of earlier versions end; such pictures are removed with their page.
const PICTURE: &str = ".svg";

/// Whether a report may write or remove a file of this name; some systems take capitals for small letters.
pub fn may_write(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == PAGE || name == TABLE || name.ends_with(PICTURE)
}

/// What a report left in its folder.
#[derive(Debug)]
pub struct Written {
    /// The files, the page first.
    pub files: Vec<PathBuf>,
    /// How many files of the page before it were removed, because the new page has none of their names.
    pub cleared: usize,
}

/// Writes the page and the table into `dir`, which is made where it is missing. All of them are whole before
/// the first takes its name; files of the same names are replaced, and those that only the page before this one names are
/// removed, so that what lies there is of one run.
///
/// # Errors
/// Exit code 1: a directory or file that cannot be written, by name.
pub fn write(dir: &Path, report: &Report<'_>) -> Result<Written, Failure> {
    let slugs = slugs(report.tasks());
    let mut sections = curves::sections(report.runs);
    sections.extend(matrices::sections(report.runs, &slugs));
    // Of two lists of runs the slugs of the second follow those of the first.
    sections.extend(layers::sections(report.layers, slugs.get(report.runs.len()..).unwrap_or_default()));
    let before = report.runs.len() + report.layers.len();
    sections.extend(fits::sections(report.fits, slugs.get(before..).unwrap_or_default()));
    sections.extend(report.digits.map(digits::section));
    let tables: Vec<(&str, &str)> = report.table.map(|table| (TABLE, table)).into_iter().collect();
    let names: Vec<&str> = tables.iter().map(|&(name, _)| name).collect();

    let trouble = |path: &Path, error| Failure::check(format!("{}: cannot be written: {error}", path.display()));
    fs::create_dir_all(dir).map_err(|error| trouble(dir, error))?;
    let page_path = dir.join(PAGE);
    let earlier = fs::read_to_string(&page_path).unwrap_or_default();
    let page = page::html(report, &slugs, &sections, &names);
    let pending = |name: &str, text: &str| {
        let path = dir.join(name);
        let pending =
            Pending::new(&path, |file| file.write_all(text.as_bytes())).map_err(|error| trouble(&path, error))?;
        Ok((pending, path))
    };
    let whole = std::iter::once((PAGE, page.as_str()))
        .chain(tables.iter().copied())
        .map(|(name, text)| pending(name, text))
        .collect::<Result<Vec<_>, _>>()?;
    let (pending, files): (Vec<_>, Vec<_>) = whole.into_iter().unzip();
    // The page last: it names the others.
    pending.into_iter().rev().try_for_each(Pending::name)?;
    // What cannot be removed is no harm to the new page.
    let stale = page::files(&earlier).filter(|name| !names.contains(name)).map(|name| dir.join(name));
    let cleared = stale.filter(|path| fs::remove_file(path).is_ok()).count();
    Ok(Written { files, cleared })
}

/// A name for each run that suits a file and an anchor: a teacher's file may be called anything, and two runs may share
/// a task.
fn slugs<'a>(tasks: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut slugs: Vec<String> = Vec::new();
    for task in tasks {
        let words: Vec<String> = task
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
