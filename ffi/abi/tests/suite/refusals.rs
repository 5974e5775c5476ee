//! What is wrong with one argument is refused and changes nothing. The sweep over all arguments of all functions is in
//! C; here are the kinds of faults, each where it matters most.

use std::ptr;

use tutee_abi::tutee_status::*;
use tutee_abi::*;

use super::rig::*;

/// The call is refused and leaves every bit.
fn refused(rig: &mut Rig, expected: tutee_status, call: impl FnOnce(&mut Rig) -> tutee_status) {
    let before = rig.bits();
    assert_eq!(call(rig), expected);
    assert_eq!(rig.bits(), before);
}

/// A population step whose descent is changed.
fn step_with(change: impl FnOnce(&mut tutee_descent<Real>)) -> tutee_status {
    let mut rig = Rig::new();
    let before = rig.bits();
    change(&mut rig.descent);
    let status = rig.population_step();
    assert!(status == TUTEE_OK || rig.bits() == before);
    status
}

#[test]
fn settings_of_a_step() {
    assert_eq!(step_with(|_| ()), TUTEE_OK);
    assert_eq!(step_with(|d| d.value_rate = 0.0), TUTEE_OK);
    assert_eq!(step_with(|d| d.value_rate = -1.0), TUTEE_ERROR_OUT_OF_RANGE);
    assert_eq!(step_with(|d| d.value_rate = Real::NAN), TUTEE_ERROR_NOT_FINITE);
    assert_eq!(step_with(|d| d.attention_rate = -1.0), TUTEE_ERROR_OUT_OF_RANGE);
    assert_eq!(step_with(|d| d.attention_rate = Real::INFINITY), TUTEE_ERROR_NOT_FINITE);
    assert_eq!(step_with(|d| d.value_limit = 0.0), TUTEE_ERROR_OUT_OF_RANGE);
    assert_eq!(step_with(|d| d.value_limit = Real::MAX), TUTEE_ERROR_OUT_OF_RANGE);
    assert_eq!(step_with(|d| d.compensated = 2), TUTEE_ERROR_ENUM);
    assert_eq!(step_with(|d| d.compensated = -1), TUTEE_ERROR_ENUM);
    assert_eq!(step_with(|d| d.value_rate = 1e9), TUTEE_ERROR_DIVERGED);
}

#[test]
fn settings_of_a_source() {
    let step = |change: fn(&mut tutee_source<Real>)| {
        let (mut rig, mut source) = (Rig::new(), source());
        change(&mut source);
        let (before, index) = (rig.bits(), source.index);
        let Rig { student, teacher, descent, scratch, .. } = &mut rig;
        // SAFETY: the arrays are as long as is said.
        let status = unsafe { online_step(*student, *teacher, &mut source, descent, scratch.as_mut_ptr(), SCRATCH) };
        assert!(status == TUTEE_OK || (rig.bits() == before && source.index == index));
        status
    };
    assert_eq!(step(|_| ()), TUTEE_OK);
    assert_eq!(step(|s| s.parameter = Real::NAN), TUTEE_OK, "a Gaussian has no parameter");
    assert_eq!(step(|s| s.batch = 0), TUTEE_ERROR_ZERO);
    assert_eq!(step(|s| s.input = 8), TUTEE_ERROR_ENUM);
    assert_eq!(step(|s| s.input = -1), TUTEE_ERROR_ENUM);
    assert_eq!(step(|s| s.noise_mean = Real::NAN), TUTEE_ERROR_NOT_FINITE);
    assert_eq!(step(|s| s.noise_deviation = -0.5), TUTEE_ERROR_OUT_OF_RANGE);
    assert_eq!(step(|s| s.noise_deviation = Real::INFINITY), TUTEE_ERROR_NOT_FINITE);
    for (parameter, expected) in [
        (5.0, TUTEE_OK),
        (2.0, TUTEE_ERROR_OUT_OF_RANGE),
        (65.0, TUTEE_ERROR_OUT_OF_RANGE),
        (5.5, TUTEE_ERROR_OUT_OF_RANGE),
    ] {
        let (mut rig, mut source) = (Rig::new(), source());
        (source.input, source.parameter) = (tutee_input::TUTEE_STUDENT_T as i32, parameter);
        let Rig { student, teacher, descent, scratch, .. } = &mut rig;
        // SAFETY: the arrays are as long as is said.
        let status = unsafe { online_step(*student, *teacher, &mut source, descent, scratch.as_mut_ptr(), SCRATCH) };
        assert_eq!(status, expected, "{parameter}");
    }
    for (input, parameter, expected) in [
        (tutee_input::TUTEE_STUDENT_T, Real::NAN, TUTEE_ERROR_NOT_FINITE),
        (tutee_input::TUTEE_CORRELATED, 1.0, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_input::TUTEE_CORRELATED, Real::INFINITY, TUTEE_ERROR_NOT_FINITE),
        (tutee_input::TUTEE_SHIFTED, Real::NAN, TUTEE_ERROR_NOT_FINITE),
    ] {
        let (mut rig, mut source) = (Rig::new(), source());
        (source.input, source.parameter) = (input as i32, parameter);
        let Rig { student, teacher, descent, scratch, .. } = &mut rig;
        // SAFETY: the arrays are as long as is said.
        let status = unsafe { online_step(*student, *teacher, &mut source, descent, scratch.as_mut_ptr(), SCRATCH) };
        assert_eq!(status, expected, "{input:?}");
    }
}

