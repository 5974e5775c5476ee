//! Objects are plain words: they can be placed in more memory than needed, copied, moved.

use tutee_abi::tutee_status::*;
use tutee_abi::*;

use super::rig::*;

#[test]
fn a_copy_trains_on_by_itself_with_the_same_bits() {
    let mut rig = Rig::new();
    ok(rig.population_step());
    ok(rig.begin());
    ok(rig.accumulate());
    let bits = rig.bits();
    // One word further: another place, aligned for a word and no more.
    let mut copies: Vec<Vec<u64>> = bits.chunks(WORDS).map(|words| [&[0], words].concat()).collect();
    let [_, student, sampler] = &mut copies[..] else { unreachable!() };
    let (student, sampler) = (student[1..].as_mut_ptr().cast(), sampler[1..].as_mut_ptr().cast());
    ok(rig.accumulate());
    // SAFETY: the copies are objects.
    unsafe {
        ok(samples_accumulate(student, sampler, 1, rig.x.as_ptr(), N_X, rig.y.as_ptr(), N_Y));
        ok(samples_step(student, sampler, &rig.descent));
    }
    assert_ne!(digest(student), rig.digest(), "they share nothing");
    ok(rig.samples_step());
    assert_eq!(digest(student), rig.digest());
}

#[test]
fn as_many_words_as_are_asked_for_are_enough_and_one_less_is_not() {
    type Init = unsafe fn(*mut u64, usize) -> tutee_status;
    let mut words = [0; 3];
    // SAFETY: references are valid pointers.
    unsafe {
        ok(teacher_words(&SHAPE, &mut words[0]));
        ok(student_words(&SHAPE, &mut words[1]));
        ok(sampler_words(&SHAPE, &mut words[2]));
    }
    let inits: [Init; 3] = [
        // SAFETY: the caller's memory is as large as it says.
        |memory, words| unsafe {
            let mut out = std::ptr::null_mut();
            teacher_init_group(memory, words, &SHAPE, 1, 0.0, VALUE.as_ptr(), N_VALUE, 0, &mut out)
        },
        // SAFETY: as above.
        |memory, words| unsafe { student_init(memory, words, &SHAPE, &mut std::ptr::null_mut()) },
        // SAFETY: as above.
        |memory, words| unsafe { sampler_init(memory, words, &SHAPE, &mut std::ptr::null_mut()) },
    ];
    for (init, words) in inits.into_iter().zip(words) {
        let mut memory = vec![0xAAAA_AAAA_AAAA_AAAA_u64; words + 1];
        // SAFETY: the memory is as large as is said.
        unsafe {
            assert_eq!(init(memory.as_mut_ptr(), words - 1), TUTEE_ERROR_LENGTH);
            assert!(memory.iter().all(|&word| word == 0xAAAA_AAAA_AAAA_AAAA), "a refused init writes nothing");
            ok(init(memory.as_mut_ptr(), words));
        }
        assert_eq!(memory[words], 0xAAAA_AAAA_AAAA_AAAA);
    }
}

#[test]
fn sizes_that_no_memory_can_hold_are_refused() {
    let size = |shape: tutee_shape| {
        let mut words = 7;
        // SAFETY: references are valid pointers.
        let status = unsafe { student_words(&shape, &mut words) };
        assert!(status == TUTEE_OK || words == 7);
        status
    };
    assert_eq!(size(SHAPE), TUTEE_OK);
    for place in 0..4 {
        let with = |bad: u32| {
            let mut sizes = [2, 3, 4, 4];
            sizes[place] = bad;
            let [filters, features, tokens, outputs] = sizes;
            tutee_shape { filters, features, tokens, outputs }
        };
        assert_eq!(size(with(0)), TUTEE_ERROR_ZERO);
        assert_eq!(size(with(1 << 24)), TUTEE_OK);
        assert_eq!(size(with((1 << 24) + 1)), TUTEE_ERROR_TOO_LARGE);
        assert_eq!(size(with(u32::MAX)), TUTEE_ERROR_TOO_LARGE);
    }
}
