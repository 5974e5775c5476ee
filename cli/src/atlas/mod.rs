//! `tutee atlas`: what is learned, what is not, and how one can tell. Each cell is a teacher, an input or a data set outside the
//! theorem, with what should come of it, what did, and a word that follows from the curve by one rule for all ([`cell::RULE`]).

mod cell;
mod entries;
mod expectations;
mod faster;
mod lab;
mod layers;
mod mixings;
mod moments;
mod noise;
pub mod number;
mod page;
mod picture;
mod sampled;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Instant;

use serde::Serialize;
use strsim::jaro;

use self::cell::Cell;
use self::entries::{ENTRIES, Entry, FIRST_GUESSES};
use crate::failure::{Ended, Failure, Unfinished};
use crate::files::{Sink, unwritable};
use crate::interrupt::Interrupt;
use crate::output::{beside_page, write_json};
use crate::parallel::each;
use crate::progress::{bar, bars};
use crate::record::Provenance;
use crate::streams::print;
use crate::tables::columns;
use crate::text::{LONGEST_NAME, shown};

/// The page's name in its folder.
const PAGE: &str = "atlas.html";
/// Where the page goes unless the command line says otherwise.
const DEFAULT_DIRECTORY: &str = "results";

/// The atlas, checked and not begun.
pub struct Plan {
    entries: Vec<&'static Entry>,
    threads: usize,
    json: Option<Sink>,
    page: Option<(Sink, PathBuf)>,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Output<'a> {
    #[serde(flatten)]
    provenance: Provenance,
    rule: &'static str,
    cells: &'a [Cell],
    /// Cells without a result.
    unfinished: &'a [Unfinished],
}

/// Checks what the options ask for.
///
/// # Errors
/// One line that names the cell, or the place that cannot be written.
pub fn plan(
    names: &[String],
    threads: Option<usize>,
    json: Option<&Path>,
    directory: Option<&Path>,
) -> Result<Plan, Failure> {
    let plan = plan_again(names, threads)?;
    beside_page(json, directory.map(|directory| directory.join(PAGE)).as_deref())?;
    let default = json.is_none().then(|| PathBuf::from(DEFAULT_DIRECTORY));
    let page = directory.map(Path::to_owned).or(default).map(|directory| {
        let made = fs::create_dir_all(&directory).map_err(|error| unwritable(&directory, &error));
        let path = directory.join(PAGE);
        made.and_then(|()| Ok((Sink::new(&path)?, path)))
    });
    Ok(Plan { page: page.transpose()?, json: json.map(Sink::new).transpose()?, ..plan })
}

/// Some cells, or all of none, to be measured and not written.
///
/// # Errors
/// One line that names what is no cell.
pub fn plan_again(asked: &[String], threads: Option<usize>) -> Result<Plan, Failure> {
    let chosen = asked.iter().map(|name| {
        ENTRIES.iter().find(|entry| entry.name == name).ok_or_else(|| {
            let all: Vec<_> = ENTRIES.iter().map(|entry| entry.name).collect();
            // As near as the command line's own suggestions are.
            let meant = all.iter().map(|&other| (jaro(name, other), other)).filter(|&(near, _)| near > 0.7);
            let meant = meant.fold((0.0, ""), |best, near| if near.0 > best.0 { near } else { best }).1;
            let meant = if meant.is_empty() { String::new() } else { format!("; a similar one exists: {meant}") };
            let name = shown(name, LONGEST_NAME);
            Failure::usage(format!("{name}: no such cell{meant}; expected {}", all.join(", ")))
        })
    });
    let chosen: Vec<&Entry> = chosen.collect::<Result<_, _>>()?;
    // In their own order, each once.
    let asked = |entry: &&Entry| chosen.is_empty() || chosen.iter().any(|chosen| chosen.name == entry.name);
    let entries: Vec<_> = ENTRIES.iter().filter(asked).collect();
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Ok(Plan { threads: threads.unwrap_or(cores).min(entries.len()).max(1), entries, page: None, json: None })
}

