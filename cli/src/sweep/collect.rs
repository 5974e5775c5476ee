//! `tutee collect`: one table of what a sweep found, a row for each run in the order of the plan, a column for each setting and each
//! number, and a page of figures. Both depend on the plan alone, bit for bit: not on shards, threads or time.

use std::path::Path;

use serde_json::Value;

use super::folder::{Folder, Found};
use super::options::CollectArgs;
use super::page;
use super::parquet;
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
    apart(&folder, &path, page.as_deref(), args.parquet.as_deref())?;
    let (sink, page) = (Sink::new(&path)?, page.map(|page| Ok((Sink::new(&page)?, page))).transpose()?);
    let typed = args.parquet.as_deref().map(|path| Ok((Sink::new(path)?, path))).transpose()?;
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
    let Table { columns, rows } = Table::new(&plan, &found, args.seconds);
    let told = |error: &dyn std::error::Error| Failure::check(format!("the table cannot be written: {error}"));
    let text = csv(&columns, &rows).map_err(|error| told(&error))?;
    sink.write(|writer| writer.write_all(&text))?;
    if let Some((sink, _)) = &typed {
        let bytes = parquet::bytes(&columns, &rows).map_err(|error| told(&error))?;
        sink.write(|writer| writer.write_all(&bytes))?;
    }
    if let Some((sink, _)) = &page {
        sink.write(|writer| writer.write_all(page::html(&plan, &found).as_bytes()))?;
    }
    let mut written = vec![(&sink, path.as_path())];
    written.extend(typed.iter().map(|(sink, path)| (sink, *path)));
    written.extend(page.iter().map(|(sink, path)| (sink, path.as_path())));
    if written.iter().any(|(sink, _)| **sink == Sink::Stdout) {
        return Ok(());
    }
    let names: Vec<_> = written.iter().map(|(_, path)| path.display().to_string()).collect();
    let names = match names.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        _ => names.concat(),
    };
    print(&format!("{names}: {} of {}\n", found.len(), several(plan.runs(), "run")))
}

/// Refuses a table or a page in the place of another, or of what the folder holds.
fn apart(folder: &Folder, table: &Path, page: Option<&Path>, typed: Option<&Path>) -> Result<(), Failure> {
    let named = [("--csv", Some(table), "table"), ("--page", page, "page"), ("--parquet", typed, "table in Parquet")];
    let mut taken: Vec<(&Path, &str)> = Vec::new();
    for (option, path, what) in named.into_iter().filter_map(|(option, path, what)| Some((option, path?, what))) {
        let refuse = |whose: &str| {
            let expected = "expected another name; it is that of";
            Err(Failure::usage(format!("{option} {}: {expected} {whose}", path.display())))
        };
        if path != Path::new("-") && folder.owns(path) {
            return refuse("the plan or of a run");
        }
        if let Some((_, whose)) = taken.iter().find(|(other, _)| resolved(other) == resolved(path)) {
            return refuse(&format!("the {whose}"));
        }
        taken.push((path, what));
    }
    Ok(())
}

/// A table: its columns, and a row for each run.
struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(plan: &Plan, found: &[(usize, Found)], seconds: bool) -> Self {
        let measured: Vec<_> = COLUMNS.into_iter().chain(seconds.then_some("seconds")).collect();
        let row = |(index, run): &(usize, Found)| {
            let settings = plan.settings(*index);
            let cells = measured.iter().map(|column| cell(column, run, &settings));
            std::iter::once(index.to_string()).chain(cells).collect()
        };
        Self {
            rows: found.iter().map(row).collect(),
            columns: std::iter::once("index").chain(measured.iter().copied()).collect(),
        }
    }
}

fn csv(columns: &[&str], rows: &[Vec<String>]) -> csv::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns)?;
    rows.iter().try_for_each(|row| writer.write_record(row))?;
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
    // A step that was refused is a verdict, too, of a run that has no other.
    let refused = || Some(found.ended()).filter(|ended| column == "verdict" && *ended == "diverged").map(str::to_owned);
    measured.or_else(planned).or_else(refused).unwrap_or_default()
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
