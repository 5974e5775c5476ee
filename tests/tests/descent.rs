//! When a run stops, and what it refuses: a refused call leaves every bit of the student as it was.

use std::cell::Cell;
use std::ops::ControlFlow;

use tutee::activation::Activation;
use tutee::digest::digest;
use tutee::gradient::online::{Online, OnlineScratch, Source};
use tutee::gradient::population::{Population, PopulationScratch};
use tutee::gradient::samples::{SampleScratch, Samples};
use tutee::input::{Input, SampleStream};
use tutee::matrix::Matrix;
use tutee::step::Descent;
use tutee::student::Student;
use tutee::teacher::{Teacher, convolution};
use tutee::trace::Schedule;
use tutee::training::{Measure, Measured, StopRule, Stopped, Training, run};
use tutee::{Error, Scalar};

type SmallTeacher<T> = Teacher<T, 2, 3, 8, 4>;
type SmallStudent<T> = Student<T, 2, 3, 8, 4>;

fn teacher<T: Scalar>() -> SmallTeacher<T> {
    let mut teacher = SmallTeacher::ZERO;
    let number = T::from_f64;
    let value = Matrix::from_rows([[number(0.6), number(0.8), number(0.0)], [number(0.0), number(-0.6), number(0.8)]]);
    teacher.fill(Activation::Relu, &value, |mixing| convolution::average_pooling(mixing, 2)).unwrap();
    teacher
}

const GO_ON: ControlFlow<()> = ControlFlow::Continue(());

#[test]
fn each_stop_rule_stops_at_the_first_step_where_it_holds() {
    let teacher = teacher::<f64>();
    let descent = Descent::new(0.5);
    let stopped_by = |stop: StopRule<f64>| -> (Stopped, u64, Measure<f64>) {
        let (mut student, mut scratch) = (SmallStudent::ZERO, PopulationScratch::ZERO);
        let mut training = Population::of(&mut student, &teacher, &mut scratch);
        let why = run(&mut training, &descent, &stop, Schedule::NEVER, |_| GO_ON).unwrap();
        let measure = training.measure();
        (why, training.student().steps(), measure)
    };
    assert_eq!(stopped_by(StopRule::steps(100)).1, 100);
    let rule = StopRule { excess_loss: Some(0.01), ..StopRule::steps(100_000) };
    let (why, steps, measure) = stopped_by(rule);
    assert_eq!(why, Stopped::ExcessLoss);
    assert!(measure.excess_loss <= 0.01);
    let (_, _, before) = stopped_by(StopRule::steps(steps - 1));
    assert!(before.excess_loss > 0.01, "the rule already held a step earlier");
    // Looked at every seventh step only, the run ends at the next multiple of seven.
    let (_, sparse, _) = stopped_by(StopRule { check_every: 7, ..rule });
    assert_eq!(sparse, steps.next_multiple_of(7));
    let (why, steps, measure) = stopped_by(StopRule { gradient_norm: Some(0.02), ..StopRule::steps(100_000) });
    assert_eq!(why, Stopped::GradientNorm);
    assert!(measure.gradient_norm <= 0.02);
    assert!(stopped_by(StopRule::steps(steps - 1)).2.gradient_norm > 0.02);
}

#[test]
fn the_observer_sees_the_start_every_mark_and_the_end_and_may_end_the_run() {
    let teacher = teacher::<f32>();
    let (mut student, mut scratch) = (SmallStudent::ZERO, PopulationScratch::ZERO);
    let mut training = Population::of(&mut student, &teacher, &mut scratch);
    let mut seen = vec![];
    run(&mut training, &Descent::new(0.5), &StopRule::steps(50), Schedule::per_decade(2), |training| {
        seen.push(training.student().steps());
        GO_ON
    })
    .unwrap();
    assert_eq!(seen, [0, 1, 3, 10, 32, 50]);
    // Going on from 50: the steps are counted from zero, so a run to 50 is over at once.
    let why = run(&mut training, &Descent::new(0.5), &StopRule::steps(50), Schedule::NEVER, |_| GO_ON).unwrap();
    assert_eq!((why, training.student().steps()), (Stopped::Steps, 50));
    let why = run(&mut training, &Descent::new(0.5), &StopRule::steps(1000), Schedule::per_decade(1), |training| {
        if training.student().steps() >= 100 { ControlFlow::Break(()) } else { GO_ON }
    });
    assert_eq!((why.unwrap(), training.student().steps()), (Stopped::Observer, 100));
}

