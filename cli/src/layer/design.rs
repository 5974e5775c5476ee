//! What a layer is, of all that it can be: from options of the command line, or from a result.

use tutee::layer::{Codes, Embedding, Form, KeyQuery, LayerShape, Queries, Scale, Trained};
use tutee::{Error, Shape};

use super::options::{AttentionName, Block, EmbeddingName, Encoding, LossName, ScaleName, StartName, name};
use crate::args::StudentArgs;
use crate::checkpoint::Named;
use crate::text::{several, told};

/// Standard deviation from which separate matrices start.
const DEVIATION: f64 = 0.1;

/// The kind of layer that trains, and from where.
#[derive(Clone, Debug)]
pub struct Design {
    pub embedding: EmbeddingName,
    pub encoding: Option<Encoding>,
    pub keys: Option<usize>,
    pub scale: ScaleName,
    pub start: StartName,
    pub trained: Trained,
    pub loss: LossName,
}

impl Design {
    /// Refuses a rate of the attention's own where nothing of it trains.
    ///
    /// # Errors
    /// The option and what was expected.
    pub fn check_attention_rate(&self, given: bool) -> Result<(), String> {
        let Trained { content_content, content_position, position_content, position_position, .. } = self.trained;
        let attends = content_content || content_position || position_content || position_position;
        if given && !attends {
            return Err("--attention-rate: no block of --train is one of the attention's; expected none".to_owned());
        }
        Ok(())
    }

    /// What the core refuses of such a layer, with the option that decides it where there is one.
    pub fn refusal(&self, error: Error) -> String {
        let Trained { value_content, value_position, .. } = self.trained;
        match error {
            Error::CannotMove { .. } if !(value_content || value_position) => {
                format!("--train: {error}; expected value-content or value-position with it")
            }
            Error::CannotMove { .. } if self.keys.is_some() => {
                let expected = "expected gaussian:SD or identity with --attention separate";
                format!("--start {}: {error}; {expected}", self.start)
            }
            error => error.to_string(),
        }
    }

    /// Each part with its option.
    pub fn named(&self) -> Named {
        let Self { embedding, encoding, keys, scale, start, trained, loss } = self;
        vec![
            ("--embedding", name(*embedding)),
            ("--encoding", encoding.map_or_else(|| "none".to_owned(), name)),
            ("--keys", told(*keys)),
            ("--scale", scale.to_string()),
            ("--start", start.to_string()),
            ("--train", Block::list(*trained).join(",")),
            ("--loss", name(*loss)),
        ]
    }

    /// Of options, for samples of these sizes whose answers may be labels; with the sizes of all matrices.
    ///
    /// # Errors
    /// The option and what was expected.
    pub fn new(
        student: &StudentArgs,
        sizes: Shape,
        queries: Queries,
        labels: bool,
    ) -> Result<(LayerShape, Self), String> {
        let (features, tokens) = (sizes.features(), sizes.tokens());
        let embedding = student.embedding.unwrap_or(EmbeddingName::Concatenated);
        let coded = embedding != EmbeddingName::Content || queries == Queries::Sets;
        if !coded && (student.encoding.is_some() || student.code_width.is_some()) {
            let option = if student.encoding.is_some() { "--encoding" } else { "--code-width" };
            return Err(format!("{option}: tokens of --embedding content have no codes; expected none"));
        }
        let encoding = coded.then(|| student.encoding.unwrap_or(Encoding::Identity));
        let default = if embedding == EmbeddingName::Added { features } else { tokens };
        let width = student.code_width.unwrap_or(default);
        if matches!(encoding, Some(Encoding::Identity | Encoding::Orthonormal)) && width < tokens {
            return Err(format!(
                "--encoding: {tokens} orthonormal codes do not fit into {width} entries; expected sinusoidal, sine, learned or \
                 signs"
            ));
        }
        let attention = student.attention.unwrap_or(AttentionName::Merged);
        if student.keys.is_some() && attention == AttentionName::Merged {
            return Err("--keys: W_KQ has none; expected --attention separate with it".into());
        }
        let keys = (attention == AttentionName::Separate).then(|| student.keys.unwrap_or(features));
        let scale = student.scale.unwrap_or(ScaleName(Scale::Tokens));
        if keys.is_none() && scale.0 == Scale::Keys {
            return Err("--scale keys: W_KQ has none; expected --attention separate with it".into());
        }
        let loss = student.loss.unwrap_or(if labels { LossName::Logistic } else { LossName::Squared });
        match (labels, loss) {
            (true, LossName::Squared) => return Err("--loss squared: its answers are labels; expected logistic".into()),
            (false, LossName::Logistic) => {
                return Err("--loss logistic: its answers are no labels; expected squared".into());
            }
            _ => {}
        }
        let shape = layer_shape(sizes, embedding, encoding, width, keys, queries).map_err(|error| error.to_string())?;
        let has = Block::list(Trained::all(shape));
        if let Some(other) = student.train.iter().flatten().map(|&block| name(block)).find(|block| !has.contains(block))
        {
            return Err(format!(
                "--train: {other}: a block that this layer does not have; expected some of {}",
                has.join(", ")
            ));
        }
        let start = if keys.is_some() { StartName::Gaussian(DEVIATION) } else { StartName::Zero };
        let design = Self {
            embedding,
            encoding,
            keys,
            scale,
            start: student.start.unwrap_or(start),
            trained: Block::trained(student.train.as_deref(), shape),
            loss,
        };
        Ok((shape, design))
    }
}

/// What decides a layer's sizes beside those of its samples and its design.
pub fn sides(shape: LayerShape) -> Named {
    let Form { codes, queries, .. } = shape.form();
    let asks = match queries {
        Queries::Tokens => "tokens".to_owned(),
        Queries::Sets => "sets".to_owned(),
        Queries::Vectors { width } => format!("vectors of {}", several(width, "number")),
    };
    vec![("--code-width", codes.width().to_string()), ("queries:", asks)]
}

/// The sizes of all matrices.
///
/// # Errors
/// What the core refuses.
pub fn layer_shape(
    shape: Shape,
    embedding: EmbeddingName,
    encoding: Option<Encoding>,
    width: usize,
    keys: Option<usize>,
    queries: Queries,
) -> Result<LayerShape, Error> {
    let codes = match encoding {
        None => Codes::None,
        Some(Encoding::Learned) => Codes::Learned { width },
        Some(Encoding::Signs) => Codes::Fresh { width },
        Some(_) => Codes::Fixed { width },
    };
    let embedding = match embedding {
        EmbeddingName::Content => Embedding::Content,
        EmbeddingName::Concatenated => Embedding::Concatenated,
        EmbeddingName::Added => Embedding::Added,
    };
    let key_query = keys.map_or(KeyQuery::Merged, |keys| KeyQuery::Separate { keys });
    LayerShape::new(shape, Form { embedding, codes, key_query, queries })
}
