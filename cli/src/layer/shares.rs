//! In which blocks of its matrices a layer stands, how far its codes have come, and how near W_KQ is to a teacher's, for the record.

use tutee::layer::{Codes, Embedding, LayerView, Parameter, Queries};
use tutee::recovery::key_query::key_query_recovery;
use tutee::recovery::layer;
use tutee::{Error, Scalar};

use super::record::{ClosenessRecord, CodesRecord, Shares};
use crate::failure::Ended;
use crate::memory::{collected, zeros};
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
pub fn beside_map<T: Scalar>(
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
    beside(layer, &teacher)
}

/// W_KQ of a layer of this `scale` beside the logits of a teacher with learned weights, `<direction, x_i> / temperature` whoever asks: content
/// asked for by position, of `direction c^T / (temperature scale)` with any c whose product with every code is one. `None` where there is no
/// such c, which takes codes beside content, the same for every sample, and as many entries of them as there are tokens, or luck.
///
/// # Errors
/// [`Ended::Memory`].
pub fn beside_weights<T: Scalar>(
    layer: LayerView<'_, T>,
    scale: T,
    direction: &[f64],
    temperature: f64,
) -> Result<Option<ClosenessRecord>, Ended> {
    let (shape, form) = (layer.shape(), layer.shape().form());
    let factor = 1.0 / (temperature * scale.to_f64());
    if form.embedding != Embedding::Concatenated || form.queries != Queries::Tokens || !factor.is_finite() {
        return Ok(None);
    }
    let Some(everyone) = one_of_all(layer.get(Parameter::Codes), shape.code_width())? else { return Ok(None) };
    let (features, width) = (shape.shape().features(), shape.query_width());
    let mut teacher = zeros(shape.token_width().saturating_mul(width))?;
    for (row, along) in teacher.chunks_mut(width).zip(direction) {
        for (entry, c) in row.iter_mut().skip(features).zip(&everyone) {
            *entry = T::from_f64(factor * along * c);
        }
    }
    beside(layer, &teacher)
}

fn beside<T: Scalar>(layer: LayerView<'_, T>, teacher: &[T]) -> Result<Option<ClosenessRecord>, Ended> {
    let layer::Closeness { cosine, error } = key_query_recovery(layer, teacher)?;
    let number = |share: Option<T>| share.map(T::to_f64);
    Ok(Some(ClosenessRecord { cosine: number(cosine), error: number(error) }))
}

/// A vector whose product with each of these codes, `tokens x width`, is one, to half of the digits of their type; `None` without. By
/// elimination with the largest pivot left.
fn one_of_all<T: Scalar>(codes: &[T], width: usize) -> Result<Option<Vec<f64>>, Ended> {
    if codes.is_empty() {
        return Ok(None);
    }
    let numbers = |code: &[T]| collected(code.iter().map(|&p| p.to_f64()), width);
    let mut rows = codes.chunks(width).map(|code| Ok((numbers(code)?, 1.0))).collect::<Result<Vec<_>, Ended>>()?;
    let mut found = collected(std::iter::repeat_n(0.0, width), width)?;
    let mut pivots = Vec::new();
    let least = 1e-13 * codes.iter().fold(0.0, |most: f64, p| p.to_f64().abs().larger(most));
    for step in 0..rows.len() {
        let entries = rows.iter().enumerate().skip(step);
        let entries = entries.flat_map(|(i, (row, _))| row.iter().enumerate().map(move |(k, x)| (i, k, x.abs())));
        let Some((i, k, _)) = entries.max_by(|a, b| a.2.total_cmp(&b.2)).filter(|entry| entry.2 > least) else {
            break;
        };
        rows.swap(step, i);
        let (pivot, right) = rows[step].clone();
        for (_, (row, y)) in rows.iter_mut().enumerate().filter(|&(i, _)| i != step) {
            let factor = row[k] / pivot[k];
            row.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= factor * p);
            row[k] = 0.0;
            *y -= factor * right;
        }
        pivots.push(k);
    }
    for (&k, (row, y)) in pivots.iter().zip(&rows) {
        found[k] = y / row[k];
    }
    let tolerance = Scalar::sqrt(T::EPSILON.to_f64());
    let meets = |code: &[T]| {
        let rounded = found.iter().map(|&c| T::from_f64(c).to_f64());
        let product: f64 = code.iter().zip(rounded).map(|(p, c)| T::to_f64(*p) * c).sum();
        (product - 1.0).abs() <= tolerance
    };
    let all = codes.chunks(width).all(meets);
    Ok(all.then_some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_a_vector_in_common_or_none() {
        let of = |codes: &[f64], width| one_of_all(codes, width).unwrap();
        assert_eq!(of(&[1.0, 0.0, 0.0, 2.0], 2), Some(vec![1.0, 0.5]));
        // In another order than that of the pivots.
        assert_eq!(of(&[0.0, 4.0, 2.0, 2.0], 2), Some(vec![0.25, 0.25]));
        // More entries than codes: any that does.
        let found = of(&[1.0, 1.0, 0.0, 0.0, 1.0, 3.0], 3).unwrap();
        assert!(
            (found[0] + found[1] - 1.0).abs() < 1e-15 && (found[1] + 3.0 * found[2] - 1.0).abs() < 1e-15,
            "{found:?}"
        );
        // Three codes of two entries, by luck and without; a code that is the negative of another.
        assert_eq!(of(&[1.0, 0.0, 0.0, 1.0, 0.5, 0.5], 2), Some(vec![1.0, 1.0]));
        assert_eq!(of(&[1.0, 0.0, 0.0, 1.0, 0.5, 0.0], 2), None);
        assert_eq!(of(&[1.0, 2.0, -1.0, -2.0], 2), None);
        assert_eq!((of(&[0.0; 4], 2), of(&[], 2)), (None, None));
    }
}
