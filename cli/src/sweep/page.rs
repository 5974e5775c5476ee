//! The figures of a sweep: medians over seeds with the middle half shaded, over the steps and over every setting that is a number. One
//! file, nothing fetched from elsewhere; it depends on the plan alone, as the table does.

use std::collections::BTreeMap;

use serde_json::Value;
use tutee::Scalar;

use super::folder::Found;
use super::groups::{Group, Groups, Setting, quantile};
use super::plan::Plan;
use crate::report::axes::{Axes, Axis, Scale, step};
use crate::report::drawing::{Drawing, fitting};
use crate::report::markup::{self, LOSS, escape};
use crate::report::number::{count, extent, fixed_or_nothing, log10, short_or_nothing};
use crate::report::plot::{Band, Curve, Spread, Stroke, bands};

/// Lines of one frame: as many as there are colours.
const MOST_LINES: usize = 8;
/// Frames of one figure, and rows of the table; the CSV has all.
const MOST_FRAMES: usize = 24;
const MOST_ROWS: usize = 200;
/// Rows of a table that is open from the start.
const SHORT: usize = 12;

/// A number that figures show: its column of the table, what it is, its name along the axis, a level to compare with.
struct Measure {
    column: &'static str,
    title: &'static str,
    name: &'static str,
    level: Option<f64>,
}

const MEASURES: [Measure; 4] = [
    Measure { column: "excess_loss", title: "Excess loss", name: "excess loss", level: None },
    Measure { column: "law_ratio", title: "Excess loss over its law", name: "excess loss / law", level: Some(1.0) },
    Measure { column: "value_error", title: "Error of the filters", name: "|W − V*| / |V*|", level: None },
    Measure { column: "attention_error", title: "Error of the attention", name: "|S − S*| / |S*|", level: None },
];

/// The whole page.
pub fn html(plan: &Plan, found: &[(usize, Found)]) -> String {
    let groups = Groups::new(plan, found);
    let losses = found.iter().filter(|(_, run)| run.value("excess_loss").is_some());
    let excess = losses.map(|(_, run)| run.value("best_loss")).all(|best| best.and_then(Value::as_f64) == Some(0.0));
    // Of students that cannot become their teachers, or of which nobody knows, the loss is no excess.
    let (loss, loss_begins) = if excess { ("excess loss", "Excess loss") } else { ("loss", "Loss") };
    let settings: Vec<_> = plan.values().map(|(name, values)| format!("{name}: {}", values.join(", "))).collect();
    let of = if found.len() == plan.runs() { String::new() } else { format!(" of {}", count(plan.runs() as u64)) };
    let runs = if found.len() == 1 && of.is_empty() { "run" } else { "runs" };
    let mut body = format!(
        "<h1>What the runs say together</h1>\n<p>{}{of} {runs}. Those that differ in nothing but the seed stand together: a line is \
         their median, the ground around it the middle half of them. A run that diverged has no numbers and is counted in the table alone.</p>\n\
         <p class=\"soft\">{}</p>\n<p class=\"soft\">{LOSS} Of a layer the loss is that of samples which training never sees.</p>\n",
        count(found.len() as u64),
        escape(&settings.join("; "))
    );
    body.push_str(&table(&groups, loss));
    let over_steps = |group: &Group<'_>| group.over_steps("excess_loss");
    let lines: Vec<_> = groups.all.iter().map(|group| (group.places.clone(), over_steps(group))).collect();
    let others: Vec<_> = groups.varied.iter().collect();
    let across = "gradient steps";
    let frame = Frames { name: "steps", across, up: loss, level: None, marked: false };
    let title = format!("{loss_begins} over the steps");
    section(&mut body, "steps", "Over the steps", &[(&title, frames(&frame, &others, lines))]);
    for (n, setting) in groups.varied.iter().enumerate() {
        let Some(numbers) = setting.numbers() else { continue };
        let others: Vec<_> = groups.varied.iter().filter(|other| other.name != setting.name).collect();
        let across = setting.name.replace('-', " ");
        let figures: Vec<_> = MEASURES
            .iter()
            .filter_map(|measure| {
                let name = format!("{}-{}", setting.name, measure.column.replace('_', "-"));
                let (title, up) = match measure.column {
                    "excess_loss" => (loss_begins, loss),
                    _ => (measure.title, measure.name),
                };
                let frame = Frames { name: &name, across: &across, up, level: measure.level, marked: true };
                let drawings = frames(&frame, &others, over(&groups, n, &numbers, measure.column));
                (!drawings.0.is_empty()).then_some((title, drawings))
            })
            .collect();
        section(&mut body, setting.name, &format!("Over {across}"), &figures);
    }
    markup::page("Tutee: a sweep", "", "", &body)
}

