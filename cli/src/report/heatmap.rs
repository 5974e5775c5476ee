//! Matrices as coloured cells, and the bar that says what the colours mean.
//!
//! Neighbours of one colour in a row are one stroke, and all strokes of one colour are one path: an attention matrix,
//! which holds mostly one value, stays small as a file. A matrix beyond [`MOST_CELLS`] a side is drawn in blocks.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use super::colour::{Map, Rgb};
use super::number::{extent, fixed, short};
use super::svg::{Anchor, Svg};

/// Cells a side that are drawn one by one.
pub const MOST_CELLS: usize = 200;

/// The matrix as it is drawn, and the entries a side that one drawn cell stands for. A cell shows the entry of its
/// block that is farthest from zero: a mean would make lone large entries vanish.
pub fn drawable(rows: &[Vec<f64>]) -> (Cow<'_, [Vec<f64>]>, usize) {
    let block = rows.len().max(columns(rows)).div_ceil(MOST_CELLS);
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

/// Entries of the longest row.
pub fn columns(rows: &[Vec<f64>]) -> usize {
    rows.iter().map(Vec::len).max().unwrap_or(0)
}

/// The largest entry by magnitude of several matrices; 0 where there is none.
pub fn bound<'a>(matrices: impl IntoIterator<Item = &'a [Vec<f64>]>) -> f64 {
    let magnitudes = matrices.into_iter().flatten().flatten().map(|v| v.abs());
    extent(magnitudes).map_or(0.0, |(_, high)| high)
}

/// Draws the rows as cells of the given size, the first row at the top, and an outline around them.
pub fn draw(svg: &mut Svg, rows: &[Vec<f64>], map: Map, corner: (f64, f64), cell: (f64, f64)) {
    let mut strokes: BTreeMap<Rgb, String> = BTreeMap::new();
    for (y, row) in rows.iter().enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|&a, &b| map.colour(a) == map.colour(b)) {
            let [first, ..] = run else { continue };
            let outline = strokes.entry(map.colour(*first)).or_default();
            // Writing to a `String` cannot fail.
            let _ = write!(outline, "M{x} {y}h{}v1h-{}z", run.len(), run.len());
            x += run.len();
        }
    }
    svg.begin_group("cells", corner, cell);
    for (colour, outline) in &strokes {
        svg.path(&colour.to_string(), outline);
    }
    svg.end_group();
    svg.rect("outline", corner, (cell.0 * columns(rows) as f64, cell.1 * rows.len() as f64));
}

/// Writes each entry into its cell, dark on light and light on dark.
pub fn write_entries(
    svg: &mut Svg,
    rows: &[Vec<f64>],
    map: Map,
    corner: (f64, f64),
    cell: (f64, f64),
    decimals: usize,
) {
    for (j, row) in rows.iter().enumerate() {
        for (i, &value) in row.iter().enumerate() {
            let class = if map.colour(value).is_light() { "cell on-light" } else { "cell on-dark" };
            let point = (corner.0 + cell.0 * (i as f64 + 0.5), corner.1 + cell.1 * (j as f64 + 0.5) + 4.0);
            svg.text(class, Anchor::Middle, point, &fixed(value, decimals));
        }
    }
}

/// Names the sides of a matrix: its rows upwards at the left, its columns below, with the first and the last index
/// where they find room.
pub fn name_sides(
    svg: &mut Svg,
    (x, y): (f64, f64),
    (width, height): (f64, f64),
    cell: (f64, f64),
    last: (usize, usize),
    (rows, columns): (&str, &str),
) {
    const ROOM: f64 = 90.0;
    let below = y + height + 15.0;
    svg.text("tick", Anchor::Middle, (x + cell.0 / 2.0, below), "0");
    if width > ROOM {
        svg.text("tick", Anchor::Middle, (x + width - cell.0 / 2.0, below), &last.1.to_string());
        svg.text("tick", Anchor::Middle, (x + width / 2.0, below), columns);
    }
    if height > ROOM && !rows.is_empty() {
        svg.text("tick", Anchor::End, (x - 6.0, y + cell.1 / 2.0 + 4.0), "0");
        svg.text("tick", Anchor::End, (x - 6.0, y + height - cell.1 / 2.0 + 4.0), &last.0.to_string());
        svg.text_upwards("tick", (x - 9.0, y + height / 2.0), rows);
    }
}

