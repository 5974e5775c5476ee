//! Where results go: a table for people, JSON for programs, a folder of pictures.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::failure::Failure;
use crate::record::{DigitsRecord, Output, RunRecord};
use crate::report;

/// Where results go unless the command line says otherwise.
const DEFAULT_DIRECTORY: &str = "results";

/// The default folder of results.
fn default_directory() -> PathBuf {
    PathBuf::from(DEFAULT_DIRECTORY)
}

/// What the command line asked for.
#[derive(Debug)]
pub struct Destination {
    json: Option<PathBuf>,
    directory: Option<PathBuf>,
}

impl Destination {
    /// Makes the folder, and tries the JSON file, before any time is spent on training.
    ///
    /// # Errors
    /// One line that names what cannot be written.
    pub fn new(json: Option<PathBuf>, directory: Option<PathBuf>) -> Result<Self, Failure> {
        let directory = directory.or_else(|| json.is_none().then(default_directory));
        if let Some(directory) = &directory {
            fs::create_dir_all(directory).map_err(|error| unwritable(directory, &error))?;
        }
        if let Some(json) = json.as_deref().filter(|&json| json != Path::new("-")) {
            fs::OpenOptions::new().append(true).create(true).open(json).map_err(|error| unwritable(json, &error))?;
        }
        Ok(Self { json, directory })
    }

    /// Prints, writes and draws the tasks, and the digits beside them.
    ///
    /// # Errors
    /// One line that names what could not be written.
    pub fn tasks(&self, runs: &[RunRecord], digits: Option<&DigitsRecord>) -> Result<(), Failure> {
        self.json(runs)?;
        self.print(&[&task_table(runs), &digits.map(digits_lines).unwrap_or_default()])?;
        self.draw(runs, digits)
    }

    /// Prints, writes and draws the digits.
    ///
    /// # Errors
    /// One line that names what could not be written.
    pub fn digits(&self, digits: &DigitsRecord) -> Result<(), Failure> {
        self.json(std::slice::from_ref(digits))?;
        self.print(&[&digits_lines(digits)])?;
        self.draw(&[], Some(digits))
    }

    fn json<R: Serialize>(&self, runs: &[R]) -> Result<(), Failure> {
        write_json(self.json.as_deref(), &Output { runs }).map(drop)
    }

    fn print(&self, parts: &[&str]) -> Result<(), Failure> {
        if self.json.as_deref() == Some(Path::new("-")) {
            return Ok(());
        }
        let text: Vec<_> = parts.iter().filter(|part| !part.is_empty()).map(|part| part.trim_end()).collect();
        write_out(&format!("{}\n", text.join("\n\n")))
    }

    fn draw(&self, runs: &[RunRecord], digits: Option<&DigitsRecord>) -> Result<(), Failure> {
        let Some(directory) = &self.directory else { return Ok(()) };
        report::write(directory, runs, digits)?;
        let table = directory.join("table.csv");
        if !runs.is_empty() {
            fs::write(&table, csv(runs)).map_err(|error| unwritable(&table, &error))?;
        }
        self.print(&[&format!("\npictures and tables: {}", directory.join("index.html").display())])
    }
}

/// Writes a result as JSON where it is asked for, and says whether that is standard output.
///
/// # Errors
/// One line that names what could not be written.
pub fn write_json(path: Option<&Path>, result: &impl Serialize) -> Result<bool, Failure> {
    let Some(path) = path else { return Ok(false) };
    let mut text =
        serde_json::to_string(result).map_err(|error| Failure::check(format!("{}: {error}", path.display())))?;
    text.push('\n');
    let to_stdout = path == Path::new("-");
    if to_stdout {
        write_out(&text)?;
    } else {
        fs::write(path, text).map_err(|error| unwritable(path, &error))?;
    }
    Ok(to_stdout)
}

/// To standard output; a reader that has gone away is no error.
fn write_out(text: &str) -> Result<(), Failure> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::check(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(format!("{}: {error}; expected a place to write to", path.display()))
}

/// A number that may not apply.
fn optional(value: Option<f64>, show: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "-".into(), show)
}

const HEADINGS: [&str; 11] = [
    "task",
    "steps",
    "excess loss",
    "slope",
    "law ratio",
    "min cosine",
    "attention error",
    "ood slope",
    "1st order",
    "seconds",
    "digest",
];

fn cells(run: &RunRecord) -> [String; 11] {
    [
        run.task.clone(),
        run.steps.to_string(),
        optional(run.excess_loss, |x| format!("{x:.3e}")),
        optional(run.slope, |x| format!("{x:.3}")),
        optional(run.law_ratio, |x| format!("{x:.3}")),
        optional(run.value_cosine_min, |x| format!("{x:.7}")),
        optional(run.attention_error_max, |x| format!("{x:.4}")),
        optional(run.ood_slope, |x| format!("{x:.3}")),
        optional(run.ood_first_order_slope, |x| format!("{x:.3}")),
        format!("{:.2}", run.seconds),
        run.digest.clone(),
    ]
}

fn task_table(runs: &[RunRecord]) -> String {
    let rows: Vec<_> = runs.iter().map(cells).collect();
    let mut widths = HEADINGS.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    let headings = HEADINGS.map(String::from);
    for row in std::iter::once(&headings).chain(&rows) {
        for (i, (cell, width)) in row.iter().zip(widths).enumerate() {
            // The name stands to the left, numbers to the right.
            let padded = if i == 0 { format!("{cell:width$}") } else { format!("  {cell:>width$}") };
            text.push_str(&padded);
        }
        text.push('\n');
    }
    text
}

fn digits_lines(digits: &DigitsRecord) -> String {
    format!(
        "digits ({source}; {train} images to learn from, {test} to test on)\n  \
         filters' cosine mean {mean:.4}, min {min}; attention on the right patches: interior groups {interior:.3}, \
         border groups {border:.3}\n  \
         relative test loss {loss:.1e}; teacher's accuracy {accuracy:.3}; {steps} steps in {seconds:.2} s; digest {digest}\n",
        source = digits.source,
        train = digits.images.0,
        test = digits.images.1,
        mean = digits.value_cosine_mean,
        min = optional(digits.run.value_cosine_min, |x| format!("{x:.4}")),
        interior = digits.interior_mass,
        border = digits.border_mass,
        loss = digits.relative_test_loss,
        accuracy = digits.teacher_accuracy,
        steps = digits.run.steps,
        seconds = digits.run.seconds,
        digest = digits.run.digest,
    )
}

fn csv(runs: &[RunRecord]) -> String {
    let quote = |cell: String| {
        if cell.contains([',', '"', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    };
    let line = |cells: Vec<String>| cells.into_iter().map(quote).collect::<Vec<_>>().join(",") + "\n";
    let mut text = line(HEADINGS.map(String::from).to_vec());
    for run in runs {
        text.push_str(&line(cells(run).to_vec()));
    }
    text
}
