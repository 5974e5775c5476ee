//! What `tutee atlas` and `tutee paper` wrote, measured again.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::comparison::Comparison;
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
    #[serde(default)]
    unfinished: Vec<IgnoredAny>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Cell {
    name: String,
    verdict: String,
    agrees: bool,
    expected: String,
    least: Option<f64>,
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
    unfinished: Vec<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Run {
    run: String,
    learn: Option<String>,
    digest: String,
}

impl Run {
    /// Its name, which runs of other sizes may have, too, and what tells them apart.
    fn name(&self) -> String {
        self.learn.as_ref().map_or_else(|| self.run.clone(), |words| format!("{} ({words})", self.run))
    }
}

#[derive(Debug, Deserialize)]
struct Figure {
    figure: String,
    passed: bool,
    checks: Vec<Value>,
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
    let AtlasFile { cells, unfinished } = read(file, bytes)?;
    if cells.is_empty() {
        return Err(Failure::usage(format!("{file}: cells: none; expected a result with a cell that was measured")));
    }
    let names: Vec<_> = cells.iter().map(|cell| cell.name.clone()).collect();
    let plan = atlas::plan_again(&names, threads).map_err(|failure| failure.within(&format!("{file}: cells: ")))?;
    let (found, missing) = plan.measure(&Interrupt::watch());
    if let Some(failure) = Unfinished::failure(&missing.iter().collect::<Vec<_>>(), found.len()) {
        return Err(failure);
    }
    let mut comparison = Comparison::new(file);
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
            None if cell != &found => comparison.different(&cell.name, "in its numbers, and in no point of its curve"),
            None => comparison.equal(&cell.name, &format!("{points}, {}", cell.verdict)),
        }
    }
    comparison.unfinished(unfinished.len());
    comparison.finish()
}

fn paper_again(file: &str, bytes: &[u8], threads: Option<usize>) -> Result<(), Failure> {
    let then: PaperFile = read(file, bytes)?;
    if then.runs.is_empty() {
        return Err(Failure::usage(format!("{file}: runs: none; expected a result with a run that was finished")));
    }
    let (now, _) = paper::plan_again(then.quick, then.data.as_deref(), threads)?.measure(&Interrupt::watch())?;
    let unfinished: Vec<_> = now.unfinished.iter().collect();
    if let Some(failure) = Unfinished::failure(&unfinished, now.runs.len()) {
        return Err(failure);
    }
    let mut comparison = Comparison::new(file);
    let found: Vec<Run> = as_written(&now.runs)?;
    for run in &then.runs {
        let name = run.name();
        match found.iter().find(|found| found.name() == name) {
            None => comparison.different(&name, "it is no run of this version"),
            Some(found) if found.digest == run.digest => comparison.equal(&name, &format!("digest {}", run.digest)),
            Some(found) => comparison.different(&name, &format!("digest {}, not {}", found.digest, run.digest)),
        }
    }
    let whole = then.unfinished.is_empty();
    let forgotten = found.iter().filter(|run| whole && !then.runs.iter().any(|other| other.name() == run.name()));
    for run in forgotten {
        comparison.different(&run.name(), "it is not in the file");
    }
    let figures: Vec<Figure> = as_written(&now.figures)?;
    for figure in &then.figures {
        let name = format!("figure {}", figure.figure);
        match figures.iter().find(|found| found.figure == figure.figure) {
            None => comparison.different(&name, "it is no figure of this version"),
            Some(found) => compare_figures(&mut comparison, &name, figure, found),
        }
    }
    for figure in figures.iter().filter(|found| whole && !then.figures.iter().any(|f| f.figure == found.figure)) {
        comparison.different(&format!("figure {}", figure.figure), "it is not in the file");
    }
    comparison.unfinished(then.unfinished.len());
    comparison.finish()
}

/// Curves, the first point that differs first; then what was checked. Times are never the same.
fn compare_figures(comparison: &mut Comparison, name: &str, then: &Figure, now: &Figure) {
    let timeless = |figure: &'_ Figure| figure.plots.iter().filter(|plot| plot.across != "seconds").count();
    if timeless(then) != timeless(now) {
        return comparison.different(name, "it has another number of plots");
    }
    let plots = then.plots.iter().zip(&now.plots).filter(|(plot, _)| plot.across != "seconds");
    for (plot, found) in plots {
        for (n, curve) in plot.curves.iter().enumerate() {
            let named = format!("{name}, {}, {}", plot.title, curve.name);
            let found = found.curves.get(n).filter(|found| found.name == curve.name);
            match found.map(|found| first_difference(&curve.points, &found.points)) {
                None => return comparison.different(&named, "it is no curve of this version"),
                Some(Some(step)) => return comparison.different(&named, &at("", &plot.across, step)),
                Some(None) => {}
            }
        }
        if plot.curves.len() != found.curves.len() {
            return comparison.different(&format!("{name}, {}", plot.title), "it has another number of curves");
        }
    }
    if then.checks == now.checks && then.passed == now.passed {
        let (curves, checks) = (then.plots.iter().map(|plot| plot.curves.len()).sum::<usize>(), then.checks.len());
        comparison.equal(name, &format!("{}, {}", several(curves as u64, "curve"), several(checks as u64, "check")));
    } else {
        comparison.different(name, "in its checks, and in no point of its curves");
    }
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
