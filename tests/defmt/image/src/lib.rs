//! Tells errors to the serial port of QEMU's `mps2-an386`: by the standard formatter (feature `display`), by `defmt` (feature
//! `defmt`), or, without either, no more than that there was one.
#![no_std]

// Brings the interrupt vectors.
use cortex_m as _;
use tutee::Error;

/// Data and control of the serial port.
const DATA: *mut u32 = 0x4000_4000 as *mut u32;
const CONTROL: *mut u32 = 0x4000_4008 as *mut u32;

/// Begins to send.
pub fn start() {
    // SAFETY: a register of this machine, which nothing else writes.
    unsafe { CONTROL.write_volatile(1) };
}

fn send(bytes: &[u8]) {
    for &byte in bytes {
        // SAFETY: as above. QEMU takes every byte at once.
        unsafe { DATA.write_volatile(u32::from(byte)) };
    }
}

/// One error, a line.
#[inline(never)]
pub fn tell(error: Error) {
    #[cfg(feature = "display")]
    let _ = core::fmt::Write::write_fmt(&mut Port, format_args!("{error}\n"));
    #[cfg(feature = "defmt")]
    defmt::error!("{}", error);
    #[cfg(not(any(feature = "display", feature = "defmt")))]
    send(&[u8::from(core::hint::black_box(error) == Error::Diverged)]);
}

#[cfg(feature = "display")]
struct Port;

#[cfg(feature = "display")]
impl core::fmt::Write for Port {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        send(text.as_bytes());
        Ok(())
    }
}

#[cfg(feature = "defmt")]
mod logger {
    use core::cell::UnsafeCell;

    use defmt::Encoder;

    #[defmt::global_logger]
    struct Logger;

    struct Alone(UnsafeCell<Encoder>);

    // SAFETY: there is one thread, and no interrupt logs.
    unsafe impl Sync for Alone {}

    static ENCODER: Alone = Alone(UnsafeCell::new(Encoder::new()));

    // SAFETY: as above; every frame that is begun is ended before the next.
    unsafe impl defmt::Logger for Logger {
        fn acquire() {
            // SAFETY: nobody else has a reference while a frame is written.
            unsafe { (*ENCODER.0.get()).start_frame(super::send) };
        }

        unsafe fn flush() {}

        unsafe fn release() {
            // SAFETY: as above.
            unsafe { (*ENCODER.0.get()).end_frame(super::send) };
        }

        unsafe fn write(bytes: &[u8]) {
            // SAFETY: as above.
            unsafe { (*ENCODER.0.get()).write(bytes, super::send) };
        }
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    semihosting::process::exit(1)
}