/// A line for each combination of the other settings, over the n-th.
fn over(groups: &Groups<'_>, n: usize, numbers: &[f64], column: &str) -> Vec<(Vec<usize>, Vec<Spread>)> {
    let mut lines: BTreeMap<Vec<usize>, Vec<Spread>> = BTreeMap::new();
    for group in &groups.all {
        let mut others = group.places.clone();
        if n >= others.len() {
            continue;
        }
        let place = others.remove(n);
        lines.entry(others).or_default().extend(numbers.get(place).and_then(|&x| group.spread(x, column)));
    }
    let ordered = |mut points: Vec<Spread>| {
        points.sort_by(|a, b| a.across.total_cmp(&b.across));
        points
    };
    lines.into_iter().map(|(others, points)| (others, ordered(points))).collect()
}

/// What the frames of a figure have in common.
struct Frames<'a> {
    name: &'a str,
    across: &'a str,
    up: &'a str,
    level: Option<f64>,
    marked: bool,
}

/// Lines in frames, each with no more than there are colours, and all of them on the same axes; and how many frames are left out.
fn frames(frame: &Frames<'_>, others: &[&Setting<'_>], lines: Vec<(Vec<usize>, Vec<Spread>)>) -> (Vec<Drawing>, usize) {
    let points = || lines.iter().flat_map(|(_, points)| points);
    let places = extent(points().map(|point| point.across));
    if places.is_none_or(|(low, high)| low == high) || !points().any(|point| point.middle > 0.0) {
        return (Vec::new(), 0);
    }
    let edges = points().flat_map(|point| [point.low, point.high]);
    let up = Scale::close(edges.chain(frame.level).collect::<Vec<_>>().into_iter());
    let across = Axis { title: frame.across, scale: along(points().map(|point| point.across)) };
    let axes = Axes { across, up: Axis { title: frame.up, scale: up } };
    // The first settings tell frames apart, the rest lines in one.
    let rest = |from: usize| others.iter().skip(from).map(|setting| setting.values.len()).product::<usize>();
    let apart = (0..others.len()).find(|&from| rest(from) <= MOST_LINES).unwrap_or(others.len());
    let told = |settings: &[&Setting<'_>], places: &[usize]| {
        let told: Vec<_> = settings.iter().zip(places).map(|(setting, &place)| setting.told(place)).collect();
        told.join(", ")
    };
    let mut drawn: BTreeMap<Vec<usize>, Vec<Band>> = BTreeMap::new();
    // Of runs that all diverged there is no line.
    for (places, points) in lines.iter().filter(|(_, points)| !points.is_empty()) {
        let (of_frame, of_line) = places.split_at(apart.min(places.len()));
        let of_lines = others.get(apart..).unwrap_or_default();
        let name = told(of_lines, of_line);
        let ink = of_lines.iter().zip(of_line).fold(0, |ink, (setting, &place)| ink * setting.values.len() + place);
        let name = if name.is_empty() { "median".to_owned() } else { fitting(&name) };
        drawn.entry(of_frame.to_vec()).or_default().push(Band {
            name,
            ink,
            marked: frame.marked,
            points: points.clone(),
        });
    }
    let left_out = drawn.len().saturating_sub(MOST_FRAMES);
    let several = drawn.len() > 1;
    let drawing = |(n, (places, lines)): (usize, (Vec<usize>, Vec<Band>))| {
        let (heading, height) = (told(others, &places), if several { 280 } else { 380 });
        let level = frame.level.map(|y| Curve::level("exactly the law", Stroke::Dashed, across, y).unlisted());
        bands(&format!("{}-{}", frame.name, n + 1), &heading, &axes, height, &lines, level.as_slice())
    };
    (drawn.into_iter().take(MOST_FRAMES).enumerate().map(drawing).collect(), left_out)
}

