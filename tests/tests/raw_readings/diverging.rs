//! Students that run away, of a rate, of one reading or of a number too large.

use super::rig::*;
use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::error::Error;
use tutee::gradient::raw_samples::RawDescent;
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::readings::Preparation;
use tutee::scalar::Scalar;
use tutee::step::Descent;
use tutee::student::Student;

#[test]
fn a_student_that_runs_away_is_stopped_by_its_loss_and_the_last_sane_one_comes_back() {
    // Two smooth signals, four features: nearly the same direction in every pair.
    let pairs: Vec<_> = (0..40)
        .map(|t| {
            let s = |phase: f64| Scalar::sin_cos_turns(0.016 * f64::from(t) + phase / 6.0).0 as f32;
            ((0..8).map(|i| s(0.05 * f64::from(i))).collect(), vec![s(0.1), s(0.3)])
        })
        .collect();
    let run = |settings: RawDescent<f32>, steps: usize| {
        let mut bench = Bench::<f32>::new([1, 4, 2, 2], Preparation::INTERCEPT);
        let mut training = bench.train(Activation::Identity, &pairs).unwrap();
        let mut stepped = vec![];
        for _ in 0..steps {
            pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
            stepped.push(training.step(&settings));
            if stepped.last().unwrap().is_err() {
                break;
            }
        }
        pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
        (stepped, training.diagnose().unwrap())
    };
    let (stepped, diagnosis) = run(RawDescent::default(), 400);
    assert!(stepped.last().unwrap().is_ok() && diagnosis.loss < 0.02 * diagnosis.nothing, "{diagnosis:?}");
    // Forty times the share: losses grow, and the student left is the one whose loss was last below the limit.
    let (stepped, diagnosis) = run(RawDescent { value_share: 20.0, ..RawDescent::default() }, 400);
    assert_eq!(stepped.last().unwrap(), &Err(Error::Diverged));
    assert!(stepped.len() <= 4, "{stepped:?}");
    assert!(diagnosis.loss <= 10.0 * diagnosis.nothing, "{diagnosis:?}");
}

