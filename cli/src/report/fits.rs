//! The pictures of a fit on pairs of one's own: its losses beside those who know no links, its filters, and who depends on whom.

use super::axes::Scale;
use super::chart::{self, Axes, Entry, Mark, series};
use super::colour::Map;
use super::heatmap::{bound, colour_bar, columns, draw, drawable, name_sides, write_entries};
use super::matrices::{Layout, bar_height, last_indices};
use super::number::{count, fixed_or_nothing};
use super::section::{Level, Picture, Section};
use super::svg::{Anchor, Svg};
use tutee::Scalar;

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
    let treated = if fit.standardised.is_some() { "standardised readings" } else { "numbers as they are" };
    let rates = if fit.rates == "data" { "rates from the data" } else { "given rates" };
    let notes: String = fit.notes.iter().map(|note| format!(" Noticed: {note}.")).collect();
    format!(
        "{} pairs of {} tokens with {} features, answered by {} outputs of {} filters; {} steps on {treated}, at {rates}. The share of \
         the answers' variance that the student explains is {}.{notes}",
        fit.pairs,
        fit.tokens,
        fit.features,
        fit.outputs,
        fit.filters,
        count(fit.steps),
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
    let mut marks = vec![Mark::Curve { class: series(0), points: training }];
    let mut legend = vec![Entry { class: series(0), text: "training loss".to_owned() }];
    if tested {
        marks.push(Mark::Curve { class: series(1), points: test });
        legend.push(Entry { class: series(1), text: "test loss".to_owned() });
    }
    for (y, class, text) in
        [(constant, "guide thin", "best constant"), (free, "guide dashed", "best without positions")]
    {
        if let Some(y) = y {
            marks.push(Mark::Level { class: class.to_owned(), y });
            legend.push(Entry { class: class.to_owned(), text: text.to_owned() });
        }
    }
    let axes = Axes {
        across: Scale::from_least_to_most(fit.curve.iter().map(|point| point.step as f64)),
        across_title: "gradient steps",
        up: Scale::decades(heights),
        up_title: "loss",
    };
    Picture {
        name: format!("loss-{slug}"),
        title: format!("Loss of {}", fit.task),
        caption: "Each grid line is a factor of ten. The level lines are the losses of the best answer that is the same for \
                  all inputs, and of the best function of the mean of all tokens: a student that knows who depends on whom is below both. A \
                  test loss that rises while the training loss falls has learned the noise."
            .to_owned(),
        svg: chart::overview(&axes, 320.0, &marks, &legend),
    }
}

/// S.
fn links(fit: &FitRecord, slug: &str) -> Picture {
    let rows = &fit.mean_attention;
    let most = bound([rows.as_slice()]);
    let negative = rows.iter().flatten().any(|&s| s < 0.0);
    let map = if negative { Map::Signed(most) } else { Map::Amount(most) };
    let told = format!(
        "A row for each output, a column for each token: the brighter, the more the output depends on it.{} {} entries stand out.",
        if negative { " Blue is negative, red positive." } else { "" },
        fit.links.len()
    );
    Picture {
        name: format!("attention-{slug}"),
        title: "Who depends on whom".to_owned(),
        caption: told,
        svg: matrix(rows, map, "S", ("output", "token"), (26.0, 26.0)),
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
            "Of standardised readings, so that features of any unit compare; the JSON has those of readings as they come."
        }
        None => "Of the numbers as they are.",
    };
    let rows = standardised.as_ref().unwrap_or(&fit.value);
    let map = Map::Signed(bound([rows.as_slice()]));
    Picture {
        name: format!("filters-{slug}"),
        title: "Filters".to_owned(),
        caption: format!("A row for each filter, by whose weights the features of a token are summed. {told}"),
        svg: matrix(rows, map, "W", ("filter", "feature"), (46.0, 30.0)),
    }
}

/// One matrix with its bar.
fn matrix(rows: &[Vec<f64>], map: Map, title: &str, sides: (&str, &str), largest: (f64, f64)) -> Svg {
    let (drawn, _) = drawable(rows);
    let layout = Layout::new(drawn.len(), columns(&drawn), largest);
    let bar = bar_height(layout.size.1);
    let (right, bottom) = layout.extent(1);
    let corner = layout.corner(0);
    let mut svg = Svg::new(right + 110.0, bottom.larger(corner.1 + bar + 12.0));
    svg.text("heading", Anchor::Start, (corner.0, corner.1 - 10.0), title);
    draw(&mut svg, &drawn, map, corner, layout.cell);
    if layout.cell.0 >= 34.0 && layout.cell.1 >= 18.0 {
        write_entries(&mut svg, &drawn, map, corner, layout.cell, 2);
    }
    name_sides(&mut svg, corner, layout.size, layout.cell, last_indices(rows), sides);
    colour_bar(&mut svg, map, (corner.0 + layout.size.0 + 14.0, corner.1), bar);
    svg
}
