//! Ctrl-C, and the signal that asks a program to end: the runs see it between two steps, and what is finished is kept.
//! And the signal of a limit on files, which only has to be taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// A limit on the size of files is told by the write that reaches it, as a full disk is, and does not end the program
/// with files half-written.
#[cfg(unix)]
pub fn outlive_file_limits() {
    // Nobody looks at the flag: that the signal is taken is all. Where it cannot be, it ends the program as it always did.
    let _ = flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// Elsewhere there is no such signal.
#[cfg(not(unix))]
pub fn outlive_file_limits() {}

/// Whether somebody has asked the program to end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches from now on. The second request ends the program at once, as the first would have done.
    pub fn watch() -> Self {
        let interrupt = Self::default();
        for signal in [SIGINT, SIGTERM] {
            // In this order: the second signal finds the flag up. Where a signal cannot be watched, it ends the program
            // as it always did.
            let _ = flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&interrupt.0))
                .and_then(|_| flag::register(signal, Arc::clone(&interrupt.0)));
        }
        interrupt
    }

    /// Looked at between steps; costs a load.
    pub fn raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
