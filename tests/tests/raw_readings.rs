//! Training on readings as they are recorded, in any unit and with any offset: what goes wrong with plain steps, and what is
//! found with a standardizer and rates from the data.

use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::error::Error;
use tutee::gradient::raw_samples::{Powers, RawDescent, RawSamples, RawScratchViewMut, raw_scratch_len};
use tutee::gradient::samples::{
    BatchLoss, SampleScratch, SampleScratchViewMut, Samples, sample_scratch_len, sample_scratch_wide_len,
};
use tutee::readings::{Centre, Explanation, Link, Observed, Preparation, StandardizerViewMut, standardizer_len};
use tutee::scalar::Scalar;
use tutee::shape::Shape;
use tutee::step::Descent;
use tutee::student::{Student, StudentViewMut, student_len};

/// Memory for training on readings of some sizes.
struct Bench<T> {
    readings: Shape,
    preparation: Preparation,
    shape: Shape,
    standardizer: (Vec<T>, Observed<T>),
    student: (Vec<T>, u64),
    scratch: (Vec<T>, BatchLoss<T>),
    raw: (Vec<T>, Powers<T>),
}

impl<T: Scalar> Bench<T> {
    fn new(sizes: [usize; 4], preparation: Preparation) -> Self {
        let [filters, features, tokens, outputs] = sizes;
        let readings = Shape::new(filters, features, tokens, outputs).unwrap();
        let shape = preparation.shape(readings).unwrap();
        Self {
            readings,
            preparation,
            shape,
            standardizer: (vec![T::ZERO; standardizer_len(readings)], Observed::ZERO),
            student: (vec![T::ZERO; student_len(shape)], 0),
            scratch: (vec![T::ZERO; sample_scratch_len(shape)], BatchLoss::ZERO),
            raw: (vec![T::ZERO; raw_scratch_len(shape)], Powers::ZERO),
        }
    }

    /// A training, once `pairs` have been looked at.
    fn train(&mut self, activation: Activation<T>, pairs: &[(Vec<T>, Vec<T>)]) -> Result<RawSamples<'_, T>, Error> {
        let mut standardizer =
            StandardizerViewMut::new(self.readings, &mut self.standardizer.0, &mut self.standardizer.1)?;
        for (x, y) in pairs {
            standardizer.observe(self.readings, Centre::of(activation), x, y)?;
        }
        let mut student = StudentViewMut::new(self.shape, &mut self.student.0, &mut self.student.1)?;
        if self.preparation.signed {
            // Beside their negations, all tokens average to nothing: something has to break the balance.
            student.set_value(&vec![T::HALF; self.shape.value_len()])?;
        }
        let scratch = SampleScratchViewMut::new(self.shape, &mut self.scratch.0, &mut self.scratch.1)?;
        let raw = RawScratchViewMut::new(self.shape, &mut self.raw.0, &mut self.raw.1)?;
        let samples = Samples::new(student, activation, scratch)?;
        RawSamples::new(self.readings, self.preparation, standardizer, samples, raw)
    }
}

/// Uniform in [-1, 1).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

const BODIES: usize = 12;

/// Bodies on a ring of springs, and one spring across it that nobody knows of.
fn springs() -> Vec<(usize, usize)> {
    ring_with((2, 7))
}

fn ring_with(across: (usize, usize)) -> Vec<(usize, usize)> {
    (0..BODIES).map(|i| (i, (i + 1) % BODIES)).chain([across]).collect()
}

/// Bodies in time, kicked now and then: pairs (positions, forces) as they are recorded, one after the other, in a unit of length
/// and with an offset of each sensor.
fn record<T: Scalar>(pairs: usize, seed: u64, unit: f64, offset: f64) -> Vec<(Vec<T>, Vec<T>)> {
    record_of(&springs(), pairs, seed, unit, offset)
}

