//! Trainings have equal bits through C and in Rust, and what is measured.

use std::ptr;

use tutee::activation::Activation;
use tutee::digest::digest as core_digest;
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::gradient::population::{Population, PopulationScratch};
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::matrix::{Matrix, MatrixView};
use tutee::recovery::recovery;
use tutee::step::Descent;
use tutee::student::Student;
use tutee::teacher::{Teacher, convolution};
use tutee::training::{Measured, Training};
use tutee_abi::tutee_status::*;
use tutee_abi::*;

use super::rig::*;

type CoreTeacher = Teacher<Real, 2, 3, 4, 4>;
type CoreStudent = Student<Real, 2, 3, 4, 4>;

/// The rig's teacher with its sizes in its type.
fn core_teacher() -> CoreTeacher {
    let [a, b, c, d, e, f] = VALUE;
    let mut teacher = Teacher::ZERO;
    teacher
        .fill(Activation::LeakyRelu(SLOPE), &Matrix::from_rows([[a, b, c], [d, e, f]]), |mixing| {
            convolution::average_pooling(mixing, 2)
        })
        .unwrap();
    teacher
}

fn core_population(steps: u32) -> CoreStudent {
    let (teacher, mut student, mut scratch) = (core_teacher(), Student::ZERO, PopulationScratch::ZERO);
    let mut training = Population::of(&mut student, &teacher, &mut scratch);
    for _ in 0..steps {
        training.step(&Descent::new(0.25)).unwrap();
    }
    student
}

#[test]
fn population_training_gives_the_bits_of_rust() {
    let mut rig = Rig::new();
    for _ in 0..40 {
        ok(rig.population_step());
    }
    assert_eq!(rig.digest(), core_digest(core_population(40).view()));
    assert_eq!(rig.steps(), 40);
}

#[test]
fn sample_training_gives_the_bits_of_rust() {
    let mut rig = Rig::new();
    let (mut student, mut scratch) = (CoreStudent::ZERO, SampleScratch::ZERO);
    let mut samples = Samples::of(&mut student, Activation::LeakyRelu(SLOPE), &mut scratch).unwrap();
    rig.descent.value_rate = 0.0625;
    let descent = Descent { value_rate: 0.0625, ..Descent::new(0.25) };
    ok(rig.begin());
    for batch in 1..5 {
        for _ in 0..batch {
            ok(rig.accumulate());
            samples.accumulate(&rig.x, &rig.y).unwrap();
        }
        assert_eq!(rig.batch_loss(), (batch, samples.batch_loss().mean_loss().unwrap()));
        ok(rig.samples_step());
        samples.step(&descent).unwrap();
        assert_eq!(rig.batch_loss(), (0, 0.0));
        rig.x.rotate_left(1);
    }
    assert_eq!(rig.digest(), core_digest(samples.student()));
}

#[test]
fn pairs_in_one_call_or_in_many_give_the_same_bits() {
    let (mut one, mut many) = (Rig::new(), Rig::new());
    let x: Vec<Real> = (0..3 * N_X).map(|i| ((i * 11) % 13) as Real - 6.0).collect();
    let y: Vec<Real> = (0..3 * N_Y).map(|i| ((i * 3) % 5) as Real - 2.0).collect();
    ok(one.begin());
    ok(many.begin());
    // SAFETY: the arrays are as long as is said.
    unsafe {
        ok(samples_accumulate(one.student, one.sampler, 3, x.as_ptr(), 3 * N_X, y.as_ptr(), 3 * N_Y));
        for (x, y) in x.chunks(N_X).zip(y.chunks(N_Y)) {
            ok(samples_accumulate(many.student, many.sampler, 1, x.as_ptr(), N_X, y.as_ptr(), N_Y));
        }
    }
    assert_eq!(one.batch_loss(), many.batch_loss());
    (one.descent.value_rate, many.descent.value_rate) = (0.01, 0.01);
    ok(one.samples_step());
    ok(many.samples_step());
    assert_eq!(one.digest(), many.digest());
}

