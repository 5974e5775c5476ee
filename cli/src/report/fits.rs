//! The pictures of a fit on pairs of one's own: its losses beside those who know no links, its filters, and who depends on whom.

use super::axes::{Axes, Axis, Scale};
use super::cells::{Colours, Matrix, in_blocks, matrix};
use super::drawing::Drawing;
use super::number::{fixed_or_nothing, several};
use super::plot::{Curve, Ink, Stroke, curves};
use super::section::{Level, Picture, Section};
use crate::fit::record::{FitPoint, FitRecord};

/// Each fit's losses and matrices. A fit's slug names its files.
pub fn sections(fits: &[FitRecord], slugs: &[String]) -> Vec<Section> {
    let entry = |(fit, slug): (&FitRecord, &String)| Section {
        id: format!("task-{slug}"),
        heading: fit.task.clone(),
        introduction: in_words(fit),
        level: Level::Part,
        pictures: vec![losses(fit, slug), links(fit, slug), values(fit, slug)],
    };
    fits.iter().zip(slugs).map(entry).collect()
}

/// What was fitted, and what was noticed.
fn in_words(fit: &FitRecord) -> String {
    let treated = match (&fit.whitened, &fit.standardised) {
        (Some(_), _) => "whitened readings",
        (None, Some(_)) => "standardised readings",
        (None, None) => "numbers as they are",
    };
    let rates = if fit.rates == "data" { "rates from the data" } else { "given rates" };
    let notes: String = fit.notes.iter().map(|note| format!(" Noticed: {note}.")).collect();
    format!(
        "{} of {} with {}, answered by {} of {}; {} on {treated}, at {rates}. The share of the answers' variance that the student \
         explains is {}.{notes}",
        several(fit.pairs as u64, "pair"),
        several(fit.tokens as u64, "token"),
        several(fit.features as u64, "feature"),
        several(fit.outputs as u64, "output"),
        several(fit.filters as u64, "filter"),
        several(fit.steps, "step"),
        fixed_or_nothing(fit.explained_test.or(fit.explained), 4),
    )
}

/// Losses over the steps, on axes of decades.
fn losses(fit: &FitRecord, slug: &str) -> Picture {
    let points = |loss: fn(&FitPoint) -> Option<f64>| -> Vec<(f64, f64)> {
        let after_start = fit.curve.iter().filter(|point| point.step > 0);
        after_start.filter_map(|point| Some((point.step as f64, loss(point)?))).filter(|&(_, y)| y > 0.0).collect()
    };
    let (training, test) = (points(|point| Some(point.training_loss)), points(|point| point.test_loss));
    let tested = !test.is_empty();
    let level = |on_test: Option<f64>, on_training: Option<f64>| if tested { on_test } else { on_training };
    let constant = level(fit.constant_test_loss, Some(fit.constant_loss)).filter(|&y| y > 0.0);
    let free = level(fit.position_free_test_loss, fit.position_free_loss).filter(|&y| y > 0.0);
    let heights: Vec<f64> = training.iter().chain(&test).map(|&(_, y)| y).chain(constant).chain(free).collect();
    let across = Axis {
        title: "gradient steps",
        scale: Scale::from_least_to_most(fit.curve.iter().map(|point| point.step as f64)),
    };
    let line = |n, name: &str, points| Curve::new(name, Ink::Run(n), Stroke::Solid, points);
    let mut lines = vec![line(0, "training loss", training)];
    if tested {
        lines.push(line(1, "test loss", test));
    }
    for (y, stroke, text) in
        [(constant, Stroke::Wide(1.2), "best constant"), (free, Stroke::Dashed, "best without positions")]
    {
        lines.extend(y.map(|y| Curve::level(text, stroke, across, y)));
    }
    let axes = Axes { across, up: Axis { title: "loss", scale: Scale::decades(heights) } };
    Picture {
        title: format!("Loss of {}", fit.task),
        caption: "Each grid line is a factor of ten. The level lines are the losses of the best answer that is the same for \
                  all inputs, and of the best function of the mean of all tokens: a student that knows who depends on whom is below both. A \
                  test loss that rises while the training loss falls has learned the noise."
            .to_owned(),
        drawings: vec![curves(&format!("loss-{slug}"), "", &axes, 360, &lines)],
    }
}

/// S.
fn links(fit: &FitRecord, slug: &str) -> Picture {
    let rows = &fit.mean_attention;
    let colours = Colours::of([rows.as_slice()]);
    let signs = if matches!(colours, Colours::Signed(_)) { " Blue is negative, red positive." } else { "" };
    let told = format!(
        "A row for each output, a column for each token: the brighter, the more the output depends on it.{signs} {} out.{}",
        if fit.links.len() == 1 { "1 entry stands".to_owned() } else { format!("{} entries stand", fit.links.len()) },
        in_blocks(rows)
    );
    Picture {
        title: "Who depends on whom".to_owned(),
        caption: told,
        drawings: vec![drawing(format!("attention-{slug}"), "S", rows, ("output", "token"), colours)],
    }
}

/// W.
fn values(fit: &FitRecord, slug: &str) -> Picture {
    // The intercept stands last, and is no feature.
    let comparable = |row: &Vec<f64>| row.iter().take(fit.features).copied().collect();
    let standardised: Option<Vec<Vec<f64>>> =
        fit.standardised.as_ref().map(|standardised| standardised.value.iter().map(comparable).collect());
    let told = match standardised {
        Some(_) => {
            "Of standardised (or whitened) readings, so that features of any unit compare; the JSON has those of readings as they come."
        }
        None => "Of the numbers as they are.",
    };
    let rows = standardised.as_ref().unwrap_or(&fit.value);
    let colours = Colours::signed([rows.as_slice()]);
    Picture {
        title: "Filters".to_owned(),
        caption: format!("A row for each filter, by whose weights the features of a token are summed. {told}"),
        drawings: vec![drawing(format!("filters-{slug}"), "W", rows, ("filter", "feature"), colours)],
    }
}

fn drawing(name: String, title: &str, rows: &[Vec<f64>], sides: (&str, &str), colours: Colours) -> Drawing {
    matrix(&Matrix { name, title, rows, sides, colours, borders: (None, None) })
}
