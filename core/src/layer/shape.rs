//! The sizes of a layer, and the choices that decide them.

use crate::error::Error;
use crate::shape::{MAX_DIMENSION, Shape};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Embedding {
    /// The content `x_i` alone: `e = d`.
    Content,
    /// The content, then the code of the position: `e = d + c`.
    Concatenated,
    /// The sum of the two, which then have one width: `e = d = c`.
    Added,
}

/// Where the position codes `p_i`, of `width` entries, come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Codes {
    /// There are none.
    None,
    /// They stand beside the parameters and do not change.
    Fixed {
        /// Entries of a code, c.
        width: usize,
    },
    /// They are parameters.
    Learned {
        /// Entries of a code, c.
        width: usize,
    },
    /// Every sample brings its own.
    Fresh {
        /// Entries of a code, c.
        width: usize,
    },
}

impl Codes {
    /// Entries of a code; zero without codes.
    #[inline]
    pub const fn width(self) -> usize {
        match self {
            Self::None => 0,
            Self::Fixed { width } | Self::Learned { width } | Self::Fresh { width } => width,
        }
    }
}

/// How keys and queries meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum KeyQuery {
    /// In one matrix W_KQ, `e x g`, keys by queries.
    Merged,
    /// In W_K, `h x e`, and W_Q, `h x g`.
    Separate {
        /// Entries of a key, h.
        keys: usize,
    },
}

/// What asks: the queries `u_j`, of `g` entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Queries {
    /// The tokens themselves, one output each: `J = D`, `g = e`.
    Tokens,
    /// A set of positions for each output comes with the sample; the query is the sum of their codes: `g = c`.
    Sets,
    /// A vector for each output comes with the sample.
    Vectors {
        /// Entries of a query, g.
        width: usize,
    },
}

/// The choices that decide the sizes of a layer beside the four of a [`Shape`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Form {
    /// What a token is.
    pub embedding: Embedding,
    /// Where position codes come from.
    pub codes: Codes,
    /// One matrix or two.
    pub key_query: KeyQuery,
    /// What asks.
    pub queries: Queries,
}

impl Form {
    /// Concatenated tokens that ask, with fixed codes of `width` entries, and one matrix W_KQ.
    pub const fn concatenated(width: usize) -> Self {
        Self {
            embedding: Embedding::Concatenated,
            codes: Codes::Fixed { width },
            key_query: KeyQuery::Merged,
            queries: Queries::Tokens,
        }
    }
}

/// A matrix of a layer's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// W_V, `M x e`.
    Value,
    /// W_KQ, `e x g`, keys by queries. Merged only.
    KeyQuery,
    /// W_K, `h x e`. Separate only.
    Key,
    /// W_Q, `h x g`. Separate only.
    Query,
    /// The position codes, `D x c`, a row for each token; where they are fixed or learned.
    Codes,
}

impl Parameter {
    /// All, in the order in which they lie in memory.
    pub const ALL: [Self; 5] = [Self::Value, Self::KeyQuery, Self::Key, Self::Query, Self::Codes];
}

/// How the entries of a token or of a query divide: first content, then position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) content: usize,
    pub(crate) position: usize,
}

impl Parts {
    #[inline]
    pub(crate) const fn width(self) -> usize {
        self.content + self.position
    }
}

/// The sizes of a layer; every matrix of it fits in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct LayerShape {
    shape: Shape,
    /// With the width of a token for that of its content.
    embedded: Shape,
    form: Form,
}

