//! Drawings as plotly.js takes them: curves in a frame, and matrices as coloured cells. Colours are named, not given: the page's script
//! knows the scheme. A drawing depends on its numbers only, which it holds to six digits.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::axes::{Axes, Axis, Scale, step};
use super::markup::escape;
use super::number::extent;

/// One drawing of a page: a figure of its own, or one of several that stand side by side.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Name of its file when it is saved.
    pub name: String,
    /// Takes the whole width.
    pub wide: bool,
    /// Pixels that it takes at most, where there are more.
    pub most: Option<u32>,
    /// Data and layout.
    pub figure: Value,
}

impl Drawing {
    /// One of many that stand side by side.
    #[must_use]
    pub fn in_small(self) -> Self {
        Self { wide: false, ..self }
    }

    /// Its place on the page, which holds what is drawn there. `label` is what a screen reader says.
    pub fn place(&self, label: &str) -> String {
        let most = self.most.map(|most| format!(" style=\"max-width:{most}px\"")).unwrap_or_default();
        // Inside JSON these stand in strings alone.
        let json = self.figure.to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
        format!(
            "<div class=\"drawing{0}\"{most}><div class=\"plot{0}\" role=\"img\" aria-label=\"{1}\" data-name=\"{2}\">\
             <script type=\"application/json\">{json}</script></div></div>\n",
            if self.wide { " wide" } else { "" },
            escape(label),
            escape(&self.name),
        )
    }
}

/// What a curve is drawn in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ink {
    /// The colour of the n-th run.
    Run(usize),
    /// The colour of what others are compared with.
    Guide,
}

/// How a curve is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stroke {
    /// A line.
    Solid,
    /// A line of this width, for curves that lie on one another.
    Wide(f64),
    Dashed,
    Dotted,
    /// Heights without their signs, on an axis of decades; where the sign is minus there is an open circle.
    Signed,
}

/// A curve through points; on an axis of decades those without a place there are left out.
#[derive(Clone, Debug)]
pub struct Curve {
    /// What it is.
    pub name: String,
    /// Whether the legend has it.
    pub listed: bool,
    pub ink: Ink,
    pub stroke: Stroke,
    pub points: Vec<(f64, f64)>,
}

impl Curve {
    /// A curve that the legend has.
    pub fn new(name: impl Into<String>, ink: Ink, stroke: Stroke, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), listed: true, ink, stroke, points }
    }

    /// Without a place in the legend.
    #[must_use]
    pub fn unlisted(self) -> Self {
        Self { listed: false, ..self }
    }

    /// A line from end to end of an axis.
    pub fn level(name: &str, stroke: Stroke, across: Axis<'_>, y: f64) -> Self {
        let (low, high) = match across.scale {
            Scale::Decades { low, high } => (power_of_ten(low), power_of_ten(high)),
            Scale::Even { low, high, .. } => (low, high),
        };
        Self::new(name, Ink::Guide, stroke, vec![(low, y), (high, y)])
    }
}

fn power_of_ten(power: f64) -> f64 {
    tutee::Scalar::exp(power * tutee::Scalar::ln(10.0))
}

/// Curves in a frame.
pub fn curves(name: &str, heading: &str, axes: &Axes<'_>, height: u32, curves: &[Curve]) -> Drawing {
    let traces: Vec<Value> = curves.iter().map(|curve| trace(curve, axes)).collect();
    let mut layout = json!({
        "meta": { "height": height },
        "xaxis": axis(&axes.across),
        "yaxis": axis(&axes.up),
    });
    titled(&mut layout, heading);
    Drawing {
        name: name.to_owned(),
        wide: heading.is_empty(),
        most: None,
        figure: json!({ "data": traces, "layout": layout }),
    }
}

/// A point of a band: the middle of several values, where most of them are, and what the pointer says of them.
#[derive(Clone, Debug)]
pub struct Spread {
    pub across: f64,
    pub low: f64,
    pub middle: f64,
    pub high: f64,
    pub note: String,
}

