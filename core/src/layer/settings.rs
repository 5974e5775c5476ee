//! The numbers and choices of a layer that do not decide its sizes.

use super::shape::{LayerShape, Parameter};
use crate::activation::Activation;
use crate::error::Error;
use crate::loss::Loss;
use crate::matrix::RowsMut;
use crate::scalar::Scalar;

/// By what the products of keys and queries are multiplied.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Scale<T> {
    /// `1/sqrt(D)`, of the tokens.
    Tokens,
    /// `1/sqrt(h)`, of the entries of a key; separate matrices only.
    Keys,
    /// This number.
    Number(
        /// The scale; finite.
        T,
    ),
}

impl<T: Scalar> Scale<T> {
    /// The number that it is for a layer of this shape.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a number that is not finite, and for [`Scale::Keys`] where keys have no width of their own.
    pub fn number(self, shape: LayerShape) -> Result<T, Error> {
        match self {
            Self::Tokens => Ok(T::ONE / T::from_usize(shape.shape().tokens()).sqrt()),
            Self::Keys if shape.dimensions(Parameter::Key).is_none() => {
                Err(Error::OutOfRange { what: "a scale by the width of a key needs separate W_K and W_Q" })
            }
            Self::Keys => Ok(T::ONE / T::from_usize(shape.key_width()).sqrt()),
            Self::Number(scale) if scale.is_finite() => Ok(scale),
            Self::Number(_) => Err(Error::OutOfRange { what: "the scale must be finite" }),
        }
    }
}

/// Which blocks of the parameters train; the others stay as they are. Content and position are the parts of a token, and of
/// a query that is a token. A token that is the sum of content and code is content here, a query that is a sum of
/// codes is position, and a query that comes as a vector is content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Trained {
    /// The columns of W_V for content.
    pub value_content: bool,
    /// The columns of W_V for position.
    pub value_position: bool,
    /// Content of the key, content of the query.
    pub content_content: bool,
    /// Content of the key, position of the query.
    pub content_position: bool,
    /// Position of the key, content of the query.
    pub position_content: bool,
    /// Position of the key, position of the query.
    pub position_position: bool,
    /// The position codes.
    pub encoding: bool,
}

impl Trained {
    /// Nothing.
    pub const NONE: Self = Self {
        value_content: false,
        value_position: false,
        content_content: false,
        content_position: false,
        position_content: false,
        position_position: false,
        encoding: false,
    };

    /// The two blocks that position-only attention has: values of the content, attention on position.
    pub const POSITION_ONLY: Self = Self { value_content: true, position_position: true, ..Self::NONE };

    /// All blocks that a layer of this shape has.
    pub const fn all(shape: LayerShape) -> Self {
        let (key, query) = (shape.token_parts(), shape.query_parts());
        Self {
            value_content: true,
            value_position: key.position > 0,
            content_content: query.content > 0,
            content_position: query.position > 0,
            position_content: key.position > 0 && query.content > 0,
            position_position: key.position > 0 && query.position > 0,
            encoding: shape.learns_codes(),
        }
    }

    /// Whether any block of W_KQ trains.
    #[inline]
    pub const fn attends(self) -> bool {
        self.content_content || self.content_position || self.position_content || self.position_position
    }

    /// Refuses blocks that a layer of this shape does not have, and for separate matrices a choice of blocks that is not one of
    /// columns of W_K times one of columns of W_Q.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    pub const fn check(self, shape: LayerShape) -> Result<(), Error> {
        let all = Self::all(shape);
        let pairs = [
            (self.value_content, all.value_content),
            (self.value_position, all.value_position),
            (self.content_content, all.content_content),
            (self.content_position, all.content_position),
            (self.position_content, all.position_content),
            (self.position_position, all.position_position),
            (self.encoding, all.encoding),
        ];
        let mut i = 0;
        while i < pairs.len() {
            if pairs[i].0 && !pairs[i].1 {
                return Err(Error::OutOfRange { what: "a block is to train that the layer does not have" });
            }
            i += 1;
        }
        // Two blocks across from each other need both columns of W_K and both of W_Q, which train all four.
        let across =
            (self.content_content && self.position_position) || (self.content_position && self.position_content);
        let four = self.content_content && self.content_position && self.position_content && self.position_position;
        if shape.dimensions(Parameter::Key).is_some() && across && !four {
            return Err(Error::OutOfRange { what: "blocks of W_K^T W_Q train as columns of W_K times columns of W_Q" });
        }
        Ok(())
    }

    /// What of a matrix trains.
    pub(crate) const fn mask(self, shape: LayerShape, parameter: Parameter) -> Mask {
        let (key, query) = (shape.token_parts().content, shape.query_parts().content);
        match parameter {
            Parameter::Value => Mask::of_columns(key, [self.value_content, self.value_position]),
            Parameter::KeyQuery => Mask {
                rows: key,
                cols: query,
                keep: [[self.content_content, self.content_position], [self.position_content, self.position_position]],
            },
            Parameter::Key => Mask::of_columns(
                key,
                [self.content_content || self.content_position, self.position_content || self.position_position],
            ),
            Parameter::Query => Mask::of_columns(
                query,
                [self.content_content || self.position_content, self.content_position || self.position_position],
            ),
            Parameter::Codes => Mask::of_columns(0, [self.encoding, self.encoding]),
        }
    }
}

/// Which of the four blocks of a matrix train: rows from `rows` on and columns from `cols` on are those of positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mask {
    rows: usize,
    cols: usize,
    keep: [[bool; 2]; 2],
}

impl Mask {
    const fn of_columns(cols: usize, keep: [bool; 2]) -> Self {
        Self { rows: 0, cols, keep: [keep, keep] }
    }

