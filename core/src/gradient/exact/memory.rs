//! Working memory of the exact gradient.

use crate::error::Error;
use crate::matrix::check_length;
use crate::memory::{Cut, Sizes, layout};
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::vector::Line;
use crate::vector::lane::LANES;

/// Numbers that one filter contributes to every row, and gathers from every row; which is which only
/// [`FilterTerms`](super::terms::FilterTerms) knows.
pub(crate) const FILTER_TERMS: usize = 7;

layout! {
    /// What the exact gradient keeps of every filter and of every row, with its sizes in its type.
    pub(crate) struct Terms<FILTERS, OUTPUTS>;
    /// What the exact gradient keeps of every filter and of every row.
    pub(crate) struct TermsViewMut: "population scratch" {
        pub(crate) filters: records(FILTERS, FILTER_TERMS),
        /// `|s*|` of every output.
        pub(crate) norms: matrix(OUTPUTS),
        /// Where each output's tokens stand that the teacher weighs.
        pub(crate) supports: records(OUTPUTS, 2),
    }
}

layout! {
    /// Working memory of [`Population`](super::population::Population), with its sizes in its type.
    pub struct PopulationScratch<FILTERS, TOKENS, OUTPUTS> at Line;
    /// Working memory of [`Population`](super::population::Population); what it holds before does not matter.
    pub struct PopulationScratchViewMut: "population scratch" {
        pub(crate) terms: memory(Terms<FILTERS, OUTPUTS>, TermsViewMut),
        /// Weights of as many rows of the attention as are worked on together.
        pub(crate) rows: most(LANES, OUTPUTS, TOKENS),
    }
    /// Elements of the memory that [`PopulationScratchViewMut::new`] takes.
    pub const fn population_scratch_len;
}

impl<'a, T: Scalar> PopulationScratchViewMut<'a, T> {
    /// Takes `memory` as working memory.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`population_scratch_len`] elements.
    pub fn new(shape: Shape, memory: &'a mut [T]) -> Result<Self, Error> {
        let (what, expected, found) = ("population scratch", population_scratch_len(shape), memory.len());
        check_length(what, memory, expected)?;
        Self::cut(Sizes::of(shape), &mut Cut::new(memory)).ok_or(Error::Length { what, expected, found })
    }
}
