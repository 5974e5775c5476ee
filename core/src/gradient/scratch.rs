//! Working memory of the exact gradient.

use crate::error::Error;
use crate::matrix::check_length;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// Numbers that one filter contributes to every row, and gathers from every row:
/// `|v|, |w|, |w| - |v|, <w, v>, versine(w, v), sum_j theta <s*, s>, sum_j |s*| |s| sin(theta)`.
pub(crate) const FILTER_TERMS: usize = 7;

/// Working memory of [`Population`](super::population::Population), with its sizes in its type.
#[derive(Clone, Debug)]
pub struct PopulationScratch<T, const FILTERS: usize, const TOKENS: usize, const OUTPUTS: usize> {
    filters: [[T; FILTER_TERMS]; FILTERS],
    outputs: [T; OUTPUTS],
    row: [T; TOKENS],
}

impl<T: Scalar, const FILTERS: usize, const TOKENS: usize, const OUTPUTS: usize>
    PopulationScratch<T, FILTERS, TOKENS, OUTPUTS>
{
    /// Working memory that has not been used yet.
    pub const ZERO: Self =
        Self { filters: [[T::ZERO; FILTER_TERMS]; FILTERS], outputs: [T::ZERO; OUTPUTS], row: [T::ZERO; TOKENS] };

    /// The memory as [`Population`](super::population::Population) takes it.
    #[inline]
    pub const fn view_mut(&mut self) -> PopulationScratchViewMut<'_, T> {
        PopulationScratchViewMut { filters: &mut self.filters, outputs: &mut self.outputs, row: &mut self.row }
    }
}

/// Elements of the memory that [`PopulationScratchViewMut::new`] takes.
#[inline]
pub const fn population_scratch_len(shape: Shape) -> usize {
    FILTER_TERMS * shape.filters() + shape.outputs() + shape.tokens()
}

/// Working memory of [`Population`](super::population::Population); what it holds before does not matter.
#[derive(Debug)]
pub struct PopulationScratchViewMut<'a, T> {
    pub(crate) filters: &'a mut [[T; FILTER_TERMS]],
    pub(crate) outputs: &'a mut [T],
    pub(crate) row: &'a mut [T],
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
        let (filters, memory) = memory.split_at_mut_checked(FILTER_TERMS * shape.filters()).ok_or(wrong)?;
        let (outputs, row) = memory.split_at_mut_checked(shape.outputs()).ok_or(wrong)?;
        Ok(Self { filters: filters.as_chunks_mut().0, outputs, row })
    }

    /// The same memory, borrowed for a shorter time.
    #[inline]
    pub const fn reborrow(&mut self) -> PopulationScratchViewMut<'_, T> {
        PopulationScratchViewMut { filters: self.filters, outputs: self.outputs, row: self.row }
    }

    pub(crate) fn check(&self, shape: Shape) -> Result<(), Error> {
        check_length("population scratch of the filters", self.filters, shape.filters())?;
        check_length("population scratch of the outputs", self.outputs, shape.outputs())?;
        check_length("population scratch of a row", self.row, shape.tokens())
    }
}
