//! What there is to learn, and what has come of it.

use tutee::teacher::paper::PaperTask;

/// What the steps follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The exact gradient, over all Gaussian inputs at once.
    Population,
    /// Fresh batches that the teacher labels.
    Online,
}

impl Mode {
    /// What the `tutee` command calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Population => "population",
            Self::Online => "online",
        }
    }
}

/// One training to be done.
#[derive(Clone, Copy, Debug)]
pub struct Lesson {
    /// Whom the student imitates.
    pub task: PaperTask,
    /// How.
    pub mode: Mode,
}

/// Every task in both modes.
pub fn lessons() -> impl Iterator<Item = Lesson> {
    PaperTask::ALL.into_iter().flat_map(|task| [Mode::Population, Mode::Online].map(|mode| Lesson { task, mode }))
}

/// The one whose findings are looked at in detail: a convolution, from samples.
pub const SHOWN: Lesson = Lesson { task: PaperTask::ConvRelu, mode: Mode::Online };

/// What has come of a training.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Steps taken.
    pub steps: u64,
    /// Excess loss of the student before the first step, and after the last.
    pub excess_loss: [f64; 2],
    /// Smallest cosine between a filter of the teacher and the student's; 0 while the student's is zero.
    pub cosine_min: f64,
    /// Largest difference between the student's attention and the teacher's mixing.
    pub attention_error: f64,
    /// Digest of every bit of the student.
    pub digest: u64,
}

impl Outcome {
    /// Whether the teacher was recovered; if not, what is missing.
    ///
    /// # Errors
    /// A few words.
    pub fn check(&self, task: PaperTask) -> Result<(), &'static str> {
        let [before, after] = self.excess_loss;
        // Comparisons that no NaN passes.
        let demands = [
            (self.cosine_min > 0.999, "a filter points elsewhere"),
            (self.attention_error < 0.2 / task.group() as f64, "a weight of the attention is off by a fifth"),
            (after < 0.02 * before, "the loss has not fallen to a fiftieth"),
        ];
        demands.iter().find(|(met, _)| !met).map_or(Ok(()), |&(_, missing)| Err(missing))
    }
}
