//! What looks at the floating-point environment sees every one that could change a bit, and the list of the reference runs
//! has lines that show it.
#![cfg(all(target_arch = "x86_64", not(miri)))]

use std::arch::asm;
use std::hint::black_box;

use tutee::Error;
use tutee::environment::{check, is_default};
use tutee::error::EnvironmentFault::{Rounding, Subnormals};
use tutee_reference::{Memory, Name, committed, compute};

/// Bits of the control word of the SSE unit.
const DOWN: u32 = 0x2000;
const UP: u32 = 0x4000;
const TO_ZERO: u32 = 0x6000;
const FLUSH_RESULTS: u32 = 0x8000;
const FLUSH_OPERANDS: u32 = 0x0040;

/// Runs `look` under another control word of the SSE unit, given by the bits that differ from the default.
fn under<R>(bits: u32, look: impl FnOnce() -> R) -> R {
    let (default, changed) = (0x1F80_u32, 0x1F80 | bits);
    // SAFETY: the control word is loaded from memory, and is the default again before anything else happens.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const changed) };
    let seen = black_box(look)();
    // SAFETY: as above.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const default) };
    seen
}

#[test]
fn every_mode_but_the_default_is_seen_and_named() {
    assert_eq!((under(0, check), under(0, is_default)), (Ok(()), true));
    for bits in [DOWN, UP, TO_ZERO] {
        let seen = (under(bits, check), under(bits, is_default));
        assert_eq!(seen, (Err(Error::Environment(Rounding)), false), "{bits:#x}");
    }
    for bits in [FLUSH_RESULTS, FLUSH_OPERANDS, FLUSH_RESULTS | FLUSH_OPERANDS] {
        let seen = (under(bits, check), under(bits, is_default));
        assert_eq!(seen, (Err(Error::Environment(Subnormals)), false), "{bits:#x}");
    }
    assert_eq!((check(), is_default()), (Ok(()), true));
}

/// Names of the reference runs that differ from the committed list under a control word.
fn differing(bits: u32) -> Vec<String> {
    let mut memory = Box::new(Memory::ZERO);
    let mut differing = vec![];
    let report = |name: Name<'_>, digest| {
        if committed(name) != Some(digest) {
            differing.push(name.to_string());
        }
    };
    under(bits, || compute(&mut memory, report));
    differing
}

/// Once a machine that flushes subnormal numbers had every digest of the list, and other trainings.
#[test]
fn the_list_shows_flushed_subnormal_numbers() {
    assert_eq!(differing(0), Vec::<String>::new());
    for bits in [FLUSH_RESULTS, FLUSH_OPERANDS, FLUSH_RESULTS | FLUSH_OPERANDS] {
        let differing = differing(bits);
        for precision in ["f32", "f64"] {
            for (kind, expected) in [("subnormal-", 12), ("program-", 16)] {
                let start = format!("{precision}/{kind}");
                let count = differing.iter().filter(|name| name.starts_with(&start)).count();
                assert!(count >= expected, "{bits:#x}: {count} lines of {start} differ: {differing:?}");
            }
        }
        println!("{bits:#06x}: {} lines differ: {}", differing.len(), differing.join(" "));
    }
}
