//! A batch belongs to one student as it stood when the batch began.

use std::ptr;

use tutee_abi::tutee_status::*;

use super::rig::*;

#[test]
fn a_sampler_starts_without_a_batch() {
    let mut rig = Rig::new();
    let before = rig.bits();
    assert_eq!(rig.accumulate(), TUTEE_ERROR_BATCH);
    assert_eq!(rig.samples_step(), TUTEE_ERROR_BATCH);
    let (mut count, mut loss) = (7, 7.0);
    // SAFETY: the objects are alive.
    assert_eq!(unsafe { samples_loss(rig.sampler, &mut count, &mut loss) }, TUTEE_ERROR_BATCH);
    assert_eq!((count, loss), (7, 7.0));
    assert_eq!(rig.bits(), before);
}

#[test]
fn every_change_of_the_student_ends_the_batch() {
    type Change = fn(&mut Rig) -> tutee_abi::tutee_status;
    // SAFETY: the arrays are as long as is said.
    let changes: [(&str, Change); 7] = [
        ("reset", |rig| unsafe { student_reset(rig.student) }),
        ("value", |rig| unsafe { student_set(rig.student, VALUE_BLOCK, VALUE.as_ptr(), N_VALUE) }),
        // SAFETY: as above.
        ("logits", |rig| unsafe { student_set(rig.student, LOGITS, [0.0; N_MIXING].as_ptr(), N_MIXING) }),
        ("population", Rig::population_step),
        ("online", |rig| {
            let mut source = source();
            let Rig { student, teacher, descent, scratch, .. } = rig;
            // SAFETY: as above.
            unsafe { online_step(*student, *teacher, &mut source, descent, scratch.as_mut_ptr(), SCRATCH) }
        }),
        ("run", |rig| {
            let (stop, mut result) = (stop_after(rig.steps() + 2), UNTOUCHED);
            let Rig { student, teacher, descent, scratch, .. } = rig;
            let (observer, scratch) = (ptr::null(), scratch.as_mut_ptr());
            // SAFETY: as above.
            unsafe { population_run(*student, *teacher, descent, &stop, observer, scratch, SCRATCH, &mut result) }
        }),
        ("load", |rig| {
            let mut bytes = vec![0; 1000];
            let mut len = 0;
            // SAFETY: as above.
            unsafe {
                ok(snapshot_bytes(&SHAPE, &mut len));
                ok(student_save(rig.student, ptr::null(), NO_ACTIVATION, 0.0, bytes.as_mut_ptr(), len));
                student_load(rig.student, bytes.as_ptr(), len, ptr::null_mut())
            }
        }),
    ];
    for (name, change) in changes {
        let mut rig = Rig::new();
        ok(rig.begin());
        ok(rig.accumulate());
        ok(change(&mut rig));
        let before = rig.bits();
        assert_eq!(rig.accumulate(), TUTEE_ERROR_BATCH, "{name}");
        assert_eq!(rig.samples_step(), TUTEE_ERROR_BATCH, "{name}");
        assert_eq!(rig.bits(), before, "{name}");
        ok(rig.begin());
        ok(rig.accumulate());
        ok(rig.samples_step());
    }
}

#[test]
fn a_batch_of_another_student_is_refused() {
    let (mut rig, other) = (Rig::new(), Rig::new());
    // SAFETY: the arrays are as long as is said.
    unsafe {
        ok(student_set(rig.student, VALUE_BLOCK, VALUE.as_ptr(), N_VALUE));
        ok(student_set(other.student, VALUE_BLOCK, VALUE.map(|v| 2.0 * v).as_ptr(), N_VALUE));
        ok(rig.begin());
        ok(rig.accumulate());
        assert_eq!(samples_step(other.student, rig.sampler, &rig.descent), TUTEE_ERROR_BATCH);
    }
    ok(rig.samples_step());
}