/// A student that learns from pairs, `at_once` of them in one call, with a sampler of as many words as `words_of` says: its
/// digest, and what the sampler said of every batch.
fn trained_on_pairs(shape: &tutee_shape, words_of: SizeOf, at_once: usize) -> (u64, Vec<(u64, Real)>) {
    const PAIRS: usize = 35;
    let [filters, features, tokens, outputs] =
        [shape.filters, shape.features, shape.tokens, shape.outputs].map(|size| size as usize);
    let (one_x, one_y) = (tokens * features, outputs * filters);
    let reals =
        |n: usize, factor: usize| -> Vec<Real> { (0..n).map(|i| ((i * factor) % 13) as Real / 6.0 - 1.0).collect() };
    let (x, y, value) = (reals(PAIRS * one_x, 5), reals(PAIRS * one_y, 7), reals(filters * features, 11));
    let descent = tutee_descent { value_rate: 0.01, attention_rate: 0.01, value_limit: 1e6, compensated: 1 };
    let (mut student, mut sampler) = (ptr::null_mut(), ptr::null_mut());
    let mut losses = Vec::new();
    // SAFETY: the arrays are as long as is said.
    unsafe {
        let mut words = [0; 2];
        ok(student_words(shape, &mut words[0]));
        ok(words_of(shape, &mut words[1]));
        // What the memory held before does not matter.
        let [mut a, mut b] = words.map(|words| vec![0x7FF8_7FF8_7FF8_7FF8; words]);
        ok(student_init(a.as_mut_ptr(), a.len(), shape, &mut student));
        ok(sampler_init(b.as_mut_ptr(), b.len(), shape, &mut sampler));
        ok(student_set(student, VALUE_BLOCK, value.as_ptr(), value.len()));
        ok(samples_begin(student, sampler, LEAKY, SLOPE));
        for _ in 0..3 {
            for (x, y) in x.chunks(at_once * one_x).zip(y.chunks(at_once * one_y)) {
                let pairs = x.len() / one_x;
                ok(samples_accumulate(student, sampler, pairs, x.as_ptr(), x.len(), y.as_ptr(), y.len()));
            }
            let mut batch_loss = (0, 0.0);
            ok(samples_loss(sampler, &mut batch_loss.0, &mut batch_loss.1));
            losses.push(batch_loss);
            ok(samples_step(student, sampler, &descent));
        }
        (digest(student), losses)
    }
}

type SizeOf = unsafe extern "C" fn(*const tutee_shape, *mut usize) -> tutee_status;

/// Pairs that fill no stack, one, and more than one; stacks of 32 pairs, of some, and of one.
#[test]
fn a_wide_sampler_gives_the_bits_of_an_ordinary_one() {
    for [filters, features, tokens, outputs] in
        [[1, 1, 1, 1], [2, 3, 4, 4], [3, 5, 7, 6], [5, 4, 9, 1], [16, 9, 12, 20], [65, 2, 3, 3]]
    {
        let shape = tutee_shape { filters, features, tokens, outputs };
        let expected = trained_on_pairs(&shape, sampler_words, 1);
        let [(count, first), _, (_, last)] = expected.1[..] else { unreachable!() };
        assert!(count == 35 && last < first, "{shape:?} learns nothing");
        let others: [(SizeOf, usize); 4] =
            [(sampler_words, 35), (sampler_words_wide, 1), (sampler_words_wide, 3), (sampler_words_wide, 35)];
        for (words_of, at_once) in others {
            assert_eq!(trained_on_pairs(&shape, words_of, at_once), expected, "{shape:?}, {at_once} at once");
        }
    }
}

#[test]
fn online_training_gives_the_bits_of_rust() {
    let (mut rig, mut source) = (Rig::new(), source());
    source.noise_mean = 0.5;
    source.noise_deviation = 0.25;
    let noise = tutee::input::LabelNoise { mean: 0.5, standard_deviation: 0.25 };
    let (teacher, mut student, mut scratch) = (core_teacher(), Student::ZERO, OnlineScratch::ZERO);
    let core_source = Source { noise, ..Source::gaussian(9, 3) };
    let mut training = Online::of(&mut student, &teacher, core_source, &mut scratch).unwrap();
    for _ in 0..20 {
        let Rig { student, teacher, descent, scratch, .. } = &mut rig;
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(online_step(*student, *teacher, &mut source, descent, scratch.as_mut_ptr(), SCRATCH)) };
        training.step(&Descent::new(0.25)).unwrap();
    }
    assert_eq!(rig.digest(), core_digest(training.student()));
    assert_eq!(source.index, 60);
}

