//! The pictures of the digits run, in the geometry of the images: patches lie on a square grid, pooling windows tile
//! it, and a filter is itself a small image.

use super::axes::{Axes, Axis, Scale};
use super::cells::{Colours, Overlay, mosaic};
use super::matrices;
use super::number::{NOTHING, cosine, count, fixed, several};
use super::plot::{Curve, Ink, Stroke, curves};
use super::section::{Level, Picture, Section};
use crate::record::DigitsRecord;

/// The pictures and words of the digits run.
pub fn section(digits: &DigitsRecord) -> Section {
    let mut pictures = vec![maps(digits), ink(digits), filters(digits)];
    pictures.push(Picture {
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
             is shown the averages only: that patches have neighbours it must find out. Learned from {}, \
             tested on {} more. Source: {}.",
            fixed(100.0 * digits.teacher_accuracy, 1),
            digits.grid,
            digits.grid,
            digits.patch,
            digits.patch,
            digits.window,
            digits.window,
            several(digits.images.0 as u64, "image"),
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

/// A large matrix of gaps alone.
fn blank(rows: usize, columns: usize) -> Vec<Vec<f64>> {
    vec![vec![f64::NAN; columns]; rows]
}

/// Puts an image into a large matrix, its upper left corner at a row and a column.
fn paste(onto: &mut [Vec<f64>], image: &[Vec<f64>], (top, left): (usize, usize)) {
    for (row, values) in onto.iter_mut().skip(top).zip(image) {
        row.iter_mut().skip(left).zip(values).for_each(|(cell, &value)| *cell = value);
    }
}

/// Attention of each pooling group over the patch grid, each group in its place of the image.
fn maps(digits: &DigitsRecord) -> Picture {
    let run = &digits.run;
    let (grid, groups) = (digits.grid, side_of(run.attention.len()).max(1));
    // A gap beside each map, and words above it.
    let (gap, above) = (grid.div_ceil(10), (grid / 4).max(2));
    let rows = run.attention.len().div_ceil(groups);
    let pitch = (grid + above, grid + gap);
    let mut image = blank(pitch.0 * rows, (pitch.1 * groups).saturating_sub(gap));
    let mut overlays = Vec::new();
    for (j, (student, teacher)) in run.attention.iter().zip(&run.teacher_mixing).enumerate() {
        let (top, left) = (pitch.0 * (j / groups) + above, pitch.1 * (j % groups));
        paste(&mut image, &square(student, grid), (top, left));
        if let Some((first, column, height, width)) = window(teacher, grid) {
            let corner = ((left + column) as f64, (top + first) as f64);
            overlays.push(Overlay::Frame { corner, size: (width as f64, height as f64) });
        }
        let mass: f64 = student.iter().zip(teacher).filter(|&(_, &t)| t > 0.0).map(|(s, _)| s).sum();
        let at = (left as f64 + 0.5 * grid as f64, top as f64 - 0.5 * above as f64);
        overlays.push(Overlay::Words { at, text: fixed(mass, 3) });
    }
    let colours = Colours::of([&*run.attention, &*run.teacher_mixing]);
    Picture {
        title: "Where each pooling group looks".to_owned(),
        caption: "One small map per pooling group, in the place where the group lies in the image; each map shows \
                  the whole patch grid and how much attention the student pays to every patch. Red frame: the \
                  patches the teacher averages. Look for the light filling the frame and nothing else. The number above is \
                  the share of attention inside."
            .to_owned(),
        drawings: vec![mosaic("digits-maps", 680, &image, colours, &overlays)],
    }
}

/// Share of the images with ink in each patch.
fn ink(digits: &DigitsRecord) -> Picture {
    let shares = square(&digits.ink, digits.grid);
    let side = digits.grid as f64;
    let windows = (0..digits.grid).step_by(digits.window.max(1));
    let strips = windows.flat_map(|at| {
        let (at, length) = (at as f64, digits.window as f64);
        [((at, 0.0), (length, side)), ((0.0, at), (side, length))]
    });
    let overlays: Vec<_> = strips.map(|(corner, size)| Overlay::Frame { corner, size }).collect();
    Picture {
        title: "Where the images have ink".to_owned(),
        caption: "Share of the images with any ink in the patch. Nothing can be learned about patches that are \
                  always empty: where this map is dark, attention in the picture above is free to lie anywhere, and \
                  there alone it should miss its frame."
            .to_owned(),
        drawings: vec![mosaic("digits-ink", 460, &shares, Colours::Amount(1.0), &overlays)],
    }
}

/// The teacher's filters above the student's, as images.
fn filters(digits: &DigitsRecord) -> Picture {
    // As many as leave room for their cosines on a telephone.
    const ACROSS: usize = 6;
    let run = &digits.run;
    let patch = digits.patch;
    // A patch that is not a square of its features cannot be shown as an image; the plain rows still can.
    if patch * patch != run.summary.features {
        return matrices::filters(run, "");
    }
    let gap = patch.div_ceil(4);
    // Teacher, gap, student, words, gap.
    let pitch = (2 * patch + 4 * gap, patch + gap);
    let (across, down) = (run.value.len().min(ACROSS), run.value.len().div_ceil(ACROSS));
    let mut image = blank(pitch.0 * down, (pitch.1 * across).saturating_sub(gap));
    let mut overlays = Vec::new();
    for (m, (teacher, student)) in run.summary.teacher_value.iter().zip(&run.value).enumerate() {
        let (top, left) = (pitch.0 * (m / ACROSS), pitch.1 * (m % ACROSS));
        paste(&mut image, &square(teacher, patch), (top, left));
        paste(&mut image, &square(student, patch), (top + patch + gap, left));
        let cosine = cosine(teacher, student).map_or_else(|| NOTHING.to_owned(), |c| fixed(c, 4));
        let at = (left as f64 + 0.5 * patch as f64, (top + 2 * patch + 2 * gap) as f64);
        overlays.push(Overlay::Words { at, text: cosine });
    }
    let colours = Colours::signed([&*run.summary.teacher_value, &*run.value]);
    Picture {
        title: "The filters as images".to_owned(),
        caption: "In pairs: above the filters that the digit network learned, below what the student made of them from their \
                  averages alone; blue weighs ink negatively, red positively. The number is the cosine between the two. Look for twins."
            .to_owned(),
        drawings: vec![mosaic("digits-filters", 760, &image, colours, &overlays)],
    }
}

/// Loss on unseen images relative to its start.
fn loss(digits: &DigitsRecord) -> Picture {
    let after_start = digits.run.curve.iter().filter(|point| point.step > 0);
    let points: Vec<(f64, f64)> = after_start.map(|point| (point.step as f64, point.excess_loss)).collect();
    let across = Scale::from_least_to_most(points.iter().map(|p| p.0));
    let axes = Axes {
        across: Axis { title: "gradient steps", scale: across },
        up: Axis { title: "relative loss, unseen images", scale: Scale::decades(points.iter().map(|p| p.1)) },
    };
    let line = Curve::new("loss on unseen images", Ink::Run(0), Stroke::Solid, points);
    Picture {
        title: "Loss on unseen images".to_owned(),
        caption: "How far the student's output is from the teacher's on images that neither was trained on, 1 being \
                  the untrained student. Look for a steady fall without a turn upwards."
            .to_owned(),
        drawings: vec![curves("digits-loss", "", &axes, 300, &[line])],
    }
}
