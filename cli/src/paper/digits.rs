//! Figures 4 and 5: digits, resized to 27 x 27 pixels and cut into 81 patches, with a network of 16 filters.

use std::path::Path;

use super::record::{Check, Curve, Figure, Matrices, MatrixRecord, Measured, Plot};
use crate::args::CheckpointArgs;
use crate::failure::Failure;
use crate::mnist::{self, Design, Geometry, Length, Lessons, MnistOptions, Optimiser};
use crate::record::{ActivationRecord, DigitsRecord};
use crate::report::axes::MOST_DECADES;

/// M, and passes of the network over the images, as in the paper.
const FILTERS: usize = 16;
const EPOCHS: u64 = 20;
/// The network on the whole files: plain descent, at a rate and with a batch of ours. The paper names no optimiser; this one ends in its
/// passes where the paper does.
const DESCENT: Lessons = Lessons { optimiser: Optimiser::Descent(0.01), batch: 100, length: Length::Epochs(EPOCHS) };
/// On the sample's 2,000 images these passes would be 400 steps of that, a thirtieth as many.
const SAMPLE: Lessons = Lessons::adam(EPOCHS);
/// Part of the images with ink in a patch from which on attention can know it.
const INK: f64 = 0.05;
/// Steps of the student: ours.
const STEPS: u64 = 40_000;
const QUICK_STEPS: u64 = 4_000;

/// The students and their names; the ReLU's first.
///
/// # Errors
/// Bad data.
pub fn plans(data: Option<&Path>, quick: bool) -> Result<Vec<(&'static str, mnist::Plan)>, Failure> {
    let plan = |(name, activation): (&'static str, ActivationRecord)| {
        let design = Design {
            geometry: Geometry::RESIZED,
            filters: FILTERS,
            activation,
            lessons: if data.is_some() { DESCENT } else { SAMPLE },
            limits: (60_000, 10_000),
        };
        let steps = Some(if quick { QUICK_STEPS } else { STEPS });
        let options = MnistOptions {
            data: data.map(Path::to_owned),
            steps,
            batch: None,
            seed: 1,
            rates: (None, None),
            design,
            kept: CheckpointArgs::NONE,
        };
        Ok((name, mnist::plan(&options)?))
    };
    let all = [("ReLU", ActivationRecord::Relu), ("leaky ReLU", ActivationRecord::LeakyRelu(0.1))];
    all.into_iter().map(plan).collect()
}

