//! Bytes that runs take at most, before anything is begun.

use tutee::Shape;
use tutee::gradient::label::label_population_len;
use tutee::gradient::online::online_scratch_parallel_len;
use tutee::gradient::population::population_scratch_len;
use tutee::gradient::ruled::ruled_scratch_len;
use tutee::recovery::out_of_distribution::test_scratch_wide_len;
use tutee::student::student_len;

use super::job::Job;
use super::settings::Settings;
use crate::args::{Mode, Precision};
use crate::step_rules::StepRules;

/// What decides how much memory a task takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    pub(super) shape: Shape,
    pub(super) mode: Mode,
    pub(super) precision: Precision,
    pub(super) batch: u32,
    pub(super) sharers: usize,
    pub(super) rules: StepRules,
}

impl Need {
    pub(super) const fn of(job: &Job) -> Self {
        let Settings { mode, precision, batch, rules, .. } = job.settings;
        Self { shape: job.task.shape, mode, precision, batch, sharers: job.sharers, rules }
    }
}

/// Bytes that the tasks take at most: what each keeps to the end, what the largest of those that train at the same time
/// work with, and what is drawn.
pub(super) fn need(tasks: &[Need], threads: usize) -> usize {
    let sum = |parts: &[usize]| parts.iter().fold(0_usize, |sum, &part| sum.saturating_add(part));
    let matrices = |shape: Shape| sum(&[shape.value_len(), shape.mixing_len()]);
    let working = |&Need { shape, mode, precision, batch, sharers, rules }: &Need| {
        let number = match precision {
            Precision::F32 => 4_usize,
            Precision::F64 => 8,
        };
        let scratch = match mode {
            Mode::Population if rules.plain() => population_scratch_len(shape).max(label_population_len(shape)),
            Mode::Population => sum(&[
                population_scratch_len(shape),
                ruled_scratch_len(shape),
                rules.cast::<f64>().attention.state_len(shape),
            ]),
            Mode::Online => sum(&[
                online_scratch_parallel_len(shape, batch, sharers),
                rules.cast::<f64>().attention.state_len(shape),
            ]),
        };
        let teacher_and_attention = 2 * matrices(shape);
        sum(&[student_len(shape), scratch, test_scratch_wide_len(shape), teacher_and_attention]).saturating_mul(number)
    };
    let mut working: Vec<_> = tasks.iter().map(working).collect();
    working.sort_unstable_by(|a, b| b.cmp(a));
    working.truncate(threads);
    // The teacher, then the record of both teacher and student; the picture of their difference.
    let kept: Vec<_> = tasks.iter().map(|task| matrices(task.shape).saturating_mul(8 * 4)).collect();
    let drawn = tasks.iter().map(|task| task.shape.mixing_len().saturating_mul(8)).max().unwrap_or(0);
    sum(&[sum(&working), sum(&kept), drawn])
}