fn record_of<T: Scalar>(
    springs: &[(usize, usize)],
    pairs: usize,
    seed: u64,
    unit: f64,
    offset: f64,
) -> Vec<(Vec<T>, Vec<T>)> {
    let mut noise = Noise(seed);
    let (mut position, mut velocity) = ([0.0; BODIES], [0.0; BODIES]);
    let offsets: Vec<f64> = (0..BODIES).map(|_| offset * (1.0 + 0.1 * noise.next())).collect();
    let mut recorded = vec![];
    for tick in 0..pairs * 10 {
        let mut force = [0.0; BODIES];
        for &(a, b) in springs {
            let pull = position[b] - position[a];
            force[a] += pull;
            force[b] -= pull;
        }
        if tick % 10 == 0 {
            let x = position.iter().zip(&offsets).map(|(x, offset)| T::from_f64(unit * (x + offset))).collect();
            recorded.push((x, force.iter().map(|f| T::from_f64(*f)).collect()));
        }
        for i in 0..BODIES {
            velocity[i] += 0.1 * (force[i] - 0.2 * velocity[i]) + 0.3 * noise.next();
            position[i] += 0.1 * velocity[i] - 0.01 * position[i];
        }
    }
    recorded
}

const PREPARATION: Preparation = Preparation { intercept: true, spare: true, signed: true };

/// Goes through what was recorded so many times, in batches of 64 pairs; returns what the last batch explained.
fn learn<T: Scalar>(training: &mut RawSamples<'_, T>, recorded: &[(Vec<T>, Vec<T>)], times: usize) -> f64 {
    let mut explained = T::ZERO;
    for batch in (0..times).flat_map(|_| recorded.chunks(64)) {
        for (x, y) in batch {
            training.accumulate(x, y).unwrap();
        }
        explained = training.step(&RawDescent::default()).unwrap().explained();
    }
    explained.to_f64()
}

/// How many of the links that there are (and each body itself) are among the largest entries of their row, and how many there
/// are.
fn hits<T: Scalar>(training: &RawSamples<'_, T>) -> (usize, usize) {
    hits_of(&springs(), training)
}

fn hits_of<T: Scalar>(springs: &[(usize, usize)], training: &RawSamples<'_, T>) -> (usize, usize) {
    let mixing = mixing(training);
    let (mut hit, mut all) = (0, 0);
    for (j, row) in mixing.chunks(BODIES).enumerate() {
        let linked = |i: usize| i == j || springs.iter().any(|&(a, b)| (a, b) == (i, j) || (b, a) == (i, j));
        let count = (0..BODIES).filter(|&i| linked(i)).count();
        let mut ranked: Vec<usize> = (0..BODIES).collect();
        ranked.sort_by(|&a, &b| row[b].abs().partial_cmp(&row[a].abs()).unwrap());
        hit += ranked.iter().take(count).filter(|&&i| linked(i)).count();
        all += count;
    }
    (hit, all)
}

/// What each body's readings weigh in each answer, a row an answer.
fn mixing<T: Scalar>(training: &RawSamples<'_, T>) -> Vec<T> {
    let (mut value, mut bias, mut mixing) = (vec![T::ZERO; 1], vec![T::ZERO; BODIES], vec![T::ZERO; BODIES * BODIES]);
    let mut attention = vec![T::ZERO; training.student().shape().mixing_len()];
    training.student().attention(&mut attention).unwrap();
    let to = Explanation { value: &mut value, bias: &mut bias, mixing: &mut mixing };
    let readings = Shape::new(1, 1, BODIES, BODIES).unwrap();
    training.standardizer().explain(readings, PREPARATION, training.student(), &attention, to).unwrap();
    mixing
}

