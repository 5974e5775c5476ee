//! What is refused, and what is left of it: batches that belong to nothing, pairs that are wrong, steps that run away, memory
//! that was overwritten.

use tutee_abi::tutee_status::*;
use tutee_abi::*;

use super::rig::*;

#[test]
fn a_batch_belongs_to_what_was_observed() {
    let pairs = recorded(8, 5);
    let mut raw = Raw::new(READINGS, ALL, IDENTITY);
    let memory = raw.memory.clone();
    assert_eq!(raw.begin(), TUTEE_ERROR_CANNOT_MOVE, "nothing was observed");
    assert_eq!(raw.accumulate(8, &pairs), TUTEE_ERROR_BATCH);
    assert_eq!(raw.loss(8, &pairs), Err(TUTEE_ERROR_BATCH));
    assert_eq!(raw.diagnose(), Err(TUTEE_ERROR_BATCH));
    assert_eq!(raw.step(&usual()), Err(TUTEE_ERROR_BATCH));
    let mut y = [7.0; ANSWERS];
    // SAFETY: the arrays are as long as is said.
    unsafe {
        let x = pairs.0.as_ptr();
        assert_eq!(raw_predict(raw.raw(), 1, x, READ, y.as_mut_ptr(), ANSWERS), TUTEE_ERROR_BATCH);
    }
    assert_eq!((&raw.memory, y), (&memory, [7.0; ANSWERS]));

    // Readings that are all equal.
    let still = (vec![1.5; 9 * READ], vec![2.0; 9 * ANSWERS]);
    ok(raw.observe(9, &still));
    let memory = raw.memory.clone();
    assert_eq!(raw.begin(), TUTEE_ERROR_CANNOT_MOVE);
    assert_eq!(raw.memory, memory);

    ok(raw.observe(8, &pairs));
    ok(raw.begin());
    ok(raw.accumulate(8, &pairs));
    // Begun again, the batch is dropped.
    ok(raw.begin());
    assert_eq!(raw.diagnose(), Err(TUTEE_ERROR_NO_SAMPLES));
    ok(raw.accumulate(8, &pairs));
    // Pairs that are looked at now scale readings in another way.
    ok(raw.observe(8, &pairs));
    assert_eq!(raw.step(&usual()), Err(TUTEE_ERROR_BATCH));
    ok(raw.begin());
    ok(raw.accumulate(8, &pairs));
    raw.step(&usual()).unwrap();
}

#[test]
fn of_pairs_that_are_wrong_none_is_taken() {
    let pairs = recorded(8, 6);
    let mut raw = Raw::new(READINGS, ALL, IDENTITY);
    ok(raw.observe(8, &pairs));
    ok(raw.begin());
    ok(raw.accumulate(8, &pairs));
    let memory = raw.memory.clone();
    // The last of eight: no number; a number whose square no type holds; one that no deviation can be taken of.
    for (number, observed) in [
        (Real::NAN, TUTEE_ERROR_NOT_FINITE),
        (Real::MAX, TUTEE_ERROR_OUT_OF_RANGE),
        (-Real::MAX, TUTEE_ERROR_OUT_OF_RANGE),
    ] {
        for of_x in [true, false] {
            let mut wrong = pairs.clone();
            let numbers = if of_x { &mut wrong.0 } else { &mut wrong.1 };
            *numbers.last_mut().unwrap() = number;
            if of_x {
                // The last feature is stuck, and is not looked at: the one before it.
                numbers[8 * READ - 1] = 42.0;
                numbers[8 * READ - 2] = number;
            }
            assert_eq!(raw.observe(8, &wrong), observed, "{number} {of_x}");
            assert_eq!(raw.accumulate(8, &wrong), TUTEE_ERROR_NOT_FINITE, "{number} {of_x}");
            assert_eq!(raw.loss(8, &wrong), Err(TUTEE_ERROR_NOT_FINITE), "{number} {of_x}");
        }
    }
    assert_eq!(raw.diagnose().unwrap().pairs, 8);
    // Beside the batch there is working memory; parameters, what is known and the batch are the same.
    ok(raw.accumulate(8, &pairs));
    let mut other = Raw { memory };
    ok(other.accumulate(8, &pairs));
    assert_eq!(raw.step(&usual()).unwrap(), other.step(&usual()).unwrap());
    assert_eq!(raw.memory, other.memory);
}

#[test]
fn a_share_that_is_too_large_diverges_and_the_last_sane_student_comes_back() {
    let pairs = recorded(8, 7);
    let mut raw = Raw::new(READINGS, INTERCEPT, IDENTITY);
    ok(raw.observe(8, &pairs));
    ok(raw.begin());
    let steep = tutee_raw_descent { value_share: 40.0, ..usual() };
    let mut answers = vec![];
    let diverged = (0..20).find_map(|_| {
        ok(raw.accumulate(8, &pairs));
        answers.push(raw.explain([2, 2, 6]));
        raw.step(&steep).err()
    });
    assert_eq!(diverged, Some(TUTEE_ERROR_DIVERGED));
    // The one whose batch cost little enough, and which the last step that was taken left.
    assert_eq!(raw.explain([2, 2, 6])[1], answers[answers.len() - 2][1]);
    assert_eq!(raw.diagnose(), Err(TUTEE_ERROR_NO_SAMPLES));
    for _ in 0..50 {
        ok(raw.accumulate(8, &pairs));
        raw.step(&usual()).unwrap();
    }

    // Settings that are none change nothing.
    ok(raw.accumulate(8, &pairs));
    let memory = raw.memory.clone();
    for (wrong, status) in [
        (tutee_raw_descent { value_share: 0.0, ..usual() }, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_raw_descent { value_share: Real::INFINITY, ..usual() }, TUTEE_ERROR_NOT_FINITE),
        (tutee_raw_descent { attention_share: -1.0, ..usual() }, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_raw_descent { row_limit: Real::NAN, ..usual() }, TUTEE_ERROR_NOT_FINITE),
        (tutee_raw_descent { row_limit: 0.0, ..usual() }, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_raw_descent { loss_limit: 1.0, ..usual() }, TUTEE_ERROR_OUT_OF_RANGE),
        (tutee_raw_descent { compensated: 2, ..usual() }, TUTEE_ERROR_ENUM),
    ] {
        assert_eq!(raw.step(&wrong), Err(status), "{wrong:?}");
    }
    assert_eq!(raw.memory, memory);
}

