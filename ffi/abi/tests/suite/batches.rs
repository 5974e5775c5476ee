//! A batch belongs to one student as it stood when the batch began.

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
    assert_eq!(unsafe { samples_tally(rig.sampler, &mut count, &mut loss) }, TUTEE_ERROR_BATCH);
    assert_eq!((count, loss), (7, 7.0));
    assert_eq!(rig.bits(), before);
}

#[test]
fn every_change_of_the_student_ends_the_batch() {
    type Change = fn(&mut Rig) -> tutee_abi::tutee_status;
    // SAFETY: the arrays are as long as is said.
    let changes: [(&str, Change); 7] = [
        ("reset", |rig| unsafe { student_reset(rig.student) }),
        ("value", |rig| unsafe { student_set_value(rig.student, VALUE.as_ptr(), N_VALUE) }),
        // SAFETY: as above.
        ("logits", |rig| unsafe { student_set_logits(rig.student, [0.0; N_MIXING].as_ptr(), N_MIXING) }),
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
            let (observer, scratch) = (std::ptr::null(), scratch.as_mut_ptr());
            // SAFETY: as above.
            unsafe { population_run(*student, *teacher, descent, &stop, observer, scratch, SCRATCH, &mut result) }
        }),
        ("load", |rig| {
            let mut bytes = vec![0; 1000];
            let mut len = 0;
            // SAFETY: as above.
            unsafe {
                ok(snapshot_bytes(&SHAPE, &mut len));
                ok(student_save(rig.student, std::ptr::null(), bytes.as_mut_ptr(), len));
                student_load(rig.student, bytes.as_ptr(), len, std::ptr::null_mut())
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
        ok(student_set_value(rig.student, VALUE.as_ptr(), N_VALUE));
        ok(student_set_value(other.student, VALUE.map(|v| 2.0 * v).as_ptr(), N_VALUE));
        ok(rig.begin());
        ok(rig.accumulate());
        assert_eq!(samples_step(other.student, rig.sampler, &rig.descent), TUTEE_ERROR_BATCH);
    }
    ok(rig.samples_step());
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
        assert_eq!(student_set_value(rig.student, bad.as_ptr(), N_VALUE), TUTEE_ERROR_NOT_FINITE);
        let stop = stop_after(0);
        let (observer, scratch, mut result) = (std::ptr::null(), rig.scratch.as_mut_ptr(), UNTOUCHED);
        ok(population_run(rig.student, rig.teacher, &rig.descent, &stop, observer, scratch, SCRATCH, &mut result));
    }
    ok(rig.accumulate());
    assert_eq!(rig.tally().0, 2);
    ok(rig.samples_step());
    // The step began the next batch.
    ok(rig.accumulate());
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
