//! What the machine tells about a piece of work: how many instructions it took, and how deep the stack went. With the
//! registers and linker symbols of the machine, all unsafe code of the firmware is here.

mod clock;
mod stack;

pub use stack::{capacity, static_memory};

use clock::Clock;

/// What a piece of work has cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Instructions; on a Cortex-M board, nanoseconds (see `clock.rs`).
    pub instructions: u64,
    /// Bytes of stack, the timer's interrupt included.
    pub stack: usize,
}

/// Clock and stack.
#[derive(Debug)]
pub struct Machine {
    clock: Clock,
    deepest: usize,
}

impl Machine {
    /// Starts the clock and paints the stack. To be called once, first of all.
    #[inline(never)]
    pub fn take() -> Self {
        stack::paint();
        Self { clock: Clock::start(), deepest: 0 }
    }

    /// Does the work and measures it.
    #[inline(never)]
    pub fn measure<R>(&mut self, work: impl FnOnce() -> R) -> (R, Cost) {
        // Fresh paint hides what came before.
        self.deepest_stack();
        stack::paint();
        let top = stack::pointer();
        let start = self.clock.now();
        let result = apart(work);
        let instructions = self.clock.now() - start;
        (result, Cost { instructions, stack: stack::depth_below(top) })
    }

    /// The most bytes of stack that were in use at any time so far.
    pub fn deepest_stack(&mut self) -> usize {
        let depth = stack::depth();
        self.deepest = if depth > self.deepest { depth } else { self.deepest };
        self.deepest
    }
}

/// Calls `work`, and gives it a frame of its own, which can then be measured.
#[inline(never)]
fn apart<R>(work: impl FnOnce() -> R) -> R {
    work()
}