#[test]
fn rules_and_observers() {
    unsafe extern "C" fn never(_: *mut std::ffi::c_void, _: *const tutee_progress<Real>) -> i32 {
        unreachable!("a refused run does not call")
    }
    let mut rig = Rig::new();
    let good = tutee_observer { call: Some(never), user: ptr::null_mut(), every: 1000 };
    let stop = stop_after(5);
    let cases = [
        (tutee_stop { check_every: 0, ..stop }, good, TUTEE_ERROR_ZERO),
        (tutee_stop { excess_loss: -1.0, ..stop }, good, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_stop { gradient_norm: -1.0, ..stop }, good, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_stop { excess_loss: Real::NAN, ..stop }, good, TUTEE_ERROR_NOT_FINITE),
        (tutee_stop { gradient_norm: Real::INFINITY, ..stop }, good, TUTEE_ERROR_NOT_FINITE),
        (stop, tutee_observer { call: None, ..good }, TUTEE_ERROR_NULL),
        (stop, tutee_observer { every: 0, ..good }, TUTEE_ERROR_ZERO),
        (stop, good, TUTEE_OK),
    ];
    for (stop, observer, expected) in cases {
        let (before, mut result) = (rig.bits(), UNTOUCHED);
        let scratch = rig.scratch.as_mut_ptr();
        // SAFETY: the arrays are as long as is said.
        let status = unsafe {
            population_run(rig.student, rig.teacher, &rig.descent, &stop, &observer, scratch, SCRATCH, &mut result)
        };
        assert_eq!(status, expected);
        assert_eq!(status == TUTEE_OK, rig.bits() != before);
        assert_eq!(status == TUTEE_OK, result != UNTOUCHED);
    }
}

