//! The pictures of what was learned: the student's matrices beside the teacher's.

use super::cells::{Colours, Matrix, bound, in_blocks, matrix};
use super::number::{NOTHING, cosine, fixed, fixed_or_nothing, setting, several, short};
use super::section::{Level, Picture, Section};
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
        ActivationRecord::LeakyRelu(slope) => format!("leaky ReLU, slope {}", setting(slope)),
    };
    let activation = match run.student_activation {
        None => activation,
        Some(own) => format!("{activation}, of the student {own}"),
    };
    let group = match run.group {
        None => String::new(),
        Some(1) => ", each output made of one token".to_owned(),
        Some(k) => format!(", each output the average of {k}"),
    };
    let rate = if run.rate == run.attention_rate {
        format!("rate {}", setting(run.rate))
    } else {
        format!("rate {} (attention {})", setting(run.rate), setting(run.attention_rate))
    };
    format!(
        "{} of {}, {}, {}{group}; {activation}. {} at {rate}, {} in {}.",
        several(run.tokens as u64, "token"),
        several(run.features as u64, "number"),
        several(run.filters as u64, "filter"),
        several(run.outputs as u64, "output position"),
        several(run.steps, "step"),
        match run.mode {
            "population" => "exact gradients",
            "online" => "gradients of fresh samples",
            _ => "gradients of given samples",
        },
        run.scalar,
    )
}

/// S* beside S beside their difference.
pub fn attention(run: &RunRecord, slug: &str) -> Picture {
    let rows = run.attention.iter().zip(&run.teacher_mixing);
    let difference: Vec<Vec<f64>> = rows.map(|(s, t)| s.iter().zip(t).map(|(s, t)| s - t).collect()).collect();
    // The student's attention is never negative; a teacher's mixing may be.
    let weights = Colours::of([&*run.teacher_mixing, &*run.attention]);
    let errors = Colours::signed([&*difference]);
    let name = if slug.is_empty() { "digits-attention".to_owned() } else { format!("attention-{slug}") };
    let drawing = |title: &'static str, part: &str, rows: &[Vec<f64>], colours| {
        let name = format!("{name}-{part}");
        matrix(&Matrix { name, title, rows, sides: ("output", "token"), colours, borders: (None, None) })
    };
    let signs = if matches!(weights, Colours::Signed(_)) { " Blue is negative, red positive." } else { "" };
    Picture {
        title: format!("Attention of {}", run.summary.task),
        caption: format!(
            "Teacher, student, and the difference; its largest entry is {}.{signs}{}",
            run.summary.attention_error_max.map_or_else(|| short(bound([&*difference])), short),
            in_blocks(&run.attention)
        ),
        drawings: vec![
            drawing("teacher S*", "teacher", &run.teacher_mixing, weights),
            drawing("student S", "student", &run.attention, weights),
            drawing("S − S*", "difference", &difference, errors),
        ],
    }
}

/// V* beside W_V, with the cosine of each row.
pub fn filters(run: &RunRecord, slug: &str) -> Picture {
    const LISTED: usize = 12;
    let colours = Colours::signed([&*run.summary.teacher_value, &*run.value]);
    let name = if slug.is_empty() { "digits-filters".to_owned() } else { format!("filters-{slug}") };
    let drawing = |title: &'static str, part: &str, rows: &[Vec<f64>]| {
        let name = format!("{name}-{part}");
        matrix(&Matrix { name, title, rows, sides: ("filter", "feature"), colours, borders: (None, None) })
    };
    let cosine = |(v, w): (&Vec<f64>, &Vec<f64>)| cosine(v, w).map_or_else(|| NOTHING.to_owned(), |c| fixed(c, 5));
    let cosines: Vec<String> = run.summary.teacher_value.iter().zip(&run.value).map(cosine).collect();
    let each = if (2..=LISTED).contains(&cosines.len()) {
        format!(" Of each: {}.", cosines.join(", "))
    } else {
        String::new()
    };
    Picture {
        title: format!("Filters of {}", run.summary.task),
        caption: format!(
            "Teacher and student; the smallest cosine between two rows is {}.{each}{}",
            fixed_or_nothing(run.summary.value_cosine_min, 6),
            in_blocks(&run.value)
        ),
        drawings: vec![
            drawing("teacher V*", "teacher", &run.summary.teacher_value),
            drawing("student W", "student", &run.value),
        ],
    }
}
