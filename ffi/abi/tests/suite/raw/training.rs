//! Training on readings: the bits of Rust, what is read back in the units of the readings, and a filter that is dead.

use tutee::Shape;
use tutee::activation::Activation;
use tutee::gradient::raw_samples::{Powers, RawDescent, RawSamples, RawScratchViewMut, raw_scratch_len};
use tutee::gradient::samples::{BatchLoss, SampleScratchViewMut, Samples, sample_scratch_len};
use tutee::readings::{Centre, Explanation, Observed, Preparation, StandardizerViewMut, standardizer_len};
use tutee::student::{StudentViewMut, student_len};
use tutee_abi::tutee_status::*;
use tutee_abi::*;

use super::rig::*;

#[test]
fn training_gives_the_bits_of_rust() {
    for (preparation, flags) in [
        (Preparation::NONE, 0),
        (Preparation::INTERCEPT, INTERCEPT),
        (Preparation { intercept: true, spare: true, signed: true }, ALL),
    ] {
        let (pairs, held_out) = (recorded(20, 1), recorded(9, 2));
        let mut raw = Raw::new(READINGS, flags, IDENTITY);
        ok(raw.observe(20, &pairs));
        ok(raw.begin());

        let readings = Shape::new(1, 2, 3, 2).unwrap();
        let shape = preparation.shape(readings).unwrap();
        let mut known = (vec![0.0; standardizer_len(readings)], Observed::<Real>::ZERO);
        let mut standardizer = StandardizerViewMut::new(readings, &mut known.0, &mut known.1).unwrap();
        for (x, y) in pairs.0.chunks(READ).zip(pairs.1.chunks(ANSWERS)) {
            standardizer.observe(readings, Centre::Token, x, y).unwrap();
        }
        let mut parameters = (vec![0.0; student_len(shape)], 0);
        let mut student = StudentViewMut::new(shape, &mut parameters.0, &mut parameters.1).unwrap();
        if preparation.signed {
            student.set_value(&vec![0.5; shape.value_len()]).unwrap();
        }
        let mut scratch = (vec![0.0; sample_scratch_len(shape)], BatchLoss::ZERO);
        let scratch = SampleScratchViewMut::new(shape, &mut scratch.0, &mut scratch.1).unwrap();
        let mut working = (vec![0.0; raw_scratch_len(shape)], Powers::ZERO);
        let working = RawScratchViewMut::new(shape, &mut working.0, &mut working.1).unwrap();
        let samples = Samples::new(student, Activation::Identity, scratch).unwrap();
        let mut core = RawSamples::new(readings, preparation, standardizer, samples, working).unwrap();

        for _ in 0..30 {
            ok(raw.accumulate(20, &pairs));
            for (x, y) in pairs.0.chunks(READ).zip(pairs.1.chunks(ANSWERS)) {
                core.accumulate(x, y).unwrap();
            }
            let (found, expected) = (raw.step(&usual()).unwrap(), core.step(&RawDescent::default()).unwrap());
            assert_eq!(found.value_rate.to_bits(), expected.descent.value_rate.to_bits());
            assert_eq!(found.attention_rate.to_bits(), expected.descent.attention_rate.to_bits());
            assert_eq!(found.fit.loss.to_bits(), expected.loss.to_bits());
            assert_eq!(found.fit.explained.to_bits(), expected.explained().to_bits());
        }
        let mut y = [0.0; ANSWERS];
        core.predict(&held_out.0[..READ], &mut y).unwrap();
        assert_eq!(raw.predict(&held_out.0[..READ], ANSWERS), y);
        let (mut value, mut bias, mut mixing) = ([0.0; 2], [0.0; 2], [0.0; 6]);
        core.explain(Explanation { value: &mut value, bias: &mut bias, mixing: &mut mixing }).unwrap();
        assert_eq!(raw.explain([2, 2, 6]), [&value[..], &bias, &mixing]);

        // A loss that is held out is that of predictions, in units of how far answers spread.
        let fit = raw.loss(9, &held_out).unwrap();
        let (mut loss, mut scale, mut mean) = (0.0, 0.0, [0.0; 2]);
        let mut unused = ([0.0; 6], [0.0; 2]);
        let [m, s, a] = [unused.0.as_mut_ptr(), unused.1.as_mut_ptr(), mean.as_mut_ptr()];
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(raw_moments(raw.raw(), m, 6, s, 2, a, 2, &mut scale)) };
        for (x, y) in held_out.0.chunks(READ).zip(held_out.1.chunks(ANSWERS)) {
            let missed: Real = raw.predict(x, 2).iter().zip(y).map(|(f, y)| (f - y) * (f - y)).sum();
            loss += missed / 2.0 / scale / scale / 9.0;
        }
        assert!((fit.loss - loss).abs() <= 1e-3 * loss, "{fit:?} {loss}");
        assert_eq!(unused.1[1], 0.0, "the second feature was stuck");
    }
}