#[test]
fn pointers() {
    let mut rig = Rig::new();
    // SAFETY: whatever is wrong is refused before it is used; all else is as long as is said.
    unsafe {
        refused(&mut rig, TUTEE_ERROR_NULL, |_| student_reset(ptr::null_mut()));
        refused(&mut rig, TUTEE_ERROR_MISALIGNED, |r| student_reset(r.student.byte_add(1)));
        refused(&mut rig, TUTEE_ERROR_OBJECT, |r| student_reset(r.teacher.cast()));
        refused(&mut rig, TUTEE_ERROR_OBJECT, |r| student_reset(r.student.cast::<u64>().add(1).cast()));
        refused(&mut rig, TUTEE_ERROR_NULL, |r| student_set(r.student, VALUE_BLOCK, ptr::null(), N_VALUE));
        let value = VALUE.as_ptr();
        refused(&mut rig, TUTEE_ERROR_MISALIGNED, |r| student_set(r.student, VALUE_BLOCK, value.byte_add(1), N_VALUE));
        refused(&mut rig, TUTEE_ERROR_LENGTH, |r| student_set(r.student, VALUE_BLOCK, value, N_VALUE - 1));
        refused(&mut rig, TUTEE_ERROR_LENGTH, |r| student_set(r.student, VALUE_BLOCK, value, N_VALUE + 1));
        refused(&mut rig, TUTEE_ERROR_LENGTH, |r| student_set(r.student, VALUE_BLOCK, value, 0));
        refused(&mut rig, TUTEE_ERROR_TOO_LARGE, |r| student_set(r.student, VALUE_BLOCK, value, usize::MAX));
        refused(&mut rig, TUTEE_ERROR_TOO_LARGE, |r| {
            student_set(r.student, VALUE_BLOCK, value, usize::MAX / size_of::<Real>())
        });
        let infinite = [Real::NEG_INFINITY; N_VALUE];
        refused(&mut rig, TUTEE_ERROR_NOT_FINITE, |r| student_set(r.student, VALUE_BLOCK, infinite.as_ptr(), N_VALUE));
        refused(&mut rig, TUTEE_ERROR_LENGTH, |r| {
            population_step(r.student, r.teacher, &r.descent, r.scratch.as_mut_ptr(), 3)
        });
        refused(&mut rig, TUTEE_ERROR_NULL, |r| student_digest(r.student, ptr::null_mut()));
    }
}

#[test]
fn overlaps() {
    let mut rig = Rig::new();
    let words = rig.student.cast::<u64>();
    // SAFETY: what overlaps is refused before it is used.
    unsafe {
        let inside = words.add(6).cast::<Real>();
        refused(&mut rig, TUTEE_ERROR_OVERLAP, |r| student_get(r.student, VALUE_BLOCK, inside, N_VALUE));
        refused(&mut rig, TUTEE_ERROR_OVERLAP, |r| student_set(r.student, VALUE_BLOCK, inside, N_VALUE));
        refused(&mut rig, TUTEE_ERROR_OVERLAP, |r| student_digest(r.student, words));
        refused(&mut rig, TUTEE_ERROR_OVERLAP, |r| population_step(r.student, r.teacher, &r.descent, inside, SCRATCH));
        refused(&mut rig, TUTEE_ERROR_OVERLAP, |r| {
            let scratch = r.scratch.as_mut_ptr();
            teacher_answer(r.teacher, 1, scratch, N_X, scratch, SCRATCH, r.y.as_mut_ptr(), N_Y)
        });
        refused(&mut rig, TUTEE_ERROR_OVERLAP, |r| {
            let (x, scratch) = (r.x.as_mut_ptr(), r.scratch.as_mut_ptr());
            teacher_answer(r.teacher, 1, x, N_X, scratch, SCRATCH, x, N_Y)
        });
        refused(&mut rig, TUTEE_ERROR_OVERLAP, |_| student_init(words, WORDS, &SHAPE, words.add(9).cast()));
        let place = rig.teacher.cast::<u64>();
        let (mixing, filters) = (place.add(20).cast::<Real>(), place.add(6).cast::<Real>());
        let (value, mut out) = (VALUE.as_ptr(), ptr::null_mut());
        refused(&mut rig, TUTEE_ERROR_OVERLAP, |_| {
            teacher_of((place, WORDS, &SHAPE, 0, 0.0, filters, N_VALUE), |m, n| mixing_group(&SHAPE, 0, m, n), &mut out)
        });
        refused(&mut rig, TUTEE_ERROR_OVERLAP, |_| {
            teacher_init(place, WORDS, &SHAPE, 0, 0.0, value, N_VALUE, mixing, N_MIXING, &mut out)
        });
        refused(&mut rig, TUTEE_ERROR_OVERLAP, |_| {
            teacher_of(
                (place, WORDS, &SHAPE, 0, 0.0, value, N_VALUE),
                |m, n| mixing_group(&SHAPE, 0, m, n),
                place.add(2).cast(),
            )
        });
    }
}

