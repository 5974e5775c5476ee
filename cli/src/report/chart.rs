//! Charts of curves: one frame with a legend beside it, or a grid of small frames on the same scales.

use super::axes::{Frame, Scale};
use super::style::SERIES;
use super::svg::{Anchor, Svg};

/// Something drawn inside a frame.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A curve through the points; those with no place on the axes are left out.
    Curve { class: String, points: Vec<(f64, f64)> },
    /// The line `y = c x^exponent` from `since` on, on axes of decades; `log_c` is the decimal logarithm of `c`.
    PowerLaw { class: String, log_c: f64, exponent: f64, since: f64 },
    /// A level line.
    Level { class: String, y: f64 },
}

/// One line of a legend: a sample of the stroke and what it stands for.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Class of the stroke.
    pub class: String,
    /// What it stands for.
    pub text: String,
}

/// The axes that the frames of a picture share.
#[derive(Clone, Copy, Debug)]
pub struct Axes<'a> {
    /// Left to right.
    pub across: Scale,
    /// Its title.
    pub across_title: &'a str,
    /// Bottom to top.
    pub up: Scale,
    /// Its title.
    pub up_title: &'a str,
}

/// A small frame.
#[derive(Clone, Debug)]
pub struct Panel {
    /// Stroke and text of its heading.
    pub heading: Entry,
    /// What it shows.
    pub marks: Vec<Mark>,
    /// A few words below the heading: inside the frame some curve would cross them.
    pub note: String,
}

/// Class of the stroke of the n-th run.
pub fn series(n: usize) -> String {
    format!("curve s{}", n % SERIES)
}

/// Characters of a legend's line, and of a heading of a small frame.
pub const LONGEST_LINE: usize = 29;

/// A name of at most the given length: a teacher's file can be called anything.
pub fn fitting(name: &str, length: usize) -> String {
    if name.chars().count() <= length {
        return name.to_owned();
    }
    // The end of a path tells more than its beginning.
    let kept: Vec<char> = name.chars().rev().take(length.saturating_sub(1)).collect();
    std::iter::once('…').chain(kept.into_iter().rev()).collect()
}

/// One large frame, its legend to the right of it.
pub fn overview(axes: &Axes<'_>, height: f64, marks: &[Mark], legend: &[Entry]) -> Svg {
    const LEFT: f64 = 74.0;
    const WIDTH: f64 = 690.0;
    const TOP: f64 = 14.0;
    let lowest = TOP + height;
    let mut svg = Svg::new(LEFT + WIDTH + 256.0, lowest + 52.0);
    let frame = Frame { corner: (LEFT, TOP), size: (WIDTH, height), across: axes.across, up: axes.up };
    frame.draw(&mut svg);
    draw(&mut svg, &frame, marks);
    svg.text("", Anchor::Middle, (LEFT + WIDTH / 2.0, lowest + 43.0), axes.across_title);
    svg.text_upwards("", (18.0, TOP + height / 2.0), axes.up_title);
    let x = LEFT + WIDTH + 22.0;
    for (i, entry) in legend.iter().enumerate() {
        let y = TOP + 12.0 + 24.0 * i as f64;
        svg.line(&entry.class, (x, y), (x + 26.0, y));
        svg.text("", Anchor::Start, (x + 35.0, y + 4.5), &entry.text);
    }
    svg
}

/// Small frames, three in a row.
pub fn small_multiples(axes: &Axes<'_>, panels: &[Panel]) -> Svg {
    const COLUMNS: usize = 3;
    const SIZE: (f64, f64) = (262.0, 168.0);
    const PITCH: (f64, f64) = (320.0, 254.0);
    const LEFT: f64 = 78.0;
    const TOP: f64 = 50.0;
    let columns = panels.len().clamp(1, COLUMNS);
    let rows = panels.len().div_ceil(COLUMNS);
    let width = LEFT + PITCH.0 * columns as f64 - 40.0;
    let height = TOP + PITCH.1 * rows as f64 - 34.0;
    let mut svg = Svg::new(width, height);
    for (i, panel) in panels.iter().enumerate() {
        let corner = (LEFT + PITCH.0 * (i % COLUMNS) as f64, TOP + PITCH.1 * (i / COLUMNS) as f64);
        let frame = Frame { corner, size: SIZE, across: axes.across, up: axes.up };
        frame.draw(&mut svg);
        draw(&mut svg, &frame, &panel.marks);
        let (x, y) = (corner.0, corner.1 - 28.0);
        svg.line(&panel.heading.class, (x + 1.0, y - 4.0), (x + 17.0, y - 4.0));
        svg.text("heading", Anchor::Start, (x + 25.0, y), &panel.heading.text);
        svg.text("note", Anchor::Start, (x, y + 18.0), &panel.note);
    }
    let middle = (LEFT + width - 18.0) / 2.0;
    svg.text("", Anchor::Middle, (middle, height - 6.0), axes.across_title);
    svg.text_upwards("", (18.0, (TOP + height - 44.0) / 2.0), axes.up_title);
    svg
}

fn draw(svg: &mut Svg, frame: &Frame, marks: &[Mark]) {
    for mark in marks {
        match mark {
            Mark::Curve { class, points } => {
                let points: Vec<_> = points.iter().filter_map(|&(x, y)| frame.point(x, y)).collect();
                svg.polyline(class, &points);
            }
            Mark::PowerLaw { class, log_c, exponent, since } => {
                if let Some([from, to]) = frame.power_law(*log_c, *exponent, *since) {
                    svg.line(class, from, to);
                }
            }
            Mark::Level { class, y } => {
                if let Some(place) = frame.up.place(*y) {
                    let y = frame.corner.1 + (1.0 - place) * frame.size.1;
                    svg.line(class, (frame.corner.0, y), (frame.corner.0 + frame.size.0, y));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_their_end() {
        assert_eq!(fitting("conv-relu", 9), "conv-relu");
        let name = fitting("a/very/long/path/to/a/teacher/of/mine.json", 20);
        assert_eq!(name.chars().count(), 20);
        assert!(name.starts_with('…') && name.ends_with("of/mine.json"));
    }

    #[test]
    fn every_panel_is_drawn_and_points_without_a_place_are_left_out() {
        let scale = Scale::Decades { low: 0.0, high: 2.0 };
        let axes = Axes { across: scale, across_title: "x", up: scale, up_title: "y" };
        let panel = |n: usize| Panel {
            heading: Entry { class: series(n), text: format!("panel {n}") },
            marks: vec![Mark::Curve { class: series(n), points: vec![(1.0, 1.0), (2.0, 0.0), (3.0, 9.0)] }],
            note: "note".to_owned(),
        };
        for n in 0..5 {
            let panels: Vec<_> = (0..n).map(panel).collect();
            let file = small_multiples(&axes, &panels).file("t", "d");
            let document = roxmltree::Document::parse(&file).unwrap();
            let curves: Vec<_> = document.descendants().filter(|e| e.has_tag_name("polyline")).collect();
            assert_eq!(curves.len(), n);
            for curve in curves {
                assert_eq!(curve.attribute("points").unwrap().split(' ').count(), 2);
            }
        }
    }
}
