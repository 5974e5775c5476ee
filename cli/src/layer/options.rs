//! What a layer can be, as the command line and results name it.

use std::fmt;

use clap::ValueEnum;
use serde_json::Value;
use tutee::layer::{LayerShape, Scale, Trained};
use tutee::loss::Loss;

use crate::text::{LONGEST_NAME, shown};
use crate::whole::from_zero;

/// What is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Student {
    /// Attention on positions alone
    Position,
    /// The whole attention layer
    Layer,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EmbeddingName {
    /// Its content alone
    Content,
    /// Its content, then its position code
    Concatenated,
    /// The sum of the two
    Added,
}

/// Where position codes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Encoding {
    /// Unit vectors
    Identity,
    /// Random orthonormal ones
    Orthonormal,
    /// Sine and cosine of position / 10000^(2i / width)
    Sinusoidal,
    /// sin(pi j k / (D + 1))
    Sine,
    /// Parameters that train, from normal numbers of variance 1/C
    Learned,
    /// Signs over sqrt(C), drawn anew for every sample
    Signs,
}

/// How keys and queries meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AttentionName {
    /// In one matrix, W_KQ
    Merged,
    /// In two, W_K and W_Q
    Separate,
}

/// Refuses a result whose `attention` is not one of as many `keys` as it says; results of an earlier day may not say which it is.
///
/// # Errors
/// The field, and what was expected.
pub fn check_keys(attention: Option<&Value>, keys: Option<usize>) -> Result<(), String> {
    let Some(attention) = attention else { return Ok(()) };
    match (attention.as_str(), keys) {
        (Some("merged"), Some(keys)) => Err(format!(
            "attention: merged, which has no keys, and keys: {keys}; expected attention: separate, or keys: null"
        )),
        (Some("separate"), None) => {
            Err("attention: separate, and keys: null; expected a number of keys, or attention: merged".into())
        }
        (Some("merged" | "separate"), _) => Ok(()),
        (other, _) => Err(format!(
            "attention: {}; expected merged or separate",
            other.map_or_else(|| "no word".to_owned(), |word| format!("{:?}", shown(word, LONGEST_NAME)))
        )),
    }
}

/// What training makes small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LossName {
    /// Half the squared error
    Squared,
    /// Minus the log-likelihood of a label
    Logistic,
}

impl From<LossName> for Loss {
    fn from(name: LossName) -> Self {
        match name {
            LossName::Squared => Self::Squared,
            LossName::Logistic => Self::Logistic,
        }
    }
}

/// A block of the parameters: part of the key, then part of the query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Block {
    /// Columns of W_V for content
    ValueContent,
    /// Columns of W_V for position
    ValuePosition,
    /// Content of the key, content of the query
    ContentContent,
    /// Content of the key, position of the query
    ContentPosition,
    /// Position of the key, content of the query
    PositionContent,
    /// Position of the key, position of the query
    PositionPosition,
    /// The position codes
    Encoding,
}

impl Block {
    const fn of(self, trained: &mut Trained) -> &mut bool {
        match self {
            Self::ValueContent => &mut trained.value_content,
            Self::ValuePosition => &mut trained.value_position,
            Self::ContentContent => &mut trained.content_content,
            Self::ContentPosition => &mut trained.content_position,
            Self::PositionContent => &mut trained.position_content,
            Self::PositionPosition => &mut trained.position_position,
            Self::Encoding => &mut trained.encoding,
        }
    }

    /// Those of a list, or all that a layer of this shape has.
    pub fn trained(list: Option<&[Self]>, shape: LayerShape) -> Trained {
        let Some(list) = list else { return Trained::all(shape) };
        let mut trained = Trained::NONE;
        for block in list {
            *block.of(&mut trained) = true;
        }
        trained
    }

    /// What trains, in words.
    pub fn list(mut trained: Trained) -> Vec<String> {
        let trains = Self::value_variants().iter().filter(|block| *block.of(&mut trained));
        trains.map(|&block| name(block)).collect()
    }
}

/// The word that the command line has for a choice.
pub fn name(choice: impl ValueEnum) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// The factor of products of keys and queries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleName(pub Scale<f64>);

impl ScaleName {
    /// Reads `tokens`, `keys` or a number.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "tokens" => Ok(Self(Scale::Tokens)),
            "keys" => Ok(Self(Scale::Keys)),
            _ => match text.parse().ok().filter(|scale: &f64| scale.is_finite()) {
                Some(scale) => Ok(Self(Scale::Number(scale))),
                None => Err("expected tokens, keys or a number".into()),
            },
        }
    }
}

impl fmt::Display for ScaleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Scale::Tokens => f.write_str("tokens"),
            Scale::Keys => f.write_str("keys"),
            Scale::Number(scale) => write!(f, "{scale}"),
        }
    }
}

/// The start of W_KQ, or of W_K and W_Q.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StartName {
    /// Zero.
    Zero,
    /// Normal numbers of this standard deviation.
    Gaussian(f64),
    /// W_KQ = I, or W_K = I and W_Q = 0.
    Identity,
}

impl StartName {
    /// Reads `zero`, `gaussian:SD` or `identity`.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        match (text, text.strip_prefix("gaussian:")) {
            ("zero", _) => Ok(Self::Zero),
            ("identity", _) => Ok(Self::Identity),
            (_, Some(deviation)) => match from_zero(deviation) {
                Ok(deviation) => Ok(Self::Gaussian(deviation)),
                Err(_) => Err("expected gaussian:SD, with a number from 0".into()),
            },
            _ => Err("expected zero, gaussian:SD or identity".into()),
        }
    }
}

impl fmt::Display for StartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero => f.write_str("zero"),
            Self::Gaussian(deviation) => write!(f, "gaussian:{deviation}"),
            Self::Identity => f.write_str("identity"),
        }
    }
}

/// A teacher that chooses anew for every sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PerSample {
    Selection,
    TopK,
    LearnedWeights,
    SelfAttention,
    Classification,
}

impl PerSample {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Selection, Self::TopK, Self::LearnedWeights, Self::SelfAttention, Self::Classification];

    /// The name on the command line and in results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Selection => "selection-per-sample",
            Self::TopK => "top-k",
            Self::LearnedWeights => "learned-weights",
            Self::SelfAttention => "self-attention",
            Self::Classification => "group-sparse-classification",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_and_starts_are_read_as_they_are_written() {
        for text in ["tokens", "keys", "1", "-0.25"] {
            assert_eq!(ScaleName::parse(text).unwrap().to_string(), text);
        }
        for text in ["zero", "gaussian:0.1", "identity"] {
            assert_eq!(StartName::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "inf", "nan", "token"] {
            assert_eq!(ScaleName::parse(text).unwrap_err(), "expected tokens, keys or a number");
        }
        for (text, expected) in [("gaussian", "expected zero"), ("gaussian:-1", "with a number from 0"), ("", "zero")] {
            assert!(StartName::parse(text).unwrap_err().contains(expected), "{text}");
        }
    }
}
