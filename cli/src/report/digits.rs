//! The pictures of the digits run, in the geometry of the images: patches lie on a square grid, pooling windows tile
//! it, and a filter is itself a small image.

use super::axes::Scale;
use super::chart::{self, Axes, Mark, series};
use super::colour::Map;
use super::heatmap::{bound, colour_bar, draw, write_entries};
use super::matrices;
use super::number::{cosine, count, fixed};
use super::section::{Level, Picture, Section};
use super::svg::{Anchor, Svg};
use crate::record::DigitsRecord;

/// The pictures and words of the digits run.
pub fn section(digits: &DigitsRecord) -> Section {
    let mut pictures = vec![maps(digits), ink(digits), filters(digits)];
    pictures.push(Picture {
        name: "digits-attention".to_owned(),
        title: "The attention of all groups as one matrix".to_owned(),
        caption: "One row per pooling group, one column per patch, the patches counted row by row over the image. A \
                  window of the image is a few short bars. The third map is student minus teacher, on a scale of its \
                  own."
            .to_owned(),
        ..matrices::attention(&digits.run, "")
    });
    if digits.run.curve.len() > 1 {
        pictures.push(loss(digits));
    }
    Section {
        id: "digits".to_owned(),
        heading: "Real handwritten digits".to_owned(),
        introduction: format!(
            "Here the teacher is the first layer of a small network that learned to read digits, right on {} % of \
             unseen images. An image is cut into {} × {} patches of {} × {} pixels; the teacher filters each patch \
             and averages {} × {} neighbouring patches. The student sees the patches in a list, not as an image, and \
             is shown the averages only: that patches have neighbours it must find out. Learned from {} images, \
             tested on {} others. Source: {}.",
            fixed(100.0 * digits.teacher_accuracy, 1),
            digits.grid,
            digits.grid,
            digits.patch,
            digits.patch,
            digits.window,
            digits.window,
            count(digits.images.0 as u64),
            count(digits.images.1 as u64),
            digits.source.trim_end_matches('.'),
        ),
        level: Level::Part,
        pictures,
    }
}

/// A list laid out as a square image, row by row.
fn square(list: &[f64], side: usize) -> Vec<Vec<f64>> {
    list.chunks(side.max(1)).map(<[f64]>::to_vec).collect()
}

/// Smallest whole number whose square is at least `n`.
fn side_of(n: usize) -> usize {
    (0..=n).find(|s| s * s >= n).unwrap_or(0)
}

/// Rows and columns of the patch grid that the teacher's weights of one group occupy: top, left, height, width.
fn window(weights: &[f64], grid: usize) -> Option<(usize, usize, usize, usize)> {
    let grid = grid.max(1);
    let places = || weights.iter().enumerate().filter(|&(_, &w)| w > 0.0).map(|(i, _)| (i / grid, i % grid));
    let (top, bottom) = (places().map(|p| p.0).min()?, places().map(|p| p.0).max()?);
    let (left, right) = (places().map(|p| p.1).min()?, places().map(|p| p.1).max()?);
    Some((top, left, bottom - top + 1, right - left + 1))
}

/// Attention of each pooling group over the patch grid, each group in its place of the image.
fn maps(digits: &DigitsRecord) -> Picture {
    const GAP: f64 = 16.0;
    const CAPTION: f64 = 20.0;
    const LEFT: f64 = 10.0;
    let run = &digits.run;
    let groups = side_of(run.attention.len());
    let cell = (620.0 / (groups.max(1) * digits.grid.max(1)) as f64).clamp(1.0, 14.0).floor();
    let side = cell * digits.grid as f64;
    let map = Map::Amount(bound([&*run.attention, &*run.teacher_mixing]));
    let width = LEFT + (side + GAP) * groups as f64;
    let rows = run.attention.len().div_ceil(groups.max(1));
    let height = (side + GAP + CAPTION) * rows as f64;
    let mut svg = Svg::new(width + 90.0, if height < 80.0 { 80.0 } else { height });
    for (j, (student, teacher)) in run.attention.iter().zip(&run.teacher_mixing).enumerate() {
        let (row, column) = (j / groups.max(1), j % groups.max(1));
        let corner = (LEFT + (side + GAP) * column as f64, CAPTION + (side + GAP + CAPTION) * row as f64);
        draw(&mut svg, &square(student, digits.grid), map, corner, (cell, cell));
        if let Some((top, left, height, width)) = window(teacher, digits.grid) {
            let inset = (corner.0 + cell * left as f64, corner.1 + cell * top as f64);
            svg.rect("window", inset, (cell * width as f64, cell * height as f64));
        }
        let mass: f64 = student.iter().zip(teacher).filter(|&(_, &t)| t > 0.0).map(|(s, _)| s).sum();
        svg.text(
            "tick",
            Anchor::Middle,
            (corner.0 + side / 2.0, corner.1 - 6.0),
            &format!("{} inside", fixed(mass, 3)),
        );
    }
    colour_bar(&mut svg, map, (width + 4.0, CAPTION), (height - CAPTION - GAP - 4.0).clamp(56.0, 160.0));
    Picture {
        name: "digits-maps".to_owned(),
        title: "Where each pooling group looks".to_owned(),
        caption: "One small map per pooling group, in the place where the group lies in the image; each map shows \
                  the whole patch grid and how much attention the student pays to every patch. Red frame: the \
                  patches the teacher averages. Look for the light filling the frame and nothing else. The number is \
                  the share of attention inside."
            .to_owned(),
        svg,
    }
}

