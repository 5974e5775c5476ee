//! The figures as a page: a table of checks, then each figure with its curves and matrices. One file, no script, nothing fetched from
//! elsewhere.

use std::fmt::Write;

use super::record::{Figure, Matrices, Paper, Plot, RULE};
use crate::atlas::number::short;
use crate::report::axes::Scale;
use crate::report::chart::{self, Axes, Entry, LONGEST_LINE, Mark, fitting, series};
use crate::report::colour::Map;
use crate::report::heatmap::{bound, colour_bar, columns, draw, drawable};
use crate::report::style;
use crate::report::svg::{Anchor, Svg, escape};

/// The table's own look: long words in its last column.
const STYLE: &str = "td:last-child,th:last-child{text-align:left;white-space:normal;min-width:240px}.passed{color:#0c7a54;font-weight:600}\n\
@media (prefers-color-scheme:dark){.passed{color:#35c08f}}\n";

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
         says of the same runs. {passed} of {all} checks pass. {RULE}</p>\n{quick}"
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
        for plot in &figure.plots {
            drawn(&mut body, plot.title, &curves(plot));
        }
        for matrices in &figure.matrices {
            drawn(&mut body, &matrices.run, &heat_maps(matrices));
        }
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n<title>Tutee: the paper, figure by figure</title>\n\
         <style>\n{}{}{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        style::PAGE,
        style::figures(),
    )
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

fn drawn(body: &mut String, title: &str, svg: &Svg) {
    let title = escape(title);
    write!(
        body,
        "<div class=\"card\">\n<figure>\n{}<figcaption><b>{title}.</b></figcaption>\n</figure>\n</div>\n",
        svg.inline(&title)
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
                "<tr><td><a href=\"#figure-{n}\">{}</a></td><td class=\"{class}\">{verdict}</td><td title=\"{}\">{}</td><td>{}</td><td>{}</td>\
                 <td>{}: {}</td></tr>",
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

fn curves(plot: &Plot) -> Svg {
    let points = || plot.curves.iter().flat_map(|curve| &curve.points);
    let up = if plot.logarithmic {
        Scale::decades(points().map(|point| point.1).chain(plot.level))
    } else {
        Scale::Even { low: 0.0, high: 1.05, step: 0.2, decimals: 1 }
    };
    let axes = Axes {
        across: Scale::from_least_to_most(points().map(|point| point.0)),
        across_title: plot.across,
        up,
        up_title: plot.up,
    };
    // A curve and the dashed one that it is compared with have one colour.
    let solid = plot.curves.iter().filter(|curve| !curve.dashed).count().max(1);
    let class = |n: usize, dashed: bool| {
        let series = series(n % solid);
        if dashed { format!("dashed {}", series.trim_start_matches("curve ")) } else { series }
    };
    let level = plot.level.map(|y| Mark::Level { class: "guide dashed".to_owned(), y });
    let curves = plot
        .curves
        .iter()
        .enumerate()
        .map(|(n, curve)| Mark::Curve { class: class(n, curve.dashed), points: curve.points.clone() });
    let marks: Vec<_> = level.into_iter().chain(curves).collect();
    let legend: Vec<_> = plot
        .curves
        .iter()
        .enumerate()
        .map(|(n, curve)| Entry { class: class(n, curve.dashed), text: fitting(&curve.name, LONGEST_LINE) })
        .collect();
    chart::overview(&axes, 320.0, &marks, &legend)
}

/// Matrices side by side, each as high as the others.
fn heat_maps(matrices: &Matrices) -> Svg {
    const TOP: f64 = 30.0;
    const SIDE: f64 = 250.0;
    const GAP: f64 = 90.0;
    let mut x = 10.0;
    let mut parts = Vec::new();
    for matrix in &matrices.matrices {
        let (rows, block) = drawable(&matrix.rows);
        let (height, width) = (rows.len().max(1) as f64, columns(&rows).max(1) as f64);
        let cell = SIDE / if height > width { height } else { width };
        // A matrix of few rows is stretched, so that they can be told apart.
        let tall = if height < 0.25 * width { 0.25 * SIDE / height } else { cell };
        parts.push((matrix, rows, block, x, (cell, tall)));
        x += cell * width + GAP;
    }
    let lowest = parts
        .iter()
        .map(|(_, rows, _, _, cell)| rows.len() as f64 * cell.1)
        .fold(80.0, |a, b| if b > a { b } else { a });
    let mut svg = Svg::new(x, TOP + lowest + 16.0);
    for (matrix, rows, block, x, cell) in &parts {
        let most = bound([&**rows]);
        let map = if matrix.signed { Map::Signed(most) } else { Map::Amount(most) };
        svg.text("heading", Anchor::Start, (*x, TOP - 10.0), &matrix.title);
        draw(&mut svg, rows, map, (*x, TOP), *cell);
        let (width, height) = (columns(rows) as f64 * cell.0, rows.len() as f64 * cell.1);
        colour_bar(&mut svg, map, (x + width + 12.0, TOP), if height > 80.0 { height } else { 80.0 });
        let (down, across) = matrix.borders.unwrap_or_default();
        let at = |index: usize, side: f64| (index / block) as f64 * side;
        if let Some(column) = across {
            let x = x + at(column, cell.0);
            svg.line("guide dashed", (x, TOP), (x, TOP + height));
        }
        if let Some(row) = down {
            let y = TOP + at(row, cell.1);
            svg.line("guide dashed", (*x, y), (x + width, y));
        }
    }
    svg
}
