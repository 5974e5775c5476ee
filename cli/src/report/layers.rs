//! The pictures of a whole layer: its loss, its matrices with the borders of their blocks, and its attention.

use super::axes::Scale;
use super::chart::{self, Axes, Entry, LONGEST_LINE, Mark, fitting, series};
use super::colour::Map;
use super::heatmap::{bound, colour_bar, columns, draw, drawable, name_sides};
use super::matrices::{Layout, bar_height, last_indices, run_in_words};
use super::number::{fixed_or_nothing, short_or_nothing};
use super::section::{Level, Picture, Section};
use super::svg::{Anchor, Svg};
use tutee::Scalar;

use crate::layer::record::{LayerPoint, LayerRecord};

/// The loss of all runs, then each run's matrices and attention. A run's slug names its files.
pub fn sections(runs: &[LayerRecord], slugs: &[String]) -> Vec<Section> {
    if runs.is_empty() {
        return Vec::new();
    }
    let loss = Section {
        id: "layer-loss".to_owned(),
        heading: "Does the layer answer as its teacher does?".to_owned(),
        introduction: "The mean loss on samples that training never sees, the same ones at every step. Their answers \
                       are without noise: of answers that are numbers, 0 means that the layer has become its teacher; \
                       of labels the loss goes to 0 as the layer becomes surer of them. No law is known for all that a \
                       layer can be."
            .to_owned(),
        level: Level::Part,
        pictures: vec![
            over_steps(runs, "layer-loss", "Test loss over training", "test loss", |point| point.excess_loss),
            over_steps(
                runs,
                "layer-out-of-distribution",
                "Test loss on inputs of another kind",
                "out-of-distribution loss",
                |point| point.ood_excess,
            ),
        ],
    };
    let opening = Section {
        id: "layer-blocks".to_owned(),
        heading: "Which blocks did the layer use?".to_owned(),
        introduction: "A token is its content and the code of its position. The value matrix W_V has a row for every \
                       filter; W_KQ has a row for every entry of a key and a column for every entry of a query. Dashed \
                       lines part content from position. A teacher that averages fixed tokens needs two blocks: content \
                       of W_V, and position against position of W_KQ; one that chooses by content needs others. Blue is \
                       negative, red positive."
            .to_owned(),
        level: Level::Part,
        pictures: Vec::new(),
    };
    let entry = |(run, slug): (&LayerRecord, &String)| Section {
        id: format!("task-{slug}"),
        heading: run.summary.task.clone(),
        introduction: format!("{} {}", run_in_words(&run.summary), form(run)),
        level: Level::Entry,
        pictures: vec![values(run, slug), key_query(run, slug), attention(run, slug)],
    };
    [loss, opening].into_iter().chain(runs.iter().zip(slugs).map(entry)).collect()
}

/// What the layer is, in a sentence.
fn form(run: &LayerRecord) -> String {
    let tokens = match (run.embedding.as_str(), run.encoding.as_deref()) {
        ("concatenated", Some(encoding)) => format!("content with {encoding} codes beside it"),
        ("added", Some(encoding)) => format!("content with {encoding} codes added to it"),
        _ => "content alone".to_owned(),
    };
    let matrices = match run.keys {
        None => "one matrix W_KQ".to_owned(),
        Some(1) => "W_K and W_Q of one row".to_owned(),
        Some(keys) => format!("W_K and W_Q of {keys} rows"),
    };
    format!("Tokens are {tokens}; {matrices}, from {}.", run.start)
}