#[test]
fn a_ring_and_a_secret_link_are_found_in_any_unit() {
    for (unit, offset, seed) in [(1.0, 0.0, 1), (1e3, 0.0, 2), (1e-3, 300.0, 3), (1e-20, 0.0, 4)] {
        let recorded = record::<f32>(640, seed, unit, offset);
        let mut bench = Bench::<f32>::new([1, 1, BODIES, BODIES], PREPARATION);
        let mut training = bench.train(Activation::Identity, &recorded).unwrap();
        let explained = learn(&mut training, &recorded, 600);
        let (hit, all) = hits(&training);
        assert_eq!(hit, all, "unit {unit}, offset {offset}, seed {seed}");
        assert!(explained > 0.9, "unit {unit}, offset {offset}, seed {seed}: {explained}");
    }
    // A quarter of the pairs shows most of them.
    let (mut hit, mut all) = (0, 0);
    for seed in 1..6 {
        let recorded = record::<f32>(160, seed, 1e3, 20.0);
        let mut bench = Bench::<f32>::new([1, 1, BODIES, BODIES], PREPARATION);
        let mut training = bench.train(Activation::Identity, &recorded).unwrap();
        learn(&mut training, &recorded, 1200);
        let found = hits(&training);
        println!("seed {seed}: {found:?}");
        (hit, all) = (hit + found.0, all + found.1);
    }
    assert!(hit * 100 >= all * 89, "{hit} of {all}");
    // Plain steps on the numbers as they are: at the rate that the theory has for whitened inputs they run away.
    let recorded = record::<f32>(640, 1, 1e3, 0.0);
    let mut bench = Bench::<f32>::new([1, 1, BODIES, BODIES], Preparation::NONE);
    let student = StudentViewMut::new(bench.shape, &mut bench.student.0, &mut bench.student.1).unwrap();
    let scratch = SampleScratchViewMut::new(bench.shape, &mut bench.scratch.0, &mut bench.scratch.1).unwrap();
    let mut samples = Samples::new(student, Activation::Identity, scratch).unwrap();
    let steps = (0..6).map(|_| {
        recorded.iter().for_each(|(x, y)| samples.accumulate(x, y).unwrap());
        samples.step(&Descent::new(1.0 / BODIES as f32))
    });
    assert_eq!(steps.last(), Some(Err(Error::Diverged)));
}

/// A spring is taken off and put between two other bodies while training goes on. The student that has learned the one plant learns the
/// other from where it stands. Measured, in parts of what a spring of the ring weighs: after 30 times through the pairs .16 for the old spring
/// and .004 for the new one, after 240 times .05 and .17, after 2,400 times .03 and .83.
#[test]
fn a_structure_that_changes_is_followed() {
    let [before, after] = [(2, 7), (4, 10)].map(ring_with);
    let [first, second] = [&before, &after].map(|springs| record_of::<f32>(springs, 640, 1, 1e3, 20.0));
    let mut bench = Bench::<f32>::new([1, 1, BODIES, BODIES], PREPARATION);
    let mut training = bench.train(Activation::Identity, &first).unwrap();
    learn(&mut training, &first, 600);
    let whole = |(hit, all): (usize, usize)| hit == all;
    assert!(whole(hits_of(&before, &training)) && !whole(hits_of(&after, &training)));
    // The weights that the spring between two bodies has in both their rows, over that of a spring of the ring.
    let weight = |training: &RawSamples<'_, f32>, (a, b): (usize, usize)| {
        let mixing = mixing(training);
        let spring = (0..BODIES).map(|i| mixing[i * BODIES + (i + 1) % BODIES].abs()).sum::<f32>() / BODIES as f32;
        0.5 * (mixing[a * BODIES + b].abs() + mixing[b * BODIES + a].abs()) / spring
    };
    for (passes, more) in [(30, 30), (240, 210), (1200, 960), (2400, 1200)] {
        let explained = learn(&mut training, &second, more);
        let [old, new] = [(2, 7), (4, 10)].map(|spring| weight(&training, spring));
        let found = hits_of(&after, &training);
        println!("after {passes}: {found:?}, old {old:.3}, new {new:.3}, explained {explained:.4}");
        assert!(explained > 0.9, "{passes}: {explained}");
        match passes {
            30 => assert!(old > 10.0 * new, "{old} {new}"),
            240 => assert!(whole(found) && new > 2.0 * old, "{found:?} {old} {new}"),
            _ => assert!(whole(found) && old < 0.05 && new > 0.6, "{found:?} {old} {new}"),
        }
    }
}

/// Pairs of one token, feature and filter.
fn scalars(pairs: &[(f32, f32)]) -> Vec<(Vec<f32>, Vec<f32>)> {
    pairs.iter().map(|&(x, y)| (vec![x], vec![y])).collect()
}

