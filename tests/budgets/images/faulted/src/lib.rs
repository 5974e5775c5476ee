//! What `training` does, then a fault.
#![no_std]

use tutee_budget_image::session::session;

/// The number of the training with that of a fault in it.
pub fn training_then(fault: impl FnOnce() -> u64) -> Result<u32, tutee::Error> {
    Ok(session::<false, true, false>()? ^ fault() as u32)
}