/// Takes steps until one is refused; the student must then be as it was before that step.
fn runs_away<T: Scalar>(training: &mut impl Measured<T>, descent: &Descent<T>) {
    for _ in 0..10_000 {
        let before = digest(training.student());
        match training.step(descent) {
            Ok(()) => {}
            Err(error) => {
                assert_eq!(error, Error::Diverged);
                let student = training.student();
                assert_eq!(digest(student), before, "a refused step changed the student");
                assert!(student.value().iter().chain(student.logits()).all(|p| p.is_finite()));
                let norm = student.value().iter().fold(T::ZERO, |sum, &w| sum + w * w).sqrt();
                assert!(norm <= descent.value_limit, "{norm}");
                assert!(student.steps() > 0, "the first step was refused already");
                return;
            }
        }
    }
    panic!("a rate far above the limit did not diverge");
}

fn refuses_to_diverge<T: Scalar>() {
    let teacher = teacher::<T>();
    // Stable up to about 2 K / (q J) = 2.
    let descent = Descent::new(T::from_f64(9.0));
    let (mut student, mut scratch) = (SmallStudent::ZERO, PopulationScratch::ZERO);
    runs_away(&mut Population::of(&mut student, &teacher, &mut scratch), &descent);
    let mut student = SmallStudent::ZERO;
    let mut scratch = OnlineScratch::ZERO;
    let mut online = Online::of(&mut student, &teacher, Source::gaussian(1, 8), &mut scratch).unwrap();
    runs_away(&mut online, &descent);
    let steps = online.student().steps();
    assert_eq!(online.stream(), SampleStream::at(1, 8 * steps), "a refused step used up samples");
}

#[test]
fn a_rate_far_above_the_limit_is_refused_before_it_does_harm() {
    refuses_to_diverge::<f64>();
    refuses_to_diverge::<f32>();
}

#[test]
fn samples_too_large_to_multiply_are_refused_at_the_step() {
    let mut student = SmallStudent::<f32>::ZERO;
    let mut scratch = SampleScratch::ZERO;
    let mut samples = Samples::of(&mut student, Activation::Relu, &mut scratch).unwrap();
    let before = digest(samples.student());
    samples.accumulate(&[3e38; 24], &[3e38; 8]).unwrap();
    let refused = Err(Error::NotFinite { what: "the gradient of the batch", index: 0 });
    assert_eq!(samples.step(&Descent::new(0.5)), refused);
    assert_eq!(digest(samples.student()), before);
    // The batch is still there; the next one is clean.
    assert_eq!(samples.step(&Descent::new(1e-30)), refused);
    samples.begin();
    assert_eq!(samples.step(&Descent::new(0.5)), Err(Error::NoSamples));
    samples.accumulate(&[1.0; 24], &[1.0; 8]).unwrap();
    samples.step(&Descent::new(0.5)).unwrap();
    assert_ne!(digest(samples.student()), before);
}