impl LayerShape {
    /// Checks the sizes of a layer: `shape` has M, d, D and J, `form` the rest.
    ///
    /// # Errors
    /// [`Error::Zero`] or [`Error::TooLarge`] for a size; [`Error::Length`] where two sizes must agree: outputs and tokens when
    /// the tokens ask, the width of a code and the features when they are added; [`Error::OutOfRange`] when codes are
    /// needed and there are none, or the other way round.
    pub const fn new(shape: Shape, form: Form) -> Result<Self, Error> {
        let sets = matches!(form.queries, Queries::Sets);
        let used = sets || !matches!(form.embedding, Embedding::Content);
        match (form.codes, used) {
            (Codes::None, true) => {
                return Err(Error::OutOfRange { what: "tokens or queries of position codes need codes" });
            }
            (Codes::None, false) => {}
            (_, false) => return Err(Error::OutOfRange { what: "neither tokens nor queries use the position codes" }),
            (codes, true) if codes.width() == 0 => return Err(Error::Zero { what: "the width of a position code" }),
            (codes, true) if codes.width() > MAX_DIMENSION => {
                return Err(Error::TooLarge { what: "the width of a position code" });
            }
            (_, true) => {}
        }
        let (features, width) = (shape.features(), form.codes.width());
        if matches!(form.embedding, Embedding::Added) && width != features {
            return Err(Error::Length {
                what: "a position code that is added to features",
                expected: features,
                found: width,
            });
        }
        match form.queries {
            Queries::Tokens if shape.outputs() != shape.tokens() => {
                let (expected, found) = (shape.tokens(), shape.outputs());
                return Err(Error::Length { what: "the outputs, one for each token that asks,", expected, found });
            }
            Queries::Vectors { width: 0 } => return Err(Error::Zero { what: "the width of a query" }),
            Queries::Vectors { width } if width > MAX_DIMENSION => {
                return Err(Error::TooLarge { what: "the width of a query" });
            }
            _ => {}
        }
        match form.key_query {
            KeyQuery::Separate { keys: 0 } => return Err(Error::Zero { what: "the width of a key" }),
            KeyQuery::Separate { keys } if keys > MAX_DIMENSION => {
                return Err(Error::TooLarge { what: "the width of a key" });
            }
            _ => {}
        }
        // Both are at most 2^24, so that the sum fits.
        let token = match form.embedding {
            Embedding::Concatenated => features + width,
            _ => features,
        };
        let embedded = match Shape::new(shape.filters(), token, shape.tokens(), shape.outputs()) {
            Ok(embedded) => embedded,
            Err(error) => return Err(error),
        };
        let layer = Self { shape, embedded, form };
        let (key, query) = (layer.key_width(), layer.query_width());
        let mapped = if matches!(form.key_query, KeyQuery::Separate { .. }) { token } else { 1 };
        let (tokens, outputs) = (shape.tokens(), shape.outputs());
        let matrices = [(key, mapped), (key, query), (tokens, key), (outputs, key), (outputs, query), (tokens, width)];
        let mut i = 0;
        while i < matrices.len() {
            let (rows, cols) = matrices[i];
            // As many matrices as a layer and its working memory have still fit side by side.
            match rows.checked_mul(cols) {
                Some(elements) if elements <= usize::MAX / 512 => i += 1,
                _ => return Err(Error::TooLarge { what: "a matrix" }),
            }
        }
        Ok(layer)
    }

    /// M, d, D and J.
    #[inline]
    pub const fn shape(self) -> Shape {
        self.shape
    }

    /// What its tokens are, what asks, and how W_KQ is parametrised.
    #[inline]
    pub const fn form(self) -> Form {
        self.form
    }

    /// Entries of a token, e.
    #[inline]
    pub const fn token_width(self) -> usize {
        self.embedded.features()
    }

    /// Entries of a query, g.
    #[inline]
    pub const fn query_width(self) -> usize {
        self.query_parts().width()
    }

    /// Entries of a key: h, or e where keys are the tokens.
    #[inline]
    pub const fn key_width(self) -> usize {
        match self.form.key_query {
            KeyQuery::Merged => self.token_width(),
            KeyQuery::Separate { keys } => keys,
        }
    }

    /// Entries of a position code, c; zero without codes.
    #[inline]
    pub const fn code_width(self) -> usize {
        self.form.codes.width()
    }

