//! Classification by one group of features: the exact mean of the logistic loss, its gradient, and the law on which training ends.

use tutee::activation::Activation;
use tutee::gradient::label::{GroupLabel, LabelPopulation, label_population_len};
use tutee::gradient::layer::{LayerOnline, LayerSource, layer_drawn_len};
use tutee::input::SampleStream;
use tutee::layer::{Form, LayerSettings, LayerShape, Parameter};
use tutee::loss::Loss;
use tutee::matrix::MatrixViewMut;
use tutee::position::codes;
use tutee::recovery::laws::group_label_law;
use tutee::step::Descent;
use tutee::student::{StudentViewMut, student_len};
use tutee::teacher::per_sample::GroupSign;
use tutee::training::{Measured, Training};
use tutee::{Error, Scalar, Shape};
use tutee_tests::layer::LayerModel;
use tutee_tests::model::relative_distance;
use tutee_tests::random::Random;
use tutee_tests::tolerance::{FINITE_DIFFERENCE, LABEL_LAW, LABEL_QUADRATURE, STANDARD_ERRORS};

const FEATURES: usize = 3;
const TOKENS: usize = 5;
const OUTPUTS: usize = 4;
const GROUP: usize = 2;
const DEVIATION: f64 = 0.75;

/// A student, what decides its label, and memory.
struct Classifier<T> {
    shape: Shape,
    memory: Vec<T>,
    steps: u64,
    scratch: Vec<T>,
    direction: Vec<T>,
    deviation: T,
    flips: T,
}

impl<T: Scalar> Classifier<T> {
    fn new(outputs: usize, direction: &[f64], (deviation, flips): (f64, f64)) -> Self {
        let shape = Shape::new(1, direction.len(), TOKENS, outputs).unwrap();
        Self {
            shape,
            memory: vec![T::ZERO; student_len(shape)],
            steps: 0,
            // What it holds before must not matter.
            scratch: vec![T::from_f64(7.0); label_population_len(shape)],
            direction: direction.iter().map(|&x| T::from_f64(x)).collect(),
            deviation: T::from_f64(deviation),
            flips: T::from_f64(flips),
        }
    }

    fn student(&mut self) -> StudentViewMut<'_, T> {
        StudentViewMut::new(self.shape, &mut self.memory, &mut self.steps).unwrap()
    }

    fn population(&mut self) -> LabelPopulation<'_, T> {
        let label = GroupLabel::new(&self.direction, GROUP, self.deviation, self.flips).unwrap();
        let student = StudentViewMut::new(self.shape, &mut self.memory, &mut self.steps).unwrap();
        LabelPopulation::new(student, label, &mut self.scratch).unwrap()
    }
}

/// A student somewhere: v along and beside v*, any attention.
fn somewhere(random: &mut Random, (length, sharp): (f64, f64), flips: f64) -> Classifier<f64> {
    let mut classifier = Classifier::new(OUTPUTS, &random.normals(FEATURES, 1.3), (DEVIATION, flips));
    let aside = random.normals(FEATURES, 0.4 * length.abs());
    let value: Vec<f64> = classifier.direction.iter().zip(&aside).map(|(d, aside)| length * d + aside).collect();
    let mut logits = random.normals(OUTPUTS * TOKENS, 0.7);
    for row in logits.chunks_mut(TOKENS) {
        row[GROUP] += sharp;
    }
    classifier.student().set_value(&value).unwrap();
    classifier.student().set_logits(&logits).unwrap();
    classifier
}

/// From nothing learned to all of it, and what is learned the wrong way round.
const PLACES: [(f64, f64); 6] = [(0.0, 0.0), (0.1, 0.0), (1.0, 1.0), (-2.0, 1.0), (6.0, 3.0), (30.0, 8.0)];

/// `log(1 + exp(-m))`.
fn softplus(margin: f64) -> f64 {
    (-margin).larger(0.0) + libm::log1p(libm::exp(-margin.abs()))
}

