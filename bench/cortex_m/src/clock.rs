//! Counts instructions: under QEMU with `-icount shift=0` every instruction takes a nanosecond of the machine's clock,
//! and SysTick ticks every 40 of them.

use cortex_m::Peripherals;
use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;

/// Instructions a tick: the machine's clock has 25 MHz.
const INSTRUCTIONS: u32 = 40;
/// The timer has 24 bits.
const LAST_TICK: u32 = (1 << 24) - 1;

pub(crate) struct Clock {
    timer: SYST,
}

impl Clock {
    /// The clock of the machine, which there is once.
    pub(crate) fn take() -> Option<Self> {
        let Peripherals { SYST: mut timer, .. } = Peripherals::take()?;
        timer.set_clock_source(SystClkSource::Core);
        timer.set_reload(LAST_TICK);
        Some(Self { timer })
    }

    /// Instructions that `work` takes, within 80; `None` if they are more than the clock can count (671 million).
    #[inline(never)]
    pub(crate) fn instructions(&mut self, work: impl FnOnce()) -> Option<u32> {
        self.timer.clear_current();
        self.timer.enable_counter();
        // The counter takes up its last tick with the first one; only from there on does it count down.
        while SYST::get_current() == 0 {}
        let start = SYST::get_current();
        work();
        let end = SYST::get_current();
        let lapped = self.timer.has_wrapped();
        self.timer.disable_counter();
        if lapped || end > start { None } else { Some((start - end) * INSTRUCTIONS) }
    }
}
