//! Snapshots that a callback takes as they are made.

use core::ffi::c_void;

use tutee::snapshot::store::seal_pieces;

use crate::memory::settings;
use crate::status::Outcome;
use crate::status::tutee_status::*;
use crate::types::tutee_sink;

/// Takes some bytes; anything else than 0 ends the save.
type Call = unsafe extern "C" fn(user: *mut c_void, bytes: *const u8, n_bytes: usize) -> i32;

/// Whoever takes the bytes, copied.
pub(crate) struct Sink {
    call: Call,
    user: *mut c_void,
    /// The sequence number of the slot that they are to be.
    slot: Option<u32>,
}

impl Sink {
    /// # Safety
    /// The pointer keeps the promises of the header.
    pub(crate) unsafe fn new(sink: *const tutee_sink) -> Outcome<Self> {
        // SAFETY: as promised.
        let tutee_sink { call, user, slot, sequence } = unsafe { settings(sink)? };
        let slot = match slot {
            0 => None,
            1 => Some(sequence),
            _ => return Err(TUTEE_ERROR_ENUM),
        };
        Ok(Self { call: call.ok_or(TUTEE_ERROR_NULL)?, user, slot })
    }

    /// Hands on what `save` makes, `len` bytes, as they are or as a slot, for which it is made twice.
    ///
    /// # Safety
    /// The callback keeps the promises of the header: what is read while bytes are made is not written.
    pub(crate) unsafe fn take(
        &self,
        len: usize,
        save: impl Fn(&mut dyn FnMut(&[u8]) -> Outcome) -> Outcome,
    ) -> Outcome {
        let mut hand = |bytes: &[u8]| {
            // SAFETY: the callback is the caller's; the bytes live until it is back.
            match unsafe { (self.call)(self.user, bytes.as_ptr(), bytes.len()) } {
                0 => Ok(()),
                _ => Err(TUTEE_ERROR_SINK),
            }
        };
        match self.slot {
            None => save(&mut hand),
            Some(sequence) => seal_pieces(len, sequence, save, hand),
        }
    }
}
