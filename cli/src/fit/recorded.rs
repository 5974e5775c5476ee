//! A fit's options, from what its result says of itself.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::record::Files;
use crate::args::{ActivationName, BatchSize, CheckpointArgs, FitArgs, FitStopArgs, StudentArgs};
use crate::fields::{Point, choice, given, parsed, precision};
use crate::layer::options::{AttentionName, ScaleName, StartName, Student, check_keys};
use crate::record::ActivationRecord;
use crate::teacher_file::activation;
use crate::text::{LONGEST_NAME, shown};

/// The fields of a fit that another one like it needs.
#[derive(Debug, Deserialize)]
pub struct RecordedFit {
    /// Name of the file of inputs.
    pub task: String,
    /// What it read.
    pub files: Files,
    steps: u64,
    // That a file has these is asked for, and what stands there is compared.
    #[serde(rename = "digest")]
    _digest: String,
    #[serde(rename = "curve")]
    _curve: Vec<Point>,
    student: String,
    rates: String,
    rate: f64,
    attention_rate: f64,
    #[serde(deserialize_with = "activation")]
    activation: ActivationRecord,
    scalar: String,
    seed: u64,
    batch: Option<usize>,
    features: usize,
    tokens: usize,
    outputs: usize,
    filters: usize,
    stop_loss: Option<f64>,
    stop_relative: Option<f64>,
    stop_rising: Option<f64>,
    stop_every: Option<u64>,
    stop_steps: Option<u64>,
    // Results of before there was a choice do not have it, and are of the last student.
    reported: Option<String>,
    whitened: Option<IgnoredAny>,
    standardised: Option<Beside>,
    choice: Option<IgnoredAny>,
    embedding: Option<String>,
    encoding: Option<String>,
    code_width: Option<usize>,
    attention: Option<Value>,
    keys: Option<usize>,
    scale: Option<String>,
    start: Option<String>,
    train: Option<Vec<String>>,
    loss: Option<String>,
}

/// What stands beside the readings.
#[derive(Debug, Deserialize)]
struct Beside {
    spare: bool,
    signed: bool,
    // Results of before there was a choice do not have it.
    #[serde(default)]
    apart: bool,
}

impl RecordedFit {
    /// The options that it was made with.
    ///
    /// # Errors
    /// The field, and what was expected.
    pub fn args(&self) -> Result<FitArgs, String> {
        let from_data = match self.rates.as_str() {
            "data" => true,
            "given" => false,
            other => return Err(format!("rates: {:?}; expected data or given", shown(other, LONGEST_NAME))),
        };
        let (files, student) = (self.files.clone(), self.student()?);
        Ok(FitArgs {
            x: files.x,
            y: files.y,
            sets: files.sets,
            queries: files.queries,
            test_x: files.test_x,
            test_y: files.test_y,
            test_sets: files.test_sets,
            test_queries: files.test_queries,
            tokens: Some(self.tokens),
            features: Some(self.features),
            // Of labels an output is no side of a file.
            outputs: Some(self.outputs),
            filters: Some(self.filters),
            batch: BatchSize(self.batch),
            steps: Some(self.stop_steps.unwrap_or(self.steps)),
            stop: FitStopArgs {
                stop_loss: self.stop_loss,
                stop_relative: self.stop_relative,
                stop_rising: self.stop_rising,
                best: self.reported.as_deref() == Some("best"),
                stop_every: self.stop_every,
            },
            rate: (!from_data).then_some(self.rate),
            attention_rate: (!from_data).then_some(self.attention_rate),
            standardise: !from_data && self.standardised.is_some() && self.whitened.is_none(),
            whiten: self.whitened.is_some(),
            // What the data chose they choose again.
            apart: self.choice.is_none() && self.standardised.as_ref().is_some_and(|beside| beside.apart),
            together: self.choice.is_none() && self.standardised.as_ref().is_some_and(|beside| !beside.apart),
            spare: self.standardised.as_ref().is_some_and(|beside| beside.spare),
            signed: self.standardised.as_ref().is_some_and(|beside| beside.signed),
            activation: ActivationName(self.activation.into()),
            // Where nothing is drawn none is taken.
            seed: (student.student == Student::Layer).then_some(self.seed),
            scalar: Some(precision(&self.scalar)?),
            student,
            kept: CheckpointArgs::NONE,
            json: None,
            weights: None,
            npy: None,
            out: None,
        })
    }

    fn student(&self) -> Result<StudentArgs, String> {
        let student = choice("student", Some(&self.student))?;
        let layer = student == Student::Layer;
        let word = |of: &Option<String>| of.clone().filter(|_| layer);
        let train = self.train.clone().filter(|_| layer);
        if layer {
            check_keys(self.attention.as_ref(), self.keys)?;
        }
        let attention = if self.keys.is_some() { AttentionName::Separate } else { AttentionName::Merged };
        Ok(StudentArgs {
            student,
            embedding: word(&self.embedding).map(|name| choice("embedding", Some(&name))).transpose()?,
            encoding: word(&self.encoding).map(|name| choice("encoding", Some(&name))).transpose()?,
            code_width: self.code_width.filter(|_| layer),
            attention: self.attention.as_ref().filter(|_| layer).map(|_| attention),
            keys: self.keys,
            scale: word(&self.scale).map(|text| parsed("scale", Some(text), ScaleName::parse)).transpose()?,
            start: word(&self.start).map(|text| parsed("start", Some(text), StartName::parse)).transpose()?,
            train: train
                .map(|blocks| blocks.iter().map(|block| choice("train", Some(block))).collect::<Result<_, _>>())
                .transpose()?,
            loss: word(&self.loss).map(|name| choice("loss", Some(&name))).transpose()?,
            flips: None,
        })
    }

    /// The digest of what it read.
    ///
    /// # Errors
    /// The field.
    pub fn data_digest(&self) -> Result<&str, String> {
        given("files.digest", Some(self.files.digest.as_str()).filter(|digest| !digest.is_empty()), "a digest")
    }
}