#[test]
#[cfg_attr(miri, ignore = "a training of hours there")]
fn what_a_plant_hides_is_read_back_in_its_own_units() {
    let (pairs, held_out) = (recorded(64, 3), recorded(64, 4));
    let mut raw = Raw::new(READINGS, ALL, IDENTITY);
    ok(raw.observe(64, &pairs));
    ok(raw.begin());
    let begun = raw.diagnose();
    assert_eq!(begun, Err(TUTEE_ERROR_NO_SAMPLES));
    ok(raw.accumulate(64, &pairs));
    assert_eq!(raw.diagnose().unwrap().beside_uniform, 0.0);
    for _ in 0..3000 {
        raw.step(&usual()).unwrap();
        ok(raw.accumulate(64, &pairs));
    }
    let diagnosis = raw.diagnose().unwrap();
    assert_eq!((diagnosis.pairs, diagnosis.steps, diagnosis.dead_filter), (64, 3000, -1));
    assert!(diagnosis.fit.explained > 0.99 && diagnosis.beside_uniform > 0.5, "{diagnosis:?}");
    let fit = raw.loss(64, &held_out).unwrap();
    assert!(fit.explained > 0.99, "{fit:?}");

    let [value, bias, mixing] = raw.explain([2, 2, 6]);
    assert_eq!(value[1], 0.0);
    let weight = |j: usize, i: usize| 1000.0 * value[0] * mixing[3 * j + i];
    for (place, expected) in [((0, 0), 3.0), ((0, 1), 0.0), ((1, 0), 0.0), ((1, 1), -1.5), ((1, 2), 1.5)] {
        let found = weight(place.0, place.1);
        assert!((found - expected).abs() < 0.2, "{place:?}: {found}, not {expected}");
    }
    let x = &held_out.0[..READ];
    let told: Vec<Real> =
        (0..2).map(|j| (0..3).map(|i| mixing[3 * j + i] * value[0] * x[2 * i]).sum::<Real>() + bias[j]).collect();
    for (told, y) in told.iter().zip(raw.predict(x, 2)) {
        assert!((told - y).abs() < 1e-2, "{told} {y}");
    }
    // The three links, then what is none; the list of all is the matrix.
    let all = raw.links(6);
    assert_eq!(raw.links(3), all[..3]);
    let mut first: Vec<_> = all[..3].iter().map(|&(output, token, _)| (output, token)).collect();
    first.sort_unstable();
    assert_eq!(first, [(0, 0), (1, 1), (1, 2)]);
    assert!(all.is_sorted_by(|a, b| a.2.abs() >= b.2.abs()));
    for (output, token, weight) in all {
        assert_eq!(mixing[(3 * output + token) as usize], weight);
    }
}

#[test]
fn a_dead_filter_is_named() {
    // Answers that are never above zero, behind a ReLU that sets out from a half.
    let shape = tutee_shape { filters: 1, features: 1, tokens: 1, outputs: 1 };
    let mut raw = Raw::new(shape, INTERCEPT, RELU);
    let pairs = (vec![1.0, 2.0], vec![-1.0, -2.0]);
    ok(raw.observe(2, &pairs));
    ok(raw.begin());
    for _ in 0..50 {
        ok(raw.accumulate(2, &pairs));
        raw.step(&usual()).unwrap();
    }
    ok(raw.accumulate(2, &pairs));
    let diagnosis = raw.diagnose().unwrap();
    assert_eq!((diagnosis.dead_filter, diagnosis.fit.explained), (0, 0.0), "{diagnosis:?}");
}