/// At a rate of one, smooth readings of four features in two tokens: plain steps are accepted until their numbers are as large as powers of
/// two get, and the student that is left is of no use. With an eye on the loss the second step is the last, and the student is the first one.
#[test]
fn at_a_rate_of_ones_own_the_student_from_before_the_explosion_is_kept() {
    let pairs: Vec<_> = (0..40)
        .map(|t| {
            let s = |phase: f64| Scalar::sin_cos_turns(0.016 * f64::from(t) + phase / 6.0).0 as f32;
            ((0..8).map(|i| 2.0 * s(0.05 * f64::from(i))).collect(), vec![s(0.1), s(0.3)])
        })
        .collect::<Vec<(Vec<f32>, Vec<f32>)>>();
    let (mut student, mut scratch) = (Student::<f32, 1, 4, 2, 2>::ZERO, SampleScratch::ZERO);
    let mut samples = Samples::of(&mut student, Activation::Identity, &mut scratch).unwrap();
    let mut accepted = 0;
    let refused = loop {
        pairs.iter().for_each(|(x, y)| samples.accumulate(x, y).unwrap());
        match samples.step(&Descent::new(1.0)) {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
    };
    let largest = samples.student().value().iter().fold(0.0, |most: f32, w| most.larger(w.abs()));
    assert!(refused == Error::Diverged && (4..20).contains(&accepted) && largest > 1e4, "{accepted} {largest}");

    let mut bench = Bench::<f32>::new([1, 4, 2, 2], Preparation::INTERCEPT);
    let mut training = bench.train(Activation::Identity, &pairs).unwrap();
    let mut losses = vec![];
    let refused = loop {
        pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
        let diagnosis = training.diagnose().unwrap();
        losses.push(diagnosis.loss / diagnosis.nothing);
        if let Err(error) = training.step_at(&Descent::new(1.0), 10.0) {
            break error;
        }
    };
    assert_eq!(refused, Error::Diverged);
    // Each was accepted at a loss of less than ten times that of nothing, but the last.
    let (last, sane) = losses.split_last().unwrap();
    assert!(*last > 10.0 && sane.iter().all(|loss| *loss <= 10.0) && losses.len() <= 3, "{losses:?}");
    pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
    let kept = training.diagnose().unwrap();
    assert_eq!(Some(&(kept.loss / kept.nothing)), sane.last(), "{losses:?}");
}

/// One number of 1e160, whose square no `f64` holds: once told to be a matter of the rate, at every rate. Plain steps say that the batch is not
/// finite, and go on once it is dropped; of readings the number is named, and is not in the batch.
#[test]
fn a_number_whose_square_is_not_finite_is_no_matter_of_the_rate() {
    let pairs: Vec<_> = [1.0, -2.0, 0.5].map(|x: f64| (vec![x], vec![2.0 * x])).to_vec();
    let (mut student, mut scratch) = (Student::<f64, 1, 1, 1, 1>::ZERO, SampleScratch::ZERO);
    let mut samples = Samples::of(&mut student, Activation::Identity, &mut scratch).unwrap();
    samples.accumulate(&[1.0], &[2.0]).unwrap();
    samples.step(&Descent::new(0.1)).unwrap();
    let before = digest(samples.student());
    for (x, y) in [(1e160, 1.0), (1.0, 1e160)] {
        samples.accumulate(&[x], &[y]).unwrap();
        samples.accumulate(&[x], &[y]).unwrap();
        for rate in [1.0, 1e-30] {
            let refused = samples.step(&Descent::new(rate)).unwrap_err();
            // Of an answer alone the gradient is finite, and the step too long.
            let what_it_is = matches!(refused, Error::NotFinite { .. }) || (x == 1.0 && refused == Error::Diverged);
            assert!(what_it_is, "{x} {y} {rate}: {refused:?}");
            assert_eq!(digest(samples.student()), before);
        }
        samples.begin();
    }
    samples.accumulate(&[1.0], &[2.0]).unwrap();
    samples.step(&Descent::new(0.1)).unwrap();

    let mut bench = Bench::<f64>::new([1, 1, 1, 1], Preparation::INTERCEPT);
    let mut training = bench.train(Activation::Identity, &pairs).unwrap();
    training.accumulate(&[1.0], &[2.0]).unwrap();
    assert_eq!(training.accumulate(&[1e160], &[1.0]), Err(Error::NotFinite { what: "the square of x", index: 0 }));
    assert_eq!(training.accumulate(&[1.0], &[1e160]), Err(Error::NotFinite { what: "the square of y", index: 0 }));
    assert_eq!(training.count(), 1);
    training.step(&RawDescent::default()).unwrap();
}

#[test]
fn one_reading_far_from_all_others_does_not_undo_what_was_learned() {
    let recorded = record::<f32>(640, 9, 1.0, 0.0);
    let mut bench = Bench::<f32>::new([1, 1, BODIES, BODIES], PREPARATION);
    let mut training = bench.train(Activation::Identity, &recorded).unwrap();
    let before = learn(&mut training, &recorded, 600);
    let all = hits(&training);
    assert_eq!(all.0, all.1);
    let mut spiked = recorded[..64].to_vec();
    spiked[20].0[3] += 30.0 * training.standardizer().scales()[0];
    spiked.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
    let stepped = training.step(&RawDescent::default());
    assert_eq!(hits(&training), all, "{stepped:?}");
    let after = learn(&mut training, &recorded, 10);
    assert!(after > before - 0.02, "{before} {after}");

    // A number whose square the type cannot hold is named, and is not in the batch.
    let mut x = recorded[0].0.clone();
    x[5] = 1e30;
    training.accumulate(&recorded[1].0, &recorded[1].1).unwrap();
    let beyond = Error::NotFinite { what: "the square of x", index: 5 };
    assert_eq!(training.accumulate(&x, &recorded[0].1), Err(beyond));
    assert_eq!(beyond.to_string(), "the square of x: element 5 is not a finite number");
    assert_eq!(training.count(), 1);
    training.step(&RawDescent::default()).unwrap();
}

#[test]
fn rates_of_ones_own_step_as_those_of_the_data_do_and_are_checked() {
    let pairs = record::<f64>(64, 5, 1.0, 7.0);
    let trained = |own: bool| {
        let mut bench = Bench::<f64>::new([1, 1, BODIES, BODIES], PREPARATION);
        let mut training = bench.train(Activation::Identity, &pairs).unwrap();
        let before = training.student().value().to_vec();
        assert_eq!(training.step_at(&Descent::new(0.1), 10.0).err(), Some(Error::NoSamples));
        for _ in 0..20 {
            pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
            if own {
                for (descent, limit) in [(Descent::new(-1.0), 10.0), (Descent::new(0.1), 1.0)] {
                    assert!(matches!(training.step_at(&descent, limit), Err(Error::OutOfRange { .. })));
                }
                let again: Vec<_> = pairs.iter().collect();
                assert_eq!(training.count(), again.len() as u64, "what is refused changes nothing");
                // The first step's rates, which stay those of the data while W is small.
                let descent = Descent::new(0.5 / 13.0).with_attention_rate(0.02);
                training.step_at(&descent, 10.0).unwrap();
            } else {
                training.step(&RawDescent::default()).unwrap();
            }
        }
        assert_ne!(training.student().value(), before);
        // One that runs away is stopped, and the last sane student comes back.
        let mut stopped = false;
        for _ in 0..60 {
            pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
            stopped = training.step_at(&Descent::new(50.0), 10.0) == Err(Error::Diverged);
            if stopped {
                break;
            }
        }
        pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
        let diagnosis = training.diagnose().unwrap();
        assert!(stopped && diagnosis.loss <= 10.0 * diagnosis.nothing, "{diagnosis:?}");
    };
    trained(true);
    trained(false);
}
