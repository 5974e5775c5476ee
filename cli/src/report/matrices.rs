//! The pictures of what was learned: the student's matrices beside the teacher's.

use super::colour::Map;
use super::heatmap::{bound, colour_bar, columns, draw, drawable, name_sides, write_entries};
use super::number::{NOTHING, cosine, count, fixed, fixed_or_nothing, short};
use super::section::{Level, Picture, Section};
use super::svg::{Anchor, Svg};
use crate::record::{ActivationRecord, RunRecord, Summary};

/// How to read the pictures, then each run's attention and filters. A run's slug names its files.
pub fn sections(runs: &[RunRecord], slugs: &[String]) -> Vec<Section> {
    if runs.is_empty() {
        return Vec::new();
    }
    let opening = Section {
        id: "recovery".to_owned(),
        heading: "Has the student become its teacher?".to_owned(),
        introduction: "For each task, the teacher's matrices and what the student made in their place. Attention: \
                       one row per output position, one column per token; the brighter the cell, the more the output \
                       listens to the token; where a teacher weighs tokens negatively, too, blue is negative and red \
                       positive. Filters: one row per filter, the weights by which the entries of a \
                       token are summed; blue is negative, red positive. Look for the same picture twice. The third \
                       attention map is what is left between the two, on a much finer scale of its own."
            .to_owned(),
        level: Level::Part,
        pictures: Vec::new(),
    };
    let entry = |(run, slug): (&RunRecord, &String)| Section {
        id: format!("task-{slug}"),
        heading: run.summary.task.clone(),
        introduction: run_in_words(&run.summary),
        level: Level::Entry,
        pictures: vec![attention(run, slug), filters(run, slug)],
    };
    std::iter::once(opening).chain(runs.iter().zip(slugs).map(entry)).collect()
}

