//! The figures as a page: a table of checks, then each figure with its curves and matrices. One file, nothing fetched from elsewhere.

use std::fmt::Write;

use super::record::{Figure, Matrices, MatrixRecord, Paper, Plot, RULE, RunOf, verdicts};
use crate::atlas::number::short;
use crate::report::axes::{Axes, Axis, Scale};
use crate::report::cells::{Colours, Matrix, framed, matrix};
use crate::report::drawing::{Drawing, fitting};
use crate::report::markup::{self, LOSS, escape};
use crate::report::plot::{self, Ink, Stroke};

/// The table's own look: long words in its last column.
const STYLE: &str = "td:last-child,th:last-child{text-align:left;white-space:normal;min-width:240px}@media (max-width:760px){.said{display:block!important}.said::before{content:none!important}}.passed{color:#0c7a54;font-weight:600}\n\
@media screen and (prefers-color-scheme:dark){.passed{color:#35c08f}}\n";

/// The whole page.
pub fn html(paper: &Paper) -> String {
    let checks = paper.figures.iter().flat_map(|figure| &figure.checks);
    let (passed, all) = (checks.clone().filter(|check| check.passed).count(), checks.count());
    let quick = if paper.quick {
        "<p><b>A quick look:</b> smaller runs, and not of all tasks; nothing here is at the paper's sizes but where it says so.</p>\n"
    } else {
        ""
    };
    let mut body = format!(
        "<h1>The paper, figure by figure</h1>\n<p>Figures 1 to 5 of <i>Transformers Trained via Gradient Descent Can Provably Learn a Class \
         of Teacher Models</i> (arXiv 2603.22801), run again, with what it states beside what is measured; then what theory of our own \
         says of the same runs. {passed} of {all} checks pass. {RULE} <a href=\"#runs\">{}</a></p>\n<p class=\"soft\">{LOSS}</p>\n{quick}",
        verdicts(&paper.runs),
    );
    for run in &paper.unfinished {
        writeln!(body, "<p class=\"failed\">Unfinished: {}</p>", escape(&run.message)).ok();
    }
    body.push_str(&table(&paper.figures));
    for (n, figure) in paper.figures.iter().enumerate() {
        write!(
            body,
            "<h2 id=\"figure-{n}\">{}: {}</h2>\n<p class=\"soft\">{}</p>\n",
            escape(&named(figure)),
            escape(figure.title),
            escape(&figure.setting)
        )
        .ok();
        for (m, plot) in figure.plots.iter().enumerate() {
            drawn(&mut body, &plot.title, &[curves(&format!("figure-{n}-{}", m + 1), plot)]);
        }
        for (m, matrices) in figure.matrices.iter().enumerate() {
            drawn(&mut body, &matrices.run, &heat_maps(&format!("figure-{n}-matrix-{}", m + 1), matrices));
        }
    }
    body.push_str(&table_of_runs(&paper.runs));
    markup::page("Tutee: the paper, figure by figure", "", STYLE, &body)
}

fn named(figure: &Figure) -> String {
    if figure.figure.starts_with(|c: char| c.is_ascii_digit()) {
        format!("Figure {}", figure.figure)
    } else {
        let mut name = figure.figure.to_owned();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        name
    }
}

fn drawn(body: &mut String, title: &str, drawings: &[Drawing]) {
    let places: String = drawings.iter().map(|drawing| drawing.place(title)).collect();
    let title = escape(title);
    write!(
        body,
        "<div class=\"card\">\n<figure>\n<div class=\"drawings\">\n{places}</div>\n<figcaption><b>{title}.</b></figcaption>\n</figure>\n\
         </div>\n",
    )
    .ok();
}

