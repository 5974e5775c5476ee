//! The four sizes that every part of the model shares.

use crate::error::Error;

/// The sizes of a model. All are at least one, and every product of two of them fits in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Shape {
    filters: usize,
    features: usize,
    tokens: usize,
    outputs: usize,
}

/// No dimension exceeds this, so that element counts fit 64 bits and a snapshot's header fits 32.
pub const MAX_DIMENSION: usize = 1 << 24;

impl Shape {
    /// Checks four sizes: `filters` (M, rows of the value matrix), `features` (d, entries of a token), `tokens` (D,
    /// tokens of an input) and `outputs` (J, output positions).
    ///
    /// # Errors
    /// [`Error::Zero`] or [`Error::TooLarge`], naming the size.
    pub const fn new(filters: usize, features: usize, tokens: usize, outputs: usize) -> Result<Self, Error> {
        let sizes = [filters, features, tokens, outputs];
        let names = ["filters", "features", "tokens", "outputs"];
        let mut i = 0;
        while i < sizes.len() {
            if sizes[i] == 0 {
                return Err(Error::Zero { what: names[i] });
            }
            if sizes[i] > MAX_DIMENSION {
                return Err(Error::TooLarge { what: names[i] });
            }
            i += 1;
        }
        // 8-byte scalars, at most twelve matrices side by side in one allocation: leave headroom.
        let matrices =
            [(filters, features), (outputs, tokens), (tokens, features), (outputs, filters), (tokens, filters)];
        let mut i = 0;
        while i < matrices.len() {
            let (rows, cols) = matrices[i];
            // A product, not a division: an embedder builds a shape for every call.
            match rows.checked_mul(cols) {
                Some(elements) if elements <= usize::MAX / 64 => i += 1,
                _ => return Err(Error::TooLarge { what: "a matrix" }),
            }
        }
        Ok(Self { filters, features, tokens, outputs })
    }

    /// Filters, M: rows of the value matrix, channels of the output.
    #[inline]
    pub const fn filters(self) -> usize {
        self.filters
    }

    /// Features, d: entries of one token.
    #[inline]
    pub const fn features(self) -> usize {
        self.features
    }

    /// Tokens, D: tokens (patches, nodes, sensors, groups) of one input.
    #[inline]
    pub const fn tokens(self) -> usize {
        self.tokens
    }

    /// Outputs, J: output positions.
    #[inline]
    pub const fn outputs(self) -> usize {
        self.outputs
    }

    /// Elements of the value matrix, `filters * features`.
    #[inline]
    pub const fn value_len(self) -> usize {
        self.filters * self.features
    }

    /// Elements of the logits, the attention or the mixing, `outputs * tokens`.
    #[inline]
    pub const fn mixing_len(self) -> usize {
        self.outputs * self.tokens
    }

    /// Elements of one input X, `tokens * features`.
    #[inline]
    pub const fn input_len(self) -> usize {
        self.tokens * self.features
    }

    /// Elements of one output Y, `outputs * filters`.
    #[inline]
    pub const fn output_len(self) -> usize {
        self.outputs * self.filters
    }

    /// Refuses a student of this shape beside a teacher of another.
    ///
    /// # Errors
    /// [`Error::Length`], naming the first size that differs.
    pub fn check_equal(self, teacher: Self) -> Result<(), Error> {
        let sizes = [
            ("the student's filters", self.filters, teacher.filters),
            ("the student's features", self.features, teacher.features),
            ("the student's tokens", self.tokens, teacher.tokens),
            ("the student's outputs", self.outputs, teacher.outputs),
        ];
        for (what, found, expected) in sizes {
            if found != expected {
                return Err(Error::Length { what, expected, found });
            }
        }
        Ok(())
    }
}

/// The shape of a const-generic type; a size of zero does not compile.
pub(crate) const fn checked_shape(filters: usize, features: usize, tokens: usize, outputs: usize) -> Shape {
    match Shape::new(filters, features, tokens, outputs) {
        Ok(shape) => shape,
        Err(_) => panic!("every size of a model must be at least 1"),
    }
}
