//! What is done to the elements that stand in one place of some slices.

use crate::vector::lane::Lane;

/// A formula over `READS` elements that are read and `WRITES` elements that are replaced, with `SUMS` terms of sums.
pub(crate) trait Elementwise<T, const READS: usize, const WRITES: usize, const SUMS: usize> {
    /// Whether the terms of elements that are all zero are zeros, none a negative one: then what is missing to sixteen elements
    /// needs not be taken out of the sums.
    const NO_TERMS_OF_ZEROS: bool = false;
    /// New values of what is written, from the elements and the old values, and terms of the sums.
    fn apply<L: Lane<T>>(&self, read: [L; READS], old: [L; WRITES]) -> ([L; WRITES], [L; SUMS]);
}
