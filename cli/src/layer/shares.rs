//! In which blocks of its matrices a layer stands.

use tutee::Scalar;
use tutee::layer::{LayerView, Parameter, Queries};

use super::record::Shares;

/// How much of W_V and of W_KQ, or of W_K^T W_Q, stands in which block.
pub fn shares<T: Scalar>(layer: LayerView<'_, T>) -> Shares {
    let [[value_content, value_position], _] = layer.block_squares(Parameter::Value).map(|row| row.map(T::to_f64));
    let shape = layer.shape();
    let kq = match shape.dimensions(Parameter::Key) {
        None => layer.block_squares(Parameter::KeyQuery).map(|row| row.map(T::to_f64)),
        Some((_, token)) => {
            let (content, query) = (shape.shape().features(), shape.query_width());
            let sets = shape.form().queries == Queries::Sets;
            let query_content = if sets { 0 } else { content };
            let (k, q) = (layer.get(Parameter::Key), layer.get(Parameter::Query));
            let mut squares = [[0.0; 2]; 2];
            for i in 0..token {
                for j in 0..query {
                    let pairs = k.iter().skip(i).step_by(token).zip(q.iter().skip(j).step_by(query));
                    let product: f64 = pairs.map(|(k, q)| k.to_f64() * q.to_f64()).sum();
                    let [of_content, of_position] = &mut squares;
                    let [to_content, to_position] = if i < content { of_content } else { of_position };
                    *(if j < query_content { to_content } else { to_position }) += product * product;
                }
            }
            squares
        }
    };
    let [[content_content, content_position], [position_content, position_position]] = kq;
    let of = |part: f64, sum: f64| (sum > 0.0).then(|| part / sum);
    let value = value_content + value_position;
    let all = content_content + content_position + position_content + position_position;
    Shares {
        value_content: of(value_content, value),
        value_position: of(value_position, value),
        content_content: of(content_content, all),
        content_position: of(content_position, all),
        position_content: of(position_content, all),
        position_position: of(position_position, all),
    }
}