/// Middles as a curve, with the ground from low to high shaded; on an axis of decades points of which one has no place there are left out.
#[derive(Clone, Debug)]
pub struct Band {
    pub name: String,
    pub ink: usize,
    /// Whether points are marked.
    pub marked: bool,
    pub points: Vec<Spread>,
}

/// Bands in a frame, with lines to compare them with.
pub fn bands(name: &str, heading: &str, axes: &Axes<'_>, height: u32, bands: &[Band], guides: &[Curve]) -> Drawing {
    let mut drawing = curves(name, heading, axes, height, guides);
    let traces: Vec<Value> =
        bands.iter().flat_map(|band| shaded(band, axes)).chain(bands.iter().map(|band| middle(band, axes))).collect();
    if let Some(data) = drawing.figure["data"].as_array_mut() {
        data.extend(traces);
    }
    drawing
}

fn spreads<'a>(band: &'a Band, axes: &Axes<'_>) -> Vec<&'a Spread> {
    let (across, up) = (axes.across.scale, axes.up.scale);
    let good = |point: &&Spread| {
        placed(across, point.across) && [point.low, point.middle, point.high].into_iter().all(|y| placed(up, y))
    };
    band.points.iter().filter(good).collect()
}

/// The two edges, the second of which shades the ground down to the first; none of a band that is a line.
fn shaded(band: &Band, axes: &Axes<'_>) -> Vec<Value> {
    let points = spreads(band, axes);
    if points.iter().all(|point| point.low == point.high) {
        return Vec::new();
    }
    let edge = |end: &str, fill: &str, of: fn(&Spread) -> f64| {
        json!({
            "type": "scatter",
            "mode": "lines",
            "name": format!("{}, {end}", plain(&band.name)),
            "showlegend": false,
            "hoverinfo": "skip",
            "meta": band.ink,
            "fill": fill,
            "line": { "width": 0 },
            "x": points.iter().map(|point| number(point.across)).collect::<Vec<_>>(),
            "y": points.iter().map(|point| number(of(point))).collect::<Vec<_>>(),
        })
    };
    vec![edge("low end", "none", |point| point.low), edge("high end", "tonexty", |point| point.high)]
}

fn middle(band: &Band, axes: &Axes<'_>) -> Value {
    let points = spreads(band, axes);
    json!({
        "type": "scatter",
        "mode": if band.marked || points.len() == 1 { "lines+markers" } else { "lines" },
        "name": plain(&band.name),
        "meta": band.ink,
        "line": { "width": 2.0, "dash": "solid" },
        "x": points.iter().map(|point| number(point.across)).collect::<Vec<_>>(),
        "y": points.iter().map(|point| number(point.middle)).collect::<Vec<_>>(),
        "text": points.iter().map(|point| plain(&point.note)).collect::<Vec<_>>(),
        "hovertemplate": "%{x:,.4~r}: %{y:.6~g}<br>%{text}",
    })
}

/// Whether a number has a place on an axis.
fn placed(scale: Scale, value: f64) -> bool {
    value.is_finite() && (value > 0.0 || !matches!(scale, Scale::Decades { .. }))
}

fn trace(curve: &Curve, axes: &Axes<'_>) -> Value {
    let signed = curve.stroke == Stroke::Signed;
    let height = |y: f64| if signed { y.abs() } else { y };
    let points: Vec<(f64, f64)> = curve
        .points
        .iter()
        .copied()
        .filter(|&(x, y)| placed(axes.across.scale, x) && placed(axes.up.scale, height(y)))
        .collect();
    let (width, dash) = match curve.stroke {
        Stroke::Wide(width) => (width, "solid"),
        Stroke::Dashed => (1.5, "6px,4px"),
        Stroke::Dotted => (2.0, "1.5px,3px"),
        Stroke::Solid | Stroke::Signed => (2.0, "solid"),
    };
    let ink = match curve.ink {
        Ink::Run(n) => json!(n),
        Ink::Guide => json!("guide"),
    };
    let all = |value: &dyn Fn(&(f64, f64)) -> Value| points.iter().map(value).collect::<Vec<_>>();
    let mut trace = json!({
        "type": "scatter",
        "mode": if signed || points.len() == 1 { "lines+markers" } else { "lines" },
        "name": plain(&curve.name),
        "showlegend": curve.listed,
        "meta": ink,
        "line": { "width": width, "dash": dash },
        "x": all(&|&(x, _)| number(x)),
        "y": all(&|&(_, y)| number(height(y))),
        "hovertemplate": "%{x:,.4~r}: %{y:.6~g}",
    });
    if signed {
        trace["customdata"] = all(&|&(_, y)| number(y)).into();
        trace["hovertemplate"] = "%{x:,.4~r}: %{customdata:.6~g}".into();
        trace["marker"] = json!({
            "symbol": "circle-open",
            "size": all(&|&(_, y)| json!(if y < 0.0 { 7 } else { 0 })),
        });
    }
    trace
}