/// Students of equal history, and a batch of the first: what their numbers differ in does not matter. Where it was neither
/// the first nor the last of a matrix the step was once taken, along the gradient of the other student.
#[test]
fn a_batch_of_another_student_of_equal_history_is_refused() {
    let at = |place: usize| {
        let mut logits = [0.0; N_MIXING];
        logits[place] = 9.0;
        logits
    };
    let with = |value: [Real; N_VALUE], logits: [Real; N_MIXING]| {
        let rig = Rig::new();
        // SAFETY: the arrays are as long as is said.
        unsafe {
            ok(student_set(rig.student, VALUE_BLOCK, value.as_ptr(), N_VALUE));
            ok(student_set(rig.student, LOGITS, logits.as_ptr(), N_MIXING));
        }
        rig
    };
    let mut rig = with(VALUE, at(1));
    ok(rig.begin());
    ok(rig.accumulate());
    let mut others: Vec<Rig> = (0..N_MIXING).filter(|&place| place != 1).map(|place| with(VALUE, at(place))).collect();
    for place in 0..N_VALUE {
        let mut value = VALUE;
        value[place] += 1.0;
        others.push(with(value, at(1)));
    }
    for other in &others {
        let before = (rig.bits(), other.bits());
        // SAFETY: the arrays are as long as is said.
        unsafe {
            assert_eq!(samples_step(other.student, rig.sampler, &rig.descent), TUTEE_ERROR_BATCH);
            let (x, y) = (rig.x.as_ptr(), rig.y.as_ptr());
            assert_eq!(samples_accumulate(other.student, rig.sampler, 1, x, N_X, y, N_Y), TUTEE_ERROR_BATCH);
        }
        assert_eq!((rig.bits(), other.bits()), before);
    }
    // One that cannot be told from it is as good: the step is the one that is due.
    let twin = with(VALUE, at(1));
    // SAFETY: the objects are alive.
    unsafe { ok(samples_step(twin.student, rig.sampler, &rig.descent)) };
    assert_ne!(twin.digest(), rig.digest());
    assert_eq!(rig.samples_step(), TUTEE_ERROR_BATCH);
}

/// Equal changes by different steps: history alone does not tell the two students.
#[test]
fn students_that_were_stepped_apart_are_told_apart() {
    let (mut rig, mut other) = (Rig::new(), Rig::new());
    for rig in [&mut rig, &mut other] {
        ok(rig.population_step());
    }
    other.descent.attention_rate *= 2.0;
    for rig in [&mut rig, &mut other] {
        ok(rig.population_step());
        ok(rig.begin());
        ok(rig.accumulate());
    }
    let twice = [(&rig, &other), (&other, &rig)];
    for (one, other) in twice {
        // SAFETY: the objects are alive.
        assert_eq!(unsafe { samples_step(other.student, one.sampler, &one.descent) }, TUTEE_ERROR_BATCH);
    }
    ok(rig.samples_step());
    ok(other.samples_step());
}

/// The words of an object are all of it.
fn copied(object: *const u64) -> Vec<u64> {
    // SAFETY: the arrays of a rig have so many words.
    unsafe { std::slice::from_raw_parts(object, WORDS).to_vec() }
}

#[test]
fn a_copy_of_the_student_or_of_the_sampler_is_as_good_until_either_changes() {
    let mut rig = Rig::new();
    ok(rig.population_step());
    let mut before = copied(rig.student.cast());
    ok(rig.begin());
    ok(rig.accumulate());
    let (mut after, mut sampler) = (copied(rig.student.cast()), copied(rig.sampler.cast()));
    let sampler = sampler.as_mut_ptr().cast();
    ok(rig.samples_step());
    // SAFETY: the copies are objects.
    unsafe {
        // The original moved on, and is not what the copied batch was begun for.
        assert_eq!(samples_step(rig.student, sampler, &rig.descent), TUTEE_ERROR_BATCH);
        // Copies of the student from before and after the batch was begun, and of the batch.
        let (before, after) = (before.as_mut_ptr().cast(), after.as_mut_ptr().cast());
        let (x, y) = (rig.x.as_ptr(), rig.y.as_ptr());
        ok(samples_accumulate(before, sampler, 1, x, N_X, y, N_Y));
        ok(samples_accumulate(after, sampler, 1, x, N_X, y, N_Y));
        ok(samples_step(after, sampler, &rig.descent));
        assert_eq!(samples_step(before, sampler, &rig.descent), TUTEE_ERROR_BATCH);
        // To set what was there is a change, too.
        ok(samples_begin(before, sampler, LEAKY, SLOPE));
        ok(samples_accumulate(before, sampler, 1, x, N_X, y, N_Y));
        let mut logits = [0.0; N_MIXING];
        ok(student_get(before, LOGITS, logits.as_mut_ptr(), N_MIXING));
        ok(student_set(before, LOGITS, logits.as_ptr(), N_MIXING));
        assert_eq!(samples_step(before, sampler, &rig.descent), TUTEE_ERROR_BATCH);
    }
}