    /// A token that is the sum of content and code counts as content.
    #[inline]
    pub(crate) const fn token_parts(self) -> Parts {
        let content = self.shape.features();
        match self.form.embedding {
            Embedding::Concatenated => Parts { content, position: self.form.codes.width() },
            _ => Parts { content, position: 0 },
        }
    }

    /// A query that is a sum of codes counts as position, one that comes as a vector as content.
    #[inline]
    pub(crate) const fn query_parts(self) -> Parts {
        match self.form.queries {
            Queries::Tokens => self.token_parts(),
            Queries::Sets => Parts { content: 0, position: self.form.codes.width() },
            Queries::Vectors { width } => Parts { content: width, position: 0 },
        }
    }

    /// Rows and columns of a matrix of parameters, `None` where the layer has none.
    #[inline]
    pub const fn dimensions(self, parameter: Parameter) -> Option<(usize, usize)> {
        let separate = matches!(self.form.key_query, KeyQuery::Separate { .. });
        let (key, token) = (self.key_width(), self.token_width());
        match parameter {
            Parameter::Value => Some((self.shape.filters(), token)),
            Parameter::KeyQuery if !separate => Some((key, self.query_width())),
            Parameter::Key if separate => Some((key, token)),
            Parameter::Query if separate => Some((key, self.query_width())),
            Parameter::Codes => match self.form.codes {
                Codes::Fixed { width } | Codes::Learned { width } => Some((self.shape.tokens(), width)),
                Codes::None | Codes::Fresh { .. } => None,
            },
            _ => None,
        }
    }

    /// Elements of a matrix of parameters, zero where the layer has none.
    #[inline]
    pub const fn parameter_len(self, parameter: Parameter) -> usize {
        match self.dimensions(parameter) {
            Some((rows, cols)) => rows * cols,
            None => 0,
        }
    }

    /// Elements of the codes that come with a sample, zero where they do not.
    #[inline]
    pub const fn fresh_codes_len(self) -> usize {
        match self.form.codes {
            Codes::Fresh { width } => self.shape.tokens() * width,
            _ => 0,
        }
    }

    /// Whether there is a way for a gradient to the codes.
    #[inline]
    pub(crate) const fn learns_codes(self) -> bool {
        matches!(self.form.codes, Codes::Learned { .. })
    }

    /// Whether all samples of a batch have the codes in common: concatenated, and neither learned nor fresh.
    #[inline]
    pub(crate) const fn shares_codes(self) -> bool {
        matches!((self.form.embedding, self.form.codes), (Embedding::Concatenated, Codes::Fixed { .. }))
    }

    /// Entries of a token that are a sample's own; those that follow are of the codes that all share.
    #[inline]
    pub(crate) const fn own_token_width(self) -> usize {
        if self.shares_codes() { self.shape.features() } else { self.token_width() }
    }

    /// Whether a sample's own entries of the tokens are its input.
    #[inline]
    pub(crate) const fn tokens_are_inputs(self) -> bool {
        matches!(self.form.embedding, Embedding::Content) || self.shares_codes()
    }

    /// Entries of a query that are a sample's own.
    #[inline]
    pub(crate) const fn own_query_width(self) -> usize {
        match self.form.queries {
            Queries::Tokens => self.own_token_width(),
            _ => self.query_width(),
        }
    }

    /// Entries of a key that are a sample's own: all of one that W_K makes.
    #[inline]
    pub(crate) const fn own_key_width(self) -> usize {
        match self.form.key_query {
            KeyQuery::Merged => self.own_token_width(),
            KeyQuery::Separate { keys } => keys,
        }
    }

    /// Whether the tokens ask.
    #[inline]
    pub(crate) const fn tokens_ask(self) -> bool {
        matches!(self.form.queries, Queries::Tokens)
    }