#[test]
fn inputs_that_are_no_numbers() {
    let mut rig = Rig::new();
    let answer = rig.y.clone();
    rig.x[N_X - 1] = Real::NAN;
    // SAFETY: the arrays are as long as is said.
    unsafe {
        refused(&mut rig, TUTEE_ERROR_NOT_FINITE, |r| {
            let (scratch, y) = (r.scratch.as_mut_ptr(), r.y.as_mut_ptr());
            teacher_answer(r.teacher, 1, r.x.as_ptr(), N_X, scratch, SCRATCH, y, N_Y)
        });
        refused(&mut rig, TUTEE_ERROR_NOT_FINITE, |r| {
            let (scratch, y) = (r.scratch.as_mut_ptr(), r.y.as_mut_ptr());
            student_predict(r.student, 0, 0.0, 1, r.x.as_ptr(), N_X, scratch, SCRATCH, y, N_Y)
        });
    }
    assert_eq!(rig.y, answer);
}

#[test]
fn objects_of_different_shapes() {
    let mut rig = Rig::new();
    let other = tutee_shape { tokens: 2, outputs: 2, ..SHAPE };
    let (mut memory, mut student) = (vec![0; WORDS], ptr::null_mut());
    // SAFETY: the arrays are as long as is said.
    unsafe {
        ok(student_init(memory.as_mut_ptr(), WORDS, &other, &mut student));
        refused(&mut rig, TUTEE_ERROR_SHAPE, |r| {
            population_step(student, r.teacher, &r.descent, r.scratch.as_mut_ptr(), SCRATCH)
        });
        refused(&mut rig, TUTEE_ERROR_SHAPE, |r| samples_begin(student, r.sampler, 0, 0.0));
        let mut progress = UNTOUCHED.end;
        refused(&mut rig, TUTEE_ERROR_SHAPE, |r| {
            student_measure(student, r.teacher, r.scratch.as_mut_ptr(), SCRATCH, &mut progress)
        });
        assert_eq!(progress, UNTOUCHED.end);
    }
}