#[test]
fn what_plain_steps_kill_is_learned_and_what_is_dead_is_named() {
    let pairs = scalars(&[(1.0, 1.0), (2.0, 2.0)]);
    // Plain: W is 2.5, then -1.25, and stays there.
    let (mut student, mut scratch) = (Student::<f32, 1, 1, 1, 1>::ZERO, SampleScratch::ZERO);
    let mut samples = Samples::of(&mut student, Activation::Relu, &mut scratch).unwrap();
    let mut plain = vec![];
    for _ in 0..4 {
        pairs.iter().for_each(|(x, y)| samples.accumulate(x, y).unwrap());
        samples.step(&Descent::new(1.0)).unwrap();
        plain.push(samples.student().value()[0]);
    }
    assert_eq!(plain, [2.5, -1.25, -1.25, -1.25]);

    let trained = |value: Option<[f32; 2]>| {
        let mut bench = Bench::<f32>::new([1, 1, 1, 1], Preparation::INTERCEPT);
        if let Some(value) = value {
            let mut student = StudentViewMut::new(bench.shape, &mut bench.student.0, &mut bench.student.1).unwrap();
            student.set_value(&value).unwrap();
        }
        let mut training = bench.train(Activation::Relu, &pairs).unwrap();
        for _ in 0..200 {
            pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
            training.step(&RawDescent::default()).unwrap();
        }
        pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
        let mut y = [0.0];
        training.predict(&[2.0], &mut y).unwrap();
        (training.diagnose().unwrap(), y[0])
    };
    let (diagnosis, answer) = trained(None);
    assert!(diagnosis.loss < 1e-6 * diagnosis.nothing && (answer - 2.0).abs() < 1e-3, "{diagnosis:?} {answer}");
    assert_eq!(diagnosis.dead_filter, None);
    // Far below zero for every input.
    let (diagnosis, answer) = trained(Some([0.0, -5.0]));
    assert_eq!((diagnosis.dead_filter, answer), (Some(0), 0.0));
    assert!(diagnosis.loss == diagnosis.nothing);
}

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
    assert_eq!(training.accumulate(&[1e160], &[1.0]), Err(Error::NotFinite { what: "x", index: 0 }));
    assert_eq!(training.accumulate(&[1.0], &[1e160]), Err(Error::NotFinite { what: "y", index: 0 }));
    assert_eq!(training.count(), 1);
    training.step(&RawDescent::default()).unwrap();
}

/// Behind a ReLU a feature that is stuck far from zero kills plain filters without a word. Of readings it is left out, a token
/// that is there twice shares its weight, and readings that are all equal are refused.
#[test]
fn behind_a_relu_stuck_features_and_equal_tokens_kill_nothing() {
    let mut noise = Noise(5);
    let pairs: Vec<(Vec<f32>, Vec<f32>)> = (0..60)
        .map(|_| {
            let (a, b) = (noise.next() as f32, noise.next() as f32);
            (vec![a, 300.0, b, 300.0, b, 300.0], vec![(2.0 * a).larger(0.0), (2.0 * b).larger(0.0)])
        })
        .collect();
    let (mut student, mut scratch) = (Student::<f32, 1, 2, 3, 2>::ZERO, SampleScratch::ZERO);
    let mut samples = Samples::of(&mut student, Activation::Relu, &mut scratch).unwrap();
    for _ in 0..50 {
        pairs.iter().for_each(|(x, y)| samples.accumulate(x, y).unwrap());
        samples.step(&Descent::new(0.1)).unwrap();
    }
    // Accepted fifty times: every answer is nothing.
    let w = samples.student().value().to_vec();
    assert!(pairs.iter().all(|(x, _)| x.chunks(2).all(|x| x[0] * w[0] + x[1] * w[1] < 0.0)), "{w:?}");

    let mut bench = Bench::<f32>::new([1, 2, 3, 2], Preparation::INTERCEPT);
    let mut training = bench.train(Activation::Relu, &pairs).unwrap();
    assert_eq!(training.standardizer().scales()[1], 0.0);
    for _ in 0..4000 {
        pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
        training.step(&RawDescent::default()).unwrap();
    }
    pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
    let diagnosis = training.diagnose().unwrap();
    assert!(diagnosis.dead_filter.is_none() && diagnosis.loss < 0.01 * diagnosis.nothing, "{diagnosis:?}");
    let mut s = [0.0; 6];
    training.student().attention(&mut s).unwrap();
    assert!(s[0] > 0.9 && s[3] < 0.1 && s[4] == s[5], "{s:?}");

    let constant: Vec<_> = (0..9).map(|_| (vec![1.5; 6], vec![2.0; 2])).collect();
    let mut bench = Bench::<f32>::new([1, 2, 3, 2], Preparation::INTERCEPT);
    let refused = bench.train(Activation::Relu, &constant).err();
    assert!(matches!(refused, Some(Error::CannotMove { .. })), "{refused:?}");
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
    assert_eq!(training.accumulate(&x, &recorded[0].1), Err(Error::NotFinite { what: "x", index: 5 }));
    assert_eq!(training.count(), 1);
    training.step(&RawDescent::default()).unwrap();
}

