//! Which array of a refused call is at fault, and where.
//!
//! A call says with its status what is wrong. That it says no more keeps every call short, and the code of a chip that has
//! nobody to tell; whoever has asks here, by the arrays that the call was given.

use core::ffi::c_char;

use tutee::Scalar;

use crate::memory::{Input, Output, disjoint};
use crate::status::tutee_status::*;
use crate::status::{Outcome, status};
use crate::types::tutee_fault;

/// Looks at an array of which a call wants `expected` finite numbers.
///
/// # Safety
/// The pointers keep the promises of the header; `argument` is not followed.
pub(crate) unsafe fn numbers<T: Scalar>(
    argument: *const c_char,
    (numbers, found): (*const T, usize),
    expected: usize,
    fault: *mut tutee_fault,
) -> Outcome {
    let out = Output::one(fault)?;
    let mut index = 0;
    let checked = Input::new(numbers, found, expected).and_then(|input| {
        disjoint(&[out.span], &[input.span])?;
        // SAFETY: as promised; nothing is written while the slice lives.
        let first = unsafe { input.slice() }.iter().position(|number| !number.is_finite());
        first.map_or(Ok(()), |first| {
            index = first;
            Err(TUTEE_ERROR_NOT_FINITE)
        })
    });
    if checked != Err(TUTEE_ERROR_OVERLAP) {
        // SAFETY: as promised; apart from the numbers, or they were not looked at.
        unsafe { out.write(tutee_fault { argument, index, expected, found, status: status(checked) as i32 }) };
    }
    checked
}
