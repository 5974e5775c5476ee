//! From the first instruction in Rust to the body, and out again.

use core::ptr::{read_volatile, write_volatile};

use crate::processor::{semihosting, stack_pointer};

unsafe extern "C" {
    fn body() -> u32;
    // From the linker's script; their addresses are meant.
    static mut data_start: u32;
    static mut data_end: u32;
    static mut bss_start: u32;
    static mut bss_end: u32;
    static data_image: u32;
}

/// What the stack is painted with: no number that a program is likely to leave there.
const PAINT: u32 = 0xA5C3_5A3C;
/// Operations of semihosting.
const WRITE0: usize = 0x04;
const EXIT: usize = 0x18;

/// Fills the variables, paints the free memory, runs the body, and says how deep its stack was and what number it gave.
pub(crate) fn begin() -> ! {
    // SAFETY: the linker's script gives the bounds; nothing else runs yet, and nothing uses a variable.
    unsafe {
        let (mut to, mut from) = (&raw mut data_start, &raw const data_image);
        while to < &raw mut data_end {
            write_volatile(to, read_volatile(from));
            (to, from) = (to.add(1), from.add(1));
        }
        let mut to = &raw mut bss_start;
        while to < &raw mut bss_end {
            write_volatile(to, 0);
            to = to.add(1);
        }
    }
    let top = stack_pointer();
    // SAFETY: between the variables and the stack pointer there is memory that nobody uses.
    let (number, deepest) = unsafe {
        let bottom = &raw mut bss_end;
        let mut word = bottom;
        while word.addr() < top {
            write_volatile(word, PAINT);
            word = word.add(1);
        }
        let number = body();
        word = bottom;
        while word.addr() < top && read_volatile(word) == PAINT {
            word = word.add(1);
        }
        (number, word.addr())
    };
    say(b"stack \0", top as u32 - deepest as u32);
    say(b"number \0", number);
    end(number != 0)
}

/// A word, then a number of eight hexadecimal digits.
fn say(what: &[u8], number: u32) {
    semihosting(WRITE0, what.as_ptr().addr());
    let mut text = *b"00000000\n\0";
    let mut rest = number;
    for digit in text.iter_mut().take(8).rev() {
        *digit += (rest % 16) as u8;
        if *digit > b'9' {
            *digit += b'a' - b'9' - 1;
        }
        rest /= 16;
    }
    semihosting(WRITE0, core::hint::black_box(&text).as_ptr().addr());
}

/// Ends the program.
pub(crate) fn end(well: bool) -> ! {
    semihosting(EXIT, if well { 0x20026 } else { 0x20023 });
    loop {
        core::hint::spin_loop();
    }
}
