//! In which blocks of its matrices a layer stands, and how far its codes have come, for the record.

use tutee::layer::{Codes, LayerView};
use tutee::recovery::layer;
use tutee::{Error, Scalar};

use super::record::{CodesRecord, Shares};

/// How much of W_V and of W_KQ, or of W_K^T W_Q, stands in which block.
pub fn shares<T: Scalar>(layer: LayerView<'_, T>) -> Shares {
    let layer::Shares { value, key_query } = layer::shares(layer);
    let number = |share: Option<T>| share.map(T::to_f64);
    let [value_content, value_position] = value.map(number);
    let [[content_content, content_position], [position_content, position_position]] =
        key_query.map(|row| row.map(number));
    Shares { value_content, value_position, content_content, content_position, position_content, position_position }
}

/// Codes that are learned beside those that they set out from; `None` of others.
///
/// # Errors
/// [`Error::Length`] for `started`, `tokens x code_width`.
pub fn moved_codes<T: Scalar>(layer: LayerView<'_, T>, started: &[T]) -> Result<Option<CodesRecord>, Error> {
    if !matches!(layer.shape().form().codes, Codes::Learned { .. }) {
        return Ok(None);
    }
    let layer::CodesRecovery { codes, products } = layer::codes_recovery(layer, started)?;
    let number = |share: Option<T>| share.map(T::to_f64);
    Ok(Some(CodesRecord {
        cosine: number(codes.cosine),
        error: number(codes.error),
        products_cosine: number(products.cosine),
        products_error: number(products.error),
    }))
}