#[test]
fn a_copy_goes_on_where_its_original_stands_and_overwritten_words_are_refused() {
    let pairs = recorded(2, 8);
    let mut raw = Raw::new(READINGS, ALL, IDENTITY);
    ok(raw.observe(2, &pairs));
    ok(raw.begin());
    ok(raw.accumulate(2, &pairs));
    let mut copy = Raw { memory: raw.memory.clone() };
    assert_eq!(raw.step(&usual()).unwrap(), copy.step(&usual()).unwrap());
    assert_eq!(raw.memory, copy.memory);
    // No word of an object can make a call crash; a header is told.
    for word in 0..copy.memory.len() {
        // Header and state; of the numbers behind them NaN does.
        let values = [0x7FF0_0000_7FC0_0000, 0, 1, u64::MAX];
        for value in values.into_iter().take(if word < 21 { 4 } else { 1 }) {
            let mut spoilt = Raw { memory: copy.memory.clone() };
            spoilt.memory[word] = value;
            let changed = spoilt.memory != copy.memory;
            let found = spoilt.accumulate(2, &pairs);
            if word < 5 && changed {
                assert_eq!(found, TUTEE_ERROR_OBJECT, "word {word}");
            }
            let _ = (spoilt.step(&usual()), spoilt.diagnose(), spoilt.loss(2, &pairs), spoilt.begin());
        }
    }
}

/// A step that runs away because a sensor was moved says the same as one whose share is too large; the readings tell them apart.
#[test]
#[cfg_attr(miri, ignore = "a training of hours there")]
fn sensors_that_moved_are_told_from_shares_that_are_too_large() {
    let pairs = recorded(64, 11);
    let strayed = |raw: &mut Raw, (x, y): &(Vec<Real>, Vec<Real>)| {
        let mut found = tutee_raw_spread { input: -7.0, answer: -7.0, token: 77, feature: 77, output: 77, filter: 77 };
        let count = x.len() / READ;
        // SAFETY: the arrays are as long as is said.
        match unsafe { raw_strayed(raw.raw(), count, x.as_ptr(), x.len(), y.as_ptr(), y.len(), &mut found) } {
            TUTEE_OK => Ok(found),
            status => Err(status),
        }
    };
    let mut raw = Raw::new(READINGS, ALL, IDENTITY);
    assert_eq!(strayed(&mut raw, &pairs), Err(TUTEE_ERROR_CANNOT_MOVE));
    ok(raw.observe(64, &pairs));
    let still = strayed(&mut raw, &pairs).unwrap();
    assert!((1.0..1.5).contains(&still.input) && (1.0..1.5).contains(&still.answer), "{still:?}");
    ok(raw.begin());
    for _ in 0..200 {
        ok(raw.accumulate(64, &pairs));
        raw.step(&usual()).unwrap();
    }
    // The first two sensors by seven metres, one up and one down, of the latter a little more; others of the same plant.
    let mut moved = recorded(64, 12);
    let others = strayed(&mut raw, &moved).unwrap();
    assert!(others.input < 2.0 && others.answer < 2.0, "{others:?}");
    for x in moved.0.chunks_mut(READ) {
        (x[0], x[2]) = (x[0] + 7000.0, x[2] - 8000.0);
    }
    ok(raw.accumulate(64, &moved));
    let memory = raw.memory.clone();
    let far = strayed(&mut raw, &moved).unwrap();
    assert!(far.input > 16.0 && far.answer < 2.0, "{far:?}");
    assert_eq!((far.token, far.feature, far.filter), (1, 0, 0));
    assert_eq!(raw.memory, memory);
    assert_eq!(raw.step(&usual()), Err(TUTEE_ERROR_DIVERGED));
    // An answer that is counted in another unit.
    let mut counted = recorded(64, 12);
    let answers = counted.1.len() / 64;
    for y in counted.1.chunks_mut(answers) {
        y[1] *= 10.0;
    }
    let louder = strayed(&mut raw, &counted).unwrap();
    assert!(louder.answer > 16.0 && (louder.output, louder.filter) == (1, 0), "{louder:?}");
    let mut not = moved.clone();
    not.0[3] = Real::NAN;
    assert_eq!(strayed(&mut raw, &not), Err(TUTEE_ERROR_NOT_FINITE));
    not.0[3] = 42.0;
    not.0[2] = Real::MAX;
    assert_eq!(strayed(&mut raw, &not), Err(TUTEE_ERROR_NOT_FINITE));
}
