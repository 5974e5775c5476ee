//! Where a row of the mixing has its weights.
//!
//! **The mixing is sparse.** Each row has one support, in whole sixteens of tokens, outside of which the teacher weighs no
//! token. Outside, all that counts of the student's weights is their squares, and `dL/ds = (difference - student) s`; the
//! teacher's row is not even read, and the exponentials are normalised only as they are used.

use crate::scalar::Scalar;
use crate::vector::lane::LANES;

/// A support, the columns from `begin` to before `end`, as two numbers of the working memory: counts stand in them as bit
/// patterns, which costs nothing to read.
#[inline(always)]
pub(crate) fn support<T: Scalar>(begin: usize, end: usize) -> [T; 2] {
    [T::from_bits_u64(begin as u64), T::from_bits_u64(end as u64)]
}

/// Begin and end of a support.
#[inline(always)]
pub(crate) fn bounds<T: Scalar>([begin, end]: [T; 2]) -> (usize, usize) {
    (begin.to_bits_u64() as usize, end.to_bits_u64() as usize)
}

/// Where the support of a teacher's row begins and ends. One that ends beyond the row ends with it.
#[inline]
pub(crate) fn support_of<T: Scalar>(target: &[T]) -> [T; 2] {
    let first = target.iter().position(|&s| s != T::ZERO);
    let last = target.iter().rposition(|&s| s != T::ZERO);
    let (begin, end) = match (first, last) {
        (Some(first), Some(last)) => (first - first % LANES, last - last % LANES + LANES),
        _ => (0, 0),
    };
    support(begin, end)
}
