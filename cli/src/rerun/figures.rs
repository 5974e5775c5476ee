//! What `tutee atlas` and `tutee paper` wrote, measured again.

use std::path::PathBuf;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use super::comparison::Comparison;
use super::difference;
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

#[derive(Debug, Deserialize)]
struct Cell {
    name: String,
    verdict: String,
    curve: Curve,
    beside: Vec<(String, Curve)>,
}

/// All that a file says of one of these.
#[derive(Debug, Deserialize)]
struct Written {
    #[serde(alias = "figures")]
    cells: Vec<Value>,
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
    /// What it means, and what else a version says of it.
    #[serde(flatten)]
    said: Map<String, Value>,
}

impl Run {
    /// Its name, which runs of other sizes may have, too, and what tells them apart.
    fn name(&self) -> String {
        self.learn.as_ref().map_or_else(|| self.run.clone(), |words| format!("{} ({words})", self.run))
    }

    /// All that is compared, with a curve only where the file has one: results of an earlier day have none.
    fn said(&self, file: &Self) -> Value {
        let mut said = self.said.clone();
        said.insert("digest".to_owned(), self.digest.clone().into());
        said.retain(|name, _| name != "curve" || file.said.contains_key(name));
        said.into()
    }
}

#[derive(Debug, Deserialize)]
struct Figure {
    figure: String,
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
    let Written { cells: written } = read(file, bytes)?;
    for (cell, written) in cells.iter().zip(&written) {
        let Some(found) = found.iter().find(|found| found.name == cell.name) else { continue };
        let (all, found): (Value, Cell) = (as_written(found)?, as_written(found)?);
        let beside = cell.beside.iter().zip(&found.beside);
        let curves = beside.map(|(then, now)| (then.0.as_str(), &then.1, &now.1));
        let curves = std::iter::once(("", &cell.curve, &found.curve)).chain(curves);
        let first = curves.filter_map(|(name, then, now)| Some(at(name, "", &first_difference(then, now)?))).next();
        let points = several(cell.curve.len() as u64, "point");
        match first.or_else(|| difference::of_fields("", written, &all)) {
            Some(how) => comparison.different(&cell.name, &how),
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
            Some(found) => match difference::of_run(&run.said(run), &found.said(run)) {
                Some(how) => comparison.different(&name, &how),
                None => comparison.equal(&name, &format!("digest {}", run.digest)),
            },
        }
    }
    let whole = then.unfinished.is_empty();
    let forgotten = found.iter().filter(|run| whole && !then.runs.iter().any(|other| other.name() == run.name()));
    for run in forgotten {
        comparison.different(&run.name(), "it is not in the file");
    }
    let (figures, all): (Vec<Figure>, Vec<Value>) = (as_written(&now.figures)?, as_written(&now.figures)?);
    let Written { cells: written } = read(file, bytes)?;
    for (figure, written) in then.figures.iter().zip(&written) {
        let name = format!("figure {}", figure.figure);
        match figures.iter().zip(&all).find(|(found, _)| found.figure == figure.figure) {
            None => comparison.different(&name, "it is no figure of this version"),
            Some(found) => compare_figures(&mut comparison, &name, (figure, written), found),
        }
    }
    for figure in figures.iter().filter(|found| whole && !then.figures.iter().any(|f| f.figure == found.figure)) {
        comparison.different(&format!("figure {}", figure.figure), "it is not in the file");
    }
    comparison.unfinished(then.unfinished.len());
    comparison.finish()
}

/// A figure without what runs over seconds, and without the seconds that its setting names, which are others every time.
fn timeless(figure: &Value) -> Value {
    let mut figure = figure.clone();
    if let Some(setting) = figure.get_mut("setting") {
        *setting = without_seconds(setting.as_str().unwrap_or_default()).into();
    }
    if let Some(plots) = figure.get_mut("plots").and_then(Value::as_array_mut) {
        plots.retain(|plot| plot.get("across").and_then(Value::as_str) != Some("seconds"));
    }
    figure
}

/// A text without the numbers before `s`.
fn without_seconds(text: &str) -> String {
    let words: Vec<_> = text.split(' ').collect();
    let seconds =
        |n: usize| words.get(n + 1) == Some(&"s") && words.get(n).is_some_and(|word| word.parse::<f64>().is_ok());
    words.iter().enumerate().filter(|&(n, _)| !seconds(n)).map(|(_, &word)| word).collect::<Vec<_>>().join(" ")
}

