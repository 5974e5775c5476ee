//! What all runs have in common.

use serde::{Deserialize, Serialize};

use super::activation::ActivationRecord;
use super::provenance::Provenance;
use super::words::{Word, word, word_or_none};

/// What all runs have in common, whatever student they train: what the table prints.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// What made it.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// Name of the task, or of the teacher's file.
    pub task: String,
    /// `f32` or `f64`.
    #[serde(deserialize_with = "word")]
    pub scalar: Word,
    /// `population`, `online` or `samples`.
    #[serde(deserialize_with = "word")]
    pub mode: Word,
    /// `identity`, `relu` or `leaky_relu`; the teacher's.
    pub activation: ActivationRecord,
    /// The student's, where it is another one.
    pub student_activation: Option<ActivationRecord>,
    /// M.
    pub filters: usize,
    /// d.
    pub features: usize,
    /// D.
    pub tokens: usize,
    /// J.
    pub outputs: usize,
    /// K, where every output averages the same number of tokens.
    pub group: Option<usize>,
    /// Rate for the value matrix.
    pub rate: f64,
    /// Rate for W_KQ.
    pub attention_rate: f64,
    /// Gradient steps taken.
    pub steps: u64,
    /// Seed of the teacher's filters and of the input stream.
    pub seed: u64,
    /// Loss before the first step, above that of the teacher's own answers.
    pub excess_loss_start: Option<f64>,
    /// That loss after the last step; above [`Self::best_loss`], it is the excess over the best student.
    pub excess_loss: Option<f64>,
    /// Log-log slope of the excess loss over the last half decade of steps.
    pub slope: Option<f64>,
    /// `excess_loss * 4 rate steps / (K J (D - K))`, 1 in the limit; of labels and of sets, over their laws.
    pub law_ratio: Option<f64>,
    /// What the excess loss does over what is known of the step rule, 1 in the limit: slopes of a power, rates of a geometric
    /// fall. None of plain gradient descent, which has its law.
    pub line_ratio: Option<f64>,
    /// `asymptotic`, `transient`, `plateau`, `oscillating`, `stuck`, `floor`, `diverged` or `scale`.
    #[serde(deserialize_with = "word_or_none")]
    pub verdict: Option<Word>,
    /// Why, in one sentence.
    #[serde(deserialize_with = "word_or_none")]
    pub reason: Option<Word>,
    /// Whether a run that is judged so has failed.
    #[serde(skip)]
    pub failed: bool,
    /// Total steps from which on the law should hold, where it does not hold yet.
    pub steps_needed: Option<u64>,
    /// Least such loss of any student, where it has a closed form: zero where one becomes the teacher.
    pub best_loss: Option<f64>,
    /// Smallest cosine between a filter and the row of the value matrix that imitates it.
    pub value_cosine_min: Option<f64>,
    /// Largest entry of |S - S*|.
    pub attention_error_max: Option<f64>,
    /// Log-log slope of |out-of-distribution excess| over the last decade of steps.
    pub ood_slope: Option<f64>,
    /// Wall time of the training loop alone.
    pub seconds: f64,
    /// 16 hexadecimal digits over the bits of every parameter.
    pub digest: String,
    /// V*: M rows of d.
    pub teacher_value: Vec<Vec<f64>>,
}

impl Summary {
    /// Whether a student can become the teacher, so that its loss is all excess.
    pub fn loss_is_excess(&self) -> bool {
        self.best_loss == Some(0.0)
    }

    /// The loss above that of the best student, where that is known.
    pub fn excess_over_best(&self) -> Option<f64> {
        Some(self.excess_loss? - self.best_loss?)
    }

    /// The verdict in a line of its own, where it says more than that all is as it should be.
    pub fn judgement(&self) -> Option<String> {
        let own = self.student_activation.map(|own| {
            let lawless = match (self.law_ratio, own) {
                (Some(_), _) => "",
                (None, ActivationRecord::Identity) if self.mode == "online" => {
                    ", which is noise to its batches where it is not linear: no law is known"
                }
                (None, _) => "; no law is known of such a student",
            };
            format!("; the student has {own}, the teacher {}{lawless}", self.activation)
        });
        let reason = self.reason.filter(|_| self.verdict != Some("asymptotic") || own.is_some())?;
        let verdict = self.verdict.map(|verdict| format!("{verdict}: ")).unwrap_or_default();
        let best = self.best_loss.filter(|&best| best > 0.0).map(|best| format!("; no student is below {best:.4e}"));
        let needed = self.steps_needed.map(|steps| format!("; the law should hold from some {steps:.1e} steps on"));
        let own = own.unwrap_or_default();
        Some(format!("{verdict}{reason}{own}{}{}", best.unwrap_or_default(), needed.unwrap_or_default()))
    }
}

/// What the losses of these runs are called: of a student that cannot become its teacher, or of which nobody knows, the loss is no excess.
pub fn loss_name<'a>(mut runs: impl Iterator<Item = &'a Summary>) -> &'static str {
    if runs.all(Summary::loss_is_excess) { "excess loss" } else { "loss" }
}
