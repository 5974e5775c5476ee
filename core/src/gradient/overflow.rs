//! What a gradient that is handed out says of overflow.

use crate::error::Error;

/// Refuses numbers of which a gradient might overflow, or did.
pub(super) const GRADIENT_TOO_LARGE: Error =
    Error::OutOfRange { what: "numbers so large that the gradient might overflow" };
