//! In which blocks of its matrices a layer stands, how far its codes have come, and how near W_KQ is to a teacher's, for the record.

use tutee::layer::{Codes, Embedding, LayerView, Queries};
use tutee::recovery::key_query::key_query_recovery;
use tutee::recovery::layer;
use tutee::{Error, Scalar};

use super::record::{ClosenessRecord, CodesRecord, Shares};
use crate::failure::Ended;
use crate::memory::zeros;
use crate::teacher_file::Looks;

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

/// W_KQ of a layer of this `scale` beside the logits of a teacher that is a layer, which are of content asked for by content alone; `None`
/// where codes are added to content, so that no W_KQ has such logits, and where others than the tokens ask.
///
/// # Errors
/// [`Ended::Memory`].
pub fn beside_teacher<T: Scalar>(
    layer: LayerView<'_, T>,
    scale: T,
    looks: &Looks,
) -> Result<Option<ClosenessRecord>, Ended> {
    let (shape, form) = (layer.shape(), layer.shape().form());
    let scale = scale.to_f64();
    if form.embedding == Embedding::Added || form.queries != Queries::Tokens || scale == 0.0 {
        return Ok(None);
    }
    let (features, width) = (shape.shape().features(), shape.query_width());
    let mut teacher = zeros(shape.token_width().saturating_mul(width))?;
    for (k, row) in teacher.chunks_mut(width).take(features).enumerate() {
        for (q, entry) in row.iter_mut().take(features).enumerate() {
            let products = looks.map.chunks(features).filter_map(|map| Some(map.get(k)? * map.get(q)?));
            *entry = T::from_f64(looks.scale / scale * products.sum::<f64>());
        }
    }
    let layer::Closeness { cosine, error } = key_query_recovery(layer, &teacher)?;
    let number = |share: Option<T>| share.map(T::to_f64);
    Ok(Some(ClosenessRecord { cosine: number(cosine), error: number(error) }))
}