#[test]
fn bad_samples_change_nothing() {
    let (mut student, mut scratch) = (SmallStudent::<f64>::ZERO, SampleScratch::ZERO);
    let mut samples = Samples::of(&mut student, Activation::Identity, &mut scratch).unwrap();
    let (mut d_value, mut d_logits) = ([0.0; 6], [0.0; 32]);
    assert_eq!(samples.gradient(&mut d_value, &mut d_logits), Err(Error::NoSamples));
    samples.accumulate(&[0.5; 24], &[1.0; 8]).unwrap();
    samples.gradient(&mut d_value, &mut d_logits).unwrap();
    let before = (d_value, d_logits, *samples.batch_loss());
    let nan = |n: usize| -> Vec<f64> { (0..n).map(|i| if i == n - 1 { f64::NAN } else { 0.0 }).collect() };
    assert_eq!(samples.accumulate(&[0.0; 23], &[0.0; 8]), Err(Error::Length { what: "x", expected: 24, found: 23 }));
    assert_eq!(samples.accumulate(&[0.0; 24], &[0.0; 9]), Err(Error::Length { what: "y", expected: 8, found: 9 }));
    assert_eq!(samples.accumulate(&nan(24), &[0.0; 8]), Err(Error::NotFinite { what: "x", index: 23 }));
    assert_eq!(samples.accumulate(&[0.0; 24], &nan(8)), Err(Error::NotFinite { what: "y", index: 7 }));
    let infinite = samples.accumulate(&[f64::INFINITY; 24], &[0.0; 8]);
    assert_eq!(infinite, Err(Error::NotFinite { what: "x", index: 0 }));
    samples.gradient(&mut d_value, &mut d_logits).unwrap();
    assert_eq!((d_value, d_logits, *samples.batch_loss()), before);
}

#[test]
fn illegal_settings_are_named_and_change_nothing() {
    let teacher = teacher::<f64>();
    let (mut student, mut scratch) = (SmallStudent::ZERO, PopulationScratch::ZERO);
    let mut training = Population::of(&mut student, &teacher, &mut scratch);
    let before = digest(training.student());
    let legal = Descent::new(0.5);
    let illegal = [
        Descent { value_rate: -0.5, ..legal },
        Descent { value_rate: f64::NAN, ..legal },
        Descent { attention_rate: f64::INFINITY, ..legal },
        Descent { value_limit: 0.0, ..legal },
        Descent { value_limit: 1e200, ..legal },
    ];
    for descent in illegal {
        assert!(matches!(training.step(&descent), Err(Error::OutOfRange { .. })), "{descent:?}");
        let refused = run(&mut training, &descent, &StopRule::steps(5), Schedule::NEVER, |_| GO_ON);
        assert!(matches!(refused, Err(Error::OutOfRange { .. })), "{descent:?}");
    }
    let called = Cell::new(false);
    for stop in [
        StopRule { excess_loss: Some(-1.0), ..StopRule::steps(5) },
        StopRule { gradient_norm: Some(f64::NAN), ..StopRule::steps(5) },
        StopRule { check_every: 0, ..StopRule::steps(5) },
    ] {
        let refused = run(&mut training, &legal, &stop, Schedule::NEVER, |_| {
            called.set(true);
            GO_ON
        });
        assert!(refused.is_err(), "{stop:?}");
    }
    assert!(!called.get());
    assert_eq!(digest(training.student()), before);

    let (mut student, mut scratch) = (SmallStudent::ZERO, OnlineScratch::ZERO);
    for source in [
        Source::gaussian(1, 0),
        Source { input: Input::Correlated { correlation: 1.5 }, ..Source::gaussian(1, 8) },
        Source { input: Input::Shifted { mean: f64::NAN }, ..Source::gaussian(1, 8) },
    ] {
        assert!(Online::of(&mut student, &teacher, source, &mut scratch).is_err(), "{source:?}");
    }
}

#[test]
fn a_rate_of_zero_freezes_its_matrix() {
    let teacher = teacher::<f64>();
    for (value_rate, attention_rate) in [(0.0, 0.5), (0.5, 0.0)] {
        let (mut student, mut scratch) = (SmallStudent::<f64>::ZERO, PopulationScratch::ZERO);
        student.view_mut().set_value(&[0.1; 6]).unwrap();
        let mut training = Population::of(&mut student, &teacher, &mut scratch);
        let descent = Descent { value_rate, ..Descent::new(0.5).with_attention_rate(attention_rate) };
        training.step(&descent).unwrap();
        assert_eq!(student.value().as_slice() == [0.1; 6], value_rate == 0.0);
        assert_eq!(student.logits().as_slice() == [0.0; 32], attention_rate == 0.0);
    }
}
