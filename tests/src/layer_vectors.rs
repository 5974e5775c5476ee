//! `vectors/layers.json`: trainings of whole layers that an independent program computed. The file's own `_comment` and
//! `vectors/README.md` say what the fields mean.

use serde::Deserialize;
use tutee::Shape;
use tutee::layer::{Codes, Embedding, Form, KeyQuery, LayerSettings, LayerShape, Parameter, Queries, Trained};
use tutee::loss::Loss;
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;

use crate::layer::{LayerModel, Pair};
use crate::vectors::{ActivationName, Matrix, Sizes};

/// The whole file.
#[derive(Debug, Deserialize)]
pub struct LayerVectors {
    /// The trainings.
    pub runs: Vec<LayerRun>,
}

/// One training.
#[derive(Debug, Deserialize)]
pub struct LayerRun {
    /// What a failing test says.
    pub name: String,
    shape: Sizes,
    embedding: String,
    encoding: String,
    code_width: usize,
    keys: Option<usize>,
    queries: String,
    query_width: usize,
    activation: ActivationName,
    loss: String,
    scale: f64,
    /// Of every matrix.
    pub rate: f64,
    train: Option<Vec<String>>,
    samples: Vec<LayerSample>,
    start: Matrices,
    /// Codes that stand, where they do.
    pub fixed_codes: Option<Matrix>,
    /// Steps of the whole run.
    pub steps: u64,
    /// The state after some of the steps.
    pub checkpoints: Vec<LayerCheckpoint>,
}

#[derive(Debug, Deserialize)]
struct LayerSample {
    input: Matrix,
    output: Matrix,
    #[serde(default)]
    sets: Vec<Vec<u32>>,
    #[serde(default)]
    queries: Matrix,
    #[serde(default)]
    codes: Matrix,
}

/// The parameters that a layer has.
#[derive(Debug, Deserialize)]
pub struct Matrices {
    value: Matrix,
    w_kq: Option<Matrix>,
    w_k: Option<Matrix>,
    w_q: Option<Matrix>,
    codes: Option<Matrix>,
}

impl Matrices {
    /// One of them, if there is it.
    pub fn get(&self, parameter: Parameter) -> Option<Vec<f64>> {
        let matrix = match parameter {
            Parameter::Value => Some(&self.value),
            Parameter::KeyQuery => self.w_kq.as_ref(),
            Parameter::Key => self.w_k.as_ref(),
            Parameter::Query => self.w_q.as_ref(),
            Parameter::Codes => self.codes.as_ref(),
        };
        matrix.map(|rows| rows.concat())
    }
}

/// The state after some steps.
#[derive(Debug, Deserialize)]
pub struct LayerCheckpoint {
    /// Steps taken.
    pub step: u64,
    /// Mean over all samples.
    pub loss: f64,
    /// The parameters.
    #[serde(flatten)]
    pub matrices: Matrices,
}

impl LayerVectors {
    /// The committed file, which is part of this program.
    ///
    /// # Panics
    /// When it is not what `make_layers.py` writes.
    pub fn committed() -> Self {
        serde_json::from_str(include_str!("../vectors/layers.json")).expect("layers.json can be read")
    }
}

impl LayerRun {
    fn layer_shape(&self) -> LayerShape {
        let width = self.code_width;
        let form = Form {
            embedding: match self.embedding.as_str() {
                "content" => Embedding::Content,
                "concatenated" => Embedding::Concatenated,
                "added" => Embedding::Added,
                other => panic!("embedding {other}"),
            },
            codes: match self.encoding.as_str() {
                "none" => Codes::None,
                "learned" => Codes::Learned { width },
                "signs" => Codes::Fresh { width },
                _ => Codes::Fixed { width },
            },
            key_query: self.keys.map_or(KeyQuery::Merged, |keys| KeyQuery::Separate { keys }),
            queries: match self.queries.as_str() {
                "tokens" => Queries::Tokens,
                "sets" => Queries::Sets,
                "vectors" => Queries::Vectors { width: self.query_width },
                other => panic!("queries {other}"),
            },
        };
        let Sizes { filters, features, tokens, outputs } = self.shape;
        let shape = Shape::new(filters, features, tokens, outputs).expect("the sizes of a vector make a shape");
        LayerShape::new(shape, form).expect("the form of a vector fits its sizes")
    }

    fn trained(&self, shape: LayerShape) -> Trained {
        let Some(names) = &self.train else { return Trained::all(shape) };
        let has = |name: &str| names.iter().any(|other| other == name);
        Trained {
            value_content: has("value-content"),
            value_position: has("value-position"),
            content_content: has("content-content"),
            content_position: has("content-position"),
            position_content: has("position-content"),
            position_position: has("position-position"),
            encoding: has("encoding"),
        }
    }

    /// Which embedding, encoding and loss, and whether W_K and W_Q are two.
    pub fn combination(&self) -> (&str, &str, &str, bool) {
        (&self.embedding, &self.encoding, &self.loss, self.keys.is_some())
    }

    /// The codes that stand, as the core fills them; orthonormal ones as the other program has them, for the core draws its own.
    ///
    /// # Panics
    /// When the core refuses what the other program does.
    pub fn filled_codes(&self) -> Option<Vec<f64>> {
        let given = self.fixed_codes.as_ref()?;
        if self.encoding == "orthonormal" {
            return Some(given.concat());
        }
        let (tokens, width) = (self.shape.tokens, self.code_width);
        let mut elements = vec![9.0; tokens * width];
        let view = MatrixViewMut::new("codes", &mut elements, tokens, width).expect("codes have sizes");
        match self.encoding.as_str() {
            "identity" => codes::identity(view).expect("wide enough"),
            "sinusoidal" => codes::sinusoidal(view),
            "sine" => codes::sine(view),
            other => panic!("encoding {other}"),
        }
        Some(elements)
    }

    /// The layer at its start.
    ///
    /// # Panics
    /// When a field is not what `make_layers.py` writes.
    pub fn model(&self) -> LayerModel<f64> {
        let shape = self.layer_shape();
        let settings = LayerSettings {
            scale: self.scale,
            activation: self.activation.activation(),
            loss: if self.loss == "logistic" { Loss::Logistic } else { Loss::Squared },
            trained: self.trained(shape),
        };
        let mut model = LayerModel::new(shape, settings);
        for parameter in Parameter::ALL {
            let start = if parameter == Parameter::Codes { self.filled_codes() } else { None };
            if let Some(start) = start.or_else(|| self.start.get(parameter)) {
                model.layer().set(parameter, &start).expect("a start has the size of its matrix");
            }
        }
        model
    }

    /// The samples, in their order.
    pub fn pairs(&self) -> Vec<Pair> {
        let pair = |sample: &LayerSample| Pair {
            x: sample.input.concat(),
            sets: sample.sets.concat(),
            vectors: sample.queries.concat(),
            codes: sample.codes.concat(),
            y: sample.output.concat(),
        };
        self.samples.iter().map(pair).collect()
    }
}
