//! Runs: rules to stop, the callback, and what the callback may do.

use std::ffi::c_void;
use std::ptr;

use tutee_abi::tutee_status::*;
use tutee_abi::*;

use super::rig::*;

type Call = unsafe extern "C" fn(*mut c_void, *const tutee_progress<Real>) -> i32;

/// What a callback is given.
struct User {
    rig: *mut Rig,
    source: *mut tutee_source<Real>,
    seen: Vec<(u64, Real, u64)>,
}

/// Runs either training on the rig, with a callback unless `every` is 0.
fn run(
    online: bool,
    rig: &mut Rig,
    stop: tutee_stop<Real>,
    call: Call,
    every: u64,
) -> (tutee_status, tutee_result<Real>, User) {
    let mut source = source();
    let (student, teacher, descent, scratch) =
        (rig.student, rig.teacher.cast_const(), rig.descent, rig.scratch.as_mut_ptr());
    let source = &raw mut source;
    let mut user = User { rig, source, seen: vec![] };
    let observer = tutee_observer { call: Some(call), user: (&raw mut user).cast(), every };
    let observer = if every == 0 { ptr::null() } else { &raw const observer };
    let mut result = UNTOUCHED;
    // SAFETY: the arrays are as long as is said.
    let status = unsafe {
        if online {
            online_run(student, teacher, source, &descent, &stop, observer, scratch, SCRATCH, &mut result)
        } else {
            population_run(student, teacher, &descent, &stop, observer, scratch, SCRATCH, &mut result)
        }
    };
    (status, result, user)
}

/// Notes what it is told, beside the digest of the student, which it may look at.
unsafe extern "C" fn note(user: *mut c_void, progress: *const tutee_progress<Real>) -> i32 {
    // SAFETY: the pointers are those that `run` made, and nobody holds a reference behind them.
    unsafe {
        let user = &mut *user.cast::<User>();
        let progress = *progress;
        user.seen.push((progress.steps, progress.excess_loss, (*user.rig).digest()));
        // The source has moved along.
        assert!((*user.source).index == 0 || (*user.source).index == 3 * progress.steps);
    }
    0
}

unsafe extern "C" fn stop_at_20(_: *mut c_void, progress: *const tutee_progress<Real>) -> i32 {
    // SAFETY: valid as long as the callback runs.
    i32::from(unsafe { (*progress).steps } >= 20)
}

/// Takes a step of its own in the middle of the run.
unsafe extern "C" fn step(user: *mut c_void, _: *const tutee_progress<Real>) -> i32 {
    // SAFETY: as in `note`.
    unsafe { ok((*(*user.cast::<User>()).rig).population_step()) }
    0
}

/// Overwrites the header of the student.
unsafe extern "C" fn destroy(user: *mut c_void, _: *const tutee_progress<Real>) -> i32 {
    // SAFETY: as in `note`; the words are the rig's.
    unsafe { (*(*user.cast::<User>()).rig).student.cast::<u64>().write(0) }
    0
}

#[test]
fn pieces_with_a_callback_give_the_bits_of_single_steps() {
    for online in [false, true] {
        let (mut through, mut watched) = (Rig::new(), Rig::new());
        let (status, plain, _) = run(online, &mut through, stop_after(50), note, 0);
        ok(status);
        let (status, result, user) = run(online, &mut watched, stop_after(50), note, 7);
        ok(status);
        assert_eq!(through.digest(), watched.digest());
        assert_eq!(plain, result);
        assert_eq!((result.stopped, result.end.steps), (tutee_stopped::TUTEE_STOPPED_STEPS as i32, 50));
        let steps: Vec<u64> = user.seen.iter().map(|seen| seen.0).collect();
        assert_eq!(steps, [7, 14, 21, 28, 35, 42, 49]);
        let mut single = Rig::new();
        for (step, loss, digest) in user.seen {
            ok(run(online, &mut single, stop_after(step), note, 0).0);
            // An online run starts its stream anew, so that only the first part is the same run.
            if !online || step == 7 {
                assert_eq!(single.digest(), digest);
                assert!(loss > 0.0);
            }
        }
    }
}

#[test]
fn the_callback_is_called_at_multiples_even_when_the_run_starts_between_them() {
    let mut rig = Rig::new();
    for _ in 0..3 {
        ok(rig.population_step());
    }
    let (status, _, user) = run(false, &mut rig, stop_after(20), note, 5);
    ok(status);
    assert_eq!(user.seen.iter().map(|seen| seen.0).collect::<Vec<_>>(), [5, 10, 15, 20]);
    let (status, result, user) = run(false, &mut rig, stop_after(20), note, 5);
    ok(status);
    assert!(user.seen.is_empty(), "a run of no steps has nothing to tell");
    assert_eq!((rig.steps(), result.end.steps), (20, 20));
}

#[test]
fn every_rule_stops() {
    let mut rig = Rig::new();
    let (status, result, _) = run(false, &mut rig, stop_after(1000), stop_at_20, 10);
    ok(status);
    assert_eq!((result.stopped, result.end.steps), (tutee_stopped::TUTEE_STOPPED_CALLBACK as i32, 20));

    let rule = tutee_stop { excess_loss: 0.25, check_every: 8, ..stop_after(100_000) };
    let (status, result, _) = run(false, &mut rig, rule, note, 0);
    ok(status);
    assert_eq!(result.stopped, tutee_stopped::TUTEE_STOPPED_EXCESS_LOSS as i32);
    assert!(result.end.excess_loss <= 0.25 && result.end.steps % 8 == 0 && result.end.steps < 100_000);

    let (mut plain, mut watched) = (Rig::new(), Rig::new());
    let rule = tutee_stop { gradient_norm: 0.0625, check_every: 6, ..stop_after(100_000) };
    let (status, unwatched, _) = run(false, &mut plain, rule, note, 0);
    ok(status);
    assert_eq!(unwatched.stopped, tutee_stopped::TUTEE_STOPPED_GRADIENT_NORM as i32);
    assert!(unwatched.end.gradient_norm <= 0.0625);
    let (status, result, _) = run(false, &mut watched, rule, note, 5);
    ok(status);
    assert_eq!(result, unwatched, "a callback does not move the end");
}

#[test]
fn a_callback_may_change_the_student() {
    let (mut rig, mut alone) = (Rig::new(), Rig::new());
    let (status, result, _) = run(false, &mut rig, stop_after(20), step, 5);
    ok(status);
    // Steps 6, 11 and 16 were the callback's; the one after step 20 comes too late for the run.
    assert_eq!((result.end.steps, rig.steps()), (20, 21));
    for _ in 0..21 {
        ok(alone.population_step());
    }
    assert_eq!(rig.digest(), alone.digest());
}

#[test]
fn a_student_that_a_callback_destroys_is_refused() {
    for online in [false, true] {
        let mut rig = Rig::new();
        let (status, result, _) = run(online, &mut rig, stop_after(20), destroy, 5);
        assert_eq!(status, TUTEE_ERROR_OBJECT);
        assert_eq!(result, UNTOUCHED);
    }
}

#[test]
fn a_run_that_diverges_keeps_the_last_good_step() {
    for online in [false, true] {
        let mut rig = Rig::new();
        rig.descent.value_rate = 40.0;
        rig.descent.value_limit = 1e4;
        let (status, result, user) = run(online, &mut rig, stop_after(1000), note, 1);
        assert_eq!(status, TUTEE_ERROR_DIVERGED);
        assert_eq!(result, UNTOUCHED);
        let last = user.seen.last().expect("it went well for a while");
        assert_eq!((rig.steps(), rig.digest()), (last.0, last.2));
    }
}
