//! Ctrl-C, and the signals that ask a program to end, that say that its terminal is gone, or that its time is up: the runs see
//! them between two steps, and what is finished is kept. And the signal of a limit on files, which only has to be taken.

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

/// The signals that ask a program to end. Under `nohup` the end of the terminal is none of them.
#[cfg(unix)]
fn requests() -> impl Iterator<Item = i32> {
    use signal_hook::consts::SIGHUP;
    [SIGINT, SIGTERM].into_iter().chain((!is_ignored(SIGHUP)).then_some(SIGHUP))
}

#[cfg(not(unix))]
fn requests() -> impl Iterator<Item = i32> {
    [SIGINT, SIGTERM].into_iter()
}

/// Whether whoever started the program has it ignore a signal.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    // SAFETY: zeros are a `sigaction`, and the call does nothing but write the present one over it.
    unsafe {
        let mut present: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal, std::ptr::null(), &raw mut present) == 0 && present.sa_sigaction == libc::SIG_IGN
    }
}

/// Whether somebody has asked the program to end.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches from now on. The second request ends the program at once, as the first would have done; but for a limit on
    /// time, which tells a program every second that it is over.
    pub fn watch() -> Self {
        let interrupt = Self::default();
        for signal in requests() {
            // In this order: the second signal finds the flag up. Where a signal cannot be watched, it ends the program
            // as it always did.
            let _ = flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&interrupt.0))
                .and_then(|_| flag::register(signal, Arc::clone(&interrupt.0)));
        }
        #[cfg(unix)]
        let _ = flag::register(signal_hook::consts::SIGXCPU, Arc::clone(&interrupt.0));
        interrupt
    }

    /// Looked at between steps; costs a load.
    pub fn raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