    /// Whether keys are the tokens.
    #[inline]
    pub(crate) const fn is_merged(self) -> bool {
        matches!(self.form.key_query, KeyQuery::Merged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(shape: (usize, usize, usize, usize), form: Form) -> Result<LayerShape, Error> {
        LayerShape::new(Shape::new(shape.0, shape.1, shape.2, shape.3).unwrap(), form)
    }

    #[test]
    fn widths_follow_from_the_form() {
        let form = Form::concatenated(5);
        let shape = layer((2, 3, 4, 4), form).unwrap();
        assert_eq!((shape.token_width(), shape.query_width(), shape.key_width()), (8, 8, 8));
        assert_eq!(shape.dimensions(Parameter::Value), Some((2, 8)));
        assert_eq!(shape.dimensions(Parameter::KeyQuery), Some((8, 8)));
        assert_eq!(shape.dimensions(Parameter::Codes), Some((4, 5)));
        assert_eq!(shape.dimensions(Parameter::Key), None);

        let separate = Form { key_query: KeyQuery::Separate { keys: 6 }, queries: Queries::Sets, ..form };
        let shape = layer((2, 3, 4, 7), separate).unwrap();
        assert_eq!(shape.dimensions(Parameter::Key), Some((6, 8)));
        assert_eq!(shape.dimensions(Parameter::Query), Some((6, 5)));
        assert_eq!(shape.parameter_len(Parameter::KeyQuery), 0);

        let content = Form { embedding: Embedding::Content, codes: Codes::None, ..form };
        let vectors = Form { queries: Queries::Vectors { width: 2 }, ..content };
        assert_eq!(layer((1, 3, 4, 9), vectors).unwrap().dimensions(Parameter::KeyQuery), Some((3, 2)));
        let fresh = Form { embedding: Embedding::Added, codes: Codes::Fresh { width: 3 }, ..form };
        let shape = layer((1, 3, 4, 4), fresh).unwrap();
        assert_eq!((shape.dimensions(Parameter::Codes), shape.fresh_codes_len()), (None, 12));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let form = Form::concatenated(5);
        let out = |what| Err(Error::OutOfRange { what });
        let sizes = (2, 3, 4, 4);
        assert_eq!(
            layer(sizes, Form { codes: Codes::None, ..form }),
            out("tokens or queries of position codes need codes")
        );
        let content = Form { embedding: Embedding::Content, ..form };
        assert_eq!(layer(sizes, content), out("neither tokens nor queries use the position codes"));
        let sets = Form { codes: Codes::None, queries: Queries::Sets, ..content };
        assert_eq!(layer(sizes, sets), out("tokens or queries of position codes need codes"));
        let zero = |what| Err(Error::Zero { what });
        assert_eq!(layer(sizes, Form::concatenated(0)), zero("the width of a position code"));
        let keys = |keys| Form { key_query: KeyQuery::Separate { keys }, ..form };
        assert_eq!(layer(sizes, keys(0)), zero("the width of a key"));
        assert_eq!(layer(sizes, keys(usize::MAX)), Err(Error::TooLarge { what: "the width of a key" }));
        let queries = |width| Form { queries: Queries::Vectors { width }, ..form };
        assert_eq!(layer(sizes, queries(0)), zero("the width of a query"));
        assert_eq!(layer(sizes, queries(usize::MAX)), Err(Error::TooLarge { what: "the width of a query" }));
        let wide = Err(Error::TooLarge { what: "the width of a position code" });
        assert_eq!(layer(sizes, Form::concatenated(usize::MAX)), wide);
        let added = Form { embedding: Embedding::Added, ..form };
        let length = Error::Length { what: "a position code that is added to features", expected: 3, found: 5 };
        assert_eq!(layer(sizes, added), Err(length));
        let length = Error::Length { what: "the outputs, one for each token that asks,", expected: 4, found: 3 };
        assert_eq!(layer((2, 3, 4, 3), form), Err(length));
        if usize::BITS == 64 {
            let most = MAX_DIMENSION;
            let wide = Form { queries: Queries::Vectors { width: most }, ..keys(most) };
            assert!(layer((1, 1, 1, 1), wide).is_ok(), "2^48 elements of eight bytes can be addressed");
        }
    }
}
