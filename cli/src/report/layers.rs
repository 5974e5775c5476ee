//! The pictures of a whole layer: its loss, its matrices with the borders of their blocks, and its attention.

use super::axes::{Axes, Axis, Scale};
use super::cells::{Colours, Matrix, columns, in_blocks, matrix};
use super::drawing::fitting;
use super::matrices::run_in_words;
use super::number::{fixed_or_nothing, short_or_nothing};
use super::plot::{Curve, Ink, Stroke, curves};
use super::section::{Level, Picture, Section};
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
        after_start.map(|point| (point.step as f64, value(point))).collect()
    };
    let line = |(n, run): (usize, &LayerRecord)| {
        Curve::new(fitting(&run.summary.task), Ink::Run(n), Stroke::Solid, points(run))
    };
    let across = Scale::from_least_to_most(runs.iter().flat_map(|run| &run.curve).map(|point| point.step as f64));
    let axes = Axes {
        across: Axis { title: "gradient steps", scale: across },
        up: Axis { title: up_title, scale: Scale::decades(runs.iter().flat_map(points).map(|(_, y)| y)) },
    };
    Picture {
        title: title.to_owned(),
        caption: "On these axes each grid line is a factor of ten, so that a straight line is a power law. Look for \
                  curves that still fall at the right end: a level one has met the least that this layer can reach, or \
                  waits on a plateau."
            .to_owned(),
        drawings: vec![curves(name, "", &axes, 360, &runs.iter().enumerate().map(line).collect::<Vec<_>>())],
    }
}

/// Entries for content of a token and of a query.
fn contents(run: &LayerRecord) -> (usize, usize) {
    (run.summary.features, if run.queries == "tokens" { run.summary.features } else { 0 })
}

fn percent(share: f64) -> String {
    format!("{:.3} %", 100.0 * share)
}

/// The entry of a side at which position begins, where it has content and position.
fn border(content: usize, entries: usize) -> Option<usize> {
    (content > 0 && content < entries).then_some(content)
}

/// What a side is made of.
fn side(what: &str, content: usize, entries: usize) -> String {
    match (content, content < entries) {
        (0, _) => format!("{what}: position"),
        (_, true) => format!("{what}: content, position"),
        (_, false) => format!("{what}: content"),
    }
}

/// V* beside W_V.
fn values(run: &LayerRecord, slug: &str) -> Picture {
    let colours = Colours::signed([&*run.summary.teacher_value, &*run.value]);
    let (content, entries) = (contents(run).0, columns(&run.value));
    let below = side("entry", content, entries);
    let drawing = |part: &str, title: &'static str, rows: &[Vec<f64>], below: &str, border| {
        let (name, sides) = (format!("value-{slug}-{part}"), ("filter", below));
        matrix(&Matrix { name, title, rows, sides, colours, borders: (None, border) })
    };
    Picture {
        title: format!("Values of {}", run.summary.task),
        caption: format!(
            "Of the squared norm of W_V, {} are in its content columns; the smallest cosine between one of its rows there and \
             the teacher's filter is {}.{}",
            run.shares.value_content.map_or_else(|| "none".to_owned(), percent),
            fixed_or_nothing(run.summary.value_cosine_min, 6),
            in_blocks(&run.value)
        ),
        drawings: vec![
            drawing("teacher", "teacher V*", &run.summary.teacher_value, "entry: content", None),
            drawing("student", "student W_V", &run.value, &below, border(content, entries)),
        ],
    }
}

/// W_KQ, or `W_K^T W_Q`, with the shares of its blocks.
fn key_query(run: &LayerRecord, slug: &str) -> Picture {
    let product = run.w_k.as_ref().zip(run.w_q.as_ref()).map(|(k, q)| product(k, q));
    let rows = run.w_kq.as_ref().or(product.as_ref()).map_or(&[][..], Vec::as_slice);
    let (of_key, of_query) = contents(run);
    let (keys, queries) = (rows.len(), columns(rows));
    let drawing = matrix(&Matrix {
        name: format!("key-query-{slug}"),
        title: if product.is_some() { "W_K' W_Q" } else { "W_KQ" },
        rows,
        sides: (&side("key", of_key, keys), &side("query", of_query, queries)),
        colours: Colours::signed([rows]),
        borders: (border(of_key, keys), border(of_query, queries)),
    });
    let what =
        if product.is_some() { "The product of the two matrices, which is what the layer multiplies by. " } else { "" };
    let shares = &run.shares;
    let there: Vec<String> = [
        ("content against content", shares.content_content),
        ("content against position", shares.content_position),
        ("position against content", shares.position_content),
        ("position against position", shares.position_position),
    ]
    .into_iter()
    .filter_map(|(block, share)| share.map(|share| format!("{block} {}", percent(share))))
    .collect();
    let shares = if there.is_empty() {
        "All of it is zero.".to_owned()
    } else {
        format!("Shares of its squared norm, key against query: {}.", there.join(", "))
    };
    Picture {
        title: format!("Keys and queries of {}", run.summary.task),
        caption: format!("{what}{shares}{}", in_blocks(rows)),
        drawings: vec![drawing],
    }
}

/// S*, where the teacher has one, beside what the layer attends to.
fn attention(run: &LayerRecord, slug: &str) -> Picture {
    let panels: Vec<(&str, &str, &[Vec<f64>])> = [
        run.teacher_mixing.as_ref().map(|mixing| ("teacher", "teacher S*", mixing.as_slice())),
        run.position_attention.as_ref().map(|attention| ("position", "S without content", attention.as_slice())),
        Some(("mean", "S, mean over the test", run.mean_attention.as_slice())),
    ]
    .into_iter()
    .flatten()
    .collect();
    let matrices: Vec<&[Vec<f64>]> = panels.iter().map(|&(_, _, rows)| rows).collect();
    let colours = Colours::of(matrices);
    let drawing = |&(part, title, rows): &(&str, &str, &[Vec<f64>])| {
        let name = format!("attention-{slug}-{part}");
        matrix(&Matrix { name, title, rows, sides: ("output", "token"), colours, borders: (None, None) })
    };
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
        title: format!("Attention of {}", run.summary.task),
        caption: format!("{told}{}", in_blocks(&run.mean_attention)),
        drawings: panels.iter().map(drawing).collect(),
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
