//! A fit's matrices as a file that other programs read: safetensors.

use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView};

use super::record::FitRecord;

/// The bytes of such a file: each matrix that the student has, under the name that it has in the JSON, in the type that
/// trained; activation, scale and digest under `tutee`, as JSON.
///
/// # Errors
/// What the format refuses.
pub fn bytes(run: &FitRecord) -> Result<Vec<u8>, String> {
    let matrices = [
        ("value", Some(&run.value)),
        ("bias", run.bias.as_ref()),
        ("mean_attention", Some(&run.mean_attention)),
        ("mean_attention_apart", run.mean_attention_apart.as_ref()),
        ("logits", run.logits.as_ref()),
        ("w_kq", run.w_kq.as_ref()),
        ("w_k", run.w_k.as_ref()),
        ("w_q", run.w_q.as_ref()),
        ("codes", run.codes.as_ref()),
    ];
    let single = run.scalar == "f32";
    let dtype = if single { Dtype::F32 } else { Dtype::F64 };
    let stored: Vec<(&str, Vec<usize>, Vec<u8>)> = matrices
        .into_iter()
        .filter_map(|(name, matrix)| Some((name, matrix?)))
        .map(|(name, matrix)| {
            let shape = vec![matrix.len(), matrix.first().map_or(0, Vec::len)];
            let numbers = matrix.iter().flatten();
            let bytes = if single {
                numbers.flat_map(|&x| (x as f32).to_le_bytes()).collect()
            } else {
                numbers.flat_map(|x| x.to_le_bytes()).collect()
            };
            (name, shape, bytes)
        })
        .collect();
    let views = stored
        .iter()
        .map(|(name, shape, bytes)| TensorView::new(dtype, shape.clone(), bytes).map(|view| (*name, view)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    let told = serde_json::json!({
        "student": run.student,
        "activation": run.activation,
        "embedding": run.embedding,
        "scale": run.scale,
        "digest": run.digest,
        "version": run.provenance.version,
    });
    // One entry: of several the order, and with it the bytes of the file, would be another one every time.
    let told = HashMap::from([("tutee".to_owned(), told.to_string())]);
    safetensors::serialize(views, Some(told)).map_err(|error| error.to_string())
}
