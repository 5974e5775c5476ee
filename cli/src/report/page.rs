//! The page: the table first, then the pictures, each with a few words on what to look for. One file, nothing
//! fetched from elsewhere.

use super::contents::Report;
use super::lines::{by_rule, decay};
use super::markup::{self, LOSS, escape};
use super::number::{NOTHING, fixed, fixed_or_nothing, short, short_or_nothing};
use super::section::{Level, Picture, Section};
use crate::fit::record::FitRecord;
use crate::layer::record::LayerRecord;
use crate::record::{DigitsRecord, RunRecord, Summary};
use crate::step_rules::StepRules;

/// A column of the table: heading, what the value should be, what it means, the value.
type Column<R> = (&'static str, &'static str, &'static str, fn(&R) -> String);

const VERDICT: &str = "what the numbers mean together: hover over it, or see below the table";

/// Of runs by plain descent.
const COLUMNS: [Column<RunRecord>; 8] = [
    ("verdict", "asymptotic", VERDICT, |run| verdict(&run.summary)),
    (
        "slope",
        "→ −1",
        "slope of the loss, that above the teacher's own, on log-log axes over the last half decade of steps",
        |run| fixed_or_nothing(run.summary.slope, 3),
    ),
    (
        "law ratio",
        "→ 1",
        "last loss, that above the teacher's own, divided by what the law K J (D − K) / (4 · rate · steps) predicts",
        |run| fixed_or_nothing(run.summary.law_ratio, 3),
    ),
    (
        "min cosine",
        "→ 1",
        "cosine of the angle between a filter of the teacher and the student's copy, the worst filter",
        |run| fixed_or_nothing(run.summary.value_cosine_min, 6),
    ),
    (
        "attention error",
        "→ 0",
        "largest difference between an entry of the student's attention S and the teacher's S*",
        |run| short_or_nothing(run.summary.attention_error_max),
    ),
    (
        "OOD slope",
        "→ −0.5",
        "slope of that loss on out-of-distribution inputs, over the last decade of steps",
        |run| fixed_or_nothing(run.summary.ood_slope, 3),
    ),
    ("seconds", "", "wall time of the training loop", |run| fixed(run.summary.seconds, 2)),
    ("digest", "", "fingerprint of all parameter bits: the same on every machine", |run| {
        format!("<code>{}</code>", escape(&run.summary.digest))
    }),
];

/// Of runs by plain descent, some of which may learn labels.
fn plain_columns(runs: &[RunRecord]) -> Vec<Column<RunRecord>> {
    let labels = runs.iter().filter(|run| run.kind.labels()).count();
    let mut columns = COLUMNS.to_vec();
    if labels == 0 {
        return columns;
    }
    for (name, goal, meaning, _) in &mut columns {
        match *name {
            "slope" => *goal = if labels == runs.len() { "→ −⅓" } else { "" },
            "law ratio" => {
                *meaning = "last excess loss divided by what the law predicts: of labels (C² / (3 D² · rate · steps))^⅓, of other answers \
                            K J (D − K) / (4 · rate · steps)";
            }
            "OOD slope" => *goal = "",
            _ => {}
        }
    }
    columns
}

/// Of runs by other rules: the line of the rule in the place of the law.
fn columns_of(runs: &[RunRecord]) -> Vec<Column<RunRecord>> {
    let decay = runs.first().and_then(decay);
    // One theta stands in the introduction.
    let theta = runs.iter().any(|run| Some(run.kind.rules()) != runs.first().map(|run| run.kind.rules()));
    let mut columns = Vec::new();
    for column in COLUMNS {
        let (name, _, meaning, value) = column;
        match name {
            "slope" => {
                let goal = if decay == Some(2.0) { "→ −2" } else if decay == Some(1.0) { "→ −1" } else { "" };
                columns.push((name, goal, meaning, value));
                if theta {
                    let meaning = "theta of Polyak's rule, or the length of a normalised step";
                    columns.push(("theta", "", meaning, |run| fixed_or_nothing(run.kind.rules().theta, 4)));
                }
            }
            "law ratio" => columns.push((
                "line ratio",
                "→ 1",
                "how fast the loss falls over how fast it should by its rule: slopes of a power, rates of a geometric fall; nothing where \
                 that is not known",
                |run| fixed_or_nothing(run.summary.line_ratio, 3),
            )),
            // Room for theta.
            "seconds" if theta => {}
            "OOD slope" => {
                let goal = if decay == Some(2.0) { "→ −1" } else if decay == Some(1.0) { "→ −0.5" } else { "" };
                columns.push((name, goal, meaning, value));
            }
            _ => columns.push(column),
        }
    }
    columns
}

const LAYER_COLUMNS: [Column<LayerRecord>; 8] = [
    ("verdict", "", VERDICT, |run| verdict(&run.summary)),
    ("test loss", "→ 0", "mean loss, after the last step, on samples that training never sees", |run| {
        short_or_nothing(run.summary.excess_loss)
    }),
    ("slope", "", "slope of the test loss on log-log axes over the last half decade of steps", |run| {
        fixed_or_nothing(run.summary.slope, 3)
    }),
    (
        "min cosine",
        "→ 1",
        "cosine of the angle between a filter of the teacher and the content of the layer's copy, the worst filter",
        |run| fixed_or_nothing(run.summary.value_cosine_min, 6),
    ),
    ("W_V content", "", "share of the squared norm of W_V in its columns for content", |run| {
        fixed_or_nothing(run.shares.value_content, 4)
    }),
    ("W_KQ position", "", "share of the squared norm of W_KQ in the block of positions against positions", |run| {
        fixed_or_nothing(run.shares.position_position, 4)
    }),
    ("seconds", "", "wall time of the training loop", |run| fixed(run.summary.seconds, 2)),
    ("digest", "", "fingerprint of all parameter bits: the same on every machine", |run| {
        format!("<code>{}</code>", escape(&run.summary.digest))
    }),
];

fn verdict(run: &Summary) -> String {
    let class = if run.failed { "failed" } else { "verdict" };
    let (verdict, reason) = (run.verdict.unwrap_or(NOTHING), escape(run.reason.unwrap_or_default()));
    format!("<span class=\"{class}\" title=\"{reason}\">{verdict}</span>")
}

const FIT_COLUMNS: [Column<FitRecord>; 8] = [
    ("verdict", "", VERDICT, |fit| {
        let class = if fit.failed { "failed" } else { "verdict" };
        format!("<span class=\"{class}\" title=\"{}\">{}</span>", escape(fit.reason), fit.verdict)
    }),
    ("training loss", "", "mean loss over the pairs, after the last step", |fit| short(fit.training_loss)),
    ("test loss", "", "mean loss over pairs that training never sees", |fit| short_or_nothing(fit.test_loss)),
    (
        "best constant",
        "",
        "loss of the best answer that is the same for all inputs; over test pairs where there are some",
        |fit| short_or_nothing(fit.constant_test_loss.or(Some(fit.constant_loss))),
    ),
    (
        "position-free",
        "",
        "loss of the best affine function of the mean of all tokens; over test pairs where there are some",
        |fit| short_or_nothing(fit.position_free_test_loss.or(fit.position_free_loss)),
    ),
    (
        "explained",
        "→ 1",
        "share of the answers' variance that the student explains; over test pairs where there are some",
        |fit| fixed_or_nothing(fit.explained_test.or(fit.explained), 4),
    ),
    ("seconds", "", "wall time of the training loop", |fit| fixed(fit.seconds, 2)),
    ("digest", "", "fingerprint of all parameter bits: the same on every machine", |fit| {
        format!("<code>{}</code>", escape(&fit.digest))
    }),
];

/// Before the names of the files beside the page, and after them.
const FILES: (&str, &str) = ("<meta name=\"tutee-files\" content=\"", "\" />");

/// The files that a page says it was written with; only plain names.
pub fn files(page: &str) -> impl Iterator<Item = &str> {
    let list = page.split_once(FILES.0).and_then(|(_, rest)| rest.split_once(FILES.1)).map_or("", |(list, _)| list);
    let plain = |name: &&str| {
        let stem = name.strip_suffix(".svg").or(name.strip_suffix(".csv")).unwrap_or_default();
        !stem.is_empty() && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    list.split(' ').filter(plain)
}

/// The whole page. `slugs` names the section of each run, and `names` the files beside the page.
pub fn html(report: &Report<'_>, slugs: &[String], sections: &[Section], names: &[&str]) -> String {
    let &Report { runs, layers, fits, digits, unfinished, .. } = report;
    let mut body = String::new();
    body.push_str(&match (layers.is_empty(), fits.is_empty()) {
        (_, false) => FIT_INTRODUCTION.to_owned(),
        (false, _) => LAYER_INTRODUCTION.to_owned(),
        _ => introduction(runs),
    });
    body.push_str(&format!("<p class=\"soft\">{LOSS}</p>\n"));
    if !unfinished.is_empty() {
        body.push_str("<p class=\"card\" id=\"unfinished\"><b>Not finished:</b> ");
        let told: Vec<_> = unfinished.iter().map(|run| format!("{} ({})", escape(&run.task), run.why)).collect();
        body.push_str(&told.join(", "));
        body.push_str(". This page shows the others.</p>\n");
    }
    if !runs.is_empty() {
        let rows: Vec<_> = runs.iter().zip(slugs).map(|(run, slug)| Row::of(run, &run.summary, slug)).collect();
        let plain = runs.iter().all(|run| run.kind.rules().plain());
        let mut columns = if plain { plain_columns(runs) } else { columns_of(runs) };
        if !runs.iter().all(|run| run.summary.loss_is_excess()) {
            // What they should be is known of students that can become their teachers.
            columns.iter_mut().for_each(|column| column.1 = "");
        }
        body.push_str(&table(&columns, &rows));
        body.push_str(&glossary(&columns));
    }
    if !layers.is_empty() {
        let slugs = slugs.get(runs.len()..).unwrap_or_default();
        let rows: Vec<_> = layers.iter().zip(slugs).map(|(run, slug)| Row::of(run, &run.summary, slug)).collect();
        let mut columns = LAYER_COLUMNS;
        if layers.iter().any(|run| run.summary.student_activation.is_some()) {
            // With another activation than its teacher's a layer may never answer alike.
            columns.iter_mut().for_each(|column| column.1 = "");
        }
        body.push_str(&table(&columns, &rows));
        body.push_str(&glossary(&columns));
    }
    if !fits.is_empty() {
        let slugs = slugs.get(runs.len() + layers.len()..).unwrap_or_default();
        let rows: Vec<_> = fits.iter().zip(slugs).map(|(fit, slug)| Row::of_fit(fit, slug)).collect();
        body.push_str(&table(&FIT_COLUMNS, &rows));
        body.push_str(&glossary(&FIT_COLUMNS));
    }
    for section in sections {
        let heading = if section.level == Level::Part { "h2" } else { "h3" };
        body.push_str(&format!(
            "<section id=\"{}\">\n<{heading}>{}</{heading}>\n<p class=\"soft\">{}</p>\n",
            escape(&section.id),
            escape(&section.heading),
            escape(&section.introduction)
        ));
        if let Some(digits) = digits.filter(|_| section.id == "digits") {
            body.push_str(&tiles(digits));
        }
        let figures = section.pictures.iter().map(figure);
        match section.level {
            Level::Part => figures.for_each(|figure| body.push_str(&card(&figure))),
            Level::Entry => body.push_str(&card(&figures.collect::<String>())),
        }
        body.push_str("</section>\n");
    }
    let head = format!("{}{}{}\n", FILES.0, names.join(" "), FILES.1);
    markup::page("Tutee: what the student learned", &head, "", &body)
}

fn card(content: &str) -> String {
    format!("<div class=\"card\">\n{content}</div>\n")
}

fn figure(picture: &Picture) -> String {
    let (title, caption) = (escape(&picture.title), escape(&picture.caption));
    let drawings: String = picture.drawings.iter().map(|drawing| drawing.place(&picture.title)).collect();
    format!(
        "<figure>\n<div class=\"drawings\">\n{drawings}</div>\n<figcaption><b>{title}.</b> {caption}</figcaption>\n</figure>\n"
    )
}

/// What the page is about, and how the student moves.
fn introduction(runs: &[RunRecord]) -> String {
    let rules = runs.first().map(|run| run.kind.rules()).unwrap_or_default();
    // Theta differs from task to task.
    let hope = if runs.iter().all(|run| run.summary.loss_is_excess()) {
        "If theory is right it does not just answer alike: its value matrix W becomes V*, its attention S becomes S*, and its loss falls along \
         a law that is known beforehand. This page shows how far that came true."
    } else {
        "Not every student of this page can become its teacher; this page shows how near they came, and below the table stands what the best \
         could do, where that is known."
    };
    let shared = runs.iter().all(|run| run.kind.rules() == rules);
    let by = by_rule(if shared { rules } else { StepRules { theta: None, ..rules } });
    let labels = if runs.iter().any(|run| run.kind.labels()) {
        "<p>A teacher of <b>labels</b> says no more than on which side of V* one token lies. The student answers with log-odds, the sum of its \
         outputs: W comes to point along V*, and grows for ever as it becomes surer.</p>\n"
    } else {
        ""
    };
    format!(
        "<h1>What the student learned</h1>\n\
         <p>A <b>teacher</b> is a small fixed function: it filters every token of its input with V*, averages tokens as its mixing S* says, \
         and applies an activation. The <b>student</b> is a transformer of one layer whose attention depends on positions only. It starts \
         from zero, knows nothing of V* or S*, and learns {by} from what the teacher answers.</p>\n\
         <p>{hope}</p>\n{labels}"
    )
}

const LAYER_INTRODUCTION: &str = "\
<h1>What the layer learned</h1>
<p>A <b>teacher</b> is a small fixed function: it filters every token of its input with V*, weighs tokens, and applies an
activation. The <b>student</b> is a whole attention layer: keys, queries and values see what a token contains and where it
stands. It learns by plain gradient descent from what the teacher answers to inputs that are drawn.</p>
<p>Nothing tells the layer which part of its matrices to use. This page shows which it did, and how well it answers on samples that
training never sees.</p>
";

const FIT_INTRODUCTION: &str = "\
<h1>What the pairs say</h1>
<p>A <b>student</b>, one layer of attention, learned from recorded pairs of inputs and answers and nothing else. Its value
matrix W says how the features of a token are summed; its attention S says which tokens each output depends on. Predictors that know
no links stand beside it: below them it has found some.</p>
";

/// A run in a table: its name, what is said of it below the table, and the name of its section.
struct Row<'a, R> {
    run: &'a R,
    task: &'a str,
    judgement: Option<String>,
    slug: &'a String,
}

impl<'a, R> Row<'a, R> {
    /// Of a run with what all kinds of runs have in common.
    fn of(run: &'a R, summary: &'a Summary, slug: &'a String) -> Self {
        Self { run, task: &summary.task, judgement: summary.judgement(), slug }
    }
}

impl<'a> Row<'a, FitRecord> {
    /// Of a fit.
    fn of_fit(run: &'a FitRecord, slug: &'a String) -> Self {
        Self { run, task: &run.task, judgement: Some(format!("{}: {}", run.verdict, run.reason)), slug }
    }
}

/// A table of runs.
fn table<R>(columns: &[Column<R>], rows: &[Row<'_, R>]) -> String {
    let mut text =
        String::from("<div class=\"card\" id=\"summary\">\n<table>\n<thead>\n<tr><th scope=\"col\">task</th>");
    for (name, _, meaning, _) in columns {
        text.push_str(&format!("<th scope=\"col\" title=\"{}\">{name}</th>", escape(meaning)));
    }
    text.push_str("</tr>\n<tr><td>should be</td>");
    for (_, goal, ..) in columns {
        text.push_str(&format!("<td>{goal}</td>"));
    }
    text.push_str("</tr>\n</thead>\n<tbody>\n");
    for Row { run, task, slug, .. } in rows {
        text.push_str(&format!("<tr><td><a href=\"#task-{}\">{}</a></td>", escape(slug), escape(task)));
        for (name, .., value) in columns {
            text.push_str(&format!("<td data-label=\"{name}\">{}</td>", value(run)));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table>\n");
    for Row { task, judgement, .. } in rows {
        if let Some(judgement) = judgement {
            text.push_str(&format!("<p class=\"judgement\"><b>{}</b>: {}</p>\n", escape(task), escape(judgement)));
        }
    }
    text.push_str("</div>\n");
    text
}

fn glossary<R>(columns: &[Column<R>]) -> String {
    let mut text = String::from("<details class=\"card\">\n<summary>What the columns mean</summary>\n<dl>\n");
    for (name, _, meaning, _) in columns {
        text.push_str(&format!("<dt>{name}</dt><dd>{}</dd>\n", escape(meaning)));
    }
    text.push_str("</dl>\n</details>\n");
    text
}

fn tiles(digits: &DigitsRecord) -> String {
    let run = &digits.run;
    let tiles = [
        (fixed(digits.value_cosine_mean, 4), "mean cosine of the filters"),
        (fixed_or_nothing(run.summary.value_cosine_min, 4), "cosine of the worst filter"),
        (fixed(digits.interior_mass, 4), "attention on the right patches, groups inside the image"),
        (fixed(digits.border_mass, 4), "the same, groups at the border"),
        (short_or_nothing(Some(digits.relative_test_loss)), "loss on unseen images, 1 before training"),
        (format!("{} s", fixed(run.summary.seconds, 1)), "training of the student"),
    ];
    let mut text = String::from("<div class=\"tiles\">\n");
    let summary = &run.summary;
    let reason = escape(summary.reason.unwrap_or_default());
    text.push_str(&format!("<div class=\"tile\"><b>{}</b><span>{reason}</span></div>\n", verdict(summary)));
    for (value, meaning) in tiles {
        text.push_str(&format!("<div class=\"tile\"><b>{value}</b><span>{meaning}</span></div>\n"));
    }
    text.push_str("</div>\n");
    text
}