#[test]
fn what_is_known_of_readings_is_forgotten_as_in_rust() {
    let shape = Shape::new(1, 2, 3, 2).unwrap();
    let pairs = recorded(20, 5);
    for (activation, centre) in [(IDENTITY, Centre::Token), (RELU, Centre::Feature)] {
        let mut raw = Raw::new(READINGS, INTERCEPT, activation);
        let (mut known, mut observed) = (vec![0.0; standardizer_len(shape)], Observed::ZERO);
        let mut core = StandardizerViewMut::new(shape, &mut known, &mut observed).unwrap();
        for (i, (x, y)) in pairs.0.chunks(READ).zip(pairs.1.chunks(ANSWERS)).enumerate() {
            // A window of three; then all that is known at once.
            let window = if i == 15 { 0 } else { 3 };
            // SAFETY: the object is alive.
            unsafe { ok(raw_forget(raw.raw(), window)) };
            core.forget(window);
            ok(raw.observe(1, &(x.to_vec(), y.to_vec())));
            core.observe(shape, centre, x, y).unwrap();
        }
        assert_eq!(core.pairs(), 4);
        let (mut means, mut scales, mut answers, mut scale) = ([7.0; 6], [7.0; 2], [7.0; 2], 7.0);
        let [m, s, a] = [means.as_mut_ptr(), scales.as_mut_ptr(), answers.as_mut_ptr()];
        // SAFETY: the arrays are as long as is said.
        unsafe { ok(raw_moments(raw.raw(), m, 6, s, 2, a, 2, &mut scale)) };
        assert_eq!((&means[..], &scales[..]), (core.means(), core.scales()));
        assert_eq!((&answers[..], scale), (core.answer_means(), core.answer_scale()));

        // A batch ends, whatever there is to be forgotten.
        ok(raw.begin());
        ok(raw.accumulate(20, &pairs));
        let before = raw.memory.clone();
        // SAFETY: the object is alive.
        unsafe { ok(raw_forget(raw.raw(), u64::MAX)) };
        assert_eq!(raw.step(&usual()), Err(TUTEE_ERROR_BATCH));
        assert_eq!(raw.memory.iter().zip(&before).filter(|(now, then)| now != then).count(), 1);
    }
}

#[test]
fn merged_batches_give_the_bits_of_rust() {
    let (pairs, readings) = (recorded(20, 6), Shape::new(1, 2, 3, 2).unwrap());
    let shape = Preparation::INTERCEPT.shape(readings).unwrap();
    let mut raw = Raw::new(READINGS, INTERCEPT, IDENTITY);
    ok(raw.observe(20, &pairs));
    ok(raw.begin());
    let parts = |(x, y): &(Vec<Real>, Vec<Real>)| {
        let (a, b) = (x.split_at(7 * READ), y.split_at(7 * ANSWERS));
        [(7, (a.0.to_vec(), b.0.to_vec())), (13, (a.1.to_vec(), b.1.to_vec()))]
    };
    let mut memory = [(); 2].map(|()| {
        (
            (vec![0.0; standardizer_len(readings)], Observed::<Real>::ZERO),
            (vec![0.0; student_len(shape)], 0),
            (vec![0.0; sample_scratch_len(shape)], BatchLoss::ZERO),
            (vec![0.0; raw_scratch_len(shape)], Powers::ZERO),
        )
    });
    let mut training = memory.each_mut().map(|(known, student, scratch, working)| {
        let mut standardizer = StandardizerViewMut::new(readings, &mut known.0, &mut known.1).unwrap();
        for (x, y) in pairs.0.chunks(READ).zip(pairs.1.chunks(ANSWERS)) {
            standardizer.observe(readings, Centre::Token, x, y).unwrap();
        }
        let student = StudentViewMut::new(shape, &mut student.0, &mut student.1).unwrap();
        let scratch = SampleScratchViewMut::new(shape, &mut scratch.0, &mut scratch.1).unwrap();
        let working = RawScratchViewMut::new(shape, &mut working.0, &mut working.1).unwrap();
        let samples = Samples::new(student, Activation::Identity, scratch).unwrap();
        RawSamples::new(readings, Preparation::INTERCEPT, standardizer, samples, working).unwrap()
    });
    let mut other = Raw { memory: raw.memory.clone() };
    for (raw, (core, (count, part))) in [&mut raw, &mut other].into_iter().zip(training.iter_mut().zip(parts(&pairs))) {
        ok(raw.accumulate(count, &part));
        for (x, y) in part.0.chunks(READ).zip(part.1.chunks(ANSWERS)) {
            core.accumulate(x, y).unwrap();
        }
    }
    // SAFETY: both objects are alive.
    unsafe { ok(raw_merge(raw.raw(), other.raw())) };
    let [core, added] = &mut training;
    core.merge(added).unwrap();
    let (stepped, expected) = (raw.step(&usual()).unwrap(), core.step(&RawDescent::default()).unwrap());
    assert_eq!(
        (stepped.value_rate, stepped.attention_rate),
        (expected.descent.value_rate, expected.descent.attention_rate)
    );
    let mut bytes = vec![0; tutee::snapshot::raw_snapshot_len::<Real>(readings, Preparation::INTERCEPT)];
    core.save(None, &mut bytes).unwrap();
    assert_eq!(raw.save(&READINGS, INTERCEPT), bytes);
}