fn axis(axis: &Axis<'_>) -> Value {
    let title = json!({ "text": plain(axis.title) });
    match axis.scale {
        Scale::Decades { low, high } => {
            // At most about eight labels, all of them powers of ten where there are several.
            let every = ((high - low) / 8.0).ceil();
            let mut value = json!({ "type": "log", "range": [number(low), number(high)], "title": title });
            if high - low > 1.5 {
                value["dtick"] = number(every);
            } else if high - low >= 0.9 {
                // Labels at 1, 2 and 5.
                value["dtick"] = "D2".into();
            } else {
                // The library's own labels would touch one another at the upper end.
                let (from, to) = (power_of_ten(low), power_of_ten(high));
                let step = step(2.0 * (to - from));
                let first = (from / step).ceil() as i64;
                let last = (to / step * (1.0 + 1e-9)).floor() as i64;
                value["tickvals"] = (first..=last).map(|n| number(n as f64 * step)).collect();
            }
            value
        }
        Scale::Even { low, high, step } => {
            json!({ "range": [number(low), number(high)], "tick0": 0, "dtick": number(step), "title": title })
        }
    }
}

/// Which colours stand for which numbers: of matrices without a negative entry amounts from zero to the largest, else both signs, neutral at
/// zero and as far on either side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Colours {
    Amount(f64),
    Signed(f64),
}

impl Colours {
    /// For matrices that are to be compared.
    pub fn of<'a>(matrices: impl IntoIterator<Item = &'a [Vec<f64>]> + Clone) -> Self {
        let negative = matrices.clone().into_iter().flatten().flatten().any(|&entry| entry < 0.0);
        let most = bound(matrices);
        if negative { Self::Signed(most) } else { Self::Amount(most) }
    }

    /// For matrices that may have either sign, whether or not these have.
    pub fn signed<'a>(matrices: impl IntoIterator<Item = &'a [Vec<f64>]>) -> Self {
        Self::Signed(bound(matrices))
    }

    /// Name, lower and upper end.
    fn scale(self) -> (&'static str, f64, f64) {
        let end = |most: f64| if most > 0.0 { most } else { 1.0 };
        match self {
            Self::Amount(most) => ("amount", 0.0, end(most)),
            Self::Signed(most) => ("signed", -end(most), end(most)),
        }
    }
}

/// The largest entry by magnitude of several matrices; 0 where there is none.
pub fn bound<'a>(matrices: impl IntoIterator<Item = &'a [Vec<f64>]>) -> f64 {
    let magnitudes = matrices.into_iter().flatten().flatten().map(|v| v.abs());
    extent(magnitudes).map_or(0.0, |(_, high)| high)
}

/// A matrix as coloured cells.
#[derive(Clone, Debug)]
pub struct Matrix<'a> {
    /// Name of its file.
    pub name: String,
    /// Stands above it.
    pub title: &'a str,
    /// Entries that are not a number are gaps.
    pub rows: &'a [Vec<f64>],
    /// What its rows and its columns are.
    pub sides: (&'a str, &'a str),
    pub colours: Colours,
    /// The row and the column before which a line stands.
    pub borders: (Option<usize>, Option<usize>),
}