#[test]
fn descriptions_of_teachers() {
    let mut rig = Rig::new();
    let mut memory = vec![1u64; WORDS];
    let words = memory.as_mut_ptr();
    let value = VALUE.as_ptr();
    let untouched = ptr::dangling_mut::<tutee_teacher<Real>>();
    let mut out = untouched;
    // SAFETY: the arrays are as long as is said.
    unsafe {
        let mut no = |expected, make: &dyn Fn(*mut *mut tutee_teacher<Real>) -> tutee_status| {
            assert_eq!(make(&raw mut out), expected);
            assert_eq!(out, untouched);
            assert!(std::slice::from_raw_parts(words, WORDS).iter().all(|&word| word == 1), "the memory is as it was");
        };
        let activation = |kind, slope, out| {
            teacher_of((words, WORDS, &SHAPE, kind, slope, value, 6), |m, n| mixing_group(&SHAPE, 0, m, n), out)
        };
        no(TUTEE_ERROR_ENUM, &|out| activation(3, 0.0, out));
        no(TUTEE_ERROR_ENUM, &|out| activation(-1, 0.0, out));
        no(TUTEE_ERROR_OUT_OF_RANGE, &|out| activation(LEAKY, 1.5, out));
        no(TUTEE_ERROR_OUT_OF_RANGE, &|out| activation(LEAKY, -0.5, out));
        no(TUTEE_ERROR_NOT_FINITE, &|out| activation(LEAKY, Real::NAN, out));
        let pooling = |group, out| {
            teacher_of((words, WORDS, &SHAPE, 0, 0.0, value, 6), |m, n| mixing_convolution(&SHAPE, group, m, n), out)
        };
        no(TUTEE_ERROR_ZERO, &|out| pooling(0, out));
        no(TUTEE_ERROR_DOES_NOT_DIVIDE, &|out| pooling(3, out));
        let window = |rows, cols, out| {
            let window = tutee_window { grid_rows: 2, grid_cols: cols, window_rows: rows, window_cols: 1 };
            teacher_of((words, WORDS, &SHAPE, 0, 0.0, value, 6), |m, n| mixing_window(&SHAPE, &window, m, n), out)
        };
        no(TUTEE_ERROR_ZERO, &|out| window(0, 2, out));
        no(TUTEE_ERROR_DOES_NOT_DIVIDE, &|out| window(3, 2, out));
        no(TUTEE_ERROR_LENGTH, &|out| window(1, 3, out));
        let cycle = |reach, out| {
            teacher_of((words, WORDS, &SHAPE, 0, 0.0, value, 6), |m, n| mixing_cycle(&SHAPE, reach, m, n), out)
        };
        no(TUTEE_ERROR_OUT_OF_RANGE, &|out| cycle(2, out));
        no(TUTEE_ERROR_OUT_OF_RANGE, &|out| cycle(usize::MAX, out));
        let graph = |edges: &[usize], loops, out| {
            teacher_of(
                (words, WORDS, &SHAPE, 0, 0.0, value, 6),
                |m, n| mixing_graph(&SHAPE, edges.as_ptr(), edges.len() / 2, loops, m, n),
                out,
            )
        };
        no(TUTEE_ERROR_ENUM, &|out| graph(&[0, 1], 3, out));
        no(TUTEE_ERROR_DUPLICATE, &|out| graph(&[0, 1, 1, 0], 2, out));
        no(TUTEE_ERROR_INDEX, &|out| graph(&[0, 4], 1, out));
        no(TUTEE_ERROR_OUT_OF_RANGE, &|out| graph(&[2, 2], 1, out));
        no(TUTEE_ERROR_DUPLICATE, &|out| graph(&[0, 1, 1, 0], 1, out));
        no(TUTEE_ERROR_EMPTY_NEIGHBOURHOOD, &|out| graph(&[0, 1], 0, out));
        no(TUTEE_ERROR_TOO_LARGE, &|out| {
            teacher_of(
                (words, WORDS, &SHAPE, 0, 0.0, value, 6),
                |m, n| mixing_graph(&SHAPE, [0usize, 1].as_ptr(), usize::MAX, 1, m, n),
                out,
            )
        });
        let select = |tokens: &[usize], out| {
            teacher_of(
                (words, WORDS, &SHAPE, 0, 0.0, value, 6),
                |m, n| mixing_selection(&SHAPE, tokens.as_ptr(), tokens.len(), m, n),
                out,
            )
        };
        no(TUTEE_ERROR_ZERO, &|out| select(&[], out));
        no(TUTEE_ERROR_INDEX, &|out| select(&[0, 4], out));
        no(TUTEE_ERROR_DUPLICATE, &|out| select(&[2, 0, 2], out));
        let group = |group, out| {
            teacher_of((words, WORDS, &SHAPE, 0, 0.0, value, 6), |m, n| mixing_group(&SHAPE, group, m, n), out)
        };
        no(TUTEE_ERROR_INDEX, &|out| group(4, out));
        let mut mixing = [0.25; N_MIXING];
        mixing[15] = Real::NAN;
        no(TUTEE_ERROR_NOT_FINITE, &|out| {
            teacher_init(words, WORDS, &SHAPE, 0, 0.0, value, 6, mixing.as_ptr(), 16, out)
        });
        let bad = [Real::NAN; N_VALUE];
        no(TUTEE_ERROR_NOT_FINITE, &|out| {
            teacher_of((words, WORDS, &SHAPE, 0, 0.0, bad.as_ptr(), 6), |m, n| mixing_group(&SHAPE, 0, m, n), out)
        });
    }
    // A teacher that is there stays when its place is refused to another.
    let before = rig.bits();
    let place = rig.teacher.cast::<u64>();
    // SAFETY: as above.
    let status = unsafe {
        teacher_of((place, WORDS, &SHAPE, 0, 0.0, value, 6), |m, n| mixing_cycle(&SHAPE, 5, m, n), &mut rig.teacher)
    };
    assert_eq!(status, TUTEE_ERROR_OUT_OF_RANGE);
    assert_eq!(rig.bits(), before);
}

