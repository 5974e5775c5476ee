//! Memory that is known before it is taken: a run that cannot have it is refused in one line.

use std::fmt::Display;

use aligned_vec::{AVec, ConstAlign};
use tutee::Scalar;
use tutee::vector::LINE;

use crate::failure::{Ended, Failure};

/// Elements of the largest matrix.
pub const LARGEST: usize = 1 << 26;

/// Numbers that begin with a line of the cache.
pub type Numbers<T> = AVec<T, ConstAlign<LINE>>;

/// Bytes for all that is not counted.
const SMALL: usize = 1 << 23;

/// Asks the system for so many bytes, and gives them back: `what` needs them later, in pieces.
///
/// # Errors
/// One line that says how much was asked for.
pub fn ensure(what: impl Display, bytes: usize) -> Result<(), Failure> {
    // What allocators keep for themselves, and what is too small to be counted.
    let total = bytes.saturating_add(bytes / 8).saturating_add(SMALL);
    Vec::<u8>::new().try_reserve_exact(total).map_err(|_| {
        let megabytes = total.div_ceil(1_000_000);
        Failure::usage(format!(
            "{what}: needs {megabytes} MB of memory, and there is not so much; expected smaller sizes"
        ))
    })
}

/// So many zeros.
///
/// # Errors
/// [`Ended::Memory`].
pub fn zeros<T: Scalar>(count: usize) -> Result<Numbers<T>, Ended> {
    let mut numbers = Numbers::new(LINE);
    numbers.try_reserve_exact(count).map_err(|_| Ended::Memory)?;
    numbers.resize(count, T::ZERO);
    Ok(numbers)
}

/// The first `count` of the items.
///
/// # Errors
/// [`Ended::Memory`].
pub fn collected<T>(items: impl Iterator<Item = T>, count: usize) -> Result<Vec<T>, Ended> {
    let mut list = Vec::new();
    list.try_reserve_exact(count).map_err(|_| Ended::Memory)?;
    list.extend(items.take(count));
    Ok(list)
}