/// Every distribution arrives as itself.
#[test]
fn every_input_gives_the_bits_of_rust() {
    use tutee::input::Input;
    use tutee_input::*;
    let inputs = [
        (TUTEE_GAUSSIAN, 7.5, Input::Gaussian),
        (TUTEE_EXPONENTIAL, 7.5, Input::Exponential),
        (TUTEE_UNIFORM, 7.5, Input::Uniform),
        (TUTEE_LAPLACE, 7.5, Input::Laplace),
        (TUTEE_STUDENT_T, 3.0, Input::StudentT { degrees_of_freedom: 3 }),
        (TUTEE_STUDENT_T, 64.0, Input::StudentT { degrees_of_freedom: 64 }),
        (TUTEE_CORRELATED, -0.5, Input::Correlated { correlation: -0.5 }),
        (TUTEE_SHIFTED, 2.0, Input::Shifted { mean: 2.0 }),
        (TUTEE_GUMBEL, 7.5, Input::Gumbel),
    ];
    let mut digests = Vec::new();
    for (input, parameter, core_input) in inputs {
        let (mut rig, mut source) = (Rig::new(), source());
        (source.input, source.parameter) = (input as i32, parameter);
        let (teacher, mut student, mut scratch) = (core_teacher(), Student::ZERO, OnlineScratch::ZERO);
        let core_source = Source { input: core_input, ..Source::gaussian(9, 3) };
        let mut training = Online::of(&mut student, &teacher, core_source, &mut scratch).unwrap();
        let Rig { student, teacher, descent, scratch, .. } = &mut rig;
        descent.value_rate = 0.0625;
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(online_step(*student, *teacher, &mut source, descent, scratch.as_mut_ptr(), SCRATCH)) };
        training.step(&Descent { value_rate: 0.0625, ..Descent::new(0.25) }).unwrap();
        assert_eq!(rig.digest(), core_digest(training.student()), "{input:?}");
        digests.push(rig.digest());
    }
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), inputs.len(), "no two are the same");
}

#[test]
fn measures_and_predictions_are_those_of_rust() {
    let mut rig = Rig::new();
    let (teacher, mut student, mut scratch) = (core_teacher(), core_population(10), PopulationScratch::ZERO);
    for _ in 0..10 {
        ok(rig.population_step());
    }
    let expected = Population::of(&mut student, &teacher, &mut scratch).measure();
    let mut found = UNTOUCHED.end;
    let mut recovered = tutee_recovery {
        value_cosine_min: 0.0,
        value_cosine_mean: 0.0,
        attention_error_max: 0.0,
        mass_mean: 0.0,
        mass_min: 0.0,
        value_cosine_defined: 0,
    };
    let (mut y, mut attention, mut kq, mut position) = ([0.0; N_Y], [0.0; N_MIXING], [0.0; 16], [0.0; 16]);
    let scratch = rig.scratch.as_mut_ptr();
    // SAFETY: the arrays are as long as is said.
    unsafe {
        ok(student_measure(rig.student, rig.teacher, scratch, SCRATCH, &mut found));
        ok(student_recovery(rig.student, rig.teacher, scratch, SCRATCH, &mut recovered));
        ok(student_predict(rig.student, LEAKY, SLOPE, 1, rig.x.as_ptr(), N_X, scratch, SCRATCH, y.as_mut_ptr(), N_Y));
        ok(student_get(rig.student, ATTENTION, attention.as_mut_ptr(), N_MIXING));
        ok(position_of(&mut position, tutee_encoding::TUTEE_ENCODING_RANDOM));
        ok(student_get_key_query(rig.student, position.as_ptr(), 16, kq.as_mut_ptr(), 16));
    }
    assert_eq!(
        (found.steps, found.excess_loss, found.gradient_norm),
        (10, expected.excess_loss, expected.gradient_norm)
    );
    let expected = recovery(student.view(), teacher.view(), &mut [0.0; 4]).unwrap();
    assert_eq!(Some(recovered.value_cosine_min), expected.value_cosine_min);
    assert_eq!(Some(recovered.value_cosine_mean), expected.value_cosine_mean);
    assert_eq!(recovered.attention_error_max, expected.attention_error_max);
    assert_eq!((recovered.mass_mean, recovered.mass_min), (expected.mass_mean, expected.mass_min));
    assert_eq!(recovered.value_cosine_defined, 1);
    let mut expected = Matrix::ZERO;
    student.attention(&mut expected);
    assert_eq!(attention, *expected.as_slice());
    let mut expected_y = [0.0; N_Y];
    let shape = student.view().shape();
    let parts = (student.value().as_slice(), &attention[..]);
    let activation = Activation::LeakyRelu(SLOPE);
    tutee::predict::forward(shape, activation, parts, &rig.x, &mut [0.0; 4], &mut expected_y).unwrap();
    assert_eq!(y, expected_y);

    let mut expected = Matrix::<Real, 4, 4>::ZERO;
    let position = MatrixView::new("position", &position, 4, 4).unwrap();
    tutee::position::logits_to_kq(position, student.logits().view(), expected.view_mut()).unwrap();
    assert_eq!(kq, *expected.as_slice());
}

