//! What a layer is shown of one sample.

use super::shape::{LayerShape, Queries};
use crate::error::Error;
use crate::matrix::{Rows, check_finite, check_length};
use crate::scalar::Scalar;

/// What asks, where it comes with the sample.
#[derive(Clone, Copy, Debug)]
pub enum Query<'a, T> {
    /// The tokens ask; nothing comes with the sample.
    Tokens,
    /// A set of positions for each output, as numbers of tokens: `outputs x q`, the sets one after the other, all of one size.
    Sets(&'a [u32]),
    /// A vector for each output: `outputs x query_width`.
    Vectors(&'a [T]),
}

/// One input of a layer.
#[derive(Clone, Copy, Debug)]
pub struct LayerInput<'a, T> {
    /// X: `tokens x features`.
    pub x: &'a [T],
    /// What asks.
    pub query: Query<'a, T>,
    /// Position codes of this sample, `tokens x code_width`, where they come afresh with every sample; else none.
    pub codes: &'a [T],
}

impl<'a, T: Scalar> LayerInput<'a, T> {
    /// The input of a layer whose tokens ask and whose codes do not come with the sample.
    #[inline]
    pub const fn of(x: &'a [T]) -> Self {
        Self { x, query: Query::Tokens, codes: &[] }
    }

    /// Refuses what is not an input of a layer of this shape.
    ///
    /// # Errors
    /// [`Error::Length`], [`Error::NotFinite`], and of sets [`Error::Zero`], [`Error::IndexOutOfRange`] or [`Error::Duplicate`];
    /// [`Error::OutOfRange`] when queries are not of the layer's kind.
    pub fn check(&self, shape: LayerShape) -> Result<(), Error> {
        check_length("x", self.x, shape.shape().input_len())?;
        check_length("the position codes of a sample", self.codes, shape.fresh_codes_len())?;
        let (outputs, tokens) = (shape.shape().outputs(), shape.shape().tokens());
        match (shape.form().queries, self.query) {
            (Queries::Tokens, Query::Tokens) => {}
            (Queries::Sets, Query::Sets(sets)) => check_sets(sets, outputs, tokens)?,
            (Queries::Vectors { width }, Query::Vectors(vectors)) => {
                // Checked with the shape: the product fits.
                check_length("the queries of a sample", vectors, outputs * width)?;
                check_finite("the queries of a sample", vectors)?;
            }
            _ => return Err(Error::OutOfRange { what: "the queries of a sample must be of the layer's kind" }),
        }
        check_finite("x", self.x)?;
        check_finite("the position codes of a sample", self.codes)
    }
}

/// Sets of one size, of different tokens each.
fn check_sets(sets: &[u32], outputs: usize, tokens: usize) -> Result<(), Error> {
    let size = sets.len().checked_div(outputs).unwrap_or(0);
    if size == 0 {
        return Err(Error::Zero { what: "the size of a set" });
    }
    check_length("the sets of a sample", sets, size * outputs)?;
    for (position, &token) in sets.iter().enumerate() {
        let index = usize::try_from(token).unwrap_or(usize::MAX);
        if index >= tokens {
            return Err(Error::IndexOutOfRange { what: "token of a set", index, limit: tokens });
        }
        let of_this_set = position - position.checked_rem(size).unwrap_or(0);
        if sets.get(of_this_set..position).is_some_and(|before| before.contains(&token)) {
            return Err(Error::Duplicate { what: "a set of tokens", position });
        }
    }
    Ok(())
}

/// The sets, one for each output.
#[inline]
pub(crate) fn each_set(sets: &[u32], outputs: usize) -> Rows<'_, u32> {
    Rows::new(sets, sets.len().checked_div(outputs).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_of_one_size_and_of_different_tokens() {
        let check = |sets: &[u32]| check_sets(sets, 2, 5);
        assert_eq!(check(&[0, 4, 4, 1]), Ok(()));
        assert_eq!(check(&[]), Err(Error::Zero { what: "the size of a set" }));
        assert_eq!(check(&[1]), Err(Error::Zero { what: "the size of a set" }));
        assert_eq!(check(&[1, 2, 3]), Err(Error::Length { what: "the sets of a sample", expected: 2, found: 3 }));
        assert_eq!(check(&[0, 5]), Err(Error::IndexOutOfRange { what: "token of a set", index: 5, limit: 5 }));
        assert_eq!(check(&[0, 1, 2, 2]), Err(Error::Duplicate { what: "a set of tokens", position: 3 }));
        assert_eq!(check(&[0, 1, 1, 2]), Ok(()), "other sets may have the token");
    }
}