/// Cells a side that are drawn one by one; of a larger matrix a cell stands for a block.
pub const MOST_CELLS: usize = 200;
/// Pixels of a row.
const ROW: f64 = 24.0;
/// Pixels that a matrix takes across where it stands alone.
const ALONE: u32 = 440;
/// What stands around the cells.
const AROUND: f64 = 90.0;

/// The matrix.
pub fn matrix(matrix: &Matrix<'_>) -> Drawing {
    let (rows, block) = drawable(matrix.rows);
    let columns = columns(&rows);
    let (colours, low, high) = matrix.colours.scale();
    // A cell of a block is in the middle of it.
    let first = 0.5 * (block - 1) as f64;
    let (row, column) = (named(matrix.sides.0, "row"), named(matrix.sides.1, "column"));
    let mut trace = json!({
        "type": "heatmap",
        "name": plain(matrix.title),
        "meta": colours,
        "zmin": number(low),
        "zmax": number(high),
        "x0": first, "dx": block, "y0": first, "dy": block,
        "z": rows.iter().map(|row| row.iter().map(|&entry| number(entry)).collect::<Vec<_>>()).collect::<Vec<_>>(),
        "hoverongaps": false,
        "hovertemplate": format!("{row} %{{y}}, {column} %{{x}}: %{{z:.6~g}}<extra></extra>"),
    });
    if rows.len() <= 12 && columns <= 5 {
        trace["texttemplate"] = "%{z:.2f}".into();
    }
    let wide = columns > 3 * rows.len().max(4) || columns > 60;
    let width = if wide { 700.0 } else { 230.0 };
    let square = width * rows.len() as f64 / columns.max(1) as f64;
    let height = square.clamp(60.0, ROW * rows.len().clamp(3, 16) as f64) + AROUND;
    let line = |from: (Value, Value), to: (Value, Value), refs: (&str, &str)| {
        json!({ "type": "line", "xref": refs.0, "yref": refs.1, "x0": from.0, "y0": from.1, "x1": to.0, "y1": to.1,
            "line": { "width": 1.4, "dash": "dash" } })
    };
    let before = |index: usize| number(index as f64 - 0.5);
    let across = matrix.borders.0.map(|row| line((json!(0), before(row)), (json!(1), before(row)), ("x domain", "y")));
    let down =
        matrix.borders.1.map(|column| line((before(column), json!(0)), (before(column), json!(1)), ("x", "y domain")));
    let side = |title: &str, entries: usize| {
        let mut axis = json!({ "title": { "text": plain(title) }, "showgrid": false, "zeroline": false });
        // Whole indices alone.
        if entries <= 6 {
            axis["dtick"] = json!(1);
        }
        axis
    };
    let mut layout = json!({
        "meta": { "height": height.round() as u64 },
        "shapes": across.into_iter().chain(down).collect::<Vec<_>>(),
        "xaxis": side(matrix.sides.1, columns),
        "yaxis": side(matrix.sides.0, rows.len()),
    });
    layout["yaxis"]["autorange"] = "reversed".into();
    titled(&mut layout, matrix.title);
    Drawing {
        name: matrix.name.clone(),
        wide,
        most: (!wide).then_some(ALONE),
        figure: json!({ "data": [trace], "layout": layout }),
    }
}

/// Something written over a mosaic, or a frame in it; places are in cells.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// Words, centred on a place.
    Words { at: (f64, f64), text: String },
    /// A frame by its upper left corner, with its width and height.
    Frame { corner: (f64, f64), size: (f64, f64) },
}