fn table(figures: &[Figure]) -> String {
    let mut text = String::from(
        "<div class=\"card\">\n<table>\n<thead><tr><th scope=\"col\">figure</th><th scope=\"col\">verdict</th><th scope=\"col\">measured</th>\
         <th scope=\"col\">passes within</th><th scope=\"col\">stated by</th><th scope=\"col\">what, and what is stated</th></tr></thead>\n<tbody>\n",
    );
    for (n, figure) in figures.iter().enumerate() {
        for check in &figure.checks {
            let (class, verdict) = if check.passed { ("passed", "pass") } else { ("failed", "FAIL") };
            let each: Vec<_> = check.measured.iter().map(|m| format!("{} {}", m.run, short(m.value))).collect();
            writeln!(
                text,
                "<tr><td><a href=\"#figure-{n}\">{}</a></td><td class=\"{class}\" data-label=\"verdict\">{verdict}</td>\
                 <td title=\"{}\" data-label=\"measured\">{}</td><td data-label=\"passes within\">{}</td><td data-label=\"stated by\">{}</td>\
                 <td class=\"said\" data-label=\"what\">{}: {}</td></tr>",
                escape(&named(figure)),
                escape(&each.join("; ")),
                escape(&check.range()),
                escape(&check.bounds()),
                check.by,
                escape(check.what),
                escape(check.statement),
            )
            .ok();
        }
    }
    text.push_str("</tbody>\n</table>\n</div>\n");
    text
}

/// What was run, and what each run means.
fn table_of_runs(runs: &[RunOf]) -> String {
    let mut text = String::from(
        "<h2 id=\"runs\">Runs</h2>\n<p class=\"soft\">What each means by its curve, and the words after <code>tutee learn</code> that train the same \
         to the last bit.</p>\n<div class=\"card\">\n<table>\n<thead><tr><th scope=\"col\">run</th><th scope=\"col\">verdict</th>\
         <th scope=\"col\">digest</th><th scope=\"col\">seconds</th><th scope=\"col\">why, and tutee learn</th></tr></thead>\n<tbody>\n",
    );
    for run in runs {
        let class = if run.failed { " class=\"failed\"" } else { "" };
        let words = run.learn.as_ref().map(|words| format!("<br/><code>{}</code>", escape(words))).unwrap_or_default();
        writeln!(
            text,
            "<tr><td>{}</td><td{class} data-label=\"verdict\">{}</td><td data-label=\"digest\"><code>{}</code></td>\
             <td data-label=\"seconds\">{:.2}</td><td class=\"said\" data-label=\"why\">{}{words}</td></tr>",
            escape(&run.run),
            run.word(),
            run.digest,
            run.seconds,
            escape(run.reason.as_deref().unwrap_or_default()),
        )
        .ok();
    }
    text.push_str("</tbody>\n</table>\n</div>\n");
    text
}

fn curves(name: &str, plot: &Plot) -> Drawing {
    let points = || plot.curves.iter().flat_map(|curve| &curve.points);
    let scale = if plot.logarithmic {
        Scale::decades_down(points().map(|point| point.1.abs()).chain(plot.level), plot.decades)
    } else {
        Scale::Even { low: 0.0, high: 1.05, step: 0.2 }
    };
    let across = Axis { title: plot.across, scale: Scale::from_least_to_most(points().map(|point| point.0)) };
    let axes = Axes { across, up: Axis { title: plot.up, scale } };
    // A curve and the dashed one that it is compared with have one colour.
    let solid = plot.curves.iter().filter(|curve| !curve.dashed).count().max(1);
    let level = plot.level.map(|y| plot::Curve::level("level", Stroke::Dashed, across, y).unlisted());
    let lines = plot.curves.iter().enumerate().map(|(n, curve)| {
        let below = plot.logarithmic && curve.points.iter().any(|point| point.1 < 0.0);
        let stroke = match (curve.dashed, below) {
            (true, _) => Stroke::Dashed,
            (false, true) => Stroke::Signed,
            (false, false) => Stroke::Solid,
        };
        plot::Curve::new(fitting(&curve.name), Ink::Run(n % solid), stroke, curve.points.clone())
    });
    plot::curves(name, "", &axes, 360, &level.into_iter().chain(lines).collect::<Vec<_>>())
}

/// Matrices side by side.
fn heat_maps(name: &str, matrices: &Matrices) -> Vec<Drawing> {
    let drawing = |(n, record): (usize, &MatrixRecord)| {
        let rows = record.rows.as_slice();
        let colours = if record.signed { Colours::signed([rows]) } else { Colours::of([rows]) };
        let drawing = matrix(&Matrix {
            name: format!("{name}-{}", n + 1),
            title: &record.title,
            rows,
            sides: ("", ""),
            colours,
            borders: record.borders.unwrap_or_default(),
        });
        framed(drawing, &record.frames)
    };
    matrices.matrices.iter().enumerate().map(drawing).collect()
}