impl Plan {
    /// Measures all cells, as many at a time as there are threads; the bits do not depend on how many.
    pub fn measure(&self, interrupt: &Interrupt) -> (Vec<Cell>, Vec<Unfinished>) {
        lab::end_with(interrupt);
        let bar = bar(&bars(), "atlas", "cells", Some(self.entries.len() as u64));
        let results = each(self.entries.len(), self.threads, interrupt, |i| {
            let entry = self.entries.get(i).ok_or(Ended::Interrupted)?;
            let start = Instant::now();
            // What a cell that was broken off makes of it is no fault of the cell.
            let found = (entry.measure)()
                .map_err(|error| if interrupt.raised() { Ended::Interrupted } else { Ended::Refused(error) })?;
            let agrees = found.verdict == entry.expected && found.numbers.iter().all(cell::Number::agrees);
            let &Entry { name, what, student, prediction, expected, .. } = *entry;
            let first_guess = FIRST_GUESSES.iter().find(|guess| guess.0 == name).map(|guess| guess.1);
            let seconds = start.elapsed().as_secs_f64();
            bar.inc(1);
            Ok(Cell { name, what, student, prediction, first_guess, expected, found, agrees, seconds })
        });
        bar.finish();
        let (mut cells, mut unfinished) = (Vec::new(), Vec::new());
        for (entry, result) in self.entries.iter().zip(results) {
            match result {
                Ok(cell) => cells.push(cell),
                Err(ended) => unfinished.push(Unfinished::new(entry.name, entry.name, "", ended)),
            }
        }
        (cells, unfinished)
    }

    /// Measures all cells, and prints, writes and draws what is finished.
    ///
    /// # Errors
    /// One line that names the cells that are not as predicted or not finished, or what could not be written.
    pub fn run(&self, interrupt: &Interrupt) -> Result<(), Failure> {
        let (cells, unfinished) = self.measure(interrupt);
        let written = self.json.as_ref().map_or(Ok(()), |json| {
            let output =
                Output { provenance: Provenance::now(), rule: cell::RULE, cells: &cells, unfinished: &unfinished };
            write_json(json, &output)
        });
        let drawn = self
            .page
            .as_ref()
            .map_or(Ok(()), |(sink, _)| sink.write(|w| w.write_all(page::html(&cells, &unfinished).as_bytes())));
        let printed = if self.json == Some(Sink::Stdout) { Ok(()) } else { print(&self.table(&cells)) };
        let differing = cells.iter().filter(|cell| !cell.agrees);
        let differing = differing.map(|cell| Failure::check(format!("{}: not as predicted", cell.name)));
        let unfinished = Unfinished::failure(&unfinished.iter().collect::<Vec<_>>(), cells.len());
        let failures = unfinished.into_iter().chain(differing);
        Failure::all(failures.chain([written, drawn, printed].into_iter().filter_map(Result::err)))
    }

    fn table(&self, cells: &[Cell]) -> String {
        let rows: Vec<_> = cells.iter().map(row).collect();
        let mut text =
            columns(&["cell", "student", "verdict", "predicted", "measured", "error", "as predicted"], &rows);
        for cell in cells {
            let what = cell.found.numbers.first().map(|number| format!("; measured: {}", number.what));
            let (word, why) = (cell.found.verdict.name(), cell.found.why);
            text.push_str(&format!("{}: {word}: {why}{}\n", cell.name, what.unwrap_or_default()));
        }
        if let Some((_, path)) = &self.page {
            text.push_str(&format!("\npage: {}\n", path.display()));
        }
        text
    }
}

/// A line of the table: the most telling number of a cell.
fn row(cell: &Cell) -> [String; 7] {
    let number = cell.found.numbers.first();
    let of = |pick: fn(&cell::Number) -> f64| number.map_or_else(|| "-".into(), |number| number::short(pick(number)));
    [
        cell.name.into(),
        cell.student.into(),
        cell.found.verdict.name().into(),
        of(|number| number.predicted),
        of(|number| number.measured),
        number.and_then(|number| number.error).map_or_else(|| "-".into(), number::short),
        if cell.agrees { "yes" } else { "no" }.into(),
    ]
}
