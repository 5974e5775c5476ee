//! Matrices as files that other programs read: safetensors, and NumPy's format.

use std::collections::HashMap;
use std::io::{self, Write};

use npyz::{AutoSerialize, WriterBuilder};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;

use crate::fit::record::{Attention, FitRecord};
use crate::layer::record::LayerRecord;
use crate::record::RunRecord;

/// The matrices that a fit may leave, and with them the names of files in which it may have read its pairs.
pub const ARRAYS: [&str; 10] =
    ["value", "bias", "attention", "mean_attention", "mean_attention_apart", "logits", "w_kq", "w_k", "w_q", "codes"];

/// The matrices of a run, each under the name that it has in the JSON.
#[derive(Debug)]
pub struct Matrices {
    /// The task.
    pub run: String,
    /// Whether single precision trained: numbers are stored in it then where it holds them all, and in double precision otherwise.
    pub single: bool,
    /// Rows of each.
    pub matrices: Vec<(&'static str, Vec<Vec<f64>>)>,
    /// What else is to be known: in safetensors as JSON.
    pub told: Value,
}

impl Matrices {
    /// Of attention on positions alone: the values W, the attention S, its logits A, the W_KQ of these logits, and the codes that it is for,
    /// where they are not unit vectors.
    pub fn of_run(run: &RunRecord) -> Self {
        let always = [("value", &run.value), ("attention", &run.attention), ("logits", &run.logits)];
        let others = [("w_kq", run.w_kq.as_ref()), ("codes", run.codes.as_ref())];
        let others = others.into_iter().filter_map(|(name, matrix)| Some((name, matrix?)));
        let matrices = always.into_iter().chain(others).map(|(name, matrix)| (name, matrix.clone())).collect();
        Self {
            run: run.summary.task.clone(),
            single: run.summary.scalar == "f32",
            matrices,
            told: serde_json::json!({
                "student": "position",
                "activation": run.summary.student_activation.unwrap_or(run.summary.activation),
                "digest": run.summary.digest,
                "version": run.summary.provenance.version,
            }),
        }
    }

    /// Of a fit.
    pub fn of_fit(run: &FitRecord) -> Self {
        let attention = match &run.attention {
            Attention::Weights(weights) => Some(weights),
            Attention::Form(_) => None,
        };
        let matrices = ARRAYS.into_iter().zip([
            Some(&run.value),
            run.bias.as_ref(),
            attention,
            Some(&run.mean_attention),
            run.mean_attention_apart.as_ref(),
            run.logits.as_ref(),
            run.w_kq.as_ref(),
            run.w_k.as_ref(),
            run.w_q.as_ref(),
            run.codes.as_ref(),
        ]);
        Self {
            run: run.task.clone(),
            single: run.scalar == "f32",
            matrices: matrices.filter_map(|(name, matrix)| Some((name, matrix?.clone()))).collect(),
            told: serde_json::json!({
                "student": run.student,
                "activation": run.activation,
                "embedding": run.embedding,
                "scale": run.scale,
                "digest": run.digest,
                "version": run.provenance.version,
            }),
        }
    }

    /// Of a layer.
    pub fn of_layer(run: &LayerRecord) -> Self {
        let matrices = [
            ("value", Some(&run.value)),
            ("mean_attention", Some(&run.mean_attention)),
            ("position_attention", run.position_attention.as_ref()),
            ("w_kq", run.w_kq.as_ref()),
            ("w_k", run.w_k.as_ref()),
            ("w_q", run.w_q.as_ref()),
            ("codes", run.codes.as_ref()),
        ];
        Self {
            run: run.summary.task.clone(),
            single: run.summary.scalar == "f32",
            matrices: matrices.into_iter().filter_map(|(name, matrix)| Some((name, matrix?.clone()))).collect(),
            told: serde_json::json!({
                "student": "layer",
                "activation": run.summary.student_activation.unwrap_or(run.summary.activation),
                "embedding": run.embedding,
                "scale": run.scale,
                "digest": run.summary.digest,
                "version": run.summary.provenance.version,
            }),
        }
    }
}

/// A file of safetensors: matrices of one run under their names, and what is told of it; of several runs the run stands before each name
/// with a point between them, and what is told is an object of runs.
///
/// # Errors
/// What the format refuses.
pub fn safetensors(runs: &[Matrices]) -> Result<Vec<u8>, String> {
    let alone = runs.len() == 1;
    let stored = runs.iter().flat_map(|run| {
        run.matrices.iter().map(move |(name, matrix)| {
            let name = if alone { (*name).to_owned() } else { format!("{}.{name}", run.run) };
            let numbers = matrix.iter().flatten();
            let single = run.single && held(matrix);
            let bytes: Vec<u8> = if single {
                numbers.flat_map(|&x| (x as f32).to_le_bytes()).collect()
            } else {
                numbers.flat_map(|x| x.to_le_bytes()).collect()
            };
            let shape = vec![matrix.len(), matrix.first().map_or(0, Vec::len)];
            (name, if single { Dtype::F32 } else { Dtype::F64 }, shape, bytes)
        })
    });
    let stored: Vec<_> = stored.collect();
    let views = stored
        .iter()
        .map(|(name, dtype, shape, bytes)| TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name, view)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    let told = match runs {
        [run] => run.told.to_string(),
        _ => Value::Object(runs.iter().map(|run| (run.run.clone(), run.told.clone())).collect()).to_string(),
    };
    // One entry: of several the order, and with it the bytes of the file, would be another one every time.
    safetensors::serialize(views, Some(HashMap::from([("tutee".to_owned(), told)]))).map_err(|error| error.to_string())
}

/// Whether single precision holds all numbers: not those of a fit that were found in double precision after it.
fn held(matrix: &[Vec<f64>]) -> bool {
    matrix.iter().flatten().all(|&x| f64::from(x as f32) == x || x.is_nan())
}

/// Writes a matrix in NumPy's format, a row after the other; in single precision where that is asked for and holds all numbers.
///
/// # Errors
/// What the system says.
pub fn npy(matrix: &[Vec<f64>], single: bool, writer: &mut dyn Write) -> io::Result<()> {
    let shape = [matrix.len() as u64, matrix.first().map_or(0, Vec::len) as u64];
    let numbers = matrix.iter().flatten().copied();
    if single && held(matrix) {
        array(&shape, numbers.map(|x| x as f32), writer)
    } else {
        array(&shape, numbers, writer)
    }
}

fn array<N: AutoSerialize>(shape: &[u64], numbers: impl Iterator<Item = N>, writer: &mut dyn Write) -> io::Result<()> {
    // The format's writer closes its header by going back, which a pipe cannot do; with the shape known it need not.
    let mut array = npyz::WriteOptions::new().default_dtype().shape(shape).writer(writer).begin_nd()?;
    array.extend(numbers)?;
    array.finish()
}

/// The name of a matrix's file: of several runs with the run before it, in letters, digits and hyphens.
pub fn file_name(run: &str, alone: bool, matrix: &str) -> String {
    if alone {
        return format!("{matrix}.npy");
    }
    let run: String = run.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{run}.{matrix}.npy")
}
