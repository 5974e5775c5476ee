//! What `tutee atlas` and `tutee paper` wrote, measured again.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::Comparison;
use crate::atlas;
use crate::failure::{Failure, Unfinished};
use crate::interrupt::Interrupt;
use crate::paper;
use crate::text::{LONGEST_NAME, several, shown};

/// What tells the kinds of files apart.
#[derive(Debug, Deserialize)]
struct Fields {
    cells: Option<IgnoredAny>,
    figures: Option<IgnoredAny>,
}

/// Steps, and losses; null is what is no number.
type Curve = Vec<(f64, Option<f64>)>;

#[derive(Debug, Deserialize)]
struct AtlasFile {
    cells: Vec<Cell>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Cell {
    name: String,
    verdict: String,
    numbers: Vec<Value>,
    curve: Curve,
    beside: Vec<(String, Curve)>,
}

#[derive(Debug, Deserialize)]
struct PaperFile {
    quick: bool,
    data: Option<PathBuf>,
    runs: Vec<Run>,
    figures: Vec<Figure>,
}

#[derive(Debug, Deserialize)]
struct Run {
    run: String,
    digest: String,
}

#[derive(Debug, Deserialize)]
struct Figure {
    figure: String,
    plots: Vec<Plot>,
}

#[derive(Debug, Deserialize)]
struct Plot {
    title: String,
    across: String,
    curves: Vec<PlotCurve>,
}

#[derive(Debug, Deserialize)]
struct PlotCurve {
    name: String,
    points: Curve,
}

/// Measures again what an atlas or a paper holds, and compares; nothing where the file is of another kind.
///
/// # Errors
/// Exit code 1 for what differs, with the first step that does; 2 for a file that cannot be read.
pub fn rerun(file: &str, bytes: &[u8], threads: Option<usize>) -> Option<Result<(), Failure>> {
    let fields: Fields = serde_json::from_slice(bytes).ok()?;
    if fields.figures.is_some() {
        Some(paper_again(file, bytes, threads))
    } else if fields.cells.is_some() {
        Some(atlas_again(file, bytes, threads))
    } else {
        None
    }
}

fn read<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T, Failure> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| Failure::usage(format!("{file}: {error}")))
}

/// What was measured now, as a file would hold it.
fn as_written<T: DeserializeOwned>(measured: &impl serde::Serialize) -> Result<T, Failure> {
    let value = serde_json::to_value(measured).and_then(serde_json::from_value);
    value.map_err(|error| Failure::check(format!("what was measured cannot be written: {error}")))
}

fn atlas_again(file: &str, bytes: &[u8], threads: Option<usize>) -> Result<(), Failure> {
    let AtlasFile { cells } = read(file, bytes)?;
    if cells.is_empty() {
        return Err(Failure::usage(format!("{file}: cells: none; expected a result with a cell that was measured")));
    }
    let names: Vec<_> = cells.iter().map(|cell| cell.name.clone()).collect();
    let plan = atlas::plan_again(&names, threads).map_err(|failure| failure.within(&format!("{file}: cells: ")))?;
    let (found, failures) = plan.measure(&Interrupt::watch());
    let mut comparison = Comparison { file: file.to_owned(), failures, ..Comparison::default() };
    for cell in &cells {
        let Some(found) = found.iter().find(|found| found.name == cell.name) else { continue };
        let found: Cell = as_written(found)?;
        let beside = cell.beside.iter().zip(&found.beside);
        let curves = beside.map(|(then, now)| (then.0.as_str(), &then.1, &now.1));
        let curves = std::iter::once(("", &cell.curve, &found.curve)).chain(curves);
        let first = curves.filter_map(|(name, then, now)| Some((name, first_difference(then, now)?))).next();
        let points = several(cell.curve.len() as u64, "point");
        match first {
            Some((name, step)) => comparison.different(&cell.name, &at(name, "", step)),
            None if cell != &found => comparison.different(&cell.name, "in its numbers, and in no point of its curves"),
            None => comparison.equal(&cell.name, &format!("{points}, {}", cell.verdict)),
        }
    }
    comparison.finish()
}

fn paper_again(file: &str, bytes: &[u8], threads: Option<usize>) -> Result<(), Failure> {
    let then: PaperFile = read(file, bytes)?;
    if then.runs.is_empty() {
        return Err(Failure::usage(format!("{file}: runs: none; expected a result with a run that was finished")));
    }
    let now = paper::plan_again(then.quick, then.data.as_deref(), threads)?.measure(&Interrupt::watch());
    let unfinished: Vec<_> = now.unfinished.iter().collect();
    if let Some(failure) = Unfinished::failure(&unfinished, now.runs.len()) {
        return Err(failure);
    }
    let mut comparison = Comparison { file: file.to_owned(), ..Comparison::default() };
    for run in &then.runs {
        match now.runs.iter().find(|found| found.run == run.run) {
            None => comparison.different(&run.run, "it is no run of this version"),
            Some(found) if found.digest == run.digest => {
                comparison.equal(&run.run, &format!("digest {}", run.digest));
            }
            Some(found) => {
                comparison.different(&run.run, &format!("digest {}, not {}", found.digest, run.digest));
            }
        }
    }
    // Times are never the same.
    let figures: Vec<Figure> = as_written(&now.figures)?;
    for figure in &then.figures {
        let plots = figures.iter().find(|found| found.figure == figure.figure).map_or(&[][..], |found| &found.plots);
        for plot in figure.plots.iter().filter(|plot| plot.across != "seconds") {
            let curves = plots.iter().find(|found| found.title == plot.title).map_or(&[][..], |found| &found.curves);
            for curve in &plot.curves {
                let name = format!("figure {}, {}, {}", figure.figure, plot.title, curve.name);
                let found = curves.iter().find(|found| found.name == curve.name);
                let first = found.map_or(Some(0.0), |found| first_difference(&curve.points, &found.points));
                if let Some(step) = first {
                    comparison.different(&name, &at("", &plot.across, step));
                }
            }
        }
    }
    comparison.finish()
}

/// Where a curve that was recorded has another point now, or none.
fn first_difference(then: &Curve, now: &Curve) -> Option<f64> {
    let differs = |point: &&(usize, &(f64, Option<f64>))| now.get(point.0) != Some(point.1);
    let points: Vec<_> = then.iter().enumerate().collect();
    let first = points.iter().find(differs).map(|(_, point)| point.0);
    first.or_else(|| now.get(then.len()).map(|point| point.0))
}

/// Where on which curve.
fn at(curve: &str, across: &str, x: f64) -> String {
    let of = if curve.is_empty() { String::new() } else { format!(" of its curve {}", shown(curve, LONGEST_NAME)) };
    let across = if across.is_empty() || across == "gradient steps" { "step" } else { across };
    format!("at {across} {x}{of}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_point_that_differs_is_named() {
        let then = vec![(0.0, Some(1.0)), (10.0, Some(0.5)), (20.0, None)];
        assert_eq!(first_difference(&then, &then), None);
        let changed = |i: usize, point| {
            let mut now = then.clone();
            now[i] = point;
            now
        };
        assert_eq!(first_difference(&then, &changed(1, (10.0, Some(0.5 + 1e-16)))), Some(10.0));
        assert_eq!(first_difference(&then, &changed(2, (20.0, Some(0.1)))), Some(20.0));
        assert_eq!(first_difference(&then, &then[..2].to_vec()), Some(20.0));
        assert_eq!(first_difference(&then[..2].to_vec(), &then), Some(20.0));
    }
}