/// The mean loss as it is written: two-dimensional, `c1 |u| + c2 w` by panels that are geometric in u, and Simpson's rule on
/// each side of the kink.
fn by_quadrature(classifier: &mut Classifier<f64>) -> f64 {
    let (direction, flips) = (classifier.direction.clone(), classifier.flips);
    let mut attention = vec![0.0; OUTPUTS * TOKENS];
    classifier.student().view().attention(&mut attention).unwrap();
    let r: Vec<f64> = (0..TOKENS).map(|i| attention.iter().skip(i).step_by(TOKENS).sum()).collect();
    let v = classifier.student().view().value().to_vec();
    let norm = libm::sqrt(direction.iter().map(|x| x * x).sum());
    let along: f64 = v.iter().zip(&direction).map(|(v, d)| v * d / norm).sum();
    let squared: f64 = v.iter().map(|v| v * v).sum();
    let outside: f64 = r.iter().enumerate().filter(|&(i, _)| i != GROUP).map(|(_, r)| r * r).sum();
    let c1 = DEVIATION * r[GROUP] * along;
    let c2 = DEVIATION * libm::sqrt(r[GROUP] * r[GROUP] * (squared - along * along).larger(0.0) + squared * outside);
    let simpson = |from: f64, to: f64, f: &dyn Fn(f64) -> f64| -> f64 {
        const N: usize = 72;
        let h = (to - from) / N as f64;
        let weight = |k: usize| if k == 0 || k == N { 1.0 } else { [2.0, 4.0][k % 2] };
        h / 3.0 * (0..=N).map(|k| weight(k) * f(from + k as f64 * h)).sum::<f64>()
    };
    let density = |x: f64| libm::exp(-0.5 * x * x) / libm::sqrt(2.0 * std::f64::consts::PI);
    // The softplus bends where its argument is zero, the more sharply the larger c2: panels are geometric from there, too.
    let inner = |shift: f64| {
        let loss = |w: f64| {
            let margin = shift + c2 * w;
            density(w) * ((1.0 - flips) * softplus(margin) + flips * softplus(-margin))
        };
        let bend = if c2 > 0.0 { (-shift / c2).clamp(-9.0, 9.0) } else { 0.0 };
        let mut sum = 0.0;
        for end in [-9.0, 9.0] {
            let mut near = 0.0;
            for k in (0..10).rev() {
                let far = (end - bend) * libm::pow(2.0, -f64::from(k));
                sum += simpson(bend + near, bend + far, &loss) * end.signum();
                near = far;
            }
        }
        sum
    };
    let mut sum = 0.0;
    let mut near = 0.0;
    for k in (0..14).rev() {
        let far = 9.0 * libm::pow(2.0, -f64::from(k));
        sum += simpson(near, far, &|u| 2.0 * density(u) * inner(c1 * u));
        near = far;
    }
    sum
}

/// One dimension says what two say.
#[test]
fn the_mean_is_that_of_two_dimensions() {
    let mut random = Random::new(31);
    for place in PLACES {
        for flips in [0.0, 0.2] {
            let mut classifier = somewhere(&mut random, place, flips);
            let (found, expected) = (classifier.population().loss().unwrap(), by_quadrature(&mut classifier));
            let distance = (found / expected - 1.0).abs();
            assert!(distance <= LABEL_QUADRATURE.value, "{place:?} {flips}: {found} {expected} {distance:e}");
        }
    }
}