    /// Zero where nothing trains.
    pub(crate) fn apply<T: Scalar>(self, width: usize, matrix: &mut [T]) {
        let [of_content, of_position] = self.keep;
        for (r, row) in RowsMut::new(matrix, width).enumerate() {
            let [content_trains, position_trains] = if r < self.rows { of_content } else { of_position };
            let Some((content, position)) = row.split_at_mut_checked(self.cols) else { return };
            if !content_trains {
                content.fill(T::ZERO);
            }
            if !position_trains {
                position.fill(T::ZERO);
            }
        }
    }
}

/// The numbers and choices of a layer that do not decide its sizes.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LayerSettings<T> {
    /// By what the products of keys and queries are multiplied; finite. [`Scale::number`] gives the usual ones.
    pub scale: T,
    /// The activation of the outputs; none for the logistic loss.
    pub activation: Activation<T>,
    /// What training makes small.
    pub loss: Loss,
    /// What trains.
    pub trained: Trained,
}

impl<T: Scalar> LayerSettings<T> {
    /// Squared loss, everything trains that there is, scale `1/sqrt(D)`.
    pub fn new(shape: LayerShape, activation: Activation<T>) -> Self {
        let scale = T::ONE / T::from_usize(shape.shape().tokens()).sqrt();
        Self { scale, activation, loss: Loss::Squared, trained: Trained::all(shape) }
    }

    /// Refuses settings that are not for a layer of this shape.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a scale that is not finite, a leaky slope outside `[0, 1]`, the logistic loss with an activation
    /// or with several filters, and blocks as [`Trained::check`] says.
    pub fn check(&self, shape: LayerShape) -> Result<(), Error> {
        if !self.scale.is_finite() {
            return Err(Error::OutOfRange { what: "the scale must be finite" });
        }
        self.activation.check()?;
        self.loss.check(shape.shape())?;
        if self.loss == Loss::Logistic && self.activation != Activation::Identity {
            return Err(Error::OutOfRange { what: "the logistic loss takes no activation" });
        }
        self.trained.check(shape)
    }

    /// Elements of an answer, and of what it is compared with: `outputs x filters`, or one.
    #[inline]
    pub const fn targets_len(&self, shape: LayerShape) -> usize {
        self.loss.targets_len(shape.shape())
    }
}

#[cfg(test)]
mod tests {
    use super::super::shape::{Codes, Embedding, Form, KeyQuery, Queries};
    use super::*;
    use crate::shape::Shape;

    fn shape(form: Form) -> LayerShape {
        LayerShape::new(Shape::new(2, 2, 4, 4).unwrap(), form).unwrap()
    }

    #[test]
    fn a_scale_is_a_number() {
        let merged = shape(Form::concatenated(3));
        assert_eq!(Scale::<f64>::Tokens.number(merged), Ok(0.5));
        assert_eq!(Scale::Number(0.25).number(merged), Ok(0.25));
        assert!(Scale::<f64>::Keys.number(merged).is_err() && Scale::Number(f32::NAN).number(merged).is_err());
        let separate = shape(Form { key_query: KeyQuery::Separate { keys: 16 }, ..Form::concatenated(3) });
        assert_eq!(Scale::<f32>::Keys.number(separate), Ok(0.25));
    }

    #[test]
    fn blocks_are_those_of_the_form() {
        let form = Form::concatenated(3);
        let all = Trained::all(shape(form));
        assert!(
            !all.encoding
                && Trained { encoding: true, ..all }
                    == Trained::all(shape(Form { codes: Codes::Learned { width: 3 }, ..form }))
        );
        let sets = Trained::all(shape(Form { queries: Queries::Sets, ..form }));
        assert_eq!(sets, Trained { content_content: false, position_content: false, ..all });
        let content = shape(Form { embedding: Embedding::Content, codes: Codes::None, ..form });
        let own = Trained { value_content: true, content_content: true, ..Trained::NONE };
        assert_eq!(Trained::all(content), own);
        let missing = Err(Error::OutOfRange { what: "a block is to train that the layer does not have" });
        assert_eq!(all.check(content), missing);
        assert_eq!(Trained { encoding: true, ..all }.check(shape(form)), missing);
    }

    #[test]
    fn separate_matrices_train_columns_times_columns() {
        let separate = shape(Form { key_query: KeyQuery::Separate { keys: 2 }, ..Form::concatenated(3) });
        let trained = |bits: u32| Trained {
            content_content: bits & 1 > 0,
            content_position: bits & 2 > 0,
            position_content: bits & 4 > 0,
            position_position: bits & 8 > 0,
            ..Trained::NONE
        };
        let legal: [u32; 10] = [0, 1, 2, 4, 8, 3, 5, 10, 12, 15];
        for bits in 0..16 {
            assert_eq!(trained(bits).check(separate).is_ok(), legal.contains(&bits), "{bits:04b}");
            assert!(trained(bits).check(shape(Form::concatenated(3))).is_ok());
        }
    }

    #[test]
    fn settings_that_do_not_fit_are_refused() {
        let shape = shape(Form::concatenated(3));
        let good = LayerSettings::new(shape, Activation::Relu);
        assert_eq!(good.check(shape), Ok(()));
        assert!(LayerSettings { scale: f64::INFINITY, ..good }.check(shape).is_err());
        assert!(LayerSettings { activation: Activation::LeakyRelu(2.0), ..good }.check(shape).is_err());
        let label = LayerSettings { loss: Loss::Logistic, activation: Activation::Identity, ..good };
        assert!(label.check(shape).is_err(), "two filters");
        let one = LayerShape::new(Shape::new(1, 2, 4, 4).unwrap(), Form::concatenated(3)).unwrap();
        assert_eq!(label.check(one), Ok(()));
        assert!(LayerSettings { activation: Activation::Relu, ..label }.check(one).is_err());
    }
}