/// An axis along which all values have room: of decades where they are positive and far apart.
fn along(values: impl Iterator<Item = f64> + Clone) -> Scale {
    let (low, high) = extent(values).unwrap_or((0.0, 1.0));
    if low > 0.0 && high >= 4.0 * low {
        let (low, high) = (log10(low), log10(high));
        let room = 0.04 * (high - low);
        return Scale::Decades { low: low - room, high: high + room };
    }
    let room = 0.04 * (high - low);
    Scale::Even { low: low - room, high: high + room, step: step((high - low).larger(f64::MIN_POSITIVE)) }
}

fn section(body: &mut String, id: &str, heading: &str, figures: &[(&str, (Vec<Drawing>, usize))]) {
    if figures.iter().all(|(_, (drawings, _))| drawings.is_empty()) {
        return;
    }
    body.push_str(&format!("<section id=\"{}\">\n<h2>{}</h2>\n", escape(id), escape(heading)));
    for (title, (drawings, left_out)) in figures {
        let places: String = drawings.iter().map(|drawing| drawing.place(title)).collect();
        let rest = match left_out {
            0 => String::new(),
            n => format!(" The first {} of {}; the table has all.", drawings.len(), drawings.len() + n),
        };
        body.push_str(&format!(
            "<div class=\"card\">\n<figure>\n<div class=\"drawings\">\n{places}</div>\n<figcaption><b>{}.</b>{rest}</figcaption>\n</figure>\n\
             </div>\n",
            escape(title)
        ));
    }
    body.push_str("</section>\n");
}

/// Each group with the verdicts of its runs.
fn table(groups: &Groups<'_>, loss: &str) -> String {
    let loss = format!("median {loss}");
    let columns = ["runs", "verdicts", &loss, "median law ratio", "median slope"];
    let mut text = String::from("<table>\n<thead>\n<tr><th scope=\"col\">settings</th>");
    columns.iter().for_each(|name| text.push_str(&format!("<th scope=\"col\">{name}</th>")));
    text.push_str("</tr>\n</thead>\n<tbody>\n");
    for group in groups.all.iter().take(MOST_ROWS) {
        let median = |column| quantile(&group.numbers(column), 0.5);
        let class = if group.runs.iter().any(|run| run.failed.is_some()) { "failed" } else { "verdict" };
        let cells = [
            group.runs.len().to_string(),
            format!("<span class=\"{class}\">{}</span>", escape(&group.judged())),
            short_or_nothing(median("excess_loss")),
            fixed_or_nothing(median("law_ratio"), 3),
            fixed_or_nothing(median("slope"), 3),
        ];
        text.push_str(&format!("<tr><td>{}</td>", escape(&groups.told(group))));
        columns
            .iter()
            .zip(cells)
            .for_each(|(name, cell)| text.push_str(&format!("<td data-label=\"{name}\">{cell}</td>")));
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table>\n");
    if groups.all.len() > MOST_ROWS {
        text.push_str(&format!(
            "<p class=\"soft\">The first {MOST_ROWS} of {} rows.</p>\n",
            count(groups.all.len() as u64)
        ));
    }
    // A long table would push the figures far down.
    if groups.all.len() <= SHORT {
        return format!("<div class=\"card\" id=\"summary\">\n{text}</div>\n");
    }
    let told = format!("<summary>How the runs of {} groups ended</summary>\n", count(groups.all.len() as u64));
    format!("<details class=\"card\" id=\"summary\">\n{told}{text}</details>\n")
}
