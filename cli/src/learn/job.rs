//! One task with its settings, and how many threads share its batches.

use tutee::Shape;

use super::cost::sample_cost;
use super::settings::Settings;
use crate::args::Mode;
use crate::checkpoint::Kept;
use crate::failure::{Ended, Unfinished};
use crate::record::CurvePoint;
use crate::step_rules::{RuleName, ValueRuleName};
use crate::task::Task;

/// Multiplications of the answers to a batch from which several threads share the work on it: fewer take some 50 microseconds,
/// which is what it takes to wake a thread a few times.
const SHARED_COST: usize = 1_000_000;

/// There are no more pieces of a batch to take at a time.
const MOST_THREADS: usize = 64;

/// How many of `threads` share the work on a batch: one where that is done before a second thread has woken up.
pub(super) fn sharers(mode: Mode, batch: u32, shape: Shape, threads: usize) -> usize {
    let work = sample_cost(shape).saturating_mul(batch as usize);
    if mode == Mode::Online && work >= SHARED_COST { threads.min(MOST_THREADS) } else { 1 }
}

/// One task with its settings, and how many threads share its batches.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) task: Task,
    pub(super) settings: Settings,
    pub(super) sharers: usize,
    /// Where it keeps what it has done, and what it goes on from.
    pub(super) checkpoint: Option<Kept<CurvePoint>>,
}

impl Job {
    pub(super) fn unfinished(&self, ended: Ended) -> Unfinished {
        let Settings { rate, attention_rate, .. } = self.settings;
        let help = match (self.settings.rules.rule, self.settings.rules.value_rule) {
            // W lags behind, and turns the sign of a gradient that the step divides by.
            (RuleName::Polyak, ValueRuleName::Gd) if self.settings.mode == Mode::Population => {
                "expected --value-rule projected with --rule polyak"
            }
            // No rate is used.
            (RuleName::Polyak, ValueRuleName::Projected) if self.settings.mode == Mode::Online => {
                "larger batches may help, or a lower theta"
            }
            (RuleName::Polyak, ValueRuleName::Projected) => {
                "fewer --steps end before its excess loss is one of rounding errors, which are larger where rows do not sum to 1; a lower \
                 theta may help"
            }
            (RuleName::Normalised, ValueRuleName::Projected) => "a lower theta may help",
            _ => "a lower rate may help",
        };
        let settings = match (self.settings.rules.rule, self.settings.rules.theta) {
            (RuleName::Normalised | RuleName::Polyak, Some(theta)) => {
                let rate = (self.settings.rules.value_rule == ValueRuleName::Gd).then(|| format!(" --rate {rate:?}"));
                format!(" at --theta {theta:?}{}; {help}", rate.unwrap_or_default())
            }
            _ => format!(" at --rate {rate:?} --attention-rate {attention_rate:?}; {help}"),
        };
        Unfinished::new(&self.task.name, &self.task.origin, &settings, ended)
    }
}