/// The mean over samples of a layer that is the student, drawn and labelled as those of online training are.
#[test]
fn the_mean_is_that_of_samples() {
    let form = Form::concatenated(TOKENS);
    let shape = LayerShape::new(Shape::new(1, FEATURES, TOKENS, TOKENS).unwrap(), form).unwrap();
    let settings =
        LayerSettings { loss: Loss::Logistic, scale: 1.0, ..LayerSettings::new(shape, Activation::Identity) };
    let mut random = Random::new(32);
    let direction = random.normals(FEATURES, 1.0);
    for (length, flips) in [(0.5, 0.0), (4.0, 0.0), (1.0, 0.2)] {
        let mut exact = Classifier::new(TOKENS, &direction, (1.0, flips));
        let value: Vec<f64> =
            direction.iter().zip(random.normals(FEATURES, 0.2)).map(|(x, y)| length * x + y).collect();
        let mut logits = random.normals(TOKENS * TOKENS, 0.7);
        logits.iter_mut().skip(GROUP).step_by(TOKENS).for_each(|logit| *logit += 2.0);
        exact.student().set_value(&value).unwrap();
        exact.student().set_logits(&logits).unwrap();

        let mut model = LayerModel::new(shape, settings);
        let mut p = vec![0.0; TOKENS * TOKENS];
        codes::identity(MatrixViewMut::new("codes", &mut p, TOKENS, TOKENS).unwrap()).unwrap();
        model.layer().set(Parameter::Codes, &p).unwrap();
        let width = FEATURES + TOKENS;
        model.layer().set(Parameter::Value, &[&value[..], &[0.0; TOKENS]].concat()).unwrap();
        let mut kq = vec![0.0; width * width];
        for j in 0..TOKENS {
            for i in 0..TOKENS {
                kq[(FEATURES + i) * width + FEATURES + j] = logits[j * TOKENS + i];
            }
        }
        model.layer().set(Parameter::KeyQuery, &kq).unwrap();
        let teacher = GroupSign::new(shape.shape(), &direction, GROUP).unwrap();
        let source = LayerSource { flips, ..LayerSource::gaussian(3, 1) };
        let mut memory = vec![0.0; layer_drawn_len(shape)];
        let mut online = LayerOnline::new(model.samples(), teacher, source, &mut memory, &mut []).unwrap();
        let count = 40_000;
        let losses: Vec<f64> = (0..count).map(|i| online.mean_loss(SampleStream::at(33, i), 1).unwrap()).collect();
        let mean = losses.iter().sum::<f64>() / count as f64;
        let variance = losses.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count as f64 - 1.0);
        let error = libm::sqrt(variance / count as f64);
        let expected = exact.population().loss().unwrap();
        assert!((mean - expected).abs() <= STANDARD_ERRORS.value * error, "{mean} +- {error} beside {expected}");
        assert!(error < 0.02 * expected, "an error of {error} says nothing");
    }
}

#[test]
fn the_gradient_is_the_difference_of_the_loss() {
    let mut random = Random::new(34);
    for place in PLACES {
        for flips in [0.0, 0.2, 1.0] {
            let mut classifier = somewhere(&mut random, place, flips);
            let (mut d_value, mut d_logits) = (vec![0.0; FEATURES], vec![0.0; OUTPUTS * TOKENS]);
            classifier.population().gradient(&mut d_value, &mut d_logits).unwrap();
            let value = classifier.student().view().value().to_vec();
            let logits = classifier.student().view().logits().to_vec();
            let mut differences = [vec![], vec![]];
            for (which, at) in [&value, &logits].into_iter().enumerate() {
                for i in 0..at.len() {
                    let mut side = |step: f64| {
                        let mut moved = at.clone();
                        moved[i] += step;
                        let mut student = classifier.student();
                        if which == 0 {
                            student.set_value(&moved).unwrap()
                        } else {
                            student.set_logits(&moved).unwrap()
                        }
                        classifier.population().loss().unwrap()
                    };
                    differences[which].push((side(1e-5) - side(-1e-5)) / 2e-5);
                }
                let mut student = classifier.student();
                student.set_value(&value).unwrap();
                student.set_logits(&logits).unwrap();
            }
            let [of_value, of_logits] = differences;
            let found = [d_value, d_logits].concat();
            let distance = relative_distance(&found, &[of_value, of_logits].concat());
            assert!(distance <= FINITE_DIFFERENCE.value, "{place:?} {flips}: {distance:e}");
            assert!(found.iter().any(|d| d.abs() > 1e-4), "{place:?} {flips}: nothing to see");
        }
    }
}

