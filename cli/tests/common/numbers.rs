//! Numbers of a result.

use serde_json::Value;

/// A matrix of a result, row by row.
pub fn numbers(matrix: &Value) -> Vec<f64> {
    let rows = matrix.as_array().unwrap().iter();
    rows.flat_map(|row| row.as_array().unwrap()).map(|x| x.as_f64().unwrap()).collect()
}
