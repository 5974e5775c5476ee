//! Counts instructions.
//!
//! RISC-V has a register for it. Cortex-M has a timer, SysTick, whose ticks are turned into nanoseconds: under QEMU with
//! `-icount shift=0` every instruction takes one, so there this is a count of instructions, too (in steps of a tick, 40
//! of them at 25 MHz), and on a board it is time.

#[cfg(target_arch = "arm")]
pub(super) use systick::Clock;

#[cfg(target_arch = "riscv32")]
pub(super) use instret::Clock;

#[cfg(target_arch = "arm")]
mod systick {
    use core::sync::atomic::{AtomicU32, Ordering};

    use cortex_m::Peripherals;
    use cortex_m::peripheral::SYST;
    use cortex_m::peripheral::syst::SystClkSource;
    use cortex_m_rt::exception;

    /// Frequency of the ticks; `build.rs` knows it.
    const HERTZ: u64 = match u64::from_str_radix(env!("SYSTICK_HERTZ"), 10) {
        Ok(hertz) => hertz,
        Err(_) => panic!("SYSTICK_HERTZ is no number"),
    };
    /// The timer has 24 bits.
    const LAST_TICK: u32 = (1 << 24) - 1;

    /// How often the timer has started over; the exception alone writes it, so a load and a store are enough on a
    /// Cortex-M0, which has nothing better.
    static ROUNDS: AtomicU32 = AtomicU32::new(0);

    #[exception]
    fn SysTick() {
        ROUNDS.store(ROUNDS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    #[derive(Debug)]
    pub(in super::super) struct Clock;

    impl Clock {
        pub(in super::super) fn start() -> Self {
            if let Some(Peripherals { SYST: mut timer, .. }) = Peripherals::take() {
                timer.set_clock_source(SystClkSource::Core);
                timer.set_reload(LAST_TICK);
                timer.clear_current();
                timer.enable_interrupt();
                timer.enable_counter();
            }
            Self
        }

        /// Nanoseconds since the start.
        pub(in super::super) fn now(&self) -> u64 {
            let ticks = loop {
                let rounds = ROUNDS.load(Ordering::Relaxed);
                let left = SYST::get_current();
                // It counts down; what was read on either side of a new round does not belong together.
                if rounds == ROUNDS.load(Ordering::Relaxed) {
                    break u64::from(rounds) << 24 | u64::from(LAST_TICK - left);
                }
            };
            ticks * 1_000_000_000 / HERTZ
        }
    }
}

#[cfg(target_arch = "riscv32")]
mod instret {
    use riscv::register::minstret;

    #[derive(Debug)]
    pub(in super::super) struct Clock;

    impl Clock {
        pub(in super::super) fn start() -> Self {
            Self
        }

        /// Instructions retired.
        pub(in super::super) fn now(&self) -> u64 {
            minstret::read64()
        }
    }
}