/// What a training is measured by is the loss above what flips cost anyone, and the norm of the gradient that it takes.
#[test]
fn a_measure_is_the_loss_and_the_gradient() {
    let mut random = Random::new(35);
    for flips in [0.0, 0.2, 0.5] {
        let mut classifier = somewhere(&mut random, (1.0, 1.0), flips);
        let mut population = classifier.population();
        let (mut d_value, mut d_logits) = (vec![0.0; FEATURES], vec![0.0; OUTPUTS * TOKENS]);
        population.gradient(&mut d_value, &mut d_logits).unwrap();
        let (loss, measure) = (population.loss().unwrap(), population.measure());
        let part = |p: f64| if p > 0.0 { -p * libm::log(p) } else { 0.0 };
        assert!((measure.excess_loss - (loss - part(flips) - part(1.0 - flips))).abs() < 1e-14, "{flips}");
        // Codes are orthonormal, and the scale is 1/sqrt(D).
        let squares = |d: &[f64]| d.iter().map(|d| d * d).sum::<f64>();
        let norm = libm::sqrt(squares(&d_value) + squares(&d_logits) / TOKENS as f64);
        assert!((measure.gradient_norm / norm - 1.0).abs() < 1e-13, "{flips}: {} {norm}", measure.gradient_norm);
    }
}

/// The least loss of any student: none of those with all attention on the group is below it, and one of them has it.
#[test]
fn the_least_loss_is_that_of_the_best_length() {
    let direction = [0.6, 0.0, -0.8];
    for flips in [0.05, 0.3, 0.5, 0.9] {
        let least = GroupLabel::new(&direction, GROUP, DEVIATION, flips).unwrap().least_loss();
        let mut classifier = Classifier::new(OUTPUTS, &direction, (DEVIATION, flips));
        let mut logits = vec![0.0; OUTPUTS * TOKENS];
        logits.iter_mut().skip(GROUP).step_by(TOKENS).for_each(|logit| *logit = 60.0);
        classifier.student().set_logits(&logits).unwrap();
        let sign = if flips > 0.5 { -1.0 } else { 1.0 };
        let mut best = f64::INFINITY;
        for k in 0..400 {
            let length = sign * 0.01 * f64::from(k);
            classifier.student().set_value(&direction.map(|x| length * x)).unwrap();
            best = best.smaller(classifier.population().loss().unwrap());
        }
        assert!(best >= least - 1e-14 && best < least + 1e-4, "{flips}: {best} beside {least}");
        let narrow = direction.map(|x| x as f32);
        let single = GroupLabel::new(&narrow, GROUP, DEVIATION as f32, flips as f32).unwrap().least_loss();
        assert!((f64::from(single) / least - 1.0).abs() < 1e-5, "{flips}: {single} beside {least}");
    }
    assert_eq!(GroupLabel::new(&direction, GROUP, DEVIATION, 0.0).unwrap().least_loss(), 0.0);
}

/// From zero, at one rate: the loss over its law, and the attention on the group.
fn trained<T: Scalar>(steps: u64) -> (f64, f64) {
    let (eta, direction) = (0.5, [0.6, 0.0, -0.8]);
    let mut classifier = Classifier::<T>::new(TOKENS, &direction, (1.0, 0.0));
    let mut population = classifier.population();
    // Logits move at the attention rate over D.
    let rate = |x: f64| T::from_f64(x);
    let descent = Descent::new(rate(eta)).with_attention_rate(rate(eta * TOKENS as f64));
    for _ in 0..steps {
        population.step(&descent).unwrap();
    }
    assert_eq!(population.steps(), steps);
    let loss = population.loss().unwrap().to_f64();
    let mut attention = vec![T::ZERO; TOKENS * TOKENS];
    population.student().attention(&mut attention).unwrap();
    let least = attention.chunks(TOKENS).map(|row| row[GROUP].to_f64()).fold(1.0, f64::smaller);
    (loss / group_label_law(TOKENS, 1.0, eta, steps), least)
}