/// Small images side by side in one large matrix, with gaps of what is not a number, square cells and no axes; at most so many pixels wide.
pub fn mosaic(name: &str, most: u32, rows: &[Vec<f64>], colours: Colours, overlays: &[Overlay]) -> Drawing {
    let (scale, low, high) = colours.scale();
    let (height, width) = (rows.len().max(1) as f64, columns(rows).max(1) as f64);
    let trace = json!({
        "type": "heatmap",
        "name": "",
        "meta": scale,
        "zmin": number(low),
        "zmax": number(high),
        "x0": 0, "dx": 1, "y0": 0, "dy": 1,
        "z": rows.iter().map(|row| row.iter().map(|&entry| number(entry)).collect::<Vec<_>>()).collect::<Vec<_>>(),
        "hoverongaps": false,
        "hovertemplate": "%{z:.6~g}<extra></extra>",
    });
    let shapes = overlays.iter().filter_map(|overlay| match overlay {
        Overlay::Frame { corner, size } => Some(json!({
            "type": "rect", "x0": corner.0 - 0.5, "y0": corner.1 - 0.5, "x1": corner.0 + size.0 - 0.5, "y1": corner.1 + size.1 - 0.5,
            "line": { "width": 1.6, "color": "#e5484d" },
        })),
        Overlay::Words { .. } => None,
    });
    let words = overlays.iter().filter_map(|overlay| match overlay {
        Overlay::Words { at, text } => Some(json!({
            "x": at.0 - 0.5, "y": at.1 - 0.5, "text": plain(text), "showarrow": false, "font": { "size": 10 },
        })),
        Overlay::Frame { .. } => None,
    });
    let layout = json!({
        "meta": { "ratio": height / width },
        "shapes": shapes.collect::<Vec<_>>(),
        "annotations": words.collect::<Vec<_>>(),
        "xaxis": { "visible": false, "constrain": "domain", "title": { "text": "" } },
        "yaxis": { "visible": false, "autorange": "reversed", "scaleanchor": "x", "constrain": "domain", "title": { "text": "" } },
    });
    Drawing {
        name: name.to_owned(),
        wide: true,
        most: Some(most),
        figure: json!({ "data": [trace], "layout": layout }),
    }
}

fn named<'a>(side: &'a str, otherwise: &'a str) -> &'a str {
    if side.is_empty() { otherwise } else { side }
}

fn titled(layout: &mut Value, title: &str) {
    if !title.is_empty() {
        layout["title"] = json!({ "text": plain(title), "x": 0.02, "xanchor": "left", "font": { "size": 13 } });
    }
}

/// Text in which nothing is markup: the library knows some of HTML's.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A number to six digits; null where there is none.
fn number(x: f64) -> Value {
    let rounded: f64 = format!("{x:.5e}").parse().unwrap_or(f64::NAN);
    if rounded.fract() == 0.0 && rounded.abs() < 1e9 { json!(rounded as i64) } else { json!(rounded) }
}

/// The matrix as it is drawn, and the entries a side that one drawn cell stands for. A cell shows the entry of its
/// block that is farthest from zero: a mean would make lone large entries vanish.
fn drawable(rows: &[Vec<f64>]) -> (Cow<'_, [Vec<f64>]>, usize) {
    let block = block(rows);
    if block <= 1 {
        return (Cow::Borrowed(rows), 1);
    }
    let farther = |a: f64, b: f64| if b.abs() > a.abs() { b } else { a };
    let squeeze = |band: &[Vec<f64>]| {
        let mut squeezed = vec![0.0; columns(band).div_ceil(block)];
        for row in band {
            for (cell, entries) in squeezed.iter_mut().zip(row.chunks(block)) {
                *cell = entries.iter().fold(*cell, |a, &b| farther(a, b));
            }
        }
        squeezed
    };
    (Cow::Owned(rows.chunks(block).map(squeeze).collect()), block)
}

fn block(rows: &[Vec<f64>]) -> usize {
    rows.len().max(columns(rows)).div_ceil(MOST_CELLS)
}

/// What is said of a matrix that is drawn in blocks.
pub fn in_blocks(rows: &[Vec<f64>]) -> String {
    let block = block(rows);
    if block > 1 {
        format!(" The matrix is large: each cell shows the farthest from zero of {block} × {block} entries.")
    } else {
        String::new()
    }
}

/// Entries of the longest row.
pub fn columns(rows: &[Vec<f64>]) -> usize {
    rows.iter().map(Vec::len).max().unwrap_or(0)
}

/// A name of at most the given length: a teacher's file can be called anything.
pub fn fitting(name: &str) -> String {
    const LONGEST: usize = 29;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    // The end of a path tells more than its beginning.
    let kept: Vec<char> = name.chars().rev().take(LONGEST - 1).collect();
    std::iter::once('…').chain(kept.into_iter().rev()).collect()
}

