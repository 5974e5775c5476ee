//! How much of a matrix stands in which of its blocks.

use super::parameters::LayerView;
use super::shape::Parameter;
use crate::matrix::Rows;
use crate::scalar::Scalar;

impl<T: Scalar> LayerView<'_, T> {
    /// Squared Frobenius norms of the blocks of a matrix, in sequence over its elements: `[of content, of position]` of its rows,
    /// in each of its columns likewise. Rows that have no parts, which are all but those of W_KQ, count as content; so do all rows
    /// and columns of the codes. Zero where the layer has no such matrix.
    ///
    /// Position-only attention has everything in `[0][0]` of W_V and `[1][1]` of W_KQ.
    pub fn block_squares(self, parameter: Parameter) -> [[T; 2]; 2] {
        let shape = self.shape();
        let (token, query) = (shape.token_parts().content, shape.query_parts().content);
        let (rows, cols) = match parameter {
            Parameter::Value | Parameter::Key => (usize::MAX, token),
            Parameter::KeyQuery => (token, query),
            Parameter::Query => (usize::MAX, query),
            Parameter::Codes => (usize::MAX, usize::MAX),
        };
        let width = shape.dimensions(parameter).map_or(0, |(_, cols)| cols);
        let mut squares = [[T::ZERO; 2]; 2];
        for (r, row) in Rows::new(self.get(parameter), width).enumerate() {
            for (c, &x) in row.iter().enumerate() {
                let [of_content, of_position] = &mut squares;
                let [content, position] = if r < rows { of_content } else { of_position };
                *(if c < cols { content } else { position }) += x * x;
            }
        }
        squares
    }

    /// Squared Frobenius norms of the blocks of W_KQ, or of `W_K^T W_Q` where the two are separate: `[[content content, content
    /// position], [position content, position position]]`, the key's part first. The product is all that scores know of separate
    /// matrices, which are identified up to `R W_K` and `R^-T W_Q` with any invertible R: shares of the two alone depend on R, those of
    /// the product do not. Costs `e g` multiplications, or `e g h` of separate matrices; sums in sequence.
    pub fn key_query_squares(self) -> [[T; 2]; 2] {
        let shape = self.shape();
        if shape.dimensions(Parameter::Key).is_none() {
            return self.block_squares(Parameter::KeyQuery);
        }
        let (token, query) = (shape.token_parts(), shape.query_parts());
        let (keys, queries) = (self.get(Parameter::Key), self.get(Parameter::Query));
        let mut squares = [[T::ZERO; 2]; 2];
        for i in 0..token.width() {
            for j in 0..query.width() {
                let mut product = T::ZERO;
                for (key, query) in Rows::new(keys, token.width()).zip(Rows::new(queries, query.width())) {
                    if let (Some(&k), Some(&q)) = (key.get(i), query.get(j)) {
                        product += k * q;
                    }
                }
                let [of_content, of_position] = &mut squares;
                let [content, position] = if i < token.content { of_content } else { of_position };
                *(if j < query.content { content } else { position }) += product * product;
            }
        }
        squares
    }
}

#[cfg(test)]
mod tests {
    use super::super::parameters::{LayerViewMut, layer_len};
    use super::super::shape::{Form, KeyQuery, LayerShape, Queries};
    use super::*;
    use crate::shape::Shape;

    #[test]
    fn every_element_is_in_one_block() {
        let form = Form { queries: Queries::Vectors { width: 2 }, ..Form::concatenated(3) };
        let of = |form, parameter, elements: &[f64]| {
            let shape = LayerShape::new(Shape::new(1, 2, 3, 3).unwrap(), form).unwrap();
            let (mut memory, mut steps) = (std::vec![0.0; layer_len(shape)], 0);
            let mut layer = LayerViewMut::new(shape, &mut memory, &mut steps).unwrap();
            layer.set(parameter, elements).unwrap();
            layer.view().block_squares(parameter)
        };
        assert_eq!(of(form, Parameter::Value, &[1.0, 2.0, 3.0, 4.0, 5.0]), [[5.0, 50.0], [0.0; 2]]);
        // Two entries of content and three of position ask for two of a vector, or for those of a token.
        let kq: std::vec::Vec<f64> = (1..=10).map(f64::from).collect();
        assert_eq!(of(form, Parameter::KeyQuery, &kq), [[30.0, 0.0], [355.0, 0.0]]);
        let tokens = Form::concatenated(3);
        let ones = of(tokens, Parameter::KeyQuery, &[1.0; 25]);
        assert_eq!(ones, [[4.0, 6.0], [6.0, 9.0]]);
        let separate = Form { key_query: KeyQuery::Separate { keys: 2 }, ..tokens };
        assert_eq!(of(separate, Parameter::Query, &[1.0; 10]), [[4.0, 6.0], [0.0; 2]]);
        assert_eq!(of(tokens, Parameter::Codes, &[1.0; 9]), [[9.0, 0.0], [0.0; 2]]);
    }

    /// Of separate matrices that have been turned into each other, `R W_K` and `R^-T W_Q`, the product's blocks stay.
    #[test]
    fn blocks_of_the_product_are_those_of_one_matrix() {
        let of = |key_query, parts: &[(Parameter, &[f64])]| {
            let shape = LayerShape::new(Shape::new(1, 1, 2, 2).unwrap(), Form { key_query, ..Form::concatenated(2) });
            let shape = shape.unwrap();
            let (mut memory, mut steps) = (std::vec![0.0; layer_len(shape)], 0);
            let mut layer = LayerViewMut::new(shape, &mut memory, &mut steps).unwrap();
            for &(parameter, elements) in parts {
                layer.set(parameter, elements).unwrap();
            }
            layer.view().key_query_squares()
        };
        let separate = KeyQuery::Separate { keys: 2 };
        let (keys, queries) = ([1.0, 0.0, 2.0, 0.0, 3.0, -1.0], [2.0, 1.0, 0.0, 0.0, 4.0, 1.0]);
        // W_K^T W_Q, rows of content first.
        let product = [2.0, 1.0, 0.0, 0.0, 12.0, 3.0, 4.0, -2.0, -1.0];
        let expected = [[4.0, 1.0], [16.0, 158.0]];
        assert_eq!(of(KeyQuery::Merged, &[(Parameter::KeyQuery, &product)]), expected);
        assert_eq!(of(separate, &[(Parameter::Key, &keys), (Parameter::Query, &queries)]), expected);
        // R = [[2, 1], [0, 1]], whose inverse transposed is [[1/2, 0], [-1/2, 1]].
        let (turned_keys, turned_queries) = ([2.0, 3.0, 3.0, 0.0, 3.0, -1.0], [1.0, 0.5, 0.0, -1.0, 3.5, 1.0]);
        assert_eq!(of(separate, &[(Parameter::Key, &turned_keys), (Parameter::Query, &turned_queries)]), expected);
    }
}