/// One number of every run over its steps, on axes of decades.
fn over_steps(runs: &[LayerRecord], name: &str, title: &str, up_title: &str, value: fn(&LayerPoint) -> f64) -> Picture {
    let points = |run: &LayerRecord| -> Vec<(f64, f64)> {
        let after_start = run.curve.iter().filter(|point| point.step > 0);
        after_start.map(|point| (point.step as f64, value(point))).filter(|&(_, y)| y > 0.0).collect()
    };
    let marks: Vec<_> =
        runs.iter().enumerate().map(|(n, run)| Mark::Curve { class: series(n), points: points(run) }).collect();
    let entry =
        |(n, run): (usize, &LayerRecord)| Entry { class: series(n), text: fitting(&run.summary.task, LONGEST_LINE) };
    let legend: Vec<_> = runs.iter().enumerate().map(entry).collect();
    let axes = Axes {
        across: Scale::from_least_to_most(runs.iter().flat_map(|run| &run.curve).map(|point| point.step as f64)),
        across_title: "gradient steps",
        up: Scale::decades(runs.iter().flat_map(points).map(|(_, y)| y)),
        up_title,
    };
    Picture {
        name: name.to_owned(),
        title: title.to_owned(),
        caption: "On these axes each grid line is a factor of ten, so that a straight line is a power law. Look for \
                  curves that still fall at the right end: a level one has met the least that this layer can reach, or \
                  waits on a plateau."
            .to_owned(),
        svg: chart::overview(&axes, 320.0, &marks, &legend),
    }
}

/// Entries for content of a token and of a query.
fn contents(run: &LayerRecord) -> (usize, usize) {
    (run.summary.features, if run.queries == "tokens" { run.summary.features } else { 0 })
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "none".to_owned(), |share| format!("{:.3} %", 100.0 * share))
}

/// Dashed lines over a matrix at a row and a column, where these are inside it.
fn borders(svg: &mut Svg, (x, y): (f64, f64), size: (f64, f64), down: Option<f64>, across: Option<f64>) {
    if let Some(column) = across {
        svg.line("guide dashed", (x + column, y), (x + column, y + size.1));
    }
    if let Some(row) = down {
        svg.line("guide dashed", (x, y + row), (x + size.0, y + row));
    }
}

/// How far into a side of so many entries its content ends, where position begins there.
fn border(content: usize, entries: usize, length: f64) -> Option<f64> {
    (content > 0 && content < entries).then(|| length * content as f64 / entries as f64)
}

/// The names of the parts of a side, each with the middle of its part as a fraction of the side.
fn parts(content: usize, entries: usize) -> Vec<(&'static str, f64)> {
    let share = if entries == 0 { 0.0 } else { content as f64 / entries as f64 };
    match (content, content < entries) {
        (0, _) => vec![("position", 0.5)],
        (_, true) => vec![("content", 0.5 * share), ("position", 0.5 + 0.5 * share)],
        (_, false) => vec![("content", 0.5)],
    }
}

/// Names below a matrix; the second of two that would touch stands a line lower.
fn name_below(svg: &mut Svg, (x, y): (f64, f64), (width, height): (f64, f64), names: &[(&str, f64)]) {
    const LONGEST: f64 = 60.0;
    let crowded = names.windows(2).any(|pair| matches!(pair, [(_, a), (_, b)] if (b - a) * width < LONGEST));
    for (n, (name, middle)) in names.iter().enumerate() {
        let below = y + height + 16.0 + if crowded && n > 0 { 15.0 } else { 0.0 };
        svg.text("tick", Anchor::Middle, (x + middle * width, below), name);
    }
}