#[test]
fn positions_and_counts() {
    let mut rig = Rig::new();
    let mut p = [7.0; 36];
    // SAFETY: the arrays are as long as is said.
    unsafe {
        let out = p.as_mut_ptr();
        assert_eq!(position(5, 4, 0, out, 16), TUTEE_ERROR_ENUM);
        assert_eq!(position(0, 0, 0, out, 0), TUTEE_ERROR_ZERO);
        assert_eq!(position(0, u32::MAX, 0, out, 16), TUTEE_ERROR_TOO_LARGE);
        assert_eq!(position(0, 4, 0, out, 15), TUTEE_ERROR_LENGTH);
        assert_eq!(position(tutee_encoding::TUTEE_ENCODING_HADAMARD as i32, 6, 0, out, 36), TUTEE_ERROR_OUT_OF_RANGE);
        let mut kq = [7.0; 16];
        let slant = [1.0; 16];
        refused(&mut rig, TUTEE_ERROR_NOT_ORTHONORMAL, |r| {
            student_get_key_query(r.student, slant.as_ptr(), 16, kq.as_mut_ptr(), 16)
        });
        assert_eq!(kq, [7.0; 16]);
        refused(&mut rig, TUTEE_ERROR_ZERO, |r| {
            samples_accumulate(r.student, r.sampler, 0, r.x.as_ptr(), 0, r.y.as_ptr(), 0)
        });
        refused(&mut rig, TUTEE_ERROR_TOO_LARGE, |r| {
            samples_accumulate(r.student, r.sampler, usize::MAX, r.x.as_ptr(), N_X, r.y.as_ptr(), N_Y)
        });
        refused(&mut rig, TUTEE_ERROR_ZERO, |r| {
            let (scratch, y) = (r.scratch.as_mut_ptr(), r.y.as_mut_ptr());
            student_predict(r.student, 0, 0.0, 0, r.x.as_ptr(), 0, scratch, SCRATCH, y, 0)
        });
    }
    assert_eq!(p, [7.0; 36]);
}

/// Whoever asks learns which array of a refused call was meant, and which element.
#[test]
fn arrays_at_fault() {
    let mut rig = Rig::new();
    ok(rig.begin());
    rig.y[5] = Real::NEG_INFINITY;
    rig.y[7] = Real::NAN;
    assert_eq!(rig.accumulate(), TUTEE_ERROR_NOT_FINITE);
    let mut fault = tutee_fault { argument: ptr::null(), index: 77, expected: 77, found: 77, status: 77 };
    let (x, y) = (rig.x.as_ptr(), rig.y.as_ptr());
    let seen = |f: &tutee_fault| (f.argument, f.index, f.expected, f.found, f.status);
    // SAFETY: the arrays are as long as is said; what is not is refused before it is used.
    unsafe {
        ok(check_numbers(c"x".as_ptr(), x, N_X, N_X, &mut fault));
        assert_eq!(seen(&fault), (c"x".as_ptr(), 0, N_X, N_X, 0));
        let name = c"y".as_ptr();
        assert_eq!(check_numbers(name, y, N_Y, N_Y, &mut fault), TUTEE_ERROR_NOT_FINITE);
        assert_eq!(seen(&fault), (name, 5, N_Y, N_Y, TUTEE_ERROR_NOT_FINITE as i32));
        assert_eq!(check_numbers(name, y, N_Y - 1, N_Y, &mut fault), TUTEE_ERROR_LENGTH);
        assert_eq!(seen(&fault), (name, 0, N_Y, N_Y - 1, TUTEE_ERROR_LENGTH as i32));
        assert_eq!(check_numbers(ptr::null(), ptr::null::<Real>(), 3, 3, &mut fault), TUTEE_ERROR_NULL);
        assert_eq!(seen(&fault), (ptr::null(), 0, 3, 3, TUTEE_ERROR_NULL as i32));
        assert_eq!(check_numbers(name, y, N_Y, N_Y, ptr::null_mut()), TUTEE_ERROR_NULL);
        let (start, before) = (rig.scratch.as_mut_ptr(), rig.scratch.clone());
        let inside = start.add(start.align_offset(align_of::<tutee_fault>()));
        assert_eq!(check_numbers(name, start, 64, 64, inside.cast()), TUTEE_ERROR_OVERLAP);
        assert_eq!(rig.scratch, before);
    }
}