/// Steps of colour in a bar.
const BANDS: usize = 64;

/// A standing bar of the map's colours with its ends labelled to the right of it.
pub fn colour_bar(svg: &mut Svg, map: Map, corner: (f64, f64), height: f64) {
    const WIDTH: f64 = 12.0;
    let value = |n: usize| {
        let share = (n as f64 + 0.5) / BANDS as f64;
        map.high() + (map.low() - map.high()) * share
    };
    let bands: Vec<Vec<f64>> = (0..BANDS).map(|n| vec![value(n)]).collect();
    draw(svg, &bands, map, corner, (WIDTH, height / BANDS as f64));
    let x = corner.0 + WIDTH + 7.0;
    if map.high() > map.low() {
        svg.text("tick", Anchor::Start, (x, corner.1 + 9.0), &short(map.high()));
        svg.text("tick", Anchor::Start, (x, corner.1 + height), &short(map.low()));
    }
    if matches!(map, Map::Signed(_)) || map.high() == map.low() {
        svg.text("tick", Anchor::Start, (x, corner.1 + height / 2.0 + 4.5), "0");
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Cells of a colour bar.
    pub const BAR: usize = BANDS;

    /// Cells in all heat maps of a file, from the strokes of its paths.
    pub fn cells(file: &str) -> usize {
        let document = roxmltree::Document::parse(file).unwrap();
        let paths = document.descendants().filter(|n| n.has_tag_name("path"));
        let strokes = paths.flat_map(|n| n.attribute("d").unwrap().split('M').skip(1));
        strokes
            .map(|stroke| stroke.split_once('h').unwrap().1.split_once('v').unwrap().0.parse::<usize>().unwrap())
            .sum()
    }

    fn drawn(rows: &[Vec<f64>], map: Map) -> String {
        let mut svg = Svg::new(100.0, 100.0);
        draw(&mut svg, rows, map, (0.0, 0.0), (5.0, 5.0));
        svg.file("t", "d")
    }

    #[test]
    fn every_entry_is_a_cell_and_equal_neighbours_share_a_stroke() {
        let rows = vec![vec![0.0, 0.0, 1.0, 0.0], vec![1.0, 1.0, 1.0, 1.0]];
        let file = drawn(&rows, Map::Amount(1.0));
        assert_eq!(cells(&file), 8);
        assert!(file.contains(r##"<path fill="#440154" d="M0 0h2v1h-2zM3 0h1v1h-1z"/>"##), "{file}");
        assert!(file.contains(r##"<path fill="#fde725" d="M2 0h1v1h-1zM0 1h4v1h-4z"/>"##), "{file}");
    }

    #[test]
    fn the_smallest_matrix_and_none_at_all_are_drawn() {
        assert_eq!(cells(&drawn(&[vec![0.3]], Map::Signed(0.3))), 1);
        assert_eq!(cells(&drawn(&[], Map::Signed(0.0))), 0);
        assert_eq!(bound([&[][..]]), 0.0);
    }

    #[test]
    fn a_large_matrix_is_drawn_in_blocks_that_keep_lone_entries() {
        let mut rows = vec![vec![0.0; 700]; 3];
        rows[2][698] = -1.0;
        let (small, block) = drawable(&rows);
        assert_eq!((small.len(), columns(&small), block), (1, 175, 4));
        assert_eq!(small[0][174], -1.0);
        let (same, block) = drawable(&rows[..1][..]);
        assert_eq!((same.len(), block), (1, 4));
        let exact = vec![vec![0.5; MOST_CELLS]; MOST_CELLS];
        assert_eq!(drawable(&exact).1, 1);
    }
}