#[test]
fn a_constant_feature_is_left_out_constant_readings_are_refused_and_equal_tokens_share() {
    // Features: one that counts, one stuck at 300. Tokens: two, and a copy of the second.
    let mut noise = Noise(5);
    let pairs: Vec<_> = (0..50)
        .map(|_| {
            let (a, b) = (noise.next() as f32, noise.next() as f32);
            (vec![a, 300.0, b, 300.0, b, 300.0], vec![2.0 * a, 2.0 * b])
        })
        .collect();
    let mut bench = Bench::<f32>::new([1, 2, 3, 2], Preparation::INTERCEPT);
    let mut training = bench.train(Activation::Identity, &pairs).unwrap();
    for _ in 0..4000 {
        pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
        training.step(&RawDescent::default()).unwrap();
    }
    let mut attention = [0.0; 6];
    training.student().attention(&mut attention).unwrap();
    let (mut value, mut bias, mut mixing) = ([9.0; 2], [9.0; 2], [9.0; 6]);
    let to = Explanation { value: &mut value, bias: &mut bias, mixing: &mut mixing };
    let readings = Shape::new(1, 2, 3, 2).unwrap();
    training.standardizer().explain(readings, Preparation::INTERCEPT, training.student(), &attention, to).unwrap();
    assert!(value[1] == 0.0 && (value[0] - 2.0).abs() < 0.05, "{value:?}");
    assert!(mixing[0] > 0.97 && mixing[3] < 0.03 && mixing[4] == mixing[5], "{mixing:?}");
    assert!(bias.iter().all(|b| b.abs() < 0.01), "{bias:?}");
    // As a list: of links that are equal the first comes first.
    let mut links = [Link::default(); 3];
    training.links(&mut links).unwrap();
    assert_eq!(links.map(|link| (link.output, link.token)), [(0, 0), (1, 1), (1, 2)]);
    assert_eq!(links.map(|link| link.weight), [mixing[0], mixing[4], mixing[5]]);
    let too_many = Err(Error::Length { what: "links", expected: 6, found: 7 });
    assert_eq!(training.links(&mut [Link::default(); 7]), too_many);
    let cost = training.cost(&pairs[7].0, &pairs[7].1).unwrap();
    assert!(cost.explained() > 0.99 && cost.nothing > 0.01, "{cost:?}");
    assert_eq!(training.count(), 0);
    // What is told in the units of the readings answers as the student does.
    let mut y = [0.0; 2];
    training.predict(&pairs[7].0, &mut y).unwrap();
    for (j, y) in y.iter().enumerate() {
        let told: f32 = (0..3).map(|i| mixing[3 * j + i] * value[0] * pairs[7].0[2 * i]).sum();
        assert!((told + bias[j] - y).abs() < 1e-5, "{told} {y}");
    }

    let constant: Vec<_> = (0..9).map(|_| (vec![1.5; 6], vec![2.0; 2])).collect();
    let mut bench = Bench::<f32>::new([1, 2, 3, 2], Preparation::INTERCEPT);
    let refused = bench.train(Activation::Identity, &constant).err();
    assert!(matches!(refused, Some(Error::CannotMove { .. })), "{refused:?}");
}