/// V* beside W_V.
fn values(run: &LayerRecord, slug: &str) -> Picture {
    const WIDEST: f64 = 620.0;
    let ((teacher, _), (student, block)) = (drawable(&run.summary.teacher_value), drawable(&run.value));
    let map = Map::Signed(bound([&*run.summary.teacher_value, &*run.value]));
    let (left, top, gap) = (46.0, 30.0, 62.0);
    let drawn = (columns(&teacher) + columns(&student)).max(1) as f64;
    let cell = ((WIDEST / drawn).clamp(1.0, 26.0), (200.0 / student.len().max(1) as f64).clamp(1.0, 26.0));
    let size = |rows: &[Vec<f64>]| (cell.0 * columns(rows) as f64, cell.1 * rows.len() as f64);
    // A narrow matrix leaves the room to its heading.
    let beside = size(&teacher).0.larger(70.0) + gap;
    let bar = bar_height(size(&student).1);
    let lowest = size(&student).1.larger(bar) + top + 40.0;
    let mut svg = Svg::new(left + beside + size(&student).0.larger(70.0) + 110.0, lowest);
    svg.text("heading", Anchor::Start, (left, top - 10.0), "teacher V*");
    draw(&mut svg, &teacher, map, (left, top), cell);
    name_below(&mut svg, (left, top), size(&teacher), &[("content", 0.5)]);
    svg.text_upwards("tick", (left - 9.0, top + size(&teacher).1 / 2.0), "filter");
    let corner = (left + beside, top);
    svg.text("heading", Anchor::Start, (corner.0, top - 10.0), "student W_V");
    draw(&mut svg, &student, map, corner, cell);
    let (content, entries) = (contents(run).0, columns(&run.value));
    borders(&mut svg, corner, size(&student), None, border(content, entries, size(&student).0));
    name_below(&mut svg, corner, size(&student), &parts(content, entries));
    colour_bar(&mut svg, map, (corner.0 + size(&student).0.larger(70.0) + 14.0, top), bar);
    Picture {
        name: format!("value-{slug}"),
        title: format!("Values of {}", run.summary.task),
        caption: format!(
            "Of the squared norm of W_V, {} are in its content columns; the smallest cosine between one of its rows there and \
             the teacher's filter is {}.{}",
            percent(run.shares.value_content),
            fixed_or_nothing(run.summary.value_cosine_min, 6),
            in_blocks(block)
        ),
        svg,
    }
}

/// W_KQ, or `W_K^T W_Q`, with the shares of its blocks.
fn key_query(run: &LayerRecord, slug: &str) -> Picture {
    const SIDE: f64 = 420.0;
    let product = run.w_k.as_ref().zip(run.w_q.as_ref()).map(|(k, q)| product(k, q));
    let matrix = run.w_kq.as_ref().or(product.as_ref()).map_or(&[][..], Vec::as_slice);
    let (drawn, block) = drawable(matrix);
    let map = Map::Signed(bound([matrix]));
    let cell = (SIDE / drawn.len().max(columns(&drawn)).max(1) as f64).clamp(1.0, 20.0);
    let size = (cell * columns(&drawn) as f64, cell * drawn.len() as f64);
    let corner = (64.0, 30.0);
    let bar = bar_height(size.1);
    let beside = corner.0 + size.0.larger(110.0) + 92.0;
    let mut svg = Svg::new(beside + 210.0, corner.1 + size.1.larger(150.0) + 40.0);
    let name = if product.is_some() { "W_K' W_Q" } else { "W_KQ" };
    svg.text("heading", Anchor::Start, (corner.0, corner.1 - 10.0), name);
    draw(&mut svg, &drawn, map, corner, (cell, cell));
    let (of_key, of_query) = contents(run);
    let (keys, queries) = (matrix.len(), columns(matrix));
    borders(&mut svg, corner, size, border(of_key, keys, size.1), border(of_query, queries, size.0));
    name_below(&mut svg, corner, size, &parts(of_query, queries));
    for (n, (part, middle)) in parts(of_key, keys).into_iter().enumerate() {
        // Names of narrow parts stand beside one another.
        svg.text_upwards("tick", (corner.0 - 9.0 - 15.0 * ((n + 1) % 2) as f64, corner.1 + middle * size.1), part);
    }
    svg.text_upwards("tick", (corner.0 - 44.0, corner.1 + size.1 / 2.0), "key");
    svg.text("tick", Anchor::End, (corner.0 + size.0, corner.1 - 10.0), "query →");
    colour_bar(&mut svg, map, (corner.0 + size.0.larger(110.0) + 14.0, corner.1), bar);
    let shares = [
        ("content, content", run.shares.content_content),
        ("content, position", run.shares.content_position),
        ("position, content", run.shares.position_content),
        ("position, position", run.shares.position_position),
    ];
    svg.text("heading", Anchor::Start, (beside, corner.1 + 10.0), "share of squared norm");
    svg.text("note", Anchor::Start, (beside, corner.1 + 28.0), "key, query");
    for (n, (part, share)) in shares.into_iter().enumerate() {
        let y = corner.1 + 52.0 + 22.0 * n as f64;
        svg.text("tick", Anchor::Start, (beside, y), part);
        svg.text("tick", Anchor::End, (beside + 190.0, y), &percent(share));
    }
    let what =
        if product.is_some() { "The product of the two matrices, which is what the layer multiplies by. " } else { "" };
    Picture {
        name: format!("key-query-{slug}"),
        title: format!("Keys and queries of {}", run.summary.task),
        caption: format!(
            "{what}Of its squared norm, {} are in the block of positions against positions.{}",
            percent(run.shares.position_position),
            in_blocks(block)
        ),
        svg,
    }
}