fn position_of(out: &mut [Real; 16], encoding: tutee_encoding) -> tutee_status {
    // SAFETY: the array is as long as is said.
    unsafe { position(encoding as i32, 4, 3, out.as_mut_ptr(), 16) }
}

/// W_KQ goes out and comes back, under every encoding.
#[test]
fn a_student_can_be_set_from_its_own_kq() {
    use tutee_encoding::*;
    let mut rig = Rig::new();
    for _ in 0..10 {
        ok(rig.population_step());
    }
    let (mut before, mut after, mut kq, mut position) = ([0.0; 16], [0.0; 16], [0.0; 16], [0.0; 16]);
    let scratch = rig.scratch.as_mut_ptr();
    let encodings = [
        TUTEE_ENCODING_IDENTITY,
        TUTEE_ENCODING_SINUSOIDAL,
        TUTEE_ENCODING_HADAMARD,
        TUTEE_ENCODING_COSINE,
        TUTEE_ENCODING_RANDOM,
    ];
    // SAFETY: the arrays are as long as is said.
    unsafe {
        ok(student_get(rig.student, LOGITS, before.as_mut_ptr(), N_MIXING));
        for encoding in encodings {
            ok(position_of(&mut position, encoding));
            ok(student_get_key_query(rig.student, position.as_ptr(), 16, kq.as_mut_ptr(), 16));
            ok(student_set_key_query(rig.student, position.as_ptr(), 16, kq.as_ptr(), 16, scratch, SCRATCH));
            ok(student_get(rig.student, LOGITS, after.as_mut_ptr(), N_MIXING));
            for (after, before) in after.iter().zip(before) {
                // A dozen roundings of numbers below 4.
                assert!((after - before).abs() < 64.0 * Real::EPSILON, "{encoding:?}");
            }
        }
    }
}

/// Each block's length, what it holds, and what may be done with it.
#[test]
fn blocks() {
    let mut rig = Rig::new();
    for _ in 0..3 {
        ok(rig.population_step());
    }
    let oblong = tutee_shape { filters: 2, features: 3, tokens: 4, outputs: 5 };
    let student = rig.student;
    // SAFETY: the arrays are as long as is said.
    unsafe {
        for (block, expected) in [(VALUE_BLOCK, 6), (LOGITS, 20), (ATTENTION, 20)] {
            let mut len = 0;
            ok(tutee_student_block_len(&oblong, block, &mut len));
            assert_eq!(len, expected, "block {block}");
        }
        let mut out = [7.0; N_MIXING];
        for none in [-1, 3, 4, 5, 6, i32::MAX] {
            let mut len = 7;
            assert_eq!(tutee_student_block_len(&oblong, none, &mut len), TUTEE_ERROR_ENUM);
            assert_eq!(student_get(student, none, out.as_mut_ptr(), N_MIXING), TUTEE_ERROR_ENUM);
            assert_eq!(student_set(student, none, out.as_ptr(), N_MIXING), TUTEE_ERROR_ENUM);
            assert_eq!((len, out), (7, [7.0; N_MIXING]));
        }
        let before = rig.bits();
        let attention = [0.25; N_MIXING];
        assert_eq!(student_set(student, ATTENTION, attention.as_ptr(), N_MIXING), TUTEE_ERROR_READ_ONLY);
        // W_KQ needs the encoding and a place for the logits, and is not read over the encoding.
        let (none, given, to) = (ptr::null(), attention.as_ptr(), out.as_mut_ptr());
        let no_place = ptr::null_mut();
        assert_eq!(student_get_key_query(student, none, 16, to, 16), TUTEE_ERROR_NULL);
        assert_eq!(student_get_key_query(student, to, 16, to, 16), TUTEE_ERROR_OVERLAP);
        assert_eq!(student_set_key_query(student, none, 16, given, 16, to, SCRATCH), TUTEE_ERROR_NULL);
        assert_eq!(student_set_key_query(student, given, 16, given, 16, no_place, 0), TUTEE_ERROR_NULL);
        assert_eq!((out, rig.bits()), ([7.0; N_MIXING], before));
    }
}

