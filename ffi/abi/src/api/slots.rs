//! Two slots, of which one survives a power cut.

use tutee::snapshot::store;

use crate::memory::{Input, Output, disjoint};
use crate::status::Outcome;
use crate::types::{TUTEE_SLOT_HEADER, tutee_slots};

const _: () = assert!(TUTEE_SLOT_HEADER == store::RECORD_LEN);

/// What two slots hold, and what comes next.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn inspect(slots: [(*const u8, usize); 2], out: *mut tutee_slots) -> Outcome {
    let [(first, n_first), (second, n_second)] = slots;
    let (first, second) = (Input::any(first, n_first)?, Input::any(second, n_second)?);
    let out = Output::one(out)?;
    disjoint(&[out.span], &[first.span, second.span])?;
    // SAFETY: as promised; nothing is written yet.
    let found = store::read(unsafe { [first.slice(), second.slice()] });
    // One that is whole says its length in four bytes, and the other one is written next.
    let (newest, payload_bytes) = match (found.newest, found.next) {
        (None, _) => (-1, 0),
        (Some(payload), 0) => (1, payload.len() as u32),
        (Some(payload), _) => (0, payload.len() as u32),
    };
    let slots = tutee_slots { newest, payload_bytes, next: found.next as u32, sequence: found.sequence };
    // SAFETY: as promised; apart from the slots.
    unsafe { out.write(slots) };
    Ok(())
}

/// Seals an image.
///
/// # Safety
/// The pointers keep the promises of the header.
pub(crate) unsafe fn seal(image: *mut u8, n_image: usize, sequence: u32) -> Outcome {
    let image = Output::new(image, n_image, n_image)?;
    // SAFETY: as promised.
    Ok(store::seal(unsafe { image.slice() }, sequence)?)
}