/// The run's sizes and options in one sentence.
pub fn run_in_words(run: &Summary) -> String {
    let activation = match run.activation {
        ActivationRecord::Identity => "no activation".to_owned(),
        ActivationRecord::Relu => "ReLU".to_owned(),
        ActivationRecord::LeakyRelu(slope) => format!("leaky ReLU, slope {slope}"),
    };
    let group = match run.group {
        None => String::new(),
        Some(1) => ", each output made of one token".to_owned(),
        Some(k) => format!(", each output the average of {k}"),
    };
    let rate = if run.rate == run.attention_rate {
        format!("rate {}", run.rate)
    } else {
        format!("rate {} (attention {})", run.rate, run.attention_rate)
    };
    format!(
        "{} tokens of {} number{}, {} filter{}, {} output position{}{group}; {activation}. {} steps at {rate}, \
         {} in {}.",
        run.tokens,
        run.features,
        plural(run.features),
        run.filters,
        plural(run.filters),
        run.outputs,
        plural(run.outputs),
        count(run.steps),
        match run.mode {
            "population" => "exact gradients",
            "online" => "gradients of fresh samples",
            _ => "gradients of given samples",
        },
        run.scalar,
    )
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// A row of matrices of one shape, or a column of them where they are wide.
pub struct Layout {
    /// Size of one cell.
    pub cell: (f64, f64),
    /// From one matrix to the next.
    pub pitch: (f64, f64),
    /// Size of one matrix.
    pub size: (f64, f64),
}

impl Layout {
    /// For matrices of `rows` by `columns`, with cells of at most the given size.
    pub fn new(rows: usize, columns: usize, largest: (f64, f64)) -> Self {
        const SIDE: f64 = 232.0;
        const WIDE: f64 = 760.0;
        let smaller = |a: f64, b: f64| if b < a { b } else { a };
        let (r, c) = (rows.max(1) as f64, columns.max(1) as f64);
        if columns > 3 * rows.max(4) {
            let width = smaller(WIDE / c, largest.0);
            let height = smaller(smaller(SIDE / r, largest.1), 3.0 * width);
            let size = (width * c, height * r);
            return Self { cell: (width, height), pitch: (0.0, size.1 + 58.0), size };
        }
        let fit = smaller(SIDE / r, SIDE / c);
        let cell = (smaller(fit, largest.0), smaller(fit, largest.1));
        let size = (cell.0 * c, cell.1 * r);
        let least = 130.0;
        Self { cell, pitch: (if size.0 < least { least } else { size.0 } + 62.0, 0.0), size }
    }

    /// Upper left corner of the n-th matrix.
    pub fn corner(&self, n: usize) -> (f64, f64) {
        (46.0 + self.pitch.0 * n as f64, 30.0 + self.pitch.1 * n as f64)
    }

    /// Where a drawing of `n` matrices ends: right and bottom, with room for the names of the sides.
    pub fn extent(&self, n: usize) -> (f64, f64) {
        let (x, y) = self.corner(n.saturating_sub(1));
        (x + self.size.0, y + self.size.1 + 26.0)
    }
}

/// A bar as high as the matrix, within what can be read.
pub fn bar_height(matrix: f64) -> f64 {
    matrix.clamp(56.0, 160.0)
}

/// The last row and the last column.
pub fn last_indices(rows: &[Vec<f64>]) -> (usize, usize) {
    (rows.len().saturating_sub(1), columns(rows).saturating_sub(1))
}

/// S* beside S beside their difference.
pub fn attention(run: &RunRecord, slug: &str) -> Picture {
    let difference: Vec<Vec<f64>> = run
        .attention
        .iter()
        .zip(&run.teacher_mixing)
        .map(|(s, t)| s.iter().zip(t).map(|(s, t)| s - t).collect())
        .collect();
    let ((teacher, block), (student, _), (error, _)) =
        (drawable(&run.teacher_mixing), drawable(&run.attention), drawable(&difference));
    // The student's attention is never negative; a teacher's mixing may be.
    let most = bound([&*run.teacher_mixing, &*run.attention]);
    let negative = run.teacher_mixing.iter().flatten().any(|&s| s < 0.0);
    let weights = if negative { Map::Signed(most) } else { Map::Amount(most) };
    let errors = Map::Signed(bound([&*difference]));

    let layout = Layout::new(teacher.len(), columns(&teacher), (26.0, 26.0));
    let last = last_indices(&run.teacher_mixing);
    let stacked = layout.pitch.1 > 0.0;
    let bar = bar_height(layout.size.1);
    // Side by side, the first bar stands between the second and the third matrix.
    let gap = if stacked { (0.0, 0.0) } else { (46.0, 0.0) };
    let (right, bottom) = layout.extent(3);
    let lowest = layout.corner(2).1 + bar + 12.0;
    let mut svg = Svg::new(right + gap.0 + 110.0, if lowest > bottom { lowest } else { bottom });
    let panels = [("teacher S*", &teacher, weights), ("student S", &student, weights), ("S − S*", &error, errors)];
    for (n, (title, rows, map)) in panels.into_iter().enumerate() {
        let corner = layout.corner(n);
        let corner = if n == 2 { (corner.0 + gap.0, corner.1) } else { corner };
        svg.text("heading", Anchor::Start, (corner.0, corner.1 - 10.0), title);
        draw(&mut svg, rows, map, corner, layout.cell);
        let sides = if n == 0 || stacked { ("output", "token") } else { ("", "token") };
        name_sides(&mut svg, corner, layout.size, layout.cell, last, sides);
        if n > 0 {
            colour_bar(&mut svg, map, (corner.0 + layout.size.0 + 14.0, corner.1), bar);
        }
    }
    let signs = if negative { " Blue is negative, red positive." } else { "" };
    let blocks = if block > 1 {
        format!(" The matrix is large: each cell shows the farthest from zero of {block} × {block} entries.")
    } else {
        String::new()
    };
    Picture {
        name: format!("attention-{slug}"),
        title: format!("Attention of {}", run.summary.task),
        caption: format!(
            "Teacher, student, and the difference; its largest entry is {}.{signs}{blocks}",
            run.summary.attention_error_max.map_or_else(|| short(bound([&*difference])), short)
        ),
        svg,
    }
}

/// V* beside W_V, with the cosine of each row.
pub fn filters(run: &RunRecord, slug: &str) -> Picture {
    let ((teacher, block), (student, _)) = (drawable(&run.summary.teacher_value), drawable(&run.value));
    let map = Map::Signed(bound([&*run.summary.teacher_value, &*run.value]));
    let layout = Layout::new(teacher.len(), columns(&teacher), (46.0, 30.0));
    let last = last_indices(&run.summary.teacher_value);
    let readable = layout.cell.0 >= 34.0 && layout.cell.1 >= 18.0;
    let labelled = layout.cell.1 >= 15.0;
    let bar = bar_height(layout.size.1);
    let (right, bottom) = layout.extent(2);
    let lowest = layout.corner(1).1 + bar + 12.0;
    let cosines = if labelled { 74.0 } else { 0.0 };
    let mut svg = Svg::new(right + cosines + 130.0, if lowest > bottom { lowest } else { bottom });
    for (n, (title, rows)) in [("teacher V*", &teacher), ("student W", &student)].into_iter().enumerate() {
        let corner = layout.corner(n);
        svg.text("heading", Anchor::Start, (corner.0, corner.1 - 10.0), title);
        draw(&mut svg, rows, map, corner, layout.cell);
        if readable {
            write_entries(&mut svg, rows, map, corner, layout.cell, 2);
        }
        let sides = if n == 0 || layout.pitch.1 > 0.0 { ("filter", "feature") } else { ("", "feature") };
        name_sides(&mut svg, corner, layout.size, layout.cell, last, sides);
    }
    let (x, y) = layout.corner(1);
    // A narrow matrix leaves the room to its heading.
    let beside = x + if layout.size.0 < 74.0 { 74.0 } else { layout.size.0 };
    if labelled {
        svg.text("tick", Anchor::Start, (beside + 10.0, y - 10.0), "cosine");
        for (m, (v, w)) in run.summary.teacher_value.iter().zip(&run.value).enumerate() {
            let y = y + layout.cell.1 * (m as f64 + 0.5) + 4.0;
            let cosine = cosine(v, w).map(|c| fixed(c, 5));
            svg.text("tick", Anchor::Start, (beside + 10.0, y), cosine.as_deref().unwrap_or(NOTHING));
        }
    }
    colour_bar(&mut svg, map, (beside + cosines + 14.0, y), bar);
    let blocks = if block > 1 {
        format!(" The matrix is large: each cell shows the farthest from zero of {block} × {block} entries.")
    } else {
        String::new()
    };
    Picture {
        name: format!("filters-{slug}"),
        title: format!("Filters of {}", run.summary.task),
        caption: format!(
            "Teacher and student; the smallest cosine between two rows is {}.{blocks}",
            fixed_or_nothing(run.summary.value_cosine_min, 6)
        ),
        svg,
    }
}