/// The promise: a ratio under 1.05 at 1e4 steps, and more than .99 of the attention on the group.
#[test]
fn training_from_zero_ends_on_the_law() {
    let (ratio, attention) = trained::<f64>(10_000);
    println!("at 1e4 steps the loss is {ratio} times its law, attention on the group {attention}");
    assert!(ratio > 1.0 && ratio - 1.0 <= LABEL_LAW.value, "{ratio}");
    assert!(attention > 0.99, "{attention}");
    let (later, attention_later) = trained::<f64>(20_000);
    println!("at 2e4 steps {later}, {attention_later}");
    assert!(later > 1.0 && later < ratio && attention_later > attention, "{later} {attention_later}");
    let (single, _) = trained::<f32>(10_000);
    // Compensated steps in f32 lose nothing that the law would see.
    assert!((single - ratio).abs() < 1e-4, "{single} beside {ratio} in f64");
}

#[test]
fn what_is_refused_changes_nothing() {
    let direction = [1.0, 2.0, -1.0];
    let label = |direction: &'static [f64], deviation: f64, flips: f64| {
        GroupLabel::new(direction, GROUP, deviation, flips).map(|_| ())
    };
    assert!(matches!(label(&[0.0; 3], 1.0, 0.0), Err(Error::OutOfRange { .. })));
    assert_eq!(label(&[1.0, f64::NAN], 1.0, 0.0), Err(Error::NotFinite { what: "direction", index: 1 }));
    for (deviation, flips) in [(0.0, 0.0), (f64::INFINITY, 0.0), (f64::NAN, 0.0), (1.0, -0.1), (1.0, 1.1)] {
        assert!(matches!(label(&[1.0], deviation, flips), Err(Error::OutOfRange { .. })), "{deviation} {flips}");
    }
    let mut classifier = Classifier::new(OUTPUTS, &direction, (1.0, 0.0));
    classifier.student().set_value(&[1e200, 1e200, -1e200]).unwrap();
    let before = classifier.memory.clone();
    let mut population = classifier.population();
    assert!(matches!(population.loss(), Err(Error::OutOfRange { .. })));
    let (mut d_value, mut d_logits) = ([7.0; 3], [7.0; OUTPUTS * TOKENS]);
    assert!(matches!(population.gradient(&mut d_value, &mut d_logits), Err(Error::OutOfRange { .. })));
    assert!(population.gradient(&mut d_value[..2], &mut d_logits).is_err());
    assert_eq!((d_value, d_logits), ([7.0; 3], [7.0; OUTPUTS * TOKENS]));
    assert_eq!(population.step(&Descent::new(0.1)), Err(Error::Diverged));
    assert_eq!((population.steps(), classifier.memory), (0, before));

    let refused = |filters: usize, group: usize, short: usize| {
        let shape = Shape::new(filters, 3, TOKENS, OUTPUTS).unwrap();
        let (mut memory, mut steps) = (vec![0.0; student_len(shape)], 0);
        let mut scratch = vec![0.0; label_population_len(shape) - short];
        let student = StudentViewMut::new(shape, &mut memory, &mut steps).unwrap();
        let label = GroupLabel::new(&direction, group, 1.0, 0.0).unwrap();
        LabelPopulation::new(student, label, &mut scratch).map(|_| ())
    };
    assert_eq!(refused(1, GROUP, 0), Ok(()));
    assert_eq!(refused(2, GROUP, 0), Err(Error::OutOfRange { what: "a label is of one filter" }));
    assert_eq!(refused(1, TOKENS, 0), Err(Error::IndexOutOfRange { what: "group", index: TOKENS, limit: TOKENS }));
    assert!(matches!(refused(1, GROUP, 1), Err(Error::Length { .. })));
}