/// The number of steps ends at its largest value; a step that does not count ends the batch all the same.
#[test]
fn a_step_ends_the_batch_when_steps_are_counted_no_more() {
    let mut rig = Rig::new();
    // SAFETY: the sixth word of a student is its number of steps, as is checked.
    unsafe { rig.student.cast::<u64>().add(5).write(u64::MAX) };
    assert_eq!(rig.steps(), u64::MAX);
    for online in [false, true] {
        ok(rig.begin());
        ok(rig.accumulate());
        let mut source = source();
        let status = if online {
            let Rig { student, teacher, descent, scratch, .. } = &mut rig;
            // SAFETY: the arrays are as long as is said.
            unsafe { online_step(*student, *teacher, &mut source, descent, scratch.as_mut_ptr(), SCRATCH) }
        } else {
            rig.population_step()
        };
        ok(status);
        assert_eq!(rig.samples_step(), TUTEE_ERROR_BATCH);
    }
}

#[test]
fn calls_that_read_or_are_refused_leave_the_batch_alive() {
    let mut rig = Rig::new();
    ok(rig.begin());
    ok(rig.accumulate());
    rig.digest();
    // SAFETY: the arrays are as long as is said.
    unsafe {
        let bad = [Real::NAN; N_VALUE];
        assert_eq!(student_set(rig.student, VALUE_BLOCK, bad.as_ptr(), N_VALUE), TUTEE_ERROR_NOT_FINITE);
        let stop = stop_after(0);
        let (observer, scratch, mut result) = (ptr::null(), rig.scratch.as_mut_ptr(), UNTOUCHED);
        ok(population_run(rig.student, rig.teacher, &rig.descent, &stop, observer, scratch, SCRATCH, &mut result));
    }
    ok(rig.accumulate());
    assert_eq!(rig.batch_loss().0, 2);
    ok(rig.samples_step());
    // The step began the next batch.
    ok(rig.accumulate());
}

/// No rate makes a step of it, and that is not said of the rate.
#[test]
fn a_batch_that_overflows_is_not_a_rate_that_is_too_high() {
    let mut rig = Rig::new();
    ok(rig.begin());
    ok(rig.accumulate());
    let x = [Real::MAX; N_X];
    // SAFETY: the arrays are as long as is said.
    ok(unsafe { samples_accumulate(rig.student, rig.sampler, 1, x.as_ptr(), N_X, rig.y.as_ptr(), N_Y) });
    let before = rig.bits();
    for rate in [0.125, Real::MIN_POSITIVE] {
        rig.descent.value_rate = rate;
        assert_eq!(rig.samples_step(), TUTEE_ERROR_NOT_FINITE);
        assert_eq!(rig.bits(), before);
    }
    ok(rig.begin());
    ok(rig.accumulate());
    rig.descent.value_rate = 0.125;
    ok(rig.samples_step());
}

#[test]
fn a_step_that_diverges_can_be_tried_again() {
    let mut rig = Rig::new();
    ok(rig.begin());
    ok(rig.accumulate());
    let before = rig.bits();
    rig.descent.value_rate = 1e9;
    assert_eq!(rig.samples_step(), TUTEE_ERROR_DIVERGED);
    assert_eq!(rig.bits(), before);
    rig.descent.value_rate = 0.125;
    ok(rig.samples_step());
}

#[test]
fn pairs_are_added_all_or_none() {
    let mut rig = Rig::new();
    ok(rig.begin());
    let before = rig.bits();
    let (mut x, y) = ([1.0; 2 * N_X], [1.0; 2 * N_Y]);
    x[2 * N_X - 1] = Real::INFINITY;
    // SAFETY: the arrays are as long as is said.
    let status = unsafe { samples_accumulate(rig.student, rig.sampler, 2, x.as_ptr(), 2 * N_X, y.as_ptr(), 2 * N_Y) };
    assert_eq!(status, TUTEE_ERROR_NOT_FINITE);
    assert_eq!(rig.bits(), before);
}
