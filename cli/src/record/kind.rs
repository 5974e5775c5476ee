//! What kind of student and training a run is of.

use serde::{Deserialize, Serialize};

use super::words::{Word, two_words, word};
use crate::input::InputName;
use crate::step_rules::StepRules;

/// What attention on positions alone is, of all that a layer can be: content and code side by side, of which values see the one, keys and
/// queries the other.
pub const fn concatenated() -> Word {
    "concatenated"
}

/// By what it multiplies products of keys and queries: 1/sqrt(D).
const fn tokens() -> Word {
    "tokens"
}

/// The kind of student and training, as the command line's options name them: what is the same for all runs so far.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kind {
    #[serde(deserialize_with = "word")]
    student: Word,
    #[serde(deserialize_with = "word", default = "concatenated")]
    embedding: Word,
    #[serde(deserialize_with = "word")]
    encoding: Word,
    #[serde(deserialize_with = "word", default = "tokens")]
    scale: Word,
    #[serde(deserialize_with = "word")]
    start: Word,
    #[serde(deserialize_with = "two_words")]
    train: [Word; 2],
    #[serde(deserialize_with = "word")]
    loss: Word,
    #[serde(flatten)]
    rules: StepRules,
    /// What training draws; none of the exact gradient of digits' images.
    input: Option<String>,
    /// What out-of-distribution tests draw.
    test_input: Option<String>,
}

impl Kind {
    /// How parameters moved.
    pub const fn rules(&self) -> StepRules {
        self.rules
    }

    /// With W_KQ for codes of this kind.
    pub fn coded(self, encoding: Word) -> Self {
        Self { encoding, ..self }
    }

    /// Attention on positions alone, on the logistic loss of labels.
    pub fn of_labels(self) -> Self {
        Self { loss: "logistic", ..self }
    }

    /// Whether what is learned is labels.
    pub fn labels(&self) -> bool {
        self.loss == "logistic"
    }

    /// Attention on positions alone, from zero, on the squared loss.
    pub fn position(rules: StepRules, input: Option<InputName>, test_input: Option<InputName>) -> Self {
        let name = |input: Option<InputName>| input.map(|input| input.to_string());
        Self {
            student: "position",
            embedding: concatenated(),
            encoding: "identity",
            scale: tokens(),
            start: "zero",
            train: ["value-content", "position-position"],
            loss: "squared",
            rules,
            input: name(input),
            test_input: name(test_input),
        }
    }
}
