//! Objects are plain words: they can be placed in more memory than needed, copied, moved.

use tutee::vector::MAY_BE_WIDE;
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
            teacher_of(
                (memory, words, &SHAPE, 1, 0.0, VALUE.as_ptr(), N_VALUE),
                |m, n| mixing_group(&SHAPE, 0, m, n),
                &mut out,
            )
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

/// A sampler in so many words of `memory`.
fn sampler_in(memory: &mut [u64], words: usize) -> *mut tutee_sampler<Real> {
    let mut sampler = std::ptr::null_mut();
    assert!(words <= memory.len());
    // SAFETY: the memory is at least as large as is said.
    unsafe { ok(sampler_init(memory.as_mut_ptr(), words, &SHAPE, &mut sampler)) };
    sampler
}

#[test]
fn a_sampler_is_as_large_as_its_words_allow() {
    const EMPTY: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    let (mut few, mut many) = (0, 0);
    // SAFETY: references are valid pointers.
    unsafe {
        ok(sampler_words(&SHAPE, &mut few));
        ok(sampler_words_wide(&SHAPE, &mut many));
    }
    assert!(few < many);
    let wide = if MAY_BE_WIDE { many } else { few };
    for (words, used) in [(few, few), (few + 1, few), (many - 1, few), (many, wide), (many + 5, wide)] {
        let mut memory = vec![EMPTY; many + 6];
        sampler_in(&mut memory, words);
        assert!(memory[..used].iter().all(|&word| word != EMPTY), "{words} words");
        assert!(memory[used..].iter().all(|&word| word == EMPTY), "{words} words");
    }
}

#[test]
fn a_copy_of_a_wide_sampler_goes_on_with_the_same_bits() {
    let (mut rig, mut other, mut words) = (Rig::new(), Rig::new(), 0);
    // SAFETY: a reference is a valid pointer.
    unsafe { ok(sampler_words_wide(&SHAPE, &mut words)) };
    let (mut memory, mut copy) = (vec![0; words], vec![0; words + 1]);
    rig.sampler = sampler_in(&mut memory, words);
    for rig in [&mut rig, &mut other] {
        ok(rig.begin());
        ok(rig.accumulate());
    }
    // One word further, as above.
    copy[1..].copy_from_slice(&memory);
    memory.fill(0);
    rig.sampler = copy[1..].as_mut_ptr().cast();
    for rig in [&mut rig, &mut other] {
        ok(rig.accumulate());
        ok(rig.samples_step());
        ok(rig.accumulate());
    }
    assert_eq!((rig.batch_loss(), rig.digest()), (other.batch_loss(), other.digest()));
}

#[test]
fn the_last_word_of_a_wide_sampler_is_its_own() {
    let (mut rig, mut words) = (Rig::new(), 0);
    // SAFETY: a reference is a valid pointer.
    unsafe { ok(sampler_words_wide(&SHAPE, &mut words)) };
    let mut memory = vec![0; words + WORDS];
    rig.sampler = sampler_in(&mut memory, words);
    let last = if MAY_BE_WIDE { TUTEE_ERROR_OVERLAP } else { TUTEE_OK };
    for (overlap, expected) in [(1, last), (0, TUTEE_OK)] {
        let mut student = std::ptr::null_mut();
        // SAFETY: the memory is as large as is said; what overlaps is refused before it is used.
        unsafe {
            let place = rig.sampler.cast::<u64>().add(words - overlap);
            ok(student_init(place, WORDS, &SHAPE, &mut student));
            assert_eq!(samples_begin(student, rig.sampler, LEAKY, SLOPE), expected);
        }
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
