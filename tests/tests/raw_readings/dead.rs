//! What plain steps kill, and what can only be named.

use super::rig::*;
use tutee::activation::Activation;
use tutee::error::Error;
use tutee::gradient::raw_samples::RawDescent;
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::readings::{Explanation, Link, Preparation};
use tutee::scalar::Scalar;
use tutee::shape::Shape;
use tutee::step::Descent;
use tutee::student::{Student, StudentViewMut};

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
