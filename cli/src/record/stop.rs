//! When a run was to end, and how it did.

use serde::{Deserialize, Serialize};

use super::words::{Word, word_or_none};
use crate::watch::{Ending, Goals};

/// What a run was to stop at before its last step, and what it stopped at.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct StopRecord {
    stop_loss: Option<f64>,
    stop_relative: Option<f64>,
    stop_gradient: Option<f64>,
    stop_unchanged: Option<bool>,
    stop_every: Option<u64>,
    /// `steps`, `excess_loss`, `gradient_norm` or `unchanged`; none of digits.
    #[serde(deserialize_with = "word_or_none")]
    stopped: Option<Word>,
}

impl StopRecord {
    /// Of a run that ended so.
    pub fn new(goals: Option<&Goals>, ended: Ending) -> Self {
        Self {
            stop_loss: goals.and_then(|goals| goals.loss),
            stop_relative: goals.and_then(|goals| goals.relative),
            stop_gradient: goals.and_then(|goals| goals.gradient),
            stop_unchanged: goals.map(|goals| goals.unchanged),
            stop_every: goals.map(|goals| goals.every),
            stopped: Some(ended.word()),
        }
    }
}

/// Why a run is judged so, and why it took no more steps where that does not follow from what was asked for, or says what it is worth.
pub fn stopped(reason: Word, ending: Ending) -> Word {
    let why = match ending {
        Ending::Unchanged => "a step changes nothing",
        Ending::HeldOutLoss => "the loss of pairs held out is as small as was asked for",
        Ending::HeldOutRises => "the loss of pairs held out rises",
        Ending::Steps | Ending::ExcessLoss | Ending::GradientNorm | Ending::Diverged => return reason,
    };
    format!("{reason}; stopped: {why}").leak()
}
