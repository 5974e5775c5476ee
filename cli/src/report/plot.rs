//! Curves in a frame, and bands around the middles of several runs.

use serde_json::{Value, json};

use super::axes::{Axes, Axis, Scale, step};
use super::drawing::{Drawing, number, plain, titled};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
