//! A fit's matrices as a file that other programs read.

use super::record::FitRecord;
use crate::weights::{Matrices, safetensors};

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
    safetensors(&[Matrices {
        run: run.task.clone(),
        single: run.scalar == "f32",
        matrices: matrices.into_iter().filter_map(|(name, matrix)| Some((name, matrix?.clone()))).collect(),
        told: serde_json::json!({
            "student": run.student,
            "activation": run.activation,
            "embedding": run.embedding,
            "scale": run.scale,
            "digest": run.digest,
            "version": run.provenance.version,
        }),
    }])
}
