//! Words of the command line: tasks, modes, number types.

use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ValueEnum};
use tutee::teacher::paper::PaperTask;

use crate::layer::options::PerSample;

/// A task, on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskName {
    /// One of the paper's.
    Paper(PaperTask),
    /// Graph convolution on the graph of a file.
    Graph {
        /// The list of edges.
        path: PathBuf,
        /// `D^-1/2 (A + I) D^-1/2` in place of the average.
        symmetric: bool,
    },
    /// A teacher that chooses anew for every sample.
    PerSample(PerSample),
}

/// What stands before the name of a file, and whether it asks for the symmetric normalisation.
const GRAPHS: [(&str, bool); 2] = [("graph:", false), ("graph-symmetric:", true)];

impl TaskName {
    /// The paper's, in its order: what no TASK means.
    pub fn all() -> Vec<Self> {
        PaperTask::ALL.map(Self::Paper).into()
    }

    /// The file that describes the task, if there is one.
    pub fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::Paper(_) | Self::PerSample(_) => None,
            Self::Graph { path, .. } => Some(path),
        }
    }

    fn possible() -> Vec<PossibleValue> {
        let paper = PaperTask::ALL.map(|task| {
            let help = match task {
                PaperTask::ConvRelu => "Convolution with average pooling, ReLU",
                PaperTask::ConvLeaky => "Convolution with average pooling, leaky ReLU 0.1",
                PaperTask::GraphRelu => "Graph convolution on a cycle, ReLU",
                PaperTask::GraphLeaky => "Graph convolution on a cycle, leaky ReLU 0.1",
                PaperTask::TokenSelection => "Sparse token selection",
                PaperTask::GroupSparse => "Group-sparse linear predictor",
            };
            PossibleValue::new(task.name()).help(help)
        });
        let graphs = [
            (
                "graph:FILE",
                "Graph convolution, no activation: each token averages itself and its neighbours. FILE has \
                            an undirected edge \"a b\" a line, tokens from 0, comments after #",
            ),
            ("graph-symmetric:FILE", "The same graph with the weights D^-1/2 (A + I) D^-1/2"),
        ];
        let graphs = graphs.map(|(name, help)| PossibleValue::new(name).help(help));
        let per_sample = PerSample::ALL.map(|task| {
            let help = match task {
                PerSample::Selection => "Each output averages a set of K tokens that comes with the sample (a layer's)",
                PerSample::TopK => "The K tokens farthest along a direction, averaged (a layer's)",
                PerSample::LearnedWeights => {
                    "All tokens, weighed by the softmax of twice their part along a direction (a layer's)"
                }
                PerSample::SelfAttention => {
                    "A layer as teacher: each output weighs all tokens by the softmax of <Q x_i, Q x_j>, Q of two rows (a layer's)"
                }
                PerSample::Classification => {
                    "The sign of one token along a direction, with the logistic loss (of attention on positions alone exactly; of a layer \
                     online)"
                }
            };
            PossibleValue::new(task.name()).help(help)
        });
        paper.into_iter().chain(graphs).chain(per_sample).collect()
    }
}

impl fmt::Display for TaskName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paper(task) => f.write_str(task.name()),
            Self::PerSample(task) => f.write_str(task.name()),
            Self::Graph { path, symmetric } => {
                let prefix = GRAPHS.iter().find(|(_, other)| other == symmetric).map_or("", |(prefix, _)| prefix);
                write!(f, "{prefix}{}", path.display())
            }
        }
    }
}

/// Reads a [`TaskName`]; help, and what is said of other words, list all.
#[derive(Clone, Debug)]
pub(super) struct TaskParser;

impl TypedValueParser for TaskParser {
    type Value = TaskName;

    fn parse_ref(&self, command: &clap::Command, arg: Option<&Arg>, value: &OsStr) -> Result<TaskName, clap::Error> {
        let of_file = |text: &str| {
            let named = GRAPHS.iter().find_map(|&(prefix, symmetric)| Some((text.strip_prefix(prefix)?, symmetric)));
            named.filter(|(path, _)| !path.is_empty()).map(|(path, symmetric)| (path.into(), symmetric))
        };
        if let Some((path, symmetric)) = value.to_str().and_then(of_file) {
            return Ok(TaskName::Graph { path, symmetric });
        }
        let named = PossibleValuesParser::new(TaskName::possible()).parse_ref(command, arg, value)?;
        let paper = PaperTask::ALL.into_iter().find(|task| task.name() == named).map(TaskName::Paper);
        let per_sample = || PerSample::ALL.into_iter().find(|task| task.name() == named).map(TaskName::PerSample);
        paper.or_else(per_sample).ok_or_else(|| clap::Error::new(ErrorKind::InvalidValue).with_cmd(command))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(TaskName::possible().into_iter()))
    }
}

/// Where the gradient comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// The exact gradient over all Gaussian inputs
    Population,
    /// Fresh mini-batches
    Online,
}

/// The number type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Precision {
    /// 32-bit floating point
    F32,
    /// 64-bit floating point
    F64,
}
