//! `tutee collect`: one table of what a sweep found, a row for each run in the order of the plan, a column for each setting and each
//! number, and a page of figures. Both depend on the plan alone, bit for bit: not on shards, threads or time.

use std::path::Path;

use serde_json::Value;

use super::folder::{Folder, Found};
use super::options::CollectArgs;
use super::page;
use super::plan::Plan;
use crate::failure::Failure;
use crate::files::{Sink, resolved};
use crate::streams::print;
use crate::text::several;

const TABLE: &str = "table.csv";
const PAGE: &str = "index.html";

/// The columns after the run's number. Names are those of `--json`; `share_` stands before those of `shares`, and errors and the
/// out-of-distribution excess are those of the curve's last point.
const COLUMNS: [&str; 72] = [
    "task",
    "teacher",
    "student",
    "mode",
    "scalar",
    "seed",
    "steps",
    "rate",
    "attention_rate",
    "batch",
    "noise",
    "noise_mean",
    "flips",
    "input",
    "test_input",
    "activation",
    "student_activation",
    "filters",
    "features",
    "tokens",
    "outputs",
    "group",
    "chosen",
    "embedding",
    "encoding",
    "code_width",
    "attention",
    "keys",
    "scale",
    "start",
    "queries",
    "train",
    "loss",
    "rule",
    "value_rule",
    "theta",
    "stop_loss",
    "stop_relative",
    "stop_gradient",
    "stop_unchanged",
    "stop_every",
    "stopped",
    "ended",
    "verdict",
    "excess_loss_start",
    "excess_loss",
    "slope",
    "law_ratio",
    "line_ratio",
    "steps_needed",
    "best_loss",
    "value_cosine_min",
    "attention_error_max",
    "value_error",
    "attention_error",
    "ood_excess",
    "ood_slope",
    "ood_first_order_slope",
    "test_samples",
    "share_value_content",
    "share_value_position",
    "share_content_content",
    "share_content_position",
    "share_position_content",
    "share_position_position",
    "teacher_temperature",
    "teacher_scale",
    "teacher_share",
    "teacher_token",
    "digest",
    "reason",
    "failed",
];

/// Of these a plan may write 1 for what a result calls 1.0.
const NUMBERS: [&str; 9] =
    ["rate", "attention_rate", "noise", "noise_mean", "flips", "theta", "stop_loss", "stop_relative", "stop_gradient"];

/// Writes the table, and the page with its figures.
///
/// # Errors
/// Exit code 1 where a run has no result; 2 for a folder or a file that is none of a sweep.
pub fn collect(args: &CollectArgs) -> Result<(), Failure> {
    let (folder, plan) = Folder::open(&args.folder)?;
    let path = args.csv.clone().unwrap_or_else(|| args.folder.join(TABLE));
    let page = match (&args.page, &args.csv) {
        (None, Some(_)) => None,
        (page, _) => Some(page.clone().unwrap_or_else(|| args.folder.join(PAGE))),
    };
    apart(&folder, &path, page.as_deref())?;
    let (sink, page) = (Sink::new(&path)?, page.map(|page| Ok((Sink::new(&page)?, page))).transpose()?);
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for index in 0..plan.runs() {
        match folder.read(&plan, index)? {
            Some(run) => found.push((index, run)),
            None => missing.push(index),
        }
    }
    if let Some(first) = missing.first().filter(|_| !args.partial) {
        let words = plan.words(*first).join(" ");
        return Err(Failure::check(format!(
            "{}: {} of {} without a result, run {first} the first, {words}; expected all, or --partial",
            args.folder.display(),
            missing.len(),
            several(plan.runs(), "run")
        )));
    }
    let table = table(&plan, &found, args.seconds).map_err(|error| Failure::check(error.to_string()))?;
    sink.write(|writer| writer.write_all(&table))?;
    if let Some((sink, _)) = &page {
        sink.write(|writer| writer.write_all(page::html(&plan, &found).as_bytes()))?;
    }
    let drawn = page.as_ref().map(|(_, path)| format!(" and {}", path.display())).unwrap_or_default();
    if sink == Sink::Stdout || page.is_some_and(|(sink, _)| sink == Sink::Stdout) {
        return Ok(());
    }
    print(&format!("{}{drawn}: {} of {}\n", path.display(), found.len(), several(plan.runs(), "run")))
}

/// Refuses a table or a page in the place of the other, or of what the folder holds.
fn apart(folder: &Folder, table: &Path, page: Option<&Path>) -> Result<(), Failure> {
    let named =
        [("--csv", Some(table)), ("--page", page)].into_iter().filter_map(|(option, path)| Some((option, path?)));
    for (option, path) in named.filter(|(_, path)| *path != Path::new("-")) {
        if folder.owns(path) {
            let expected = "expected another name; it is that of the plan or of a run";
            return Err(Failure::usage(format!("{option} {}: {expected}", path.display())));
        }
    }
    match page {
        Some(page) if resolved(page) == resolved(table) => {
            Err(Failure::usage(format!("--page {}: expected another name; it is that of the table", page.display())))
        }
        _ => Ok(()),
    }
}

fn table(plan: &Plan, found: &[(usize, Found)], seconds: bool) -> csv::Result<Vec<u8>> {
    let columns: Vec<_> = COLUMNS.into_iter().chain(seconds.then_some("seconds")).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(std::iter::once("index").chain(columns.iter().copied()))?;
    for (index, run) in found {
        let settings = plan.settings(*index);
        let cells = columns.iter().map(|column| cell(column, run, &settings));
        writer.write_record(std::iter::once(index.to_string()).chain(cells))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// What a result says, or else what the plan says.
fn cell(column: &str, found: &Found, settings: &[(&str, &str)]) -> String {
    match column {
        "ended" => return found.ended().to_owned(),
        "failed" => return found.failed.clone().unwrap_or_default(),
        _ => {}
    }
    let measured = found.value(column).and_then(written);
    let planned = || {
        let (_, value) = settings.iter().find(|(name, _)| name.replace('-', "_") == column)?;
        let number = value.parse().ok().filter(|_| NUMBERS.contains(&column));
        Some(number.map_or_else(|| (*value).to_owned(), |number: f64| format!("{number:?}")))
    };
    measured.or_else(planned).unwrap_or_default()
}

/// A value in one cell; none of a matrix.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) => Some(value.to_string()),
        Value::Number(number) => Some(match number.as_f64().filter(|_| number.is_f64()) {
            Some(number) => format!("{number:?}"),
            None => number.to_string(),
        }),
        // An activation with its slope, as `tutee fit` writes it.
        Value::Object(one) => one.iter().next().map(|(name, value)| format!("{name}:{value}")),
        // The blocks that train, or the tokens that are chosen, as the command line has them; a matrix has lists in it.
        Value::Array(words) => {
            let word = |word: &Value| word.as_str().map(str::to_owned).or_else(|| word.as_u64().map(|n| n.to_string()));
            words.iter().map(word).collect::<Option<Vec<_>>>().map(|words| words.join(","))
        }
    }
}