/// Every family fills the mixing that it should.
#[test]
fn every_way_to_make_a_teacher() {
    let (h, t) = (0.5, 1.0 / 3.0);
    let blocks = [[h, h, 0.0, 0.0], [h, h, 0.0, 0.0], [0.0, 0.0, h, h], [0.0, 0.0, h, h]];
    let columns = [[h, 0.0, h, 0.0], [0.0, h, 0.0, h], [h, 0.0, h, 0.0], [0.0, h, 0.0, h]];
    let ring = [[t, t, 0.0, t], [t, t, t, 0.0], [0.0, t, t, t], [t, 0.0, t, t]];
    let path = [[0.0, 1.0, 0.0, 0.0], [h, 0.0, h, 0.0], [0.0, h, 0.0, h], [0.0, 0.0, 1.0, 0.0]];
    let own = [[0.1, 0.2, 0.3, 0.4]; 4];
    let window = tutee_window { grid_rows: 2, grid_cols: 2, window_rows: 2, window_cols: 1 };
    let (path_edges, tokens) = ([1usize, 0, 1, 2, 3, 2], [3usize, 1]);
    let mut memory = vec![0u64; WORDS];
    let memory = memory.as_mut_ptr();
    let value = VALUE.as_ptr();
    let mut out = ptr::null_mut();
    let mut check = |make: &dyn Fn(*mut *mut tutee_teacher<Real>) -> tutee_status, expected: [[Real; 4]; 4]| {
        ok(make(&mut out));
        let (mut mixing, mut filters) = ([0.0; N_MIXING], [0.0; N_VALUE]);
        // SAFETY: the arrays are as long as is said.
        unsafe {
            ok(teacher_mixing(out, mixing.as_mut_ptr(), N_MIXING));
            ok(teacher_value(out, filters.as_mut_ptr(), N_VALUE));
        }
        assert_eq!(mixing, *expected.as_flattened());
        assert_eq!(filters, VALUE);
    };
    // SAFETY: the arrays are as long as is said.
    unsafe {
        check(
            &|out| {
                teacher_of((memory, WORDS, &SHAPE, 0, 0.0, value, 6), |m, n| mixing_convolution(&SHAPE, 2, m, n), out)
            },
            blocks,
        );
        check(
            &|out| {
                teacher_of((memory, WORDS, &SHAPE, 0, 0.0, value, 6), |m, n| mixing_window(&SHAPE, &window, m, n), out)
            },
            columns,
        );
        check(
            &|out| teacher_of((memory, WORDS, &SHAPE, 0, 0.0, value, 6), |m, n| mixing_cycle(&SHAPE, 1, m, n), out),
            ring,
        );
        check(
            &|out| {
                teacher_of(
                    (memory, WORDS, &SHAPE, 0, 0.0, value, 6),
                    |m, n| mixing_graph(&SHAPE, path_edges.as_ptr(), 3, 0, m, n),
                    out,
                )
            },
            path,
        );
        let alone = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
        check(
            &|out| {
                teacher_of(
                    (memory, WORDS, &SHAPE, 0, 0.0, value, 6),
                    |m, n| mixing_graph(&SHAPE, ptr::null(), 0, 1, m, n),
                    out,
                )
            },
            alone,
        );
        // A path has nodes with two and with three in their neighbourhoods.
        let (six, far) = (1.0 / (6.0 as Real).sqrt(), 1.0 / (9.0 as Real).sqrt());
        let symmetric = [[h, six, 0.0, 0.0], [six, t, far, 0.0], [0.0, far, t, six], [0.0, 0.0, six, h]];
        check(
            &|out| {
                teacher_of(
                    (memory, WORDS, &SHAPE, 0, 0.0, value, 6),
                    |m, n| mixing_graph(&SHAPE, path_edges.as_ptr(), 3, 2, m, n),
                    out,
                )
            },
            symmetric,
        );
        let chosen = [[0.0, h, 0.0, h]; 4];
        check(
            &|out| {
                teacher_of(
                    (memory, WORDS, &SHAPE, 0, 0.0, value, 6),
                    |m, n| mixing_selection(&SHAPE, tokens.as_ptr(), 2, m, n),
                    out,
                )
            },
            chosen,
        );
        let group = [[0.0, 0.0, 1.0, 0.0]; 4];
        check(
            &|out| teacher_of((memory, WORDS, &SHAPE, 0, 0.0, value, 6), |m, n| mixing_group(&SHAPE, 2, m, n), out),
            group,
        );
        check(&|out| teacher_init(memory, WORDS, &SHAPE, 0, 0.0, value, 6, own.as_ptr().cast(), 16, out), own);
    }
}