/// The loop of README's firmware, whose readings all have an offset of 2: plain steps end with filters that answer nothing.
#[test]
fn an_offset_of_every_reading_kills_plain_filters_and_no_standardized_one() {
    const SIZES: [usize; 4] = [2, 4, 8, 8];
    let mut noise = Noise(3);
    let filters: [[f64; 4]; 2] = [[0.6, -0.8, 0.3, 0.1], [-0.4, 0.5, 0.7, -0.6]];
    // Every place averages itself and the next one.
    let pairs: Vec<(Vec<f32>, Vec<f32>)> = (0..256)
        .map(|_| {
            let x: Vec<f64> = (0..32).map(|_| noise.next()).collect();
            let hidden = |i: usize, m: usize| (0..4).map(|k| filters[m][k] * x[4 * (i % 8) + k]).sum::<f64>();
            let y = (0..8).flat_map(|j| (0..2).map(move |m| (j, m)));
            let y = y.map(|(j, m)| (0.5 * (hidden(j, m) + hidden(j + 1, m))).larger(0.0) as f32).collect();
            (x.iter().map(|x| (x + 2.0) as f32).collect(), y)
        })
        .collect();
    let (mut student, mut scratch) = (Student::<f32, 2, 4, 8, 8>::ZERO, SampleScratch::ZERO);
    let mut samples = Samples::of(&mut student, Activation::Relu, &mut scratch).unwrap();
    let descent = Descent::new(0.3).with_attention_rate(30.0);
    let mut accepted = 0;
    for batch in (0..500).flat_map(|_| pairs.chunks(8)).take(500) {
        batch.iter().for_each(|(x, y)| samples.accumulate(x, y).unwrap());
        accepted += usize::from(samples.step(&descent).is_ok());
    }
    let mut answers = 0;
    let mut attention = [0.0; 64];
    student.view().attention(&mut attention).unwrap();
    for (x, _) in &pairs {
        for (row, w) in attention.chunks(8).flat_map(|row| student.view().value().chunks(4).map(move |w| (row, w))) {
            let sum: f32 =
                row.iter().zip(x.chunks(4)).map(|(s, x)| s * x.iter().zip(w).map(|(x, w)| x * w).sum::<f32>()).sum();
            answers += usize::from(sum > 0.0);
        }
    }
    assert_eq!((accepted, answers), (500, 0), "of 4,096 answers");

    let mut bench = Bench::<f32>::new(SIZES, Preparation::INTERCEPT);
    let mut training = bench.train(Activation::Relu, &pairs).unwrap();
    for batch in (0..100).flat_map(|_| pairs.chunks(8)) {
        batch.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
        training.step(&RawDescent::default()).unwrap();
    }
    pairs.iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
    let diagnosis = training.diagnose().unwrap();
    assert!(diagnosis.dead_filter.is_none() && diagnosis.loss < 0.1 * diagnosis.nothing, "{diagnosis:?}");
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

/// What is prepared once and added together has the bits of pairs that are added one by one: with intercept, spare and negated
/// tokens, with a batch that is not whole, and with the memory for wide registers.
#[test]
fn pairs_that_were_prepared_before_are_the_same_pairs() {
    fn check<T: Scalar>() {
        let recorded = record::<T>(70, 5, 1000.0, 40.0);
        for preparation in [Preparation::INTERCEPT, PREPARATION] {
            let sizes = [1, 1, BODIES, BODIES];
            let (mut by_one, mut together) = (Bench::new(sizes, preparation), Bench::new(sizes, preparation));
            together.scratch.0 = vec![T::ZERO; sample_scratch_wide_len(together.shape)];
            let (input, output) = (by_one.shape.input_len(), by_one.shape.output_len());
            let mut by_one = by_one.train(Activation::Identity, &recorded).unwrap();
            let mut together = together.train(Activation::Identity, &recorded).unwrap();
            let (mut x, mut y) = (vec![T::ZERO; 70 * input], vec![T::ZERO; 70 * output]);
            for ((to_x, to_y), (x, y)) in x.chunks_mut(input).zip(y.chunks_mut(output)).zip(&recorded) {
                together.prepare_pair(x, y, to_x, to_y).unwrap();
            }
            for _ in 0..20 {
                for of in [0..64, 64..70] {
                    let [x, y] = [&x[of.start * input..of.end * input], &y[of.start * output..of.end * output]];
                    together.accumulate_prepared(of.len(), x, y).unwrap();
                    recorded[of].iter().for_each(|(x, y)| by_one.accumulate(x, y).unwrap());
                    assert_eq!(together.diagnose(), by_one.diagnose());
                    let settings = RawDescent::default();
                    assert_eq!(together.step(&settings).unwrap(), by_one.step(&settings).unwrap());
                }
            }
            assert_eq!(digest(together.student()), digest(by_one.student()));

            // Nothing is written, and nothing added, when anything is wrong.
            let (mut to_x, mut to_y) = (vec![T::ONE; input], vec![T::ONE; output]);
            let mut spoilt = recorded[0].0.clone();
            spoilt[3] = T::from_f64(f64::NAN);
            let refused = together.prepare_pair(&spoilt, &recorded[0].1, &mut to_x, &mut to_y);
            assert_eq!(refused, Err(Error::NotFinite { what: "x", index: 3 }));
            let refused = together.prepare_pair(&recorded[0].0, &recorded[0].1, &mut to_x[1..], &mut to_y);
            assert_eq!(refused, Err(Error::Length { what: "prepared x", expected: input, found: input - 1 }));
            assert!(to_x.iter().chain(&to_y).all(|&n| n == T::ONE));
            to_x[1] = T::from_f64(f64::INFINITY);
            let refused = together.accumulate_prepared(1, &to_x, &to_y);
            assert_eq!((refused, together.count()), (Err(Error::NotFinite { what: "x", index: 1 }), 0));
        }
    }
    check::<f32>();
    check::<f64>();
}

/// A batch in three parts: two threads accumulate theirs under copies of the student as it stands, whoever is done first, and the sums are
/// added in one order. Every step has the bits of the same parts one after the other.
#[test]
fn batches_of_two_threads_are_merged_to_the_same_bits() {
    type Pairs = [(Vec<f64>, Vec<f64>)];
    const SIZES: [usize; 4] = [1, 1, BODIES, BODIES];
    fn part<'a>(bench: &'a mut Bench<f64>, recorded: &Pairs, part: usize) -> RawSamples<'a, f64> {
        let mut training = bench.train(Activation::Identity, recorded).unwrap();
        recorded[32 * part..][..32].iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
        training
    }
    let recorded = record::<f64>(96, 4, 1e-3, 290.0);
    let run = |threads: bool| {
        let mut bench = Bench::<f64>::new(SIZES, Preparation::INTERCEPT);
        let mut training = bench.train(Activation::Identity, &recorded).unwrap();
        for _ in 0..12 {
            let student = training.student();
            let parts = [student.value(), student.value_carry(), student.logits(), student.logits_carry()];
            let copy = (parts.concat(), student.steps());
            let mut others =
                [(); 2].map(|()| Bench::<f64> { student: copy.clone(), ..Bench::new(SIZES, Preparation::INTERCEPT) });
            let [one, two] = &mut others;
            let parts = if threads {
                std::thread::scope(|scope| {
                    // The last part is begun first.
                    let second = scope.spawn(|| part(two, &recorded, 2));
                    let first = scope.spawn(|| part(one, &recorded, 1));
                    [first.join().unwrap(), second.join().unwrap()]
                })
            } else {
                [part(one, &recorded, 1), part(two, &recorded, 2)]
            };
            recorded[..32].iter().for_each(|(x, y)| training.accumulate(x, y).unwrap());
            parts.iter().for_each(|part| training.merge(part).unwrap());
            assert_eq!(training.count(), 96);
            training.step(&RawDescent::default()).unwrap();
        }
        digest(training.student())
    };
    assert_eq!(run(true), run(false));
}