/// S*, where the teacher has one, beside what the layer attends to.
fn attention(run: &LayerRecord, slug: &str) -> Picture {
    let panels: Vec<(&str, &Vec<Vec<f64>>)> = [
        run.teacher_mixing.as_ref().map(|mixing| ("teacher S*", mixing)),
        run.position_attention.as_ref().map(|attention| ("S without content", attention)),
        Some(("S, mean over the test", &run.mean_attention)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let most = bound(panels.iter().map(|(_, rows)| rows.as_slice()));
    let negative = panels.iter().any(|(_, rows)| rows.iter().flatten().any(|&s| s < 0.0));
    let map = if negative { Map::Signed(most) } else { Map::Amount(most) };
    let (rows, block) = drawable(&run.mean_attention);
    let layout = Layout::new(rows.len(), columns(&rows), (26.0, 26.0));
    let last = last_indices(&run.mean_attention);
    let bar = bar_height(layout.size.1);
    let (right, bottom) = layout.extent(panels.len());
    let final_corner = layout.corner(panels.len().saturating_sub(1));
    let mut svg = Svg::new(right + 110.0, bottom.larger(final_corner.1 + bar + 12.0));
    for (n, (title, rows)) in panels.iter().enumerate() {
        let (rows, _) = drawable(rows);
        let corner = layout.corner(n);
        svg.text("heading", Anchor::Start, (corner.0, corner.1 - 10.0), title);
        draw(&mut svg, &rows, map, corner, layout.cell);
        let sides = if n == 0 || layout.pitch.1 > 0.0 { ("output", "token") } else { ("", "token") };
        name_sides(&mut svg, corner, layout.size, layout.cell, last, sides);
    }
    colour_bar(&mut svg, map, (final_corner.0 + layout.size.0 + 14.0, final_corner.1), bar);
    let told = match (&run.teacher_mixing, &run.position_attention) {
        (Some(_), _) => format!(
            "S without content is the attention on an input of zeros: what positions alone decide. The largest difference \
             between the mean and S* is {}.",
            short_or_nothing(run.summary.attention_error_max)
        ),
        (None, Some(_)) => {
            "The teacher chooses anew for every sample, so that it has no picture of its own. S without \
                            content is the attention on an input of zeros: what positions alone decide."
                .to_owned()
        }
        (None, None) => {
            "The teacher chooses anew for every sample, so that the mean over many samples says little but \
                         where attention leans."
                .to_owned()
        }
    };
    Picture {
        name: format!("attention-{slug}"),
        title: format!("Attention of {}", run.summary.task),
        caption: format!("{told}{}", in_blocks(block)),
        svg,
    }
}

fn in_blocks(block: usize) -> String {
    if block > 1 {
        format!(" The matrix is large: each cell shows the farthest from zero of {block} × {block} entries.")
    } else {
        String::new()
    }
}

/// `W_K^T W_Q`.
fn product(keys: &[Vec<f64>], queries: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut product = vec![vec![0.0; columns(queries)]; columns(keys)];
    for (k, q) in keys.iter().zip(queries) {
        for (row, k) in product.iter_mut().zip(k) {
            row.iter_mut().zip(q).for_each(|(sum, q)| *sum += k * q);
        }
    }
    product
}
