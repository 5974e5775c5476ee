//! Tables of runs: for people in columns, for programs with commas.

use crate::fit::record::FitRecord;
use crate::layer::record::{ClosenessRecord, LayerRecord};
use crate::record::{DigitsRecord, RunRecord, Summary, loss_name};
use crate::text::{LONGEST_NAME, shown};

/// A number that may not apply.
fn optional(value: Option<f64>, show: impl Fn(f64) -> String) -> String {
    value.map_or_else(|| "-".into(), show)
}

/// A number with three decimals; zero has no sign.
fn thousandths(x: f64) -> String {
    let text = format!("{x:.3}");
    if text == "-0.000" { "0.000".to_owned() } else { text }
}

/// A column of a table of runs: its heading, and what stands in it.
type Column = (&'static str, fn(&RunRecord) -> String);

/// How far it came.
const BEGINNING: [Column; 3] = [
    ("task", |run| shown(&run.summary.task, LONGEST_NAME)),
    ("verdict", |run| run.summary.verdict.unwrap_or("-").to_owned()),
    ("steps", |run| run.summary.steps.to_string()),
];
/// Above the best student, for programs.
const EXCESS: Column = ("excess loss", |run| optional(run.summary.excess_over_best(), |x| format!("{x:.3e}")));
const SLOPE: Column = ("slope", |run| optional(run.summary.slope, thousandths));
/// Above the teacher, and what no student is below.
const LOSSES: [Column; 2] = [
    ("loss", |run| optional(run.summary.excess_loss, |x| format!("{x:.3e}"))),
    ("least loss", |run| optional(run.summary.best_loss, |x| format!("{x:.3e}"))),
];
/// Of plain descent.
const LAW: [Column; 1] = [("law ratio", |run| optional(run.summary.law_ratio, |x| format!("{x:.3}")))];
/// Of other rules, which have no law; theta differs from task to task.
const LINE: [Column; 2] = [
    ("theta", |run| {
        optional(run.kind.rules().theta, |x| if x < 1e-3 { format!("{x:.3e}") } else { format!("{x:.4}") })
    }),
    ("line ratio", |run| {
        optional(run.summary.line_ratio, |x| if x.abs() < 1e4 { format!("{x:.4}") } else { format!("{x:.3e}") })
    }),
];
/// What was recovered.
const END: [Column; 6] = [
    ("min cosine", |run| optional(run.summary.value_cosine_min, |x| format!("{x:.7}"))),
    ("attention error", |run| optional(run.summary.attention_error_max, |x| format!("{x:.4}"))),
    ("ood slope", |run| optional(run.summary.ood_slope, thousandths)),
    ("1st order", |run| optional(run.ood_first_order_slope, thousandths)),
    ("seconds", |run| format!("{:.2}", run.summary.seconds)),
    ("digest", |run| run.summary.digest.clone()),
];
/// By which rules; people read it above the table.
const RULES: [Column; 2] = [
    ("rule", |run| run.kind.rules().rule.name().to_owned()),
    ("value rule", |run| run.kind.rules().value_rule.name().to_owned()),
];

/// Headings and rows.
fn cells(parts: &[&[Column]], runs: &[RunRecord]) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let columns: Vec<Column> = parts.concat();
    let row = |run| columns.iter().map(|(_, cell)| cell(run)).collect();
    (columns.iter().map(|&(heading, _)| heading).collect(), runs.iter().map(row).collect())
}

/// Runs on tasks, as people read them.
pub fn tasks(runs: &[RunRecord]) -> String {
    let other = runs.iter().map(|run| run.kind.rules()).find(|rules| !rules.plain());
    let by =
        other.map(|rules| format!("steps by --rule {} --value-rule {}\n", rules.rule.name(), rules.value_rule.name()));
    let [(_, loss), _] = LOSSES;
    let loss = (loss_name(runs.iter().map(|run| &run.summary)), loss);
    let (headings, rows) = cells(&[&BEGINNING, &[loss, SLOPE], if other.is_some() { &LINE } else { &LAW }, &END], runs);
    by.unwrap_or_default() + &columns(&headings, &rows) + &judgements(runs.iter().map(|run| &run.summary))
}

/// Runs on tasks for programs, which have all of it, whatever the rules; none without runs.
pub fn tasks_csv(runs: &[RunRecord]) -> Option<String> {
    let (headings, rows) = cells(&[&BEGINNING, &[EXCESS, SLOPE], &LAW, &END, &RULES, &LINE, &LOSSES], runs);
    csv(&headings, &rows)
}

const LAYER_HEADINGS: [&str; 11] = [
    "task",
    "verdict",
    "steps",
    "start loss",
    "test loss",
    "slope",
    "min cosine",
    "W_V content",
    "W_KQ position",
    "seconds",
    "digest",
];

fn layer_cells(run: &LayerRecord) -> [String; 11] {
    let share = |share: Option<f64>| optional(share, |x| format!("{x:.4}"));
    [
        shown(&run.summary.task, LONGEST_NAME),
        run.summary.verdict.unwrap_or("-").to_owned(),
        run.summary.steps.to_string(),
        optional(run.summary.excess_loss_start, |x| format!("{x:.3e}")),
        optional(run.summary.excess_loss, |x| format!("{x:.3e}")),
        optional(run.summary.slope, |x| format!("{x:.3}")),
        optional(run.summary.value_cosine_min, |x| format!("{x:.7}")),
        share(run.shares.value_content),
        share(run.shares.position_position),
        format!("{:.2}", run.summary.seconds),
        run.summary.digest.clone(),
    ]
}