#[cfg(test)]
pub mod tests {
    use super::super::markup::tests::without_scripts;
    use super::*;

    /// Every drawing of a page by the name of its file.
    pub fn drawings(page: &str) -> Vec<(String, Value)> {
        let page = without_scripts(page);
        let document = roxmltree::Document::parse(&page).unwrap();
        let places = document.descendants().filter(|node| node.attribute("data-name").is_some());
        places
            .map(|place| {
                let json = place.children().next().unwrap().text().unwrap();
                (place.attribute("data-name").unwrap().to_owned(), serde_json::from_str(json).unwrap())
            })
            .collect()
    }

    /// Entries of all matrices of a drawing.
    pub fn cells(drawing: &Value) -> usize {
        let rows = drawing["data"].as_array().unwrap().iter().flat_map(|trace| trace["z"].as_array().unwrap());
        rows.flat_map(|row| row.as_array().unwrap()).filter(|entry| !entry.is_null()).count()
    }

    const FRAME: Axes<'_> = Axes {
        across: Axis { title: "x", scale: Scale::Decades { low: 0.0, high: 2.0 } },
        up: Axis { title: "y", scale: Scale::Decades { low: -1.0, high: 1.0 } },
    };

    fn only(stroke: Stroke, points: &[(f64, f64)]) -> Value {
        let curve = Curve::new("<b>", Ink::Run(3), stroke, points.to_vec());
        curves("name", "", &FRAME, 300, &[curve]).figure["data"][0].take()
    }

    #[test]
    fn points_without_a_place_are_left_out_and_signs_are_kept() {
        let points = [(0.0, 1.0), (1.0, 0.5), (2.0, 0.0), (3.0, -0.25), (4.0, f64::NAN)];
        let solid = only(Stroke::Solid, &points);
        assert_eq!((&solid["x"], &solid["y"]), (&json!([1]), &json!([0.5])));
        assert_eq!((&solid["mode"], &solid["name"]), (&json!("lines+markers"), &json!("&lt;b&gt;")));
        let signed = only(Stroke::Signed, &points);
        assert_eq!((&signed["x"], &signed["y"]), (&json!([1, 3]), &json!([0.5, 0.25])));
        assert_eq!((&signed["customdata"], &signed["marker"]["size"]), (&json!([0.5, -0.25]), &json!([0, 7])));
    }

    #[test]
    fn a_band_is_two_edges_and_a_middle() {
        let spread = |across, low, middle, high| Spread { across, low, middle, high, note: "3 runs".to_owned() };
        let points = vec![spread(1.0, 0.5, 1.0, 2.0), spread(2.0, 0.0, 1.0, 2.0), spread(3.0, 1.0, 2.0, 4.0)];
        let band = Band { name: "<a>".to_owned(), ink: 1, marked: true, points };
        let guide = Curve::level("one", Stroke::Dashed, FRAME.across, 1.0);
        let drawn = |band| bands("name", "", &FRAME, 300, &[band], std::slice::from_ref(&guide)).figure["data"].take();
        let data = drawn(band.clone());
        let names: Vec<_> = data.as_array().unwrap().iter().map(|trace| trace["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["one", "&lt;a&gt;, low end", "&lt;a&gt;, high end", "&lt;a&gt;"]);
        // The point that reaches down to zero has no place on decades, in none of the three.
        for (n, heights) in [(1, json!([0.5, 1])), (2, json!([2, 4])), (3, json!([1, 2]))] {
            assert_eq!((&data[n]["x"], &data[n]["y"]), (&json!([1, 3]), &heights));
        }
        assert_eq!(
            (&data[1]["fill"], &data[2]["fill"], &data[3]["text"]),
            (&json!("none"), &json!("tonexty"), &json!(["3 runs", "3 runs"]))
        );
        // One run alone has no ground to shade.
        let alone = Band { points: vec![spread(1.0, 1.0, 1.0, 1.0)], ..band };
        assert_eq!(drawn(alone).as_array().unwrap().len(), 2);
    }

    #[test]
    fn labels_of_an_axis_of_decades_have_room() {
        let axis = |low, high| axis(&Axis { title: "", scale: Scale::Decades { low, high } });
        assert_eq!((&axis(0.0, 3.0)["dtick"], &axis(-12.0, 4.0)["dtick"]), (&json!(1), &json!(2)));
        assert_eq!(axis(0.0, 1.0)["dtick"], "D2");
        assert_eq!(axis(0.2, 0.6)["tickvals"], json!([2, 3]));
        assert_eq!(axis(3.8, 4.3)["tickvals"], json!([10000, 15000]));
    }

    #[test]
    fn a_negative_entry_makes_both_signs_of_the_scale() {
        let (amounts, signs) = (vec![vec![0.0, 1.0]], vec![vec![0.5, -2.0]]);
        assert_eq!(Colours::of([&*amounts]), Colours::Amount(1.0));
        assert_eq!(Colours::of([&*amounts, &*signs]), Colours::Signed(2.0));
        assert_eq!(Colours::signed([&*amounts]), Colours::Signed(1.0));
        let drawn = |rows: &[Vec<f64>], colours| {
            matrix(&Matrix { name: String::new(), title: "", rows, sides: ("", ""), colours, borders: (None, None) })
        };
        let trace = drawn(&signs, Colours::of([&*signs])).figure["data"][0].take();
        assert_eq!((&trace["meta"], &trace["zmin"], &trace["zmax"]), (&json!("signed"), &json!(-2), &json!(2)));
        // All zeros have a scale, too.
        let trace = drawn(&[vec![0.0]], Colours::Amount(0.0)).figure["data"][0].take();
        assert_eq!((&trace["zmin"], &trace["zmax"]), (&json!(0), &json!(1)));
        assert_eq!(cells(&drawn(&[], Colours::Amount(0.0)).figure), 0);
    }

    #[test]
    fn a_large_matrix_is_drawn_in_blocks_that_keep_lone_entries() {
        let mut rows = vec![vec![0.0; 700]; 3];
        rows[2][698] = -1.0;
        let (small, side) = drawable(&rows);
        assert_eq!((small.len(), columns(&small), side), (1, 175, 4));
        assert_eq!(small[0][174], -1.0);
        assert!(in_blocks(&rows).contains("4 × 4"));
        let exact = vec![vec![0.5; MOST_CELLS]; MOST_CELLS];
        assert_eq!((drawable(&exact).1, in_blocks(&exact)), (1, String::new()));
    }

    #[test]
    fn numbers_have_six_digits_and_names_their_ends() {
        assert_eq!(number(1.0 / 3.0).to_string(), "0.333333");
        assert_eq!(number(-1.234_567_89e-20).to_string(), "-1.23457e-20");
        assert_eq!(number(20000.0).to_string(), "20000");
        assert_eq!(number(f64::INFINITY), Value::Null);
        assert_eq!(fitting("conv-relu"), "conv-relu");
        let name = fitting("a/very/long/path/to/a/teacher/of/mine.json");
        assert!(name.chars().count() == 29 && name.starts_with('…') && name.ends_with("of/mine.json"));
    }

    #[test]
    fn nothing_in_a_drawing_is_markup() {
        let rows = [vec![1.0]];
        let hostile = "</script><script>alert(1)</script>&amp;";
        let sides = ("", "");
        let colours = Colours::Amount(1.0);
        let drawing = matrix(&Matrix {
            name: hostile.to_owned(),
            title: hostile,
            rows: &rows,
            sides,
            colours,
            borders: (None, None),
        });
        let place = drawing.place(hostile);
        assert_eq!(place.matches("</script").count(), 1, "{place}");
        let document = roxmltree::Document::parse(&place).unwrap();
        let script = document.descendants().find(|node| node.has_tag_name("script")).unwrap();
        let read: Value = serde_json::from_str(script.text().unwrap()).unwrap();
        assert_eq!(read, drawing.figure);
    }
}