/// Curves, the first point that differs first; then all else: what was checked, and matrices. Times are never the same.
fn compare_figures(
    comparison: &mut Comparison,
    name: &str,
    (then, written): (&Figure, &Value),
    (now, found): (&Figure, &Value),
) {
    let steady = |plot: &&Plot| plot.across != "seconds";
    if then.plots.iter().filter(steady).count() != now.plots.iter().filter(steady).count() {
        return comparison.different(name, "it has another number of plots");
    }
    for (plot, found) in then.plots.iter().filter(steady).zip(now.plots.iter().filter(steady)) {
        for (n, curve) in plot.curves.iter().enumerate() {
            let named = format!("{name}, {}, {}", plot.title, curve.name);
            let found = found.curves.get(n).filter(|found| found.name == curve.name);
            match found.map(|found| first_difference(&curve.points, &found.points)) {
                None => return comparison.different(&named, "it is no curve of this version"),
                Some(Some(point)) => return comparison.different(&named, &at("", &plot.across, &point)),
                Some(None) => {}
            }
        }
        if plot.curves.len() != found.curves.len() {
            return comparison.different(&format!("{name}, {}", plot.title), "it has another number of curves");
        }
    }
    match difference::of_fields("", &timeless(written), &timeless(found)) {
        Some(how) => comparison.different(name, &how),
        None => {
            let curves = then.plots.iter().map(|plot| plot.curves.len()).sum::<usize>();
            let checks = several(then.checks.len(), "check");
            comparison.equal(name, &format!("{}, {checks}", several(curves, "curve")));
        }
    }
}

/// A point of a curve, or none.
type PointOf = Option<(f64, Option<f64>)>;

/// The first point that is another now, or in one of the curves alone: that of the file, and that of now.
fn first_difference(then: &Curve, now: &Curve) -> Option<(PointOf, PointOf)> {
    let points = (0..then.len().max(now.len())).map(|n| (then.get(n).copied(), now.get(n).copied()));
    points.into_iter().find(|(then, now)| then != now)
}

/// Where on which curve, and what stands there.
fn at(curve: &str, across: &str, (then, now): &(PointOf, PointOf)) -> String {
    let of = if curve.is_empty() { String::new() } else { format!(" of its curve {}", shown(curve, LONGEST_NAME)) };
    let across = if across.is_empty() || across == "gradient steps" { "step" } else { across };
    let height = |point: &(f64, Option<f64>)| point.1.map_or_else(|| "no number".to_owned(), |y| format!("{y:?}"));
    match (then, now) {
        (Some(then), Some(now)) if then.0 == now.0 => {
            format!("at {across} {}{of}: {}, not {}", now.0, height(now), height(then))
        }
        (Some(then), Some(now)) => format!("at {across} {}{of}: not at {}", now.0, then.0),
        (Some(then), None) => format!("at {across} {}{of}: there is no such point", then.0),
        (None, Some(now)) => format!("at {across} {}{of}: a point that the result has not", now.0),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_no_part_of_a_setting() {
        assert_eq!(without_seconds("eta 0.5, mirror 3.8e-4 s (5 steps)."), "eta 0.5, mirror s (5 steps).");
    }

    #[test]
    fn the_first_point_that_differs_is_named() {
        let then = vec![(0.0, Some(1.0)), (10.0, Some(0.5)), (20.0, None)];
        assert_eq!(first_difference(&then, &then), None);
        let changed = |i: usize, point| {
            let mut now = then.clone();
            now[i] = point;
            first_difference(&then, &now).map(|found| at("", "", &found))
        };
        assert_eq!(changed(1, (10.0, Some(0.5 + 1e-16))).unwrap(), "at step 10: 0.5000000000000001, not 0.5");
        assert_eq!(changed(2, (20.0, Some(0.1))).unwrap(), "at step 20: 0.1, not no number");
        assert_eq!(changed(1, (11.0, Some(0.5))).unwrap(), "at step 11: not at 10");
        let shorter = then[..2].to_vec();
        let [less, more] =
            [(&then, &shorter), (&shorter, &then)].map(|(then, now)| first_difference(then, now).unwrap());
        assert_eq!(at("beside", "theta", &less), "at theta 20 of its curve beside: there is no such point");
        assert_eq!(at("", "gradient steps", &more), "at step 20: a point that the result has not");
    }
}