fn setting(runs: &[(&'static str, DigitsRecord)], quick: bool) -> String {
    let (source, images) = runs.first().map_or(("", (0, 0)), |(_, run)| (run.source.as_str(), run.images));
    let lessons = if whole(runs) {
        "of plain descent over the images, 100 a step at a rate of 0.01 (ours: the paper names no optimiser)"
    } else {
        "of Adam over the images (ours: of plain descent, as on the whole files, they would be 400 steps, a thirtieth as many)"
    };
    format!(
        "From {source}: {} images and {} to test; grey levels from 0 to 1, resized to 27 x 27 pixels by the mean over areas (ours), 81 patches of \
         3 x 3, {FILTERS} filters, 3 x 3 average pooling, {EPOCHS} passes {lessons}. One output for each of the 9 groups: with \
         J = 81 the rows of a group are copies. Then a student from zero on the hidden answers, without noise: {} steps of 8 images, rates \
         from the data (ours).",
        images.0,
        images.1,
        if quick { QUICK_STEPS } else { STEPS }
    )
}

/// Whether the runs are of files, not of the sample.
fn whole(runs: &[(&'static str, DigitsRecord)]) -> bool {
    runs.first().is_some_and(|(_, run)| run.data.is_some())
}

fn each(
    runs: &[(&'static str, DigitsRecord)],
    of: impl Fn(&DigitsRecord) -> Option<f64>,
) -> impl Iterator<Item = Measured> {
    runs.iter().map(move |(name, run)| Measured::plain(name, of(run)))
}

/// Figure 4.
pub fn loss(runs: &[(&'static str, DigitsRecord)], quick: bool) -> Figure {
    let accuracy = |bounds, statement| {
        Check::paper("test accuracy of the network", statement, bounds, each(runs, |run| Some(run.teacher_accuracy)))
    };
    let checks = vec![
        if whole(runs) {
            accuracy((0.68, 0.78), "about 0.71")
        } else {
            accuracy((0.6, 0.78), "about 0.71 on 60,000 images; the sample has 2,000")
        },
        Check::paper(
            "mean cosine of the filters at the end",
            "above 0.9",
            // It rises as training goes on, which ends earlier with `--quick`.
            (if quick { 0.85 } else { 0.9 }, 1.0),
            each(runs, |run| Some(run.value_cosine_mean)),
        ),
        Check::paper("test loss over its start", "falls", (0.0, 0.01), each(runs, |run| Some(run.relative_test_loss))),
    ];
    let mut figure = Figure::new("4", "Digits: loss and cosine", setting(runs, quick), checks);
    let curves = |of: fn(&crate::record::CurvePoint) -> Option<f64>| -> Vec<Curve> {
        let points = |run: &DigitsRecord| {
            let after = run.run.curve.iter().filter(|point| point.step > 0);
            after.filter_map(|point| Some((point.step as f64, of(point)?))).collect()
        };
        runs.iter().map(|(name, run)| Curve { name: (*name).to_owned(), dashed: false, points: points(run) }).collect()
    };
    let plot = |title, up, logarithmic, level, curves| Plot {
        title,
        across: "gradient steps",
        up,
        logarithmic,
        decades: MOST_DECADES,
        level,
        curves,
    };
    figure.plots = vec![
        plot(
            "Test loss over its start".to_owned(),
            "relative test loss",
            true,
            None,
            curves(|point| Some(point.excess_loss)),
        ),
        plot(
            "Cosine of the worst filter".to_owned(),
            "cosine",
            false,
            Some(0.9),
            curves(|point| point.value_cosine_min),
        ),
    ];
    figure
}

/// Attention on patches that are wrong and hold ink, and on patches without ink: the most of any group.
fn wrong(run: &DigitsRecord) -> (f64, f64) {
    let rows = run.run.attention.iter().zip(&run.run.teacher_mixing);
    let most = |(inked, blank): (f64, f64), (s, t): (&Vec<f64>, &Vec<f64>)| {
        let sum = |with_ink: bool| -> f64 {
            let patches = s.iter().zip(t).zip(&run.ink);
            patches.filter(|((_, t), ink)| **t == 0.0 && (**ink >= INK) == with_ink).map(|((s, _), _)| s).sum()
        };
        let (a, b) = (sum(true), sum(false));
        (if a > inked { a } else { inked }, if b > blank { b } else { blank })
    };
    rows.fold((0.0, 0.0), most)
}

/// Where S fails on an image: its patches to which their own group gives less than half of their weight.
fn failing(run: &DigitsRecord) -> Vec<[usize; 4]> {
    let rows = run.run.attention.iter().zip(&run.run.teacher_mixing);
    let fails = rows.flat_map(|(s, t)| s.iter().zip(t).enumerate().filter(|(_, (s, t))| **s < 0.5 * **t));
    let mut patches: Vec<usize> = fails.map(|(patch, _)| patch).collect();
    patches.sort_unstable();
    let corner =
        |patch: usize| [run.stride * (patch / run.grid), run.stride * (patch % run.grid), run.patch, run.patch];
    patches.into_iter().map(corner).collect()
}

/// Figure 5.
pub fn attention(runs: &[(&'static str, DigitsRecord)], quick: bool) -> Figure {
    let checks = vec![
        Check::paper(
            "attention of the group inside on its own patches",
            "S is right inside",
            (0.9, 1.0),
            each(runs, |run| Some(run.interior_mass)),
        ),
        Check::paper(
            "attention on wrong patches that hold ink in 5 % of the images, the most of any group",
            "S fails at the border alone, where patches are blank",
            // It falls as training goes on, which ends earlier with `--quick`.
            (0.0, if quick { 0.2 } else { 0.1 }),
            each(runs, |run| Some(wrong(run).0)),
        ),
        Check::paper(
            "attention on other groups' patches without ink, the most of any group",
            "S fails there: a blank patch cannot be told from another",
            (0.05, 1.0),
            each(runs, |run| Some(wrong(run).1)),
        ),
    ];
    let mut figure = Figure::new("5", "Digits: attention", setting(runs, quick), checks);
    let matrix = |title: &str, rows, frames| MatrixRecord {
        title: title.to_owned(),
        rows,
        signed: false,
        borders: None,
        frames,
    };
    let panel = |(name, run): &(&'static str, DigitsRecord)| {
        let blank: Vec<f64> = run.ink.iter().map(|&ink| if ink < INK { 1.0 } else { 0.0 }).collect();
        Matrices {
            run: (*name).to_owned(),
            matrices: vec![
                matrix("teacher S*", run.run.teacher_mixing.clone(), Vec::new()),
                matrix("student S", run.run.attention.clone(), Vec::new()),
                matrix("blank patches", blank.chunks(run.grid).map(<[f64]>::to_vec).collect(), Vec::new()),
                matrix("an image, red where S fails", run.example.clone(), failing(run)),
            ],
        }
    };
    figure.matrices = runs.iter().map(panel).collect();
    figure
}
