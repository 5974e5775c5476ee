//! Working memory of the exact gradient.

use crate::error::Error;
use crate::matrix::check_length;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::vector::lane::LANES;

/// Numbers that one filter contributes to every row, and gathers from every row:
/// `|v|, |w|, |w| - |v|, <w, v>, versine(w, v), sum_j theta <s*, s>, sum_j |s*| |s| sin(theta)`.
pub(crate) const FILTER_TERMS: usize = 7;

/// What the exact gradient keeps of every filter and of every row, with its sizes in its type.
#[derive(Clone, Debug)]
pub(crate) struct Terms<T, const FILTERS: usize, const OUTPUTS: usize> {
    filters: [[T; FILTER_TERMS]; FILTERS],
    norms: [T; OUTPUTS],
    supports: [[T; 2]; OUTPUTS],
}

impl<T: Scalar, const FILTERS: usize, const OUTPUTS: usize> Terms<T, FILTERS, OUTPUTS> {
    pub(crate) const ZERO: Self = Self {
        filters: [[T::ZERO; FILTER_TERMS]; FILTERS],
        norms: [T::ZERO; OUTPUTS],
        supports: [[T::ZERO; 2]; OUTPUTS],
    };

    #[inline]
    pub(crate) const fn view_mut(&mut self) -> TermsViewMut<'_, T> {
        TermsViewMut { filters: &mut self.filters, norms: &mut self.norms, supports: &mut self.supports }
    }
}

/// Elements of the memory that [`TermsViewMut::new`] takes.
#[inline]
pub(crate) const fn terms_len(shape: Shape) -> usize {
    FILTER_TERMS * shape.filters() + 3 * shape.outputs()
}

/// What the exact gradient keeps of every filter and of every row.
#[derive(Debug)]
pub(crate) struct TermsViewMut<'a, T> {
    pub(crate) filters: &'a mut [[T; FILTER_TERMS]],
    /// `|s*|` of every output.
    pub(crate) norms: &'a mut [T],
    /// Where each output's tokens stand that the teacher weighs.
    pub(crate) supports: &'a mut [[T; 2]],
}

impl<'a, T: Scalar> TermsViewMut<'a, T> {
    pub(crate) fn new(shape: Shape, memory: &'a mut [T]) -> Result<Self, Error> {
        let (expected, found) = (terms_len(shape), memory.len());
        let wrong = Error::Length { what: "population scratch", expected, found };
        let (filters, memory) = memory.split_at_mut_checked(FILTER_TERMS * shape.filters()).ok_or(wrong)?;
        let (norms, supports) = memory.split_at_mut_checked(shape.outputs()).ok_or(wrong)?;
        Ok(Self { filters: filters.as_chunks_mut().0, norms, supports: supports.as_chunks_mut().0 })
    }

    #[inline]
    pub(crate) const fn reborrow(&mut self) -> TermsViewMut<'_, T> {
        TermsViewMut { filters: self.filters, norms: self.norms, supports: self.supports }
    }

    pub(crate) fn check(&self, shape: Shape) -> Result<(), Error> {
        check_length("population scratch of the filters", self.filters, shape.filters())?;
        check_length("population scratch of the outputs", self.norms, shape.outputs())
    }
}

/// Working memory of [`Population`](super::population::Population), with its sizes in its type.
#[derive(Clone, Debug)]
#[cfg_attr(target_arch = "x86_64", repr(align(64)))] // As `LINE` says.
pub struct PopulationScratch<T, const FILTERS: usize, const TOKENS: usize, const OUTPUTS: usize> {
    terms: Terms<T, FILTERS, OUTPUTS>,
    /// Up to sixteen are in use; a type cannot say so.
    rows: [[T; TOKENS]; OUTPUTS],
}

impl<T: Scalar, const FILTERS: usize, const TOKENS: usize, const OUTPUTS: usize>
    PopulationScratch<T, FILTERS, TOKENS, OUTPUTS>
{
    /// Working memory that has not been used yet.
    pub const ZERO: Self = Self { terms: Terms::ZERO, rows: [[T::ZERO; TOKENS]; OUTPUTS] };

    /// The memory as [`Population`](super::population::Population) takes it.
    #[inline]
    pub const fn view_mut(&mut self) -> PopulationScratchViewMut<'_, T> {
        PopulationScratchViewMut { terms: self.terms.view_mut(), rows: self.rows.as_flattened_mut() }
    }
}

/// Rows of the attention that are worked on together.
const fn rows_at_once(shape: Shape) -> usize {
    if shape.outputs() < LANES { shape.outputs() } else { LANES }
}

/// Elements of the memory that [`PopulationScratchViewMut::new`] takes.
#[inline]
pub const fn population_scratch_len(shape: Shape) -> usize {
    terms_len(shape) + rows_at_once(shape) * shape.tokens()
}

/// Working memory of [`Population`](super::population::Population); what it holds before does not matter.
#[derive(Debug)]
pub struct PopulationScratchViewMut<'a, T> {
    pub(crate) terms: TermsViewMut<'a, T>,
    /// Weights of as many rows as are worked on together.
    pub(crate) rows: &'a mut [T],
}

impl<'a, T: Scalar> PopulationScratchViewMut<'a, T> {
    /// Takes `memory` as working memory.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are exactly [`population_scratch_len`] elements.
    pub fn new(shape: Shape, memory: &'a mut [T]) -> Result<Self, Error> {
        let (expected, found) = (population_scratch_len(shape), memory.len());
        check_length("population scratch", memory, expected)?;
        let wrong = Error::Length { what: "population scratch", expected, found };
        let (terms, rows) = memory.split_at_mut_checked(terms_len(shape)).ok_or(wrong)?;
        Ok(Self { terms: TermsViewMut::new(shape, terms)?, rows })
    }

    /// Lends this memory for a shorter time.
    #[inline]
    pub const fn reborrow(&mut self) -> PopulationScratchViewMut<'_, T> {
        PopulationScratchViewMut { terms: self.terms.reborrow(), rows: self.rows }
    }

    pub(crate) fn check(&self, shape: Shape) -> Result<(), Error> {
        self.terms.check(shape)?;
        let (expected, found) = (rows_at_once(shape) * shape.tokens(), self.rows.len());
        let fits = found >= expected;
        if fits { Ok(()) } else { Err(Error::Length { what: "population scratch of the rows", expected, found }) }
    }
}