/// Share of the images with ink in each patch.
fn ink(digits: &DigitsRecord) -> Picture {
    let cell = (360.0 / digits.grid.max(1) as f64).clamp(2.0, 34.0).floor();
    let side = cell * digits.grid as f64;
    let shares = square(&digits.ink, digits.grid);
    let map = Map::Amount(1.0);
    let corner = (10.0, 10.0);
    let mut svg = Svg::new(side + 90.0, if side < 60.0 { 80.0 } else { side + 20.0 });
    draw(&mut svg, &shares, map, corner, (cell, cell));
    if cell >= 24.0 {
        write_entries(&mut svg, &shares, map, corner, (cell, cell), 2);
    }
    let step = cell * digits.window as f64;
    let mut at = step;
    while step > 0.0 && at < side {
        svg.line("window", (corner.0 + at, corner.1), (corner.0 + at, corner.1 + side));
        svg.line("window", (corner.0, corner.1 + at), (corner.0 + side, corner.1 + at));
        at += step;
    }
    colour_bar(&mut svg, map, (corner.0 + side + 14.0, corner.1), side.clamp(56.0, 160.0));
    Picture {
        name: "digits-ink".to_owned(),
        title: "Where the images have ink".to_owned(),
        caption: "Share of the images with any ink in the patch. Nothing can be learned about patches that are \
                  always empty: where this map is dark, attention in the picture above is free to lie anywhere, and \
                  there alone it should miss its frame."
            .to_owned(),
        svg,
    }
}

/// The teacher's filters above the student's, as images.
fn filters(digits: &DigitsRecord) -> Picture {
    const GAP: f64 = 18.0;
    const LEFT: f64 = 70.0;
    const TOP: f64 = 12.0;
    let run = &digits.run;
    // A patch that is not a square of its features cannot be shown as an image; the plain rows still can.
    if digits.patch * digits.patch != run.summary.features {
        return Picture { name: "digits-filters".to_owned(), ..matrices::filters(run, "") };
    }
    let cell = (72.0 / digits.patch.max(1) as f64).clamp(2.0, 24.0);
    let side = cell * digits.patch as f64;
    let map = Map::Signed(bound([&*run.summary.teacher_value, &*run.value]));
    let (columns, rows) = (run.value.len().min(10), run.value.len().div_ceil(10));
    let pitch = (side + GAP, 2.0 * side + GAP + 26.0);
    let width = LEFT + pitch.0 * columns as f64;
    let mut svg = Svg::new(width + 80.0, TOP + pitch.1 * rows as f64);
    for (m, (teacher, student)) in run.summary.teacher_value.iter().zip(&run.value).enumerate() {
        let corner = (LEFT + pitch.0 * (m % 10) as f64, TOP + pitch.1 * (m / 10) as f64);
        let below = (corner.0, corner.1 + side + 8.0);
        draw(&mut svg, &square(teacher, digits.patch), map, corner, (cell, cell));
        draw(&mut svg, &square(student, digits.patch), map, below, (cell, cell));
        let cosine = cosine(teacher, student).map_or_else(|| "–".to_owned(), |c| fixed(c, 4));
        svg.text("tick", Anchor::Middle, (corner.0 + side / 2.0, below.1 + side + 16.0), &cosine);
        if m % 10 == 0 {
            svg.text("tick", Anchor::End, (LEFT - 12.0, corner.1 + side / 2.0 + 4.0), "teacher");
            svg.text("tick", Anchor::End, (LEFT - 12.0, below.1 + side / 2.0 + 4.0), "student");
            svg.text("tick", Anchor::End, (LEFT - 12.0, below.1 + side + 16.0), "cosine");
        }
    }
    colour_bar(&mut svg, map, (width + 2.0, TOP), (2.0 * side + 8.0).clamp(56.0, 160.0));
    Picture {
        name: "digits-filters".to_owned(),
        title: "The filters as images".to_owned(),
        caption: "Above the filters that the digit network learned, below what the student made of them from their \
                  averages alone: blue weighs ink negatively, red positively. Look for twins."
            .to_owned(),
        svg,
    }
}

/// Loss on unseen images relative to its start.
fn loss(digits: &DigitsRecord) -> Picture {
    let points: Vec<(f64, f64)> = digits
        .run
        .curve
        .iter()
        .filter(|point| point.step > 0 && point.excess_loss > 0.0)
        .map(|point| (point.step as f64, point.excess_loss))
        .collect();
    let axes = Axes {
        across: Scale::from_least_to_most(points.iter().map(|p| p.0)),
        across_title: "gradient steps",
        up: Scale::decades(points.iter().map(|p| p.1)),
        up_title: "relative loss, unseen images",
    };
    let marks = [Mark::Curve { class: series(0), points }];
    Picture {
        name: "digits-loss".to_owned(),
        title: "Loss on unseen images".to_owned(),
        caption: "How far the student's output is from the teacher's on images that neither was trained on, 1 being \
                  the untrained student. Look for a steady fall without a turn upwards."
            .to_owned(),
        svg: chart::overview(&axes, 250.0, &marks, &[]),
    }
}