const FIT_HEADINGS: [&str; 13] = [
    "pairs",
    "verdict",
    "steps",
    "start loss",
    "training loss",
    "test loss",
    "best constant",
    "its test loss",
    "position-free",
    "its test loss",
    "explained",
    "seconds",
    "digest",
];

fn fit_cells(run: &FitRecord) -> [String; 13] {
    let loss = |loss: Option<f64>| optional(loss, |x| format!("{x:.3e}"));
    [
        shown(&run.task, LONGEST_NAME),
        run.verdict.to_owned(),
        run.steps.to_string(),
        loss(Some(run.training_loss_start)),
        loss(Some(run.training_loss)),
        loss(run.test_loss),
        loss(Some(run.constant_loss)),
        loss(run.constant_test_loss),
        loss(run.position_free_loss),
        loss(run.position_free_test_loss),
        optional(run.explained_test.or(run.explained), |x| format!("{x:.4}")),
        format!("{:.2}", run.seconds),
        run.digest.clone(),
    ]
}

/// Runs of layers, as people read them.
pub fn layers(runs: &[LayerRecord]) -> String {
    let mut text = columns(&LAYER_HEADINGS, &runs.iter().map(layer_cells).collect::<Vec<_>>());
    text.push_str(&judgements(runs.iter().map(|run| &run.summary)));
    for run in runs {
        if let Some(ClosenessRecord { cosine, error }) = run.key_query_recovery {
            let (cosine, error) = (optional(cosine, |x| format!("{x:.7}")), optional(error, |x| format!("{x:.3e}")));
            let task = shown(&run.summary.task, LONGEST_NAME);
            text.push_str(&format!(
                "{task}: W_KQ beside the teacher's, as far as answers tell: cosine {cosine}, error {error}\n"
            ));
        }
    }
    text
}

/// A table; its first two columns are of words.
pub fn columns<R: AsRef<[String]>>(headings: &[&str], rows: &[R]) -> String {
    let headings: Vec<String> = headings.iter().map(|&heading| heading.to_owned()).collect();
    let mut widths: Vec<usize> = headings.iter().map(String::len).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row.as_ref()) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in std::iter::once(headings.as_slice()).chain(rows.iter().map(AsRef::as_ref)) {
        for (i, (cell, width)) in row.iter().zip(&widths).enumerate() {
            // Words stand to the left, numbers to the right.
            let padded = match i {
                0 => format!("{cell:width$}"),
                1 => format!("  {cell:width$}"),
                _ => format!("  {cell:>width$}"),
            };
            text.push_str(&padded);
        }
        text.push('\n');
    }
    text
}

/// Fits, as people read them; none without fits.
pub fn fits(runs: &[FitRecord]) -> Option<String> {
    let rows: Vec<_> = runs.iter().map(fit_cells).collect();
    (!rows.is_empty()).then(|| columns(&FIT_HEADINGS, &rows))
}

/// Fits for programs; none without fits.
pub fn fits_csv(runs: &[FitRecord]) -> Option<String> {
    csv(&FIT_HEADINGS, &runs.iter().map(fit_cells).collect::<Vec<_>>())
}

/// Runs of layers for programs; none without runs.
pub fn layers_csv(runs: &[LayerRecord]) -> Option<String> {
    csv(&LAYER_HEADINGS, &runs.iter().map(layer_cells).collect::<Vec<_>>())
}

/// A line for each run of which more is to be said than that all is as it should be.
fn judgements<'a>(runs: impl Iterator<Item = &'a Summary>) -> String {
    let said = runs.filter_map(|run| Some(format!("{}: {}\n", shown(&run.task, LONGEST_NAME), run.judgement()?)));
    said.collect()
}

/// The digits' run.
pub fn digits(digits: &DigitsRecord) -> String {
    format!(
        "digits ({source}; {train} images to learn from, {test} to test on)\n  \
         {verdict}: {reason}\n  \
         filters' cosine mean {mean:.4}, min {min}; attention on the right patches: interior groups {interior:.3}, \
         border groups {border:.3}\n  \
         relative test loss {loss:.1e}; teacher's accuracy {accuracy:.3}; {steps} steps in {seconds:.2} s; digest {digest}\n",
        source = shown(&digits.source, 200),
        verdict = digits.run.summary.verdict.unwrap_or("-"),
        reason = digits.run.summary.reason.unwrap_or("-"),
        train = digits.images.0,
        test = digits.images.1,
        mean = digits.value_cosine_mean,
        min = optional(digits.run.summary.value_cosine_min, |x| format!("{x:.4}")),
        interior = digits.interior_mass,
        border = digits.border_mass,
        loss = digits.relative_test_loss,
        accuracy = digits.teacher_accuracy,
        steps = digits.run.summary.steps,
        seconds = digits.run.summary.seconds,
        digest = digits.run.summary.digest,
    )
}

/// A table for programs; none without rows.
fn csv<R: AsRef<[String]>>(headings: &[&str], rows: &[R]) -> Option<String> {
    let quote = |cell: String| {
        if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    };
    let line = |cells: Vec<String>| cells.into_iter().map(quote).collect::<Vec<_>>().join(",") + "\n";
    let mut text = line(headings.iter().map(|&heading| heading.to_owned()).collect());
    for row in rows {
        text.push_str(&line(row.as_ref().to_vec()));
    }
    (!rows.is_empty()).then_some(text)
}
