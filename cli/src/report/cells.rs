//! Matrices as coloured cells, alone or as a mosaic of small images.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::drawing::{Drawing, number, plain, titled};
use super::number::extent;

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

/// A matrix with frames in it: first row, first column, rows and columns of each.
pub fn framed(mut drawing: Drawing, frames: &[[usize; 4]]) -> Drawing {
    let frames = frames
        .iter()
        .map(|&[top, left, height, width]| frame((left as f64, top as f64), (width as f64, height as f64)));
    if let Some(shapes) = drawing.figure["layout"]["shapes"].as_array_mut() {
        shapes.extend(frames);
    }
    drawing
}

/// A frame by the cell of its upper left corner, with its width and height in cells.
fn frame(corner: (f64, f64), size: (f64, f64)) -> Value {
    json!({
        "type": "rect", "x0": corner.0 - 0.5, "y0": corner.1 - 0.5, "x1": corner.0 + size.0 - 0.5, "y1": corner.1 + size.1 - 0.5,
        "line": { "width": 1.6, "color": "#e5484d" },
    })
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
        &Overlay::Frame { corner, size } => Some(frame(corner, size)),
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
        // Said, not found: words that have a size of their own would make it larger at every look.
        "xaxis": { "visible": false, "range": [-0.5, width - 0.5], "constrain": "domain", "title": { "text": "" } },
        "yaxis": { "visible": false, "range": [height - 0.5, -0.5], "scaleanchor": "x", "constrain": "domain", "title": { "text": "" } },
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

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Entries of all matrices of a drawing.
    pub fn cells(drawing: &Value) -> usize {
        let rows = drawing["data"].as_array().unwrap().iter().flat_map(|trace| trace["z"].as_array().unwrap());
        rows.flat_map(|row| row.as_array().unwrap()).filter(|entry| !entry.is_null()).count()
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

    /// Words over a mosaic have a size of their own, for which a range that is found makes room: more of it each time it is drawn again.
    #[test]
    fn a_mosaic_is_as_wide_as_its_cells() {
        let words = Overlay::Words { at: (1.0, 0.5), text: "0.123".to_owned() };
        let drawing = mosaic("m", 460, &[vec![0.0; 3], vec![1.0; 3]], Colours::Amount(1.0), &[words]);
        let layout = &drawing.figure["layout"];
        assert_eq!((&layout["xaxis"]["range"], &layout["yaxis"]["range"]), (&json!([-0.5, 2.5]), &json!([1.5, -0.5])));
        assert!(layout["yaxis"]["autorange"].is_null());
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
